//! Draws that the randomisation tests share.

use askance_record::Rng;

/// Random arrangements that a test draws; with the observed one p is a multiple of 1/2000.
pub(crate) const DRAWS: usize = 1999;

/// A random position below `n`, which is at least 1.
pub(crate) fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).expect("below a usize")
}

/// Fisher and Yates.
pub(crate) fn shuffle<T>(rng: &mut Rng, all: &mut [T]) {
    for at in (1..all.len()).rev() {
        all.swap(at, below(rng, at + 1));
    }
}

/// The central 95 % of these draws; they are sorted.
pub(crate) fn central(draws: &mut [f64]) -> (f64, f64) {
    draws.sort_by(f64::total_cmp);
    match draws.len() {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        n => (draws[n / 40], draws[n - 1 - n / 40]),
    }
}
