//! Outbound queues with the retry clocks of real programs.

use core::str::FromStr;

use askance_record::{Rng, Timestamp};

const S: i64 = 1_000_000;
const MIN: i64 = 60 * S;
const H: i64 = 60 * MIN;
const D: i64 = 24 * H;

/// When a mail server tries again after a temporary failure: the defaults of each program.
///
/// Programs that wake on a queue run (Postfix, Exim, Sendmail) do so at whole multiples of
/// its interval since 1970, which stands for the phase of a real daemon's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetrySchedule {
    /// The message's age, between 300 and 4000 s, then the next of the queue runs every 300 s; 5 days.
    /// Source: `qmgr_active.c`, `postconf.proto`.
    Postfix,
    /// `F,2h,15m; G,16h,1h,1.5; F,4d,6h`, then the next of Debian's queue runs every 30 min; 4 days.
    /// Source: `configure.default`.
    Exim,
    /// 400 n² s after arrival; 7 days, then one last try. Source: `qmail-send.c`.
    Qmail,
    /// 400 n² s after arrival; 4 days. Source: `scheduler_ramqueue.c`.
    OpenSmtpd,
    /// Every queue run, each 10 min in Debian; 5 days. Source: Debian's generated configuration.
    Sendmail,
    /// 4 times 1 min, 6 times 5 min, then 10 min; 2 days. Source: Exchange Server documentation, "message intervals".
    Exchange,
    /// 20 min, doubled each time, give or take 30 s; 7 days. Source: `queue/config.rs`.
    KumoMta,
    /// 5 min, times 1.3 each time; 18 attempts. Source: `has_locking.rb`.
    Postal,
    /// 2ⁿ⁺⁵ s after the nth failure; 13 attempts. Source: `outbound/config.js`.
    Haraka,
    /// 2, 5, 10, 15, 30, 60, then 120 min; 5 days. Source: `network/mta.rs`.
    Stalwart,
}

impl RetrySchedule {
    /// All schedules.
    pub const ALL: [Self; 10] = [
        Self::Postfix,
        Self::Exim,
        Self::Qmail,
        Self::OpenSmtpd,
        Self::Sendmail,
        Self::Exchange,
        Self::KumoMta,
        Self::Postal,
        Self::Haraka,
        Self::Stalwart,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::Qmail => "qmail",
            Self::OpenSmtpd => "opensmtpd",
            Self::Sendmail => "sendmail",
            Self::Exchange => "exchange",
            Self::KumoMta => "kumomta",
            Self::Postal => "postal",
            Self::Haraka => "haraka",
            Self::Stalwart => "stalwart",
        }
    }

    /// When to try again.
    ///
    /// - `first`: when the message came into the queue
    /// - `last`: when the last attempt failed, not before `first`
    /// - `attempt`: attempts made so far, at least 1
    /// - `rng`: drawn from by schedules with jitter only
    /// - returns: later than `last`, whole seconds where the program counts so; `None` where the message is given up and bounces now
    ///
    /// # Panics
    /// Never: the delays fit.
    pub fn next_attempt(self, first: Timestamp, last: Timestamp, attempt: u32, rng: &mut Rng) -> Option<Timestamp> {
        // These programs count whole seconds: a queue run is not missed because the attempt took some milliseconds.
        let (first, last) = match self {
            Self::Postfix | Self::Exim | Self::Qmail | Self::OpenSmtpd => (whole_second(first), whole_second(last)),
            _ => (first, last),
        };
        let age = last.us().saturating_sub(first.us()).max(0);
        // Some programs look at the age when an attempt fails, others at the age of the next attempt.
        let unless_older = |limit: i64, next: Timestamp| (age < limit).then_some(next);
        let unless_later =
            |limit: i64, next: Timestamp| (next.us().saturating_sub(first.us()) <= limit).then_some(next);
        match self {
            Self::Postfix => unless_older(5 * D, queue_run(last.plus_us(age.clamp(300 * S, 4000 * S)), 300 * S)),
            Self::Exim => unless_older(4 * D, queue_run(last.plus_us(exim_gap_us(age)), 30 * MIN)),
            Self::Qmail => unless_older(7 * D, first.plus_us(quadratic_us(age))),
            Self::OpenSmtpd => unless_later(4 * D, first.plus_us(quadratic_us(age))),
            Self::Sendmail => unless_older(5 * D, queue_run(last.plus_us(1), 10 * MIN)),
            Self::Exchange => {
                let gap = match attempt {
                    ..=4 => MIN,
                    5..=10 => 5 * MIN,
                    _ => 10 * MIN,
                };
                unless_later(2 * D, last.plus_us(gap))
            }
            Self::KumoMta => {
                let gap = (20 * MIN).saturating_mul(1 << attempt.saturating_sub(1).min(20));
                let jitter = i64::try_from(rng.below(60_000_001)).expect("below 2^26") - 30 * S;
                unless_later(7 * D, last.plus_us(gap + jitter))
            }
            Self::Postal => {
                let n = attempt.saturating_sub(1);
                let gap = (n < 17).then(|| i128::from(5 * MIN) * 13i128.pow(n) / 10i128.pow(n))?;
                Some(last.plus_us(i64::try_from(gap).expect("300 s times 1.3^16 fits")))
            }
            Self::Haraka => (attempt <= 12).then(|| last.plus_us(S << (attempt + 5))),
            Self::Stalwart => {
                let gap = [2, 5, 10, 15, 30, 60].get(attempt.saturating_sub(1) as usize).copied().unwrap_or(120);
                unless_later(5 * D, last.plus_us(gap * MIN))
            }
        }
    }

    /// How often waiting messages are looked at without being tried, in seconds.
    ///
    /// Exim resolves the exchanges of each waiting recipient at every queue run and only then
    /// finds that the host's retry time has not come, so that the DNS sees the queue runs and
    /// not the schedule (measured with Exim 4.96).
    pub const fn lookups_every_s(self) -> Option<u32> {
        match self {
            Self::Exim => Some(1800),
            _ => None,
        }
    }
}

impl FromStr for RetrySchedule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

fn whole_second(t: Timestamp) -> Timestamp {
    t.plus_us(-t.us().rem_euclid(S))
}

/// The first queue run at or after `t`.
fn queue_run(t: Timestamp, every_us: i64) -> Timestamp {
    let into = t.us().rem_euclid(every_us);
    if into == 0 { t } else { t.plus_us(every_us - into) }
}

/// The smallest 400 n² s above `age`, in microseconds.
///
/// `qmail-send` has `(isqrt(age) + 20)²`, which is the same on its own grid.
fn quadratic_us(age_us: i64) -> i64 {
    let slots = u64::try_from(age_us / (400 * S)).unwrap_or(0);
    let n = i64::try_from(slots.isqrt()).expect("a root of an i64 fits") + 1;
    (400 * S).saturating_mul(n * n)
}

/// Exim's gap at an age: 15 min up to 2 h, then 1 h growing by half up to 16 h, then 6 h.
fn exim_gap_us(age: i64) -> i64 {
    if age < 2 * H {
        return 15 * MIN;
    }
    if age >= 16 * H {
        return 6 * H;
    }
    // The kth gap of 1.5^k h begins at 2 h * 1.5^k, as the gaps before it add up to that.
    let (mut begin, mut gap) = (2 * H, H);
    while begin + begin / 2 <= age {
        (begin, gap) = (begin + begin / 2, gap + gap / 2);
    }
    gap
}

#[cfg(test)]
mod tests;
