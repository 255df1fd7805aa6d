//! E1: Poisson demand, plain or behind a cache with dead time.

use crate::math::LnProduct;

use super::rates::Rates;
use super::{Engine, Step, Weights};

/// TTLs that are tried where none is known, in seconds.
const TTLS_S: [f64; 12] =
    [30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 43_200.0, 86_400.0];
/// How long programs that keep answers themselves keep them, whatever the TTL, in seconds: aiohttp, Java, libcurl (their
/// defaults).
const KEPT_S: [f64; 3] = [10.0, 30.0, 60.0];
/// Most hypotheses of (dead time, number of caches) where the TTL is known, and where it is not.
const FEW: usize = 10;
const MANY: usize = 24;

/// Demand without memory and without a cache in between.
#[derive(Debug, Default)]
pub(crate) struct Poisson {
    rate: Option<Rates<1>>,
}

impl Engine for Poisson {
    fn step(&mut self, step: &Step) -> f64 {
        let Some(rate) = &mut self.rate else {
            self.rate = Some(Rates::from_guess([step.g]));
            return step.flat;
        };
        let [f] = rate.densities(&[step.g]);
        rate.learn(&[step.g]);
        step.robust(f)
    }

    fn cdf(&self, step: &Step) -> f64 {
        self.rate.map_or(0.5, |rate| rate.cdf(&[step.g])[0])
    }
}

#[derive(Clone, Copy, Debug)]
struct Cached {
    ttl_s: f64,
    /// 1, 2 or 4 caches behind one address.
    caches: u8,
}

impl Cached {
    /// Seconds of the gap in which at least one cache had run out; negative where none had.
    fn alive(self, step: &Step) -> f64 {
        let back = match self.caches {
            1 => return step.alive(self.ttl_s),
            2 => step.back2,
            _ => step.back4,
        };
        (back - self.ttl_s).min(step.g)
    }
}

/// Exposure as far as clocks and stamps can tell it: never below about a second, else a pile-up on the
/// TTL itself would have an unbounded density.
fn blur(alive: f64, step: &Step) -> f64 {
    alive.max(0.0) + 0.7 + step.grain
}

/// Demand behind caches that may be so or so.
#[derive(Debug)]
struct Caching<const K: usize> {
    hypotheses: [Cached; K],
    rates: Option<Rates<K>>,
    weights: Weights<K>,
}

impl<const K: usize> Caching<K> {
    /// - `asked`: (dead time in seconds, caches); what comes again or is too short is left out, and so is what is over
    fn new(asked: impl IntoIterator<Item = (f64, u8)>) -> Self {
        let mut hypotheses = [Cached { ttl_s: 0.0, caches: 1 }; K];
        let mut used = 0;
        for (ttl_s, caches) in asked {
            let known = hypotheses[..used].iter().any(|h: &Cached| (h.ttl_s - ttl_s).abs() < 0.5 && h.caches == caches);
            if ttl_s >= 5.0 && !known && used < K {
                hypotheses[used] = Cached { ttl_s, caches };
                used += 1;
            }
        }
        Self { hypotheses, rates: None, weights: Weights::even(used) }
    }

    /// The predictive density of the gap; then learns it.
    fn step(&mut self, step: &Step) -> f64 {
        let alive = self.hypotheses.map(|h| h.alive(step));
        let exposures = alive.map(|alive| blur(alive, step));
        let Some(rates) = &mut self.rates else {
            let guess = core::array::from_fn(|k| exposures[k].max(0.02 * self.hypotheses[k].ttl_s + 1.0));
            self.rates = Some(Rates::from_guess(guess));
            return self.weights.mix(&[step.robust(step.flat); K]);
        };
        let mut densities = rates.densities(&exposures);
        for (f, alive) in densities.iter_mut().zip(alive) {
            *f = step.robust(if alive < -step.slack() { 0.0 } else { *f });
        }
        rates.learn(&exposures);
        self.weights.mix(&densities)
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(rates) = &self.rates else { return 0.5 };
        let below = rates.cdf(&self.hypotheses.map(|h| blur(h.alive(step), step)));
        self.weights.average(|k| below[k])
    }

    fn best(&self) -> Cached {
        self.hypotheses[self.weights.best()]
    }
}

#[derive(Debug)]
enum Belief {
    Known(Box<Caching<FEW>>),
    Unknown(Box<Caching<MANY>>),
}

/// Dense demand behind a cache: gaps of at least the TTL, and a pile-up just above it.
#[derive(Debug)]
pub(crate) struct Refresh {
    belief: Belief,
    /// How much better than no dead time at all; decides what other engines are told.
    plain: Poisson,
    gain: LnProduct,
}

impl Refresh {
    /// - `ttl_s`: the TTL that the server gives, where known
    pub(crate) fn new(ttl_s: Option<u32>, behind_cache: bool) -> Self {
        // A TTL of next to nothing is no dead time.
        let last = core::iter::once((5.0, 1));
        let belief = if let Some(ttl) = ttl_s.map(f64::from) {
            // Prefetch asks in the last tenth; resolvers cap what they keep at an hour or a day. A farm
            // of resolvers behind one address has several caches.
            let of_ttl = [(ttl, 1), (0.9 * ttl, 1), (ttl, 2), (ttl, 4), (ttl.min(3600.0), 1), (ttl.min(86_400.0), 1)];
            let kept = KEPT_S.into_iter().filter(|_| !behind_cache).map(|kept_s| (kept_s, 1));
            Belief::Known(Box::new(Caching::new(of_ttl.into_iter().chain(kept).chain(last))))
        } else {
            let tried = [1, 2].into_iter().flat_map(|caches| TTLS_S.map(|ttl_s| (ttl_s, caches)));
            Belief::Unknown(Box::new(Caching::new(tried.chain(last))))
        };
        Self { belief, plain: Poisson::default(), gain: LnProduct::ONE }
    }

    /// The dead time that the past shows, in seconds; zero where it shows none.
    pub(crate) fn dead_s(&self) -> f64 {
        if !self.gain.exceeds_one() {
            return 0.0;
        }
        let best = match &self.belief {
            Belief::Known(caching) => caching.best(),
            Belief::Unknown(caching) => caching.best(),
        };
        if best.caches == 1 { best.ttl_s } else { 0.0 }
    }
}

impl Engine for Refresh {
    fn step(&mut self, step: &Step) -> f64 {
        let f = match &mut self.belief {
            Belief::Known(caching) => caching.step(step),
            Belief::Unknown(caching) => caching.step(step),
        };
        let plain = self.plain.step(step);
        self.gain.times(f / plain);
        f
    }

    fn cdf(&self, step: &Step) -> f64 {
        match &self.belief {
            Belief::Known(caching) => caching.cdf(step),
            Belief::Unknown(caching) => caching.cdf(step),
        }
    }
}
