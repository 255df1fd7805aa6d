//! Instants and how finely they were written down.

use core::fmt;

/// An instant in UTC, in microseconds since 1970-01-01.
///
/// Records of finer grain are cut to the microsecond; the reader says so among
/// its ledger's assumptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant that can be shown, 1 January of the year -9999.
    pub const MIN: Self = Self(-377_705_023_201_000_000);
    /// The latest instant that can be shown, 30 December 9999.
    pub const MAX: Self = Self(253_402_207_200_000_000);

    /// From microseconds since 1970-01-01 UTC, clamped to what can be shown.
    pub const fn from_us(us: i64) -> Self {
        if us < Self::MIN.0 {
            Self::MIN
        } else if us > Self::MAX.0 {
            Self::MAX
        } else {
            Self(us)
        }
    }

    /// From whole seconds since 1970-01-01 UTC, clamped to what can be shown.
    pub const fn from_s(s: i64) -> Self {
        Self::from_us(s.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970-01-01 UTC.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn as_s(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Seconds from `earlier` to this instant; negative if it is not earlier.
    pub fn since_s(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }

    /// This instant moved by `us` microseconds, clamped to what can be shown.
    #[must_use]
    pub const fn plus_us(self, us: i64) -> Self {
        Self::from_us(self.0.saturating_add(us))
    }

    /// The same instant for `jiff`.
    ///
    /// # Panics
    /// Never: every value lies within jiff's range.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).expect("MIN..=MAX is jiff's range")
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(t: jiff::Timestamp) -> Self {
        Self::from_us(t.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many digits as the instant needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

/// How finely a source wrote its time stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// Microseconds or finer.
    #[default]
    Microsecond,
    /// Milliseconds.
    Millisecond,
    /// Whole seconds.
    Second,
    /// Whole minutes.
    Minute,
    /// Whole hours.
    Hour,
    /// Whole days.
    Day,
}

impl Resolution {
    /// The width of one step, in microseconds.
    pub const fn step_us(self) -> i64 {
        match self {
            Self::Microsecond => 1,
            Self::Millisecond => 1_000,
            Self::Second => 1_000_000,
            Self::Minute => 60_000_000,
            Self::Hour => 3_600_000_000,
            Self::Day => 86_400_000_000,
        }
    }

    /// The width of one step, in seconds.
    pub fn step_s(self) -> f64 {
        self.step_us() as f64 / 1e6
    }

    /// The coarsest resolution whose step divides or exceeds `s` seconds.
    pub fn from_step_s(s: f64) -> Self {
        [Self::Day, Self::Hour, Self::Minute, Self::Second, Self::Millisecond]
            .into_iter()
            .find(|r| s >= r.step_s())
            .unwrap_or(Self::Microsecond)
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Microsecond => "1us",
            Self::Millisecond => "1ms",
            Self::Second => "1s",
            Self::Minute => "1min",
            Self::Hour => "1h",
            Self::Day => "1d",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_can_be_shown() {
        assert_eq!(Timestamp::from_us(i64::MIN).to_string(), "-009999-01-02T01:59:59Z");
        assert_eq!(Timestamp::from_us(i64::MAX).to_string(), "9999-12-30T22:00:00Z");
        assert_eq!(Timestamp::from_s(1_456_848_000).to_string(), "2016-03-01T16:00:00Z");
    }
}
