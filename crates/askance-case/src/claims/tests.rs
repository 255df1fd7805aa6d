use askance_inference::SeriesState;
use askance_inference::state::{Event, RcodeClass, Role};
use askance_record::{Timestamp, Vantage};

use crate::json::{CaseReport, ClaimTest, Source, SurveyIdentity, SurveyResult};
use crate::{Case, CaseRecords, CountRow, Details, Given, SeriesRow, SurveyRows, assemble};

mod connected;
mod rules;

const NAME: &str = "mail1.hotel-brand.example";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// 2025-01-06, a Monday.
const MONDAY: i64 = 1_736_121_600;

fn at(s: i64) -> Timestamp {
    Timestamp::from_us(s * 1_000_000)
}

/// Lookups of `name` by `client` at `tap`, at seconds from the Monday.
fn series(tap: &str, vantage: Vantage, client: &str, name: &str, seconds: &[i64], ttl_s: Option<u32>) -> SeriesRow {
    let mut state = SeriesState::new(1);
    for s in seconds {
        state.push(&Event { rcode: RcodeClass::NoError, ttl_s, ..Event::new(at(MONDAY + s), Role::A) });
    }
    SeriesRow {
        vantage,
        tap: tap.to_owned(),
        client: client.to_owned(),
        name: name.to_owned(),
        n: seconds.len() as u64,
        first: state.first().expect("a lookup"),
        last: state.last().expect("a lookup"),
        qtypes: vec!["A".to_owned()],
        members: vec![name.to_owned()],
        ttl_max_s: ttl_s,
        mail_hosts: Vec::new(),
        addresses: vec!["198.51.100.29".parse().expect("literal")],
        names: None,
        state,
    }
}

fn report(case: &str, records: &CaseRecords) -> CaseReport {
    report_with(case, records, &mut |_| Details::default())
}

fn report_with(case: &str, records: &CaseRecords, details: &mut dyn FnMut(&SeriesRow) -> Details) -> CaseReport {
    let head = format!("schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\nsubjects = [\"{NAME}\"]\n");
    let case = Case::parse(&(head + case)).unwrap();
    let sources: Vec<Source> = case
        .sources
        .iter()
        .map(|spec| Source {
            id: spec.id.clone(),
            kind: spec.kind.as_str().to_owned(),
            first: records.series.iter().filter(|r| r.tap == spec.id).map(|r| r.first).min().map(|t| t.to_string()),
            last: records.series.iter().filter(|r| r.tap == spec.id).map(|r| r.last).max().map(|t| t.to_string()),
            ..Source::default()
        })
        .collect();
    let report = assemble(&case, &sources, records, &Given::default(), details);
    for test in report.claims.iter().flat_map(|c| &c.tests) {
        let own = [unquoted(&test.finding), unquoted(&test.would_change)];
        assert!(own.iter().all(|text| crate::wording(text).is_empty()), "{own:?} {:?}", crate::wording(&own[0]));
    }
    report
}

/// A text without what it quotes.
fn unquoted(text: &str) -> String {
    text.split('"').step_by(2).collect()
}

/// The first test of the first claim.
fn tested(case: &str, records: &CaseRecords) -> ClaimTest {
    report(case, records).claims[0].tests[0].clone()
}

/// The verdict of the first test, whose finding must hold `words`.
#[track_caller]
fn check(case: &str, records: &CaseRecords, verdict: &str, words: &[&str]) -> ClaimTest {
    let test = tested(case, records);
    assert_eq!(test.verdict, verdict, "{}\n{:#?}", test.finding, test.checks);
    for word in words {
        assert!(test.finding.contains(word), "{word:?} in {:?}", test.finding);
    }
    test
}

const LIST: &str = "[[source]]\nid = \"list\"\npath = \"list\"\nkind = \"dns\"\nvantage = \"authoritative\"\n\
                    covers = [[\"2025-01-06T00:00:00Z\", \"2025-06-01T00:00:00Z\"]]\n";

fn claim(test: &str) -> String {
    format!("{LIST}[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\n{test}\n")
}

/// One client, every three hours; from `from`, if any, three times as often.
fn steady(weeks: i64, from: Option<i64>) -> CaseRecords {
    let mut seconds: Vec<i64> = (0..weeks * 7 * 8).map(|k| k * 10_800 + (k * 7919) % 3600).collect();
    if let Some(from) = from {
        let more = (0..2 * weeks * 7 * 8).map(|k| from + 120 + k * 5400 + (k * 104_729) % 1800);
        seconds.extend(more.filter(|s| *s < weeks * 7 * DAY));
    }
    seconds.sort_unstable();
    let row = series("list", Vantage::Authoritative, "192.0.2.15", NAME, &seconds, Some(60));
    CaseRecords { series: vec![row], ..CaseRecords::default() }
}

