//! Loose files: hunt, explain, intake, query, and what happens to bad ones.

use crate::run::{askance, root, scratch};

const BIND: &str = "\
03-Mar-2025 10:00:00.123 queries: info: client @0x7f91b8005490 192.0.2.10#53001 (Mail1.Hotel-Brand.example): query: Mail1.Hotel-Brand.example IN A -E(0)DC (198.51.100.53)
03-Mar-2025 11:00:07.456 queries: info: client @0x7f91b8005490 192.0.2.10#53002 (mail1.hotel-brand.example): query: mail1.hotel-brand.example IN A -E(0)DC (198.51.100.53)
03-Mar-2025 12:00:09.789 queries: info: client @0x7f91b8005490 192.0.2.11#53003 (mail1.hotel-brand.example): query: mail1.hotel-brand.example IN AAAA -E(0)DC (198.51.100.53)
";

#[test]
fn hunt_gives_the_fields_of_the_contract() {
    let (_dir, path) = scratch("query.log", BIND.as_bytes());
    let ran = askance(&["hunt", "--json-lines", &path]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = ran.json_lines();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        for field in [
            "vantage",
            "client",
            "name",
            "qtypes",
            "n",
            "first",
            "last",
            "best",
            "set",
            "posterior",
            "log10_lr",
            "verbal",
            "abstained",
            "reasons",
            "settle",
        ] {
            assert!(line.get(field).is_some(), "no {field} in {line}");
        }
        assert_eq!(line["vantage"], "authoritative");
        assert_eq!(line["name"], "mail1.hotel-brand.example");
    }
    assert_eq!(lines.iter().map(|l| l["n"].as_u64().expect("a count")).sum::<u64>(), 3);
}

#[test]
fn intake_prints_a_ledger_that_balances_and_reads_nothing_twice() {
    let text = format!(
        "{BIND}not a log line at all\n03-Mar-2025 12:00:10.000 queries: info: client 192.0.2.1#1 (x): query: x..y IN A - (198.51.100.53)\n"
    );
    let (dir, path) = scratch("query.log", text.as_bytes());
    let archive = dir.path().join("archive");
    let archive = archive.to_str().expect("a plain path");
    let first = askance(&["intake", &path, "--archive", archive, "--json"]);
    assert_eq!(first.code, 3, "{}", first.stderr);
    let ledger = &first.json()["ledger"][0];
    let count = |key: &str| ledger[key].as_u64().expect("a count");
    let rejected: u64 =
        ledger["rejected"].as_array().expect("an array").iter().map(|r| r["count"].as_u64().expect("a count")).sum();
    assert_eq!((count("in"), count("lookups"), count("paired"), rejected), (5, 3, 0, 2));
    assert!(ledger["rejected"][0]["first_at"].as_str().expect("a position").contains("line "));
    let second = askance(&["intake", &path, "--archive", archive, "--json"]);
    assert_eq!(second.json()["ledger"][0]["already_present"], true);
    let rows = askance(&["query", "SELECT count(*) AS n FROM lookups", "--archive", archive, "--json-lines"]);
    assert_eq!(rows.json_lines()[0]["n"], 3, "{}", rows.stderr);
}

