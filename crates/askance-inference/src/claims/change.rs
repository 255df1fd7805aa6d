//! "Something changed", at some time or at a named one.
//!
//! The record is cut into stretches of steady rate where a cut pays; each cut has an interval in which it may as
//! well lie. Whether there is any change at all is asked of random orders of the same weeks.

#[cfg(test)]
mod tests;

use askance_record::{Rng, Timestamp};

use super::chance;
use super::coverage::{Coverage, DAY_US, WEEK_US};
use super::days::{Day, SAME, Weekly, days};
use super::finding::{Checked, Condition, Estimate, Verdict};
use crate::math::gamma_quantile;
use crate::segments::cheapest_cut;

/// Days that a stretch holds at least.
const LEAST: usize = 7;
/// ln n of the number of days that a cut must save, and the same for one beyond doubt.
const STRICT: f64 = 2.0;
const STRICTER: f64 = 3.0;
/// Share of the days on which an hour is covered that all weeks are said to cover.
const ALIKE: f64 = 0.95;
/// Days that are looked through for such hours.
const DAYS_MAX: i64 = 36_525;
/// Weeks needed on either side of a named time.
const SIDE_WEEKS: f64 = 2.0;

/// What [`change`] is asked.
#[derive(Clone, Copy, Debug)]
pub struct ChangeQuestion<'a> {
    /// The lookups, in any order.
    pub lookups: &'a [Timestamp],
    /// When they were recorded.
    pub coverage: &'a Coverage,
    /// False where the coverage was guessed from the first and last lookup.
    pub coverage_declared: bool,
    /// Between which instants the change is said to lie; `None` for "at some time".
    pub when: Option<(Timestamp, Timestamp)>,
    /// How many such claims were tried; 1 if only this.
    pub variants: usize,
    /// Seed of the random orders of weeks.
    pub seed: u64,
}

/// A stretch of steady rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its first day.
    pub from: Timestamp,
    /// The end of its last day.
    pub to: Timestamp,
    /// Lookups in it.
    pub n: u64,
    /// Lookups a covered day, at the mean of the weekdays; the interval allows for the scatter of weeks.
    pub per_day: Estimate,
}

/// A change of rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first day of the new rate.
    pub at: Timestamp,
    /// The day lies in here with 95 %, if there is one change here.
    pub within: (Timestamp, Timestamp),
    /// New rate over old.
    pub factor: f64,
    /// Also found when a cut must save 3 ln n in place of 2 ln n.
    pub firm: bool,
}

/// The answer of [`change`].
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// The stretches, in order; one where nothing changed.
    pub stretches: Vec<Stretch>,
    /// The changes between them.
    pub points: Vec<ChangePoint>,
    /// Of the greatest difference between before and after, over all weeks in question; multiplied by the
    /// variants. `None` where it cannot be tested.
    pub p: Option<f64>,
    /// Scatter of weekly sums over Poisson's.
    pub phi: f64,
    /// Variants tried; the weeks in question are not counted, p allows for them.
    pub variants: usize,
}

/// Cuts a record into stretches of steady rate and tests whether there is more than one.
///
/// Assumes that weeks are exchangeable where nothing changes. A slow trend is a change as well.
///
/// Cost: O(n log n + days^2 + draws x weeks).
///
/// # Source
/// PELT (Killick, Fearnhead, Eckley 2012) on quasi-Poisson cost with weekdays and coverage taken out; p by
/// permutation of weeks of the greatest difference of scores (ADR 0021).
pub fn change(asked: &ChangeQuestion<'_>) -> Change {
    let lookups = asked.coverage.keep(asked.lookups);
    let anchor = asked.coverage.first_us().unwrap_or(0);
    let days = days(&lookups, asked.coverage, anchor);
    let checks = conditions(asked, lookups.len(), days.is_some());
    let mut out = Change {
        verdict: Verdict::CannotBeTested,
        stretches: Vec::new(),
        points: Vec::new(),
        p: None,
        phi: 1.0,
        variants: asked.variants.max(1),
        checks,
    };
    let possible = out.checks.iter().all(|c| c.holds || !c.vetoes);
    let Some((days, weekly)) = days.filter(|_| possible).and_then(|days| Weekly::of(&days).map(|w| (days, w))) else {
        return out;
    };
    out.phi = weekly.phi;
    let cost = Cost::new(&days, &weekly);
    let cuts = cost.cut(STRICT);
    let firm = cost.cut(STRICTER);
    let time = |day: usize| Timestamp::from_us(anchor + days[day].at * DAY_US);
    let bounds: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).chain([days.len()]).collect();
    let whole = cost.rate_of_all();
    for pair in bounds.windows(2) {
        out.stretches.push(Stretch {
            from: time(pair[0]),
            to: time(pair[1] - 1).plus_us(DAY_US),
            n: days[pair[0]..pair[1]].iter().map(|d| count(d.count)).sum(),
            per_day: cost.per_day(pair[0], pair[1], whole),
        });
    }
    for triple in bounds.windows(3) {
        let within = cost.within(triple[0], triple[2]);
        out.points.push(ChangePoint {
            at: time(triple[1]),
            within: (time(within.0), time(within.1)),
            factor: cost.rate(triple[1], triple[2]) / cost.rate(triple[0], triple[1]).max(1e-12),
            firm: firm.iter().any(|&f| within.0 <= f && f <= within.1),
        });
    }
    // Weeks are exchanged as far as they are alike: over the hours that all of them cover.
    let alike = alike(&lookups, asked.coverage, anchor);
    if let Some(p) = p_of(alike.as_ref().unwrap_or(&weekly), anchor, asked) {
        let adjusted = (p * out.variants as f64).min(1.0);
        out.p = Some(adjusted);
        out.verdict = Verdict::of_p(adjusted).under(&out.checks);
    }
    out
}

