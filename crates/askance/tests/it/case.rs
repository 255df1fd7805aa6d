//! The shipped case, end to end.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{askance, root, scratch};

/// One label of the case.
struct Label {
    file: String,
    vantage: String,
    client: String,
    name: String,
    mechanism: String,
}

fn labels() -> Vec<Label> {
    let text = std::fs::read_to_string(root().join("cases/stale-ptr/labels.csv")).expect("labels");
    text.lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',').map(str::to_owned);
            let mut next = || fields.next().expect("a column");
            Label { file: next(), vantage: next(), client: next(), name: next(), mechanism: next() }
        })
        .collect()
}

/// The series that a label is about.
fn find<'a>(report: &'a Value, label: &Label) -> Option<&'a Value> {
    let source = report["sources"].as_array()?.iter().find(|s| s["path"] == label.file.as_str())?;
    report["series"].as_array()?.iter().find(|s| {
        s["tap"] == source["id"]
            && s["client"] == label.client.as_str()
            && s["vantage"] == label.vantage.as_str()
            && (s["name"] == label.name.as_str()
                || s["members"].as_array().is_some_and(|m| m.iter().any(|m| m == label.name.as_str())))
    })
}

#[test]
fn the_shipped_case_is_attributed_as_its_labels_say() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let dir = out.path().to_str().expect("a plain path");
    let ran = askance(&["investigate", "cases/stale-ptr", "--out", dir, "--json"]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
    let report = ran.json();
    let labels = labels();
    let key = |l: &Label| (l.file.clone(), l.client.clone(), l.name.clone());
    let truths = |l: &Label| -> BTreeSet<&str> {
        labels.iter().filter(|o| key(o) == key(l)).map(|o| o.mechanism.as_str()).collect()
    };
    let malicious = ["beacon", "tunnel", "timing-channel"];
    let mail = ["sender-verification", "mail-authentication", "delivery-retry"];
    let (mut verified, mut polled, mut a_only) = (0, 0, 0);
    for label in &labels {
        let Some(series) = find(&report, label) else { continue };
        let (best, truth) = (series["best"].as_str().expect("best"), truths(label));
        let about = || format!("{} {} {}: {series}", label.file, label.client, label.name);
        if label.vantage == "resolver-client" && label.mechanism == "sender-verification" {
            assert_eq!(best, "sender-verification", "{}", about());
            verified += 1;
        }
        if !truth.iter().any(|t| mail.contains(t))
            && truth.iter().any(|t| ["scheduled-poll", "cache-refresh"].contains(t))
        {
            assert!(!malicious.contains(&best) && !mail.contains(&best), "{}", about());
            polled += 1;
        }
        if label.file.contains("published") {
            let set: BTreeSet<&str> =
                series["set"].as_array().expect("a set").iter().filter_map(Value::as_str).collect();
            assert!(truth.iter().any(|t| set.contains(t)), "{}", about());
            a_only += 1;
        }
    }
    assert!(verified >= 8 && polled >= 3 && a_only >= 4, "{verified} {polled} {a_only}");
    for source in report["sources"].as_array().expect("sources") {
        let ledger = &source["ledger"];
        let count = |k: &str| ledger[k].as_u64().expect("a count");
        let rejected: u64 =
            ledger["rejected"].as_array().expect("an array").iter().filter_map(|r| r["count"].as_u64()).sum();
        assert_eq!(
            count("in"),
            count("lookups") + count("flows") + count("mail") + count("paired") + rejected,
            "{source}"
        );
        assert_eq!(source["sha256_matches"], true, "{source}");
    }
    assert!(report["claims"].as_array().expect("claims").len() >= 6);
    let survey = &report["surveys"][0];
    assert_eq!(survey["sha256"], "0035f470dd2b074101c0c7fb40d9a9f70ede647f2d9c176f78b8fdedf6b4dc9e");
    assert_eq!((&survey["first"], &survey["targets"]), (&"2025-03-08T10:00:00Z".into(), &4.into()));
    let of_subject = &survey["results"][0];
    assert_eq!((&of_subject["target"], &of_subject["subject"]), (&"198.51.100.25".into(), &true.into()));
    assert_eq!((&of_subject["class"], &of_subject["code"]), (&"send-only".into(), &521.into()));
    let network = serde_json::json!({
        "network": "198.51.100.0/24", "targets": 4, "classes": { "send-only": 4 }, "alike": true
    });
    assert_eq!(survey["networks"], Value::Array(vec![network]), "its siblings are told the same");
    let page = std::fs::read_to_string(out.path().join("report.html")).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("src=\"http"));
    assert!(page.contains("does not accept mail from you"), "section 9 shows what the server said");
    let again = out.path().join("again.html");
    let json = out.path().join("case.json");
    let ran = askance(&["report", json.to_str().expect("plain"), "--out", again.to_str().expect("plain")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(again).expect("the page again"), page);
}

