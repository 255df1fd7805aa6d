//! Whether a client goes through names that others came upon before: in their order, at another pace.
//!
//! A copy of what somebody asked is told from a habit that many share by what does not repeat. A
//! name has a *place* in what was asked before where few others asked for it, and the one who was
//! first did so on a single occasion. Only places that stand more than an occasion apart are
//! compared: what belongs to one occasion (a page with its parts, a round through a list of
//! targets, a forwarder's question behind its host's) has the same order for everybody. A lookup
//! has no order beside another of the same instant: a log in whole seconds holds many of those.

use std::collections::{HashMap, HashSet, VecDeque};

use askance_record::Timestamp;

use crate::records::SeriesRow;

/// Lookups less than this apart can be of one occasion.
const OCCASION_S: f64 = 60.0;
/// What more others asked for before is no copy of one of them.
const OTHERS_MAX: usize = 3;
/// Each lookup is compared with so many before it, in the same minute: what bounds the cost.
const NEAR: usize = 32;
/// Places from which on an order, or a copy, is spoken of.
const PLACES_MIN: usize = 10;

/// Who asked for each family first, before caches.
#[derive(Debug, Default)]
pub(super) struct Askers<'a> {
    /// Ascending by instant, each client once; one more than can matter, and the client itself.
    of: HashMap<&'a str, Vec<Asker<'a>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asker<'a> {
    first: Timestamp,
    client: &'a str,
    /// When it asked on another occasion.
    back: Option<Timestamp>,
}

/// What one client's lookups are beside those of others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Copies {
    /// Share of the pairs of lookups of one minute that stand in the order of their places.
    pub(super) in_order: Option<f64>,
    /// Occasions that the places of the client's families are from, a share of its families.
    pub(super) asked_before: Option<f64>,
}

impl<'a> Askers<'a> {
    pub(super) fn learn(&mut self, row: &'a SeriesRow) {
        let back = row.state.events().map(|e| e.ts).find(|ts| ts.since_s(row.first) > OCCASION_S);
        let asker = Asker { first: row.first, client: &row.client, back };
        let known = self.of.entry(&row.name).or_default();
        if let Some(same) = known.iter_mut().find(|a| a.client == asker.client) {
            // At another tap.
            let back = [same.back, asker.back].into_iter().flatten().min();
            *same = Asker { back, ..asker.min(*same) };
        } else {
            known.push(asker);
        }
        known.sort_unstable();
        known.truncate(OTHERS_MAX + 2);
    }

    /// Where a client's family stands in what others asked before it.
    fn place(&self, row: &SeriesRow) -> Option<Timestamp> {
        let others = || {
            let all = self.of.get(row.name.as_str()).into_iter().flatten();
            all.filter(|a| a.client != row.client && row.first.since_s(a.first) > OCCASION_S)
        };
        let first = others().next().filter(|_| others().count() <= OTHERS_MAX)?;
        first.back.is_none_or(|back| back >= row.first).then_some(first.first)
    }

    /// Reads the families of one client.
    ///
    /// Cost: linear in lookups, but for sorting them.
    pub(super) fn copies(&self, rows: &[&SeriesRow]) -> Copies {
        let placed: Vec<(Timestamp, &SeriesRow)> = rows.iter().filter_map(|r| Some((self.place(r)?, *r))).collect();
        if placed.len() < PLACES_MIN {
            return Copies { in_order: None, asked_before: (rows.len() >= PLACES_MIN).then_some(0.0) };
        }
        let mut places: Vec<Timestamp> = placed.iter().map(|(place, _)| *place).collect();
        places.sort_unstable();
        let occasions = 1 + places.windows(2).filter(|two| two[1].since_s(two[0]) > OCCASION_S).count();
        Copies { in_order: in_order(&placed), asked_before: Some(occasions as f64 / rows.len() as f64) }
    }
}

/// Compares each lookup with those of other families in the minute before it.
fn in_order(placed: &[(Timestamp, &SeriesRow)]) -> Option<f64> {
    let mut asked: Vec<(Timestamp, usize)> = Vec::new();
    for (at, (_, row)) in placed.iter().enumerate() {
        asked.extend(row.state.events().map(|e| (e.ts, at)));
    }
    asked.sort_unstable();
    let (mut near, mut compared) = (VecDeque::<(Timestamp, usize)>::new(), HashSet::new());
    let (mut pairs, mut kept) = (0_u64, 0_u64);
    for (ts, at) in asked {
        while near.len() >= NEAR || near.front().is_some_and(|(before, _)| ts.since_s(*before) > OCCASION_S) {
            near.pop_front();
        }
        // Its other types, and answers that did not come, belong to the same lookup.
        if near.iter().any(|(_, other)| *other == at) {
            continue;
        }
        for &(before, other) in &near {
            let apart = placed[at].0.since_s(placed[other].0);
            if before < ts && apart.abs() > OCCASION_S {
                pairs += 1;
                kept += u64::from(apart > 0.0);
                compared.extend([at, other]);
            }
        }
        near.push_back((ts, at));
    }
    (compared.len() >= PLACES_MIN).then(|| kept as f64 / pairs as f64)
}
