//! Interest that fades after an instant, steady rates, and old series that are played again.

use std::sync::Arc;

use askance_record::{Rng, Timestamp};

use super::Act;
use crate::demand::us_of;
use crate::demand::week::Week;

/// A rate that jumps at an instant and falls by a power of time: publicity.
///
/// The rate is `peak * (1 + (t - instant) / scale)^-power`, times the week's weight where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct FadeOut {
    /// When the news is out.
    pub instant: Timestamp,
    /// Acts an hour at that instant.
    pub peak_per_h: f64,
    /// How long the interest stays near its peak, in seconds.
    pub scale_s: f64,
    /// The power of the fall; 1 is usual.
    pub power: f64,
    /// Acts a day that come anyway, before and after.
    pub background_per_day: f64,
    /// The rhythm of the readers, if it shows.
    pub week: Option<Week>,
}

/// An old series played again: the same items in the same order with the same gaps, at another time.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The old acts, ascending: of another client ([`AskerConfig::acts`](crate::demand::AskerConfig::acts)), or out of a log.
    pub acts: Arc<[Act]>,
    /// How much later, in microseconds.
    pub shift_us: i64,
    /// Share of the old acts that come again.
    pub share: f64,
    /// Mean further delay, in seconds (exponential); order is kept.
    pub late_s: f64,
}

/// Exponential gaps of this mean, in seconds.
pub(super) struct Steady {
    rng: Rng,
    mean_s: f64,
    at_us: i64,
    item: u64,
}

impl Steady {
    pub(super) fn new(rng: Rng, per_day: f64, start: Timestamp) -> Self {
        Self { rng, mean_s: 86_400.0 / per_day, at_us: start.us(), item: 0 }
    }
}

impl Iterator for Steady {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        if !(self.mean_s.is_finite() && self.mean_s > 0.0) {
            return None;
        }
        self.at_us = self.at_us.saturating_add(us_of(self.rng.exponential(self.mean_s)));
        self.item += 1;
        Some(Act::plain(self.at_us, self.item - 1))
    }
}

/// The acts of faded interest, background included.
pub(super) struct FadeActs {
    fade: FadeOut,
    rng: Rng,
    background: core::iter::Peekable<Steady>,
    /// Expected number of candidates between the instant and the last one.
    area: f64,
    next: Option<i64>,
    item: u64,
}

impl FadeOut {
    pub(super) fn acts(&self, mut rng: Rng, start: Timestamp) -> FadeActs {
        let steady = Steady::new(Rng::new(rng.bits()), self.background_per_day, start);
        let since_s = start.since_s(self.instant).max(0.0);
        let mut acts = FadeActs {
            area: self.area_at(since_s),
            fade: self.clone(),
            rng,
            background: steady.peekable(),
            next: None,
            item: 0,
        };
        acts.next = acts.candidate();
        acts
    }

    /// Candidates a second at the instant: the peak rate at the busiest hour.
    fn candidates_per_s(&self) -> f64 {
        self.peak_per_h / 3600.0 * self.week.as_ref().map_or(1.0, Week::peak)
    }

    fn area_at(&self, x_s: f64) -> f64 {
        let (k, c, q) = (self.candidates_per_s(), self.scale_s, 1.0 - self.power);
        if q.abs() < 1e-9 { k * c * libm::log1p(x_s / c) } else { k * c / q * (libm::pow(1.0 + x_s / c, q) - 1.0) }
    }

    /// Seconds after the instant at which the area is reached; `None` where it never is.
    fn when(&self, area: f64) -> Option<f64> {
        let (k, c, q) = (self.candidates_per_s(), self.scale_s, 1.0 - self.power);
        let x = if q.abs() < 1e-9 {
            c * libm::expm1(area / (k * c))
        } else {
            let base = 1.0 + q * area / (k * c);
            if base <= 0.0 {
                return None;
            }
            c * (libm::pow(base, 1.0 / q) - 1.0)
        };
        // Beyond a thousand years nothing is asked, and microseconds overflow soon after.
        (x.is_finite() && x < 3.2e10).then_some(x)
    }
}

impl FadeActs {
    /// The next act of the fading part, thinned by the week's weight.
    fn candidate(&mut self) -> Option<i64> {
        loop {
            self.area += self.rng.exponential(1.0);
            let at = self.fade.instant.us().checked_add(us_of(self.fade.when(self.area)?))?;
            let keep = self.fade.week.as_ref().map_or(1.0, |w| w.weight_at(Timestamp::from_us(at)) / w.peak());
            if self.rng.chance(keep) {
                return Some(at);
            }
        }
    }
}

impl Iterator for FadeActs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let steady = self.background.peek().map(|a| a.at.us());
        let at = match (self.next, steady) {
            (Some(fading), steady) if steady.is_none_or(|s| fading <= s) => {
                self.next = self.candidate();
                fading
            }
            (_, Some(steady)) => {
                self.background.next();
                steady
            }
            (_, None) => return None,
        };
        self.item += 1;
        Some(Act::plain(at, self.item - 1))
    }
}

/// An old series at its new times.
pub(super) struct ReplayActs {
    replay: Replay,
    rng: Rng,
    index: usize,
    last_us: i64,
}

impl Replay {
    pub(super) fn acts(&self, rng: Rng) -> ReplayActs {
        ReplayActs { replay: self.clone(), rng, index: 0, last_us: i64::MIN }
    }
}

impl Iterator for ReplayActs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        loop {
            let old = *self.replay.acts.get(self.index)?;
            self.index += 1;
            let late = us_of(self.rng.exponential(self.replay.late_s));
            if self.rng.chance(self.replay.share) {
                let at = old.at.us().saturating_add(self.replay.shift_us).saturating_add(late);
                self.last_us = self.last_us.max(at);
                return Some(Act { at: Timestamp::from_us(self.last_us), ..old });
            }
        }
    }
}
