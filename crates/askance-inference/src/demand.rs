//! Demand behind a cache.

use crate::math::gamma_quantile;
use crate::observe::Observation;
use crate::state::SeriesState;

/// Share of the time in which the cache could not have asked, beyond which demand cannot be told.
const BUSY_MAX: f64 = 0.9;

/// The rate at which programs wanted the name, corrected for what the cache hides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// n / (W - n T), a day.
    pub lambda_per_day: f64,
    /// Central 95 % interval, a day.
    pub interval: (f64, f64),
    /// The dead time used, in seconds; zero where no cache stands in between.
    pub ttl_s: u32,
    /// True where the cache was full nearly always: the estimate is only "at least the lower end".
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
    let (n, ttl) = (misses as f64, f64::from(ttl_s));
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
        unidentifiable: n * ttl / covered_s > BUSY_MAX,
        beyond_cache: n * ttl / covered_s > 1.05,
    })
}

/// The same for a series; `sessions` of the kept stretch stand for all.
pub(crate) fn demand_of(
    state: &SeriesState,
    sessions: usize,
    given: &Observation,
    ttl_s: Option<u32>,
) -> Option<Demand> {
    let (first, last) = (state.first()?, state.last()?);
    let (from, to) = match (given.coverage.first(), given.coverage.last()) {
        (Some(&(a, _)), Some(&(_, b))) => (a.min(first), b.max(last)),
        _ => (first, last),
    };
    let kept = state.events().count().max(1) as f64;
    let misses = (sessions as f64 * (state.n() as f64 / kept)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, never negative")]
    let misses = misses as u64;
    let ttl = if given.vantage.is_behind_cache() { ttl_s? } else { 0 };
    demand(misses, given.covered_s(from, to), ttl)
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
    fn a_full_cache_says_at_least() {
        let got = demand(23, 86_400.0, 3600).expect("misses");
        assert!(got.unidentifiable && !got.beyond_cache, "{got:?}");
        assert!(demand(30, 86_400.0, 3600).expect("misses").beyond_cache);
        assert_eq!(demand(0, 86_400.0, 3600), None);
    }
}
