//! How much each labelled series counts in a fit.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::calibration::Scored;
use askance_inference::{MECHANISMS, MechanismId as M, Parts};

/// A series ready for fitting.
pub(super) struct Case<'a> {
    pub(super) parts: &'a Parts,
    pub(super) truth: [bool; MECHANISMS],
    pub(super) weight: f64,
}

/// Weights: mechanisms alike, programs alike inside them, series alike inside those; their sum is
/// the number of configurations.
pub(super) fn weighted(series: &[Scored]) -> Vec<Case<'_>> {
    let mut counts: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let labelled = || series.iter().filter(|s| s.truth.iter().any(|t| t.parse::<M>().is_ok()));
    for s in labelled() {
        *counts.entry((s.truth[0].as_str(), s.program.as_str())).or_default() += 1.0;
    }
    let mut programs: BTreeMap<&str, f64> = BTreeMap::new();
    for (truth, _) in counts.keys() {
        *programs.entry(truth).or_default() += 1.0;
    }
    let configurations: BTreeSet<String> = labelled().map(Scored::configuration).collect();
    let each = configurations.len() as f64 / programs.len().max(1) as f64;
    labelled()
        .map(|scored| {
            let key = (scored.truth[0].as_str(), scored.program.as_str());
            let weight = each / programs[key.0] / counts[&key];
            let truth = M::ALL.map(|m| scored.truth.iter().any(|t| t == m.as_str()));
            Case { parts: &scored.parts, truth, weight }
        })
        .collect()
}
