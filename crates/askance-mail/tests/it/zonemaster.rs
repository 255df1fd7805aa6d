//! Scenarios of Zonemaster's test zones (`zonemaster/zonemaster`, `test-zone-data`, BSD-2): SPF and reverse DNS.
//!
//! The zones are not part of this repository: set `ZONEMASTER_ZONES` to that folder when the
//! tests are built. Without it the scenarios are skipped, and the test says so.

use std::io::Read as _;
use std::path::Path;

use crate::world::name;
use askance_mail::{Answer, Code, Posture, PostureAudit, PostureRequest, Snapshot, State};

/// What we say of a scenario that Zonemaster's tags are about.
enum Expect {
    /// These findings of SPF or reverse DNS, and no others of them.
    Findings(&'static [Code]),
    /// We do not say what the scenario is about; what we say instead, and why.
    Miss(&'static [Code], &'static str),
}
use Expect::{Findings, Miss};

const ONE_SERVER: &str = "servers of one zone that differ: a snapshot has one version of a zone";

/// Scenario, file (without `.zone`), name, and what we say.
const SPF: &[(&str, &str, &str, Expect)] = &[
    ("GOOD-SPF-1", "good-spf-1.zone11.xa", "good-spf-1.zone11.xa", Findings(&[])),
    ("GOOD-SPF-2", "good-spf-2.zone11.xa", "good-spf-2.zone11.xa", Findings(&[])),
    (
        "SAME-SPF-DIFFERENT-TXT, server 1",
        "ns1.same-spf-different-txt.zone11.xa",
        "same-spf-different-txt.zone11.xa",
        Findings(&[]),
    ),
    (
        "SAME-SPF-DIFFERENT-TXT, server 2",
        "ns2.same-spf-different-txt.zone11.xa",
        "same-spf-different-txt.zone11.xa",
        Findings(&[]),
    ),
    ("NO-TXT", "no-txt.zone11.xa", "no-txt.zone11.xa", Findings(&[Code::SpfMissing])),
    ("NO-SPF-TXT", "no-spf-txt.zone11.xa", "no-spf-txt.zone11.xa", Findings(&[Code::SpfMissing])),
    ("NO-SPF-ROOT-ZONE", "root-no-spf", ".", Findings(&[Code::SpfMissing])),
    ("NO-SPF-TLD-ZONE", "no-spf-zone11", "no-spf-zone11", Findings(&[Code::SpfMissing])),
    ("NO-SPF-ARPA-ZONE", "no-spf-arpa-zone.zone11.arpa", "no-spf-arpa-zone.zone11.arpa", Findings(&[Code::SpfMissing])),
    ("NULL-SPF-ROOT-ZONE", "root-null-spf", ".", Findings(&[])),
    ("NULL-SPF-TLD-ZONE", "null-spf-zone11", "null-spf-zone11", Findings(&[])),
    ("NULL-SPF-ARPA-ZONE", "null-spf-arpa-zone.zone11.arpa", "null-spf-arpa-zone.zone11.arpa", Findings(&[])),
    (
        "NON-NULL-SPF-ROOT-ZONE",
        "root-non-null-spf",
        ".",
        Miss(&[], "that a root, top-level or arpa zone should let nobody pass"),
    ),
    ("NON-NULL-SPF-TLD-ZONE", "non-null-spf-zone11", "non-null-spf-zone11", Miss(&[], "likewise")),
    (
        "NON-NULL-SPF-ARPA-ZONE",
        "non-null-spf-arpa-zone.zone11.arpa",
        "non-null-spf-arpa-zone.zone11.arpa",
        Miss(&[], "likewise"),
    ),
    ("INVALID-SYNTAX-1", "invalid-syntax-1.zone11.xa", "invalid-syntax-1.zone11.xa", Findings(&[Code::SpfSyntax])),
    ("INVALID-SYNTAX-2", "invalid-syntax-2.zone11.xa", "invalid-syntax-2.zone11.xa", Findings(&[Code::SpfSyntax])),
    ("INVALID-SYNTAX-3", "invalid-syntax-3.zone11.xa", "invalid-syntax-3.zone11.xa", Findings(&[Code::SpfSyntax])),
    (
        "NON-AUTH-TXT",
        "non-auth-txt.zone11.xa",
        "non-auth-txt.zone11.xa",
        Miss(&[Code::SpfMissing], "that a server's answer lacks AA: zone files have no such answers"),
    ),
    ("SERVFAIL", "servfail.zone11.xa", "servfail.zone11.xa", Findings(&[Code::LookupFailed])),
    ("INCONSISTENT-SPF", "ns1.inconsistent-spf.zone11.xa", "inconsistent-spf.zone11.xa", Miss(&[], ONE_SERVER)),
    (
        "SPF-MISSING-ON-ONE",
        "ns1.spf-missing-on-one.zone11.xa",
        "spf-missing-on-one.zone11.xa",
        Miss(&[Code::SpfMissing], ONE_SERVER),
    ),
    ("ALL-DIFFERENT-SPF", "ns1.all-different-spf.zone11.xa", "all-different-spf.zone11.xa", Miss(&[], ONE_SERVER)),
    (
        "MULTIPLE-SPF-RECORDS",
        "multiple-spf-records.zone11.xa",
        "multiple-spf-records.zone11.xa",
        Findings(&[Code::SpfSeveral]),
    ),
];

const ILLEGAL: &str =
    "two aliases of one name: our reader refuses the zone (RFC 1034, 3.6.2); the scenario's lines are left out";

/// Scenario, host, and what we say of its addresses.
const REVERSE: &[(&str, &str, Expect)] = &[
    ("ALL-NS-HAVE-PTR-1", "ns1.child", Findings(&[])),
    ("ALL-NS-HAVE-PTR-1", "ns2.child", Findings(&[])),
    ("ALL-NS-HAVE-PTR-2", "ns3.child", Findings(&[Code::PtrNameMissing, Code::PtrSeveral])),
    ("NO-NS-HAVE-PTR", "ns4.child", Findings(&[Code::PtrMissing])),
    ("NO-NS-HAVE-PTR", "ns5.child", Findings(&[Code::PtrMissing])),
    ("INCOMPLETE-PTR-1", "ns6.child", Findings(&[Code::PtrMissing])),
    ("INCOMPLETE-PTR-2", "ns7.child", Findings(&[Code::PtrMissing])),
    ("NON-MATCHING-NAMES", "ns8.child", Findings(&[Code::PtrUnconfirmed, Code::PtrNameMissing, Code::PtrOtherName])),
    (
        "NON-MATCHING-NAMES",
        "ns9.child",
        Findings(&[Code::PtrUnconfirmed, Code::PtrNameMissing, Code::PtrOtherName, Code::PtrSeveral]),
    ),
    ("PTR-IS-GOOD-CNAME-1", "ns10.child", Findings(&[])),
    ("PTR-IS-GOOD-CNAME-2", "ns11.child", Findings(&[])),
    ("PTR-IS-DANGLING-CNAME", "ns12.child", Findings(&[Code::PtrMissing])),
    ("PTR-IS-ILLEGAL-CNAME", "ns13.child", Miss(&[Code::PtrMissing], ILLEGAL)),
    ("PTR-RESOLUTION-NO-RESPONSE", "ns14.child", Findings(&[Code::LookupFailed])),
    ("PTR-RESOLUTION-SERVFAIL", "ns15.child", Findings(&[Code::LookupFailed])),
];

/// The folder of the zones; `None` where it was not given.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn folder(part: &str) -> Option<std::path::PathBuf> {
    let folder = option_env!("ZONEMASTER_ZONES").map(|path| Path::new(path).join(part)).filter(|path| path.is_dir());
    if folder.is_none() {
        eprintln!("skipped: Zonemaster's zones are not here (set ZONEMASTER_ZONES when building)");
    }
    folder
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in folder.read_dir().expect("the zones' folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if wanted(&name) {
            let mut octets = Vec::new();
            std::fs::File::open(&path).expect("a file").read_to_end(&mut octets).expect("its octets");
            let text = String::from_utf8_lossy(&octets).into_owned();
            files.push((name, text));
        }
    }
    files
}

