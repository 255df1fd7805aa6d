//! Costs of likelihood ratios.

use core::f64::consts::{LN_2, LN_10};

use super::{Weighed, sides};

/// The log-likelihood-ratio cost.
///
/// `0.5 [mean over targets of log2(1 + 1/LR) + mean over others of log2(1 + LR)]`: 0 for ratios that
/// are always right and infinitely strong, 1 for a system that always says 1, above 1 for one that
/// does harm.
///
/// - returns: none where one side is empty
pub fn cllr(weighed: &[Weighed]) -> Option<f64> {
    empirical_cross_entropy(weighed, 0.0)
}

/// The empirical cross-entropy at one prior, bits: what is left to be learnt after the ratio is told.
///
/// With P the prior of a target, `P mean over targets of log2(1 + 1/(LR O)) + (1 - P) mean over others
/// of log2(1 + LR O)`, O = P/(1 - P). At even odds it is [`cllr`].
///
/// - `prior_log10_odds`: decimal logarithm of O
/// - returns: none where one side is empty
pub fn empirical_cross_entropy(weighed: &[Weighed], prior_log10_odds: f64) -> Option<f64> {
    let (targets, others) = sides(weighed);
    if targets == 0 || others == 0 {
        return None;
    }
    let (mut of_targets, mut of_others) = (0.0, 0.0);
    for w in weighed {
        let posterior = w.log10_lr + prior_log10_odds;
        if w.target {
            of_targets += log2_1p_exp10(-posterior);
        } else {
            of_others += log2_1p_exp10(posterior);
        }
    }
    let odds = libm::exp10(prior_log10_odds);
    let prior = odds / (1.0 + odds);
    Some(prior * of_targets / targets as f64 + (1.0 - prior) * of_others / others as f64)
}

/// log2(1 + 10^x) without overflow.
fn log2_1p_exp10(x: f64) -> f64 {
    let nats = x * LN_10;
    let ln = if nats > 0.0 { nats + libm::log1p(libm::exp(-nats)) } else { libm::log1p(libm::exp(nats)) };
    ln / LN_2
}

/// The shares of targets and of others whose ratio reaches a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tippett {
    /// The threshold, bans.
    pub log10_lr: f64,
    /// Share of targets at or above it.
    pub targets: f64,
    /// Share of others at or above it.
    pub others: f64,
}

/// Tippett curves at the thresholds `at`.
///
/// - returns: none where one side is empty
pub fn tippett(weighed: &[Weighed], at: &[f64]) -> Option<Vec<Tippett>> {
    let (targets, others) = sides(weighed);
    if targets == 0 || others == 0 {
        return None;
    }
    let reaching = |target: bool, t: f64| weighed.iter().filter(|w| w.target == target && w.log10_lr >= t).count();
    let share = |n: usize, of: usize| n as f64 / of as f64;
    let curve = at.iter().map(|&t| Tippett {
        log10_lr: t,
        targets: share(reaching(true, t), targets),
        others: share(reaching(false, t), others),
    });
    Some(curve.collect())
}
