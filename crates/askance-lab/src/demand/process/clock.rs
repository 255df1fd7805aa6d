//! Jobs by the wall clock: cron tables and interval timers, late by the load of the machine.

use askance_record::{Rng, Timestamp};
use jiff::tz::TimeZone;

use super::Act;
use crate::demand::us_of;
use crate::demand::week::SLOT_US;

/// A job that a clock starts.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockJob {
    /// When it is due.
    pub schedule: Schedule,
    /// Mean lateness, in seconds (exponential).
    pub late_s: f64,
    /// How many times later it is at the full hour, when the jobs of everybody start.
    pub full_hour_load: f64,
    /// Share of runs that do not happen.
    pub missed: f64,
}

/// When a job is due.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// By a cron table in local time: an hour that daylight saving skips has no run, one that it repeats has two.
    Cron {
        /// The table's five fields.
        cron: Cron,
        /// The machine's zone.
        zone: TimeZone,
    },
    /// Every `period_s` seconds, `phase_s` after a multiple of it since 1970; whatever the civil time is.
    Every {
        /// Period, in seconds.
        period_s: f64,
        /// Phase, in seconds.
        phase_s: f64,
    },
}

/// The five time fields of a crontab line (POSIX crontab; steps as in Vixie cron).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Day of month and day of week are both given: either suffices.
    either_day: bool,
}

/// Why a text is not a cron schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// Not five fields.
    #[error("a cron schedule has five fields, this one has {0}")]
    Fields(usize),
    /// A field that is no list of numbers, ranges and steps inside its limits.
    #[error("field {0} of the cron schedule is not a list of numbers, ranges or steps inside its limits")]
    Field(usize),
}

impl Cron {
    /// Reads five fields, such as `17 */2 * * 1-5`; numbers only, Sunday is 0 or 7.
    ///
    /// # Errors
    /// [`CronError`] where the text is something else.
    ///
    /// # Example
    /// ```
    /// use askance_lab::demand::Cron;
    /// assert!(Cron::parse("*/10 8-17 * * 1-5").is_ok());
    /// assert!(Cron::parse("61 * * * *").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::Fields(fields.len()));
        };
        let week = field(weekday, 0, 7).ok_or(CronError::Field(5))?;
        Ok(Self {
            minutes: field(minute, 0, 59).ok_or(CronError::Field(1))?,
            hours: field(hour, 0, 23).ok_or(CronError::Field(2))?,
            days: field(day, 1, 31).ok_or(CronError::Field(3))?,
            months: field(month, 1, 12).ok_or(CronError::Field(4))?,
            weekdays: (week | week >> 7) & 0x7f,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The first due time not before `us`, within five years.
    fn next_from(&self, us: i64, zone: &TimeZone) -> Option<i64> {
        let first = us.div_euclid(SLOT_US);
        let five_years = 5 * 366 * 96;
        (first..first + five_years).find_map(|slot| self.due_in_slot(slot * SLOT_US, zone).find(|&at| at >= us))
    }

    fn due_in_slot(&self, begin: i64, zone: &TimeZone) -> impl Iterator<Item = i64> + use<> {
        let local = zone.to_datetime(Timestamp::from_us(begin).to_jiff());
        let has = |set: u64, n: i8| set >> n.unsigned_abs() & 1 == 1;
        let by_date = has(self.days, local.day());
        let by_week = has(self.weekdays, local.weekday().to_sunday_zero_offset());
        let day = if self.either_day { by_date || by_week } else { by_date && by_week };
        let open = day && has(self.months, local.month()) && has(self.hours, local.hour());
        let minutes = if open { self.minutes } else { 0 };
        let first = local.minute();
        (0..15i8)
            .filter(move |k| minutes >> (first + k).unsigned_abs().min(63) & 1 == 1)
            .map(move |k| begin + i64::from(k) * 60_000_000)
    }
}

/// The set of numbers that one field names; `None` if it is malformed.
fn field(text: &str, low: u32, high: u32) -> Option<u64> {
    let mut set = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|&s| s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None => {
                let one = range.parse().ok()?;
                (one, if part.contains('/') { high } else { one })
            }
        };
        if from < low || to > high || from > to {
            return None;
        }
        (from..=to).step_by(step).for_each(|n| set |= 1 << n);
    }
    Some(set)
}

/// The runs of a job in time order.
pub(super) struct Runs {
    job: ClockJob,
    rng: Rng,
    /// No tick before this has been used.
    from_us: i64,
    end_us: i64,
    item: u64,
}

impl ClockJob {
    /// A job by a cron table on a machine with little to do: half a second late, never missed.
    pub fn cron(cron: Cron, zone: TimeZone) -> Self {
        Self { schedule: Schedule::Cron { cron, zone }, late_s: 0.5, full_hour_load: 2.0, missed: 0.0 }
    }

    /// A timer that fires each `period_s` seconds, a fifth of a second late.
    pub fn every(period_s: f64, phase_s: f64) -> Self {
        Self { schedule: Schedule::Every { period_s, phase_s }, late_s: 0.2, full_hour_load: 0.0, missed: 0.0 }
    }

    pub(super) fn acts(&self, rng: Rng, start: Timestamp, end: Timestamp) -> Runs {
        Runs { job: self.clone(), rng, from_us: start.us(), end_us: end.us(), item: 0 }
    }
}

impl Schedule {
    /// The first due time not before `us`.
    fn next_from(&self, us: i64) -> Option<i64> {
        match self {
            Self::Cron { cron, zone } => cron.next_from(us, zone),
            Self::Every { period_s, phase_s } => {
                let period = us_of(*period_s).max(1);
                let phase = us_of(*phase_s).rem_euclid(period);
                let ticks = (us - phase).div_euclid(period) + i64::from((us - phase).rem_euclid(period) != 0);
                Some(ticks * period + phase)
            }
        }
    }
}

impl Iterator for Runs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        loop {
            // The end matters here, too: a job may miss every run.
            let tick = self.job.schedule.next_from(self.from_us).filter(|&tick| tick < self.end_us)?;
            self.from_us = tick + 1;
            let load = if tick.rem_euclid(3_600_000_000) < 60_000_000 { 1.0 + self.job.full_hour_load } else { 1.0 };
            let late = self.rng.exponential(self.job.late_s * load);
            if !self.rng.chance(self.job.missed) {
                self.item += 1;
                return Some(Act::plain(tick + us_of(late), self.item - 1));
            }
        }
    }
}