fn audit(snapshot: &Snapshot, of: &str, failing: &[(&str, &str)]) -> Posture {
    let request = PostureRequest::new(name(of), "zone files");
    PostureAudit::new(request).run(|question| {
        let fails =
            failing.iter().any(|(qname, qtype)| question.qname.key() == *qname && question.qtype.to_string() == *qtype);
        if fails { Answer::empty(question, State::Failed) } else { snapshot.answer(question) }
    })
}

fn codes(posture: &Posture, of: &[Code]) -> Vec<Code> {
    let mut found: Vec<Code> = posture.findings.iter().map(|f| f.code).filter(|code| of.contains(code)).collect();
    found.dedup();
    found
}

#[test]
fn spf_scenarios() {
    let Some(folder) = folder("Zone-TP/zone11") else { return };
    let about = [Code::SpfMissing, Code::SpfSeveral, Code::SpfSyntax, Code::LookupFailed];
    for (scenario, file, name, expect) in SPF {
        let zone = format!("{file}.zone");
        let snapshot = Snapshot::of_files(files(&folder, |f| f.starts_with("COMMON") || f == zone));
        assert!(
            snapshot.problems.iter().all(|(file, what)| file.starts_with("COMMON") || what.contains("left out")),
            "{scenario}: {:?}",
            snapshot.problems
        );
        let failing: &[(&str, &str)] = if *scenario == "SERVFAIL" { &[(name, "TXT")] } else { &[] };
        let found = codes(&audit(&snapshot, name, failing), &about);
        match expect {
            Findings(codes) => assert_eq!(found, *codes, "{scenario}"),
            Miss(codes, why) => assert_eq!(found, *codes, "{scenario}: {why}"),
        }
    }
}

