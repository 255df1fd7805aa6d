//! The public case: what is shipped, and the rules that its report is held to, by their numbers in its README.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::run::{askance, root};

fn folder() -> PathBuf {
    root().join("cases/hotel-bank-2016")
}

fn investigated(options: &[&str]) -> Value {
    let out = tempfile::tempdir().expect("a folder");
    let case = folder();
    let mut args =
        vec!["investigate", case.to_str().expect("text"), "--json", "--out", out.path().to_str().expect("text")];
    args.extend(options);
    let ran = askance(&args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("the case JSON")
}

/// The verdicts of a claim's tests.
fn verdicts<'a>(report: &'a Value, claim: &str) -> Vec<(&'a str, &'a str)> {
    let claims = report["claims"].as_array().expect("claims");
    let found = claims.iter().find(|c| c["id"] == claim).expect("the claim");
    let tests = found["tests"].as_array().expect("tests");
    tests
        .iter()
        .map(|t| (t["verdict"].as_str().expect("a verdict"), t["finding"].as_str().expect("a finding")))
        .collect()
}

const CANNOT: &str = "cannot be tested with these records";

#[test]
fn rule_1_what_is_shipped_is_what_was_published() {
    let text = |name: &str| std::fs::read_to_string(folder().join("records").join(name)).expect("shipped");
    let table = text("lookups-by-client.txt");
    let counts: Vec<u64> =
        table.lines().map(|row| row.split('|').next().expect("a count").parse().expect("a number")).collect();
    assert_eq!((counts.len(), counts.iter().sum::<u64>()), (9, 3553));
    let excerpt = text("log-excerpt.txt");
    assert_eq!(excerpt.lines().count(), 4);
    assert!(!excerpt.lines().is_sorted(), "as published");
    let report = investigated(&[]);
    let by_client: BTreeMap<&str, u64> = report["series"]
        .as_array()
        .expect("series")
        .iter()
        .filter(|s| s["tap"] == "synthetic-list")
        .map(|s| (s["client"].as_str().expect("a client"), s["n"].as_u64().expect("a count")))
        .collect();
    // No row that was made up bears an address that somebody has.
    let reserved = ["192.0.2.", "198.51.100.", "203.0.113."];
    assert!(by_client.keys().all(|client| reserved.iter().any(|net| client.starts_with(net))), "{by_client:?}");
    // Near the published counts, made by a story and not copied from them.
    for (client, published) in [("192.0.2.15", 1422.0), ("192.0.2.16", 1395.0), ("192.0.2.40", 729.0)] {
        let ratio = by_client[client] as f64 / published;
        assert!((0.9..1.1).contains(&ratio), "{client}: {ratio}");
    }
    let last: Vec<&str> =
        report["series"].as_array().expect("series").iter().filter_map(|s| s["last"].as_str()).collect();
    assert!(last.iter().all(|t| *t <= "2016-09-23T13:56:30"), "{last:?}");
}

#[test]
fn rule_2_two_addresses_of_one_demand_are_told_where_they_can_be() {
    let report = investigated(&[]);
    let tests = verdicts(&report, "r7-one-source");
    assert_eq!(tests[0].0, CANNOT, "four rows of one address tell nothing");
    assert_eq!(tests[1].0, CANNOT, "generated rows are no evidence");
    assert!(tests[1].1.contains("the test would answer \"supported\""), "{}", tests[1].1);
}

/// What the case's `note` says of the generated rows: the assumption that made them is not recovered.
#[test]
fn rule_12_generated_rows_do_not_tell_what_made_them() {
    let report = investigated(&[]);
    let series = report["series"].as_array().expect("series");
    let generated: Vec<&Value> = series.iter().filter(|s| s["tap"] == "synthetic-list").collect();
    assert_eq!(generated.len(), 10);
    assert!(generated.iter().all(|s| s["abstained"] == true && s["best"] != "sender-verification"), "{generated:#?}");
}

