//! A rich case with invented names, and hostile text in every place that strangers fill.

mod claims;
mod panels;
mod records;
mod series;
mod survey;
mod weighing;

use askance_case::json::{CaseHead, CaseReport, Peer, SCHEMA};

use claims::{claims, method, settle};
use panels::{connections, rhythm, who};
use records::{answer, events, parties, sources, statements};
use series::all_series;
pub(crate) use series::{Dice, Sketch, series};

/// Markup, a terminal sequence, and characters that hide or turn text.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}gpj.exe\u{200b}'\"&";

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

/// The rich case.
pub(crate) fn rich() -> CaseReport {
    CaseReport {
        schema: SCHEMA.to_owned(),
        case: CaseHead {
            title: "Lookups of mail1.grand-hotel-mail.example, summer 2016".to_owned(),
            question: "Why do three organisations keep asking for the address of mail1.grand-hotel-mail.example, and does it mean that they connect to it?".to_owned(),
            subjects: strings(&["mail1.grand-hotel-mail.example"]),
            display_zone: "America/New_York".to_owned(),
        },
        answer: answer(),
        sources: sources(),
        parties: parties(),
        statements: statements(),
        events: events(),
        configurations: Vec::new(),
        peers: vec![Peer { name: "mail1.harbour-inn-mail.example".to_owned(), why: "Another tenant of the same vendor, same TTL.".to_owned() }],
        series: all_series(),
        who: vec![who()],
        rhythm: vec![rhythm("authoritative", false), rhythm("resolver", true)],
        connections: connections(),
        surveys: vec![survey::survey()],
        weighing: weighing::weighing(),
        claims: claims(),
        settle: settle(),
        method: method(),
    }
}