#[test]
fn reverse_scenarios() {
    let Some(folder) = folder("Address-TP/address03") else { return };
    let about = [
        Code::PtrMissing,
        Code::PtrUnconfirmed,
        Code::PtrNameMissing,
        Code::PtrOtherName,
        Code::PtrSeveral,
        Code::LookupFailed,
    ];
    let mut zones = files(&folder, |f| Path::new(f).extension().is_some_and(|end| end == "zone"));
    let refused = Snapshot::of_files(zones.clone()).problems;
    assert_eq!(refused.len(), 2, "the reverse zones of IPv4 and IPv6: {refused:?}");
    assert!(refused.iter().all(|(_, what)| what.ends_with("has an alias and other records")), "{refused:?}");
    for (_, text) in &mut zones {
        let lines: Vec<&str> =
            text.lines().filter(|line| !(line.contains("CNAME") && line.contains("illegal"))).collect();
        *text = lines.join("\n");
    }
    let snapshot = Snapshot::of_files(zones);
    assert_eq!(snapshot.problems, []);
    let v6 = |last: u8| format!("{}.4.0.0.3.0.0.0.1.1.0.0.7.2.1.0.0.0.0.0.3.c.0.0.2.b.0.0.1.a.d.f.ip6.arpa", last % 10);
    let (a, b) = (v6(44), v6(45));
    let failing = [("44.3.11.127.in-addr.arpa", "PTR"), ("45.3.11.127.in-addr.arpa", "PTR"), (&a, "PTR"), (&b, "PTR")];
    for (scenario, host, expect) in REVERSE {
        let found = codes(&audit(&snapshot, &format!("{host}.address03.xa"), &failing), &about);
        match expect {
            Findings(codes) => assert_eq!(found, *codes, "{scenario} {host}"),
            Miss(codes, why) => assert_eq!(found, *codes, "{scenario}: {why}"),
        }
    }
}
