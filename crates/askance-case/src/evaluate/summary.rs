//! The measures of one group of labelled series.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::calibration::measures::{
    Misleading, Reliability, Stated, Weighed, brier, calibration_error, cllr, cllr_min, misleading,
};
use askance_inference::{Calibration, MechanismId};
use serde::Serialize;

use super::item::Item;
use super::run::Answer;
use super::totals::{EachGroup, STRONG, Totals};
use super::{open_set, tables, tunnel, versus};
use crate::labels::Origin;

/// Bins of a reliability diagram.
pub(super) const BINS: usize = 10;
/// What groups are resampled with.
pub(super) const SEED: u64 = 13;

/// The measures of one group: one origin, one ablation, one vantage or all, and at least so many lookups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// What was taken away; empty for nothing.
    pub ablation: String,
    /// The vantage, or `all`.
    pub vantage: String,
    /// The least lookups of a series.
    pub n_min: u64,
    /// Counts.
    #[serde(flatten)]
    pub totals: Totals,
    /// Independent groups among the series: software configurations, or clients where labels name none.
    pub groups: u64,
    /// Means in which each of them counts once.
    pub each_group: Option<EachGroup>,
    /// Mean over mechanisms of the share whose best is right; abstaining is no excuse.
    pub macro_accuracy: Option<f64>,
    /// Mean over mechanisms of F1.
    pub macro_f1: Option<f64>,
    /// Share of series with a label in the set.
    pub coverage: Option<f64>,
    /// Mean size of the sets.
    pub mean_set: Option<f64>,
    /// Of the ratio that is stated (calibrated, capped) of each (series, mechanism).
    pub cllr: Option<f64>,
    /// What would be left of it after the best rising map.
    pub cllr_min: Option<f64>,
    /// The difference.
    pub cllr_cal: Option<f64>,
    /// Of the posterior of the best under the family prior, in ten bins of equal mass.
    pub ece: Option<f64>,
    /// Its 95 % interval, by resampling groups.
    pub ece_interval: Option<(f64, f64)>,
    /// What it comes to where all that is stated is true and the series of a group share one fate: mean, 95th
    /// percentile.
    pub ece_if_true: Option<(f64, f64)>,
    /// Of the posterior of the best under the operational prior.
    pub ece_operational: Option<f64>,
    /// Of the whole posterior; 0 to 2.
    pub brier: Option<f64>,
    /// Ratios above 1000 before the cap for what is not true.
    pub false_strong: Falsehood,
    /// P(LR >= k | not true) for k of 10, 100, 1000 and 10 000, before the cap.
    pub royall: Vec<Falsehood>,
    /// Beacons told from caches that refresh.
    pub beacon_against_refresh: Option<versus::Versus>,
    /// Series whose mechanism was held out.
    pub none_of_these: open_set::OpenSet,
    /// Tunnels.
    pub tunnel: tunnel::Tunnels,
}

/// How often something that is not true got a ratio of at least some k.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Falsehood {
    /// k.
    pub lr: f64,
    /// Propositions that are not true and got it.
    pub hits: u64,
    /// Propositions that are not true.
    pub of: u64,
    /// The share.
    pub share: f64,
    /// Its upper 95 % bound, as if propositions were independent.
    pub upper: f64,
    /// True where the share does not exceed 1/k.
    pub holds: bool,
}

impl Falsehood {
    fn of(weighed: &[Weighed], log10_lr: f64) -> Self {
        let found: Misleading = misleading(weighed, log10_lr);
        Self {
            lr: libm::exp10(log10_lr),
            hits: found.hits,
            of: found.of,
            share: found.share(),
            upper: found.upper,
            holds: found.holds(),
        }
    }
}

/// Which series a summary is of.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub(super) origin: Origin,
    pub(super) ablation: &'a str,
    pub(super) vantage: &'a str,
    pub(super) n_min: u64,
}

