//! E1 with a weekly template: people at work, or in the evening, in one of 24 time zones.

use std::sync::OnceLock;

use super::{Engine, Rate, Step, Weights};

const EXPERTS: usize = 48;

/// A week in local time: relative rate an hour (mean 1) and its running sum; hour 0 is Monday 00:00.
struct Week {
    rate: [f64; 168],
    sum: [f64; 169],
}

impl Week {
    fn new(rate_at: impl Fn(usize, usize) -> f64) -> Self {
        let mut rate = [0.0; 168];
        for (hour, r) in rate.iter_mut().enumerate() {
            *r = rate_at(hour / 24, hour % 24);
        }
        let mean = rate.iter().sum::<f64>() / 168.0;
        let mut sum = [0.0; 169];
        for hour in 0..168 {
            rate[hour] /= mean;
            sum[hour + 1] = sum[hour] + rate[hour];
        }
        Self { rate, sum }
    }

    /// Rate and running integral at a local time, in hours since a Monday 00:00.
    fn at(&self, hour: f64) -> (f64, f64) {
        let weeks = (hour / 168.0).floor();
        let inside = hour - 168.0 * weeks;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=167")]
        let slot = inside.clamp(0.0, 167.0) as usize;
        let rate = self.rate[slot];
        (rate, weeks * self.sum[168] + self.sum[slot] + rate * (inside - slot as f64))
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

/// Demand that follows a person's week, behind the cache that the past shows.
#[derive(Debug)]
pub(crate) struct Human {
    rates: Option<[Rate; EXPERTS]>,
    weights: Weights<EXPERTS>,
}

impl Human {
    pub(crate) fn new() -> Self {
        Self { rates: None, weights: Weights::even(EXPERTS) }
    }

    /// P(local time = UTC + h hours) for h = -11 ..= 12, given a person.
    pub(crate) fn zones(&self) -> [(i8, f64); 24] {
        let mut out = [(0, 0.0); 24];
        for (k, (offset, p)) in (0u8..24).zip(&mut out) {
            *offset = i8::try_from(k).expect("below 24") - 11;
            *p = self.weights.w[usize::from(k)] + self.weights.w[24 + usize::from(k)];
        }
        out
    }

    /// (rate at the lookup, exposure since the one before, in hours of mean demand).
    fn exposure(expert: usize, step: &Step) -> (f64, f64) {
        let week = &weeks()[expert / 24];
        // Inside one week: so far from 1970, an hour keeps eleven digits only, and a short gap few of them.
        let local = step.hour.rem_euclid(168.0) + (expert % 24) as f64 - 11.0;
        let (rate, until) = week.at(local);
        let (_, from) = week.at(local - step.alive(step.dead).max(0.0) / 3600.0);
        (rate, (until - from).max(1e-9))
    }
}

impl Engine for Human {
    fn step(&mut self, step: &Step) -> f64 {
        let Some(rates) = &mut self.rates else {
            self.rates = Some(core::array::from_fn(|k| Rate::from_guess(Self::exposure(k, step).1.max(0.01))));
            return step.flat;
        };
        let possible = step.alive(step.dead) >= -step.slack();
        let mut densities = [0.0; EXPERTS];
        for (k, (f, posterior)) in densities.iter_mut().zip(rates.iter_mut()).enumerate() {
            let (rate, exposure) = Self::exposure(k, step);
            let density = if possible { rate / 3600.0 * posterior.density(exposure) } else { 0.0 };
            *f = step.robust(density);
            posterior.learn(exposure);
        }
        self.weights.mix(&densities)
    }

    fn cdf(&self, step: &Step) -> f64 {
        let Some(rates) = &self.rates else { return 0.5 };
        self.weights.average(|k| rates[k].cdf(Self::exposure(k, step).1))
    }
}
