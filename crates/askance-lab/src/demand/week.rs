//! The human week: how busy each local hour is, through daylight saving and holidays.

use std::sync::Arc;

use askance_record::{Rng, Timestamp, mix64};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Length of a stretch in which local hour and zone offset do not change, in microseconds.
///
/// Offsets of all zones have been multiples of a quarter of an hour since 1972.
pub(crate) const SLOT_US: i64 = 900_000_000;

/// How busy each hour of a week is, from Monday 00:00 local time; the mean is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekTemplate(Arc<[f64; 168]>);

impl WeekTemplate {
    /// From 168 weights, scaled to mean 1; negative and non-finite weights count as 0.
    ///
    /// Weights that are all 0 stay so: nothing ever happens.
    pub fn new(weights: [f64; 168]) -> Self {
        let mut kept = weights.map(|w| if w.is_finite() { w.max(0.0) } else { 0.0 });
        let mean = kept.iter().sum::<f64>() / 168.0;
        if mean > 0.0 {
            for weight in &mut kept {
                *weight /= mean;
            }
        }
        Self(Arc::new(kept))
    }

    /// Every hour alike.
    pub fn flat() -> Self {
        Self(Arc::new([1.0; 168]))
    }

    /// An office: nine to six from Monday to Friday with a dip at lunch and an earlier end on Friday; little else.
    pub fn at_work() -> Self {
        let day: [f64; 24] = [
            0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.06, 0.25, 0.8, 1.3, 1.4, 1.3, 0.6, 1.0, 1.3, 1.3, 1.1, 0.7, 0.3,
            0.15, 0.1, 0.08, 0.05, 0.03,
        ];
        Self::from_days(|weekday, hour| match weekday {
            4 if hour >= 15 => 0.5 * day[hour],
            0..=4 => day[hour],
            _ => 0.04 * day[hour] + 0.005,
        })
    }

    /// A household: early morning, evenings, and the middle of the day at weekends.
    pub fn at_home() -> Self {
        let workday: [f64; 24] = [
            0.3, 0.12, 0.06, 0.04, 0.04, 0.08, 0.35, 0.6, 0.4, 0.25, 0.25, 0.25, 0.35, 0.3, 0.25, 0.3, 0.5, 0.8, 1.1,
            1.4, 1.6, 1.6, 1.2, 0.7,
        ];
        let weekend: [f64; 24] = [
            0.5, 0.3, 0.15, 0.08, 0.05, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 1.0, 0.8, 0.8, 0.9, 0.9, 1.0, 1.0, 1.1, 1.3,
            1.4, 1.4, 1.1, 0.8,
        ];
        Self::from_days(|weekday, hour| if weekday < 5 { workday[hour] } else { weekend[hour] })
    }

    fn from_days(weight: impl Fn(usize, usize) -> f64) -> Self {
        Self::new(core::array::from_fn(|h| weight(h / 24, h % 24)))
    }

    /// The weight of an hour of the week, 0 being Monday 00:00; later hours wrap around.
    pub fn weight(&self, hour_of_week: usize) -> f64 {
        self.0[hour_of_week % 168]
    }

    /// The largest weight.
    pub fn peak(&self) -> f64 {
        self.0.iter().fold(0.0, |a, &b| a.max(b))
    }
}

/// A template in a place: its zone, its holidays, and how far one day differs from another.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// How busy each local hour is.
    pub template: WeekTemplate,
    /// The time zone, with its daylight saving.
    pub zone: TimeZone,
    /// Local dates that are lived like Sundays.
    pub holidays: Vec<Date>,
    /// Spread of a day's activity: standard deviation of its logarithm; 0 makes all days alike. The mean stays 1.
    pub day_spread: f64,
}

impl Week {
    /// A template in a zone without holidays, all days alike.
    pub fn new(template: WeekTemplate, zone: TimeZone) -> Self {
        Self { template, zone, holidays: Vec::new(), day_spread: 0.0 }
    }

    /// Every hour of every day alike.
    pub fn flat() -> Self {
        Self::new(WeekTemplate::flat(), TimeZone::UTC)
    }

    /// The largest weight of an ordinary day.
    pub fn peak(&self) -> f64 {
        self.template.peak()
    }

    /// The weight at an instant, without the spread of days.
    pub fn weight_at(&self, at: Timestamp) -> f64 {
        self.weight_and_day(at).0
    }

    fn weight_and_day(&self, at: Timestamp) -> (f64, Date) {
        let local = self.zone.to_datetime(at.to_jiff());
        let date = local.date();
        let sunday = 6;
        let weekday =
            if self.holidays.contains(&date) { sunday } else { date.weekday().to_monday_zero_offset().unsigned_abs() };
        (self.template.weight(usize::from(weekday) * 24 + usize::from(local.hour().unsigned_abs())), date)
    }
}

/// Walks through a week's activity: turns amounts of it into instants.
#[derive(Clone, Debug)]
pub(crate) struct WeekClock {
    week: Week,
    seed: u64,
    /// Index of the slot whose weight is known.
    slot: Option<i64>,
    weight: f64,
}

impl WeekClock {
    /// - `seed`: decides how busy each day is
    pub(crate) fn new(week: Week, seed: u64) -> Self {
        Self { week, seed, slot: None, weight: 0.0 }
    }

    /// The weight in the slot that holds `us`.
    pub(crate) fn weight(&mut self, us: i64) -> f64 {
        let slot = us.div_euclid(SLOT_US);
        if self.slot != Some(slot) {
            let (weight, day) = self.week.weight_and_day(Timestamp::from_us(slot * SLOT_US));
            self.slot = Some(slot);
            self.weight = weight * self.day_factor(day);
        }
        self.weight
    }

    fn day_factor(&self, day: Date) -> f64 {
        let spread = self.week.day_spread;
        if spread <= 0.0 {
            return 1.0;
        }
        let number = (i64::from(day.year()) * 366 + i64::from(day.day_of_year())).unsigned_abs();
        libm::exp(spread * Rng::new(mix64(self.seed ^ number)).normal() - 0.5 * spread * spread)
    }

    /// The instant at which `exposure` seconds of weight 1 have gone by since `from_us`; `None` if that is not before `end_us`.
    pub(crate) fn advance(&mut self, from_us: i64, exposure: f64, end_us: i64) -> Option<i64> {
        let mut left = exposure;
        let mut at = from_us;
        while at < end_us {
            let weight = self.weight(at);
            let slot_end = (at.div_euclid(SLOT_US) + 1) * SLOT_US;
            let room = weight * (slot_end - at) as f64 / 1e6;
            if left < room {
                let found = at + super::us_of(left / weight);
                return (found < end_us).then_some(found);
            }
            left -= room;
            at = slot_end;
        }
        None
    }
}
