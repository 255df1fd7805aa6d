//! E2: lookups locked to the ticks of a clock.

use crate::math::{exps_or_zero, nearest_whole, normal_cdf};

use super::{Engine, Step, Weights};

/// Periods that people put into crontabs and monitors, in seconds.
const PERIODS_S: [f64; 22] = [
    5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 180.0, 240.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0,
    10_800.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0, 604_800.0,
];
const K: usize = PERIODS_S.len();
/// Ticks from one lookup to the next that have a count of their own.
const MULTIPLES: usize = 8;
/// Sessions after which the phase forgets: clocks drift.
const WINDOW: f64 = 50.0;

/// A clock of one of the usual periods.
///
/// What it knows of each period lies side by side, so that all are computed together.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Seconds between the last session and the tick it belongs to.
    offsets_s: [f64; K],
    /// Sessions that the phase rests on, and the sum of their squared distances from their ticks.
    n: [f64; K],
    squares: [f64; K],
    multiples: [Multiples; K],
    misfits: [u8; K],
    weights: Weights<K>,
}

/// How often the next lookup came at tick 1, 2, ..., or later.
#[derive(Clone, Copy, Debug)]
struct Multiples {
    counts: [f64; MULTIPLES + 1],
    total: f64,
}

impl Multiples {
    /// Starts as 5 * 0.9 * 0.1^(m-1) + 0.05.
    fn new() -> Self {
        let mut counts = [0.05; MULTIPLES + 1];
        let mut weight = 4.5;
        for count in &mut counts {
            *count += weight;
            weight *= 0.1;
        }
        Self { counts, total: counts.iter().sum() }
    }

    /// P(that many ticks pass)
    fn p(&self, ticks: f64) -> f64 {
        if ticks < 1.0 {
            return 0.0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, saturating")]
        let slot = ticks as usize - 1;
        if slot < MULTIPLES {
            return self.counts[slot] / self.total;
        }
        // Sum over m > M of (M+1)/(m(m+1)) is one.
        self.counts[MULTIPLES] / self.total * (MULTIPLES as f64 + 1.0) / (ticks * (ticks + 1.0))
    }

    /// P(fewer than `ticks` ticks pass), as far as the first two hundred.
    fn p_fewer(&self, ticks: f64) -> f64 {
        let ticks = ticks.min(200.0);
        let own = (1u8..).map(f64::from).zip(&self.counts[..MULTIPLES]).take_while(|(m, _)| *m < ticks);
        let own: f64 = own.map(|(_, count)| count).sum();
        // The sum of (M+1)/(m(m+1)) over M < m < ticks.
        let later = (1.0 - (MULTIPLES as f64 + 1.0) / ticks).max(0.0);
        (own + self.counts[MULTIPLES] * later) / self.total
    }

    fn learn(&mut self, ticks: f64) {
        if ticks >= 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, saturating")]
            let slot = (ticks as usize - 1).min(MULTIPLES);
            self.counts[slot] += 1.0;
            self.total += 1.0;
        }
    }
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            offsets_s: [0.0; K],
            n: [1.0; K],
            squares: [0.0; K],
            multiples: [Multiples::new(); K],
            misfits: [0; K],
            weights: Weights::even(K),
        }
    }

    /// The period of the greatest weight, in seconds.
    pub(crate) fn period_s(&self) -> f64 {
        PERIODS_S[self.weights.best()]
    }

    /// By period: ticks passed, and distance from the nearest tick in seconds.
    fn nearest(&self, g: f64) -> ([f64; K], [f64; K]) {
        let since: [f64; K] = self.offsets_s.map(|offset| g + offset);
        let ticks: [f64; K] = core::array::from_fn(|k| nearest_whole(since[k] / PERIODS_S[k]));
        (ticks, core::array::from_fn(|k| since[k] - ticks[k] * PERIODS_S[k]))
    }

    /// By period: the variance of that distance, s^2.
    fn variances(&self, grain: f64) -> [f64; K] {
        let least = 0.0009 + grain * grain / 12.0;
        core::array::from_fn(|k| {
            let prior = (0.02 * PERIODS_S[k]).min(120.0);
            let variance = (2.0 * prior * prior + self.squares[k]) / (2.0 + self.n[k]);
            // The first residual also carries the scatter of the tick that set the phase.
            variance.max(least) * (1.0 + 1.0 / self.n[k])
        })
    }

    fn learn(&mut self, ticks: &[f64; K], residuals: &[f64; K], variances: &[f64; K]) {
        for k in 0..K {
            let residual2 = residuals[k] * residuals[k];
            self.multiples[k].learn(ticks[k]);
            self.misfits[k] = if residual2 > 9.0 * variances[k] { self.misfits[k] + 1 } else { 0 };
            if self.misfits[k] >= 3 {
                // The machine was restarted, or its clock was set: begin a new phase here.
                self.offsets_s[k] = 0.0;
                self.misfits[k] = 0;
            } else {
                self.n[k] = (self.n[k] + 1.0).min(4.0 * WINDOW);
                self.squares[k] = (self.squares[k] + residual2) * (1.0 - 1.0 / (4.0 * WINDOW));
                self.offsets_s[k] = residuals[k] * (1.0 - 1.0 / self.n[k].min(WINDOW));
            }
        }
    }
}

impl Engine for Clock {
    fn step(&mut self, step: &Step) -> f64 {
        let (ticks, residuals) = self.nearest(step.g);
        let variances = self.variances(step.grain);
        let far: [f64; K] = core::array::from_fn(|k| -0.5 * residuals[k] * residuals[k] / variances[k]);
        let bells = exps_or_zero(far);
        let heights: [f64; K] = variances.map(|variance| 1.0 / (2.506_628_274_631 * variance.sqrt()));
        let densities = core::array::from_fn(|k| step.robust(self.multiples[k].p(ticks[k]) * heights[k] * bells[k]));
        self.learn(&ticks, &residuals, &variances);
        self.weights.mix(&densities)
    }

    fn skip(&mut self, step: &Step) {
        self.offsets_s = self.nearest(step.g).1;
    }

    fn cdf(&self, step: &Step) -> f64 {
        let (ticks, residuals) = self.nearest(step.g);
        let variances = self.variances(step.grain);
        self.weights.average(|k| {
            let z = residuals[k] / variances[k].sqrt();
            // Beyond nine sigma the tail is below any digit that is kept.
            let early = if z.abs() < 9.0 { normal_cdf(z) } else { f64::from(u8::from(z > 0.0)) };
            (self.multiples[k].p_fewer(ticks[k]) + self.multiples[k].p(ticks[k]) * early).min(1.0)
        })
    }
}
