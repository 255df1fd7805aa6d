//! Tables by mechanism and by program.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::calibration::measures::Classes;
use serde::Serialize;

use super::item::Item;
use super::report::LOOKUPS_MIN;
use super::totals::Totals;
use crate::labels::Origin;

/// How one mechanism fares, nothing taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MechanismRow {
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// The mechanism.
    pub mechanism: String,
    /// Its series; one of several labels counts for the one that was named, or in parts where none was.
    pub series: f64,
    /// Share of them whose best is right.
    pub recall: Option<f64>,
    /// Harmonic mean of that and of the share of answers of this name that are right.
    pub f1: Option<f64>,
    /// The same of its longer series alone.
    pub longer: Vec<LongerSeries>,
}

/// How one mechanism fares in series of some length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LongerSeries {
    /// Lookups at least.
    pub n_min: u64,
    /// Series, counted as in [`MechanismRow::series`].
    pub series: f64,
    /// Share of them whose best is right.
    pub recall: Option<f64>,
}

/// How one program fares, nothing taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProgramRow {
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// The software that asked, as far as labels say.
    pub program: String,
    /// What its labels say.
    pub truth: BTreeSet<String>,
    /// Counts.
    #[serde(flatten)]
    pub totals: Totals,
}

/// Labels beside the best of each series.
pub(super) fn classes<'a>(items: impl Iterator<Item = &'a &'a Item>) -> Classes {
    let mut out = Classes::default();
    for item in items {
        out.add(&item.truth.mechanisms, item.answer.best.as_str());
    }
    out
}

/// - `items`: of one origin
pub(super) fn mechanisms(origin: Origin, items: &[&Item]) -> Vec<MechanismRow> {
    let of = |n_min: u64| classes(items.iter().filter(|item| item.answer.n >= n_min));
    let longer = LOOKUPS_MIN.map(|n_min| (n_min, of(n_min)));
    let all = of(0);
    let rows = all.of.iter().map(|(mechanism, score)| MechanismRow {
        origin,
        mechanism: mechanism.clone(),
        series: score.cases,
        recall: score.recall(),
        f1: score.f1(),
        longer: longer
            .iter()
            .filter(|(n_min, _)| *n_min > 0)
            .filter_map(|(n_min, classes)| {
                let score = classes.of.get(mechanism)?;
                Some(LongerSeries { n_min: *n_min, series: score.cases, recall: score.recall() })
            })
            .collect(),
    });
    rows.collect()
}

/// - `items`: of one origin
pub(super) fn programs(origin: Origin, items: &[&Item]) -> Vec<ProgramRow> {
    let mut by_program: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in items {
        by_program.entry(item.truth.program()).or_default().push(item);
    }
    let rows = by_program.into_iter().map(|(program, items)| ProgramRow {
        origin,
        program,
        truth: items.iter().flat_map(|item| item.truth.mechanisms.iter().cloned()).collect(),
        totals: Totals::of(items.into_iter()),
    });
    rows.collect()
}