#[test]
fn evaluate_measures_draws_and_writes_what_it_scored() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| out.path().join(name).to_str().expect("a plain path").to_owned();
    let (plots, scores) = (at("plots"), at("scores.jsonl"));
    let args = ["evaluate", "cases/stale-ptr", "--ablate", "a-only", "--plots", &plots, "--scores", &scores];
    let ran = askance(&args);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
    for part in [
        "Recorded from real programs: 421 series in 1 folder",
        "resolver-client",
        "\nratios      Cllr",
        "\ntaken away",
        "label -> best (series)",
        "sender-verification -> sender-verification",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}: {}", ran.stdout);
    let scored = std::fs::read_to_string(scores).expect("the scores");
    let first: Value = serde_json::from_str(scored.lines().next().expect("a line")).expect("JSON");
    assert_eq!((first["folder"].as_str(), first["origin"].as_str()), (Some("stale-ptr"), Some("recorded")));
    let ablated = scored.lines().filter(|line| line.contains("\"ablation\":\"a-only\"")).count();
    assert_eq!(scored.lines().count() - ablated, 421);
    let page = std::fs::read_to_string(out.path().join("plots/index.html")).expect("the page");
    assert!(page.contains("only A records") && !page.contains("src="));
    for name in ["reliability", "tippett", "cross-entropy", "cllr-by-lookups", "set-by-lookups", "confusion-a-only"] {
        let svg = std::fs::read_to_string(out.path().join(format!("plots/{name}-recorded.svg"))).expect(name);
        assert!(svg.starts_with("<svg xmlns="), "{name}");
    }
}

#[test]
fn evaluate_refuses_what_it_does_not_know() {
    let ran = askance(&["evaluate", "cases/stale-ptr", "--ablate", "everything"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("\"everything\" is not known") && ran.stderr.contains("loss-10|50|90"),
        "{}",
        ran.stderr
    );
    let ran = askance(&["evaluate", "cases/stale-ptr", "--part", "fit"]);
    assert_eq!(ran.code, 2, "a part needs a split: {}", ran.stderr);
    let (_dir, path) = scratch("split.toml", b"schema = \"askance.split/1\"\n[mechanism.beacon]\nfits = []\n");
    let ran = askance(&["evaluate", "cases/stale-ptr", "--split", &path, "--part", "fit"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("unknown field `fits`") && ran.stderr.contains("case::split"), "{}", ran.stderr);
}

#[test]
fn verify_says_what_changed() {
    let ran = askance(&["verify", "cases/stale-ptr"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let case = "schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\n[[source]]\nid = \"a\"\npath = \"a.log\"\nsha256 = \"00\"\n";
    let (dir, path) = scratch("case.toml", case.as_bytes());
    std::fs::write(dir.path().join("a.log"), "x").expect("a file");
    let ran = askance(&["verify", &path, "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["checked"][0]["verdict"], "changed");
}

#[test]
fn an_unknown_key_in_a_case_is_shown_with_its_line() {
    let (_dir, path) = scratch("case.toml", b"schema = \"askance.case/1\"\ntitel = \"t\"\nquestion = \"q\"\n");
    let ran = askance(&["investigate", &path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("line 2") && ran.stderr.contains("did you mean `title`?"), "{}", ran.stderr);
}
