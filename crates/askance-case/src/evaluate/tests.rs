use std::collections::BTreeMap;

use askance_inference::calibration::{Calibration, Scored};
use askance_inference::state::{Event, RcodeClass, Role};
use askance_inference::{Decision, MechanismId as M, Priors, SeriesState};
use askance_record::{Rng, Timestamp, Vantage};

use super::*;
use crate::SourceView;
use crate::labels::{Origin, read_labels};
use crate::records::SeriesRow;

const HEAD: &str = "file,vantage,client,name,mechanism,program,resolver,ttl_s,origin\n";

fn case() -> Case {
    Case::parse("schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\n").expect("the least case")
}

fn row(client: &str, name: &str, seconds: impl Iterator<Item = f64>) -> SeriesRow {
    let mut state = SeriesState::new(1);
    for s in seconds {
        #[expect(clippy::cast_possible_truncation, reason = "a few weeks of microseconds")]
        let ts = Timestamp::from_us((s * 1e6) as i64);
        state.push(&Event { rcode: RcodeClass::NoError, ttl_s: Some(300), ..Event::new(ts, Role::A) });
    }
    SeriesRow {
        vantage: Vantage::ResolverClient,
        tap: "office".into(),
        client: client.into(),
        name: name.into(),
        n: state.n(),
        first: state.first().expect("events"),
        last: state.last().expect("events"),
        qtypes: vec!["A".into()],
        members: vec![name.into()],
        ttl_max_s: Some(300),
        mail_hosts: Vec::new(),
        addresses: Vec::new(),
        names: None,
        state,
    }
}

/// A poll by the clock, a chain of gaps just above a TTL, and a client that nobody labelled.
fn records() -> CaseRecords {
    let mut rng = Rng::new(3);
    let mut t = 0.0;
    let refresh: Vec<f64> = (0..300)
        .map(|_| {
            t += 300.0 + rng.exponential(20.0);
            t
        })
        .collect();
    let poll = (0..300).map(|k| 600.0 * f64::from(k));
    let series = vec![
        row("192.0.2.10", "poll.example", poll.clone()),
        row("192.0.2.11", "busy.example", refresh.into_iter()),
        row("192.0.2.12", "poll.example", poll),
    ];
    CaseRecords { series, ..CaseRecords::default() }
}

fn evaluate(labels: &str, kinds: &[Ablation], split: Option<(Split, Part)>) -> Evaluation {
    let (case, records) = (case(), records());
    let labels = read_labels(format!("{HEAD}{labels}").as_bytes()).expect("labels");
    let views = [SourceView { tap: "office".into(), kind: "dns".into(), ..SourceView::default() }];
    let kinds = core::iter::once(None).chain(kinds.iter().copied().map(Some));
    let runs = kinds.map(|kind| Run::of(kind, &case, &views, &records)).collect();
    let mut evaluation = Evaluation::new(split);
    let folder = Folder { name: "f", case: &case, records: &records, labels: &labels };
    evaluation.add(&folder, runs, &|_| Some("office".to_owned()));
    evaluation
}

const POLL: &str = "log,resolver-client,192.0.2.10,poll.example,scheduled-poll,cron,unbound,300,\n";
const BUSY: &str = "log,resolver-client,192.0.2.11,busy.example,cache-refresh,nginx,unbound,300,\n";

#[test]
fn series_of_both_origins_are_never_added_up_together() {
    let report = evaluate(&format!("{POLL}{}", BUSY.replace("300,\n", "300,simulated\n")), &[], None).report();
    assert_eq!(report.origins(), Origin::ALL);
    assert!(report.totals.is_empty() && report.confusion.is_empty());
    for origin in Origin::ALL {
        let all = report.summary(origin, "", "all", 0).expect("one series each");
        assert_eq!((all.totals.series, all.groups), (1, 1), "{origin:?}");
    }
    let sole = evaluate(POLL, &[], None).report();
    assert_eq!((sole.totals["all"].series, sole.totals["resolver-client"].series), (1, 1));
}

