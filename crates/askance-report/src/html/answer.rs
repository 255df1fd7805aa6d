//! 1: the answer, in the first screen.

use askance_case::json::{Chip, SurvivingSet};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, explained, prose, sentences, t};
use crate::format::{count, counted, duration, times};
use crate::words::support;

pub(super) fn section(view: &View<'_>) -> Markup {
    let answer = &view.report.answer;
    html! {
        p.question { (prose(&view.report.case.question)) }
        div.verdict {
            @if answer.headline.is_empty() {
                p.headline { "No answer was recorded in this case file." }
            } @else {
                p.headline { (prose(&answer.headline)) }
            }
            (sentences("lines", &answer.lines))
        }
        (numbers(view))
        h3 { "What survives, source by source" }
        @if answer.by_source.is_empty() {
            (absent("No source shows a lookup about the subject."))
        } @else {
            div.survive { @for set in &answer.by_source { (surviving(view, set)) } }
        }
        @if !answer.settle.is_empty() {
            p.settles { @if !answer.settle.starts_with("What would settle") { strong { "What would settle it. " } } (prose(&answer.settle)) " " a href="#settle" { "The list" } }
        }
        p.limit { strong { "What no lookup shows. " }
            "A lookup is a question about a name. It does not show who or what asked behind the client, nor that anything was sent to the address." }
    }
}

fn numbers(view: &View<'_>) -> Markup {
    let answer = &view.report.answer;
    let span = match (&answer.first, &answer.last) {
        (Some(first), Some(last)) => Some((first, last)),
        _ => None,
    };
    let ms = |text: &str| crate::format::Clock::ms(text);
    let length = span.and_then(|(a, b)| Some((ms(b)? - ms(a)?) as f64 / 1000.0));
    let sources = view.report.sources.len();
    html! {
        dl.numbers {
            div {
                dt { "Records of lookups about the subject" }
                dd { b { (count(answer.lookups_about)) } span { "of " (count(answer.lookups)) " records read; one lookup can stand in several sources" } }
            }
            div {
                dt { "Span" }
                dd {
                    b { (length.map_or_else(|| "none".to_owned(), days)) }
                    @if let Some((first, last)) = span {
                        span { (t(&view.clock.minute(first))) " to " (t(&view.clock.minute(last))) ", " (t(view.clock.zone())) }
                    }
                }
            }
            div {
                dt { "Sources" }
                dd {
                    b { (sources) }
                    span {
                        @if answer.rejected == 0 { "nothing in them was rejected" }
                        @else { (counted(answer.rejected, "unit", "units")) " in them rejected" }
                    }
                }
            }
        }
    }
}

/// A span in days where it has some.
fn days(s: f64) -> String {
    if s < 172_800.0 { duration(s) } else { format!("{:.0} days", s / 86_400.0) }
}

fn surviving(view: &View<'_>, set: &SurvivingSet) -> Markup {
    html! {
        div.source-set {
            p.at { strong { (t(&set.source)) } @if set.source != set.vantage { " · " (t(&set.vantage)) }
                @if view.report.sources.iter().any(|s| s.id == set.source && s.synthetic) { ", synthetic" } br;
                span.muted { (counted(set.series, "series", "series"))
                    @if set.abstained > 0 { ", " (count(set.abstained)) " without an answer" } } }
            @if set.chips.is_empty() { p.muted { "No mechanism survives." } }
            div {
                ul.chips { @for chip in set.chips.iter().filter(|c| c.best_in > 0) { (one_chip(chip, set.series)) } }
                (also_open(set))
                p.also.muted { "The lookups of this source alone tell " (count(set.told_alone)) " of " (count(set.series)) "." }
            }
        }
    }
}

/// The mechanisms that are best nowhere but not separated from the best somewhere, in one line: a
/// long list of them must not drown the answer.
fn also_open(set: &SurvivingSet) -> Markup {
    let open: Vec<&Chip> = set.chips.iter().filter(|c| c.best_in == 0).collect();
    html! {
        @if !open.is_empty() {
            p.also.muted {
                "Not separated in some series: "
                @for (i, chip) in open.iter().enumerate() {
                    @if i > 0 { ", " }
                    (explained(&chip.mechanism)) " " (count(chip.in_set_of))
                }
                "."
            }
        }
    }
}

fn one_chip(chip: &Chip, series: u64) -> Markup {
    html! {
        li.chip {
            (explained(&chip.mechanism))
            span.muted { "best in " (count(chip.best_in)) " of " (count(series)) }
            @if chip.mechanism != "none" {
                span { (times(chip.log10_lr)) " · " (t(&support(&chip.verbal))) }
            }
        }
    }
}
