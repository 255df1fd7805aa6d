//! A series as a row of days, or of equal numbers of sessions, and what a stretch of it costs.

use crate::observe::Observation;
use crate::sessions::Sessions;
use crate::state::{RcodeClass, Role, day_of};

/// Below this span, days are too few to cut between.
const DAYS_MIN: usize = 14;
/// Days that a segment spans at least, and sessions that it holds at least.
const SEGMENT_DAYS: usize = 7;
pub(super) const SEGMENT_SESSIONS: usize = 20;
/// The most units: longer series get wider ones.
const UNITS_MAX: usize = 256;
/// Sessions of a unit where days are too few.
const BLOCK: usize = 5;
/// Marks: each role, answered or failed.
const MARKS: usize = 2 * Role::COUNT;
/// Ends of the classes of gaps, seconds.
const GAPS_S: [f64; 9] = [10.0, 60.0, 180.0, 600.0, 1800.0, 5400.0, 14_400.0, 43_200.0, 129_600.0];
const CLASSES: usize = MARKS + GAPS_S.len() + 1;
/// Median of the squared standard normal: what a squared difference in units of its variance should be.
const MEDIAN_CHI2: f64 = 0.454_936_423_119_573;

/// Sums from the first unit to each.
#[derive(Clone, Debug)]
struct Sums {
    exposure_s: f64,
    sessions: u32,
    classes: [u32; CLASSES],
}

/// A series in units.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// Index of the first session of each unit, and the number of all.
    firsts: Vec<usize>,
    sums: Vec<Sums>,
    /// Units that a segment holds at least.
    pub(super) least: usize,
    /// Variance of the counts over that of a steady rate, 1 or more.
    dispersion: f64,
    /// Sessions over lookups: the lookups of a session are one choice.
    per_lookup: f64,
    /// x ln x of whole numbers.
    x_ln_x: Vec<f64>,
}

impl Units {
    /// `None` where there is too little to cut.
    pub(super) fn of(all: &Sessions, given: &Observation) -> Option<Self> {
        let (first, last) = (all.sessions.first()?, all.sessions.last()?);
        if all.len() < 2 * SEGMENT_SESSIONS {
            return None;
        }
        let days = usize::try_from(day_of(last.start) - day_of(first.start) + 1).ok()?;
        let units = if days >= DAYS_MIN { Self::days(all, given, days) } else { Self::blocks(all) };
        Some(units)
    }

    pub(super) fn len(&self) -> usize {
        self.firsts.len() - 1
    }

    /// Index of the first session of a unit.
    pub(super) fn first_session(&self, unit: usize) -> usize {
        self.firsts[unit]
    }

    /// Days of UTC that hold kept lookups or lie between two such without a hole.
    fn days(all: &Sessions, given: &Observation, days: usize) -> Self {
        let width = days.div_ceil(UNITS_MAX);
        let zero = day_of(all.sessions[0].start);
        let unit_of = |at: usize| {
            let day = day_of(all.sessions[at].start) - zero;
            usize::try_from(day).expect("sessions ascend") / width
        };
        let count = (days).div_ceil(width);
        let mut firsts = vec![all.len(); count + 1];
        for at in (0..all.len()).rev() {
            firsts[unit_of(at)] = at;
        }
        for unit in (0..count).rev() {
            firsts[unit] = firsts[unit].min(firsts[unit + 1]);
        }
        let day_us = 86_400_000_000_i64;
        let exposure = |unit: usize| {
            let from = i64::from(zero) * day_us + i64::try_from(unit * width).unwrap_or(i64::MAX / day_us) * day_us;
            let to = from + i64::try_from(width).unwrap_or(1) * day_us;
            let (from, to) = (askance_record::Timestamp::from_us(from), askance_record::Timestamp::from_us(to));
            // A day that was dropped from a long series, or lies in an outage, says nothing.
            let empty = firsts[unit] == firsts[unit + 1];
            let next = firsts[unit + 1];
            let hole = empty && all.sessions.get(next).is_some_and(|s| !s.gap_known);
            if hole { 0.0 } else { given.covered_s(from, to) }
        };
        let exposures: Vec<f64> = (0..count).map(exposure).collect();
        Self::new(all, firsts, &exposures, SEGMENT_DAYS.div_ceil(width), |n| days_dispersion(n, 7usize.div_ceil(width)))
    }

    /// Equal numbers of sessions.
    fn blocks(all: &Sessions) -> Self {
        let size = all.len().div_ceil(UNITS_MAX / 2).max(BLOCK);
        // What is over at the end joins the last.
        let count = (all.len() / size).max(1);
        let mut firsts: Vec<usize> = (0..count).map(|unit| unit * size).collect();
        firsts.push(all.len());
        let end = all.len() - 1;
        let exposures: Vec<f64> = firsts
            .windows(2)
            .map(|w| all.sessions[w[1].min(end)].start.since_s(all.sessions[w[0]].start).max(1e-3))
            .collect();
        Self::new(all, firsts, &exposures, SEGMENT_SESSIONS.div_ceil(size), |n| blocks_dispersion(n, size as f64))
    }

