//! 1: the answer, in the first screen.

use askance_case::json::{Chip, SurvivingSet};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, explained, generated, in_words, prose, sentences, t, tagged, unanswered};
use crate::format::{count, counted, duration, times};
use crate::words::{support, too_few};

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
        (survivors(view))
        @if !answer.settle.is_empty() {
            p.settles { @if !answer.settle.starts_with("What ") { strong { "What would settle it. " } } (prose(&answer.settle)) " " a href="#settle" { "The list" } }
        }
        p.limit { strong { "What no lookup shows. " }
            "A lookup is a question about a name. It does not show who or what asked behind the client, nor that anything was sent to the address." }
    }
}

/// What survives, source by source; what was generated after it, folded.
fn survivors(view: &View<'_>) -> Markup {
    let (made, sets): (Vec<&SurvivingSet>, Vec<&SurvivingSet>) =
        view.report.answer.by_source.iter().partition(|s| view.is_generated(&s.source));
    html! {
        @if sets.is_empty() { (absent("No source that was recorded shows a lookup about the subject.")) }
        @else { div.survive { @for set in sets { (surviving(view, set)) } } }
        @if !made.is_empty() {
            (generated("What the program makes of generated rows", &html! { div.survive { @for set in made { (surviving(view, set)) } } }))
        }
    }
}

/// How many sources were recorded, and that others stand beside.
fn sources(view: &View<'_>) -> Markup {
    let all = view.report.sources.len() as u64;
    let made = view.report.sources.iter().filter(|s| s.synthetic).count() as u64;
    let refused_made: u64 =
        view.report.sources.iter().filter(|s| s.synthetic).flat_map(|s| &s.ledger.rejected).map(|r| r.count).sum();
    let refused = view.report.answer.rejected.saturating_sub(refused_made);
    html! {
        dt { "Sources" }
        dd {
            b { (all - made) }
            span {
                @if refused == 0 { "nothing in them was rejected" }
                @else { (counted(refused, "unit", "units")) " in them rejected" }
                @if made > 0 { "; " (count(made)) " generated beside, counted nowhere here" }
            }
        }
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
            div { (sources(view)) }
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
                (tagged(view, &set.source)) br;
                span.muted { (counted(set.series, "series", "series"))
                    @if set.abstained > 0 { ", " (count(set.abstained)) " without an answer" } } }
            @if set.chips.is_empty() { p.muted { "No mechanism survives." } }
            div {
                @if nameless(view, set) {
                    p.also { "No mechanism is named: the lookups are too few for a number." }
                    (also_open(set, true))
                } @else {
                    ul.chips { @for chip in set.chips.iter().filter(|c| c.best_in > 0) { (one_chip(view, set, chip)) } }
                    (also_open(set, false))
                }
                p.also.muted { (alone(set)) }
            }
        }
    }
}

/// How many series the lookups of a source tell without other logs.
fn alone(set: &SurvivingSet) -> String {
    match (set.told_alone, set.series) {
        (0, 1) => "The lookups of this source alone do not tell what made its one series.".to_owned(),
        (0, n) => format!("The lookups of this source alone tell what made none of its {} series.", count(n)),
        (1, 1) => "The lookups of this source alone tell what made its one series.".to_owned(),
        (told, n) => {
            format!("The lookups of this source alone tell what made {} of its {} series.", count(told), count(n))
        }
    }
}

/// The mechanisms that are best nowhere but not separated from the best somewhere, in one line: a
/// long list of them must not drown the answer.
///
/// - `all`: names those that are best somewhere as well, where no best is named
fn also_open(set: &SurvivingSet, all: bool) -> Markup {
    let open: Vec<&Chip> = set.chips.iter().filter(|c| all || c.best_in == 0).collect();
    html! {
        @if !open.is_empty() {
            p.also.muted {
                @if all { "Not separated: " }
                @else if set.series == 1 { "Not separated from it: " }
                @else { "Not separated from the best in some series: " }
                @for (i, chip) in open.iter().enumerate() {
                    @if i > 0 { ", " }
                    (in_words(&chip.mechanism)) @if set.series > 1 { " (" (count(chip.in_set_of)) ")" }
                }
                "."
            }
        }
    }
}

/// True where every series of the source is too short for a number.
fn nameless(view: &View<'_>, set: &SurvivingSet) -> bool {
    let mut here = view.subjects.iter().filter(|s| s.tap == set.source).peekable();
    here.peek().is_some() && here.all(|s| too_few(s))
}

/// What is known of the series in which a mechanism is best: how many carry an answer, how many are too short.
fn standing(view: &View<'_>, set: &SurvivingSet, chip: &Chip) -> (bool, bool) {
    let mut best = view.subjects.iter().filter(|s| s.tap == set.source && s.best == chip.mechanism).peekable();
    let known = best.peek().is_some();
    let (mut told, mut long) = (false, false);
    for s in best {
        told |= !s.abstained;
        long |= !too_few(s);
    }
    (known && !told, known && !long)
}

fn one_chip(view: &View<'_>, set: &SurvivingSet, chip: &Chip) -> Markup {
    let (open, few) = standing(view, set, chip);
    html! {
        li.chip {
            @if open { (unanswered(&chip.mechanism)) } @else { (explained(&chip.mechanism)) }
            span.muted {
                @if open { "nearest" } @else { "best" } " in " (count(chip.best_in)) " of " (count(set.series))
                @if open { ", no answer" }
            }
            @if few { span.muted { "too few lookups for a number" } }
            @else if chip.mechanism != "none" {
                span { (times(chip.log10_lr)) " · " (t(&support(&chip.verbal))) }
            }
        }
    }
}
