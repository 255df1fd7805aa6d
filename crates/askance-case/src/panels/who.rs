//! Who looks up: counts, shares, and demand behind the cache.

use askance_inference::claims::{ClientCount, Concentration, concentration};
use askance_inference::state::Role;

use crate::assemble::Working;
use crate::json::{WhoPanel, WhoRow};
use crate::records::SeriesRow;

/// The clients of one name at one tap, counted, most lookups first.
pub(crate) struct Counted {
    pub(crate) clients: Vec<String>,
    pub(crate) counts: Vec<u64>,
    /// Over all lookups.
    pub(crate) raw: Concentration,
    /// Over cache misses of one type, with the TTL as dead time; absent where no cache stands before the tap
    /// or no TTL is known.
    pub(crate) demand: Option<Concentration>,
    /// The TTL used.
    pub(crate) ttl_s: Option<u32>,
    pub(crate) behind_cache: bool,
    /// True of counts that somebody published.
    pub(crate) published: bool,
}

/// Counts the lookups of one name at one tap by client.
///
/// - `named`: which clients the shares are about; the three largest where `None`
pub(crate) fn counted(working: &Working<'_>, tap: &str, name: &str, named: Option<&[String]>) -> Option<Counted> {
    if let Some(counted) = published(working, tap, name, named) {
        return Some(counted);
    }
    let mut rows: Vec<&SeriesRow> = working.at(tap, name).map(|(row, _)| row).collect();
    rows.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.client.cmp(&b.client)));
    let behind_cache = rows.first()?.vantage.is_behind_cache();
    let clients: Vec<String> = rows.iter().map(|row| row.client.clone()).collect();
    let positions: Vec<usize> = match named {
        Some(names) => (0..clients.len()).filter(|i| names.contains(&clients[*i])).collect(),
        None => (0..clients.len().min(3)).collect(),
    };
    let covered_s = covered_s(working, tap, &rows);
    let count = |n: u64, ttl_s: u32| ClientCount { n, covered_s, ttl_s };
    let after_looking = named.is_none();
    let raw: Vec<ClientCount> = rows.iter().map(|row| count(row.n, 0)).collect();
    let ttl_s = rows.iter().filter_map(|row| working.attributor.ttl_s(row)).max().filter(|_| behind_cache);
    let demand = ttl_s.and_then(|ttl_s| {
        let misses: Vec<ClientCount> = rows.iter().map(|row| count(misses(row), ttl_s)).collect();
        concentration(&misses, &positions, after_looking)
    });
    Some(Counted {
        counts: rows.iter().map(|row| row.n).collect(),
        raw: concentration(&raw, &positions, after_looking)?,
        clients,
        demand,
        ttl_s,
        behind_cache,
        published: false,
    })
}

/// The same of counts that somebody published; nothing corrects them, because no time is told.
fn published(working: &Working<'_>, tap: &str, name: &str, named: Option<&[String]>) -> Option<Counted> {
    let mut rows: Vec<_> = working.records.counts.iter().filter(|c| c.tap == tap && c.name == name).collect();
    rows.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.client.cmp(&b.client)));
    let clients: Vec<String> = rows.iter().map(|row| row.client.clone()).collect();
    let positions: Vec<usize> = match named {
        Some(names) => (0..clients.len()).filter(|i| names.contains(&clients[*i])).collect(),
        None => (0..clients.len().min(3)).collect(),
    };
    let raw: Vec<ClientCount> = rows.iter().map(|row| ClientCount { n: row.n, covered_s: 0.0, ttl_s: 0 }).collect();
    Some(Counted {
        counts: rows.iter().map(|row| row.n).collect(),
        raw: concentration(&raw, &positions, named.is_none())?,
        clients,
        demand: None,
        ttl_s: None,
        // Whoever counted does not say what caches hid.
        behind_cache: true,
        published: true,
    })
}

