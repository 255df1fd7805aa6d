//! 3: one lane a client, events as verticals, holes hatched.

mod draw;
mod events;

use std::collections::BTreeMap;

use askance_case::json::Series;
use maud::{Markup, html};

use super::View;
use super::parts::{absent, figure, generated, marked, stack, t, tagged};
use super::sources::{covers, holes};
use crate::format::{Clock, capital, count, counted, number_word};
use crate::words::{Family, family_of, party_name, tap_label};
use events::Placed;
pub(super) use events::table as event_table;

/// Lanes drawn for one source; further clients share one lane.
const LANES_MAX: usize = 16;
/// Instants drawn in one lane; above that they are thinned evenly.
const TICKS_MAX: usize = 4096;

/// All lanes of one source.
struct Group {
    title: String,
    lanes: Vec<Lane>,
    /// Stretches without records, in milliseconds.
    holes: Vec<(i64, i64)>,
    declared: bool,
    synthetic: bool,
}

/// One client's lookups.
struct Lane {
    client: String,
    about: String,
    family: Family,
    n: u64,
    ticks: Vec<i64>,
}

pub(super) fn section(view: &View<'_>) -> Markup {
    let (recorded, made) = view.parted();
    let shown = figure_of(view, &recorded, false);
    html! {
        @match shown {
            Some(chart) => (chart),
            None => {
                (absent("No lookup about the subject was recorded, so there is no timeline."))
                (events::table(view))
            }
        }
        @if let Some(chart) = figure_of(view, &made, true) { (generated("Timeline of generated rows", &chart)) }
    }
}

/// The chart of some series; absent where none of them has a time.
fn figure_of(view: &View<'_>, series: &[&Series], made: bool) -> Option<Markup> {
    let ends = |pick: fn(&Series) -> &str| series.iter().filter_map(move |s| Clock::ms(pick(s))).collect::<Vec<i64>>();
    let first = ends(|s| &s.first).into_iter().min();
    let last = ends(|s| &s.last).into_iter().max();
    let (first, last) = first.zip(last)?;
    let (from, to) = domain(view, series, first, last);
    let groups = groups(view, series, (from, to));
    let (inside, outside): (Vec<Placed>, Vec<Placed>) =
        events::placed(view).into_iter().partition(|e| e.not_after >= from && e.not_before <= to);
    let lanes: usize = groups.iter().map(|g| g.lanes.len()).sum();
    let finding = marked(made, finding(view, series, lanes));
    let chart = draw::chart(view, &groups, &inside, (from, to), &finding);
    Some(html! {
        (figure(&finding, &subtitle(view, &groups, made), &chart, Some(&data(view, series))))
        @if !made { (events::legend(view, &inside, &outside)) }
    })
}

/// What the axis covers: the lookups, the coverage of sources that show them, events close by.
fn domain(view: &View<'_>, series: &[&Series], first: i64, last: i64) -> (i64, i64) {
    let (mut from, mut to) = (first, last);
    for source in &view.report.sources {
        if series.iter().any(|s| s.tap == source.id) {
            for (a, b) in covers(source) {
                from = from.min(a);
                to = to.max(b);
            }
        }
    }
    let near = (to - from) / 10;
    let (wide_from, wide_to) = (from - near, to + near);
    for event in events::placed(view) {
        if event.not_before >= wide_from && event.not_after <= wide_to {
            from = from.min(event.not_before);
            to = to.max(event.not_after);
        }
    }
    // A mark on the edge would be half a mark.
    if (from, to) == (first, last) && from < to {
        let rim = (to - from) / 40;
        return (from - rim, to + rim);
    }
    // One instant still needs an axis.
    if from == to { (from - 1_800_000, to + 1_800_000) } else { (from, to) }
}

fn groups<'a>(view: &View<'_>, series: &[&'a Series], (from, to): (i64, i64)) -> Vec<Group> {
    let mut by_tap: BTreeMap<&str, Vec<&'a Series>> = BTreeMap::new();
    for one in series {
        by_tap.entry(&one.tap).or_default().push(one);
    }
    by_tap
        .into_iter()
        .map(|(tap, series)| {
            let source = view.report.sources.iter().find(|s| s.id == tap);
            let parts = source.map(covers).unwrap_or_default();
            let mut without = holes(&parts);
            if let Some(((a, _), (_, b))) = parts.first().zip(parts.last()) {
                without.extend([(from, *a), (*b, to)].into_iter().filter(|(x, y)| x < y));
            }
            let vantage = series.first().map_or("", |s| s.vantage.as_str());
            Group {
                title: tap_label(view.report, tap, vantage),
                lanes: lanes(view, &series),
                holes: without,
                declared: !parts.is_empty(),
                synthetic: view.is_generated(tap),
            }
        })
        .collect()
}

