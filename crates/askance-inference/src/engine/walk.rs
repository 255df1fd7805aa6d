//! E3: sleep, ask, sleep: gaps around a mean, without a phase to hold on to.

use crate::math::{nearest_whole, student_cdf, student_centre, student_density};

use super::{Engine, Step, Weights};

/// Sleeps from one lookup to the next that have a count of their own (missed or unseen lookups).
const MULTIPLES: usize = 4;
/// Sessions after which mean and scatter forget.
const WINDOW: f64 = 400.0;

/// The least squared scatter of a sleep, s^2: what it takes to wake a process.
const SCATTER2_MIN: f64 = 0.0009;

/// The most scatter of a plain sleep, relative to it; more is drawn, and [`Jitter`] says how.
const JITTER_MAX: f64 = 0.05;

/// Normal gaps with unknown mean and scatter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SleepLaw {
    kappa: f64,
    pub(crate) mean: f64,
    alpha: f64,
    beta: f64,
    /// Follow from the above: beta / alpha, 1 / kappa, the t density at its centre but for the scale.
    scatter2: f64,
    unsure: f64,
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
        Self {
            kappa,
            mean,
            alpha: 1.0,
            beta,
            scatter2: beta,
            unsure: 1.0 / kappa,
            centre: student_centre(2.0),
            multiples,
            seen: multiples.iter().sum(),
        }
    }

    /// Degrees of freedom, and squared scale of a number of sleeps; floored by what stamps can tell.
    fn spread(&self, grain: f64) -> (f64, impl Fn(f64) -> f64) {
        let most = JITTER_MAX * self.mean;
        let one = self.scatter2.min(most * most).max(SCATTER2_MIN + grain * grain / 6.0);
        (2.0 * self.alpha, move |multiple| one * multiple * (1.0 + multiple * self.unsure))
    }

    /// The same for a client that hardly ever misses a sleep, whatever the gaps say.
    pub(crate) fn steady(mut self) -> Self {
        self.multiples = [0.96, 0.03, 0.006, 0.004];
        self.seen = 1.0;
        self
    }

    /// Learns mean and scatter, but not how often sleeps are missed.
    pub(crate) fn learn_length(&mut self, g: f64) {
        let (multiples, seen) = (self.multiples, self.seen);
        self.learn(g);
        (self.multiples, self.seen) = (multiples, seen);
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
        self.scatter2 = self.beta / self.alpha;
        self.unsure = 1.0 / self.kappa;
        self.centre = student_centre(2.0 * self.alpha);
    }

    /// Scatter of one sleep relative to its mean.
    pub(crate) fn jitter(&self) -> f64 {
        libm::sqrt(self.scatter2) / self.mean
    }
}

/// A sleep loop of unknown length; its first three gaps set the mean and are not predicted.
#[derive(Debug)]
pub(crate) struct Walk {
    seen: [f64; 3],
    count: usize,
    /// Scatter that is expected, relative to the length.
    jitter: f64,
    law: Option<SleepLaw>,
}

impl Walk {
    /// - `jitter`: the scatter that is expected, relative to the length of the sleep
    pub(crate) fn new(jitter: f64) -> Self {
        Self { seen: [0.0; 3], count: 0, jitter, law: None }
    }

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
            let mut law = SleepLaw::around(sorted[1], 1.0, self.jitter);
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

/// The least and the most jitter that an agent is given, relative to its sleep; below it is a plain loop.
const SHARES: [f64; 5] = [0.05, 0.1, 0.2, 0.35, 0.5];
/// Share of the gaps that may lie outside: the act itself takes time, sleeps are missed.
const OUTSIDE: f64 = 0.04;

/// A loop whose sleep is drawn anew each time, evenly between two bounds.
///
/// Agents that hide take [S(1-j), S] or [S(1-j), S(1+j)]; either is an even law around its middle.
#[derive(Debug)]
pub(crate) struct Jitter {
    gaps: f64,
    sum: f64,
    weights: Weights<{ SHARES.len() }>,
}

impl Jitter {
    pub(crate) fn new() -> Self {
        Self { gaps: 0.0, sum: 0.0, weights: Weights::even(SHARES.len()) }
    }

    /// Density of one gap under one half-width, with edges as soft as the middle is unsure.
    fn density(&self, share: f64, g: f64) -> f64 {
        let middle = self.sum / self.gaps;
        let half = share * middle;
        // The standard error of the middle of an even law after `gaps` draws.
        let soft = (half / (3.0 * self.gaps).sqrt()).max(0.01 * half);
        let edge = |x: f64| (0.5 + 0.25 * x / soft).clamp(0.0, 1.0);
        (edge(g - middle + half) - edge(g - middle - half)).max(0.0) / (2.0 * half)
    }

    fn learn(&mut self, g: f64) {
        let middle = if self.gaps > 0.0 { self.sum / self.gaps } else { g };
        // Missed sleeps and pauses leave the middle where it is.
        if self.gaps < 3.0 || (g / middle - 1.0).abs() < 0.7 {
            self.gaps += 1.0;
            self.sum += g;
        }
    }
}

impl Engine for Jitter {
    fn step(&mut self, step: &Step) -> f64 {
        let f = if self.gaps >= 3.0 {
            let densities = SHARES.map(|share| {
                let one = self.density(share, step.g);
                let two = 0.5 * self.density(share, 0.5 * step.g);
                step.robust((1.0 - OUTSIDE) * one + OUTSIDE * two)
            });
            self.weights.mix(&densities)
        } else {
            step.flat
        };
        self.learn(step.g);
        f
    }

    fn cdf(&self, step: &Step) -> f64 {
        if self.gaps < 3.0 {
            return 0.5;
        }
        let middle = self.sum / self.gaps;
        self.weights.average(|k| {
            let half = SHARES[k] * middle;
            ((step.g - middle + half) / (2.0 * half)).clamp(0.0, 1.0)
        })
    }
}
