//! "It differs from its peers."
//!
//! A comparison says something only where the peers were comparable: same contract, same vantages, same cover,
//! same TTL, same role, long enough. Any of these can veto it, and one comparator is an anecdote.

#[cfg(test)]
mod tests;

use askance_record::{Rng, Timestamp};

use super::chance;
use super::finding::{Checked, Condition, Estimate, Verdict};
use crate::math::{beta_quantile, ln_beta, ln_choose};

/// Days that each must have been observed.
const EXPOSURE_DAYS: f64 = 28.0;
/// Comparators that make a cohort.
const COMPARATORS: f64 = 5.0;
/// Cover may differ by this factor.
const COVER_RATIO: f64 = 1.1;
/// Periods that show the scatter of counts.
const PERIODS: usize = 4;

/// Lookups in a period of exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// Lookups, or demand behind the cache.
    pub count: f64,
    /// How long it was covered, in seconds.
    pub covered_s: f64,
}

/// Someone who is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Counts by period of equal length, such as weeks; one entry if only the total is known.
    pub periods: Vec<Period>,
    /// From where it was seen, in any order.
    pub vantages: Vec<String>,
    /// Share of its rows that the record is thought to hold, from the completeness tests.
    pub cover: f64,
    /// TTL of the answers in seconds; 0 where counts are of demand.
    pub ttl_s: u32,
    /// What its name is for.
    pub role: String,
    /// Who ran it.
    pub operator: String,
    /// When that operator ran it; `None` if unknown, which vetoes.
    pub contract: Option<(Timestamp, Timestamp)>,
    /// When it was observed.
    pub observed: (Timestamp, Timestamp),
}

impl Member {
    /// Lookups a covered day.
    pub fn rate(&self) -> f64 {
        let covered_s = exposure(&self.periods);
        if covered_s > 0.0 { total(&self.periods) / covered_s * 86_400.0 } else { 0.0 }
    }
}

/// Which side the claim is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The subject has more.
    More,
    /// The subject has fewer.
    Fewer,
    /// It differs.
    Differs,
}

impl Side {
    /// The greater, the more a difference speaks for the claim.
    fn score(self, difference: f64) -> f64 {
        match self {
            Self::More => difference,
            Self::Fewer => -difference,
            Self::Differs => difference.abs(),
        }
    }
}

/// The answer of [`cohort`].
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions; each of the first six can veto.
    pub checks: Vec<Checked>,
    /// The subject's lookups a covered day.
    pub rate: f64,
    /// The comparators', in the order given.
    pub rates: Vec<f64>,
    /// Subject over the comparators' pooled rate.
    pub ratio: Estimate,
    /// p of the difference between the subject's rate and the comparators', by exchange of periods, or by the test of
    /// two rates where too few are known; `None` where it is vetoed.
    pub p: Option<f64>,
    /// (1 + comparators as extreme) / (1 + comparators), which cannot be smaller than the number allows.
    pub rank_p: Option<f64>,
    /// Variants tried.
    pub variants: usize,
}

/// Compares a subject with comparators that were chosen by a rule before the outcome was known.
///
/// The verdict rests on the greater of both p-values where there are five comparators or more, else on that of the rates.
///
/// - `beforehand`: whether comparators were chosen so; if not, support is at most weak
/// - `variants`: how many cohorts or outcomes were tried; p is multiplied by it
pub fn cohort(
    subject: &Member,
    comparators: &[Member],
    side: Side,
    beforehand: bool,
    variants: usize,
    seed: u64,
) -> Cohort {
    let variants = variants.max(1);
    let mut checks = comparable(subject, comparators);
    let enough = PERIODS <= subject.periods.len() && comparators.iter().all(|m| PERIODS <= m.periods.len());
    let periods = subject.periods.len().min(comparators.iter().map(|m| m.periods.len()).min().unwrap_or(0));
    checks.push(Checked::at_least(Condition::Comparators, comparators.len() as f64, COMPARATORS));
    checks.push(Checked::at_least(Condition::PeriodsKnown, periods as f64, PERIODS as f64));
    checks.push(Checked::yes(Condition::NamedBeforehand, beforehand));
    let others: Vec<Period> = comparators.iter().flat_map(|m| m.periods.iter().copied()).collect();
    let (rate, rates) = (subject.rate(), comparators.iter().map(Member::rate).collect::<Vec<f64>>());
    let ratio = ratio(&subject.periods, &others);
    let vetoed = checks.iter().any(|c| c.vetoes && !c.holds) || others.is_empty();
    let capped = |p: f64| (p * variants as f64).min(1.0);
    let (mut p, mut rank_p, mut verdict) = (None, None, Verdict::CannotBeTested);
    if !vetoed {
        let aligned = comparators.iter().all(|m| m.periods.len() == subject.periods.len());
        let two = match (enough, aligned) {
            (true, true) => exchanged(subject, comparators, side, seed),
            (true, false) => permuted(&subject.periods, &others, side, seed),
            (false, _) => e_test(&subject.periods, &others, side),
        };
        let rank = rank(rate, &rates, side);
        (p, rank_p) = (Some(capped(two)), Some(capped(rank)));
        let deciding = if (comparators.len() as f64) < COMPARATORS { two } else { rank.max(two) };
        let opposite = match side {
            Side::More => ratio.interval.1 < 1.0,
            Side::Fewer => ratio.interval.0 > 1.0,
            Side::Differs => false,
        };
        verdict = if opposite { Verdict::Contradicted } else { Verdict::of_p(capped(deciding)).under(&checks) };
    }
    Cohort { verdict, checks, rate, rates, ratio, p, rank_p, variants }
}

