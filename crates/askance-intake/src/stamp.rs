//! Time stamps of log lines: what is written, and which instant that is.
//!
//! [`find`] reads the stamp at the start of a text without a calendar library, so that
//! a log of millions of lines costs arithmetic only. [`Clock::settle`] turns it into an
//! instant: it adds the zone and the year that the stamp leaves out, follows a log
//! into the next year, and remembers what it had to assume.

mod pattern;
mod written;

use askance_record::{At, Ledger, Resolution, Timestamp};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::{IntakeError, Options};

pub(crate) use pattern::Pattern;
pub(crate) use written::{find, find_epoch};

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;

/// A stamp as written, before its zone and year are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) shown: Shown,
    pub(crate) resolution: Resolution,
    /// Octets of text that the stamp takes.
    pub(crate) len: usize,
}

/// What a stamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Microseconds since 1970-01-01 UTC.
    Instant { us: i64 },
    /// A clock's reading, as microseconds since 1970-01-01 of that clock, and the clock's offset if written.
    Local { us: i64, offset_s: Option<i64> },
    /// A clock's reading without a year.
    Yearless { month: u8, day: u8, time_us: i64 },
}

impl Stamp {
    /// The same stamp, with the zone of `other` where this one names none.
    ///
    /// A log line that passed through syslog has two stamps by clocks of one host.
    pub(crate) fn with_zone_of(mut self, other: &Self) -> Self {
        if let (Shown::Local { us, offset_s: None }, Shown::Local { offset_s, .. }) = (self.shown, other.shown) {
            self.shown = Shown::Local { us, offset_s };
        }
        self
    }

    /// True where the stamp needs no zone to be told.
    pub(crate) fn has_zone(&self) -> bool {
        matches!(self.shown, Shown::Instant { .. } | Shown::Local { offset_s: Some(_), .. })
    }
}

/// Why a text gives no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoStamp {
    /// No stamp stands there.
    Absent,
    /// A stamp that names no existing date or time.
    Impossible,
    /// A date that two countries read in two ways.
    Ambiguous,
    /// A stamp without a year, and no year was given.
    YearNeeded,
}

impl NoStamp {
    /// The reason to reject a line by; an error where the whole input cannot be read.
    pub(crate) fn reason(self, at: At) -> Result<&'static str, IntakeError> {
        match self {
            Self::Absent => Ok("no time stamp"),
            Self::Impossible => Ok("no such date or time"),
            Self::Ambiguous => Ok("date of two readings: name its pattern"),
            Self::YearNeeded => Err(IntakeError::YearNeeded { at }),
        }
    }
}

/// Turns stamps into instants.
pub(crate) struct Clock {
    zone: Option<TimeZone>,
    year: Option<i16>,
    /// The last yearless stamp: year, month, and the reading.
    last_yearless: Option<(i16, u8, i64)>,
    /// The local minute whose offset was looked up last, and that offset.
    minute: Option<(i64, i64)>,
    last_us: Option<i64>,
    /// An hour that the zone repeats has come for the second time.
    second_pass: bool,
    notes: Notes,
}

/// What was assumed; written to the ledger at the end.
#[derive(Default)]
struct Notes {
    zoneless: bool,
    skipped_hour: bool,
    repeated_hour: bool,
    new_years: u32,
    resolution: Option<Resolution>,
}

