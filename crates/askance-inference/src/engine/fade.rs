//! E1 with a rate that fades: curiosity after publication, replay of old lookups.

use super::rates::Rates;
use super::{Engine, Step, Weights};

/// Seconds in which it fades: quick and slow.
const FADES_S: [f64; 2] = [3600.0, 86_400.0];
/// Two shapes of each, shape by shape.
const EXPERTS: usize = 2 * FADES_S.len();

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
    /// What [`at`](Self::at) says of the last session.
    last: [(f64, f64); EXPERTS],
    rates: Option<Rates<EXPERTS>>,
    weights: Weights<EXPERTS>,
}

impl Fade {
    pub(crate) fn new(kind: Kind, start_s: f64) -> Self {
        let last = [(0.0, 0.0); EXPERTS];
        let mut fade = Self { kind, start_s, last, rates: None, weights: Weights::even(EXPERTS) };
        fade.last = fade.at(0.0);
        fade
    }

    /// (relative rate, its integral from the start) at `t` seconds after the first session, by expert.
    fn at(&self, t: f64) -> [(f64, f64); EXPERTS] {
        let mut out = [(0.0, 0.0); EXPERTS];
        for (k, c) in FADES_S.into_iter().enumerate() {
            let age = (t - self.start_s) / c;
            let shapes = match self.kind {
                Kind::Publicity if age < 0.0 => [(1.0, t); 2],
                Kind::Publicity => {
                    let grown = c * libm::log1p(age);
                    [5.0, 50.0].map(|height| (1.0 + height / (1.0 + age), t + height * grown))
                }
                Kind::Zombie => {
                    let age = age.max(0.0);
                    // (1 + age)^-p for p = 0.8 and 1.2.
                    let power = libm::exp(-0.4 * libm::log1p(age));
                    let shape = |p: f64, power: f64| (power, c * ((1.0 + age) * power - 1.0) / (1.0 - p));
                    [shape(0.8, power * power), shape(1.2, power * power * power)]
                }
            };
            [out[k], out[FADES_S.len() + k]] = shapes;
        }
        out
    }

    /// Exposure since the lookup before, by expert.
    ///
    /// - `now`: [`at`](Self::at) of the lookup
    fn exposures(&self, step: &Step, now: &[(f64, f64); EXPERTS]) -> [f64; EXPERTS] {
        let alive = step.alive(step.dead).max(0.0);
        let before = if alive < step.g { self.at(step.t - alive) } else { self.last };
        core::array::from_fn(|k| (now[k].1 - before[k].1).max(1e-6))
    }
}

impl Engine for Fade {
    fn step(&mut self, step: &Step) -> f64 {
        let now = self.at(step.t);
        let exposures = self.exposures(step, &now);
        self.last = now;
        let Some(rates) = &mut self.rates else {
            self.rates = Some(Rates::from_guess(exposures));
            return step.flat;
        };
        let mut densities = rates.densities(&exposures);
        for (f, (rate, _)) in densities.iter_mut().zip(now) {
            *f = step.robust(rate * *f);
        }
        rates.learn(&exposures);
        self.weights.mix(&densities)
    }

    fn skip(&mut self, step: &Step) {
        self.last = self.at(step.t);
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(rates) = &self.rates else { return 0.5 };
        let below = rates.cdf(&self.exposures(step, &self.at(step.t)));
        self.weights.average(|k| below[k])
    }
}
