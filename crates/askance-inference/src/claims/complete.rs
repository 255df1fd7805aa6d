//! "The data-set is whole", "nothing was edited".
//!
//! A record cannot prove that it is complete; it can show that it is not. Where answers carry what was left of their
//! TTL, each tells when the cache had asked, and that row must be there. A second vantage must have seen the same.
//! Clients are compared with each other: what the sensor loses, it loses of all. Without either kind of
//! record a missing row leaves no trace, and then the answer is that one cannot know.

mod gaps;
#[cfg(test)]
mod tests;
mod vantages;

use std::collections::BTreeMap;

use askance_record::Timestamp;

use super::concentration::{Share, jeffreys};
use super::coverage::Coverage;
use super::exposure::seen_week;
use super::finding::{Checked, Condition, Verdict};
use crate::math::beta_cdf;

pub use gaps::{Silence, TypeMissing, missing_types, silences};
pub use vantages::{chapman, disagree};

/// Clocks and counters agree within this.
const NEAR_US: i64 = 2_000_000;
/// The same question again within this is a retransmission or a copy.
const AGAIN_US: i64 = 5_000_000;
/// Share of oddities that needs no explanation, in whatever record.
const USUAL: f64 = 0.02;
/// Early gaps over the share of time in which a cache is dead: two caches make a half, a tenth of rows moved a fifth.
const SEVERAL: f64 = 0.35;
/// Caches may refresh in the last tenth of a TTL.
const PREFETCH: f64 = 0.9;
/// Family-wise level at which something is noticed.
const LEVEL: f64 = 0.05;
/// Rows of a client below which nothing is said of it.
const ROWS_MIN: u64 = 20;

/// A row of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Who asked, by number.
    pub client: u32,
    /// The cache that answered or asked, by number; the client itself where rows are misses of its cache.
    pub cache: u32,
    /// Name and type of the question, by number.
    pub question: u32,
    /// When.
    pub t: Timestamp,
    /// What was left of the answer's TTL, in seconds, where recorded.
    pub remaining_s: Option<u32>,
}

/// What is wrong with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An answer's remaining TTL tells of a row that is not there.
    RefreshMissing,
    /// A cache asked again before its TTL was over.
    TooEarly,
    /// The same row again, or within seconds.
    Again,
    /// The other vantage has a row that this one lacks.
    MissingHere,
    /// This vantage has a row that the other lacks.
    MissingThere,
}

impl Kind {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RefreshMissing => "refresh-missing",
            Self::TooEarly => "too-early",
            Self::Again => "again",
            Self::MissingHere => "missing-here",
            Self::MissingThere => "missing-there",
        }
    }
}

/// One client under one kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Who.
    pub client: u32,
    /// What.
    pub kind: Kind,
    /// Rows with it, of those that could have it.
    pub odd: u64,
    /// See `odd`.
    pub of: u64,
    /// Their share.
    pub share: Share,
    /// The same among all other clients.
    pub others: Option<f64>,
    /// p of so many: the greater of "2 % is usual" and "as the others".
    pub p: f64,
    /// Beyond chance, all clients and kinds considered (Holm).
    pub noticed: bool,
}

/// Which changes would leave a trace in these records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowable {
    /// Rows taken away.
    pub deletion: bool,
    /// Rows written twice.
    pub duplication: bool,
    /// Rows moved in time.
    pub shift: bool,
}

/// What [`complete`] is asked.
#[derive(Clone, Copy, Debug)]
pub struct CompletenessQuestion<'a> {
    /// The rows, in any order.
    pub rows: &'a [Row],
    /// TTL of the answers as the zone had it, in seconds; `None` if unknown.
    pub ttl_s: Option<u32>,
    /// Whether rows are cache misses, so that one cache waits a TTL between them.
    pub are_misses: bool,
    /// When they were recorded.
    pub coverage: &'a Coverage,
    /// Rows of another vantage that saw the same questions, and when; clients numbered alike.
    pub second: Option<(&'a [Row], &'a Coverage)>,
}

/// The answer of [`complete`].
#[derive(Clone, Debug, PartialEq)]
pub struct Completeness {
    /// Of "these rows are whole": contradicted, or does not discriminate, or cannot be tested; never supported.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// What would leave a trace.
    pub knowable: Knowable,
    /// Every client and kind that could be looked at, by client and kind.
    pub found: Vec<Found>,
    /// Share of refreshes that the answers tell of and the rows show; `None` without remaining TTLs.
    pub refreshes_seen: Option<Share>,
    /// The other vantage's clock less this one's, in seconds, by the median pair; `None` without pairs.
    pub clock_offset_s: Option<f64>,
    /// Lookups that both, one or the other saw, (both, here only, there only).
    pub pairs: Option<(u64, u64, u64)>,
    /// Clients whose misses come so early and so often that several caches must stand behind them: their gaps
    /// say nothing of edits.
    pub several_caches: Vec<u32>,
    /// Clients times kinds that were looked at.
    pub variants: usize,
}

