//! The tests of a claim, in full.

use askance_case::json::{ClaimResult, ClaimTest, Measure};

use super::page::{Page, Piece};
use crate::format::measure;
use crate::words::{Verdict, check_glyph};

pub(super) fn write(page: &mut Page, claim: &ClaimResult) {
    page.paragraph(0, 2, &[Piece::plain(&claim.text)]);
    for test in &claim.tests {
        one(page, test);
    }
}

fn one(page: &mut Page, test: &ClaimTest) {
    let verdict = format!("{} {}", Verdict::of(&test.verdict).glyph(), test.verdict);
    let mut lines = test.finding.lines();
    let first = lines.next().unwrap_or_default();
    page.paragraph(2, 4, &[Piece::bold(&verdict), Piece::plain(&format!(": {first}"))]);
    for line in lines {
        page.paragraph(4, 6, &[Piece::plain(line)]);
    }
    for m in &test.measures {
        page.paragraph(4, 6, &[Piece::plain(&format!("{}: {}", m.what, value(m)))]);
    }
    for check in &test.checks {
        let why = if check.why.is_empty() { String::new() } else { format!(" ({})", check.why) };
        page.paragraph(4, 6, &[Piece::bold(check_glyph(check)), Piece::plain(&format!(" {}{why}", check.what))]);
    }
    if !test.would_change.is_empty() {
        page.paragraph(4, 6, &[Piece::dim(&format!("What would change this: {}.", test.would_change))]);
    }
}

fn value(m: &Measure) -> String {
    let number = |x: f64| measure(x, &m.unit);
    match (m.lo, m.hi) {
        (Some(lo), Some(hi)) => format!("{} (95 % interval {} to {})", number(m.value), number(lo), number(hi)),
        _ => number(m.value),
    }
}
