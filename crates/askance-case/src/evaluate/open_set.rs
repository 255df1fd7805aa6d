//! Series whose mechanism was never thought of: do they go to "none of these"?

use std::collections::BTreeMap;

use askance_inference::{Calibration, MechanismId as M};
use serde::Serialize;

use super::item::Item;
use crate::ablate::Ablation;

/// What becomes of series when their own mechanism is held out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenSet {
    /// Series of one label, each with that mechanism held out.
    pub series: u64,
    /// Those that got no answer, or a set of nothing but what is documented to look the same.
    pub recognised: u64,
    /// The share, each mechanism counting alike.
    pub recall: Option<f64>,
    /// By mechanism: series, and those that were recognised.
    pub by_mechanism: BTreeMap<String, (u64, u64)>,
    /// Share of all series that got no answer though their mechanism was there.
    pub refused: Option<f64>,
}

impl OpenSet {
    pub(super) fn of(items: &[&Item]) -> Self {
        let mut out = Self::default();
        for item in items {
            let mut truth = item.truth.mechanisms.iter().filter_map(|t| t.parse::<M>().ok());
            let (Some(m), None) = (truth.next(), truth.next()) else { continue };
            if m == M::None {
                continue;
            }
            let calibration = item.ablation.map_or_else(|| Calibration::embedded().clone(), Ablation::calibration);
            let answer = item.answer.without(m, &calibration);
            let refused = answer.abstained || answer.best == M::None;
            let alike = answer.set.iter().all(|o| *o == M::None || m.about().confusable.contains(o));
            let count = out.by_mechanism.entry(m.as_str().to_owned()).or_default();
            count.0 += 1;
            count.1 += u64::from(refused || alike);
        }
        out.series = out.by_mechanism.values().map(|(all, _)| all).sum();
        out.recognised = out.by_mechanism.values().map(|(_, hits)| hits).sum();
        let shares = out.by_mechanism.values().map(|(all, hits)| *hits as f64 / *all as f64);
        out.recall = (out.series > 0).then(|| shares.sum::<f64>() / out.by_mechanism.len() as f64);
        let refused = items.iter().filter(|item| item.answer.abstained || item.answer.best == M::None).count();
        out.refused = (!items.is_empty()).then(|| refused as f64 / items.len() as f64);
        out
    }
}
