//! How many caches stand behind one client address.
//!
//! A farm of resolvers asks under one address or name. Each of its k caches is dead for the TTL after a
//! miss of its own; demand is spread over all of them. So the rate of misses is lambda times the share of
//! caches that have run out, and the share is known from the misses of the last TTL alone. That gives
//! each k a closed-form likelihood with the rate integrated out, which is tempered like all timing. A client that keeps nothing is one more
//! hypothesis: without it, it would be taken for the largest farm.

#[cfg(test)]
mod tests;

use crate::math::ln_sum;
use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::state::{RcodeClass, Role};

/// Caches behind one address that are told apart.
const COUNTS: [u8; 3] = [1, 2, 4];
/// Misses below which nothing is said.
const MISSES_MIN: usize = 20;
/// Parts of the TTL after which a cache may ask again: all of it, or nine tenths where it prefetches.
const KEPT: [f64; 2] = [1.0, 0.9];
/// Share of misses that come although all caches hold the answer: restarts, answers that got lost.
const EARLY: f64 = 0.02;

/// The least posterior of a count that is not ruled out.
pub(crate) const PLAUSIBLE: f64 = 0.05;

/// How many caches a series of misses comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caches {
    /// The likeliest count.
    pub best: u8,
    /// Posterior of one, two and four caches, each as likely as the other and as none at first.
    pub posterior: [(u8, f64); COUNTS.len()],
    /// Posterior of a client that keeps no answer for the TTL.
    pub uncached: f64,
    /// For how long after a miss a cache does not ask, in seconds: the TTL, or nine tenths of it where it prefetches.
    pub dead_s: u32,
    /// Misses that were used: sessions that asked for the type with the most of them.
    pub misses: usize,
    /// Which type that is.
    pub role: Role,
}

impl Caches {
    /// True where some count is ten times as likely as all else together.
    pub fn is_clear(&self) -> bool {
        let best = self.posterior.iter().fold(self.uncached, |most, &(_, p)| most.max(p));
        best >= 10.0 / 11.0
    }

    /// True where a client that keeps nothing is likelier than any number of caches.
    pub fn is_uncached(&self) -> bool {
        self.posterior.iter().all(|&(_, p)| p < self.uncached)
    }

    /// Counts that are not ruled out.
    pub(crate) fn plausible(&self) -> impl Iterator<Item = u8> {
        self.posterior.into_iter().filter(|&(_, p)| p >= PLAUSIBLE).map(|(count, _)| count)
    }
}

/// Counts the caches; `None` before a cache, without a TTL, or with fewer than 20 misses.
///
/// Cost: O(n) for each count.
pub(crate) fn caches(all: &Sessions, given: &Observation, evidence: &Evidence) -> Option<Caches> {
    if !given.vantage.is_behind_cache() {
        return None;
    }
    let told = |role: Role| match role {
        Role::Ptr => evidence.ptr_ttl_s,
        Role::A => evidence.ttl_s,
        // An empty answer has a TTL of its own.
        _ => None,
    };
    let (role, times, ttl_s) = commonest(all, |role| served(all, role).or(told(role)))?;
    if times.iter().map(Vec::len).sum::<usize>() < MISSES_MIN || ttl_s < 5 {
        return None;
    }
    let misses: usize = times.iter().map(Vec::len).sum();
    let slack_s = 1.0 + given.resolution.step_s();
    let ln = |kept: f64, count| ln_misses(&times, kept * f64::from(ttl_s), slack_s, count);
    // By count, then by how long an answer is kept.
    let table = COUNTS.map(|count| KEPT.map(|kept| ln(kept, Some(count)) - libm::log(KEPT.len() as f64)));
    let by_count = table.map(|row| ln_sum(row.into_iter()));
    let uncached = ln(1.0, None);
    let total = ln_sum(by_count.into_iter().chain([uncached]));
    let share = |ln: f64| libm::exp(ln - total);
    let mut best = 0;
    for (at, ln) in by_count.iter().enumerate() {
        if *ln > by_count[best] {
            best = at;
        }
    }
    let prefetches = table[best][1] > table[best][0];
    Some(Caches {
        best: COUNTS[best],
        posterior: core::array::from_fn(|at| (COUNTS[at], share(by_count[at]))),
        uncached: share(uncached),
        dead_s: if prefetches { ttl_s - ttl_s / 10 } else { ttl_s },
        misses,
        role,
    })
}