/// What must be alike, by the worst comparator.
fn comparable(subject: &Member, comparators: &[Member]) -> Vec<Checked> {
    let all = |holds: &dyn Fn(&Member) -> bool| comparators.iter().all(holds);
    let under_contract = |m: &Member| m.contract.is_some_and(|(from, to)| from <= m.observed.0 && m.observed.1 <= to);
    let vantages = |m: &Member| {
        let mut all = m.vantages.clone();
        all.sort_unstable();
        all.dedup();
        all
    };
    let own = vantages(subject);
    let apart = |m: &Member| {
        let ratio = m.cover.max(1e-9) / subject.cover.max(1e-9);
        ratio.max(1.0 / ratio)
    };
    let worst = comparators.iter().map(apart).fold(1.0, f64::max);
    let days =
        comparators.iter().chain([subject]).map(|m| exposure(&m.periods) / 86_400.0).fold(f64::INFINITY, f64::min);
    let contract = under_contract(subject) && all(&|m| under_contract(m) && m.operator == subject.operator);
    vec![
        Checked::yes(Condition::SameContract, contract),
        Checked::yes(Condition::SameVantage, all(&|m| vantages(m) == own)),
        Checked { found: worst, wanted: COVER_RATIO, ..Checked::yes(Condition::SameCoverage, worst <= COVER_RATIO) },
        Checked::yes(Condition::SameTtl, all(&|m| m.ttl_s == subject.ttl_s)),
        Checked::yes(Condition::SameRole, all(&|m| m.role == subject.role)),
        Checked::at_least(Condition::Exposure, days, EXPOSURE_DAYS),
    ]
}

/// (1 + comparators at least as extreme) / (J + 1).
///
/// Two-sided: as far from the cohort's median, the subject among them.
fn rank(own: f64, others: &[f64], side: Side) -> f64 {
    let mut all: Vec<f64> = others.iter().copied().chain([own]).collect();
    all.sort_by(f64::total_cmp);
    let median = 0.5 * (all[(all.len() - 1) / 2] + all[all.len() / 2]);
    let score = |rate: f64| match side {
        Side::More | Side::Fewer => side.score(rate),
        Side::Differs => side.score(rate - median),
    };
    let extreme = others.iter().filter(|&&rate| score(rate) >= score(own)).count();
    (1 + extreme) as f64 / (1 + others.len()) as f64
}

fn total(periods: &[Period]) -> f64 {
    periods.iter().map(|p| p.count).sum()
}

fn exposure(periods: &[Period]) -> f64 {
    periods.iter().map(|p| p.covered_s).sum()
}

/// Rate, variance of the mean rate, and exposure, of periods of about equal length.
fn moments(periods: &[Period]) -> (f64, f64, f64) {
    let covered = exposure(periods);
    let n = periods.len() as f64;
    let rate = total(periods) / covered.max(1e-9);
    let square = |p: &Period| (p.count - rate * p.covered_s) * (p.count - rate * p.covered_s);
    (rate, periods.iter().map(square).sum::<f64>() * n / (n - 1.0).max(1.0) / (covered * covered).max(1e-9), covered)
}

/// Difference over its standard error, with a floor of Poisson's, so that no arrangement divides by nothing.
fn studentised(own: &[Period], others: &[Period]) -> f64 {
    let (a, b) = (moments(own), moments(others));
    let pooled = (own.iter().chain(others).map(|p| p.count).sum::<f64>() + 1.0) / (a.2 + b.2).max(1e-9);
    let floor = 0.05 * pooled * (1.0 / a.2.max(1e-9) + 1.0 / b.2.max(1e-9));
    (a.0 - b.0) / libm::sqrt(a.1 + b.1 + floor)
}

