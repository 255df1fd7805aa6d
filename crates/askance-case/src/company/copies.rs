//! Whether a client goes through names that others came upon before: in their order, at another pace.
//!
//! A copy of what somebody asked is told from a habit that many share by what does not repeat. A
//! name has a *place* in what was asked before where few others asked for it, and the one who was
//! first did so on a single occasion. Only places that stand more than an occasion apart, and much
//! further apart than the copies, are compared: what belongs to one occasion (a page with its
//! parts, a round through a list of targets, a forwarder's question behind its host's) has the same
//! order for everybody. A lookup has no order beside another of the same instant: a log in whole
//! seconds holds many of those.

use std::collections::HashMap;

use askance_record::Timestamp;

use crate::records::SeriesRow;

/// Lookups less than this apart can be of one occasion.
const OCCASION_S: f64 = 60.0;
/// What goes through the same list on another machine, or under another load, is not faster than this by far.
const PACE: f64 = 5.0;
/// What more others asked for before is no copy of one of them.
const OTHERS_MAX: usize = 3;
/// Each family is compared with so many that the client came to before it: what bounds the cost.
const NEAR: usize = 32;
/// Places from which on an order, or a copy, is spoken of.
const PLACES_MIN: usize = 10;
/// Pairs of places from which on an order is spoken of: by chance 25 of 30 are kept once in 6000 times.
const PAIRS_MIN: u64 = 30;

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
    /// Share of the pairs of families come to within a minute that stand in the order of their places.
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
    /// Cost: linear in families, but for sorting them.
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

/// Compares the first lookup of each family with those of others in the minute before it.
///
/// Later ones are left out: in them a client keeps the order of its own list, at the pace of a cache.
fn in_order(placed: &[(Timestamp, &SeriesRow)]) -> Option<f64> {
    let mut came: Vec<(Timestamp, Timestamp)> = placed.iter().map(|(place, row)| (row.first, *place)).collect();
    came.sort_unstable();
    let mut compared = vec![false; came.len()];
    let (mut pairs, mut kept) = (0_u64, 0_u64);
    for (at, &(ts, place)) in came.iter().enumerate() {
        for (other, &(before, theirs)) in came.iter().enumerate().take(at).skip(at.saturating_sub(NEAR)) {
            let (took, apart) = (ts.since_s(before), place.since_s(theirs));
            if took > 0.0 && took <= OCCASION_S && apart.abs() > OCCASION_S.max(PACE * took) {
                pairs += 1;
                kept += u64::from(apart > 0.0);
                (compared[at], compared[other]) = (true, true);
            }
        }
    }
    let places = compared.iter().filter(|&&one| one).count();
    (places >= PLACES_MIN && pairs >= PAIRS_MIN).then(|| kept as f64 / pairs as f64)
}
