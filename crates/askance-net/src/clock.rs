//! How scenario time passes.

use core::time::Duration;
use std::time::Instant;

use askance_record::Timestamp;

use crate::error::NetError;

/// How scenario time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// With real time: strangers are served.
    Real {
        /// Time of day in the scenario when the run begins.
        scenario_start: Timestamp,
        /// Scenario seconds in one real second, above 0.
        speed: f64,
    },
    /// From event to event, as in virtual time; every octet sent between two nodes has
    /// come through its socket before it is handed over. All parties are inside:
    /// strangers are neither heard nor spoken to.
    Stepped {
        /// Time of day in the scenario when the run begins.
        start: Timestamp,
    },
}

/// A clock that runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    Real { scenario_start: Timestamp, speed: f64, began: Instant },
    Stepped,
}

impl Pace {
    pub(crate) fn new(clock: Clock) -> Result<Self, NetError> {
        match clock {
            Clock::Real { speed, .. } if !(speed.is_finite() && speed > 0.0) => Err(NetError::Speed { speed }),
            Clock::Real { scenario_start, speed } => Ok(Self::Real { scenario_start, speed, began: real_now() }),
            Clock::Stepped { .. } => Ok(Self::Stepped),
        }
    }

    pub(crate) fn is_real(&self) -> bool {
        matches!(self, Self::Real { .. })
    }

    /// The time of day in the scenario; `None` where events alone move it.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        let Self::Real { scenario_start, speed, began } = self else { return None };
        let elapsed_us = real_now().duration_since(*began).as_secs_f64() * speed * 1e6;
        #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 saturates, and so does the time")]
        Some(scenario_start.plus_us(elapsed_us as i64))
    }

    /// How long `us` microseconds of the scenario take, at most an hour: who sleeps looks at the clock again.
    pub(crate) fn real_duration(&self, us: i64) -> Duration {
        let Self::Real { speed, .. } = self else { return Duration::ZERO };
        let s = (us.max(0) as f64 / 1e6 / speed).min(3600.0);
        Duration::from_secs_f64(s)
    }
}

impl Clock {
    /// Time of day in the scenario when the run begins.
    pub(crate) fn start(&self) -> Timestamp {
        match *self {
            Self::Real { scenario_start: start, .. } | Self::Stepped { start } => start,
        }
    }
}

/// The one place where a library reads the clock.
#[expect(clippy::disallowed_methods, reason = "the edge")]
fn real_now() -> Instant {
    Instant::now()
}