/// Periods exchanged between subject and comparators.
///
/// # Source
/// Studentised permutation: Janssen 1997; keeps its level where the scatters differ. ADR 0021.
fn permuted(own: &[Period], others: &[Period], side: Side, seed: u64) -> f64 {
    let observed = side.score(studentised(own, others));
    let mut all: Vec<Period> = own.iter().chain(others).copied().collect();
    let mut rng = Rng::part(seed, "cohort");
    let slack = 1e-9 * (1.0 + observed.abs());
    chance::mid_p(observed, slack, || {
        chance::draw_to_front(&mut rng, &mut all, own.len());
        let (a, b) = all.split_at(own.len());
        side.score(studentised(a, b))
    })
}

/// Which member is the subject, drawn anew in each period: what all share, such as a trend, drops out.
///
/// # Source
/// Permutation within strata: Edgington; ADR 0021.
fn exchanged(subject: &Member, comparators: &[Member], side: Side, seed: u64) -> f64 {
    // By period: each member's count beyond its part of the period's total, the subject's first.
    let beyond: Vec<Vec<f64>> = (0..subject.periods.len())
        .map(|at| {
            let all: Vec<Period> = core::iter::once(subject).chain(comparators).map(|m| m.periods[at]).collect();
            let rate = total(&all) / exposure(&all).max(1e-9);
            all.iter().map(|p| p.count - rate * p.covered_s).collect()
        })
        .collect();
    let observed = side.score(beyond.iter().map(|all| all[0]).sum());
    let slack = 1e-9 * (1.0 + observed.abs());
    let mut rng = Rng::part(seed, "cohort");
    chance::mid_p(observed, slack, || {
        side.score(beyond.iter().map(|all| all[chance::below(&mut rng, all.len())]).sum())
    })
}

/// Scatter of counts over Poisson's, at least 1; 1 where there are too few periods to see it.
fn dispersion(periods: &[Period]) -> f64 {
    let rate = moments(periods).0;
    if periods.len() < 2 {
        return 1.0;
    }
    let one = |p: &Period| {
        let mean = (rate * p.covered_s).max(1e-9);
        (p.count - mean) * (p.count - mean) / mean
    };
    (periods.iter().map(one).sum::<f64>() / (periods.len() - 1) as f64).max(1.0)
}

/// The exact conditional test of two rates, mid-p.
///
/// With variance phi times the mean, the subject's part of the total is beta-binomial; binomial where phi is 1.
///
/// - totals beyond a hundred thousand are scaled down to it: p is then too great, never too small
///
/// # Source
/// Przyborowski, Wilenski 1940; mid-p: Lancaster 1961; negative binomial with variance phi mu: inference notes, 9.
pub(crate) fn e_test(own: &[Period], others: &[Period], side: Side) -> f64 {
    let mut phi = dispersion(own).max(dispersion(others));
    let (mut k, mut n) = (total(own).round(), total(own).round() + total(others).round());
    if !n.is_finite() || n > 1e5 {
        let shrink = 1e5 / n.min(1e300);
        (k, n, phi) = ((k.min(1e300) * shrink).round(), 1e5, (phi * shrink).max(1.0));
    }
    let share = exposure(own) / (exposure(own) + exposure(others)).max(1e-9);
    if n < 1.0 || !(0.0..1.0).contains(&share) || share <= 0.0 {
        return 1.0;
    }
    let ln_mass = |x: f64| {
        if phi <= 1.0 + 1e-9 {
            return ln_choose(n, x) + x * libm::log(share) + (n - x) * libm::log1p(-share);
        }
        let size = n / (phi - 1.0);
        let (a, b) = (size * share, size * (1.0 - share));
        ln_choose(n, x) + ln_beta(x + a, n - x + b) - ln_beta(a, b)
    };
    let (mut below, mut above) = (0.0, 0.0);
    let at = libm::exp(ln_mass(k));
    let mut x = 0.0;
    while x <= n {
        if x < k {
            below += libm::exp(ln_mass(x));
        }
        if x > k {
            above += libm::exp(ln_mass(x));
        }
        x += 1.0;
    }
    let p = match side {
        Side::More => above + 0.5 * at,
        Side::Fewer => below + 0.5 * at,
        Side::Differs => 2.0 * (above.min(below) + 0.5 * at),
    };
    p.clamp(f64::MIN_POSITIVE, 1.0)
}

/// Ratio of rates; counts as Gamma with their scatter, so that the subject's share is Beta.
fn ratio(own: &[Period], others: &[Period]) -> Estimate {
    let phi = dispersion(own).max(dispersion(others));
    let (a, b) = (0.5 + total(own) / phi, 0.5 + total(others) / phi);
    let scale = exposure(others) / exposure(own).max(1e-9);
    let of = |share: f64| share / (1.0 - share).max(1e-300) * scale;
    let value = if total(others) > 0.0 { total(own) / total(others) * scale } else { f64::INFINITY };
    Estimate { value, interval: (of(beta_quantile(0.025, a, b)), of(beta_quantile(0.975, a, b))) }
}