impl Summary {
    pub(super) fn of(cell: &Cell<'_>, items: &[&Item]) -> Self {
        let totals = Totals::of(items.iter().copied());
        let classes = tables::classes(items.iter());
        let (stated, free) = (propositions(items, true), propositions(items, false));
        let (cost, least) = (cllr(&stated), cllr_min(&stated));
        let reliability = reliability(items);
        let of_series = |x: f64| (totals.series > 0).then(|| x / totals.series as f64);
        Self {
            origin: cell.origin,
            ablation: cell.ablation.to_owned(),
            vantage: cell.vantage.to_owned(),
            n_min: cell.n_min,
            groups: numbered(items).values().collect::<BTreeSet<_>>().len() as u64,
            each_group: EachGroup::of(items),
            macro_accuracy: classes.macro_accuracy(),
            macro_f1: classes.macro_f1(),
            coverage: of_series(totals.covered as f64),
            mean_set: of_series(totals.set_size_sum as f64),
            cllr: cost,
            cllr_min: least,
            cllr_cal: cost.zip(least).map(|(cost, least)| cost - least),
            ece: reliability.as_ref().map(|r| r.ece),
            ece_interval: reliability.as_ref().map(|r| r.ece_interval),
            ece_if_true: reliability.as_ref().map(|r| r.ece_if_true),
            ece_operational: calibration_error(&stated_of(items, |answer| &answer.operational), BINS),
            brier: brier_of(items),
            false_strong: Falsehood::of(&free, STRONG),
            royall: [1.0, 2.0, 3.0, 4.0].map(|bans| Falsehood::of(&free, bans)).to_vec(),
            beacon_against_refresh: versus::Versus::of(items),
            none_of_these: open_set::OpenSet::of(items),
            tunnel: tunnel::Tunnels::of(items),
            totals,
        }
    }
}

/// The ratio of each (series, mechanism), `none` left out: it is a refusal, not a proposition.
pub(super) fn propositions(items: &[&Item], capped: bool) -> Vec<Weighed> {
    let calibration = Calibration::embedded();
    let mut out = Vec::with_capacity(items.len() * MechanismId::ALL.len());
    for item in items {
        for (m, &log10_lr) in MechanismId::ALL.into_iter().zip(&item.answer.log10_lrs) {
            if m != MechanismId::None {
                let log10_lr = if capped { calibration.capped(log10_lr) } else { log10_lr };
                out.push(Weighed { log10_lr, target: item.is_true(m) });
            }
        }
    }
    out
}

/// Reliability of the posterior of the best under the family prior.
pub(super) fn reliability(items: &[&Item]) -> Option<Reliability> {
    Reliability::of(&stated_of(items, |answer| &answer.posterior), BINS, SEED)
}

/// What a posterior states of the best of each series.
fn stated_of(items: &[&Item], posterior: impl Fn(&Answer) -> &[f64]) -> Vec<Stated> {
    let groups = numbered(items);
    let stated = |item: &&Item| Stated {
        p: item.answer.of_best(posterior(&item.answer)),
        right: item.right(),
        group: groups[&item.group()],
    };
    items.iter().map(stated).collect()
}

/// Groups, numbered in order.
fn numbered(items: &[&Item]) -> BTreeMap<String, usize> {
    let names: BTreeSet<String> = items.iter().map(|item| item.group()).collect();
    names.into_iter().enumerate().map(|(at, name)| (name, at)).collect()
}

fn brier_of(items: &[&Item]) -> Option<f64> {
    let truths: Vec<Vec<f64>> = items
        .iter()
        .map(|item| {
            let share = 1.0 / (item.truth.mechanisms.len() as f64).max(1.0);
            MechanismId::ALL.map(|m| if item.is_true(m) { share } else { 0.0 }).to_vec()
        })
        .collect();
    brier(items.iter().zip(&truths).map(|(item, truth)| (item.answer.posterior.as_slice(), truth.as_slice())))
}