impl Clock {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            zone: options.zone.clone(),
            year: options.year,
            last_yearless: None,
            minute: None,
            last_us: None,
            second_pass: false,
            notes: Notes::default(),
        }
    }

    /// The instant of a stamp.
    pub(crate) fn settle(&mut self, stamp: &Stamp) -> Result<Timestamp, NoStamp> {
        let us = match stamp.shown {
            Shown::Instant { us } => us,
            Shown::Local { us, offset_s: Some(offset_s) } => us - offset_s * 1_000_000,
            Shown::Local { us, offset_s: None } => self.zoned(us),
            Shown::Yearless { month, day, time_us } => {
                let us = self.yearless(month, day, time_us)?;
                self.zoned(us)
            }
        };
        self.last_us = Some(us);
        self.notes.resolution = self.notes.resolution.max(Some(stamp.resolution));
        Ok(Timestamp::from_us(us))
    }

    fn yearless(&mut self, month: u8, day: u8, time_us: i64) -> Result<i64, NoStamp> {
        let reading = |year: i16| Some(written::days_of(i64::from(year), month, day)? * DAY_US + time_us);
        let Some((year, last_month, last_reading)) = self.last_yearless else {
            let year = self.year.ok_or(NoStamp::YearNeeded)?;
            let us = reading(year).ok_or(NoStamp::Impossible)?;
            self.last_yearless = Some((year, month, us));
            return Ok(us);
        };
        if month + 6 <= last_month {
            let next = year.saturating_add(1);
            let us = reading(next).ok_or(NoStamp::Impossible)?;
            self.notes.new_years += 1;
            self.last_yearless = Some((next, month, us));
            return Ok(us);
        }
        if month > last_month + 6 {
            // Lines swapped around midnight of New Year: a line of December after one of January.
            let before = reading(year.saturating_sub(1));
            if let Some(us) = before.filter(|us| last_reading - us <= 2 * DAY_US) {
                return Ok(us);
            }
        }
        let us = reading(year).ok_or(NoStamp::Impossible)?;
        self.last_yearless = Some((year, month, us));
        Ok(us)
    }

    /// The instant at which a clock of the told zone shows `us`.
    fn zoned(&mut self, us: i64) -> i64 {
        let Some(zone) = &self.zone else {
            self.notes.zoneless = true;
            return us;
        };
        let minute = us.div_euclid(MINUTE_US);
        if let Some((known, offset_us)) = self.minute
            && known == minute
        {
            return us - offset_us;
        }
        let start = ambiguous_offset(zone, minute * MINUTE_US);
        let end = ambiguous_offset(zone, minute * MINUTE_US + MINUTE_US - 1);
        if let (AmbiguousOffset::Unambiguous { offset: a }, AmbiguousOffset::Unambiguous { offset: b }) = (start, end)
            && a == b
        {
            self.minute = Some((minute, offset_us(a)));
            self.second_pass = false;
            return us - offset_us(a);
        }
        match ambiguous_offset(zone, us) {
            AmbiguousOffset::Unambiguous { offset } => us - offset_us(offset),
            AmbiguousOffset::Gap { before, .. } => {
                self.notes.skipped_hour = true;
                us - offset_us(before)
            }
            AmbiguousOffset::Fold { before, after } => {
                self.notes.repeated_hour = true;
                let (first, second) = (us - offset_us(before), us - offset_us(after));
                // Logs run forward: a step back of minutes means that the hour has come again.
                self.second_pass |= self.last_us.is_some_and(|last| first < last - 5 * MINUTE_US);
                if self.second_pass { second } else { first }
            }
        }
    }

    /// Writes down what was assumed.
    pub(crate) fn finish(&self, ledger: &mut Ledger) {
        if self.notes.zoneless {
            ledger.assume("stamps that name no zone are taken as UTC");
        }
        if self.notes.skipped_hour {
            ledger.assume("stamps in an hour that the zone skips are moved behind it");
        }
        if self.notes.repeated_hour {
            ledger.assume("stamps in an hour that the zone repeats are told apart by the order of lines");
        }
        if let (Some(year), Some((last, _, _))) = (self.year, self.last_yearless) {
            ledger.assume(if self.notes.new_years == 0 {
                format!("stamps that name no year are of {year}")
            } else {
                format!("stamps that name no year run from {year} to {last}, a new year where the month steps back")
            });
        }
        if let Some(resolution) = self.notes.resolution.filter(|r| *r > Resolution::Microsecond) {
            ledger.assume(format!("time stamps resolve {resolution}"));
        }
    }
}

fn offset_us(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000_000
}

fn ambiguous_offset(zone: &TimeZone, local_us: i64) -> AmbiguousOffset {
    let shown = Offset::UTC.to_datetime(Timestamp::from_us(local_us).to_jiff());
    zone.to_ambiguous_timestamp(shown).offset()
}

#[cfg(test)]
mod tests;