/// Misses of the one type that has its own TTL in the cache: addresses where they were asked for, else PTR.
fn misses(row: &SeriesRow) -> u64 {
    let of = |role: Role| row.state.events().filter(|e| e.role == role).count() as u64;
    [of(Role::A), of(Role::Ptr)].into_iter().find(|n| *n > 0).unwrap_or(row.n)
}

fn covered_s(working: &Working<'_>, tap: &str, rows: &[&SeriesRow]) -> f64 {
    let declared: f64 = working.attributor.view(tap).map_or(0.0, |v| v.covers.iter().map(|(a, b)| b.since_s(*a)).sum());
    if declared > 0.0 {
        return declared;
    }
    match (rows.iter().map(|r| r.first).min(), rows.iter().map(|r| r.last).max()) {
        (Some(first), Some(last)) => last.since_s(first),
        _ => 0.0,
    }
}

/// One panel for each tap and subject.
pub(crate) fn who(working: &Working<'_>) -> Vec<WhoPanel> {
    let mut panels = Vec::new();
    let counts: std::collections::BTreeSet<&str> = working.records.counts.iter().map(|c| c.tap.as_str()).collect();
    for tap in working.taps().into_iter().chain(counts) {
        for name in &working.case.subjects {
            if let Some(counted) = counted(working, tap, name, None) {
                panels.push(panel(working, tap, name, &counted));
            }
        }
    }
    panels
}

fn panel(working: &Working<'_>, tap: &str, name: &str, counted: &Counted) -> WhoPanel {
    let vantage = working.at(tap, name).next().map_or(String::new(), |(row, _)| row.vantage.as_str().to_owned());
    WhoPanel {
        source: tap.to_owned(),
        vantage,
        name: name.to_owned(),
        ttl_s: counted.ttl_s.map(f64::from),
        rows: (0..counted.clients.len()).map(|i| who_row(working, counted, i)).collect(),
        hhi: counted.raw.herfindahl,
        unseen_mass_max: counted.raw.unseen_max,
        note: if counted.published {
            "Counts as they were published; where they were kept is not said, so that they may be cache misses."
        } else if counted.behind_cache {
            "Counts are cache misses. A client without a cache, or with a shorter one, weighs more than its use."
        } else {
            "Counts are questions that hosts asked of this resolver; hosts of other resolvers do not appear."
        }
        .to_owned(),
    }
}

fn who_row(working: &Working<'_>, counted: &Counted, i: usize) -> WhoRow {
    let (client, n) = (&counted.clients[i], counted.counts[i]);
    let total: u64 = counted.counts.iter().sum();
    let share = askance_inference::claims::jeffreys(n, total);
    let demand = counted.demand.as_ref();
    let own = demand.and_then(|d| d.demand_by_client.get(i).copied().flatten());
    let told = own.filter(|d| !d.unidentifiable);
    let sum: f64 = demand.map_or(0.0, |d| {
        d.demand_by_client.iter().flatten().filter(|d| !d.unidentifiable).map(|d| d.lambda_per_day).sum()
    });
    let note = match (&own, counted.behind_cache) {
        (Some(d), _) if d.beyond_cache => "asks more often than one cache of this TTL would: no cache, or several",
        (Some(d), _) if d.unidentifiable => "asks whenever its cache allows: demand is at least this, no upper bound",
        (None, true) => "no TTL is known: demand cannot be estimated",
        _ => "",
    };
    WhoRow {
        client: client.clone(),
        party: working.case.party_of(client).map_or(String::new(), |p| p.id.clone()),
        n,
        share: share.share,
        share_lo: share.interval.0,
        share_hi: share.interval.1,
        demand_per_day: told.map(|d| d.lambda_per_day),
        demand_lo: own.map(|d| d.interval.0),
        demand_hi: told.map(|d| d.interval.1),
        demand_share: told.filter(|_| sum > 0.0).map(|d| d.lambda_per_day / sum),
        note: note.to_owned(),
    }
}
