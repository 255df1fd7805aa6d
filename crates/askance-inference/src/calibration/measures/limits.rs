//! How strongly anything may be said: misleading evidence, and limits by expected utility.

use super::{Weighed, sides};
use crate::math::beta_quantile;

/// The upper end of the one-sided 95 % interval of Clopper and Pearson for a share of `hits` in `of`.
///
/// - returns: 1 where nothing was seen
pub fn upper_share(hits: u64, of: u64) -> f64 {
    if hits >= of { 1.0 } else { beta_quantile(0.95, hits as f64 + 1.0, (of - hits) as f64) }
}

/// How often propositions that are not true got a ratio of at least some k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misleading {
    /// Decimal logarithm of k.
    pub log10_lr: f64,
    /// Propositions that are not true and got at least k.
    pub hits: u64,
    /// Propositions that are not true.
    pub of: u64,
    /// Upper 95 % bound of the share.
    pub upper: f64,
    /// What the share may be at most if the ratios are honest: 1/k.
    pub bound: f64,
}

impl Misleading {
    /// The share that was seen.
    pub fn share(&self) -> f64 {
        self.hits as f64 / (self.of as f64).max(1.0)
    }

    /// True where the share that was seen does not exceed 1/k.
    pub fn holds(&self) -> bool {
        self.share() <= self.bound
    }
}

/// P(LR >= k | not true), which honest ratios keep at or below 1/k (Royall 2000).
pub fn misleading(weighed: &[Weighed], log10_lr: f64) -> Misleading {
    let others = weighed.iter().filter(|w| !w.target);
    let (mut hits, mut of) = (0, 0);
    for w in others {
        of += 1;
        hits += u64::from(w.log10_lr >= log10_lr);
    }
    Misleading { log10_lr, hits, of, upper: upper_share(hits, of), bound: libm::exp10(-log10_lr) }
}

/// Steps of a threshold between even odds and the farthest limit, and bans a step.
const STEPS: u32 = 900;
const STEP: f64 = 0.01;

/// The lowest and the highest ratio that may be stated, bans: low at most 0, high at least 0.
///
/// One as misleading as can be is added to each side. A threshold t is kept while accepting what lies
/// above it costs no more than telling nothing: `EU(neutral)/EU(system) >= 1` with
/// `EU(t) = 1 - mean(accept | targets) + t mean(accept | others)`, `accept = LR > t`, in steps of 0.01.
/// The limits are the last thresholds before the first that fails; never beyond what N + 1 cases
/// of the other side can show.
///
/// - `weighed`: one value for each independent case (software configuration), not one a series
///
/// # Source
/// Vergeer, van Es, de Jongh, Alberink, Stoel, Science & Justice 56 (2016) 482-491.
pub fn elub(weighed: &[Weighed]) -> (f64, f64) {
    let (targets, others) = sides(weighed);
    let bans = |target: bool| {
        let mut own: Vec<f64> = weighed.iter().filter(|w| w.target == target).map(|w| w.log10_lr).collect();
        own.push(if target { f64::NEG_INFINITY } else { f64::INFINITY });
        own.sort_by(f64::total_cmp);
        own
    };
    let (of_targets, of_others) = (bans(true), bans(false));
    let above = |sorted: &[f64], t: f64| {
        let kept = sorted.len() - sorted.partition_point(|&x| x <= t);
        kept as f64 / sorted.len() as f64
    };
    let pays = |t: f64| {
        let theta = libm::exp10(t);
        let system = 1.0 - above(&of_targets, t) + theta * above(&of_others, t);
        theta.min(1.0) >= system
    };
    let last = |sign: f64| {
        let kept = (1..=STEPS).map(|k| sign * f64::from(k) * STEP).take_while(|&t| pays(t)).last();
        kept.unwrap_or(0.0)
    };
    let most = |n: usize| libm::log10(n as f64 + 1.0);
    (last(-1.0).max(-most(targets)), last(1.0).min(most(others)))
}
