//! Rates with a Gamma prior: the exposure until the next event is Lomax.

use crate::math::half_powers;

/// Waits after which a rate forgets, doubled.
const WINDOW_HALVES: u32 = 200;

/// Rates of hypotheses that saw the same events, each in an exposure of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates<const K: usize> {
    /// Events seen, with the prior's half of one, doubled: the shape is a whole number of halves.
    halves: u32,
    exposures: [f64; K],
}

impl<const K: usize> Rates<K> {
    /// Half an event in half of `guess` units of exposure.
    pub(crate) fn from_guess(guess: [f64; K]) -> Self {
        Self { halves: 1, exposures: guess.map(|guess| 0.5 * guess.max(1e-3)) }
    }

    /// Densities of the exposures until the next event.
    #[inline]
    pub(crate) fn densities(&self, until: &[f64; K]) -> [f64; K] {
        let a = 0.5 * f64::from(self.halves);
        let mut densities = self.survivals(until);
        for ((f, past), until) in densities.iter_mut().zip(&self.exposures).zip(until) {
            *f *= a / (past + until);
        }
        densities
    }

    /// P(exposure until the next event <= `until`).
    pub(crate) fn cdf(&self, until: &[f64; K]) -> [f64; K] {
        self.survivals(until).map(|survival| 1.0 - survival)
    }

    #[inline]
    fn survivals(&self, until: &[f64; K]) -> [f64; K] {
        let mut ratios = self.exposures;
        ratios.iter_mut().zip(until).for_each(|(past, until)| *past /= *past + until);
        half_powers(ratios, self.halves)
    }

    /// Learns one wait; forgets slowly, for demand changes.
    #[inline]
    pub(crate) fn learn(&mut self, until: &[f64; K]) {
        self.halves += 2;
        self.exposures.iter_mut().zip(until).for_each(|(sum, until)| *sum += until);
        if self.halves > WINDOW_HALVES {
            let keep = f64::from(WINDOW_HALVES) / f64::from(self.halves);
            self.halves = WINDOW_HALVES;
            self.exposures.iter_mut().for_each(|sum| *sum *= keep);
        }
    }
}