/// Quotation marks are for verbatim words: who is quoted is named with a day, and brackets mark what was put in.
#[test]
fn rule_1_statements_are_dated_attributed_and_no_paraphrase_is_quoted() {
    let report = investigated(&[]);
    let statements = report["statements"].as_array().expect("statements");
    for s in statements {
        for key in ["who", "said_at", "text", "source"] {
            assert!(s[key].as_str().is_some_and(|t| !t.is_empty()), "{key} of {s}");
        }
        let text = s["text"].as_str().expect("a text");
        assert!(!text.starts_with("reported:"), "{text}");
        if s["paraphrase"] == true {
            let findings = report["claims"].to_string();
            assert!(!findings.contains(&format!("\\\"{text}")), "{text}");
        }
    }
    let cited = report["claims"].to_string();
    let held = |word: &str| statements.iter().any(|s| s["text"].as_str().is_some_and(|t| t.contains(word)));
    for word in ["Yup, that's weird and unexplained", "It's not clear", "still suspicious", "knee was struck"] {
        assert!(held(word) && cited.contains(word), "a concession is left out: {word}");
    }
    for word in ["innocuous explanation", "are misfiring", "before March 2016", "connect back", "test email"] {
        assert!(held(word) && cited.contains(word), "a reply is left out: {word}");
    }
}

#[test]
fn rule_12_the_public_rows_alone_tell_lookups_and_no_more() {
    for options in [&[][..], &["--without-synthetic"]] {
        let report = investigated(options);
        let headline = report["answer"]["headline"].as_str().expect("a headline");
        assert_eq!(headline, "These records cannot tell what made the one series about the subject.");
        let lines = report["answer"]["lines"].to_string();
        assert!(lines.contains("If the rows are authentic they establish lookups"), "{lines}");
        assert!(lines.contains("whether connections followed lookups cannot be told"), "{lines}");
        let concentration = verdicts(&report, "f1-concentration");
        assert_eq!(concentration[0].0, "weakly supported", "{}", concentration[0].1);
        let shares = verdicts(&report, "r10-alfa-share");
        assert_eq!(shares[0].0, "weakly supported", "{}", shares[0].1);
        assert!(shares[0].1.contains("79.3 %") && shares[0].1.contains("disagree with each other"), "{}", shares[0].1);
        for claim in [
            "c1-channel",
            "c2-no-connection",
            "f1-connection",
            "f2-other-hotel",
            "f3-configuration",
            "f4-specific-senders",
            "f5-first",
            "r2-person",
            "r3-events",
            "r4-growth",
            "r5-complete",
            "r8-fbi-call",
        ] {
            // Statements beside a test are recorded, never weighed.
            let tests = verdicts(&report, claim);
            let tested: Vec<_> = tests.iter().filter(|t| t.0 != "recorded").collect();
            assert!(!tested.is_empty() && tested.iter().all(|t| t.0 == CANNOT), "{claim}: {tests:?}");
        }
        let deletion = verdicts(&report, "f5-deletion");
        assert_eq!(deletion[0].0, CANNOT, "the first event's day is the claim's own: {}", deletion[0].1);
        assert_eq!(
            deletion[1].0, "does not discriminate",
            "on whose behalf it was done is in no role: {}",
            deletion[1].1
        );
        assert_eq!(verdicts(&report, "r1-checks")[0].0, "does not discriminate");
        let set: Vec<&str> =
            report["series"][0]["set"].as_array().expect("a set").iter().filter_map(Value::as_str).collect();
        for open in ["sender-verification", "stored-mail-rescan", "retry-loop", "human-use", "beacon"] {
            assert!(set.contains(&open), "{open} is neither shown nor excluded: {set:?}");
        }
        let synthetic =
            report["sources"].as_array().expect("sources").iter().filter(|s| s["synthetic"] == true).count();
        assert_eq!(synthetic, usize::from(options.is_empty()));
    }
}
