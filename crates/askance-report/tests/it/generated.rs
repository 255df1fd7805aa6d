//! What was generated stands after what was recorded, is marked in every row, and is counted in no headline.

use askance_case::json::{CaseReport, Chip, Series, Source, SurvivingSet};
use askance_report::{html, terminal};

use crate::fixture::{Dice, HOSTILE, Sketch, rich, series};
use crate::markup::{assert_balanced, tags};

/// A client that only generated rows know, and what its lookups add up to.
const MADE: &str = "203.0.113.77";
const MADE_N: u64 = 7_777;

fn made() -> Series {
    let sketch = Sketch {
        tap: "made-up",
        vantage: "authoritative",
        client: MADE,
        party: "",
        name: "mail1.grand-hotel-mail.example",
        n: 400,
        best: "human-use",
        others: &["replay"],
        log10_lr: 0.9,
        verbal: "weak support",
        office: true,
    };
    Series { n: MADE_N, abstained: true, ..series(&sketch, &mut Dice::new(5)) }
}

/// The rich case with a source of generated rows, listed before those that were recorded.
fn case() -> CaseReport {
    let mut report = rich();
    let source = Source { id: "made-up".to_owned(), synthetic: true, ..report.sources[0].clone() };
    report.sources.insert(0, source);
    let mut who = report.who[0].clone();
    MADE.clone_into(&mut who.rows[0].client);
    let mut rhythm = report.rhythm[0].clone();
    let mut connection = report.connections[0].clone();
    MADE.clone_into(&mut connection.client);
    for tap in [&mut who.source, &mut rhythm.source, &mut connection.source] {
        "made-up".clone_into(tap);
    }
    report.who.insert(0, who);
    report.rhythm.insert(0, rhythm);
    report.connections.insert(0, connection);
    report.series.insert(0, made());
    let chip = Chip { mechanism: "human-use".to_owned(), best_in: 1, in_set_of: 1, ..Chip::default() };
    let set = SurvivingSet {
        source: "made-up".to_owned(),
        series: 1,
        abstained: 1,
        chips: vec![chip],
        ..SurvivingSet::default()
    };
    report.answer.by_source.insert(0, set);
    let mut test = report.claims[0].tests[0].clone();
    test.finding = format!("Of the rows at made-up none says anything. {HOSTILE}");
    test.synthetic = true;
    report.claims[0].tests.insert(0, test);
    report
}

/// The page without the folds of generated rows: what a reader sees without asking for them.
fn unfolded(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<details class=\"generated\"") {
        out.push_str(before);
        // Folds hold folds: the one that opened is closed where as many closed as opened.
        let (mut depth, mut at) = (1, 0);
        while depth > 0 {
            let open = after[at..].find("<details").map_or(usize::MAX, |i| at + i);
            let close = at + after[at..].find("</details>").expect("a fold ends");
            (depth, at) = if open < close { (depth + 1, open + 1) } else { (depth - 1, close + 1) };
        }
        rest = &after[at..];
    }
    out + rest
}

#[test]
fn generated_rows_are_counted_in_no_number_outside_their_folds() {
    let (with, without) = (case(), rich());
    let page = html(&with);
    assert_balanced(&page);
    assert!(page.contains(MADE) && page.contains("7,777"), "the folds show them");
    let seen = unfolded(&page);
    assert!(!seen.contains(MADE), "a generated client outside its fold");
    assert!(!seen.contains("7,777"), "a generated number outside its fold");
    // The headings are those of the case without them, but for the words that say that they stand beside.
    let heads = |page: &str| -> Vec<String> {
        page.split("<h3>").skip(1).map(|rest| rest.split("</h3>").next().unwrap_or_default().to_owned()).collect()
    };
    let shown: Vec<String> = heads(&seen)
        .into_iter()
        .filter(|head| !head.contains(">synthetic<"))
        .map(|head| head.replace("; one of generated rows beside", ""))
        .collect();
    assert_eq!(shown, heads(&unfolded(&html(&without))));
    let number =
        |page: &str| page.split("<dt>Sources</dt><dd><b>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(number(&page), number(&html(&without)));
    assert!(page.contains("1 generated beside, counted nowhere here"));
}

#[test]
fn each_row_of_generated_rows_is_marked_and_comes_last() {
    let page = html(&case());
    for (i, cell) in page.split("<tr").enumerate().filter(|(_, row)| row.contains(MADE)) {
        assert!(cell.contains(">synthetic<"), "row {i}: {cell}");
    }
    let first = page.find("Clients in generated rows").expect("a fold");
    let recorded = page.rfind("of the lookups recorded").expect("a panel");
    assert!(page[..first].contains("192.0.2.15") && recorded > 0);
    // The test of a claim on generated rows is marked, and follows the others.
    let (_, card) = page.split_once("id=\"claim-1\"").expect("a card");
    let at = card.find("Of the rows at made-up").expect("its finding");
    assert_eq!(card[..at].matches("<div class=\"test\">").count(), rich().claims[0].tests.len() + 1);
    assert!(card[card[..at].rfind("<h4>").unwrap()..at].contains(">synthetic<"));

    let text = terminal(&case(), 100, false);
    for line in text.lines().filter(|line| line.contains(MADE)) {
        assert!(line.contains("(synthetic)"), "{line}");
    }
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("At resolver · resolver-client") < place("At made-up · authoritative, synthetic"));
    assert!(place("mx-log") < place("made-up (synthetic)"));
}

