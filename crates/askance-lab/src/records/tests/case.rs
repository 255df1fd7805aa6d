//! `case.toml`. That `askance_case::Case::parse` takes it is for a test of the binary, which
//! depends on both crates: render the case of a scenario, parse it, compare the sources' hashes.

use sha2::{Digest as _, Sha256};

use super::*;

fn case() -> (CaseFile, Vec<u8>) {
    let tap = TapConfig {
        covers: vec![(at(0), at(86_400_000_000))],
        keep_types: vec![RrType::A],
        keep_names: vec![name("hotel-brand.example")],
        resolution_us: 1_000_000,
        ..tap(RecordFormat::CsvList { delimiter: '|' })
    };
    let mut script = Script::default();
    for look in &check_of_a_sender() {
        script.look(look);
    }
    let (octets, kept) = record(tap.clone(), script);
    let mail = RecordFormat::MailLog { node: "mx1".into(), host: "mx1".into(), program: MailProgram::Exim };
    let mail = TapConfig { id: "mail".into(), ..super::tap(mail) };
    let case = CaseFile {
        title: "Lookups of \"mail1\"".into(),
        question: "Which mechanisms made them?".into(),
        subjects: vec!["mail1.hotel-brand.example".into()],
        display_zone: Some("Europe/Berlin".into()),
        sources: vec![
            CaseSource::of(&tap, &kept.written()[0]),
            CaseSource::of(&mail, &Written { sha256: "00".into(), ..kept.written()[0].clone() }),
        ],
        parties: vec![CaseParty {
            id: "north-bank".into(),
            name: "North Bank".into(),
            roles: vec!["receiver".into()],
            addresses: vec!["192.0.2.10".into()],
        }],
        statements: vec![CaseStatement {
            id: "s1".into(),
            who: "vendor".into(),
            text: "No.".into(),
            ..CaseStatement::default()
        }],
        events: vec![CaseEvent {
            id: "deleted".into(),
            what: "The zone was deleted".into(),
            not_before: CaseMoment::Day(jiff::civil::date(2016, 3, 2)),
            not_after: CaseMoment::Instant(at(90_000_000_000)),
            source: String::new(),
        }],
        peers: vec![CasePeer { name: "mail1.park-hotel.example".into(), why: "a sibling".into() }],
        claims: vec![CaseClaim {
            id: "c1".into(),
            text: "Two organisations make nearly all lookups.".into(),
            tests: vec![CaseTest {
                kind: "concentration".into(),
                at_least: Some(0.9),
                window: Some([at(0).into(), at(1).into()]),
                ..CaseTest::default()
            }],
            ..CaseClaim::default()
        }],
    };
    (case, octets)
}

#[test]
fn a_case_is_rendered_with_every_key() {
    insta::assert_snapshot!(case().0.render(), @r#"
    schema = "askance.case/1"
    title = 'Lookups of "mail1"'
    question = "Which mechanisms made them?"
    subjects = ["mail1.hotel-brand.example"]
    display_zone = "Europe/Berlin"

    [[source]]
    id = "tap"
    path = "tap.log"
    format = "csv-map"
    kind = "csv-map"
    vantage = "resolver-client"
    covers = [["2016-03-01T16:00:00Z", "2016-03-02T16:00:00Z"]]
    sha256 = "589e07c8a41e207754b88b84b4a04ebe1dca68272a89d9350956769038677c24"

    [source.keeps]
    types = ["A"]
    names = ["hotel-brand.example"]
    resolution_s = 1.0

    [source.map]
    delimiter = "|"
    columns = ["ts", "qname", "client"]
    qtype = "A"

    [[source]]
    id = "mail"
    path = "tap.log"
    format = "exim"
    kind = "mail"
    zone = "UTC"
    client = "192.0.2.53"
    sha256 = "00"

    [[party]]
    id = "north-bank"
    name = "North Bank"
    roles = ["receiver"]
    addresses = ["192.0.2.10"]

    [[statement]]
    id = "s1"
    who = "vendor"
    about = ""
    text = "No."
    source = ""

    [[event]]
    id = "deleted"
    what = "The zone was deleted"
    not_before = "2016-03-02"
    not_after = "2016-03-02T17:00:00Z"
    source = ""

    [[peer]]
    name = "mail1.park-hotel.example"
    why = "a sibling"

    [[claim]]
    id = "c1"
    text = "Two organisations make nearly all lookups."
    by = ""
    source = ""

    [[claim.test]]
    kind = "concentration"
    window = ["2016-03-01T16:00:00Z", "2016-03-01T16:00:00.000001Z"]
    at_least = 0.9
    "#);
}

#[test]
fn a_case_is_toml_and_its_hashes_are_those_of_the_files() {
    let (case, octets) = case();
    let table: toml::Table = case.render().parse().expect("TOML");
    assert_eq!(table["schema"].as_str(), Some("askance.case/1"));
    let sources = table["source"].as_array().expect("sources");
    let written = sources[0]["sha256"].as_str().expect("a hash");
    let hash: Vec<u8> =
        (0..64).step_by(2).filter_map(|i| u8::from_str_radix(written.get(i..i + 2)?, 16).ok()).collect();
    assert_eq!(hash, Sha256::digest(&octets).to_vec());
    assert_eq!(sources[0]["covers"][0][1].as_str(), Some("2016-03-02T16:00:00Z"));
    let empty: toml::Table = CaseFile::default().render().parse().expect("TOML");
    assert_eq!(empty["title"].as_str(), Some(""));
}
