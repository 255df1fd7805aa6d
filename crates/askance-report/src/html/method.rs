//! 12: custody and method.

use maud::{Markup, html};

use super::View;
use super::parts::{hash, sentences, stack, t, tagged};
use super::sources::{in_order, matches};
use crate::format::octets;
use crate::words::{Family, MECHANISMS};

/// The files, those that were recorded first.
fn inputs(view: &View<'_>) -> Markup {
    let rows: Vec<_> = in_order(view)
        .map(|s| {
            [
                html! { (t(&s.id)) (tagged(view, &s.id)) },
                t(&s.path),
                html! { (octets(s.size)) },
                hash(&s.sha256),
                matches(s.sha256_matches),
            ]
        })
        .collect();
    stack("", [("Source", ""), ("File", ""), ("Size", "num"), ("SHA-256", ""), ("Compared", "")], &rows)
}

pub(super) fn section(view: &View<'_>) -> Markup {
    let method = &view.report.method;
    html! {
        h3 { "Inputs" }
        div.scroll { (inputs(view)) }
        dl.facts {
            dt { "Case file" } dd { (hash(&method.case_sha256)) }
            dt { "Claims, before a record was opened in this run" } dd { (hash(&method.claims_sha256)) }
            dt { "Inputs, Merkle root" } dd { (hash(&method.inputs_root)) }
            @if !method.custody_root.is_empty() {
                dt { "Case, claims and inputs in parts, Merkle root" } dd { (hash(&method.custody_root)) }
            }
            dt { "Program" } dd { "askance " (t(&method.version)) }
        }
        @for s in view.report.sources.iter().filter(|s| !s.note.is_empty()) {
            p.small { strong { (t(&s.id)) ", by the case's editors. " } (t(&s.note)) }
        }
        @if !method.reproduce.is_empty() {
            h3 { "To reproduce this report" }
            pre { code { (t(&method.reproduce)) } }
        }
        @if !method.limits.is_empty() { h3 { "Limits of the method" } (sentences("", &method.limits)) }
        @if !method.priors.is_empty() { h3 { "Priors" } (sentences("", &method.priors)) }
        @if !method.parameters.is_empty() {
            details { summary { "Every parameter (" (method.parameters.len()) ")" } (sentences("mono", &method.parameters)) }
        }
        details.glossary { summary { "The mechanisms considered" }
            @for family in Family::ALL {
                h4 class=(family.class()) { span.glyph aria-hidden="true" { (family.glyph()) } (family.label()) }
                dl.facts { @for m in MECHANISMS.iter().filter(|m| m.family == family) {
                    dt { (m.label) } dd { (m.gloss) }
                } }
            }
        }
        details { summary { "How to read the words" }
            p { "A likelihood ratio says how many times more probable the records are under one explanation than under the stated mixture of the others. "
                "Up to 2 it does not discriminate; 2 to 10 is weak support, to 100 moderate, to 1,000 moderately strong, to 10,000 strong, to 1,000,000 very strong, above that extremely strong (bands of the ENFSI guideline, 2015). "
                "Weak support is support, small: it does not speak for the other side." }
            p { "A posterior needs a prior, so the prior always stands beside it; its words are those of ICD-203. "
                "\"Not separated\" means that the records favour neither by a factor of 10." }
        }
    }
}
