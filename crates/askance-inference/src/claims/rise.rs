//! "The lookups rose."
//!
//! Counts by day are compared with what their weekday and the coverage of each day let expect. Days next to each
//! other are alike, so whole weeks are exchanged, not days: under chance any order of the weeks was as likely.
//! A series that begins when the records begin has no "before", and then nothing can have risen.

#[cfg(test)]
mod tests;

use askance_record::{Rng, Timestamp};

use super::chance;
use super::coverage::Coverage;
use super::days::{Day, SAME, Weekly, days, offsets, weekday_row};
use super::finding::{Checked, Condition, Estimate, Verdict};
use super::nb;
use crate::math::student_quantile_975;

/// Weeks needed before the claimed beginning, and after it.
const SIDE_WEEKS: f64 = 4.0;

/// A factor that lies below this with 95 % is a fall, not a rounding of no change.
const FELL: f64 = 0.95;

/// How the lookups are said to have risen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// More from then on.
    Step,
    /// More with each week from then on.
    Ramp,
}

/// What [`rise`] is asked.
#[derive(Clone, Copy, Debug)]
pub struct RiseQuestion<'a> {
    /// The lookups, in any order.
    pub lookups: &'a [Timestamp],
    /// When they were recorded.
    pub coverage: &'a Coverage,
    /// False where the coverage was guessed from the first and last lookup.
    pub coverage_declared: bool,
    /// When the rise is said to have begun; `None` for growth over all of the records.
    pub since: Option<Timestamp>,
    /// How.
    pub shape: Shape,
    /// How many beginnings, shapes or clients were tried; 1 if only this.
    pub variants: usize,
    /// Seed of the random orders of weeks.
    pub seed: u64,
}

/// The answer of [`rise`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rise {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// Lookups inside the coverage.
    pub lookups: usize,
    /// Weeks with records before and from the claimed beginning.
    pub weeks: (f64, f64),
    /// Rate after over rate before, or growth a week: a factor with its interval, by weeks as clusters.
    pub factor: Option<Estimate>,
    /// One-sided, for a rise; multiplied by the variants. `None` where it cannot be tested.
    pub p: Option<f64>,
    /// Dispersion of daily counts (NB2).
    pub alpha: f64,
    /// Variants tried.
    pub variants: usize,
}

/// Tests whether lookups rose.
///
/// Assumes that weeks are exchangeable under chance: swings that last longer than two weeks make it say "rose" too often.
///
/// Cost: O(n log n + days + draws x weeks).
///
/// # Source
/// NB2 score with coverage as offset and weekdays as terms (Cameron, Trivedi 1998), permuted by weeks; ADR 0021.
pub fn rise(asked: &RiseQuestion<'_>) -> Rise {
    let lookups = asked.coverage.keep(asked.lookups);
    let begins = asked.since.map(Timestamp::us).or(asked.coverage.first_us()).unwrap_or(0);
    let days = days(&lookups, asked.coverage, begins);
    let seen = |after: bool| days.iter().flatten().filter(|day| (day.at >= 0) == after).count() as f64 / 7.0;
    let weeks = (seen(false), seen(true));
    let checks = conditions(asked, lookups.len(), days.is_some(), weeks);
    let mut out = Rise {
        verdict: Verdict::CannotBeTested,
        lookups: lookups.len(),
        weeks,
        factor: None,
        p: None,
        alpha: 0.0,
        variants: asked.variants.max(1),
        checks,
    };
    let possible = out.checks.iter().all(|c| c.holds || !c.vetoes);
    let Some((days, weekly)) = days.filter(|_| possible).and_then(|days| Weekly::of(&days).map(|w| (days, w))) else {
        return out;
    };
    let x = |week: i64| match asked.shape {
        Shape::Step => f64::from(u8::from(week >= 0)),
        Shape::Ramp => (week as f64).max(0.0),
    };
    let p = p_of(&weekly, &x, asked.seed);
    let factor = factor(&days, &x);
    let adjusted = (p * out.variants as f64).min(1.0);
    let fell = factor.is_some_and(|f| f.interval.1 < FELL);
    let verdict = if fell { Verdict::Contradicted } else { Verdict::of_p(adjusted) };
    out.verdict = verdict.under(&out.checks);
    (out.p, out.factor, out.alpha) = (Some(adjusted), factor, weekly.null.alpha);
    out
}

