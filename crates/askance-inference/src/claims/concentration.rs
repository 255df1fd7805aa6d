//! "Three clients make nearly all lookups."

use askance_record::Rng;

use super::chance;
use crate::demand::{Demand, demand};
use crate::math::beta_quantile;

/// Random draws of days.
const DRAWS: usize = 999;

/// One client's lookups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientCount {
    /// Lookups (sessions where known, so that one act counts once).
    pub n: u64,
    /// Seconds in which the client could have been seen.
    pub covered_s: f64,
    /// Dead time that its cache imposes, in seconds; 0 where lookups are seen before the cache.
    pub ttl_s: u32,
}

/// A share with its central 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share, 0 to 1.
    pub share: f64,
    /// Central 95 % interval.
    pub interval: (f64, f64),
}

/// How concentrated lookups are on some clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// Lookups in all.
    pub n: u64,
    /// Clients in all.
    pub clients: usize,
    /// The share of the clients in question; Jeffreys interval, Beta(0.5 + k, 0.5 + n - k).
    ///
    /// Lookups come in clusters, so the true interval is wider.
    pub raw: Share,
    /// The same for demand behind each cache; `None` where some demand cannot be told.
    pub demand: Option<Share>,
    /// Each client's demand, in the order given; `None` without coverage or lookups.
    pub demand_by_client: Vec<Option<Demand>>,
    /// Sum of squared shares, 1/clients to 1.
    pub herfindahl: f64,
    /// With probability 0.95, clients that were never seen make up at most this share.
    pub unseen_max: f64,
    /// Positions of clients with more lookups than one cache can make: they are over-weighted without bound.
    pub not_caching: Vec<usize>,
    /// Positions of clients whose demand is only bounded below.
    pub unidentifiable: Vec<usize>,
    /// True where the clients were chosen after looking: the interval then does not cover the choice.
    pub chosen_after_looking: bool,
}

/// The share of `named` among all clients, raw and behind the caches.
///
/// Where the clients were not named beforehand, pass the positions of the greatest and say so: the
/// point values stand, the interval is then too narrow.
///
/// - `counts`: one entry a client
/// - `named`: positions in `counts`, without repetition; positions beyond the end are ignored
/// - returns: `None` where there are no lookups
pub fn concentration(counts: &[ClientCount], named: &[usize], chosen_after_looking: bool) -> Option<Concentration> {
    let n: u64 = counts.iter().map(|c| c.n).sum();
    if n == 0 {
        return None;
    }
    let is_named = |at: usize| named.contains(&at);
    let k: u64 = counts.iter().enumerate().filter(|&(at, _)| is_named(at)).map(|(_, c)| c.n).sum();
    let by_client: Vec<Option<Demand>> = counts.iter().map(|c| demand(c.n, c.covered_s, c.ttl_s)).collect();
    let flagged = |flag: fn(&Demand) -> bool| -> Vec<usize> {
        by_client.iter().enumerate().filter(|(_, d)| d.as_ref().is_some_and(flag)).map(|(at, _)| at).collect()
    };
    let herfindahl = counts.iter().map(|c| c.n as f64 / n as f64).map(|share| share * share).sum();
    let singles = counts.iter().filter(|c| c.n == 1).count() as f64;
    // Good-Turing, with the deviation bound of McAllester and Schapire 2000.
    let deviation = 4.56 * libm::sqrt(libm::log(3.0 / 0.05) / n as f64);
    let unidentifiable = flagged(|d| d.unidentifiable);
    Some(Concentration {
        n,
        clients: counts.iter().filter(|c| c.n > 0).count(),
        raw: jeffreys(k, n),
        demand: if unidentifiable.is_empty() { demand_share(counts, &by_client, is_named) } else { None },
        herfindahl,
        unseen_max: (singles / n as f64 + deviation).min(1.0),
        not_caching: flagged(|d| d.beyond_cache),
        unidentifiable,
        demand_by_client: by_client,
        chosen_after_looking,
    })
}

/// The share of the `top` busiest clients, whichever they are, with an interval that knows of the choice.
///
/// Days are drawn again with all their lookups, so that a busy day counts as one; the busiest are chosen anew
/// in each draw, and the bias that this shows is taken off both ends.
///
/// - `days`: by day, lookups of each client; days may be of unequal length, what is missing is 0
/// - returns: `None` without lookups
///
/// # Source
/// Cluster bootstrap, basic interval: Davison, Hinkley 1997, 2.4.
pub fn top_share(days: &[Vec<u64>], top: usize, seed: u64) -> Option<Share> {
    let clients = days.iter().map(Vec::len).max()?;
    let share = |picked: &mut dyn Iterator<Item = &Vec<u64>>| {
        let mut sums = vec![0u64; clients];
        for day in picked {
            sums.iter_mut().zip(day).for_each(|(sum, n)| *sum = sum.saturating_add(*n));
        }
        sums.sort_unstable_by(|a, b| b.cmp(a));
        let all = sums.iter().map(|&n| n as f64).sum::<f64>();
        (all > 0.0).then(|| sums.iter().take(top).map(|&n| n as f64).sum::<f64>() / all)
    };
    let own = share(&mut days.iter())?;
    let mut rng = Rng::part(seed, "top-share");
    let mut draws: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let picked: Vec<usize> = (0..days.len()).map(|_| chance::below(&mut rng, days.len())).collect();
            share(&mut picked.into_iter().map(|at| &days[at]))
        })
        .collect();
    let (low, high) = chance::central(&mut draws);
    Some(Share { share: own, interval: ((2.0 * own - high).clamp(0.0, own), (2.0 * own - low).clamp(own, 1.0)) })
}