#[test]
fn query_sees_the_columns_of_the_contract() {
    let (dir, path) = scratch("query.log", BIND.as_bytes());
    let archive = dir.path().join("archive");
    let archive = archive.to_str().expect("a plain path");
    askance(&["intake", &path, "--archive", archive]);
    let sql = "SELECT ts, vantage, client, client_port, server, transport, id, qname, qname_raw, qtype, qclass, rcode, \
               flags, answers, ttl_min_s, rtt_us, source, at_byte FROM lookups ORDER BY ts";
    let ran = askance(&["query", sql, "--archive", archive, "--json-lines"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = ran.json_lines();
    assert_eq!(rows[0]["ts"], "2025-03-03T10:00:00.123Z");
    assert_eq!(rows[0]["qname"], "mail1.hotel-brand.example");
    assert_eq!(rows[0]["qname_raw"], "Mail1.Hotel-Brand.example");
    assert_eq!(rows[0]["qtype"], "A");
    assert!(rows[0]["rcode"].is_null());
    assert_eq!(rows[1]["at_byte"], BIND.lines().next().expect("a line").len() as u64 + 1);
    let ran = askance(&["query", "SELECT nonsense FROM lookups", "--archive", archive]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("qname"), "the help lists the columns: {}", ran.stderr);
}

#[test]
fn every_supported_log_of_the_corpus_can_be_hunted() {
    let mut hunted = 0;
    for folder in ["corpus/captures", "corpus/logs"] {
        let mut files: Vec<_> =
            std::fs::read_dir(root().join(folder)).expect("the corpus").flatten().map(|e| e.path()).collect();
        files.sort();
        for path in files.into_iter().filter(|p| p.is_file()) {
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if matches!(extension.as_str(), "toml" | "sh" | "md" | "py" | "tsv") {
                continue;
            }
            let ran = askance(&["hunt", "--json-lines", "--year", "2025", path.to_str().expect("a plain path")]);
            let cut_or_foreign = ran.code == 2 && ran.stderr.contains("code: intake::");
            assert!(matches!(ran.code, 0 | 3) || cut_or_foreign, "{}: {} {}", path.display(), ran.code, ran.stderr);
            hunted += usize::from(ran.code != 2);
        }
    }
    assert!(hunted >= 12, "only {hunted} files of the corpus can be read");
}

#[test]
fn wrong_inputs_are_told_with_a_way_out() {
    let (_dir, path) = scratch("noise.bin", &[0, 1, 2, 3, 255, 254]);
    let ran = askance(&["hunt", &path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("intake::unknown-format") && ran.stderr.contains("--format"), "{}", ran.stderr);
    let ran = askance(&["hunt", "no/such/file"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no/such/file"), "{}", ran.stderr);
    let (_dir, path) = scratch("empty.log", b"");
    assert!(askance(&["hunt", &path]).stderr.contains("intake::empty"));
    let ran = askance(&["hunt", &path, "--vantage", "moon"]);
    assert!(ran.stderr.contains("resolver-client"), "{}", ran.stderr);
}

#[test]
fn a_hostile_name_does_not_reach_the_terminal() {
    let line = BIND.lines().next().expect("a line").replace("Mail1.Hotel-Brand", "a\u{1b}[2Jb\u{202e}c");
    let (_dir, path) = scratch("query.log", format!("{line}\n").as_bytes());
    let ran = askance(&["hunt", &path, "--color", "never"]);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\u{202e}'), "{:?}", ran.stdout);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'), "{:?}", ran.stderr);
}

#[test]
fn help_has_an_example_for_each_command() {
    let help = askance(&["--help"]).stdout;
    for command in [
        "investigate",
        "intake",
        "hunt",
        "explain",
        "query",
        "evaluate",
        "report",
        "verify",
        "formats",
        "completions",
        "man",
    ] {
        assert!(help.contains(command), "{command}");
        let own = askance(&[command, "--help"]).stdout;
        assert!(own.contains("Usage:"), "{own}");
        assert!(command == "man" || own.contains("Example:"), "{own}");
        assert!(own.lines().all(|l| l.chars().count() <= 100), "{own}");
    }
    assert!(askance(&["man"]).stdout.contains(".TH askance"));
    assert!(askance(&["completions", "bash"]).stdout.contains("_askance"));
}

/// Address lookups of one resolver over three weeks, at hours that a rule makes look irregular.
fn weeks() -> String {
    let mut out = String::new();
    for day in 3..24 {
        for k in 0..3 {
            let (hour, minute, second) =
                (8 + (day * 7 + k * 5) % 11, (day * 13 + k * 29) % 60, (day * 17 + k * 7) % 60);
            out += &format!(
                "{day:02}-Mar-2025 {hour:02}:{minute:02}:{second:02}.000 queries: info: client @0x7f 192.0.2.10#53001 (a.hotel-brand.example): query: a.hotel-brand.example IN A -E(0)DC (198.51.100.53)\n"
            );
        }
    }
    out
}

#[test]
fn explain_draws_what_survives_and_hunt_does_not() {
    let (_dir, path) = scratch("query.log", weeks().as_bytes());
    let ran = askance(&["explain", "a.hotel-brand.example", &path, "--json-lines"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let series = &ran.json_lines()[0];
    let set = series["set"].as_array().expect("an array");
    assert!(set.len() > 1, "{set:?}");
    let detail = series["settle_detail"].as_array().expect("simulated");
    let gain = |d: &serde_json::Value| d["expected_log10_lr"].as_f64().expect("a number");
    assert!(detail.windows(2).all(|w| gain(&w[0]) >= gain(&w[1])), "{detail:?}");
    assert!(gain(&detail[0]) > 0.1 && detail.iter().any(|d| d["kind"] == "mail-log"), "{detail:?}");
    assert!(series["settle"].as_array().expect("an array").contains(&detail[0]["record"]));
    let survivors = series["predicted"]["survivors"].as_array().expect("drawn");
    assert_eq!(survivors.len(), set.iter().filter(|m| **m != "none").count().min(5));
    let again = askance(&["explain", "a.hotel-brand.example", &path, "--json-lines"]);
    assert_eq!(ran.stdout, again.stdout);
    let hunted = askance(&["hunt", &path, "--json-lines"]);
    let line = &hunted.json_lines()[0];
    assert!(line.get("settle_detail").is_none() && line.get("predicted").is_none(), "{line}");
    assert!(!line["settle"].as_array().expect("an array").is_empty(), "{line}");
}
