use std::collections::BTreeMap;

use askance_case::{ByLookups, Confusion, Curves, Evaluation, EvaluationReport, PriorCost};

use super::*;

/// A report with one series' worth of everything that is drawn.
fn report() -> EvaluationReport {
    let mut report = Evaluation::default().report();
    let class = |from, to, cllr| ByLookups {
        from,
        to,
        series: 5,
        cllr,
        cllr_min: cllr,
        mean_set: Some(2.5),
        coverage: Some(0.8),
        right: Some(0.6),
    };
    report.curves.push(Curves {
        origin: Origin::Recorded,
        reliability: vec![(5, 0.4, 0.5, 0.2, 0.8), (5, 0.9, 0.8, 0.6, 1.0)],
        tippett: (-40..=40).map(|k| (f64::from(k) / 10.0, 0.9, 0.1)).collect(),
        cross_entropy: (-3..=3)
            .map(|k| PriorCost { log10_odds: f64::from(k), stated: 0.3, best: 0.2, neutral: 1.0 })
            .collect(),
        by_lookups: vec![class(1, Some(9), None), class(10, None, Some(1.4))],
    });
    report
}

fn counts() -> Confusion {
    let row = |cells: &[(&str, u64)]| cells.iter().map(|(answer, n)| ((*answer).to_owned(), *n)).collect();
    BTreeMap::from([
        ("beacon".to_owned(), row(&[("beacon", 3), ("scheduled-poll", 1)])),
        ("<b>&+cache-refresh".to_owned(), row(&[("cache-refresh", 2)])),
    ])
}

#[test]
fn a_table_frames_what_is_right_and_escapes_labels() {
    let svg = confusion::draw(&counts(), Origin::Recorded, "only A records").expect("counts").0;
    assert!(svg.contains("Only A records: 83 % of first answers are right"), "{svg}");
    assert_eq!(svg.matches("class=\"right\"").count(), 2);
    assert!(svg.contains("&lt;b&gt;&amp;+cache-refresh") && !svg.contains("<b>"));
    // Three of four in the deepest but one shade, one of four in the second.
    assert!(svg.contains("cell c4") && svg.contains("cell c2"), "{svg}");
    assert!(confusion::draw(&Confusion::new(), Origin::Recorded, "nothing").is_none());
}

#[test]
fn classes_without_a_value_are_left_out_and_the_rest_keep_their_place() {
    let report = report();
    let svg = lookups::cllr(&report.curves[0]).expect("one class has a value").0;
    assert!(svg.contains("From 10 lookups on, ratios cost 1.40 of 1"), "{svg}");
    assert_eq!(svg.matches("<circle").count(), 2, "one stated, one least");
    assert!(svg.contains("1–9") && svg.contains("≥ 10"));
    let svg = lookups::sets(&report.curves[0]).expect("two classes").0;
    assert_eq!(svg.matches("class=\"column\"").count(), 2);
    let empty = Curves { by_lookups: Vec::new(), ..report.curves[0].clone() };
    assert!(lookups::cllr(&empty).is_none() && lookups::sets(&empty).is_none());
}

#[test]
fn harm_is_called_harm() {
    let mut curves = report().curves[0].clone();
    assert!(cost::draw(&curves).expect("even odds").0.contains("leave 0.30 of 1 bit"));
    curves.cross_entropy.iter_mut().for_each(|c| c.stated = 1.2);
    assert!(cost::draw(&curves).expect("even odds").0.contains("mislead: 1.20 bits"));
}

#[test]
fn a_file_of_its_own_carries_its_name_space_and_style() {
    let svg = alone(&confusion::draw(&counts(), Origin::Simulated, "all records").expect("counts"));
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" "), "{svg}");
    assert_eq!((svg.matches("<style>").count(), svg.matches("xmlns").count()), (1, 1));
    assert!(!svg.contains("href") && !svg.contains("url("), "no request");
}

#[test]
fn nothing_measured_gives_a_page_without_pictures() {
    let files = evaluation_files(&Evaluation::default().report());
    assert_eq!(files.len(), 1);
    assert!(files[0].1.contains("0 labelled series of 0 folders") && !files[0].1.contains("<svg"));
}

#[test]
fn round_ticks() {
    let words = |top: f64| frame::scale(top).into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(" ");
    assert_eq!(words(1.0), "0.0 0.2 0.4 0.6 0.8 1.0");
    assert_eq!(words(2.0), "0.0 0.5 1.0 1.5 2.0");
    assert_eq!(words(5.0), "0 1 2 3 4 5");
    assert_eq!(words(10.0), "0 2 4 6 8 10");
    let powers: Vec<String> = frame::powers(-4, 4).into_iter().map(|(_, words)| words).collect();
    assert_eq!(powers, ["1/10 000", "1/1000", "1/100", "1/10", "1", "10", "100", "1000", "10 000"]);
}