/// What the hours of the day say that nearly every day covers, where some hours are covered on some days only: what to
/// expect of those the same days would have to tell, and would fit themselves best. `None` where all are or few lookups are left.
fn alike(lookups: &[i64], coverage: &Coverage, anchor: i64) -> Option<Weekly> {
    const HOUR_US: i64 = DAY_US / 24;
    let last = (coverage.last_us()? - 1 - anchor).div_euclid(DAY_US);
    let begins = |day: i64, hour: i64| anchor + day * DAY_US + hour * HOUR_US;
    let (mut of, mut whole) = (0.0, [0.0; 24]);
    for day in 0..=last.min(DAYS_MAX) {
        if coverage.between_us(begins(day, 0), begins(day + 1, 0)) > 0 {
            of += 1.0;
            for (hour, whole) in (0..).zip(&mut whole) {
                let covered = coverage.between_us(begins(day, hour), begins(day, hour + 1));
                *whole += f64::from(u8::from(covered == HOUR_US));
            }
        }
    }
    let kept = |hour: i64| usize::try_from(hour).is_ok_and(|h| whole[h] >= ALIKE * of);
    if (0..24).all(kept) {
        return None;
    }
    let stretches: Vec<(Timestamp, Timestamp)> = (0..=last.min(DAYS_MAX))
        .flat_map(|day| (0..24).filter(|&hour| kept(hour)).map(move |hour| (day, hour)))
        .map(|(day, hour)| (Timestamp::from_us(begins(day, hour)), Timestamp::from_us(begins(day, hour + 1))))
        .collect();
    let coverage = coverage.and(&Coverage::of(&stretches));
    let inside: Vec<i64> = lookups.iter().copied().filter(|&t| coverage.contains(Timestamp::from_us(t))).collect();
    if inside.len() * 3 < lookups.len() {
        return None;
    }
    Weekly::of(&days(&inside, &coverage, anchor)?)
}

fn conditions(asked: &ChangeQuestion<'_>, lookups: usize, span: bool) -> Vec<Checked> {
    let mut checks = vec![
        Checked::yes(Condition::SpanUsable, span),
        Checked::yes(Condition::CoverageDeclared, asked.coverage_declared),
        Checked::at_least(Condition::LookupsInside, lookups as f64, 1.0),
        Checked::at_least(Condition::CoveredWeeks, asked.coverage.weeks(), chance::WEEKS_MIN as f64),
    ];
    if let Some((from, to)) = asked.when {
        let covered = |a: i64, b: i64| asked.coverage.between_us(a, b) as f64 / WEEK_US as f64;
        checks.push(Checked::at_least(Condition::Baseline, covered(i64::MIN / 4, from.us()), SIDE_WEEKS));
        checks.push(Checked::at_least(Condition::Aftermath, covered(to.us(), i64::MAX / 4), SIDE_WEEKS));
    }
    checks
}

fn count(x: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, never negative")]
    let whole = x as u64;
    whole
}

/// Days with what is expected of them, summed from the beginning.
struct Cost {
    /// (count, expectation) before each day.
    sums: Vec<(f64, f64)>,
    /// Covered days before each day.
    covered: Vec<f64>,
    phi: f64,
}

