//! The report as one HTML file.
//!
//! # What holds for the file
//! - No request of any kind: style and script stand inside, a content security policy
//!   names them by their hash and forbids everything else.
//! - Everything can be read with scripts off; the script sorts, filters and zooms.
//! - Text of the case passes through one function (`parts::t`), so that markup,
//!   control and bidirectional characters show themselves and do nothing.
//! - Each chart has its finding as title, a subtitle that says what, where, when and
//!   of how many, a `<title>` and `<desc>`, and its data in a table.

mod answer;
mod claims;
mod connections;
mod depth;
mod method;
mod names;
mod parts;
mod posture;
mod predicted;
mod rhythm;
mod series;
mod settle;
mod sources;
mod survey;
mod timeline;
mod weighing;
mod who;

use askance_case::json::{CaseReport, Series};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use sha2::{Digest as _, Sha256};

use crate::format::Clock;
use parts::t;
pub use posture::posture_html;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// How many series that are not about a subject are listed; the others are counted.
const OTHERS_MAX: usize = 300;
/// How many series are shown with every candidate and record; the others shorter.
const DEEP_MAX: usize = 30;

/// What every section reads.
struct View<'a> {
    report: &'a CaseReport,
    clock: Clock,
    /// The series about the subjects, those of generated rows last, most lookups first within a source.
    subjects: Vec<&'a Series>,
    others: Vec<&'a Series>,
}

impl<'a> View<'a> {
    fn new(report: &'a CaseReport) -> Self {
        let (mut subjects, others): (Vec<&Series>, Vec<&Series>) = report.series.iter().partition(|s| s.subject);
        let generated = |s: &Series| crate::words::is_generated(report, &s.tap);
        subjects.sort_by(|a, b| (generated(a), &a.tap).cmp(&(generated(b), &b.tap)).then(b.n.cmp(&a.n)));
        Self { report, clock: Clock::of(&report.case), subjects, others }
    }

    /// True where the rows of a source were generated.
    fn is_generated(&self, source: &str) -> bool {
        crate::words::is_generated(self.report, source)
    }

    /// Series about the subjects: those that were recorded, and those of generated rows.
    fn parted(&self) -> (Vec<&'a Series>, Vec<&'a Series>) {
        self.subjects.iter().copied().partition(|s| !self.is_generated(&s.tap))
    }
}

/// Writes a case as one self-contained HTML file.
///
/// - `report`: the case JSON; any text in it may be hostile, any list may be empty.
/// - returns: a whole document in UTF-8, under about 3 MB with 500 series.
pub fn html(report: &CaseReport) -> String {
    let view = View::new(report);
    let title = if report.case.title.is_empty() { "A case without a title" } else { &report.case.title };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE.as_bytes())),
        base64(&Sha256::digest(SCRIPT.as_bytes()))
    );
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                (promises(&policy))
                meta name="generator" content={ "askance " (t(&report.method.version)) };
                title { (t(title)) " · askance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#answer" { "Skip to the answer" }
                (parts::patterns())
                (header(&view, title))
                div.page {
                    (contents())
                    main { (sections(&view)) }
                }
                footer { p {
                    "Written by askance " (t(&report.method.version)) ". Times are in " (t(view.clock.zone()))
                    " unless marked otherwise. A lookup is a question about a name; it does not show that anything was sent to the address."
                } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// What every page says of itself first: what it may do, and that it tells nobody where it was read.
fn promises(policy: &str) -> Markup {
    markup! {
        meta charset="utf-8";
        meta http-equiv="Content-Security-Policy" content=(policy);
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="referrer" content="no-referrer";
    }
}

fn header(view: &View<'_>, title: &str) -> Markup {
    let subjects = &view.report.case.subjects;
    markup! {
        header.head {
            p.kicker { "askance · which mechanism made these lookups" }
            h1 { (t(title)) }
            @if !subjects.is_empty() {
                p.about { "About " @for (i, name) in subjects.iter().enumerate() {
                    @if i > 0 { ", " }
                    code { (t(name)) }
                } }
            }
        }
    }
}

const SECTIONS: [(&str, &str); 12] = [
    ("answer", "Answer"),
    ("records", "What these records are"),
    ("timeline", "Timeline"),
    ("series", "Series and mechanisms"),
    ("rhythm", "Rhythm"),
    ("who", "Who looks up"),
    ("connections", "Lookups and connections"),
    ("names", "Names and roles"),
    ("survey", "Mail server survey"),
    ("claims", "Claims"),
    ("settle", "What would settle it"),
    ("method", "Custody and method"),
];

fn contents() -> Markup {
    markup! {
        nav aria-label="Contents" {
            ol { @for (id, name) in SECTIONS { li { a href={ "#" (id) } { (name) } } } }
        }
    }
}

fn sections(view: &View<'_>) -> Markup {
    let bodies = [
        answer::section(view),
        sources::section(view),
        timeline::section(view),
        series::section(view),
        rhythm::section(view),
        who::section(view),
        connections::section(view),
        names::section(view),
        survey::section(view),
        claims::section(view),
        settle::section(view),
        method::section(view),
    ];
    markup! {
        @for (i, ((id, name), body)) in SECTIONS.iter().zip(&bodies).enumerate() {
            section id=(id) {
                h2 { span.no { (i + 1) } " " (name) }
                (body)
            }
        }
    }
}

/// Standard base64 with padding, as a content security policy writes a hash.
fn base64(octets: &[u8]) -> String {
    const ALPHABET: [char; 64] = {
        let bytes = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut table = ['A'; 64];
        let mut i = 0;
        while i < 64 {
            table[i] = bytes[i] as char;
            i += 1;
        }
        table
    };
    let mut out = String::with_capacity(octets.len().div_ceil(3) * 4);
    for chunk in octets.chunks(3) {
        let byte = |i: usize| usize::from(chunk.get(i).copied().unwrap_or(0));
        let word = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for i in 0..4 {
            out.push(if i <= chunk.len() { ALPHABET[(word >> (18 - 6 * i)) & 63] } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_rfc_4648() {
        for (octets, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(octets.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn style_and_script_ask_for_nothing_and_cannot_close_their_element() {
        for text in [STYLE, SCRIPT] {
            for word in ["http:", "https:", "@import", "</", "fetch", "XMLHttpRequest", "WebSocket", "innerHTML"] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
