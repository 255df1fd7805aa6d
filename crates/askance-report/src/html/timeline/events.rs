//! Events: where they stand on the axis, and the list beside it.

use askance_case::json::Event;
use maud::{Markup, html};

use super::super::View;
use super::super::parts::{prose, t};
use crate::format::Clock;

/// An event with a place on the axis.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its number in the report, from 1.
    pub(super) number: usize,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) what: String,
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
            Some(Placed { number: i + 1, not_before: a.min(b), not_after: a.max(b), what: e.what.clone() })
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
                    @if !event.clock_known { span.muted { " Clock time unknown: drawn as a band, never ranked." } }
                }
            }
        })
    };
    html! {
        @if !inside.is_empty() {
            h4 { "Events on the timeline" }
            ol.events { @for event in inside { @if let Some(item) = row(event) { (item) } } }
        }
        @if !outside.is_empty() {
            details { summary { "Events outside the time shown (" (outside.len()) ")" }
                ol.events { @for event in outside { @if let Some(item) = row(event) { (item) } } } }
        }
    }
}

/// All events with their sources.
pub(in crate::html) fn table(view: &View<'_>) -> Markup {
    html! {
        @if !view.report.events.is_empty() {
            div.scroll { table {
                thead { tr { th.num { "No." } th { "When" } th { "What" } th { "Recorded in" } } }
                tbody { @for (i, event) in view.report.events.iter().enumerate() { tr {
                    td.num { (i + 1) }
                    td { (event_time(view, event)) @if !event.clock_known { br; span.muted { "clock time unknown" } } }
                    td { (prose(&event.what)) }
                    td { (t(&event.source)) }
                } } }
            } }
        }
    }
}
