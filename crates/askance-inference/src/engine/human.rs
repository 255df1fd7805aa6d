//! E1 with a weekly template: people at work, or in the evening, in one of 24 time zones.

use std::sync::OnceLock;

use super::burst::LogGap;
use super::rates::Rates;
use super::{Engine, Step, Weights};

const ZONES: usize = 24;
/// Two weeks in each zone, zone by zone.
const EXPERTS: usize = 2 * ZONES;
const HOURS: usize = 168;

/// A week in local time: relative rate an hour (mean 1) and its running sum; hour 0 is Monday 00:00.
///
/// Goes on for as many hours as there are zones, so that what all of them see at one instant lies side by side.
struct Week {
    rate: [f64; HOURS + ZONES],
    sum: [f64; HOURS + ZONES],
}

impl Week {
    fn new(rate_at: impl Fn(usize, usize) -> f64) -> Self {
        let mut rate: [f64; HOURS + ZONES] = core::array::from_fn(|hour| rate_at(hour / 24 % 7, hour % 24));
        let mean = rate[..HOURS].iter().sum::<f64>() / HOURS as f64;
        let mut sum = [0.0; HOURS + ZONES];
        let mut so_far = 0.0;
        for (rate, sum) in rate.iter_mut().zip(&mut sum) {
            *rate /= mean;
            *sum = so_far;
            so_far += *rate;
        }
        Self { rate, sum }
    }

    /// Rates from `at` on, one an hour, and their integrals from the Monday of `at`'s week.
    #[inline]
    fn zones(&self, at: Instant) -> impl Iterator<Item = (f64, f64)> {
        let hours = at.slot..at.slot + ZONES;
        let cells = self.rate[hours.clone()].iter().zip(&self.sum[hours]);
        cells.map(move |(&rate, &sum)| (rate, sum + rate * at.inside))
    }
}

/// An instant of some week, in the westernmost zone.
#[derive(Clone, Copy)]
struct Instant {
    weeks: f64,
    /// The hour of the week, and how far into it.
    slot: usize,
    inside: f64,
}

impl Instant {
    /// - `hour`: hours since a Monday 00:00
    fn at(hour: f64) -> Self {
        let weeks = (hour / HOURS as f64).floor();
        let hour = hour - HOURS as f64 * weeks;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=167")]
        let slot = hour.clamp(0.0, HOURS as f64 - 1.0) as usize;
        Self { weeks, slot, inside: hour - slot as f64 }
    }
}

/// Office and evening. Shapes are starting values: a floor keeps night and weekend possible.
fn weeks() -> &'static [Week; 2] {
    static WEEKS: OnceLock<[Week; 2]> = OnceLock::new();
    WEEKS.get_or_init(|| {
        let office = |day: usize, hour: usize| match (day, hour) {
            (0..5, 9..18) => 1.0,
            (0..5, 8 | 18) => 0.5,
            (0..5, 7 | 19) => 0.2,
            (_, 9..22) => 0.08,
            _ => 0.02,
        };
        let evening = |day: usize, hour: usize| match (day, hour) {
            (_, 18..23) => 1.0,
            (5.., 9..18) => 0.8,
            (_, 7..18 | 23) => 0.35,
            _ => 0.05,
        };
        [Week::new(office), Week::new(evening)]
    })
}

/// Office and evening by hour of the local week, Monday first, mean 1.
pub(crate) fn week_rates() -> [[f64; HOURS]; 2] {
    [0, 1].map(|week| core::array::from_fn(|hour| weeks()[week].rate[hour]))
}

/// A pause after which a lookup begins another visit, seconds: the half hour of web analytics.
const VISIT_S: f64 = 1800.0;
/// The typical pause within a visit before any was seen, seconds: time to read a page.
const READING_S: f64 = 60.0;