impl Cost {
    fn new(days: &[Day], weekly: &Weekly) -> Self {
        let (mut sums, mut covered) = (vec![(0.0, 0.0)], vec![0.0]);
        let (mut n, mut mean, mut share) = (0.0, 0.0, 0.0);
        for (day, mu) in days.iter().zip(&weekly.null.mu) {
            n += day.count;
            mean += mu;
            share += day.share;
            sums.push((n, mean));
            covered.push(share);
        }
        Self { sums, covered, phi: weekly.phi }
    }

    fn between(&self, from: usize, to: usize) -> (f64, f64) {
        let (a, b) = (self.sums[from], self.sums[to]);
        (b.0 - a.0, (b.1 - a.1).max(1e-12))
    }

    /// Lookups over expectation.
    fn rate(&self, from: usize, to: usize) -> f64 {
        let (n, mean) = self.between(from, to);
        n / mean
    }

    /// Expected lookups a covered day.
    fn rate_of_all(&self) -> f64 {
        let all = self.covered.len() - 1;
        self.sums[all].1 / self.covered[all].max(1e-12)
    }

    /// Negative log-likelihood of a steady rate, over the scatter, up to what every cut shares.
    fn of(&self, from: usize, to: usize) -> f64 {
        let (n, mean) = self.between(from, to);
        if n > 0.0 { -n * libm::log(n / mean) / self.phi } else { 0.0 }
    }

    fn cut(&self, strictness: f64) -> Vec<usize> {
        let days = self.sums.len() - 1;
        let penalty = strictness * libm::log(days.max(2) as f64);
        cheapest_cut(days, LEAST, penalty, |from, to| self.of(from, to))
    }

    /// Where the cut between two others lies with 95 %.
    fn within(&self, from: usize, to: usize) -> (usize, usize) {
        let places = from + LEAST..=to - LEAST;
        let ln: Vec<f64> = places.clone().map(|at| -self.of(from, at) - self.of(at, to)).collect();
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = ln.iter().map(|ln| libm::exp(ln - top)).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let (mut low, mut high) = (*places.start(), *places.end());
        let mut found = false;
        for (at, weight) in places.zip(weights) {
            sum += weight / total;
            if !found && sum > 0.025 {
                low = at;
                found = true;
            }
            if sum >= 0.975 {
                high = at;
                break;
            }
        }
        (low, high)
    }

    fn per_day(&self, from: usize, to: usize, whole: f64) -> Estimate {
        let (n, mean) = self.between(from, to);
        // Quasi-Poisson: a Gamma of n / phi lookups.
        let (shape, rate) = (0.5 + n / self.phi, mean / self.phi);
        let interval = (gamma_quantile(0.025, shape, rate) * whole, gamma_quantile(0.975, shape, rate) * whole);
        Estimate { value: n / mean * whole, interval }
    }
}

/// The share of orders of the weeks with a difference as great at some week in question; `None` without such a week.
fn p_of(weekly: &Weekly, anchor: i64, asked: &ChangeQuestion<'_>) -> Option<f64> {
    let weeks = weekly.z.len();
    let near = |week: i64| {
        let t = anchor + week * WEEK_US;
        asked.when.is_none_or(|(a, b)| a.us() - WEEK_US / 2 <= t && t <= b.us() + WEEK_US / 2)
    };
    // (weeks before the cut, its scale)
    let total: f64 = weekly.root.iter().map(|r| r * r).sum();
    let mut before = 0.0;
    let mut cuts = Vec::new();
    for cut in 1..weeks.saturating_sub(1) {
        before += weekly.root[cut - 1] * weekly.root[cut - 1];
        let share = before / total.max(1e-300);
        // One week against all others is an outlier, not a change.
        if cut > 1 && near(weekly.at[cut]) && share > 0.0 && share < 1.0 {
            cuts.push((cut, share, libm::sqrt(share * (1.0 - share))));
        }
    }
    if cuts.is_empty() {
        return None;
    }
    // Logarithms beyond a few, so that one burst does not decide where the change is.
    let mut z: Vec<f64> = weekly.z.iter().map(|z| libm::copysign(libm::log1p(z.abs()), *z)).collect();
    let greatest = |z: &[f64]| {
        let mut sums = Vec::with_capacity(weeks + 1);
        let mut sum = 0.0;
        sums.push(0.0);
        for (z, root) in z.iter().zip(&weekly.root) {
            sum += z * root;
            sums.push(sum);
        }
        cuts.iter().map(|&(cut, share, scale)| (sums[cut] - share * sum).abs() / scale).fold(0.0, f64::max)
    };
    let observed = greatest(&z);
    let mut rng = Rng::part(asked.seed, "change");
    Some(chance::mid_p(observed, SAME * libm::sqrt(total), || {
        chance::shuffle(&mut rng, &mut z);
        greatest(&z)
    }))
}
