//! How each ablation changes records and views.

use std::collections::BTreeMap;

use askance_inference::SeriesState;
use askance_inference::state::{Event, Role};
use askance_record::{Rng, Timestamp, Vantage};

use super::{Ablated, Ablation, DEDUP_S};
use crate::attribute::is_reverse;
use crate::model::Interval;
use crate::records::SeriesRow;
use crate::{CaseRecords, SourceView};

/// What the loss of lookups is drawn with: the same series always loses the same.
const SEED: u64 = 4;
const DAY_US: i64 = 86_400_000_000;
/// All types but PTR, as a case file would list them.
const NOT_PTR: [&str; 7] = ["A", "AAAA", "TXT", "MX", "NS", "SOA", "other"];

pub(super) fn apply(ablation: Ablation, records: &CaseRecords, views: &[SourceView]) -> Ablated {
    match ablation {
        Ablation::AOnly => only_types(records, views, &["A"], is_address_v4),
        Ablation::ForwardOnly => only_types(records, views, &NOT_PTR, |role| role != Role::Ptr),
        Ablation::NoTtl => events(records, views, |_| |event: &Event| Some(Event { ttl_s: None, ..*event })),
        Ablation::TtlDouble => events(records, views, |_| {
            |event: &Event| Some(Event { ttl_s: event.ttl_s.map(|ttl| ttl.saturating_mul(2)), ..*event })
        }),
        Ablation::Minute => rounded(records, views, 60),
        Ablation::Hour => rounded(records, views, 3600),
        Ablation::Loss(percent) => events(records, views, |row| {
            let mut rng = Rng::part(SEED, &key(row));
            move |event: &Event| (!rng.chance(f64::from(percent) / 100.0)).then_some(*event)
        }),
        Ablation::Dedup => dedup(records, views),
        Ablation::Days(days) => within(records, views, |start| (start, start.plus_us(i64::from(days) * DAY_US))),
        Ablation::NoFirstDay => within(records, views, |start| (start.plus_us(DAY_US), Timestamp::MAX)),
        Ablation::Merge(clients) => merge(records, views, usize::from(clients)),
        Ablation::NoEvidence => {
            let mut out = whole(records, views);
            out.records.mail.clear();
            out.records.flows.clear();
            out.views.retain(|view| view.kind != "mail" && view.kind != "flow");
            out
        }
        Ablation::NoM0 | Ablation::NoTemper => whole(records, views),
    }
}

fn whole(records: &CaseRecords, views: &[SourceView]) -> Ablated {
    let from = (0..records.series.len()).map(|at| vec![at]).collect();
    Ablated { records: records.clone(), views: views.to_vec(), from }
}

fn key(row: &SeriesRow) -> String {
    format!("{}\n{}\n{}\n{}", row.tap, row.vantage, row.client, row.name)
}

/// Changes or drops lookups; `with` gives the change for each row.
fn events<F: FnMut(&Event) -> Option<Event>>(
    records: &CaseRecords,
    views: &[SourceView],
    mut with: impl FnMut(&SeriesRow) -> F,
) -> Ablated {
    let mut out = Ablated {
        records: CaseRecords { flows: records.flows.clone(), mail: records.mail.clone(), ..CaseRecords::default() },
        views: views.to_vec(),
        from: Vec::new(),
    };
    for (at, row) in records.series.iter().enumerate() {
        let state = row.state.map_events(with(row));
        if let Some(row) = restate(row, state) {
            out.records.series.push(row);
            out.from.push(vec![at]);
        }
    }
    out
}

/// The row with another state; none where nothing is left.
fn restate(row: &SeriesRow, state: SeriesState) -> Option<SeriesRow> {
    let (first, last) = (state.first()?, state.last()?);
    let ttl_max_s = state.events().filter_map(|e| e.ttl_s).max();
    Some(SeriesRow { n: state.n(), first, last, ttl_max_s, state, ..row.clone() })
}

fn is_address_v4(role: Role) -> bool {
    matches!(role, Role::A | Role::Helo | Role::SuffixVariant | Role::Generated)
}

/// Keeps some types, and says so.
fn only_types(records: &CaseRecords, views: &[SourceView], types: &[&str], keep: fn(Role) -> bool) -> Ablated {
    let mut out = events(records, views, |_| |event: &Event| keep(event.role).then_some(*event));
    let listed = |text: &String| types.iter().any(|t| t.eq_ignore_ascii_case(text));
    for row in &mut out.records.series {
        row.qtypes.retain(|t| if types.len() == 1 { listed(t) } else { t != "PTR" });
        if types.len() == 1 {
            row.mail_hosts.clear();
        }
        row.members.retain(|name| !(is_reverse(name) || types.len() == 1 && name.starts_with('_')));
    }
    for view in out.views.iter_mut().filter(|view| view.kind == "dns") {
        let kept = &mut view.keeps.types;
        if kept.is_empty() {
            *kept = types.iter().map(|t| (*t).to_owned()).collect();
        } else {
            kept.retain(|t| if types.len() == 1 { listed(t) } else { !t.eq_ignore_ascii_case("PTR") });
        }
    }
    out
}