fn lanes(view: &View<'_>, series: &[&Series]) -> Vec<Lane> {
    let shown = if series.len() > LANES_MAX { LANES_MAX - 1 } else { series.len() };
    let several = view.report.case.subjects.len() > 1;
    let mut lanes: Vec<Lane> = series
        .iter()
        .take(shown)
        .map(|s| {
            let party = party_name(view.report, &s.party);
            let mut about: Vec<&str> = Vec::new();
            about.extend([party].into_iter().filter(|p| !p.is_empty()));
            about.extend([s.name.as_str()].into_iter().filter(|_| several));
            Lane {
                client: s.client.clone(),
                about: about.join(" · "),
                family: family_of(s),
                n: s.n,
                ticks: thinned(s.ticks_ms.clone()),
            }
        })
        .collect();
    let rest = series.get(shown..).unwrap_or_default();
    if !rest.is_empty() {
        let mut ticks: Vec<i64> = rest.iter().flat_map(|s| s.ticks_ms.iter().copied()).collect();
        ticks.sort_unstable();
        lanes.push(Lane {
            client: counted(rest.len() as u64, "other series", "other series"),
            about: "together".to_owned(),
            family: Family::Nothing,
            n: rest.iter().map(|s| s.n).sum(),
            ticks: thinned(ticks),
        });
    }
    lanes
}

fn thinned(mut ticks: Vec<i64>) -> Vec<i64> {
    ticks.sort_unstable();
    let step = ticks.len().div_ceil(TICKS_MAX).max(1);
    ticks.into_iter().step_by(step).collect()
}

fn finding(view: &View<'_>, series: &[&Series], lanes: usize) -> String {
    let Some(top) = series.iter().max_by_key(|s| s.n) else {
        return String::new();
    };
    let lookups = counted(top.n, "lookup", "lookups");
    if lanes == 1 {
        let (a, b) = (view.clock.day(&top.first), view.clock.day(&top.last));
        let when = if a == b { format!(", all on {a}") } else { String::new() };
        return format!("{} made {lookups}{}", top.client, if top.n > 1 { when } else { String::new() });
    }
    // Lanes are counted, not added up: one lookup can stand in several sources.
    format!("{} series; the longest, of {}, has {lookups}", capital(&number_word(series.len() as u64)), top.client)
}

fn subtitle(view: &View<'_>, groups: &[Group], made: bool) -> Markup {
    let undeclared = groups.iter().any(|g| !g.declared);
    let several = groups.len() > 1;
    html! {
        "One lane a client. A mark is a lookup; where they are crowded, height is the number of lookups. Times in "
        (t(view.clock.zone())) ". Hatched: no records, by the declared coverage."
        @if made { " The cross-hatched ground marks generated rows; their times are invented." }
        @if groups.iter().flat_map(|g| &g.lanes).any(|l| l.family == Family::Nothing) { " Grey: no answer is given to what made them." }
        @if undeclared { " Some sources declare no coverage, so silence there need not mean that nobody asked." }
        @if several { " One lookup may show at more than one source." }
        span.js-only { " Drag across the chart to zoom in." }
    }
}

fn data(view: &View<'_>, series: &[&Series]) -> Markup {
    let cells = |s: &&Series| {
        [
            html! { (t(&s.tap)) (tagged(view, &s.tap)) },
            html! { code { (t(&s.client)) } },
            html! { code { (t(&s.name)) } },
            html! { (count(s.n)) },
            t(&view.clock.instant(&s.first)),
            t(&view.clock.instant(&s.last)),
        ]
    };
    let columns = [("Source", ""), ("Client", ""), ("Name", ""), ("Lookups", "num"), ("First", "nw"), ("Last", "nw")];
    stack("", columns, &series.iter().map(cells).collect::<Vec<_>>())
}
