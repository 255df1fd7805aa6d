//! Laws over any zones.

use std::collections::BTreeSet;

use askance_mail::{Audits, Code, Posture, PostureAudit, PostureRequest, Snapshot, State};
use askance_proto::mail::{Discovery, Dmarc, DmarcRequest};
use askance_proto::{Inquiry, Reply, Step};
use proptest::prelude::*;

use crate::codes::CASES;
use crate::world::{NAME, World, changed, name};

fn audit(snapshot: &Snapshot, of: &str) -> Posture {
    let request = PostureRequest::new(name(of), "zone files");
    PostureAudit::new(request).run(|question| snapshot.answer(question))
}

fn word() -> impl Strategy<Value = String> {
    let texts = [
        "@",
        "hotel",
        "*",
        "_dmarc",
        "a.hotel",
        "SOA",
        "A",
        "AAAA",
        "MX",
        "TXT",
        "CNAME",
        "PTR",
        "NS",
        "CAA",
        "TLSA",
        "DS",
        "192.0.2.1",
        "2001:db8::1",
        "10",
        "3 1 1 30",
        "0 issue x",
        "\"v=spf1 include:%{d} a mx ptr -all\"",
        "\"v=DMARC1; p=none; psd=y\"",
        "\"v=spf1",
        "(",
        ")",
        "$ORIGIN",
        "$TTL",
        "$INCLUDE",
        "z",
        "example.",
        "\\# 0",
        "\\032",
        "1 3600 600 86400 300",
    ];
    prop_oneof![9 => proptest::sample::select(texts.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_yields_a_posture(lines in prop::collection::vec(prop::collection::vec(word(), 1..6), 0..12)) {
        let body: Vec<String> = lines.iter().map(|words| words.join(" ")).collect();
        let text = format!("@ SOA ns1 hostmaster 1 3600 600 86400 300\n{}\n", body.join("\n"));
        let snapshot = Snapshot::of_files(vec![("example".to_owned(), text), ("z".to_owned(), body.join("\n"))]);
        for name in ["example", "a.hotel.example"] {
            let posture = audit(&snapshot, name);
            prop_assert!(posture.findings.iter().all(|f| Code::ALL.contains(&f.code) && !f.what.is_empty()));
            prop_assert!(posture.findings.is_sorted_by_key(|f| f.code));
        }
    }

    /// The record that applies is the one that a receiver finds.
    #[test]
    fn dmarc_is_what_a_receiver_finds(records in prop::collection::vec((0_usize..4, "v=DMARC1; p=(none|reject)(; sp=none)?(; psd=(y|n))?"), 0..5)) {
        let mut world = World::in_order();
        world.apply("-_dmarc.hotel-brand.example TXT");
        let names = ["example", NAME, "a.hotel-brand.example", "b.a.hotel-brand.example"];
        for (at, text) in &records {
            world.apply(&format!("+_dmarc.{} TXT \"{text}\"", names[*at]));
        }
        let snapshot = world.snapshot();
        for name in names {
            let mut check = Dmarc::new(DmarcRequest { author_domain: name.to_owned(), spf: None, dkim: Vec::new(), discovery: Discovery::TreeWalk, draw: 0 });
            let mut replies: Vec<Reply> = Vec::new();
            let verdict = loop {
                match check.step(&replies) {
                    Step::Done(verdict) => break verdict,
                    Step::Ask(questions) => replies = questions.iter().map(|q| Reply::from(&snapshot.answer(q))).collect(),
                }
            };
            let posture = audit(&snapshot, name);
            let ours = posture.dmarc.record().map(|(domain, record)| (domain.to_owned(), record.clone()));
            prop_assert_eq!(ours, verdict.record, "{}", name);
        }
    }
}

#[test]
fn a_driver_that_knows_replies_only_gets_the_same_findings() {
    let world = World::in_order();
    let snapshot = world.snapshot();
    let mut audit = PostureAudit::new(PostureRequest::new(name(NAME), "zone files"));
    let mut replies = Vec::new();
    let posture = loop {
        match audit.step(&replies) {
            Step::Done(posture) => break posture,
            Step::Ask(questions) => replies = questions.iter().map(|q| Reply::from(&snapshot.answer(q))).collect(),
        }
    };
    assert_eq!(posture.findings, world.posture(NAME).findings);
    assert_eq!(posture.a.state, State::Found);
}

/// Records that are lost never make a new statement, nor deny one: less known, less said.
#[test]
fn less_known_is_less_said() {
    let codes = |posture: &Posture| posture.findings.iter().map(|f| f.code).collect::<BTreeSet<Code>>();
    let zones = ["example", NAME, "partner.example", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"];
    for (_, changes, _) in CASES.iter().filter(|(code, ..)| *code != Code::QuestionsCut) {
        let (world, asked) = changed(changes);
        let whole = codes(&world.posture(&asked));
        for gone in zones {
            let mut less = world.clone();
            if !less.try_drop(gone) {
                continue;
            }
            let part = less.posture(&asked);
            let said = codes(&part);
            let more = said.difference(&whole).copied().filter(|code| *code != Code::NotInRecords);
            assert_eq!(more.collect::<Vec<_>>(), [], "{changes}, without {gone}");
            for code in whole.difference(&said) {
                assert_eq!(part.shows(*code), None, "{code} is denied: {changes}, without {gone}");
            }
        }
    }
}

/// Audits that share their answers find what each finds alone, and ask each question once.
#[test]
fn together_they_find_what_each_finds_alone() {
    let (world, _) =
        changed("zone vendor-email.example|+mail1.vendor-email.example A 192.0.2.10|ptr old.gone-email.example");
    let names = ["hotel-brand.example", "mail1.vendor-email.example", "mx1.hotel-brand.example", "Hotel-Brand.example"];
    let request = |text: &&str| PostureRequest::new(name(text), "zone files");
    let snapshot = world.snapshot();
    let mut asked = Vec::new();
    let together = Audits::new(names.iter().map(request)).run(|question| {
        asked.push((question.qname.key().to_owned(), question.qtype));
        snapshot.answer(question)
    });
    let alone: Vec<Posture> = names.iter().map(|name| world.posture(name)).collect();
    assert_eq!(together, alone);
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(count, asked.len(), "no question twice");
    assert_eq!(Audits::new([]).run(|question| snapshot.answer(question)), []);
}

#[test]
fn a_fleet_by_its_network_leaves_partners_out() {
    let mut world = World::in_order();
    world.apply("zone a-email.example\nzone b-email.example");
    for (x, host) in [("a", 20), ("b", 21)] {
        world.apply(&format!(
            "+mail1.{x}-email.example A 198.51.100.{host}
             +{x}1.partner.example A 198.51.100.{host}
             +{host}.100.51.198.in-addr.arpa PTR {x}1.partner.example."
        ));
    }
    world.apply("+alone.partner.example A 198.51.100.30\n+30.100.51.198.in-addr.arpa PTR alone.partner.example.");
    let found = world.snapshot().names_in("198.51.100.0/24".parse().unwrap());
    let keys: Vec<&str> = found.iter().map(askance_record::Name::key).collect();
    assert_eq!(keys, ["mail1.a-email.example", "mail1.b-email.example", "alone.partner.example"]);
}
