//! Walks through long lists: a crawler's sweep, and stored mail that is looked through again.

use askance_record::{Rng, Timestamp};

use super::Act;
use crate::demand::us_of;

/// A crawler or prefetcher: every item of a list once in a cycle, in bursts, in an order of its own each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Length of the list.
    pub items: u64,
    /// Length of a cycle, in days; longer where the bursts do not fit.
    pub cycle_days: f64,
    /// Items in a burst, as a page that is read ahead names several.
    pub burst: u64,
    /// Mean time between two items of a burst, in seconds (exponential).
    pub burst_gap_s: f64,
}

/// Stored mail or logs that a program reads again from the first item to the last, in batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescan {
    /// Length of the archive.
    pub items: u64,
    /// Mean time from one start to the next, in days; a run that is under way is finished first.
    pub every_days: f64,
    /// How much that time varies: uniform from `1 - share` to `1 + share` of it.
    pub every_jitter: f64,
    /// Items in a batch.
    pub batch: u64,
    /// Mean time between two items of a batch, in seconds (exponential).
    pub batch_gap_s: f64,
    /// Mean pause between two batches, in seconds (exponential).
    pub pause_s: f64,
}

const DAY_S: f64 = 86_400.0;

impl Sweep {
    pub(super) fn acts(self, mut rng: Rng, start: Timestamp) -> SweepActs {
        let order = Order::new(&mut rng, self.items);
        SweepActs { sweep: self, rng, order, cycle_us: start.us(), last_us: start.us(), done: 0 }
    }
}

impl Rescan {
    pub(super) fn acts(self, mut rng: Rng, start: Timestamp) -> RescanActs {
        let first = us_of(rng.uniform(0.0, self.every_days * DAY_S));
        RescanActs { rescan: self, rng, run_us: start.us() + first, last_us: start.us(), done: 0 }
    }
}

/// A permutation of `0..n` in constant memory: `i * step + first`, with `step` coprime to `n`.
#[derive(Clone, Copy, Debug)]
struct Order {
    n: u64,
    step: u64,
    first: u64,
}

impl Order {
    fn new(rng: &mut Rng, n: u64) -> Self {
        let n = n.max(1);
        let mut step = 1 + rng.below(n);
        while gcd(step, n) != 1 {
            step = step % n + 1;
        }
        Self { n, step, first: rng.below(n) }
    }

    fn nth(self, i: u64) -> u64 {
        let wide = u128::from(i) * u128::from(self.step) + u128::from(self.first);
        u64::try_from(wide % u128::from(self.n)).expect("a remainder of a u64")
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The visits of a sweep.
pub(super) struct SweepActs {
    sweep: Sweep,
    rng: Rng,
    order: Order,
    cycle_us: i64,
    last_us: i64,
    /// Items visited in this cycle.
    done: u64,
}

impl Iterator for SweepActs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        if self.sweep.items == 0 {
            return None;
        }
        if self.done == self.sweep.items {
            self.cycle_us = self.cycle_us.saturating_add(us_of(self.sweep.cycle_days * DAY_S).max(1)).max(self.last_us);
            self.done = 0;
            self.order = Order::new(&mut self.rng, self.sweep.items);
        }
        let burst = self.sweep.burst.max(1);
        let at = if self.done.is_multiple_of(burst) {
            let slot_s = self.sweep.cycle_days * DAY_S / self.sweep.items.div_ceil(burst) as f64;
            let begin_s = slot_s * ((self.done / burst) as f64 + self.rng.uniform(0.0, 0.5));
            self.cycle_us.saturating_add(us_of(begin_s)).max(self.last_us)
        } else {
            self.last_us.saturating_add(us_of(self.rng.exponential(self.sweep.burst_gap_s)))
        };
        self.last_us = at;
        self.done += 1;
        Some(Act::plain(at, self.order.nth(self.done - 1)))
    }
}

/// The items of rescans, in archive order.
pub(super) struct RescanActs {
    rescan: Rescan,
    rng: Rng,
    run_us: i64,
    last_us: i64,
    /// Items read in this run.
    done: u64,
}

impl Iterator for RescanActs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let r = self.rescan;
        if r.items == 0 {
            return None;
        }
        if self.done == r.items {
            let days = r.every_days * self.rng.uniform(1.0 - r.every_jitter, 1.0 + r.every_jitter);
            self.run_us = self.run_us.saturating_add(us_of(days * DAY_S).max(1)).max(self.last_us);
            self.done = 0;
        }
        self.last_us = if self.done == 0 {
            self.run_us
        } else {
            let mean = if self.done.is_multiple_of(r.batch.max(1)) { r.pause_s } else { r.batch_gap_s };
            self.last_us.saturating_add(us_of(self.rng.exponential(mean)))
        };
        self.done += 1;
        Some(Act::plain(self.last_us, self.done - 1))
    }
}
