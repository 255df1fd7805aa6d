//! "These two addresses are one client."
//!
//! Behind one cache nothing is asked again before the TTL is over, whichever address asks. Two caches know nothing
//! of each other, unless one demand stirs both: then they ask at the same moments.

#[cfg(test)]
mod tests;

use askance_record::Timestamp;

use super::chance::{Exchanged, exchange_weeks};
use super::concentration::{Share, jeffreys};
use super::coverage::{Coverage, apart};
use super::exposure::{Exposure, seen_week};
use super::finding::{Checked, Condition, Verdict};
use crate::math::bans;

/// Lookups of an address that are one act.
const SESSION_US: i64 = 2_000_000;
/// Addresses that ask within this ask together.
const TOGETHER_US: i64 = 5_000_000;
/// p at which acts come together beyond chance; with too few weeks for it, a fifth must, and four times chance.
const TOGETHER_P: f64 = 0.02;
/// Lookups that each address must have.
const LOOKUPS_MIN: f64 = 10.0;
/// The most that is said of a ratio, in bans: a starting value.
const CAP: f64 = 3.0;
/// Above this share of early pooled gaps no one cache stands behind both.
const EARLY_MAX: f64 = 0.05;

/// What stands behind two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// One cache.
    OneCache,
    /// Two caches, stirred by one demand.
    OneDemand,
    /// Two that have nothing to do with each other.
    Two,
    /// The records do not tell.
    Open,
}

/// The answer of [`one_client_or_two`].
#[derive(Clone, Debug, PartialEq)]
pub struct OneOrTwo {
    /// Of "one client", be it one cache or one demand.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// What stands behind them.
    pub behind: Behind,
    /// One cache against two, in bans; tempered by the number of lookups and capped.
    pub log10_lr: Option<f64>,
    /// The same before tempering and cap.
    pub raw_log10_lr: Option<f64>,
    /// Gaps of the pooled series below the TTL: what one cache does not let through.
    pub early: Share,
    /// The first address's acts with one of the second within five seconds.
    pub together: Share,
    /// The same at the same hours of other weeks.
    pub together_by_chance: Option<f64>,
    /// p of as many together.
    pub together_p: Option<f64>,
    /// Variants tried.
    pub variants: usize,
}

/// Weighs whether two addresses are one client.
///
/// The ratio is tempered by (n / 3)^(1/4): both sides use the same engine, so that its faults weigh less than between
/// mechanisms. The null farm shows how often that misleads.
///
/// - `a`, `b`: their lookups, in any order; `ttl_s`: of the answers
/// - `coverage`: when both were recorded
/// - `variants`: how many pairs of addresses were tried; the ratio is divided by it, p multiplied
///
/// # Source
/// Inference notes, 7.6: dead-time densities of the pooled and the separate series, with the Krichevsky-Trofimov code
/// of which address asked; the week's rhythm is taken from both together and stands on both sides.
pub fn one_client_or_two(
    a: &[Timestamp],
    b: &[Timestamp],
    ttl_s: u32,
    coverage: &Coverage,
    variants: usize,
    seed: u64,
) -> OneOrTwo {
    let variants = variants.max(1);
    let acts = |all: &[Timestamp]| apart(&coverage.keep(all), SESSION_US);
    let (a, b) = (acts(a), acts(b));
    let dead_us = i64::from(ttl_s) * 1_000_000;
    let mut pooled: Vec<(i64, bool)> = a.iter().map(|&t| (t, false)).chain(b.iter().map(|&t| (t, true))).collect();
    pooled.sort_unstable();
    let early = pooled.windows(2).filter(|w| w[1].0 - w[0].0 < dead_us - 1_000_000).count() as u64;
    let early = jeffreys(early, pooled.len().saturating_sub(1) as u64);
    let met = exchange(&a, &b, coverage, seed);
    let n_together = (met.observed * a.len() as f64).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, never negative")]
    let together = jeffreys(n_together as u64, a.len() as u64);
    let raw = ln_ratio(&a, &b, &pooled, dead_us, coverage).map(bans);
    let checks = vec![
        Checked::yes(Condition::TtlKnown, ttl_s > 0),
        Checked::at_least(Condition::BothAsk, a.len().min(b.len()) as f64, LOOKUPS_MIN),
        Checked::yes(Condition::SpanUsable, raw.is_some()),
    ];
    let possible = checks.iter().all(|c| c.holds);
    let temper = libm::sqrt(libm::sqrt(pooled.len() as f64 / 3.0)).max(1.0);
    let log10_lr = raw.filter(|_| possible).map(|raw| (raw / temper - libm::log10(variants as f64)).clamp(-CAP, CAP));
    let together_p = met.p.map(|p| (p * variants as f64).min(1.0));
    let times_chance = |k: f64| met.chance.is_some_and(|c| together.interval.0 > k * c);
    let stirred = match together_p {
        Some(p) => p <= TOGETHER_P && times_chance(2.0),
        None => together.interval.0 > 0.2 && times_chance(4.0),
    };
    let behind = match log10_lr {
        Some(lr) if lr >= 1.0 && early.share <= EARLY_MAX => Behind::OneCache,
        Some(_) if stirred => Behind::OneDemand,
        Some(lr) if lr <= -1.0 => Behind::Two,
        Some(_) | None => Behind::Open,
    };
    let verdict = match behind {
        _ if !possible => Verdict::CannotBeTested,
        Behind::OneCache | Behind::OneDemand => Verdict::Supported,
        Behind::Two => Verdict::Contradicted,
        Behind::Open => Verdict::DoesNotDiscriminate,
    };
    OneOrTwo {
        verdict,
        checks,
        behind,
        log10_lr,
        raw_log10_lr: raw.filter(|_| possible),
        early,
        together,
        together_by_chance: met.chance,
        together_p,
        variants,
    }
}

fn exchange(a: &[i64], b: &[i64], coverage: &Coverage, seed: u64) -> Exchanged {
    let span = (coverage.first_us().unwrap_or(0), coverage.last_us().unwrap_or(0));
    let near = |t: i64| {
        let at = b.partition_point(|&other| other < t - TOGETHER_US);
        b.get(at).is_some_and(|&other| other <= t + TOGETHER_US)
    };
    exchange_weeks(a, span, |t| coverage.contains(Timestamp::from_us(t)), near, seed)
}

/// ln of "one cache" against "two".
fn ln_ratio(a: &[i64], b: &[i64], pooled: &[(i64, bool)], dead_us: i64, coverage: &Coverage) -> Option<f64> {
    let times: Vec<i64> = pooled.iter().map(|p| p.0).collect();
    let week = seen_week(&times, coverage);
    let exposure = Exposure::new(coverage, &week)?;
    // Krichevsky and Trofimov: which address asked, predicted from those before.
    let (mut seen, mut labels) = ([0.5, 0.5], 0.0);
    for &(_, second) in pooled {
        let own = seen[usize::from(second)];
        labels += libm::log(own / (seen[0] + seen[1]));
        seen[usize::from(second)] += 1.0;
    }
    let density = |times: &[i64]| exposure.ln_density(times, dead_us);
    Some(density(&times) + labels - density(a) - density(b))
}
