//! When a campaign is sent.

use core::ops::Range;

use askance_record::{Rng, Timestamp};

const DAY_US: i64 = 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;

/// Draws after which a schedule that never falls into its hours is given up.
const DRAWS_MAX: u32 = 100_000;

/// When a campaign is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasions {
    /// At these times, ascending.
    At(Vec<Timestamp>),
    /// Again and again, as newsletters are.
    Every {
        /// The first time.
        first: Timestamp,
        /// Seconds between two, at least 1.
        every_s: u32,
    },
    /// Now and then, as people make an application send: a Poisson process.
    Random {
        /// Mean of the gaps within working hours, in seconds, at least 1.
        mean_s: u32,
        /// Working hours in UTC; `None`: round the clock.
        hours: Option<Range<u8>>,
        /// Whether Saturdays and Sundays are free.
        weekdays_only: bool,
    },
}

impl Occasions {
    /// The first occasion after `after` (the one before, or the microsecond before the contract); `None`: no more.
    pub(super) fn next(&self, after: Timestamp, rng: &mut Rng) -> Option<Timestamp> {
        match self {
            Self::At(times) => times.iter().copied().find(|&t| t > after),
            Self::Every { first, every_s } => {
                let step = i64::from((*every_s).max(1)) * 1_000_000;
                let missed = (after.us().saturating_sub(first.us())).div_euclid(step) + 1;
                Some(first.plus_us(missed.max(0).saturating_mul(step)))
            }
            Self::Random { mean_s, hours, weekdays_only } => {
                let mut at = after;
                for _ in 0..DRAWS_MAX {
                    at = at.plus_us(gap_us(rng.exponential(f64::from((*mean_s).max(1)))));
                    let hour = at.us().rem_euclid(DAY_US) / HOUR_US;
                    // 1 January 1970 was a Thursday.
                    let weekday = (at.us().div_euclid(DAY_US) + 3).rem_euclid(7);
                    let in_hours =
                        hours.as_ref().is_none_or(|h| (i64::from(h.start)..i64::from(h.end)).contains(&hour));
                    if in_hours && !(*weekdays_only && weekday >= 5) {
                        return Some(at);
                    }
                }
                None
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 saturates, and time is clamped")]
fn gap_us(seconds: f64) -> i64 {
    (seconds * 1e6) as i64 + 1
}
