//! What the pictures of an evaluation are drawn from.

use askance_inference::calibration::measures::{Bin, Tippett, cllr, cllr_min, empirical_cross_entropy, pav, tippett};
use serde::Serialize;

use super::item::Item;
use super::summary::{propositions, reliability};
use super::totals::Totals;
use crate::labels::Origin;

/// The first number of lookups of each class; the last class has no end.
const LOOKUPS: [u64; 7] = [1, 3, 10, 30, 100, 300, 1000];
/// Thresholds of Tippett curves, and prior odds: bans from the middle, and steps a ban.
const TIPPETT_BANS: i32 = 4;
const PRIOR_BANS: i32 = 3;
const STEPS: i32 = 10;

/// The curves of one origin, nothing taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curves {
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// Stated posterior of the best beside what came true: (series, stated, came true, low, high).
    pub reliability: Vec<(u64, f64, f64, f64, f64)>,
    /// (threshold in bans, share of true propositions, share of others), before the cap.
    pub tippett: Vec<(f64, f64, f64)>,
    /// Cost at each prior.
    pub cross_entropy: Vec<PriorCost>,
    /// By number of lookups.
    pub by_lookups: Vec<ByLookups>,
}

/// What is left to be learnt, in bits, at one prior.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriorCost {
    /// Decimal logarithm of the prior odds.
    pub log10_odds: f64,
    /// After the ratios that are stated.
    pub stated: f64,
    /// After the same ratios under the best rising map.
    pub best: f64,
    /// After nothing: a ratio of 1.
    pub neutral: f64,
}

/// Series of one class of lookups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByLookups {
    /// The least lookups.
    pub from: u64,
    /// The most; absent in the last class.
    pub to: Option<u64>,
    /// Series.
    pub series: u64,
    /// Of the ratio that is stated.
    pub cllr: Option<f64>,
    /// After the best rising map.
    pub cllr_min: Option<f64>,
    /// Mean size of the sets.
    pub mean_set: Option<f64>,
    /// Share of series with a label in the set.
    pub coverage: Option<f64>,
    /// Share of series whose best is right.
    pub right: Option<f64>,
}

impl Curves {
    /// - `items`: of one origin, nothing taken away
    pub(super) fn of(origin: Origin, items: &[&Item]) -> Self {
        let grid = |bans: i32| (-bans * STEPS..=bans * STEPS).map(|k| f64::from(k) / f64::from(STEPS));
        let thresholds: Vec<f64> = grid(TIPPETT_BANS).collect();
        let stated = propositions(items, true);
        let best = pav(&stated).unwrap_or_default();
        let neutral: Vec<_> =
            stated.iter().map(|w| askance_inference::calibration::measures::Weighed { log10_lr: 0.0, ..*w }).collect();
        let cost = |log10_odds: f64| {
            Some(PriorCost {
                log10_odds,
                stated: empirical_cross_entropy(&stated, log10_odds)?,
                best: empirical_cross_entropy(&best, log10_odds)?,
                neutral: empirical_cross_entropy(&neutral, log10_odds)?,
            })
        };
        let bins = reliability(items).map(|r| r.bins).unwrap_or_default();
        let curve = tippett(&propositions(items, false), &thresholds).unwrap_or_default();
        Self {
            origin,
            reliability: bins
                .into_iter()
                .map(|Bin { n, stated, came_true, interval: (low, high) }| (n, stated, came_true, low, high))
                .collect(),
            tippett: curve
                .into_iter()
                .map(|Tippett { log10_lr, targets, others }| (log10_lr, targets, others))
                .collect(),
            cross_entropy: grid(PRIOR_BANS).filter_map(cost).collect(),
            by_lookups: by_lookups(items),
        }
    }
}

fn by_lookups(items: &[&Item]) -> Vec<ByLookups> {
    let ends = LOOKUPS.iter().skip(1).map(|next| Some(next - 1)).chain([None]);
    let classes = LOOKUPS.into_iter().zip(ends).map(|(from, to)| {
        let inside = |item: &&&Item| from <= item.answer.n && to.is_none_or(|to| item.answer.n <= to);
        let items: Vec<&Item> = items.iter().filter(inside).copied().collect();
        let totals = Totals::of(items.iter().copied());
        let share = |n: u64| (totals.series > 0).then(|| n as f64 / totals.series as f64);
        let stated = propositions(&items, true);
        ByLookups {
            from,
            to,
            series: totals.series,
            cllr: cllr(&stated),
            cllr_min: cllr_min(&stated),
            mean_set: share(totals.set_size_sum),
            coverage: share(totals.covered),
            right: share(totals.right),
        }
    });
    classes.collect()
}
