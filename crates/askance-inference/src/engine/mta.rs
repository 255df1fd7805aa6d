//! E4 with the retry schedules of mail servers as kernels.
//!
//! Each attempt makes the next one likely after one of the schedule's gaps. The
//! additive form holds when several messages wait at once; a matcher that walks one
//! schedule does not.
//!
//! # Source
//! Schedules from the programs' sources and manuals: Exim's default retry rule, qmgr
//! of Postfix (delay = age clamped to 300..4000 s, queue scan 300 s), qmail-send and
//! `OpenSMTPD` (400 n^2 s), queue runs of Sendmail, Exchange transport, Haraka, `KumoMTA`,
//! Stalwart; RFC 5321 section 4.5.4.1 for the generic one.

use std::sync::OnceLock;

use crate::math::exp_or_zero;

use super::{Engine, Step, Weights};

/// Sessions to look back at.
pub(crate) const LOOKBACK: usize = 64;
/// Width of one cell of a kernel's table, in seconds.
const CELL_S: f64 = 10.0;
const RHO: [f64; 2] = [0.6, 0.88];
const TEMPLATES: usize = 11;
const EXPERTS: usize = TEMPLATES * RHO.len();

/// A kernel as a table: density and distribution of the time to the next try.
struct Kernel {
    density: Vec<f32>,
    below: Vec<f32>,
}

impl Kernel {
    /// - `gaps`: (seconds to the next try, slack of the queue run), in the order of tries; try k
    ///   weighs 0.9^k, because every message makes the first tries and few make the last
    fn new(gaps: &[(f64, f64)]) -> Self {
        let windows = gaps.iter().map(|&(e, s)| ((e - 5.0).max(0.0), e + 1.15 * s + 5.0));
        let end = windows.clone().fold(0.0f64, |end, (_, to)| end.max(to));
        let mut below = vec![0.0f64; index(end) + 2];
        let mut weight = 1.0;
        let mut total = 0.0;
        for (from, to) in windows {
            for (cell, sum) in below.iter_mut().enumerate() {
                *sum += weight * ((cell as f64 * CELL_S - from) / (to - from)).clamp(0.0, 1.0);
            }
            total += weight;
            weight *= 0.9;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a table of probabilities")]
        let below: Vec<f32> = below.into_iter().map(|sum| (sum / total) as f32).collect();
        #[expect(clippy::cast_possible_truncation, reason = "a table of densities")]
        let density = below.windows(2).map(|pair| (pair[1] - pair[0]) / CELL_S as f32).collect();
        Self { density, below }
    }

    /// (density at, distribution up to) `age` seconds.
    fn at(&self, age: f64) -> (f64, f64) {
        let cell = index(age);
        match self.density.get(cell) {
            Some(&density) => {
                let density = f64::from(density);
                (density, f64::from(self.below[cell]) + density * (age - cell as f64 * CELL_S))
            }
            None => (0.0, 1.0),
        }
    }
}

fn index(age: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; ages are not negative")]
    let cell = (age / CELL_S) as usize;
    cell
}

/// The time beyond which no kernel expects a next try.
fn horizon() -> f64 {
    kernels().iter().map(|k| k.density.len()).max().unwrap_or(0) as f64 * CELL_S
}

fn kernels() -> &'static [Kernel; TEMPLATES] {
    static KERNELS: OnceLock<[Kernel; TEMPLATES]> = OnceLock::new();
    KERNELS.get_or_init(|| {
        let minutes =
            |gaps: &[f64], slack: f64| -> Vec<(f64, f64)> { gaps.iter().map(|m| (m * 60.0, slack)).collect() };
        let quadratic: Vec<(f64, f64)> = (0..30).map(|k| (400.0 * f64::from(2 * k + 1), 30.0)).collect();
        let doubling = |first: f64, count: i32, slack: f64| -> Vec<(f64, f64)> {
            (0..count).map(|k| (first * f64::from(1 << k), slack)).collect()
        };
        let exim = [15.0, 15.0, 15.0, 15.0, 60.0, 90.0, 135.0, 202.5, 303.75, 360.0, 360.0, 360.0];
        [
            Kernel::new(&minutes(&exim, 1800.0)),
            Kernel::new(&[
                (300.0, 300.0),
                (600.0, 300.0),
                (1200.0, 300.0),
                (2400.0, 300.0),
                (4000.0, 300.0),
                (4000.0, 300.0),
            ]),
            Kernel::new(&quadratic),
            Kernel::new(&minutes(&[10.0], 60.0)),
            Kernel::new(&minutes(&[30.0], 60.0)),
            Kernel::new(&minutes(&[60.0], 60.0)),
            Kernel::new(&minutes(&[1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 10.0, 10.0, 10.0, 15.0], 15.0)),
            Kernel::new(&doubling(64.0, 10, 5.0)),
            Kernel::new(&doubling(1200.0, 5, 60.0)),
            Kernel::new(&minutes(&[2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 120.0], 10.0)),
            Kernel::new(&minutes(&[30.0, 60.0], 1800.0)),
        ]
    })
}

/// Deliveries and their retries.
#[derive(Debug)]
pub(crate) struct Mta {
    /// Instants of the last sessions, a ring.
    last: [f64; LOOKBACK],
    count: usize,
    gaps: f64,
    elapsed_s: f64,
    horizon_s: f64,
    weights: Weights<EXPERTS>,
}

impl Mta {
    pub(crate) fn new() -> Self {
        Self {
            last: [0.0; LOOKBACK],
            count: 1,
            gaps: 0.0,
            elapsed_s: 0.0,
            horizon_s: horizon(),
            weights: Weights::even(EXPERTS),
        }
    }

    /// By template: (sum of kernel densities at the lookup, sum of their integrals over the gap).
    fn sums(&self, step: &Step) -> [(f64, f64); TEMPLATES] {
        let mut sums = [(0.0, 0.0); TEMPLATES];
        for back in 1..=self.count.min(LOOKBACK) {
            let age = step.t - self.last[(self.count - back) % LOOKBACK];
            if age - step.g > self.horizon_s {
                break;
            }
            for (sum, kernel) in sums.iter_mut().zip(kernels()) {
                let (density, until) = kernel.at(age);
                let (_, from) = kernel.at(age - step.g);
                sum.0 += density;
                sum.1 += until - from;
            }
        }
        sums
    }

    /// (density, survival) of the gap for one expert.
    fn predict(&self, expert: usize, g: f64, sums: &[(f64, f64); TEMPLATES]) -> (f64, f64) {
        let rho = RHO[expert / TEMPLATES];
        let (density, mass) = sums[expert % TEMPLATES];
        let mu = (1.0 - rho) * (self.gaps + 0.5) / self.elapsed_s;
        let survival = exp_or_zero(-mu * g - rho * mass);
        ((mu + rho * density) * survival, survival)
    }
}

impl Engine for Mta {
    fn step(&mut self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            self.elapsed_s = 0.5 * step.g;
        }
        let sums = self.sums(step);
        let densities = core::array::from_fn(|k| step.robust(self.predict(k, step.g, &sums).0));
        let f = self.weights.mix(&densities);
        self.gaps += 1.0;
        self.elapsed_s += step.g;
        self.last[self.count % LOOKBACK] = step.t;
        self.count += 1;
        f
    }

    fn skip(&mut self, step: &Step) {
        self.last[0] = step.t;
        self.count = 1;
    }

    fn cdf(&self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            return 0.5;
        }
        let sums = self.sums(step);
        1.0 - self.weights.average(|k| self.predict(k, step.g, &sums).1)
    }
}
