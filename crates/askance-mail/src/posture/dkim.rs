//! DKIM keys at known selectors.

use askance_proto::mail::{DkimFault, DkimKey};
use askance_record::{Name, RrType};

use super::below;
use crate::answer::Answer;
use crate::book::Book;

/// Selectors tried for every name: defaults that platforms and signing programs commonly have. A guess, by no
/// standard, and not whole; others cannot be found from the DNS.
pub const SELECTORS: &[&str] = &[
    "default",
    "dkim",
    "mail",
    "email",
    "google",
    "selector1",
    "selector2",
    "k1",
    "k2",
    "k3",
    "mandrill",
    "s1",
    "s2",
    "smtp",
    "mx",
    "pm",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "fm1",
    "fm2",
    "fm3",
    "zoho",
    "mta",
    "sig1",
    "key1",
];

/// The keys of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimFacts {
    /// Selectors tried, in order.
    pub tried: Vec<String>,
    /// Those where the records are silent.
    pub unknown: Vec<String>,
    /// Those that have a record.
    pub found: Vec<DkimFound>,
}

/// What stands at a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimFound {
    /// The selector.
    pub selector: String,
    /// The lookup.
    pub answer: Answer,
    /// Each record: a key, or why it is none.
    pub keys: Vec<Result<DkimKey, DkimFault>>,
}

/// Asks for keys at the selectors given and at the known ones.
pub(super) fn dkim(book: &mut Book, name: &Name, given: &[String]) -> DkimFacts {
    let mut facts = DkimFacts { tried: Vec::new(), unknown: Vec::new(), found: Vec::new() };
    for selector in given.iter().map(String::as_str).chain(SELECTORS.iter().copied()) {
        if facts.tried.iter().any(|tried| tried.eq_ignore_ascii_case(selector)) {
            continue;
        }
        let Some(at) = below(&format!("{selector}._domainkey"), name) else { continue };
        facts.tried.push(selector.to_owned());
        let answer = book.ask(&at, RrType::TXT);
        if answer.state.is_unknown() {
            facts.unknown.push(selector.to_owned());
        }
        // A wildcard gives every selector the same text, which need not be about keys.
        let keys: Vec<_> =
            answer.texts().filter(|text| is_key_record(text)).map(|text| DkimKey::parse(&text)).collect();
        if !keys.is_empty() {
            facts.found.push(DkimFound { selector: selector.to_owned(), answer, keys });
        }
    }
    facts
}

/// True where a text says that it is a key record, or does not say what it is and has the one tag that a key record
/// needs (RFC 6376 §3.6.1).
fn is_key_record(text: &[u8]) -> bool {
    let tags =
        || text.split(|b| *b == b';').filter_map(|tag| tag.iter().position(|b| *b == b'=').map(|at| tag.split_at(at)));
    let value =
        |name: &[u8]| tags().find(|(known, _)| known.trim_ascii() == name).map(|(_, value)| value[1..].trim_ascii());
    match value(b"v") {
        Some(version) => version.starts_with(b"DKIM"),
        None => value(b"p").is_some(),
    }
}
