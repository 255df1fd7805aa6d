//! 10: the claims ledger.

use askance_case::json::{ClaimResult, ClaimTest, Measure};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, hash, prose, said, stack, t, tag};
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
            p.sub { "Claims and their tests were hashed in this run before a record was opened; every variant of a test that was tried is counted." }
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
    let cells = |(i, claim): (usize, &ClaimResult)| {
        [
            html! { a href={ "#claim-" (i + 1) } { (said(&claim.text, claim.paraphrase)) } },
            t(party_name(view.report, &claim.by)),
            t(&claim.said_at),
            html! { @for (test, made) in in_order(claim) { div.line {
                (verdict(&test.verdict)) " " span.muted { "(" (t(&kind(&test.kind))) ")" } @if made { " " (tag()) }
            } } },
        ]
    };
    let rows: Vec<_> = claims.iter().enumerate().map(cells).collect();
    html! {
        div.scroll { (stack("claims", [("Claim", ""), ("By", ""), ("When", "nw"), ("Tests and verdicts", "")], &rows)) }
    }
}

/// The tests of a claim: those on what was recorded first.
fn in_order(claim: &ClaimResult) -> impl Iterator<Item = (&ClaimTest, bool)> {
    let (made, recorded): (Vec<&ClaimTest>, Vec<&ClaimTest>) = claim.tests.iter().partition(|test| test.synthetic);
    recorded.into_iter().map(|test| (test, false)).chain(made.into_iter().map(|test| (test, true)))
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
            @for (test, made) in in_order(claim) { (one_test(test, made)) }
            @if !claim.sha256.is_empty() { p.small { "Hash taken in this run before a record was opened: " (hash(&claim.sha256)) } }
        }
    }
}

fn one_test(test: &ClaimTest, made: bool) -> Markup {
    html! {
        div.test {
            h4 { (verdict(&test.verdict)) " " span.muted { "(" (t(&kind(&test.kind))) ")" } @if made { " " (tag()) } }
            p { (prose(&test.finding)) }
            @if !test.measures.is_empty() {
                @let rows: Vec<_> = test.measures.iter().map(measured).collect();
                div.scroll { (stack("measures", [("Measure", ""), ("Value", "num"), ("95\u{a0}% interval", "num")], &rows)) }
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

/// One number; a cell without an interval stays empty.
fn measured(m: &Measure) -> [Markup; 3] {
    let number = |x: f64| t(&measure(x, &m.unit));
    let interval = match (m.lo, m.hi) {
        (Some(lo), Some(hi)) => html! { (number(lo)) " to " (number(hi)) },
        (Some(lo), None) => html! { "at least " (number(lo)) },
        (None, Some(hi)) => html! { "at most " (number(hi)) },
        (None, None) => html! {},
    };
    [t(&m.what), number(m.value), interval]
}
