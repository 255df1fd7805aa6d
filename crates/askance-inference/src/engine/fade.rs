//! E1 with a rate that fades: curiosity after publication, replay of old lookups.

use super::{Engine, Rate, Step, Weights};

const EXPERTS: usize = 4;

/// Which fading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A background plus a burst that decays as 1/(1 + age/c).
    Publicity,
    /// (1 + age/c)^-p alone.
    Zombie,
}

/// Rate that fades after an instant.
#[derive(Debug)]
pub(crate) struct Fade {
    kind: Kind,
    /// Seconds after the first session at which it starts.
    start_s: f64,
    rates: Option<[Rate; EXPERTS]>,
    weights: Weights<EXPERTS>,
}

impl Fade {
    pub(crate) fn new(kind: Kind, start_s: f64) -> Self {
        Self { kind, start_s, rates: None, weights: Weights::even(EXPERTS) }
    }

    /// (relative rate, its integral from the start) at `t` seconds after the first session.
    fn at(&self, expert: usize, t: f64) -> (f64, f64) {
        let c = if expert & 1 == 0 { 3600.0 } else { 86_400.0 };
        let age = (t - self.start_s) / c;
        match self.kind {
            Kind::Publicity => {
                let height = [5.0, 50.0][expert >> 1];
                if age < 0.0 { (1.0, t) } else { (1.0 + height / (1.0 + age), t + height * c * libm::log1p(age)) }
            }
            Kind::Zombie => {
                let p = [0.8, 1.2][expert >> 1];
                let age = age.max(0.0);
                let power = libm::exp(-p * libm::log1p(age));
                (power, c * ((1.0 + age) * power - 1.0) / (1.0 - p))
            }
        }
    }

    fn exposure(&self, expert: usize, step: &Step) -> (f64, f64) {
        let (rate, until) = self.at(expert, step.t);
        let (_, from) = self.at(expert, step.t - step.alive(step.dead).max(0.0));
        (rate, (until - from).max(1e-6))
    }
}

impl Engine for Fade {
    fn step(&mut self, step: &Step) -> f64 {
        let exposures: [(f64, f64); EXPERTS] = core::array::from_fn(|k| self.exposure(k, step));
        let Some(rates) = &mut self.rates else {
            self.rates = Some(exposures.map(|(_, exposure)| Rate::from_guess(exposure)));
            return step.flat;
        };
        let mut densities = [0.0; EXPERTS];
        for ((f, posterior), (rate, exposure)) in densities.iter_mut().zip(rates).zip(exposures) {
            *f = step.robust(rate * posterior.density(exposure));
            posterior.learn(exposure);
        }
        self.weights.mix(&densities)
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(rates) = &self.rates else { return 0.5 };
        self.weights.average(|k| rates[k].cdf(self.exposure(k, step).1))
    }
}
