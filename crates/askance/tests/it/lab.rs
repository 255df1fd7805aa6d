//! The laboratory, end to end: stories are simulated, then investigated as any records would be.

use std::path::Path;

use askance_lab::scenario::MECHANISMS;
use serde_json::Value;

use crate::run::{askance, root};

/// Fewer lookups than these say nothing about a mechanism; every such series abstains, which is asserted.
const LOOKUPS_MIN: u64 = 5;

fn simulate(name: &str, out: &Path) {
    let scenario = format!("scenarios/{name}.toml");
    let ran = askance(&["-q", "lab", "simulate", &scenario, "--out", out.to_str().expect("a plain path")]);
    assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("an array").iter().map(|v| v.as_str().expect("a text")).collect()
}

/// Checks that each labelled series of a scenario has its mechanism in its set.
fn check(mechanism: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join(mechanism);
    simulate(mechanism, &out);
    let ran = askance(&["-q", "evaluate", out.to_str().expect("a plain path"), "--json"]);
    assert_eq!(ran.code, 0, "{mechanism}: {}", ran.stderr);
    let evaluation = ran.json();
    let missing = texts(&evaluation["missing"]);
    assert!(missing.is_empty(), "{mechanism}: {} labels without a series, such as {}", missing.len(), missing[0]);
    let mut own = 0;
    for series in evaluation["series"].as_array().expect("series") {
        let truth = texts(&series["truth"]);
        let n = series["n"].as_u64().expect("a count");
        let abstained = series["abstained"].as_bool().expect("a flag");
        if n < LOOKUPS_MIN {
            assert!(abstained, "{mechanism}: an answer from {n} lookups: {series}");
            continue;
        }
        assert!(series["covered"].as_bool().expect("a flag"), "{mechanism}: {series}");
        // An answer that does not abstain is right, or keeps the truth beside it.
        own += u32::from(truth.contains(&mechanism));
    }
    assert!(own > 0, "{mechanism}: no series with the scenario's own label");
}

#[test]
fn each_mechanism_is_found_or_left_open_in_its_own_story() {
    for mechanism in MECHANISMS {
        check(mechanism);
    }
}

#[test]
fn every_scenario_is_explained() {
    for entry in root().join("scenarios").read_dir().expect("scenarios") {
        let path = entry.expect("an entry").path();
        let ran = askance(&["lab", "check", path.to_str().expect("a plain path")]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("What makes lookups, and by which mechanism"), "{}", path.display());
    }
}

/// Rule 12 of the origin case: from the published rows alone, lookups are established if the list is authentic, a
/// connection is not supported, and the cause stays open between the ordinary mechanisms; a hostile or purposeful
/// one is neither shown nor excluded.
#[test]
fn the_published_rows_of_the_origin_story_cannot_tell_and_all_records_can() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("hotel-bank");
    simulate("hotel-bank", &out);
    let run = |case: &str| {
        let (case, to) = (out.join(case), folder.path().join("report"));
        let ran = askance(&[
            "-q",
            "investigate",
            case.to_str().expect("plain"),
            "--out",
            to.to_str().expect("plain"),
            "--json",
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json()
    };
    let list = std::fs::read_to_string(out.join("records/published-list.list.txt")).expect("the list");
    let on = |day: &str| list.lines().filter(|line| line.starts_with(day)).count();
    assert!(on("2016-07-16") > 0 && on("2016-07-30") > 0, "other Saturdays have lookups");
    // The last answers of the 22nd are in caches for an hour.
    assert_eq!((on("2016-07-23T1"), on("2016-07-23T2"), on("2016-07-24")), (0, 0, 0), "the hole is all clients'");
    let public = run("case.toml");
    let clients = ["192.0.2.15", "192.0.2.16", "192.0.2.40", "192.0.2.72"];
    let series = public["series"].as_array().expect("series");
    assert_eq!(series.len(), 10, "ten clients are in the list");
    for s in series {
        let (best, set) = (s["best"].as_str().expect("best"), texts(&s["set"]));
        assert!(s["abstained"].as_bool().expect("a flag"), "an answer from the list alone: {s}");
        assert!(!["beacon", "tunnel", "timing-channel"].contains(&best), "{s}");
        assert!(set.contains(&"sender-verification"), "{s}");
        assert!(set.len() >= 3, "{s}");
    }
    let claim = |report: &Value, id: &str| {
        let found = report["claims"].as_array().expect("claims").iter().find(|c| c["id"] == id).cloned();
        found.expect("the claim")["tests"][0]["verdict"].as_str().expect("a verdict").to_owned()
    };
    assert_eq!(claim(&public, "c2-connection"), "cannot be tested with these records");
    assert_eq!(
        claim(&public, "c5-reaction"),
        "cannot be tested with these records",
        "events of unknown clock time are never ranked"
    );

    let all = run("case-all-records.toml");
    let told = |tap: &str| {
        let series = all["series"].as_array().expect("series").iter();
        let of = |s: &&Value| s["tap"] == tap && s["name"] == "mail1.hotel-brand-email.example";
        series
            .filter(of)
            .map(|s| (s["best"].as_str().expect("best").to_owned(), s["abstained"] == true))
            .collect::<Vec<_>>()
    };
    for tap in ["northbank-resolver", "clinic-resolver", "cardpay-resolver"] {
        assert_eq!(told(tap), [("sender-verification".to_owned(), false)], "{tap}");
    }
    assert!(clients.iter().all(|c| series.iter().any(|s| s["client"] == *c)));
}