/// k of n with the Jeffreys interval.
pub fn jeffreys(k: u64, n: u64) -> Share {
    let (a, b) = (0.5 + k as f64, 0.5 + n.saturating_sub(k) as f64);
    Share {
        share: if n == 0 { 0.5 } else { k as f64 / n as f64 },
        interval: (beta_quantile(0.025, a, b), beta_quantile(0.975, a, b)),
    }
}

/// The share of demand; its interval takes both sums as Gamma with matched moments, so that
/// their ratio is Beta.
fn demand_share(counts: &[ClientCount], by_client: &[Option<Demand>], named: impl Fn(usize) -> bool) -> Option<Share> {
    let mut sums = [(0.0, 0.0); 2];
    for (at, (count, demand)) in counts.iter().zip(by_client).enumerate() {
        if count.n == 0 {
            continue;
        }
        let rate = demand.as_ref()?.lambda_per_day;
        let side = &mut sums[usize::from(named(at))];
        side.0 += rate;
        side.1 += rate * rate / count.n as f64;
    }
    let [(rest, rest_var), (inside, inside_var)] = sums;
    let share = inside / (inside + rest);
    // Delta method for the variance of the share, then the Beta of equal mean and variance.
    let variance = (1.0 - share) * (1.0 - share) * inside_var + share * share * rest_var;
    let variance = variance / ((inside + rest) * (inside + rest));
    let strength = (share * (1.0 - share) / variance.max(1e-12) - 1.0).max(0.01);
    let (a, b) = (0.5 + share * strength, 0.5 + (1.0 - share) * strength);
    Some(Share { share, interval: (beta_quantile(0.025, a, b), beta_quantile(0.975, a, b)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u64, ttl_s: u32) -> ClientCount {
        ClientCount { n, covered_s: 30.0 * 86_400.0, ttl_s }
    }

    #[test]
    fn two_of_four_clients() {
        let counts = [client(500, 0), client(480, 0), client(15, 0), client(5, 0)];
        let got = concentration(&counts, &[0, 1], false).expect("lookups");
        assert!((got.raw.share - 0.98).abs() < 1e-12);
        assert!((0.968..0.98).contains(&got.raw.interval.0) && (0.98..0.99).contains(&got.raw.interval.1), "{got:?}");
        let demand = got.demand.expect("no cache");
        assert!((demand.share - 0.98).abs() < 1e-12, "{demand:?}");
        assert!((demand.interval.0 - got.raw.interval.0).abs() < 0.002, "{got:?}");
        assert!((got.herfindahl - 0.480_65).abs() < 1e-9);
    }

    #[test]
    fn a_cache_hides_the_busier_client() {
        // 648 of 720 possible misses against 72 without a cache: nine in ten by count, more by demand.
        let counts = [client(600, 3600), client(72, 3600)];
        let got = concentration(&counts, &[0], true).expect("lookups");
        let demand = got.demand.expect("identifiable");
        assert!(demand.share > got.raw.share + 0.05, "{got:?}");
        assert!(demand.interval.0 < demand.share && demand.share < demand.interval.1, "{got:?}");
    }

    #[test]
    fn a_client_that_does_not_cache_is_flagged() {
        let counts = [client(3000, 3600), client(72, 3600)];
        let got = concentration(&counts, &[0], true).expect("lookups");
        assert_eq!((got.not_caching.as_slice(), got.unidentifiable.as_slice()), ([0].as_slice(), [0].as_slice()));
        assert_eq!(got.demand, None);
    }

    #[test]
    fn the_busiest_are_chosen_in_each_draw() {
        // One client makes all, then each makes a quarter in turn: nobody is busy, yet somebody is the busiest.
        let one: Vec<Vec<u64>> = vec![vec![10, 0, 0, 0]; 30];
        let got = top_share(&one, 1, 1).expect("lookups");
        assert_eq!((got.share, got.interval), (1.0, (1.0, 1.0)));
        let turns: Vec<Vec<u64>> = (0..40).map(|day| (0..4).map(|c| u64::from(c == day % 4) * 10).collect()).collect();
        let got = top_share(&turns, 1, 1).expect("lookups");
        assert!((got.share - 0.25).abs() < 1e-12 && got.interval.0 < 0.2 && got.interval.1 <= 0.26, "{got:?}");
        assert_eq!(top_share(&[], 3, 1), None);
        assert_eq!(top_share(&[vec![0, 0]], 3, 1), None);
    }

    #[test]
    fn one_off_clients_leave_room_for_the_unseen() {
        let ones = vec![client(1, 0); 50];
        assert!((concentration(&ones, &[], false).expect("lookups").unseen_max - 1.0).abs() < 1e-12);
        let few = vec![client(10_000, 0); 5];
        assert!(concentration(&few, &[], false).expect("lookups").unseen_max < 0.05);
        assert_eq!(concentration(&[], &[], false), None);
    }
}