/// The role with a known TTL that most sessions ask for and are answered, when in seconds, a new list after each
/// hole, and the TTL.
fn commonest(all: &Sessions, ttl_s: impl Fn(Role) -> Option<u32>) -> Option<(Role, Vec<Vec<f64>>, u32)> {
    let origin = all.sessions.first().map(|s| s.start);
    let mut lists: Vec<(Role, Vec<Vec<f64>>, u32)> = [Role::A, Role::Aaaa, Role::Ptr, Role::TxtSpf, Role::Mx]
        .into_iter()
        .filter_map(|role| Some((role, vec![Vec::new()], ttl_s(role)?)))
        .collect();
    for session in &all.sessions {
        for (role, times, _) in &mut lists {
            if !session.gap_known && !times[times.len() - 1].is_empty() {
                times.push(Vec::new());
            }
            // A failure is kept for another time, if at all.
            let kept = |e: &&crate::state::Event| {
                e.role == *role && matches!(e.rcode, RcodeClass::NoError | RcodeClass::Unknown)
            };
            if let Some(event) = all.lookups(session).iter().find(kept) {
                let last = times.len() - 1;
                times[last].push(origin.map_or(0.0, |origin| event.ts.since_s(origin)));
            }
        }
    }
    let count = |times: &Vec<Vec<f64>>| times.iter().map(Vec::len).sum::<usize>();
    let mut best = 0;
    for at in 1..lists.len() {
        if count(&lists[at].1) > count(&lists[best].1) {
            best = at;
        }
    }
    (best < lists.len()).then(|| lists.swap_remove(best))
}

/// The commonest TTL that the role's answers carry.
fn served(all: &Sessions, role: Role) -> Option<u32> {
    let mut ttls: Vec<u32> = all.events.iter().filter(|e| e.role == role).filter_map(|e| e.ttl_s).collect();
    ttls.sort_unstable();
    let mut best: Option<&[u32]> = None;
    for run in ttls.chunk_by(|a, b| a == b) {
        if best.is_none_or(|b| run.len() > b.len()) {
            best = Some(run);
        }
    }
    best.map(|run| run[0])
}

/// ln of the marginal likelihood of the misses with `count` caches, or without any; nats.
///
/// - `times`: ascending in each list, seconds; nothing is known between lists
/// - `ttl_s`: for which a cache is dead; `slack_s`: how much earlier stamps may say that it asks again
fn ln_misses(times: &[Vec<f64>], ttl_s: f64, slack_s: f64, count: Option<u8>) -> f64 {
    let (mut ln, mut exposure, mut span) = (0.0, 0.0, 0.0);
    let (mut n, mut early) = (0.0, 0.0);
    for list in times {
        let Some((&first, &last)) = list.first().zip(list.last()) else { continue };
        span += last - first;
        let Some(count) = count.map(f64::from) else {
            exposure += last - first;
            n += list.len() as f64;
            continue;
        };
        exposure += last - first - dead(list, ttl_s, count);
        let mut oldest = 0;
        for (at, &t) in list.iter().enumerate() {
            while list[oldest] + ttl_s - slack_s <= t && oldest < at {
                oldest += 1;
            }
            let out = count - (at - oldest) as f64;
            if out > 0.0 {
                ln += libm::log(out / count);
                n += 1.0;
            } else {
                early += 1.0;
            }
        }
    }
    let all = n + early;
    // Half a miss in half of the mean gap, as every rate here begins.
    let (a, b) = (0.5, 0.5 * (span / f64::max(all, 1.0)).max(1e-3));
    let rate = libm::lgamma(a + n) - libm::lgamma(a) + a * libm::log(b) - (a + n) * libm::log(b + exposure.max(0.0));
    let robust = if count.is_some() {
        early * libm::log(EARLY * f64::max(all, 1.0) / span.max(1.0)) + n * libm::log1p(-EARLY)
    } else {
        0.0
    };
    (ln + rate + robust) / tau(all)
}

/// Divisor: misses in bursts count for less than as many apart, and the law is a little wrong.
///
/// A starting value, from the form of the tempers of timing (design: inference, 2.7).
fn tau(misses: f64) -> f64 {
    libm::sqrt(misses / 3.0).max(1.0)
}

/// Integral of the share of caches that hold the answer, from the first to the last miss, seconds.
fn dead(list: &[f64], ttl_s: f64, count: f64) -> f64 {
    let last = list[list.len() - 1];
    let mut sum = 0.0;
    // When each of those that hold it runs out, ascending: every miss adds one, at the end.
    let mut oldest = 0;
    for (at, pair) in list.windows(2).enumerate() {
        let (mut from, to) = (pair[0], pair[1].min(last));
        while from < to {
            while list[oldest] + ttl_s <= from && oldest < at + 1 {
                oldest += 1;
            }
            let holding = (at + 1 - oldest) as f64;
            let until = if oldest <= at { (list[oldest] + ttl_s).min(to) } else { to };
            sum += (until - from) * (holding / count).min(1.0);
            from = until;
        }
    }
    sum
}