/// Looks for rows that were lost, copied or moved.
///
/// A client is noticed where its oddities are more than the usual 2 % and more than those of the others.
///
/// Cost: O(n log n), and for each client whose gaps are often early the hours of the records.
///
/// # Source
/// Inference notes, 8; Holm 1979.
pub fn complete(asked: &CompletenessQuestion<'_>) -> Completeness {
    let mut rows: Vec<Row> = asked.rows.iter().copied().filter(|r| asked.coverage.contains(r.t)).collect();
    rows.sort_unstable_by_key(|r| (r.t, *r));
    let ttl = asked.ttl_s.filter(|&t| t > 0);
    let has_remaining = ttl.is_some() && rows.iter().any(|r| r.remaining_s.is_some());
    let mut oddities: Vec<(Kind, Vec<(u32, bool)>)> = vec![(Kind::Again, again(&rows))];
    if let Some(ttl) = ttl {
        if has_remaining {
            oddities.push((Kind::RefreshMissing, refreshes(&rows, ttl, asked.coverage)));
        }
        if asked.are_misses {
            oddities.push((Kind::TooEarly, too_early(&rows, ttl)));
        }
    }
    let compared = asked.second.map(|(second, covered)| vantages::compare(&rows, second, &asked.coverage.and(covered)));
    if let Some(compared) = &compared {
        oddities.push((Kind::MissingHere, compared.missing_here.clone()));
        oddities.push((Kind::MissingThere, compared.missing_there.clone()));
    }
    let told_elsewhere = has_remaining || compared.as_ref().is_some_and(|c| c.pairs.0 > 0);
    let out_of_place = told_elsewhere || (asked.are_misses && ttl.is_some());
    let knowable = Knowable { deletion: told_elsewhere, duplication: out_of_place, shift: out_of_place };
    let refreshes_seen = oddities.iter().find(|o| o.0 == Kind::RefreshMissing).map(|(_, all)| {
        let seen = all.iter().filter(|(_, odd)| !odd).count() as u64;
        jeffreys(seen, all.len() as u64)
    });
    let mut several_caches = Vec::new();
    if let (Some(ttl), Some((_, early))) = (ttl, oddities.iter_mut().find(|o| o.0 == Kind::TooEarly)) {
        several_caches = several(&rows, early, ttl, asked.coverage);
        early.retain(|(client, _)| several_caches.binary_search(client).is_err());
    }
    let mut found = judge(&oddities);
    holm(&mut found);
    let checks = vec![
        Checked::at_least(Condition::LookupsInside, rows.len() as f64, 1.0),
        Checked::yes(Condition::RecordPresent, told_elsewhere),
    ];
    let noticed = found.iter().any(|f| f.noticed);
    let verdict = if noticed { Verdict::Contradicted } else { Verdict::DoesNotDiscriminate.under(&checks) };
    Completeness {
        verdict,
        checks,
        knowable,
        variants: found.len(),
        several_caches,
        found,
        refreshes_seen,
        clock_offset_s: compared.as_ref().and_then(|c| c.offset_us).map(|us| us as f64 / 1e6),
        pairs: compared.map(|c| c.pairs),
    }
}

/// Each row: whether it repeats the one before it, of the same client, cache and question, within seconds.
fn again(rows: &[Row]) -> Vec<(u32, bool)> {
    let mut by: Vec<&Row> = rows.iter().collect();
    by.sort_unstable_by_key(|r| (r.client, r.cache, r.question, r.t));
    let alike = |a: &Row, b: &Row| (a.client, a.cache, a.question) == (b.client, b.cache, b.question);
    let mut out = Vec::with_capacity(rows.len());
    for (at, row) in by.iter().enumerate() {
        let repeats = at > 0 && alike(by[at - 1], row) && row.t.us() - by[at - 1].t.us() < AGAIN_US;
        out.push((row.client, repeats));
    }
    out
}

/// Each refresh that some answer tells of, once: whether no row of that cache stands where it was made.
fn refreshes(rows: &[Row], ttl_s: u32, coverage: &Coverage) -> Vec<(u32, bool)> {
    let mut times: Vec<(u32, u32, i64)> = rows.iter().map(|r| (r.cache, r.question, r.t.us())).collect();
    times.sort_unstable();
    let mut told: Vec<(u32, u32, i64, u32)> = rows
        .iter()
        .filter_map(|r| {
            let left = r.remaining_s?.min(ttl_s);
            Some((r.cache, r.question, r.t.us() - i64::from(ttl_s - left) * 1_000_000, r.client))
        })
        .collect();
    told.sort_unstable();
    let mut out = Vec::new();
    let mut last: Option<(u32, u32, i64)> = None;
    for (cache, question, made, client) in told {
        let told_before = last.is_some_and(|(c, q, t)| (c, q) == (cache, question) && made - t <= NEAR_US);
        let at = times.partition_point(|&row| row < (cache, question, made - NEAR_US));
        let is_seen = times.get(at).is_some_and(|&(c, q, t)| (c, q) == (cache, question) && t <= made + NEAR_US);
        // What was made before the records began cannot be in them.
        if coverage.contains(Timestamp::from_us(made - NEAR_US)) && !told_before {
            out.push((client, !is_seen));
        }
        last = Some((cache, question, made));
    }
    out
}