#[test]
fn a_rise_is_seen_and_one_without_a_before_is_not() {
    let rise = |since: &str| claim(&format!("kind = \"rise\"\nwindow = [\"{since}\", \"2025-05-01\"]"));
    let test = check(&rise("2025-03-17"), &steady(20, Some(70 * DAY)), "supported", &["changes by a factor of"]);
    assert!(test.measures.iter().any(|m| m.unit == "ratio" && m.value > 2.5 && m.value < 3.5), "{:#?}", test.measures);
    check(&rise("2025-03-17"), &steady(20, None), "does not discriminate", &["by chance"]);
    check(
        &rise("2025-01-06"),
        &steady(20, None),
        "cannot be tested with these records",
        &["cannot be told from a record that begins"],
    );
}

#[test]
fn a_long_series_is_counted_whole_or_not_at_all() {
    let seconds: Vec<i64> = (0..6000).map(|k| k * 2016 + (k * 7919) % 900).collect();
    let row = series("list", Vantage::Authoritative, "192.0.2.15", NAME, &seconds, Some(60));
    assert!(row.state.overflowed() && row.state.events().count() < 6000, "the state holds some days of it");
    let records = CaseRecords { series: vec![row], ..CaseRecords::default() };
    let case = claim("kind = \"rise\"\nwindow = [\"2025-03-17\", \"2025-05-01\"]");
    check(&case, &records, "cannot be tested with these records", &["only some days are at hand"]);
    let mut whole = |_: &SeriesRow| Details {
        instants: Some(seconds.iter().map(|s| at(MONDAY + s)).collect()),
        ..Details::default()
    };
    let report = report_with(&case, &records, &mut whole);
    let test = &report.claims[0].tests[0];
    assert_eq!(test.verdict, "does not discriminate", "{}", test.finding);
    assert!(
        test.measures.iter().any(|m| m.what == "lookups" && (m.value - 6000.0).abs() < 0.5),
        "{:#?}",
        test.measures
    );
}

#[test]
fn a_change_is_dated() {
    // Covered as long as there are lookups: a silence at the end would be a change as well.
    let case = claim("kind = \"change\"").replace("2025-06-01", "2025-05-26");
    let test = check(&case, &steady(20, Some(70 * DAY)), "supported", &["2025-03-1"]);
    assert_eq!(test.measures.iter().filter(|m| m.unit == "per day").count(), 2, "{:#?}", test.measures);
    check(&case, &steady(20, None), "does not discriminate", &["one rate"]);
}

#[test]
fn events_on_few_weeks_are_not_compared() {
    let event = "[[event]]\nid = \"e\"\nwhat = \"w\"\nnot_before = \"2025-01-20T10:00:00Z\"\nnot_after = \"2025-01-20T10:00:00Z\"\n";
    let source = LIST.replace("2025-06-01", "2025-02-03");
    let case = format!(
        "{source}{event}[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\nkind = \"follows-events\"\nevents = [\"e\"]\n"
    );
    check(&case, &steady(4, None), "cannot be tested with these records", &["cover 4 weeks"]);
}

#[test]
fn counts_that_were_published_are_a_source_without_times() {
    let table = "[[source]]\nid = \"table\"\npath = \"table\"\nkind = \"csv-map\"\n\
                 map = { delimiter = \"|\", columns = [\"count\", \"client\"] }\n";
    let rows = [("192.0.2.15", 1422), ("192.0.2.16", 1395), ("192.0.2.40", 729), ("198.51.100.7", 2)];
    let counts = rows
        .iter()
        .map(|(client, n)| CountRow { tap: "table".into(), name: NAME.into(), client: (*client).into(), n: *n })
        .collect();
    let records = CaseRecords { counts, ..CaseRecords::default() };
    let case = format!(
        "{table}[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\nkind = \"concentration\"\nsource = \"table\"\n\
         clients = [\"192.0.2.15\", \"192.0.2.16\", \"192.0.2.40\"]\nat_least = 0.9\n"
    );
    let words = ["3 named of 4 clients make 99.9 %", "cannot be corrected", "says nothing about connections"];
    check(&case, &records, "weakly supported", &words);
    let report = report(&case, &records);
    assert_eq!(report.answer.headline, "No record here is about the subject.");
    assert!(report.answer.lines.iter().any(|l| l.contains("3,548 lookups by 4 clients")), "{:?}", report.answer.lines);
}

fn surveyed(subject: (&str, u16, &str), sibling: (&str, u16, &str), siblings: usize, sources: &[&str]) -> CaseRecords {
    let result = |target: String, (class, code, text): (&str, u16, &str), source: &str| SurveyResult {
        target,
        class: class.to_owned(),
        stage: "greeting".to_owned(),
        code: Some(code),
        text: Some(text.to_owned()),
        identity: SurveyIdentity { source: Some(source.to_owned()), ..SurveyIdentity::default() },
        ..SurveyResult::default()
    };
    let surveys = sources.iter().map(|source| {
        let results = (0..=siblings).map(|k| {
            let of = if k == 0 { subject } else { sibling };
            result(format!("198.51.100.{}", 29 + k), of, source)
        });
        SurveyRows::new((*source).to_owned(), "0".into(), results)
    });
    let lookups = series("list", Vantage::Authoritative, "192.0.2.15", NAME, &[0, 7200], None);
    CaseRecords { series: vec![lookups], surveys: surveys.collect(), ..CaseRecords::default() }
}
