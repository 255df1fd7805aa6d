//! E3: sleep, ask, sleep: gaps around a mean, without a phase to hold on to.

use crate::math::{nearest_whole, student_cdf, student_centre, student_density};

use super::{Engine, Step, Weights};

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
    /// The t density at its centre but for the scale.
    centre: f64,
    multiples: [f64; MULTIPLES],
    seen: f64,
}

impl SleepLaw {
    /// A law around `mean` seconds, as sure as `kappa` gaps would make it, with a scatter of about
    /// `jitter` of the mean.
    pub(crate) fn around(mean: f64, kappa: f64, jitter: f64) -> Self {
        let scatter = jitter * mean;
        let multiples = [4.5, 0.45, 0.1, 0.05];
        let beta = scatter * scatter;
        Self { kappa, mean, alpha: 1.0, beta, centre: student_centre(2.0), multiples, seen: multiples.iter().sum() }
    }

    /// Degrees of freedom, and squared scale of a number of sleeps; floored by what stamps can tell.
    fn spread(&self, grain: f64) -> (f64, impl Fn(f64) -> f64) {
        let one = (self.beta / self.alpha).max(0.09 + grain * grain / 6.0);
        let unsure = 1.0 / self.kappa;
        (2.0 * self.alpha, move |multiple| one * multiple * (1.0 + multiple * unsure))
    }

    /// The number of sleeps nearest to a gap, 1 to [`MULTIPLES`], as a position.
    fn nearest(&self, g: f64) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=4")]
        let times = nearest_whole(g / self.mean).clamp(1.0, MULTIPLES as f64) as usize;
        times - 1
    }

    /// Predictive density; sleeps that are not next to the gap in number add nothing.
    pub(crate) fn density(&self, g: f64, grain: f64) -> f64 {
        let near = self.nearest(g);
        let (nu, scale2) = self.spread(grain);
        let mut f = 0.0;
        for m in near.saturating_sub(1)..(near + 2).min(MULTIPLES) {
            let times = m as f64 + 1.0;
            let (scale2, off) = (scale2(times), g - times * self.mean);
            if m == near || off * off <= 400.0 * scale2 {
                f += self.multiples[m] * student_density(off, nu, scale2, self.centre);
            }
        }
        f / self.seen
    }

    pub(crate) fn cdf(&self, g: f64, grain: f64) -> f64 {
        let (nu, scale2) = self.spread(grain);
        let mut f = 0.0;
        for m in 0..MULTIPLES {
            let times = m as f64 + 1.0;
            f += self.multiples[m] * student_cdf(g - times * self.mean, nu, scale2(times));
        }
        f / self.seen
    }

    pub(crate) fn learn(&mut self, g: f64) {
        let slot = self.nearest(g);
        let times = slot as f64 + 1.0;
        if (g / self.mean - times).abs() > 0.5 {
            // Not a multiple of the sleep: the robust share has paid for it, nothing is learned.
            return;
        }
        self.multiples[slot] += 1.0;
        self.seen += 1.0;
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
        self.centre = student_centre(2.0 * self.alpha);
    }

    /// Scatter of one sleep relative to its mean.
    pub(crate) fn jitter(&self) -> f64 {
        libm::sqrt(self.beta / self.alpha) / self.mean
    }
}

/// Scatter that is expected of a sleep loop, relative to its length: a plain sleep, or one with jitter.
const JITTERS: [f64; 2] = [0.002, 0.05];

/// A sleep loop of unknown length; its first three gaps set the mean and are not predicted.
#[derive(Debug)]
pub(crate) struct Walk {
    seen: [f64; 3],
    count: usize,
    laws: Option<[SleepLaw; JITTERS.len()]>,
    weights: Weights<{ JITTERS.len() }>,
}

impl Walk {
    pub(crate) fn new() -> Self {
        Self { seen: [0.0; 3], count: 0, laws: None, weights: Weights::even(JITTERS.len()) }
    }

    /// (mean sleep in seconds, relative jitter), once learned.
    pub(crate) fn shape(&self) -> Option<(f64, f64)> {
        let law = self.laws?[self.weights.best()];
        Some((law.mean, law.jitter()))
    }
}

impl Engine for Walk {
    fn step(&mut self, step: &Step) -> f64 {
        if let Some(laws) = &mut self.laws {
            let mut densities = [0.0; JITTERS.len()];
            for (f, law) in densities.iter_mut().zip(laws) {
                *f = step.robust(law.density(step.g, step.grain));
                law.learn(step.g);
            }
            return self.weights.mix(&densities);
        }
        self.seen[self.count] = step.g;
        self.count += 1;
        if self.count == 3 {
            let mut sorted = self.seen;
            sorted.sort_unstable_by(f64::total_cmp);
            self.laws = Some(JITTERS.map(|jitter| {
                let mut law = SleepLaw::around(sorted[1], 1.0, jitter);
                for gap in self.seen {
                    law.learn(gap);
                }
                law
            }));
        }
        step.flat
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(laws) = &self.laws else { return 0.5 };
        self.weights.average(|k| laws[k].cdf(step.g, step.grain))
    }
}
