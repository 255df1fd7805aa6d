//! E3 with a period that the TTL sets: firewall objects and other clients that refresh a name for itself.
//!
//! Vendor defaults: refresh at the TTL, with a floor of 30 or 60 s and a ceiling of
//! one hour, at TTL + 60 s, or every 240 min (documents of PAN-OS, `FortiGate` and ASA).

use crate::math::nearest_whole;

use super::walk::SleepLaw;
use super::{Engine, Step, Weights};

const EXPERTS: usize = 10;
/// How far from its period a refresh may come, relative to it; more is another program's jitter.
const JITTER_MAX: f64 = 0.03;

/// A refresh whose period is a function of the TTL.
#[derive(Debug)]
pub(crate) struct Object {
    laws: [SleepLaw; EXPERTS],
    weights: Weights<EXPERTS>,
}

impl Object {
    /// - `ttl_s`: the TTL that the server gives; without it the common TTLs are tried
    pub(crate) fn new(ttl_s: Option<u32>) -> Self {
        let common = [30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14_400.0, 86_400.0];
        let of_ttl = |ttl: f64| {
            let floor = ttl.max(30.0);
            [floor, floor + 1.0, ttl.clamp(60.0, 3600.0), ttl + 60.0, 14_400.0]
        };
        let mut periods = common;
        let used = match ttl_s {
            Some(ttl) => {
                periods[..5].copy_from_slice(&of_ttl(f64::from(ttl)));
                5
            }
            None => EXPERTS,
        };
        Self { laws: periods.map(|p| SleepLaw::around(p, 5.0, 0.003).steady()), weights: Weights::even(used) }
    }
}

impl Engine for Object {
    fn step(&mut self, step: &Step) -> f64 {
        let mut densities = [0.0; EXPERTS];
        for (f, law) in densities.iter_mut().zip(&mut self.laws).take(self.weights.used) {
            *f = step.robust(law.density(step.g, step.grain));
            // Only what is near its period moves it: it cannot drift away, nor grow wide.
            let times = nearest_whole(step.g / law.mean).max(1.0);
            if (step.g / (times * law.mean) - 1.0).abs() < JITTER_MAX {
                law.learn_length(step.g);
            }
        }
        self.weights.mix(&densities)
    }

    fn cdf(&self, step: &Step) -> f64 {
        self.weights.average(|k| self.laws[k].cdf(step.g, step.grain))
    }
}
