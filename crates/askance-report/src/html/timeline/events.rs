//! Events: where they stand on the axis, and the list beside it.

use askance_case::json::Event;
use maud::{Markup, html};

use super::super::View;
use super::super::parts::{prose, stack, t};
use crate::format::Clock;

/// An event with a place on the axis.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its number in the report, from 1.
    pub(super) number: usize,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) what: String,
    /// What in a few words: the first clause.
    pub(super) short: String,
}

impl Placed {
    pub(super) fn is_instant(&self) -> bool {
        self.not_before == self.not_after
    }

    pub(super) fn middle(&self) -> i64 {
        self.not_before + (self.not_after - self.not_before) / 2
    }
}

/// The events whose times can be read, in order of time.
pub(super) fn placed(view: &View<'_>) -> Vec<Placed> {
    let mut events: Vec<Placed> = view
        .report
        .events
        .iter()
        .enumerate()
        .filter_map(|(i, e)| {
            let (a, b) = (Clock::ms(&e.not_before)?, Clock::ms(&e.not_after)?);
            let short = e.what.split(';').next().unwrap_or_default().trim().to_owned();
            Some(Placed { number: i + 1, not_before: a.min(b), not_after: a.max(b), what: e.what.clone(), short })
        })
        .collect();
    events.sort_by_key(Placed::middle);
    events
}

/// When an event was, as far as known.
pub(super) fn event_time(view: &View<'_>, event: &Event) -> Markup {
    let (from, to) = (view.clock.minute(&event.not_before), view.clock.minute(&event.not_after));
    html! {
        @if event.clock_known || event.not_before == event.not_after { (t(&view.clock.instant(&event.not_before))) }
        @else { "between " (t(&from)) " and " (t(&to)) }
    }
}

/// The events on the axis by number, then those outside it.
pub(super) fn legend(view: &View<'_>, inside: &[Placed], outside: &[Placed]) -> Markup {
    let row = |placed: &Placed| {
        view.report.events.get(placed.number - 1).map(|event| {
            html! {
                li value=(placed.number) {
                    span.when { (event_time(view, event)) } " " (prose(&event.what))
                }
            }
        })
    };
    html! {
        @if !inside.is_empty() {
            h4 { "Events on the timeline" }
            ol.events { @for event in inside { @if let Some(item) = row(event) { (item) } } }
            @if inside.iter().any(|e| !e.is_instant()) {
                p.small { "Where the clock time of an event is unknown it is drawn as a band over all of the time in question, and is put in no order with what lies inside it." }
            }
        }
        @if !outside.is_empty() {
            details open[inside.is_empty()] { summary { "Events outside the time shown (" (outside.len()) ")" }
                ol.events { @for event in outside { @if let Some(item) = row(event) { (item) } } } }
        }
    }
}

/// All events with their sources.
pub(in crate::html) fn table(view: &View<'_>) -> Markup {
    html! {
        @if !view.report.events.is_empty() {
            @let rows: Vec<_> = view.report.events.iter().enumerate().map(|(i, event)| [
                html! { (i + 1) },
                html! { (event_time(view, event)) @if !event.clock_known { br; span.muted { "clock time unknown" } } },
                prose(&event.what),
                t(&event.source),
            ]).collect();
            div.scroll { (stack("", [("No.", "num"), ("When", ""), ("What", ""), ("Recorded in", "")], &rows)) }
        }
    }
}
