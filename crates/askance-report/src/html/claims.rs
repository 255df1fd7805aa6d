//! 10: the claims ledger.

use askance_case::json::{ClaimResult, ClaimTest};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, hash, prose, said, t};
use super::timeline::event_table;
use crate::format::{count, measure};
use crate::words::{Verdict, check_glyph, party_name};

pub(super) fn section(view: &View<'_>) -> Markup {
    let claims = &view.report.claims;
    html! {
        @if claims.is_empty() {
            (absent("The case lists no claim."))
            (super::weighing::section(view))
        } @else {
            p.sub { "Each claim stands as it was made. Claims and their tests were hashed before any record was read; every variant of a test that was tried is counted." }
            (overview(view, claims))
            (super::weighing::section(view))
            h3 { "Claims and their tests" }
            @for (i, claim) in claims.iter().enumerate() { (card(view, i, claim)) }
        }
        @if !view.report.events.is_empty() {
            h3 { "Events" }
            (event_table(view))
        }
    }
}

pub(super) fn verdict(word: &str) -> Markup {
    html! { span.verdict-word { span.glyph aria-hidden="true" { (Verdict::of(word).glyph()) } (t(word)) } }
}

fn overview(view: &View<'_>, claims: &[ClaimResult]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th { "Claim" } th { "By" } th { "Tests and verdicts" } } }
            tbody { @for (i, claim) in claims.iter().enumerate() { tr {
                td { a href={ "#claim-" (i + 1) } { (said(&claim.text, claim.paraphrase)) } }
                td { (t(party_name(view.report, &claim.by))) }
                td { @for test in &claim.tests { div.line { (verdict(&test.verdict)) " " span.muted { "(" (t(&kind(&test.kind))) ")" } } } }
            } } }
        } }
    }
}

/// A test's kind in words.
fn kind(kind: &str) -> String {
    kind.replace('-', " ")
}

fn card(view: &View<'_>, i: usize, claim: &ClaimResult) -> Markup {
    html! {
        article.card.claim id={ "claim-" (i + 1) } {
            blockquote { p { (said(&claim.text, claim.paraphrase)) } }
            p.by {
                (t(party_name(view.report, &claim.by)))
                @if !claim.said_at.is_empty() { ", " (t(&claim.said_at)) }
                @if !claim.source.is_empty() { ", " (t(&claim.source)) }
                @if !claim.id.is_empty() { span.muted { " · " (t(&claim.id)) } }
            }
            @if !claim.wording.is_empty() {
                div.wording {
                    p.small { strong { "Words that assume what is to be shown" } }
                    ul { @for w in &claim.wording { li.small { "“" (t(&w.phrase)) "”: " (prose(&w.why)) "; rather " (prose(&w.instead)) "." } } }
                }
            }
            @if claim.tests.is_empty() { p.absent { "No test is attached to this claim." } }
            @for test in &claim.tests { (one_test(test)) }
            @if !claim.sha256.is_empty() { p.small { "Hash taken before any record was read: " (hash(&claim.sha256)) } }
        }
    }
}

fn one_test(test: &ClaimTest) -> Markup {
    html! {
        div.test {
            h4 { (verdict(&test.verdict)) " " span.muted { "(" (t(&kind(&test.kind))) ")" } }
            p { (prose(&test.finding)) }
            @if !test.measures.is_empty() {
                div.scroll { table.measures {
                    thead { tr { th { "Measure" } th.num { "Value" } th.num { "95\u{a0}% interval" } } }
                    tbody { @for m in &test.measures { tr {
                        td { (t(&m.what)) }
                        td.num { (t(&measure(m.value, &m.unit))) }
                        td.num { @match (m.lo, m.hi) {
                            (Some(lo), Some(hi)) => { (t(&measure(lo, &m.unit))) " to " (t(&measure(hi, &m.unit))) },
                            (Some(lo), None) => { "at least " (t(&measure(lo, &m.unit))) },
                            (None, Some(hi)) => { "at most " (t(&measure(hi, &m.unit))) },
                            (None, None) => span.muted { "none" },
                        } }
                    } } }
                } }
            }
            @if !test.checks.is_empty() {
                ul.checks { @for c in &test.checks { li class=(if c.holds { "holds" } else { "fails" }) {
                    span.glyph aria-hidden="true" { (check_glyph(c)) }
                    div { strong { (t(&c.what)) } " " span.muted { @if c.holds { "holds. " } @else if c.unknown { "cannot be assessed. " } @else { "does not hold. " } } (prose(&c.why)) }
                } } }
            }
            @if test.variants_tried > 0 { p.small { "Variants tried: " (count(test.variants_tried)) "." } }
            @if !test.would_change.is_empty() { p.change { strong { "What would change this. " } (prose(&test.would_change)) } }
        }
    }
}
