//! Custody: what `investigate` keeps and `verify` finds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Ran, askance, root};

const CASE: &str = r#"schema = "askance.case/1"
title = "t"
question = "q"
subjects = ["mail1.hotel-brand.example"]

[[source]]
id = "resolver"
path = "query.log"
zone = "UTC"

[[source]]
id = "rotated"
path = "old/*.log"
zone = "UTC"

[[claim]]
id = "few"
text = "A few clients make nearly all lookups."
[[claim.test]]
kind = "concentration"
source = "resolver"

[[claim]]
id = "said"
text = "It was said."
"#;

/// Lookups as BIND logs them, one an hour: 171 octets a line.
fn lines(n: usize) -> String {
    (0..n).fold(String::new(), |mut out, i| {
        let (day, hour) = (3 + i / 24, i % 24);
        writeln!(
            out,
            "{day:02}-Mar-2025 {hour:02}:00:00.123 queries: info: client @0x7f91b8005490 192.0.2.10#53001 \
             (mail1.hotel-brand.example): query: mail1.hotel-brand.example IN A -E(0)DC (198.51.100.53)"
        )
        .expect("writing to a String cannot fail");
        out
    })
}

/// A case that has been investigated.
struct Investigated {
    dir: tempfile::TempDir,
}

impl Investigated {
    fn new() -> Self {
        Self::with(CASE, &[])
    }

    fn with(case: &str, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let this = Self { dir };
        std::fs::create_dir(this.at("old")).expect("a folder");
        this.write("case.toml", case);
        this.write("query.log", &lines(100));
        this.write("old/1.log", &lines(3));
        this.write("old/2.log", &lines(5));
        let ran = askance(&[&["investigate", &this.path("."), "--out", &this.path("out"), "--quiet"], more].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        this
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.at(name).to_str().expect("a plain path").to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.at(name), text).expect("a file");
    }

    fn verify(&self, more: &[&str]) -> Ran {
        let (case, json) = (self.path("."), self.path("out/case.json"));
        askance(&[&["verify", &case, "--against", &json], more].concat())
    }
}

/// Standard output without the lines whose hashes are of no interest here.
fn without_hashes(ran: &Ran, dir: &Path) -> String {
    let dir = dir.to_str().expect("a plain path");
    let kept =
        ran.stdout.lines().filter(|l| !["  expected ", "  found  ", "custody root "].iter().any(|p| l.starts_with(p)));
    kept.map(|line| line.replace(dir, "CASE") + "\n").collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "says that a part was skipped")]
fn what_is_unchanged_is_stamped_and_its_root_is_that_of_the_script() {
    let case = Investigated::new();
    let request = case.path("root.tsq");
    let ran = case.verify(&["--timestamp-request", &request, "--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let verified = ran.json();
    let custody_root = verified["custody_root"].as_str().expect("a root");
    let text = std::fs::read_to_string(case.at("out/case.json")).expect("the case JSON");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["method"]["custody_root"], custody_root);
    let octets = std::fs::read(&request).expect("a request");
    let imprint: String = octets[octets.len() - 35..octets.len() - 3].iter().fold(String::new(), |mut out, octet| {
        write!(out, "{octet:02x}").expect("writing to a String cannot fail");
        out
    });
    assert_eq!(verified["timestamp_request"]["imprint"], imprint.as_str());
    let rotated = [case.path("old/1.log"), case.path("old/2.log")].join(",");
    let claims = report["method"]["claims_sha256"].as_str().expect("a hash");
    let args = ["docs/examples/custody-root.py", &case.path("case.toml"), claims, &case.path("query.log"), &rotated];
    match Command::new("python3").args(args).current_dir(root()).output() {
        Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), custody_root),
        Err(error) => eprintln!("skipped: python3 cannot be run here: {error}"),
    }
}

#[test]
fn what_changed_is_named() {
    let case = Investigated::new();
    let all = lines(100);
    let tampered: String =
        all.lines().enumerate().filter(|(i, _)| *i != 49).map(|(_, l)| l.to_owned() + "\n").collect();
    case.write("query.log", &tampered);
    case.write("old/2.log", &lines(6));
    std::fs::remove_file(case.at("old/1.log")).expect("it was there");
    case.write("case.toml", &CASE.replace("source = \"resolver\"", "").replace("It was said.", "It was not said."));
    let ran = case.verify(&["--timestamp-request", &case.path("root.tsq")]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(without_hashes(&ran, case.dir.path()), @"
    changed      source resolver
      query.log changed
        octets 8,192 to 9,215 (lines 48 to 54) are now 853 octets;
        what follows is as it was, 171 octets earlier
        1 of 17 parts of 1,024 octets
    changed      source rotated
      old/1.log missing
      old/2.log changed
        longer by 171 octets: the first 855 are as they were
    changed      case.toml
    changed      claims
    changed      claim few
      what is not as it was: its tests
    changed      claim said
      what is not as it was: text
    same         custody.json
    No request for a time stamp was written: it would stamp what changed.
    CASE/.: Something changed or is missing.
    ");
    assert!(!case.at("root.tsq").exists());
    let widest = ran.stdout.lines().map(|line| line.replace(case.path("").as_str(), "").chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}: {}", ran.stdout);
}

#[test]
fn synthetic_sources_that_were_left_out_are_not_called_new() {
    let case = CASE.replace("path = \"old/*.log\"", "path = \"old/*.log\"\nsynthetic = true");
    let case = Investigated::with(&case, &["--without-synthetic"]);
    let ran = case.verify(&["--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let verified = ran.json();
    assert_eq!(verified["without_synthetic"], true);
    case.write("case.toml", CASE);
    let ran = case.verify(&[]);
    assert!(ran.code == 1 && ran.stdout.contains("\nadded        source rotated\n"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn hashes_that_were_changed_too_are_not_believed() {
    let case = Investigated::new();
    let kept = std::fs::read_to_string(case.at("out/custody.json")).expect("the hashes");
    let parts = kept.find("\"parts\":[\"").expect("parts") + 10;
    let swapped = if kept.as_bytes()[parts] == b'0' { "1" } else { "0" };
    let mut text = kept.clone();
    text.replace_range(parts..=parts, swapped);
    case.write("out/custody.json", &text);
    let ran = case.verify(&[]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("the parts do not give the root (case::custody)"), "{}", ran.stdout);
    std::fs::remove_file(case.at("out/custody.json")).expect("it was there");
    let ran = case.verify(&[]);
    assert_eq!(ran.code, 0, "whole files can still be compared: {}{}", ran.stdout, ran.stderr);
    case.write("query.log", &lines(99));
    let ran = case.verify(&[]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("there is no custody.json to tell where"), "{}", ran.stdout);
}
