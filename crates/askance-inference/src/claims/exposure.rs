//! Waiting times behind a cache, in a week that has its hours.

use super::coverage::{Coverage, DAY_US};
use crate::state::week_hour_of;

pub(crate) const HOUR_US: i64 = DAY_US / 24;
/// Hours beyond which a span is a mistake in the records: a century.
const HOURS_MAX: i64 = 876_600;
/// What is left for waits that no model foresees.
const ROBUST: f64 = 0.02;

/// Expected demand, as hours of mean demand, from the beginning of the records on.
#[derive(Clone, Debug)]
pub(crate) struct Exposure<'a> {
    coverage: &'a Coverage,
    from: i64,
    to: i64,
    /// At the beginning of each hour.
    sums: Vec<f64>,
    level: &'a [f64; 168],
}

impl<'a> Exposure<'a> {
    /// - `level`: relative demand by hour of the week in UTC, Monday first
    /// - returns: `None` without coverage, or with a span beyond a century
    pub(crate) fn new(coverage: &'a Coverage, level: &'a [f64; 168]) -> Option<Self> {
        let (from, to) = (coverage.first_us()?.div_euclid(HOUR_US) * HOUR_US, coverage.last_us()?);
        let hours = (to - from) / HOUR_US + 1;
        if hours > HOURS_MAX {
            return None;
        }
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for hour in 0..hours {
            let start = from + hour * HOUR_US;
            sum += level[week_hour_of(start)] * coverage.between_us(start, start + HOUR_US) as f64 / HOUR_US as f64;
            sums.push(sum);
        }
        Some(Self { coverage, from, to, sums, level })
    }

    fn until(&self, t: i64) -> f64 {
        let t = t.clamp(self.from, self.to);
        let hour = (t - self.from) / HOUR_US;
        let start = self.from + hour * HOUR_US;
        let inside = self.coverage.between_us(start, t) as f64 / HOUR_US as f64;
        self.sums[usize::try_from(hour).expect("not before the beginning")] + self.level[week_hour_of(start)] * inside
    }

    /// Hours of mean demand between two instants.
    pub(crate) fn between(&self, from: i64, to: i64) -> f64 {
        if to <= from { 0.0 } else { (self.until(to) - self.until(from)).max(0.0) }
    }

    /// ln of the density of these lookups under demand of unknown rate behind one cache.
    ///
    /// Each wait is predicted from those before it; the rate is Gamma(1/2) around half of what all of it gives.
    ///
    /// - `times`: ascending; `dead_us`: for which a lookup hides later demand
    pub(crate) fn ln_density(&self, times: &[i64], dead_us: i64) -> f64 {
        let all = self.between(self.from, self.to).max(1e-6);
        let (mut a, mut b) = (0.5, 0.5 * all / (times.len() as f64 + 1.0));
        let span_s = (self.to - self.from) as f64 / 1e6;
        let flat = ROBUST / libm::log(span_s + 2.0);
        let (mut open, mut last, mut ln) = (self.from, None, 0.0);
        for &t in times {
            let waited = self.between(open, t);
            let gap_s = ((t - last.unwrap_or(self.from)) as f64 / 1e6).max(1.0);
            // A second of slack: clocks and counters are cut.
            let possible = last.is_none_or(|last: i64| t - last >= dead_us - 1_000_000);
            let rate = self.level[week_hour_of(t)] / 3600.0;
            let f = if possible { rate * a / b * libm::exp((a + 1.0) * libm::log(b / (b + waited))) } else { 0.0 };
            ln += libm::log((1.0 - ROBUST) * f + flat / gap_s);
            a += 1.0;
            b += waited;
            (open, last) = (t.saturating_add(dead_us), Some(t));
        }
        ln + a * libm::log(b / (b + self.between(open, self.to)))
    }
}

/// Relative demand by hour of the day, apart for working days and weekends, as these lookups show it.
pub(crate) fn seen_week(times: &[i64], coverage: &Coverage) -> [f64; 168] {
    let cell = |hour: usize| hour % 24 + if hour / 24 < 5 { 0 } else { 24 };
    let (mut counts, mut hours) = ([0.0; 48], [0.0; 48]);
    for &t in times {
        counts[cell(week_hour_of(t))] += 1.0;
    }
    if let (Some(first), Some(last)) = (coverage.first_us(), coverage.last_us()) {
        let mut start = first.div_euclid(HOUR_US) * HOUR_US;
        let end = last.min(start.saturating_add(HOURS_MAX * HOUR_US));
        while start < end {
            hours[cell(week_hour_of(start))] += coverage.between_us(start, start + HOUR_US) as f64 / HOUR_US as f64;
            start += HOUR_US;
        }
    }
    let mean = (times.len() as f64 + 1.0) / hours.iter().sum::<f64>().max(1.0);
    core::array::from_fn(|hour| (counts[cell(hour)] + 1.0) / (hours[cell(hour)] * mean + 1.0))
}
