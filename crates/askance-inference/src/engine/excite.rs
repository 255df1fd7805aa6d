//! E4 with an exponential kernel: each lookup makes another one likely soon (campaigns, loops).

use crate::math::exp_or_zero;

use super::{Engine, Step, Weights};

const RHO: [f64; 3] = [0.5, 0.8, 0.95];
/// Decay rates, per second.
const BETA: [f64; 4] = [0.5, 0.1, 1.0 / 33.0, 1.0 / 330.0];
const EXPERTS: usize = RHO.len() * BETA.len();

/// A Hawkes process with an exponential kernel, by Ogata's recursion.
#[derive(Debug)]
pub(crate) struct Excite {
    /// Sum of e^(-beta age) over the sessions so far, by beta.
    heat: [f64; BETA.len()],
    gaps: f64,
    elapsed_s: f64,
    weights: Weights<EXPERTS>,
}

impl Excite {
    pub(crate) fn new() -> Self {
        Self { heat: [1.0; BETA.len()], gaps: 0.0, elapsed_s: 0.0, weights: Weights::even(EXPERTS) }
    }

    /// (density, survival) of the gap.
    fn predict(&self, expert: usize, g: f64, decay: &[f64; BETA.len()]) -> (f64, f64) {
        let (rho, b) = (RHO[expert / BETA.len()], expert % BETA.len());
        let mu = (1.0 - rho) * (self.gaps + 0.5) / self.elapsed_s;
        let rate = mu + rho * BETA[b] * self.heat[b] * decay[b];
        let survival = exp_or_zero(-mu * g - rho * self.heat[b] * (1.0 - decay[b]));
        (rate * survival, survival)
    }

    fn decay(g: f64) -> [f64; BETA.len()] {
        BETA.map(|beta| exp_or_zero(-beta * g))
    }
}

impl Engine for Excite {
    fn step(&mut self, step: &Step) -> f64 {
        let decay = Self::decay(step.g);
        let f = if self.elapsed_s > 0.0 {
            let densities = core::array::from_fn(|k| step.robust(self.predict(k, step.g, &decay).0));
            self.weights.mix(&densities)
        } else {
            self.elapsed_s = 0.5 * step.g;
            step.flat
        };
        self.gaps += 1.0;
        self.elapsed_s += step.g;
        for (heat, decay) in self.heat.iter_mut().zip(decay) {
            *heat = *heat * decay + 1.0;
        }
        f
    }

    fn skip(&mut self, _step: &Step) {
        self.heat = [1.0; BETA.len()];
    }

    fn cdf(&self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            return 0.5;
        }
        let decay = Self::decay(step.g);
        1.0 - self.weights.average(|k| self.predict(k, step.g, &decay).1)
    }
}