/// Clients, ascending, whose early gaps are as many as several caches make, behind one address.
///
/// With k caches and a share r of a TTL's worth of misses, 1 - (1 - r/k)^(k-1) of gaps are early: at least r/2.
fn several(rows: &[Row], early: &[(u32, bool)], ttl_s: u32, coverage: &Coverage) -> Vec<u32> {
    let mut by_client: Vec<(u32, i64)> = rows.iter().map(|r| (r.client, r.t.us())).collect();
    by_client.sort_unstable();
    // By client: (gaps, early ones).
    let mut gaps: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for &(client, is_early) in early {
        let of_client = gaps.entry(client).or_default();
        *of_client = (of_client.0 + 1, of_client.1 + u64::from(is_early));
    }
    let mut out = Vec::new();
    for of_client in by_client.chunk_by(|a, b| a.0 == b.0) {
        let client = of_client[0].0;
        let Some(&(all, odd)) = gaps.get(&client) else { continue };
        let share = odd as f64 / all as f64;
        if share <= 2.0 * USUAL {
            continue;
        }
        let times: Vec<i64> = of_client.iter().map(|c| c.1).collect();
        let level = seen_week(&times, coverage);
        // Where lookups come at some hours only, they are as dense as those hours make them.
        let dense = level.iter().map(|l| l * l).sum::<f64>() / 168.0;
        let dead = times.len() as f64 * f64::from(ttl_s) * 1e6 / coverage.total_us().max(1) as f64;
        if share > SEVERAL * dead * dense {
            out.push(client);
        }
    }
    out
}

/// Each gap of a cache and question: whether it is shorter than the TTL, repeats within seconds and refreshes in the
/// last tenth aside.
fn too_early(rows: &[Row], ttl_s: u32) -> Vec<(u32, bool)> {
    let mut by: Vec<&Row> = rows.iter().collect();
    by.sort_unstable_by_key(|r| (r.cache, r.question, r.t));
    by.windows(2)
        .filter(|w| (w[0].cache, w[0].question) == (w[1].cache, w[1].question))
        .filter(|w| w[1].t.us() - w[0].t.us() >= AGAIN_US)
        .map(|w| (w[1].client, ((w[1].t.us() - w[0].t.us()) as f64) < (PREFETCH * f64::from(ttl_s) - 1.0) * 1e6))
        .collect()
}

/// p of every client and kind.
fn judge(oddities: &[(Kind, Vec<(u32, bool)>)]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (kind, rows) in oddities {
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        let all = sorted.len() as u64;
        let all_odd = sorted.iter().filter(|r| r.1).count() as u64;
        for of_client in sorted.chunk_by(|a, b| a.0 == b.0) {
            let of = of_client.len() as u64;
            let odd = of_client.iter().filter(|r| r.1).count() as u64;
            if of < ROWS_MIN {
                continue;
            }
            let (rest, rest_odd) = (all - of, all_odd - odd);
            let others = (rest >= ROWS_MIN).then(|| rest_odd as f64 / rest as f64);
            // Twice what the others have is still alike: sensors are not that even.
            let usual = others.map_or(USUAL, |o| USUAL.max(2.0 * o)).min(1.0);
            found.push(Found {
                client: of_client[0].0,
                kind: *kind,
                odd,
                of,
                share: jeffreys(odd, of),
                others,
                p: at_least(odd, of, usual),
                noticed: false,
            });
        }
    }
    found.sort_by_key(|f| (f.client, f.kind));
    found
}

/// Marks what stands out of all that was looked at.
fn holm(found: &mut [Found]) {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[a].p.total_cmp(&found[b].p));
    let all = order.len();
    for (rank, at) in order.into_iter().enumerate() {
        if found[at].p > LEVEL / (all - rank) as f64 {
            break;
        }
        found[at].noticed = true;
    }
}

/// P(Binomial(n, share) >= k).
fn at_least(k: u64, n: u64, share: f64) -> f64 {
    if k == 0 { 1.0 } else { beta_cdf(share, k as f64, (n - k) as f64 + 1.0).max(f64::MIN_POSITIVE) }
}
