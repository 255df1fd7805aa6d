//! Stretches without any lookup, and types that are not there.

use askance_record::Timestamp;

use crate::claims::coverage::Coverage;
use crate::claims::exposure::{Exposure, HOUR_US, seen_week};
use crate::math::ln_beta;

/// Hours from which on a span is a mistake in the records: twenty years.
const HOURS_MAX: i64 = 175_320;
/// Family-wise level at which a silence is told.
const LEVEL: f64 = 0.05;
/// The least probability that a class of software is given for never asking a type.
const FLOOR: f64 = 1e-3;

/// A stretch in which nothing at all was seen though the sensor is said to have been up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// From the last lookup before.
    pub from: Timestamp,
    /// To the first lookup after.
    pub to: Timestamp,
    /// What the hours of the week let expect in it.
    pub expected: f64,
    /// p of such a silence somewhere in the record.
    pub p: f64,
}

/// Silences that chance does not explain, in order.
///
/// Counts by the hour are negative binomial around the week's hours, their scatter taken from the record. A silence is
/// judged by its hours, at least one.
///
/// - `lookups`: of any name and client at the vantage, in any order
/// - `declared`: when the sensor is said to have been up
pub fn silences(lookups: &[Timestamp], declared: &Coverage) -> Vec<Silence> {
    let times = declared.keep(lookups);
    let (Some(first), Some(last)) = (declared.first_us(), declared.last_us()) else { return Vec::new() };
    if times.len() < 50 || (last - first) / HOUR_US >= HOURS_MAX {
        return Vec::new();
    }
    let week = seen_week(&times, declared);
    let Some(exposure) = Exposure::new(declared, &week) else { return Vec::new() };
    let per_unit = times.len() as f64 / exposure.between(first, last).max(1e-9);
    let (mut square, mut mean_square) = (0.0, 0.0);
    let mut at = first;
    let mut from = 0;
    while at < last {
        let mean = per_unit * exposure.between(at, at + HOUR_US);
        let to = times.partition_point(|&t| t < at + HOUR_US);
        let n = (to - from) as f64;
        square += (n - mean) * (n - mean) - mean;
        mean_square += mean * mean;
        (at, from) = (at + HOUR_US, to);
    }
    let alpha = (square / mean_square.max(1e-9)).max(0.0);
    let hours = ((last - first) / HOUR_US).max(1) as f64;
    let mut out = Vec::new();
    let ends = core::iter::once(first).chain(times.iter().copied()).chain([last]);
    for (from, to) in ends.clone().zip(ends.skip(1)) {
        let expected = per_unit * exposure.between(from, to);
        if expected < 1.0 {
            continue;
        }
        // Zero in each of the silence's hours, with the scatter of hours.
        let length = ((to - from) as f64 / HOUR_US as f64).max(1.0);
        let ln_zero = if alpha > 1e-9 { -length * libm::log1p(alpha * expected / length) / alpha } else { -expected };
        let p = (libm::exp(ln_zero) * hours).min(1.0);
        if p <= LEVEL {
            out.push(Silence { from: Timestamp::from_us(from), to: Timestamp::from_us(to), expected, p });
        }
    }
    out
}

/// A type of question that some software would have asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypeMissing {
    /// Lookups of clients of one class of software.
    pub lookups: u64,
    /// Its share of this type among its lookups is Beta(a, b); what the lab measured of the class.
    pub share: (f64, f64),
    /// Whether the vantage could have seen the type at all.
    pub visible: bool,
}

/// log10 LR of "this type was filtered out" against "nobody asked it", by class of software.
///
/// - returns: 0 for what the vantage cannot see; each class adds at most 3
///
/// # Source
/// Inference notes, 8: one over the beta-binomial probability of none, floored at a thousandth.
pub fn missing_types(classes: &[TypeMissing]) -> f64 {
    classes
        .iter()
        .filter(|c| c.visible && c.lookups > 0 && c.share.0 > 0.0 && c.share.1 > 0.0)
        .map(|c| {
            let ln_none = ln_beta(c.share.0, c.share.1 + c.lookups as f64) - ln_beta(c.share.0, c.share.1);
            -libm::log10(libm::exp(ln_none).clamp(FLOOR, 1.0))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    #[test]
    fn a_day_without_a_beat_is_told() {
        let day = |t: i64| t / (24 * HOUR);
        // Every seven minutes, but not on the twentieth day.
        let beats: Vec<Timestamp> =
            (0..40 * 24 * HOUR / 420).map(|k| k * 420).filter(|&t| day(t) != 20).map(Timestamp::from_s).collect();
        let up = Coverage::of(&[(Timestamp::from_s(0), Timestamp::from_s(40 * 24 * HOUR))]);
        let got = silences(&beats, &up);
        assert_eq!(got.len(), 1, "{got:?}");
        assert!(day(got[0].from.us() / 1_000_000) == 19 && got[0].expected > 150.0, "{got:?}");
        let full: Vec<Timestamp> = (0..40 * 24 * HOUR / 420).map(|k| Timestamp::from_s(k * 420)).collect();
        assert_eq!(silences(&full, &up), []);
        assert_eq!(silences(&[], &up), []);
    }

    #[test]
    fn only_what_could_be_seen_is_missed() {
        let class = |lookups, visible| TypeMissing { lookups, share: (1.0, 1.0), visible };
        // Beta(1, 1): P(none of n) = 1 / (n + 1).
        assert!((missing_types(&[class(99, true)]) - 2.0).abs() < 1e-9);
        assert!((missing_types(&[class(99, true), class(9, true)]) - 3.0).abs() < 1e-9);
        assert!((missing_types(&[class(1_000_000_000, true)]) - 3.0).abs() < 1e-9, "floored");
        assert!(missing_types(&[class(99, false)]).abs() < 1e-12);
    }
}