/// Rounds instants down to `step_s` seconds, and says so.
fn rounded(records: &CaseRecords, views: &[SourceView], step_s: i32) -> Ablated {
    let step_us = i64::from(step_s) * 1_000_000;
    let mut out = events(records, views, |_| {
        move |event: &Event| {
            let ts = Timestamp::from_us(event.ts.us().div_euclid(step_us) * step_us);
            Some(Event { ts, ..*event })
        }
    });
    for view in out.views.iter_mut().filter(|view| view.kind == "dns") {
        let step_s = f64::from(step_s);
        view.keeps.resolution_s = Some(view.keeps.resolution_s.map_or(step_s, |s| s.max(step_s)));
    }
    out
}

/// Drops lookups that come within an hour of an equal one that was kept.
///
/// Such a sensor is to the record what a cache is to a server: its window is declared as the least
/// TTL, at a passive vantage.
fn dedup(records: &CaseRecords, views: &[SourceView]) -> Ablated {
    let mut out = events(records, views, |_| {
        let mut kept: BTreeMap<(u8, u8), Timestamp> = BTreeMap::new();
        move |event: &Event| {
            let last = kept.get(&(event.role.as_u8(), event.rcode.as_u8()));
            if last.is_some_and(|last| event.ts.since_s(*last) < f64::from(DEDUP_S)) {
                return None;
            }
            kept.insert((event.role.as_u8(), event.rcode.as_u8()), event.ts);
            Some(Event { ttl_s: event.ttl_s.map(|ttl| ttl.max(DEDUP_S)), ..*event })
        }
    });
    for row in &mut out.records.series {
        row.vantage = Vantage::Passive;
    }
    out
}

/// Keeps what happened within a window, and says so. `window` is given the first lookup of all.
fn within(
    records: &CaseRecords,
    views: &[SourceView],
    window: impl FnOnce(Timestamp) -> (Timestamp, Timestamp),
) -> Ablated {
    let Some(start) = records.series.iter().map(|row| row.first).min() else { return whole(records, views) };
    let (from, to) = window(start);
    let inside = |ts: Timestamp| from <= ts && ts < to;
    let mut out = events(records, views, |_| |event: &Event| inside(event.ts).then_some(*event));
    out.records.flows.retain(|flow| inside(flow.start));
    out.records.mail.retain(|mail| inside(mail.ts));
    let cut = |(a, b): Interval| (a.max(from) < b.min(to)).then(|| (a.max(from), b.min(to)));
    out.views.retain_mut(|view| {
        let (declared, recorded) = (!view.covers.is_empty(), view.span.is_some());
        view.covers = view.covers.iter().copied().filter_map(cut).collect();
        view.span = view.span.and_then(cut);
        // A source that recorded outside the window only is not there at all: "no coverage" would mean "always".
        !(declared && view.covers.is_empty()) && (declared || !recorded || view.span.is_some())
    });
    out
}

/// Puts every `clients` clients of a tap behind the first one's address.
fn merge(records: &CaseRecords, views: &[SourceView], clients: usize) -> Ablated {
    let mut by_tap: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &records.series {
        by_tap.entry(&row.tap).or_default().push(&row.client);
    }
    let mut behind: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (tap, known) in &mut by_tap {
        known.sort_unstable();
        known.dedup();
        for group in known.chunks(clients) {
            behind.extend(group.iter().map(|client| ((*tap, *client), group[0])));
        }
    }
    let mut out = Ablated {
        records: CaseRecords { flows: records.flows.clone(), mail: records.mail.clone(), ..CaseRecords::default() },
        views: views.to_vec(),
        from: Vec::new(),
    };
    let mut places: BTreeMap<(&str, Vantage, &str, &str), usize> = BTreeMap::new();
    for (at, row) in records.series.iter().enumerate() {
        let client = behind[&(row.tap.as_str(), row.client.as_str())];
        let place = *places.entry((&row.tap, row.vantage, client, &row.name)).or_insert_with(|| {
            out.records.series.push(SeriesRow { client: client.to_owned(), ..row.clone() });
            out.from.push(Vec::new());
            out.from.len() - 1
        });
        if !out.from[place].is_empty() {
            join(&mut out.records.series[place], row);
        }
        out.from[place].push(at);
    }
    out
}

fn join(whole: &mut SeriesRow, row: &SeriesRow) {
    whole.state.merge(&row.state);
    whole.n += row.n;
    whole.first = whole.first.min(row.first);
    whole.last = whole.last.max(row.last);
    whole.ttl_max_s = whole.ttl_max_s.max(row.ttl_max_s);
    let sets = [
        (&mut whole.qtypes, &row.qtypes),
        (&mut whole.members, &row.members),
        (&mut whole.mail_hosts, &row.mail_hosts),
    ];
    for (mine, theirs) in sets {
        mine.extend(theirs.iter().cloned());
        mine.sort_unstable();
        mine.dedup();
    }
    whole.addresses.extend(row.addresses.iter().copied());
    whole.addresses.sort_unstable();
    whole.addresses.dedup();
}
