//! E3: sleep, ask, sleep: gaps around a mean, without a phase to hold on to.

use crate::math::{ln_student, student_cdf};

use super::{Engine, Step};

/// Sleeps from one lookup to the next that have a count of their own (missed or unseen lookups).
const MULTIPLES: usize = 4;
/// Sessions after which mean and scatter forget.
const WINDOW: f64 = 400.0;

/// Normal gaps with unknown mean and scatter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SleepLaw {
    kappa: f64,
    pub(crate) mean: f64,
    alpha: f64,
    beta: f64,
    multiples: [f64; MULTIPLES],
}

impl SleepLaw {
    /// A law around `mean` seconds, as sure as `kappa` gaps would make it, with a scatter of about
    /// `jitter` of the mean.
    pub(crate) fn around(mean: f64, kappa: f64, jitter: f64) -> Self {
        let scatter = jitter * mean;
        Self { kappa, mean, alpha: 1.0, beta: scatter * scatter, multiples: [4.5, 0.45, 0.1, 0.05] }
    }

    /// (degrees of freedom, squared scale) of one sleep; floored by what stamps can tell.
    fn spread(&self, multiple: f64, grain: f64) -> (f64, f64) {
        let one = (self.beta / self.alpha).max(0.09 + grain * grain / 6.0);
        (2.0 * self.alpha, one * multiple * (1.0 + multiple / self.kappa))
    }

    fn p_multiple(&self, m: usize) -> f64 {
        self.multiples[m] / self.multiples.iter().sum::<f64>()
    }

    pub(crate) fn density(&self, g: f64, grain: f64) -> f64 {
        let mut f = 0.0;
        for m in 0..MULTIPLES {
            let times = m as f64 + 1.0;
            let (nu, scale2) = self.spread(times, grain);
            f += self.p_multiple(m) * libm::exp(ln_student(g - times * self.mean, nu, scale2));
        }
        f
    }

    pub(crate) fn cdf(&self, g: f64, grain: f64) -> f64 {
        let mut f = 0.0;
        for m in 0..MULTIPLES {
            let times = m as f64 + 1.0;
            let (nu, scale2) = self.spread(times, grain);
            f += self.p_multiple(m) * student_cdf(g - times * self.mean, nu, scale2);
        }
        f
    }

    pub(crate) fn learn(&mut self, g: f64) {
        let times = (g / self.mean).round();
        if !(1.0..=MULTIPLES as f64).contains(&times) {
            // Not a multiple of the sleep: the robust share has paid for it, nothing is learned.
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one to four")]
        let slot = times as usize - 1;
        self.multiples[slot] += 1.0;
        let delta = g / times - self.mean;
        self.beta += 0.5 * times * self.kappa / (self.kappa + 1.0) * delta * delta;
        self.mean += delta / (self.kappa + 1.0);
        self.kappa += 1.0;
        self.alpha += 0.5;
        if self.kappa > WINDOW {
            let keep = WINDOW / self.kappa;
            self.kappa = WINDOW;
            self.beta *= keep;
            self.alpha *= keep;
        }
    }

    /// Scatter of one sleep relative to its mean.
    pub(crate) fn jitter(&self) -> f64 {
        libm::sqrt(self.beta / self.alpha) / self.mean
    }
}

/// A sleep loop of unknown length; its first three gaps set the mean and are not predicted.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    seen: [f64; 3],
    count: usize,
    law: Option<SleepLaw>,
}

impl Walk {
    /// (mean sleep in seconds, relative jitter), once learned.
    pub(crate) fn shape(&self) -> Option<(f64, f64)> {
        self.law.map(|law| (law.mean, law.jitter()))
    }
}

impl Engine for Walk {
    fn step(&mut self, step: &Step) -> f64 {
        if let Some(law) = &mut self.law {
            let f = step.robust(law.density(step.g, step.grain));
            law.learn(step.g);
            return f;
        }
        self.seen[self.count] = step.g;
        self.count += 1;
        if self.count == 3 {
            let mut sorted = self.seen;
            sorted.sort_unstable_by(f64::total_cmp);
            let mut law = SleepLaw::around(sorted[1], 1.0, 0.05);
            for gap in self.seen {
                law.learn(gap);
            }
            self.law = Some(law);
        }
        step.flat
    }

    fn cdf(&self, step: &Step) -> f64 {
        self.law.map_or(0.5, |law| law.cdf(step.g, step.grain))
    }
}
