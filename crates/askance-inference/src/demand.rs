//! Demand behind a cache.

use crate::caches::{Caches, PLAUSIBLE};
use crate::math::gamma_quantile;
use crate::observe::Observation;
use crate::sessions::Sessions;
use crate::state::SeriesState;

/// Share of the time in which the cache could not have asked, beyond which demand cannot be told.
const BUSY_MAX: f64 = 0.9;

/// The rate at which programs wanted the name, corrected for what the cache hides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// k n / (k W - n T), a day, of all caches together.
    pub lambda_per_day: f64,
    /// Central 95 % interval, a day.
    pub interval: (f64, f64),
    /// The dead time used, in seconds; zero where no cache stands in between.
    pub ttl_s: u32,
    /// How many caches share the demand.
    pub caches: u8,
    /// True where the cache was full nearly always, or the client comes round by itself: the estimate is only
    /// "at least the lower end".
    pub unidentifiable: bool,
    /// True where there are more lookups than one cache of this TTL can make: the client does not
    /// cache, or is several caches.
    pub beyond_cache: bool,
}

/// Estimates demand from misses.
///
/// Assumes one cache, a steady rate and independent demand; a daily rhythm makes it too low.
///
/// - `misses`: cache misses seen, over `covered_s` seconds of coverage
/// - `ttl_s`: seconds for which a miss hides later demand; 0 where no cache stands in between
/// - returns: `None` without coverage or misses
///
/// # Source
/// Renewal argument of Jung, Berger, Balakrishnan 2003: observed gap = T + Exp(lambda).
pub fn demand(misses: u64, covered_s: f64, ttl_s: u32) -> Option<Demand> {
    demand_behind(misses, covered_s, ttl_s, 1)
}

/// The same behind a farm of `caches` caches, among which demand is spread evenly.
///
/// Each sees a k-th of the demand and makes a k-th of the misses: lambda / k = (n / k) / (W - (n / k) T).
///
/// # Panics
/// If `caches` is 0.
pub fn demand_behind(misses: u64, covered_s: f64, ttl_s: u32, caches: u8) -> Option<Demand> {
    assert!(caches > 0, "demand is behind some cache, be it of TTL 0");
    // Dead time is shared by all.
    let (n, ttl) = (misses as f64, f64::from(ttl_s) / f64::from(caches));
    if misses == 0 || covered_s <= 0.0 || !covered_s.is_finite() {
        return None;
    }
    // The dead time after the last miss may reach beyond the coverage: it never leaves less than a thousandth.
    let alive = (covered_s - n * ttl).max(0.001 * covered_s);
    let day = 86_400.0;
    Some(Demand {
        lambda_per_day: n / alive * day,
        interval: (gamma_quantile(0.025, 0.5 + n, alive) * day, gamma_quantile(0.975, 0.5 + n, alive) * day),
        ttl_s,
        caches,
        unidentifiable: n * ttl / covered_s > BUSY_MAX,
        beyond_cache: n * ttl / covered_s > 1.05,
    })
}

impl Demand {
    /// Only what is seen as the lower end; of no more use where nothing is hidden.
    fn bounded(mut self) -> Self {
        if self.ttl_s > 0 {
            // lambda = n / (W - n T / k), hence n / W = lambda / (1 + lambda T / k).
            let per_s = self.lambda_per_day / 86_400.0;
            let hidden = per_s * f64::from(self.ttl_s) / f64::from(self.caches);
            self.interval.0 = self.interval.0.min(self.lambda_per_day / (1.0 + hidden));
            self.unidentifiable = true;
        }
        self
    }
}

/// The same for a series; the kept stretch stands for all of it.
///
/// Where the number of caches is not clear, the interval spans what each plausible one gives. A `regular` client
/// may come round just after each TTL, so that its misses are all there is: what is seen is the only bound.
pub(crate) fn demand_of(
    state: &SeriesState,
    all: &Sessions,
    given: &Observation,
    ttl_s: Option<u32>,
    caches: Option<&Caches>,
    regular: bool,
) -> Option<Demand> {
    let (first, last) = (state.first()?, state.last()?);
    let (from, to) = match (given.coverage.first(), given.coverage.last()) {
        (Some(&(a, _)), Some(&(_, b))) => (a.min(first), b.max(last)),
        _ => (first, last),
    };
    let kept = state.events().count().max(1) as f64;
    // Without a coverage the record is taken to reach from the first miss to the last: that one's wait is not in it.
    let unseen = if given.coverage.is_empty() { 1.0 } else { 0.0 };
    let misses = |kept_misses: usize| {
        let misses = (kept_misses as f64 * (state.n() as f64 / kept) - unseen).round().max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, never negative")]
        let misses = misses as u64;
        misses
    };
    let covered_s = given.covered_s(from, to);
    let Some(caches) = caches else {
        let ttl = if given.vantage.is_behind_cache() { ttl_s? } else { 0 };
        return demand(misses(all.len()), covered_s, ttl).map(|d| if regular { d.bounded() } else { d });
    };
    let behind = |count: u8| demand_behind(misses(caches.misses), covered_s, caches.dead_s, count);
    let open = || demand(misses(caches.misses), covered_s, 0);
    let mut best = if caches.is_uncached() { open()? } else { behind(caches.best)? };
    let others = caches.plausible().filter_map(behind);
    for other in others.chain(open().filter(|_| caches.uncached >= PLAUSIBLE)) {
        best.interval = (best.interval.0.min(other.interval.0), best.interval.1.max(other.interval.1));
        best.unidentifiable |= other.unidentifiable;
    }
    Some(if regular && !caches.is_uncached() { best.bounded() } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_busy_cache_doubles_the_rate() {
        // 12 misses of an hour's TTL in a day: half of the time was dead.
        let got = demand(12, 86_400.0, 3600).expect("misses");
        assert!((got.lambda_per_day - 24.0).abs() < 1e-9, "{got:?}");
        assert!(got.interval.0 < 24.0 && 24.0 < got.interval.1 && !got.unidentifiable, "{got:?}");
    }

    #[test]
    fn two_caches_share_the_dead_time() {
        // 24 misses of two caches in a day, each dead for half of it.
        let got = demand_behind(24, 86_400.0, 3600, 2).expect("misses");
        assert!((got.lambda_per_day - 48.0).abs() < 1e-9 && !got.beyond_cache, "{got:?}");
    }

    #[test]
    fn a_full_cache_says_at_least() {
        let got = demand(23, 86_400.0, 3600).expect("misses");
        assert!(got.unidentifiable && !got.beyond_cache, "{got:?}");
        assert!(demand(30, 86_400.0, 3600).expect("misses").beyond_cache);
        assert_eq!(demand(0, 86_400.0, 3600), None);
    }
}
