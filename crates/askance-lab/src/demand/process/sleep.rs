//! Sleep, act, sleep: loops that keep no appointment with a clock, and beacons.

use askance_record::{Rng, Timestamp};

use super::Act;
use crate::demand::us_of;

/// A loop that sleeps between its acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SleepLoop {
    /// The sleep, in seconds.
    pub period_s: f64,
    /// How the sleep varies.
    pub jitter: Jitter,
    /// How much the machine's clock is slow, in parts per million.
    pub drift_ppm: f64,
    /// Mean time that the act itself takes before the next sleep begins, in seconds (exponential).
    pub work_s: f64,
}

/// How a sleep varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Normal around the period, with this standard deviation in seconds.
    Normal {
        /// Standard deviation, in seconds.
        sd_s: f64,
    },
    /// Uniform from `period * (1 - less)` to `period * (1 + more)`.
    ///
    /// Tools that shorten the sleep only have `more = 0`; others take both alike.
    Uniform {
        /// Share by which the sleep may be shorter.
        less: f64,
        /// Share by which it may be longer.
        more: f64,
    },
}

/// A program that checks in with its controller and is sometimes given a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beacon {
    /// The check-ins.
    pub sleep: SleepLoop,
    /// Share of check-ins that bring a task.
    pub task_share: f64,
    /// Mean time that a task takes, in seconds (exponential).
    pub task_s: f64,
    /// Sleep between check-ins during a task, in seconds.
    pub busy_s: f64,
}

/// The shortest gap between two acts of a loop, in seconds: no program is faster, and time must pass.
const GAP_S_MIN: f64 = 0.001;

impl SleepLoop {
    /// A loop of this period whose act takes a tenth of a second.
    pub const fn every(period_s: f64) -> Self {
        Self { period_s, jitter: Jitter::None, drift_ppm: 0.0, work_s: 0.1 }
    }

    fn gap_s(&self, rng: &mut Rng) -> f64 {
        let sleep = match self.jitter {
            Jitter::None => self.period_s,
            Jitter::Normal { sd_s } => self.period_s + sd_s * rng.normal(),
            Jitter::Uniform { less, more } => self.period_s * rng.uniform(1.0 - less, 1.0 + more),
        };
        (sleep * (1.0 + self.drift_ppm / 1e6) + rng.exponential(self.work_s)).max(GAP_S_MIN)
    }

    pub(super) fn acts(self, rng: Rng, start: Timestamp) -> Rounds {
        Beacon { sleep: self, task_share: 0.0, task_s: 0.0, busy_s: 0.0 }.acts(rng, start)
    }
}

impl Beacon {
    pub(super) fn acts(self, mut rng: Rng, start: Timestamp) -> Rounds {
        let first = us_of(rng.uniform(0.0, self.sleep.period_s.max(GAP_S_MIN)));
        Rounds { beacon: self, rng, next_us: start.us() + first, busy_until: i64::MIN, item: 0 }
    }
}

/// The rounds of a loop or a beacon in time order.
pub(super) struct Rounds {
    beacon: Beacon,
    rng: Rng,
    next_us: i64,
    busy_until: i64,
    item: u64,
}

impl Iterator for Rounds {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let at = self.next_us;
        let given = self.rng.chance(self.beacon.task_share);
        if given && at >= self.busy_until {
            self.busy_until = at.saturating_add(us_of(self.rng.exponential(self.beacon.task_s)));
        }
        let busy = at < self.busy_until;
        let gap = if busy {
            (self.beacon.busy_s + self.rng.exponential(self.beacon.sleep.work_s)).max(GAP_S_MIN)
        } else {
            self.beacon.sleep.gap_s(&mut self.rng)
        };
        self.next_us = at.saturating_add(us_of(gap).max(1));
        self.item += 1;
        Some(Act { at: Timestamp::from_us(at), item: self.item - 1, long: busy })
    }
}
