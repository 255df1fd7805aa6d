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

use crate::math::{exp_or_zero, exps_or_zero, half_powers};

use super::{Engine, Step, Weights};

/// Sessions to look back at.
pub(crate) const LOOKBACK: usize = 64;
/// Width of one cell of a kernel's table, in seconds.
const CELL_S: f64 = 10.0;
/// Tries that a try leads to, 0.6 and 0.88, in parts: exponentials of both are powers of one.
const RHO_PARTS: [u32; 2] = [15, 22];
const RHO_PART: f64 = 0.04;
const TEMPLATES: usize = 11;
const EXPERTS: usize = TEMPLATES * RHO_PARTS.len();

/// A kernel as a table: distribution of the time to the next try, cell by cell.
struct Kernel {
    below: Vec<f32>,
}

impl Kernel {
    /// - `gaps`: (seconds to the next try, slack of the queue run), in the order of tries; try k
    ///   weighs 0.9^k, because every message makes the first tries and few make the last
    fn new(gaps: &[(f64, f64)]) -> Self {
        let windows = gaps.iter().map(|&(e, s)| ((e - 5.0).max(0.0), e + 1.15 * s + 5.0));
        let end = windows.clone().fold(0.0f64, |end, (_, to)| end.max(to));
        let mut below = vec![0.0f64; cell_of(end).0 + 2];
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
        Self { below }
    }

    /// (density in, distribution at the start of) a cell.
    fn cell(&self, cell: usize) -> (f32, f32) {
        match self.below.get(cell..cell + 2) {
            #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
            Some(ends) => ((ends[1] - ends[0]) / CELL_S as f32, ends[0]),
            None => (0.0, 1.0),
        }
    }
}

/// Templates, and nothing in what is over: whole registers are computed at once.
const LANES: usize = TEMPLATES.next_multiple_of(4);

/// One cell of all kernels, side by side: they are always asked together.
struct Cell {
    density: [f32; LANES],
    below: [f32; LANES],
}

/// Cells up to where no kernel expects a next try.
fn cells() -> &'static [Cell] {
    static CELLS: OnceLock<Vec<Cell>> = OnceLock::new();
    CELLS.get_or_init(|| {
        let kernels = kernels();
        let count = kernels.iter().map(|k| k.below.len()).max().unwrap_or(0);
        let cell = |at: usize| {
            let mut cell = Cell { density: [0.0; LANES], below: [0.0; LANES] };
            for (kernel, (density, below)) in kernels.iter().zip(cell.density.iter_mut().zip(&mut cell.below)) {
                (*density, *below) = kernel.cell(at);
            }
            cell
        };
        (0..count).map(cell).collect()
    })
}

/// The cell of an age, and seconds into it.
fn cell_of(age: f64) -> (usize, f32) {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, far beyond the last cell")]
    let cell = ((age / CELL_S) as i32).max(0);
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a table of probabilities")]
    let inside = (age - f64::from(cell) * CELL_S) as f32;
    (cell.unsigned_abs() as usize, inside)
}

fn kernels() -> [Kernel; TEMPLATES] {
    let minutes = |gaps: &[f64], slack: f64| -> Vec<(f64, f64)> { gaps.iter().map(|m| (m * 60.0, slack)).collect() };
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
}

/// By template: sums over the sessions that are looked back at, of a kernel's density and of its distribution.
struct Sums {
    density: [f32; LANES],
    below: [f32; LANES],
}

/// Deliveries and their retries.
#[derive(Debug)]
pub(crate) struct Mta {
    /// Instants of the last sessions, a ring.
    last: [f64; LOOKBACK],
    count: usize,
    /// Sums of the distributions at the last session.
    below: [f32; LANES],
    gaps: f64,
    elapsed_s: f64,
    weights: Weights<EXPERTS>,
}

impl Mta {
    pub(crate) fn new() -> Self {
        let (last, below) = ([0.0; LOOKBACK], [0.0; LANES]);
        Self { last, count: 1, below, gaps: 0.0, elapsed_s: 0.0, weights: Weights::even(EXPERTS) }
    }