/// Demand that follows a person's week, in visits of several lookups, behind the cache that the past shows.
#[derive(Debug)]
pub(crate) struct Human {
    /// Of visits.
    rates: Option<Rates<EXPERTS>>,
    weights: Weights<EXPERTS>,
    /// Pauses within a visit.
    reading: LogGap,
    /// How many gaps lay within visits, and between them.
    within: f64,
    between: f64,
}

impl Human {
    pub(crate) fn new() -> Self {
        let reading = LogGap::first(libm::log(READING_S));
        Self { rates: None, weights: Weights::even(EXPERTS), reading, within: 1.0, between: 1.0 }
    }

    /// P(local time = UTC + h hours) for h = -11 ..= 12, given a person.
    pub(crate) fn zones(&self) -> [(i8, f64); ZONES] {
        let mut out = [(0, 0.0); ZONES];
        for (k, (offset, p)) in (0u8..).zip(&mut out) {
            *offset = i8::try_from(k).expect("below 24") - 11;
            *p = self.weights.w[usize::from(k)] + self.weights.w[ZONES + usize::from(k)];
        }
        out
    }

    /// (rate at the lookup, exposure since the one before, in hours of mean demand), by expert.
    fn exposures(step: &Step) -> ([f64; EXPERTS], [f64; EXPERTS]) {
        let to = Instant::at(step.hour - 11.0);
        // From inside the week of `to`, so that a short gap keeps its digits.
        let from = Instant::at(to.slot as f64 + to.inside - step.open() / 3600.0);
        let (mut rates, mut exposures) = ([0.0; EXPERTS], [0.0; EXPERTS]);
        let cells = rates.chunks_exact_mut(ZONES).zip(exposures.chunks_exact_mut(ZONES));
        for ((rates, exposures), week) in cells.zip(weeks()) {
            let whole = -from.weeks * HOURS as f64;
            let zones = week.zones(to).zip(week.zones(from));
            for ((rate, exposure), ((at, until), (_, from))) in rates.iter_mut().zip(exposures).zip(zones) {
                *rate = at;
                *exposure = (whole + until - from).max(1e-9);
            }
        }
        (rates, exposures)
    }
}

impl Human {
    /// (share of gaps within visits, density of this gap among them).
    fn visit(&self, step: &Step) -> (f64, f64) {
        let share = self.within / (self.within + self.between);
        let possible = step.g < VISIT_S && step.alive(step.dead) >= -step.slack();
        (share, if possible { self.reading.density(libm::log(step.g), step.g) } else { 0.0 })
    }
}

impl Engine for Human {
    fn step(&mut self, step: &Step) -> f64 {
        let (rates, exposures) = Self::exposures(step);
        let Some(posterior) = &mut self.rates else {
            self.rates = Some(Rates::from_guess(exposures.map(|exposure| exposure.max(0.01))));
            return step.flat;
        };
        let possible = step.alive(step.dead) >= -step.slack();
        let mut densities = posterior.densities(&exposures);
        for (f, rate) in densities.iter_mut().zip(rates) {
            *f = step.robust(if possible { rate / 3600.0 * *f } else { 0.0 });
        }
        let (share, reading) = self.visit(step);
        let next = self.weights.average(|k| densities[k]);
        let f = share * reading + (1.0 - share) * next;
        if share * reading > (1.0 - share) * next {
            // Goes on with a visit: says nothing of when visits begin.
            self.reading.learn(libm::log(step.g));
            self.within += 1.0;
        } else {
            if let Some(posterior) = &mut self.rates {
                posterior.learn(&exposures);
            }
            self.weights.mix(&densities);
            self.between += 1.0;
        }
        f
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(rates) = &self.rates else { return 0.5 };
        let below = rates.cdf(&Self::exposures(step).1);
        let (share, _) = self.visit(step);
        let within = if step.g < VISIT_S { self.reading.cdf(libm::log(step.g)) } else { 1.0 };
        share * within + (1.0 - share) * self.weights.average(|k| below[k])
    }
}