#[test]
fn what_is_scored_reads_back_and_decides_the_same() {
    let evaluation = evaluate(&format!("{POLL}{BUSY}"), &[], None);
    let report = evaluation.report();
    let judged: BTreeMap<&str, &Judged> = report.series.iter().map(|s| (s.client.as_str(), s)).collect();
    let mut seen = 0;
    for scored in evaluation.scored() {
        let text = serde_json::to_string(&scored).expect("plain data");
        let back: Scored = serde_json::from_str(&text).expect("what was written is read");
        let decision = Decision::of(&back.parts, Calibration::embedded(), &Priors::default());
        let judged = judged[back.client.as_str()];
        assert_eq!(decision.best.as_str(), judged.best);
        assert_eq!(back.configuration(), format!("{}/unbound/300", judged.program));
        seen += 1;
    }
    assert_eq!(seen, 2, "the client without a label is not scored");
}

#[test]
fn a_mechanism_that_was_never_thought_of_is_not_the_answer() {
    let evaluation = evaluate(&format!("{POLL}{BUSY}"), &[Ablation::NoM0], None);
    for item in &evaluation.items {
        for m in M::ALL.into_iter().filter(|m| *m != M::None) {
            let answer = item.answer.without(m, Calibration::embedded());
            assert!(answer.best != m && !answer.set.contains(&m), "{m}");
        }
        let unbounded = item.ablation.is_some();
        assert_eq!(item.answer.log10_lr_of(M::None).is_finite(), !unbounded, "no-m0 has no `none`");
    }
}

#[test]
fn merged_clients_need_a_label_each_and_carry_both() {
    let poll12 = POLL.replace("192.0.2.10", "192.0.2.12").replace("scheduled-poll", "firewall-object");
    let merged = |labels: &str| {
        // Three clients in a row of at most three: .10 and .12 share a name.
        let report = evaluate(labels, &[Ablation::Merge(3)], None).report();
        report.rules.first().map(|rule| rule.series)
    };
    assert_eq!(merged(&format!("{POLL}{poll12}")), Some(1));
    assert_eq!(merged(POLL), None, "half a label would be a guess");
    let counts = &evaluate(&format!("{POLL}{poll12}"), &[Ablation::Merge(3)], None).report().confusions;
    let labels: Vec<&str> = counts[&Origin::Recorded]["merge-3"].keys().map(String::as_str).collect();
    assert_eq!(labels, ["firewall-object+scheduled-poll"]);
}

/// The item of the poll with an answer put into its mouth.
fn said(best: M, log10_lr: f64, before: f64, abstained: bool) -> Item {
    let evaluation = evaluate(POLL, &[Ablation::Hour], None);
    let mut item = evaluation.items.into_iter().find(|item| item.ablation.is_some()).expect("the ablated one");
    item.before = Some(before);
    item.answer = Answer { best, log10_lr, abstained, ..item.answer };
    item
}

#[test]
fn only_a_wrong_answer_that_rose_breaks_the_rule() {
    let cases = [
        (said(M::Beacon, 1.5, 1.0, false), Some(0.5)),
        (said(M::Beacon, 1.0, 1.0, false), None),
        (said(M::Beacon, 0.5, -2.0, false), Some(0.5)),
        (said(M::Beacon, 1.5, 1.0, true), None),
        (said(M::ScheduledPoll, 1.5, 1.0, false), None),
        (said(M::None, 1.5, 1.0, false), None),
    ];
    for (item, expected) in cases {
        let rule = Rule::of(&[&item]).expect("ablated");
        let rise = rule.worst.as_ref().map(Rise::by);
        assert_eq!(rise, expected, "{} {}", item.answer.best, item.answer.abstained);
        assert_eq!(rule.violations, u64::from(expected.is_some()));
    }
}

#[test]
fn a_hostile_answer_for_an_ordinary_series_is_counted_and_so_are_its_days() {
    let item = said(M::Tunnel, 1.5, 0.0, false);
    let totals = Totals::of([&item].into_iter());
    assert_eq!((totals.benign, totals.called_malicious, totals.wrong, totals.wrong_strong), (1, 1, 1, 0));
    let tunnels = Tunnels::of(&[&item]);
    // 300 polls every 600 s: two full days and part of a third.
    assert_eq!((tunnels.domain_days, tunnels.false_days, tunnels.recall), (3, 3, None));
}

