//! E4 with an exponential kernel: each lookup makes another one likely soon (campaigns, loops).

use crate::math::{exp_or_zero, exps_or_zero, half_powers};

use super::{Engine, Step, Weights};

/// Children of a lookup, in twentieths: exponentials of all of them are powers of one.
const RHO_TWENTIETHS: [u32; 3] = [10, 16, 19];
/// Decay rates, per second, as multiples of the slowest.
const BETA_MULTIPLES: [u32; 4] = [165, 33, 10, 1];
const BETA_MIN: f64 = 1.0 / 330.0;
const BETAS: usize = BETA_MULTIPLES.len();
const EXPERTS: usize = RHO_TWENTIETHS.len() * BETAS;

/// A Hawkes process with an exponential kernel, by Ogata's recursion.
#[derive(Debug)]
pub(crate) struct Excite {
    /// Sum of e^(-beta age) over the sessions so far, by beta.
    heat: [f64; BETAS],
    gaps: f64,
    elapsed_s: f64,
    weights: Weights<EXPERTS>,
}

impl Excite {
    pub(crate) fn new() -> Self {
        Self { heat: [1.0; BETAS], gaps: 0.0, elapsed_s: 0.0, weights: Weights::even(EXPERTS) }
    }

    /// (densities, survivals) of the gap, by rho and then by beta.
    fn predict(&self, g: f64, decay: &[f64; BETAS]) -> ([f64; EXPERTS], [f64; EXPERTS]) {
        let twentieth: [f64; BETAS] = exps_or_zero(core::array::from_fn(|b| -0.05 * self.heat[b] * (1.0 - decay[b])));
        let (mut densities, mut survivals) = ([0.0; EXPERTS], [0.0; EXPERTS]);
        for (r, twentieths) in RHO_TWENTIETHS.into_iter().enumerate() {
            let rho = 0.05 * f64::from(twentieths);
            let mu = (1.0 - rho) * (self.gaps + 0.5) / self.elapsed_s;
            let alone = exp_or_zero(-mu * g);
            let kindled = half_powers(twentieth, 2 * twentieths);
            for b in 0..BETAS {
                let beta = BETA_MIN * f64::from(BETA_MULTIPLES[b]);
                let survival = alone * kindled[b];
                survivals[r * BETAS + b] = survival;
                densities[r * BETAS + b] = (mu + rho * beta * self.heat[b] * decay[b]) * survival;
            }
        }
        (densities, survivals)
    }

    fn decay(g: f64) -> [f64; BETAS] {
        let slowest = exp_or_zero(-BETA_MIN * g);
        BETA_MULTIPLES.map(|multiple| half_powers([slowest], 2 * multiple)[0])
    }
}

impl Engine for Excite {
    fn step(&mut self, step: &Step) -> f64 {
        let decay = Self::decay(step.g);
        let f = if self.elapsed_s > 0.0 {
            let (densities, _) = self.predict(step.g, &decay);
            self.weights.mix(&densities.map(|f| step.robust(f)))
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
        self.heat = [1.0; BETAS];
    }

    fn cdf(&self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            return 0.5;
        }
        let decay = Self::decay(step.g);
        let (_, survivals) = self.predict(step.g, &decay);
        1.0 - self.weights.average(|k| survivals[k])
    }
}
