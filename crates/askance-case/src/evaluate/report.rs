//! An evaluation added up, as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::curves::Curves;
use super::item::Item;
use super::summary::{Cell, Summary};
use super::totals::confusion;
use super::{Confusion, Evaluation, Judged, MechanismRow, ProgramRow, Rule, Totals, tables};
use crate::labels::Origin;

/// The schema of an evaluation.
const SCHEMA: &str = "askance.evaluate/2";
/// Classes of lookups: at least so many.
pub(super) const LOOKUPS_MIN: [u64; 3] = [0, 30, 100];

/// An evaluation added up. The fields of `askance.evaluate/1` keep their names and meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationReport {
    /// Always `askance.evaluate/2`.
    pub schema: &'static str,
    /// The folders.
    pub folders: Vec<String>,
    /// The part of a split that is counted; absent where all is.
    pub part: Option<&'static str>,
    /// Labelled series that are not counted, as their programs are not of that part.
    pub left_out: u64,
    /// Labelled series with nothing taken away.
    pub series: Vec<Judged>,
    /// Labels for which there is no series, as `file vantage client name`.
    pub missing: Vec<String>,
    /// Totals by vantage, and over all as `all`; empty where series of both origins were found, which
    /// are never added up together.
    pub totals: BTreeMap<String, Totals>,
    /// Counts by label (joined by `+` where there are several), then by best mechanism; likewise.
    pub confusion: Confusion,
    /// Measures by origin, ablation, vantage and least number of lookups.
    pub summaries: Vec<Summary>,
    /// By mechanism, nothing taken away.
    pub mechanisms: Vec<MechanismRow>,
    /// By program, nothing taken away.
    pub programs: Vec<ProgramRow>,
    /// How far each ablation keeps the rule that it never raises a wrong answer.
    pub rules: Vec<Rule>,
    /// Confusion by origin and ablation (empty for none).
    pub confusions: BTreeMap<Origin, BTreeMap<String, Confusion>>,
    /// What the pictures are drawn from.
    pub curves: Vec<Curves>,
}

impl EvaluationReport {
    /// The origins that occur, in order.
    pub fn origins(&self) -> Vec<Origin> {
        Origin::ALL.into_iter().filter(|o| self.series.iter().any(|s| s.origin == *o)).collect()
    }

    /// The measures of one group.
    pub fn summary(&self, origin: Origin, ablation: &str, vantage: &str, n_min: u64) -> Option<&Summary> {
        let is = |s: &&Summary| {
            (s.origin, s.ablation.as_str(), s.vantage.as_str(), s.n_min) == (origin, ablation, vantage, n_min)
        };
        self.summaries.iter().find(is)
    }
}

impl Evaluation {
    /// Adds up everything.
    pub fn report(&self) -> EvaluationReport {
        let whole: Vec<&Item> = self.items.iter().filter(|item| item.ablation.is_none()).collect();
        let mut out = EvaluationReport {
            schema: SCHEMA,
            folders: self.folders.clone(),
            part: self.split.as_ref().map(|(_, part)| part.as_str()),
            left_out: self.left_out,
            series: whole.iter().map(|item| Judged::of(item)).collect(),
            missing: self.missing.clone(),
            totals: BTreeMap::new(),
            confusion: Confusion::new(),
            summaries: Vec::new(),
            mechanisms: Vec::new(),
            programs: Vec::new(),
            rules: Vec::new(),
            confusions: BTreeMap::new(),
            curves: Vec::new(),
        };
        let origins = out.origins();
        if let [_] = origins.as_slice() {
            out.totals = by_vantage(&whole).into_iter().map(|(v, items)| (v, Totals::of(items.into_iter()))).collect();
            out.confusion = confusion(whole.iter().copied());
        }
        for origin in origins {
            let own: Vec<&Item> = whole.iter().copied().filter(|item| item.origin() == origin).collect();
            out.mechanisms.extend(tables::mechanisms(origin, &own));
            out.programs.extend(tables::programs(origin, &own));
            out.curves.push(Curves::of(origin, &own));
            self.add_conditions(origin, &mut out);
        }
        out
    }

    fn add_conditions(&self, origin: Origin, out: &mut EvaluationReport) {
        for kind in core::iter::once(None).chain(self.ablations.iter().copied().map(Some)) {
            let mine = |item: &&Item| item.origin() == origin && item.ablation == kind;
            let items: Vec<&Item> = self.items.iter().filter(mine).collect();
            let ablation = kind.map_or_else(String::new, |kind| kind.to_string());
            for (vantage, items) in by_vantage(&items) {
                for n_min in LOOKUPS_MIN {
                    let enough: Vec<&Item> = items.iter().copied().filter(|item| item.answer.n >= n_min).collect();
                    let cell = Cell { origin, ablation: &ablation, vantage: &vantage, n_min };
                    out.summaries.push(Summary::of(&cell, &enough));
                }
            }
            out.rules.extend(Rule::of(&items));
            out.confusions.entry(origin).or_default().insert(ablation, confusion(items.iter().copied()));
        }
    }
}

/// All as `all`, then by vantage.
fn by_vantage<'a>(items: &[&'a Item]) -> Vec<(String, Vec<&'a Item>)> {
    let vantages: BTreeSet<&str> = items.iter().map(|item| item.vantage.as_str()).collect();
    let of = |v: &str| items.iter().copied().filter(|item| item.vantage == v).collect();
    let each = vantages.into_iter().map(|v| (v.to_owned(), of(v)));
    core::iter::once(("all".to_owned(), items.to_vec())).chain(each).collect()
}