#[test]
fn a_split_counts_only_its_part() {
    let split = "schema = \"askance.split/1\"\n[mechanism.scheduled-poll]\nfit = [\"cron\"]\ntest = [\"monit\"]\n";
    let split = Split::parse(split).expect("a split");
    let count = |part| {
        let report = evaluate(&format!("{POLL}{BUSY}"), &[], Some((split.clone(), part))).report();
        (report.part, report.series.len(), report.left_out)
    };
    assert_eq!(count(Part::Fit), (Some("fit"), 1, 1), "nginx is not listed");
    assert_eq!(count(Part::Test), (Some("test"), 0, 2));
    let both = "schema = \"askance.split/1\"\n[mechanism.beacon]\nfit = [\"a\"]\ntest = [\"a\"]\n";
    assert!(Split::parse(both).expect_err("leaks").to_string().contains("\"a\" is fitted on as beacon"));
    assert!(Split::parse("schema = \"askance.split/9\"\n").is_err());
    assert!(Split::parse("schema = \"askance.split/1\"\n[mechanisms.beacon]\n").is_err());
}

#[test]
fn a_configuration_counts_once_however_many_series_it_has() {
    let again = BUSY.replace("192.0.2.11,busy", "192.0.2.12,poll");
    let report = evaluate(&format!("{POLL}{BUSY}{again}"), &[], None).report();
    let all = report.summary(Origin::Recorded, "", "all", 0).expect("three series");
    assert_eq!((all.totals.series, all.totals.right, all.groups), (3, 2, 2), "a poll is no refresh");
    let each = all.each_group.expect("two groups");
    assert!((each.right - 0.75).abs() < 1e-12, "one of one, and one of two: {each:?}");
}

#[test]
fn a_poll_and_a_refresh_are_measured() {
    let report = evaluate(&format!("{POLL}{BUSY}"), &[Ablation::NoTtl], None).report();
    let all = report.summary(Origin::Recorded, "", "all", 100).expect("both have 300 lookups");
    assert_eq!((all.totals.series, all.groups), (2, 2));
    assert_eq!(all.false_strong.of, 2 * 16 - 2, "sixteen mechanisms each, one of them true");
    let (cost, least, loss) = (all.cllr.expect("two sides"), all.cllr_min.expect("two sides"), all.cllr_cal);
    assert!(least <= cost && (loss.expect("both") - (cost - least)).abs() < 1e-12);
    assert!(report.summary(Origin::Recorded, "no-ttl", "all", 0).is_some());
    assert_eq!(report.programs.iter().map(|p| p.program.as_str()).collect::<Vec<_>>(), ["cron", "nginx"]);
    let longer: Vec<(u64, f64)> =
        report.mechanisms.iter().flat_map(|row| &row.longer).map(|l| (l.n_min, l.series)).collect();
    assert!(longer.iter().all(|(n_min, _)| [30, 100].contains(n_min)), "{longer:?}");
    let hundred: f64 = longer.iter().filter(|(n_min, _)| *n_min == 100).map(|(_, series)| series).sum();
    assert!((hundred - 2.0).abs() < 1e-12, "both have 300 lookups: {longer:?}");
    let (mean, upper) = all.ece_if_true.expect("two series");
    assert!(mean > 0.0 && mean <= upper && upper <= 1.0 && all.ece_operational.is_some(), "{mean} {upper}");
    let curves = &report.curves[0];
    assert_eq!(curves.by_lookups.iter().map(|c| c.series).sum::<u64>(), 2);
    let at_even = curves.cross_entropy.iter().find(|c| c.log10_odds.abs() < 1e-9).expect("even odds");
    let stated = report.summary(Origin::Recorded, "", "all", 0).and_then(|s| s.cllr).expect("two sides");
    assert!((at_even.stated - stated).abs() < 1e-12 && (at_even.neutral - 1.0).abs() < 1e-12);
}