#[test]
fn a_series_without_an_answer_is_grey_with_the_shape_of_none() {
    let mut report = rich();
    report.series.retain(|s| s.subject);
    for s in &mut report.series {
        s.abstained = true;
        s.n = s.n.max(20);
    }
    let page = html(&report);
    let (_, lanes) = page.split_once("id=\"timeline\"").expect("the timeline");
    let (lanes, _) = lanes.split_once("</figure>").expect("its chart");
    assert_eq!(lanes.matches("class=\"marks f-none\"").count(), lanes.matches("class=\"marks ").count());
    assert_eq!(lanes.matches("lane-glyph f-none").count(), lanes.matches("lane-glyph ").count());
    let (_, table) = page.split_once("id=\"subject-series\"").expect("the table");
    for row in table.split("<tr class=\"row\">").skip(1) {
        let (row, _) = row.split_once("</tr>").expect("a row ends");
        assert!(row.contains("no answer") && row.contains("nearest: "), "{row}");
        for family in ["f-mail", "f-cache", "f-human", "f-misc", "f-third", "f-mal"] {
            assert!(!row.contains(family), "{family} in {row}");
        }
    }
    let (_, chips) = page.split_once("What survives, source by source").expect("the chips");
    let (chips, _) = chips.split_once("<p class=\"limit\">").expect("their end");
    assert!(chips.contains("nearest") && !chips.contains("mech f-human") && !chips.contains("mech f-mail"), "{chips}");
}

#[test]
fn series_of_one_lookup_that_say_the_same_share_a_row() {
    let mut report = rich();
    let few = report.series.iter().find(|s| s.n == 1 && s.subject).unwrap().clone();
    for i in 1..=6 {
        report.series.push(Series { client: format!("192.0.2.20{i}"), ..few.clone() });
    }
    let page = html(&report);
    assert!(page.contains("<b>7 clients, one lookup each</b>"));
    for i in 1..=6 {
        assert!(page.contains(&format!("192.0.2.20{i}")));
    }
    let rows = |page: &str| page.matches("<tr class=\"row\">").count();
    assert_eq!(rows(&page), rows(&html(&rich())));
    assert!(terminal(&report, 80, false).contains("7 clients"));
}

#[test]
fn of_few_lookups_no_number_is_put_in_words() {
    let mut report = rich();
    for panel in &mut report.rhythm {
        panel.week_hour = vec![0; 168];
        for hour in [54, 56, 58, 71] {
            panel.week_hour[hour] = 1;
        }
        panel.weeks = 0.104;
        "50 % of the lookups fall on weekdays".clone_into(&mut panel.finding);
    }
    for s in &mut report.series {
        (s.n, s.abstained, s.fit.ks_p) = (4, true, Some(1.0));
    }
    let page = html(&report);
    assert!(page.contains("4 lookups on one Wednesday: too few for a rhythm"));
    for words in ["50 % of the lookups fall", "Kolmogorov-Smirnov p", "Which time zone", "This is support for"] {
        assert!(!page.contains(words), "{words}");
    }
    assert!(page.contains("4 lookups are too few for a likelihood ratio"));
    let text = askance_report::explain_text(&report.series[0], 80, false);
    assert!(!text.contains("Kolmogorov") && !text.contains("support)"), "{text}");
}

#[test]
fn tables_that_stack_carry_the_words_of_their_columns() {
    let page = html(&case());
    let css = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let (_, narrow) = css.split_once("max-width:760px").expect("a form for narrow pages");
    assert!(narrow.contains(".stack td[data-h]::before{content:attr(data-h)"));
    let mut inside = false;
    let (mut tables, mut cells) = (0, 0);
    for tag in tags(&page) {
        let of = |name: &str| tag.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        match (tag.name, tag.closes) {
            ("table", false) => {
                inside = of("class").is_some_and(|class| class.starts_with("stack"));
                tables += usize::from(inside);
            }
            ("table", true) => inside = false,
            ("td", false) if inside => {
                assert!(of("data-h").is_some_and(|head| !head.is_empty()), "{tag:?}");
                cells += 1;
            }
            _ => {}
        }
    }
    assert!(tables > 15 && cells > 200, "{tables} tables, {cells} cells");
    for id in ["names", "claims", "settle", "method"] {
        let (_, section) = page.split_once(&format!("<section id=\"{id}\"")).expect("a section");
        let (section, _) = section.split_once("</section>").expect("its end");
        let plain = section.matches("<table").count() - section.matches("<table class=\"stack").count();
        let matrices = section.matches("<table class=\"evidence").count();
        assert_eq!(plain, matrices, "{id}: only matrices scroll");
    }
}

#[test]
fn labels_on_the_timeline_are_whole_clauses() {
    let mut report = rich();
    let what = "The operator was telephoned, in the morning by a note of that day; the clock time is unknown";
    report.events.truncate(1);
    what.clone_into(&mut report.events[0].what);
    "2016-08-01T00:00:00Z".clone_into(&mut report.events[0].not_before);
    "2016-08-01T23:59:59Z".clone_into(&mut report.events[0].not_after);
    let page = html(&report);
    let words: Vec<&str> = page
        .split("<text class=\"flag-words")
        .skip(1)
        .map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap())
        .collect();
    assert!(!words.is_empty());
    for text in words {
        let whole = "The operator was telephoned, in the morning by a note of that day";
        assert!([whole, "The operator was telephoned"].contains(&text), "{text}");
    }
}
