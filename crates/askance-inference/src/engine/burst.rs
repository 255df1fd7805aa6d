//! Bursty demand: gaps whose logarithm follows a broad Student law.
//!
//! People and their mail come in bursts with heavy tails; neither a Poisson nor a
//! weekly template says so. The spread has a floor of [`SPREAD2_MIN`] (in ln gap), so
//! that this engine cannot pass for a clock or a sleep loop.

use crate::math::{student_cdf, student_centre, student_density};

use super::{Engine, Step};

/// The least variance of ln gap: a factor of about two up and down. A starting value.
const SPREAD2_MIN: f64 = 0.6;

#[derive(Clone, Copy, Debug)]
pub(super) struct LogGap {
    kappa: f64,
    mean: f64,
    alpha: f64,
    beta: f64,
}

impl LogGap {
    pub(super) fn first(x: f64) -> Self {
        Self { kappa: 1.0, mean: x, alpha: 1.0, beta: 1.5 }
    }

    /// (degrees of freedom, squared scale) of the prediction.
    fn spread(&self) -> (f64, f64) {
        let scale2 = self.beta * (self.kappa + 1.0) / (self.alpha * self.kappa);
        (2.0 * self.alpha, scale2.max(SPREAD2_MIN))
    }

    /// The density of a gap of e^`x` seconds, a second.
    pub(super) fn density(&self, x: f64, gap: f64) -> f64 {
        let (nu, scale2) = self.spread();
        student_density(x - self.mean, nu, scale2, student_centre(nu)) / gap
    }

    /// P(ln gap <= x).
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let (nu, scale2) = self.spread();
        student_cdf(x - self.mean, nu, scale2)
    }

    pub(super) fn learn(&mut self, x: f64) {
        let delta = x - self.mean;
        self.beta += 0.5 * self.kappa / (self.kappa + 1.0) * delta * delta;
        self.mean += delta / (self.kappa + 1.0);
        self.kappa += 1.0;
        self.alpha += 0.5;
    }
}

/// Heavy-tailed gaps; with the cache's dead time taken off, or as they are.
#[derive(Debug)]
pub(crate) struct Burst {
    behind_cache: bool,
    law: Option<LogGap>,
}

impl Burst {
    /// - `behind_cache`: take the dead time off; without one it then says nothing
    pub(crate) fn new(behind_cache: bool) -> Self {
        Self { behind_cache, law: None }
    }

    /// The gap that the law is of; `None` where there is no dead time to take off.
    fn gap(&self, step: &Step) -> Option<f64> {
        match self.behind_cache {
            false => Some(step.g),
            // A second is added so that a pile-up on the TTL itself stays finite.
            true if step.dead > 0.0 => Some(step.alive(step.dead).max(0.0) + 1.0 + step.grain),
            true => None,
        }
    }
}

impl Engine for Burst {
    fn step(&mut self, step: &Step) -> f64 {
        let Some(gap) = self.gap(step) else {
            return step.flat;
        };
        let x = libm::log(gap);
        let Some(law) = &mut self.law else {
            self.law = Some(LogGap::first(x));
            return step.flat;
        };
        let possible = !self.behind_cache || step.alive(step.dead) >= -step.slack();
        let density = if possible { law.density(x, gap) } else { 0.0 };
        law.learn(x);
        step.robust(density)
    }

    fn cdf(&self, step: &Step) -> f64 {
        match (self.law, self.gap(step)) {
            (Some(law), Some(gap)) => law.cdf(libm::log(gap)),
            _ => 0.5,
        }
    }
}
