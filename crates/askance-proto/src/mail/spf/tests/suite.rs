//! The suite of RFC 7208, which others wrote (`corpus/suites/rfc7208-tests.yml`).

use std::fmt::Write as _;

use saphyr::{LoadableYamlNode as _, Yaml};

use super::*;
use crate::dns::Data;
use crate::inquiry::Outcome;
use crate::mail::replay::name_of;
use crate::mail::testing::World;

const SUITE: &str = include_str!("../../../../../../corpus/suites/rfc7208-tests.yml");
const LICENCE: &str = include_str!("../../../../../../corpus/suites/rfc7208-tests.LICENSE");
const ARC: &str = include_str!("../../../../../../corpus/suites/arc-draft-validation-tests.yml");
const ARC_LICENCE: &str = include_str!("../../../../../../corpus/suites/arc-tests.LICENSE");
const MANIFEST: &str = include_str!("../../../../../../corpus/suites/MANIFEST.toml");

#[test]
#[expect(clippy::print_stdout, reason = "the score, for whoever runs it with --nocapture")]
fn every_check_of_the_suite_agrees() {
    let (mut agreed, mut misses) = (0, String::new());
    for scenario in Yaml::load_from_str(SUITE).expect("YAML") {
        let world = world(field(&scenario, "zonedata").expect("records"));
        for (name, test) in field(&scenario, "tests").and_then(Yaml::as_mapping).expect("tests") {
            match compare(&world, test) {
                Ok(()) => agreed += 1,
                Err(miss) => writeln!(misses, "{}: {miss}", text(name)).expect("to memory"),
            }
        }
    }
    println!("{agreed} of 203");
    assert_eq!(format!("{agreed} of 203\n{misses}"), "203 of 203\n");
}

#[test]
fn the_suites_are_as_their_authors_left_them() {
    let suites = [("rfc7208-tests.yml", SUITE), ("rfc7208-tests.LICENSE", LICENCE)];
    let arc = [("arc-draft-validation-tests.yml", ARC), ("arc-tests.LICENSE", ARC_LICENCE)];
    for (path, content) in suites.into_iter().chain(arc) {
        let digest = ring::digest::digest(&ring::digest::SHA256, content.as_bytes());
        let hex = digest.as_ref().iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"));
        assert!(MANIFEST.contains(&format!("path = \"{path}\"\nsha256 = \"{hex}\"\n")), "{path}: {hex}");
    }
}

fn field<'a, 'b>(node: &'a Yaml<'b>, key: &str) -> Option<&'a Yaml<'b>> {
    node.as_mapping_get(key)
}

fn text(node: &Yaml<'_>) -> String {
    node.as_str().map(str::to_owned).or_else(|| node.as_integer().map(|n| n.to_string())).expect("a scalar")
}

/// The suite writes octets as `\xNN`, which YAML reads as characters up to U+00FF.
fn octets(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("an octet")).collect()
}

/// One string or several.
fn strings(node: &Yaml<'_>) -> Vec<Vec<u8>> {
    match node.as_sequence() {
        Some(many) => many.iter().map(|one| octets(&text(one))).collect(),
        None => vec![octets(&text(node))],
    }
}

/// Records; those of type SPF stand for TXT where a name has no TXT entry (see the suite's own remarks).
fn world(zone: &Yaml<'_>) -> World {
    let mut world = World::default();
    for (name, entries) in zone.as_mapping().expect("names") {
        let name = text(name);
        let entries = entries.as_sequence().expect("records");
        let has_txt = entries.iter().any(|entry| field(entry, "TXT").is_some());
        world.touch(&name);
        for entry in entries {
            if entry.as_str() == Some("TIMEOUT") {
                world.fail(&name, Outcome::Timeout);
                continue;
            }
            let (rtype, value) = entry.as_mapping().and_then(|m| m.iter().next()).expect("one record");
            if let Some(data) = data(&text(rtype), value, has_txt) {
                world.add(&name, data);
            }
        }
    }
    world
}

fn data(rtype: &str, value: &Yaml<'_>, has_txt: bool) -> Option<Data> {
    let domain = |node: &Yaml<'_>| match text(node).as_str() {
        "" => askance_record::Name::parse(".").expect("the root"),
        name => name_of(name).expect("a name"),
    };
    Some(match rtype {
        "SPF" if has_txt => return None,
        "TXT" if value.as_str() == Some("NONE") => return None,
        "SPF" | "TXT" => Data::Txt(strings(value)),
        "A" => Data::A(text(value).parse().expect("an address")),
        "AAAA" => Data::Aaaa(text(value).parse().expect("an address")),
        "PTR" => Data::Ptr(domain(value)),
        "CNAME" => Data::Cname(domain(value)),
        "MX" => {
            let [preference, exchange] = &value.as_sequence().expect("two")[..] else { panic!("two values") };
            Data::Mx { preference: text(preference).parse().expect("a number"), exchange: domain(exchange) }
        }
        other => panic!("type {other}"),
    })
}

fn compare(world: &World, test: &Yaml<'_>) -> Result<(), String> {
    let get = |key| text(field(test, key).expect("a value"));
    let request = SpfRequest {
        client: get("host").parse().expect("an address"),
        helo: get("helo"),
        mail_from: get("mailfrom"),
        receiver: "receiver.example".to_owned(),
        now_s: 1_456_848_000,
    };
    let (verdict, asked) = world.run(Spf::new(request));
    let result = verdict.result.to_string();
    let wanted = field(test, "result").expect("a result");
    let agrees = match wanted.as_sequence() {
        Some(several) => several.iter().any(|one| text(one) == result),
        None => text(wanted) == result,
    };
    let explained = match field(test, "explanation").map(text).as_deref() {
        None => true,
        Some("DEFAULT") => verdict.explanation.is_none(),
        Some(words) => verdict.explanation.as_deref() == Some(words),
    };
    if agrees && explained { Ok(()) } else { Err(format!("{verdict:?}, not {wanted:?}; asked {asked:?}")) }
}
