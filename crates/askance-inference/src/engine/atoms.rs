//! Gaps of a few sizes in an order that nothing foretells: symbols, if anything is sent with them.

use crate::math::{student_cdf, student_centre, student_density};

use super::{Engine, Step};

/// The most symbols of an alphabet.
const SYMBOLS: usize = 4;
/// The least scatter of a symbol: what a network and a scheduler add, in seconds, and a clock, relative.
const SCATTER_MIN_S: f64 = 0.02;
const DRIFT: f64 = 0.0002;
/// Relative scatter of a symbol before it is known.
const SCATTER: f64 = 0.02;
/// A gap within this many scatters of a symbol, or this near to it relative to its size, is that symbol.
const NEAR: f64 = 5.0;
const ALIKE: f64 = 0.02;
/// Share of a new symbol before the first is known, in counts.
const FRESH: f64 = 1.0;
/// A symbol that comes more seldom than this is an accident.
const SHARE_MIN: f64 = 0.1;
/// Gaps from which on a code may be spoken of.
const GAPS_MIN: f64 = 40.0;
/// Least entropy of the next symbol given the last, bits: a schedule that repeats has next to none.
const ENTROPY_MIN: f64 = 0.5;
/// A gap this near to the TTL, relative to it, is the cache's.
const TTL_NEAR: f64 = 0.1;

#[derive(Clone, Copy, Debug, Default)]
struct Symbol {
    n: f64,
    /// Mean gap, and sum of squared distances from it.
    mean: f64,
    squares: f64,
}

impl Symbol {
    fn scatter(&self, step: &Step) -> f64 {
        let prior = SCATTER * self.mean;
        let own = ((prior * prior + self.squares) / (1.0 + self.n)).sqrt();
        own.max(DRIFT * self.mean).max(SCATTER_MIN_S).max(step.grain)
    }

    fn learn(&mut self, g: f64) {
        self.n += 1.0;
        let delta = g - self.mean;
        self.mean += delta / self.n;
        self.squares += delta * (g - self.mean);
    }
}

/// A finite alphabet of gaps, drawn freely.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    symbols: [Symbol; SYMBOLS],
    used: usize,
    gaps: f64,
    last: Option<usize>,
    /// How often one symbol followed another.
    pairs: [[f64; SYMBOLS]; SYMBOLS],
}

impl Atoms {
    fn nearest(&self, step: &Step) -> Option<usize> {
        let off = |k: usize| (step.g - self.symbols[k].mean).abs() / self.symbols[k].scatter(step);
        let best = (0..self.used).min_by(|&a, &b| off(a).total_cmp(&off(b)))?;
        let alike = (step.g - self.symbols[best].mean).abs() <= ALIKE * self.symbols[best].mean;
        (alike || off(best) <= NEAR).then_some(best)
    }

    /// True where there are gaps enough to say that they are no such code.
    pub(crate) fn is_no_code(&self, ttl_s: Option<u32>) -> bool {
        self.gaps >= GAPS_MIN && !self.is_free_code(ttl_s)
    }

    /// True where at least two sizes share the gaps, none of them the TTL, and the next cannot be told
    /// from the last.
    pub(crate) fn is_free_code(&self, ttl_s: Option<u32>) -> bool {
        let told: f64 = self.symbols.iter().map(|s| s.n).sum();
        let common = || self.symbols.iter().filter(|s| s.n >= SHARE_MIN * self.gaps);
        // A cache that polls meet sooner or later makes two sizes as well: its TTL, and what is left of a period.
        let of_cache = |s: &Symbol| ttl_s.is_some_and(|ttl| (s.mean / f64::from(ttl.max(1)) - 1.0).abs() < TTL_NEAR);
        !common().any(of_cache)
            && self.gaps >= GAPS_MIN
            && common().count() >= 2
            && told >= 0.9 * self.gaps
            && self.entropy() >= ENTROPY_MIN
    }

    /// Bits of the next symbol, given the last.
    fn entropy(&self) -> f64 {
        let all: f64 = self.pairs.iter().flatten().sum();
        let mut bits = 0.0;
        for row in &self.pairs {
            let total: f64 = row.iter().sum();
            for &n in row.iter().filter(|n| **n > 0.0) {
                bits -= n / all * libm::log2(n / total);
            }
        }
        bits
    }
}

impl Engine for Atoms {
    fn step(&mut self, step: &Step) -> f64 {
        let mut density = FRESH * step.flat;
        for symbol in &self.symbols[..self.used] {
            let scale = symbol.scatter(step);
            let nu = 4.0 + symbol.n;
            density += symbol.n * student_density(step.g - symbol.mean, nu, scale * scale, student_centre(nu));
        }
        density /= self.gaps + FRESH;
        let near = self.nearest(step);
        let now = near.or_else(|| {
            (self.used < SYMBOLS).then(|| {
                self.used += 1;
                self.used - 1
            })
        });
        if let Some(k) = now {
            self.symbols[k].learn(step.g);
            if let Some(last) = self.last {
                self.pairs[last][k] += 1.0;
            }
        }
        self.last = now;
        self.gaps += 1.0;
        step.robust(density)
    }

    fn skip(&mut self, _step: &Step) {
        self.last = None;
    }

    fn cdf(&self, step: &Step) -> f64 {
        let below = self.symbols[..self.used].iter().map(|symbol| {
            let scale = symbol.scatter(step);
            symbol.n * student_cdf(step.g - symbol.mean, 4.0 + symbol.n, scale * scale)
        });
        (0.5 * FRESH + below.sum::<f64>()) / (self.gaps + FRESH)
    }
}
