//! Asking again after a failure: with or without back-off, until the answer is good.

use askance_record::{Rng, Timestamp};

use crate::demand::us_of;

/// How a program asks again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// When it does.
    pub on: RetryOn,
    /// The first delay, in seconds.
    pub first_s: f64,
    /// What each further delay is multiplied by; 1 is no back-off.
    pub factor: f64,
    /// The longest delay, in seconds.
    pub most_s: f64,
    /// How much a delay varies: uniform from `1 - share` to `1 + share` of it.
    pub jitter: f64,
    /// After so many retries it gives up until its next act; `None` never.
    pub tries_max: Option<u64>,
}

/// What makes a program ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryOn {
    /// No answer in time, or a server that failed.
    Temporary,
    /// Anything but records of the type asked for.
    AnyFailure,
    /// Whatever the answer is: a loop that has lost its end (as in rspamd issue 3417).
    Always,
}

impl Retry {
    /// Again each second or so until the answer is good, without end.
    pub const FAST: Self =
        Self { on: RetryOn::AnyFailure, first_s: 1.0, factor: 1.0, most_s: 1.0, jitter: 0.2, tries_max: None };

    /// Doubling from one second to a minute, for ten tries.
    pub const BACK_OFF: Self =
        Self { on: RetryOn::Temporary, first_s: 1.0, factor: 2.0, most_s: 60.0, jitter: 0.1, tries_max: Some(10) };

    /// Each hour until the answer is good.
    pub const HOURLY: Self =
        Self { on: RetryOn::AnyFailure, first_s: 3600.0, factor: 1.0, most_s: 3600.0, jitter: 0.01, tries_max: None };

    /// The delay before retry number `n`, counted from 0, in seconds; `None` where it gives up.
    pub fn delay_s(&self, n: u64, rng: &mut Rng) -> Option<f64> {
        if self.tries_max.is_some_and(|most| n >= most) {
            return None;
        }
        let plain = (self.first_s * libm::pow(self.factor, n as f64)).min(self.most_s);
        // A millisecond at least: time must pass.
        Some((plain * rng.uniform(1.0 - self.jitter, 1.0 + self.jitter)).max(0.001))
    }

    /// The times of the retries if every attempt fails at once, from a first failure at `start`.
    pub fn attempts(self, start: Timestamp, mut rng: Rng) -> impl Iterator<Item = Timestamp> {
        let mut at = start;
        (0..).map_while(move |n| {
            at = at.plus_us(us_of(self.delay_s(n, &mut rng)?));
            Some(at)
        })
    }
}
