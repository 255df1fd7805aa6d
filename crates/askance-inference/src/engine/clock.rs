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

#[derive(Clone, Copy, Debug)]
struct Phase {
    /// Seconds between the last session and the tick it belongs to.
    offset_s: f64,
    n: f64,
    squares: f64,
    /// How often the next lookup came at tick 1, 2, ..., or later; starts as 5 * 0.9 * 0.1^(m-1) + 0.05.
    multiples: [f64; MULTIPLES + 1],
    total: f64,
    misfits: u8,
}

impl Phase {
    fn new() -> Self {
        let mut multiples = [0.05; MULTIPLES + 1];
        let mut weight = 4.5;
        for count in &mut multiples {
            *count += weight;
            weight *= 0.1;
        }
        Self { offset_s: 0.0, n: 1.0, squares: 0.0, multiples, total: multiples.iter().sum(), misfits: 0 }
    }

    /// (ticks passed, distance from the nearest tick in seconds).
    fn nearest(&self, period: f64, g: f64) -> (f64, f64) {
        let since = g + self.offset_s;
        let ticks = nearest_whole(since / period);
        (ticks, since - ticks * period)
    }

    fn sigma(&self, period: f64, grain: f64) -> f64 {
        let prior = (0.02 * period).min(120.0);
        let variance = (2.0 * prior * prior + self.squares) / (2.0 + self.n);
        // The first residual also carries the scatter of the tick that set the phase.
        (variance.max(0.0009 + grain * grain / 12.0) * (1.0 + 1.0 / self.n)).sqrt()
    }

    fn p_multiple(&self, ticks: f64) -> f64 {
        if ticks < 1.0 {
            return 0.0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, saturating")]
        let slot = ticks as usize - 1;
        if slot < MULTIPLES {
            return self.multiples[slot] / self.total;
        }
        // Sum over m > M of (M+1)/(m(m+1)) is one.
        self.multiples[MULTIPLES] / self.total * (MULTIPLES as f64 + 1.0) / (ticks * (ticks + 1.0))
    }

    /// P(fewer than `ticks` ticks pass), as far as the first two hundred.
    fn p_fewer(&self, ticks: f64) -> f64 {
        let ticks = ticks.min(200.0);
        let own = (1u8..).map(f64::from).zip(&self.multiples[..MULTIPLES]).take_while(|(m, _)| *m < ticks);
        let own: f64 = own.map(|(_, count)| count).sum();
        // The sum of (M+1)/(m(m+1)) over M < m < ticks.
        let later = (1.0 - (MULTIPLES as f64 + 1.0) / ticks).max(0.0);
        (own + self.multiples[MULTIPLES] * later) / self.total
    }

    fn learn(&mut self, ticks: f64, residual: f64, sigma: f64) {
        if ticks >= 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, saturating")]
            let slot = (ticks as usize - 1).min(MULTIPLES);
            self.multiples[slot] += 1.0;
            self.total += 1.0;
        }
        self.misfits = if residual.abs() > 3.0 * sigma { self.misfits + 1 } else { 0 };
        if self.misfits >= 3 {
            // The machine was restarted, or its clock was set: begin a new phase here.
            self.offset_s = 0.0;
            self.misfits = 0;
            return;
        }
        self.n = (self.n + 1.0).min(4.0 * WINDOW);
        self.squares = (self.squares + residual * residual) * (1.0 - 1.0 / (4.0 * WINDOW));
        self.offset_s = residual * (1.0 - 1.0 / self.n.min(WINDOW));
    }
}

/// A clock of one of the usual periods.
#[derive(Debug)]
pub(crate) struct Clock {
    phases: [Phase; K],
    weights: Weights<K>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { phases: [Phase::new(); K], weights: Weights::even(K) }
    }

    /// The period of the greatest weight, in seconds.
    pub(crate) fn period_s(&self) -> f64 {
        PERIODS_S[self.weights.best()]
    }
}

impl Engine for Clock {
    fn step(&mut self, step: &Step) -> f64 {
        // Of each tick's normal density: its height, and half the square of the distance from its middle.
        let (mut heights, mut squares) = ([0.0; K], [0.0; K]);
        let ticks = heights.iter_mut().zip(&mut squares);
        for ((phase, period), (height, square)) in self.phases.iter_mut().zip(PERIODS_S).zip(ticks) {
            let sigma = phase.sigma(period, step.grain);
            let (ticks, residual) = phase.nearest(period, step.g);
            let inverse = 1.0 / sigma;
            *height = phase.p_multiple(ticks) * inverse / 2.506_628_274_631;
            *square = -0.5 * (residual * inverse) * (residual * inverse);
            phase.learn(ticks, residual, sigma);
        }
        let bells = exps_or_zero(squares);
        let densities = core::array::from_fn(|k| step.robust(heights[k] * bells[k]));
        self.weights.mix(&densities)
    }

    fn skip(&mut self, step: &Step) {
        for (phase, period) in self.phases.iter_mut().zip(PERIODS_S) {
            phase.offset_s = phase.nearest(period, step.g).1;
        }
    }

    fn cdf(&self, step: &Step) -> f64 {
        self.weights.average(|k| {
            let phase = &self.phases[k];
            let (ticks, residual) = phase.nearest(PERIODS_S[k], step.g);
            let z = residual / phase.sigma(PERIODS_S[k], step.grain);
            // Beyond nine sigma the tail is below any digit that is kept.
            let early = if z.abs() < 9.0 { normal_cdf(z) } else { f64::from(u8::from(z > 0.0)) };
            (phase.p_fewer(ticks) + phase.p_multiple(ticks) * early).min(1.0)
        })
    }
}