fn conditions(asked: &RiseQuestion<'_>, lookups: usize, span: bool, weeks: (f64, f64)) -> Vec<Checked> {
    let mut checks = vec![
        Checked::yes(Condition::SpanUsable, span),
        Checked::yes(Condition::CoverageDeclared, asked.coverage_declared),
        Checked::at_least(Condition::LookupsInside, lookups as f64, 1.0),
    ];
    if asked.since.is_some() {
        checks.push(Checked::at_least(Condition::Baseline, weeks.0, SIDE_WEEKS));
        checks.push(Checked::at_least(Condition::Aftermath, weeks.1, SIDE_WEEKS));
    } else {
        checks.push(Checked::at_least(Condition::CoveredWeeks, weeks.1, 2.0 * SIDE_WEEKS));
    }
    checks
}

/// The share of orders of the weeks that rise at least as much (mid-p).
fn p_of(weekly: &Weekly, x: &impl Fn(i64) -> f64, seed: u64) -> f64 {
    let weight: f64 = weekly.root.iter().map(|r| r * r).sum();
    let mean = weekly.at.iter().zip(&weekly.root).map(|(&w, r)| x(w) * r * r).sum::<f64>() / weight.max(1e-300);
    let lever: Vec<f64> = weekly.at.iter().zip(&weekly.root).map(|(&w, r)| (x(w) - mean) * r).collect();
    let sum = |z: &[f64]| lever.iter().zip(z).map(|(l, z)| l * z).sum::<f64>();
    let observed = sum(&weekly.z);
    let slack = SAME * lever.iter().map(|l| l.abs()).sum::<f64>();
    let mut rng = Rng::part(seed, "rise");
    let mut z = weekly.z.clone();
    chance::mid_p(observed, slack, || {
        chance::shuffle(&mut rng, &mut z);
        sum(&z)
    })
}

/// e^beta with the interval of a sandwich by weeks and Student's t.
fn factor(days: &[Day], x: &impl Fn(i64) -> f64) -> Option<Estimate> {
    let rows: Vec<Vec<f64>> = days
        .iter()
        .map(|day| {
            let mut row = weekday_row(day);
            row.push(x(day.week()));
            row
        })
        .collect();
    let y: Vec<f64> = days.iter().map(|day| day.count).collect();
    let fit = nb::fit(&rows, &y, &offsets(days))?;
    // The last row of the inverse turns each week's score into its pull on beta.
    let lever = fit.inverse.last()?;
    let mut pulls: Vec<(i64, f64)> = Vec::new();
    for ((day, row), mu) in days.iter().zip(&rows).zip(&fit.mu) {
        let pull = lever.iter().zip(row).map(|(a, b)| a * b).sum::<f64>() * (day.count - mu) / (1.0 + fit.alpha * mu);
        match pulls.last_mut() {
            Some(last) if last.0 == day.week() => last.1 += pull,
            _ => pulls.push((day.week(), pull)),
        }
    }
    let weeks = pulls.len() as f64;
    if weeks < 4.0 {
        return None;
    }
    let variance = pulls.iter().map(|(_, pull)| pull * pull).sum::<f64>() * weeks / (weeks - 2.0);
    let beta = *fit.beta.last()?;
    let reach = student_quantile_975(weeks - 2.0) * libm::sqrt(variance);
    Some(Estimate { value: libm::exp(beta), interval: (libm::exp(beta - reach), libm::exp(beta + reach)) })
}
