//! The suite of ARC, which others wrote (`corpus/suites/arc-draft-validation-tests.yml`), against the pinned crate.
//!
//! Nothing here judges ARC with code of its own: the crate does, and what it misses is listed in
//! `docs/reference/posture.md`, where this test reads it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use askance_proto::dns::Zone;
use askance_record::Name;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use saphyr::{LoadableYamlNode as _, Yaml};

use super::{txt, with_authenticator};

const SUITE: &str = include_str!("../../../../../corpus/suites/arc-draft-validation-tests.yml");
const REFERENCE: &str = include_str!("../../../../../docs/reference/posture.md");

/// A chain: its name, what it is about, the message, and what is to be said of it.
struct Chain {
    name: String,
    about: String,
    message: Vec<u8>,
    wanted: String,
}

fn field<'a, 'b>(node: &'a Yaml<'b>, key: &str) -> Option<&'a Yaml<'b>> {
    node.as_mapping_get(key)
}

fn text(node: Option<&Yaml<'_>>) -> String {
    node.and_then(Yaml::as_str).unwrap_or_default().trim_end().to_owned()
}

/// The suite with each test under a name of its own: four stand twice under one in a scenario, which is no YAML.
fn with_names_of_their_own() -> String {
    let (mut seen, mut whole) = (BTreeSet::new(), String::new());
    for line in SUITE.lines() {
        if line.starts_with("---") {
            seen.clear();
        }
        let name = line.strip_prefix("  ").and_then(|rest| rest.trim_end().strip_suffix(':'));
        match name.filter(|name| !name.starts_with(' ') && !seen.insert((*name).to_owned())) {
            Some(name) => writeln!(whole, "  {name}_again:"),
            None => writeln!(whole, "{line}"),
        }
        .expect("to memory");
    }
    whole
}

/// All chains with a verdict, and the keys of all scenarios in one zone: none has two values.
fn suite() -> (Vec<Chain>, Zone) {
    let mut records = "@ 300 SOA ns.test. hostmaster.test. 1 7200 900 1209600 300\n@ 300 NS ns.test.\n".to_owned();
    let mut chains = Vec::new();
    for scenario in Yaml::load_from_str(&with_names_of_their_own()).expect("YAML") {
        for (owner, key) in field(&scenario, "txt-records").and_then(Yaml::as_mapping).expect("records") {
            records += &txt(&format!("{}.", text(Some(owner))), &text(Some(key)));
        }
        for (name, test) in field(&scenario, "tests").and_then(Yaml::as_mapping).expect("tests") {
            // Mail has CRLF at the ends of its lines; the suite is a text of its own.
            let message = field(test, "message").and_then(Yaml::as_str).unwrap_or_default().replace('\n', "\r\n");
            // `cv: None` may be read as the word or as nothing at all.
            let wanted = match field(test, "cv") {
                Some(cv) if cv.is_null() => "None".to_owned(),
                cv => text(cv),
            };
            let about = text(field(test, "description"));
            chains.push(Chain { name: text(Some(name)), about, message: message.into_bytes(), wanted });
        }
    }
    chains.retain(|chain| !chain.wanted.is_empty());
    (chains, Zone::parse(&Name::parse(".").expect("the root"), &records).expect("a zone"))
}

/// The crate's result in the suite's words: everything but a pass of a chain that is there fails (RFC 8617 §4.4).
async fn theirs(authenticator: &MessageAuthenticator, message: &[u8]) -> (&'static str, String) {
    let Some(parsed) = AuthenticatedMessage::parse(message) else { return ("None", "no message".to_owned()) };
    let output = authenticator.verify_arc(&parsed).await;
    match output.result() {
        DkimResult::Pass => ("Pass", "pass".to_owned()),
        DkimResult::None => ("None", "no chain".to_owned()),
        DkimResult::Fail(error) | DkimResult::Neutral(error) | DkimResult::PermError(error) => {
            ("Fail", error.to_string())
        }
        DkimResult::TempError(error) => ("TempError", error.to_string()),
    }
}

/// Every miss stands in the reference with its reason; a miss fewer, or one more, has to be told there.
#[test]
fn what_the_crate_misses_of_the_arc_suite_is_told() {
    let (chains, zone) = suite();
    assert_eq!(chains.len(), 172);
    let misses = with_authenticator(9, &zone, async |authenticator| {
        let mut misses = Vec::new();
        for chain in &chains {
            let (said, why) = theirs(authenticator, &chain.message).await;
            if said != chain.wanted {
                misses.push((chain, said, why));
            }
        }
        misses
    });
    let mut told = String::new();
    for (chain, said, why) in &misses {
        writeln!(told, "| `{}` | {} | {} | {said}: {why} |", chain.name, chain.about, chain.wanted).expect("to memory");
    }
    let agreed = chains.len() - misses.len();
    assert!(
        REFERENCE.contains(&format!("{agreed} of 172")) && REFERENCE.contains(&told),
        "docs/reference/posture.md should have:\n{agreed} of 172\n{told}"
    );
}