    fn new(
        all: &Sessions,
        firsts: Vec<usize>,
        exposures_s: &[f64],
        least: usize,
        dispersion: impl Fn(&[(f64, f64)]) -> f64,
    ) -> Self {
        let mut sum = Sums { exposure_s: 0.0, sessions: 0, classes: [0; CLASSES] };
        let mut sums = vec![sum.clone()];
        let mut counts = Vec::new();
        for (unit, &exposure_s) in exposures_s.iter().enumerate() {
            let range = firsts[unit]..firsts[unit + 1];
            counts.push((range.len() as f64, exposure_s));
            sum.exposure_s += exposure_s;
            for at in range {
                sum.sessions += 1;
                sum.note(all, at);
            }
            sums.push(sum.clone());
        }
        let x_ln_x = (0..=all.events.len()).map(|x| if x > 0 { x as f64 * libm::log(x as f64) } else { 0.0 }).collect();
        let per_lookup = all.len() as f64 / all.events.len().max(1) as f64;
        let dispersion = dispersion(&counts).max(1.0);
        Self { firsts, sums, least, dispersion, per_lookup, x_ln_x }
    }

    /// Cost of the stretch `from..to`, nats: rate, and mix of marks and of gaps, each at its own best.
    pub(super) fn cost(&self, from: usize, to: usize) -> f64 {
        let (a, b) = (&self.sums[from], &self.sums[to]);
        let sessions = f64::from(b.sessions - a.sessions);
        let exposure = b.exposure_s - a.exposure_s;
        let rate = if sessions > 0.0 && exposure > 0.0 { -sessions * libm::log(sessions / exposure) } else { 0.0 };
        let mix = |range: core::ops::Range<usize>| {
            let mut total = 0;
            let mut sum = 0.0;
            for class in range {
                let count = (b.classes[class] - a.classes[class]) as usize;
                total += count;
                sum += self.x_ln_x[count];
            }
            self.x_ln_x[total] - sum
        };
        (rate + mix(MARKS..CLASSES)) / self.dispersion + mix(0..MARKS) * self.per_lookup
    }

    /// What a cut must save, nats: `strictness` ln n for its place and the rate, and half a ln n for each share.
    ///
    /// # Source
    /// Strictness 2 as usual for PELT, 3 as in the modified BIC of Zhang and Siegmund 2007.
    pub(super) fn penalty(&self, strictness: f64) -> f64 {
        let last = self.sums.last().expect("there is a first sum");
        let shares = |range: &[u32]| (range.iter().filter(|&&c| c > 0).count() as f64 - 1.0).max(0.0);
        let sessions = f64::from(last.sessions.max(2));
        let mixes = shares(&last.classes[..MARKS]) + shares(&last.classes[MARKS..]) / self.dispersion;
        strictness * libm::log(self.len().max(2) as f64) + 0.5 * mixes * libm::log(sessions)
    }
}

impl Sums {
    /// Counts the marks of a session and the gap before it.
    fn note(&mut self, all: &Sessions, at: usize) {
        let session = &all.sessions[at];
        for event in all.lookups(session) {
            let failed = usize::from(event.rcode.is_failure() && event.rcode != RcodeClass::Unknown);
            self.classes[2 * usize::from(event.role.as_u8()) + failed] += 1;
        }
        if at > 0 && session.gap_known {
            let gap = session.start.since_s(all.sessions[at - 1].start);
            self.classes[MARKS + GAPS_S.partition_point(|&end| end <= gap)] += 1;
        }
    }
}

/// Variance over mean of counts, from differences between units a week apart: neither the week nor a
/// few changes of the level count.
fn days_dispersion(counts: &[(f64, f64)], lag: usize) -> f64 {
    let pairs = counts.iter().zip(counts.iter().skip(lag));
    let terms = pairs.filter(|(a, b)| a.0 + b.0 > 0.0 && a.1 > 0.0 && b.1 > 0.0);
    median(terms.map(|(a, b)| (a.0 - b.0) * (a.0 - b.0) / (a.0 + b.0)).collect()) / MEDIAN_CHI2
}

/// The same where each unit holds `size` sessions, from how long neighbours took.
fn blocks_dispersion(counts: &[(f64, f64)], size: f64) -> f64 {
    let terms = counts.windows(2).map(|w| {
        let relative = (w[0].1 - w[1].1) / (w[0].1 + w[1].1);
        relative * relative
    });
    // Of two Gamma(k) waits, the squared relative difference is about chi-square / 2k.
    2.0 * size * median(terms.collect()) / MEDIAN_CHI2
}

fn median(mut xs: Vec<f64>) -> f64 {
    xs.sort_unstable_by(f64::total_cmp);
    xs.get(xs.len() / 2).copied().unwrap_or(0.0)
}