    fn sums(&self, step: &Step) -> Sums {
        let mut sums = Sums { density: [0.0; LANES], below: [0.0; LANES] };
        let cells = cells();
        let looked_back = self.count.min(LOOKBACK);
        for back in 1..=looked_back {
            let (at, inside) = cell_of(step.t - self.last[(self.count - back) % LOOKBACK]);
            let Some(cell) = cells.get(at) else {
                // All that is older is past its last try, too.
                let past = u8::try_from(looked_back + 1 - back).map_or(0.0, f32::from);
                sums.below.iter_mut().for_each(|below| *below += past);
                break;
            };
            for k in 0..LANES {
                sums.density[k] += cell.density[k];
                sums.below[k] += cell.below[k] + cell.density[k] * inside;
            }
        }
        sums
    }

    /// Takes in the session that was reached by a step.
    fn note(&mut self, step: &Step, sums: &Sums) {
        self.below = sums.below;
        let slot = self.count % LOOKBACK;
        if self.count >= LOOKBACK {
            let (at, inside) = cell_of(step.t - self.last[slot]);
            for (k, below) in self.below.iter_mut().enumerate() {
                *below -= cells().get(at).map_or(1.0, |cell| cell.below[k] + cell.density[k] * inside);
            }
        }
        self.last[slot] = step.t;
        self.count += 1;
    }

    /// (densities, survivals) of the gap, by rho and then by template.
    fn predict(&self, g: f64, sums: &Sums) -> ([f64; EXPERTS], [f64; EXPERTS]) {
        // Of each kernel, what lies in the gap.
        let mass: [f64; LANES] = core::array::from_fn(|k| f64::from(sums.below[k] - self.below[k]));
        let part = exps_or_zero(mass.map(|mass| (-RHO_PART * mass).min(0.0)));
        let (mut densities, mut survivals) = ([0.0; EXPERTS], [0.0; EXPERTS]);
        for (r, parts) in RHO_PARTS.into_iter().enumerate() {
            let rho = RHO_PART * f64::from(parts);
            let mu = (1.0 - rho) * (self.gaps + 0.5) / self.elapsed_s;
            let alone = exp_or_zero(-mu * g);
            let kindled = half_powers(part, 2 * parts);
            for k in 0..TEMPLATES {
                let survival = alone * kindled[k];
                survivals[r * TEMPLATES + k] = survival;
                densities[r * TEMPLATES + k] = (mu + rho * f64::from(sums.density[k])) * survival;
            }
        }
        (densities, survivals)
    }
}

impl Engine for Mta {
    fn step(&mut self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            self.elapsed_s = 0.5 * step.g;
        }
        let sums = self.sums(step);
        let (densities, _) = self.predict(step.g, &sums);
        let f = self.weights.mix(&densities.map(|f| step.robust(f)));
        self.gaps += 1.0;
        self.elapsed_s += step.g;
        self.note(step, &sums);
        f
    }

    fn skip(&mut self, step: &Step) {
        (self.last[0], self.count, self.below) = (step.t, 1, [0.0; LANES]);
    }

    fn cdf(&self, step: &Step) -> f64 {
        if self.elapsed_s <= 0.0 {
            return 0.5;
        }
        let (_, survivals) = self.predict(step.g, &self.sums(step));
        1.0 - self.weights.average(|k| survivals[k])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(t: f64, g: f64) -> Step {
        let flat = 1.0 / (20.0 * g);
        let (back2, back4, role_back) = (f64::INFINITY, f64::INFINITY, g);
        Step { t, g, hour: 0.0, back2, back4, role_back, flat, dead: 0.0, failed_before: None, grain: 0.0 }
    }

    #[test]
    fn sums_are_of_each_session_back() {
        let mut mta = Mta::new();
        let mut t = 0.0;
        // Longer than what is looked back at, with gaps that end inside of cells.
        for k in 0..3 * LOOKBACK {
            let g = 7.3 + 211.0 * (k % 13) as f64;
            t += g;
            let step = step(t, g);
            let sums = mta.sums(&step);
            for (at, kernel) in kernels().iter().enumerate() {
                let below = |age: f64| {
                    let (density, below) = kernel.cell(cell_of(age).0);
                    f64::from(below) + f64::from(density) * (age - cell_of(age).0 as f64 * CELL_S)
                };
                let kept = mta.last[..mta.count.min(LOOKBACK)].iter();
                let mass: f64 = kept.map(|last| below(t - last) - below(t - last - g)).sum();
                let got = f64::from(sums.below[at] - mta.below[at]);
                assert!((got - mass).abs() < 1e-5, "{k} {at}: {got} {mass}");
            }
            mta.step(&step);
        }
    }
}
