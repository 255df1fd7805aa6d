//! All series of a folder attributed under one condition.

use std::collections::BTreeMap;

use askance_inference::baseline;
use askance_inference::{Attribution, Calibration, Decision, MechanismId, Parts, Priors};
use askance_record::Timestamp;

use crate::ablate::{Ablated, Ablation};
use crate::records::SeriesRow;
use crate::{Attributor, Case, CaseRecords, SourceView};

/// Fewer lookups than this decide nothing unless marks do.
const LOOKUPS_MIN: u64 = 10;
/// A lead over the model that fits anything below this, in nats, is none: a factor of ten.
const LEAD_MIN: f64 = core::f64::consts::LN_10;

/// What one series was attributed to: what an evaluation needs of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The rows of the whole records that it was made from; one but where clients were merged.
    pub from: Vec<usize>,
    /// Lookups that were left.
    pub n: u64,
    /// The best mechanism.
    pub best: MechanismId,
    /// The set; the best stands first.
    pub set: Vec<MechanismId>,
    /// Capped, bans.
    pub log10_lr: f64,
    /// Calibrated, before the cap, bans.
    pub log10_lr_uncapped: f64,
    /// True where no answer was given.
    pub abstained: bool,
    /// Each mechanism against the rest, by [`MechanismId::ALL`]: calibrated, not capped, bans.
    pub log10_lrs: Vec<f64>,
    /// Posterior under the family prior, by [`MechanismId::ALL`].
    pub posterior: Vec<f64>,
    /// Posterior under the operational prior, likewise.
    pub operational: Vec<f64>,
    /// Calibrated scores, by [`MechanismId::ALL`], nats.
    pub scores: Vec<f64>,
    /// What was scored.
    pub parts: Parts,
    /// RITA's beacon score of the same instants.
    pub rita: Option<f64>,
    /// The score of their variation.
    pub variation: Option<f64>,
    /// Days since 1970 on which there were lookups, ascending.
    pub days: Vec<i64>,
}

impl Answer {
    fn of(from: Vec<usize>, found: &Attribution, row: &SeriesRow, given: &Given) -> Self {
        let decision = Decision::of(&found.parts, &given.calibration, &Priors::default());
        let instants: Vec<Timestamp> = row.state.events().map(|e| e.ts).collect();
        let mut days: Vec<i64> = instants.iter().map(|t| t.us().div_euclid(86_400_000_000)).collect();
        days.dedup();
        Self {
            from,
            n: found.n,
            best: found.best,
            set: found.set.clone(),
            log10_lr: found.log10_lr,
            log10_lr_uncapped: found.log10_lr_uncapped,
            abstained: found.abstained,
            log10_lrs: decision.log10_lrs().to_vec(),
            posterior: decision.posterior.to_vec(),
            operational: decision.operational.to_vec(),
            scores: decision.scores.to_vec(),
            parts: found.parts.clone(),
            rita: baseline::rita(&instants, given.spans[&row.tap]).map(|r| r.score),
            variation: baseline::variation(&instants),
            days,
        }
    }

    /// What would have been said if a mechanism had never been thought of.
    ///
    /// Whether an answer is given is judged by what parts can tell: the number of lookups, the lead over
    /// the model that fits anything, and whether the set spans families.
    pub(crate) fn without(&self, m: MechanismId, calibration: &Calibration) -> Self {
        let mut parts = self.parts.clone();
        let at = MechanismId::ALL.iter().position(|o| *o == m).expect("ALL holds every mechanism");
        parts.excluded[at] = true;
        let decision = Decision::of(&parts, calibration, &Priors::default());
        let best = decision.best;
        let totals = parts.totals();
        let total = |m: MechanismId| MechanismId::ALL.iter().position(|o| *o == m).map_or(0.0, |k| totals[k]);
        let lead = total(best) - total(MechanismId::None);
        let same = best == self.best && self.abstained;
        let uncapped = decision.log10_lr(best);
        Self {
            best,
            set: decision.set.clone(),
            log10_lr: calibration.capped(uncapped),
            log10_lr_uncapped: uncapped,
            abstained: same
                || self.n < LOOKUPS_MIN
                || (best != MechanismId::None && lead < LEAD_MIN)
                || decision.is_split(),
            log10_lrs: decision.log10_lrs().to_vec(),
            posterior: decision.posterior.to_vec(),
            operational: decision.operational.to_vec(),
            scores: decision.scores.to_vec(),
            parts,
            ..self.clone()
        }
    }

    /// A mechanism against the rest: calibrated, not capped, bans.
    pub(crate) fn log10_lr_of(&self, m: MechanismId) -> f64 {
        MechanismId::ALL.iter().position(|o| *o == m).map_or(f64::NEG_INFINITY, |at| self.log10_lrs[at])
    }

    /// What one of its lists says of the best.
    ///
    /// - `list`: by [`MechanismId::ALL`]
    pub(crate) fn of_best(&self, list: &[f64]) -> f64 {
        MechanismId::ALL.iter().position(|o| *o == self.best).map_or(0.0, |at| list[at])
    }
}

/// What all answers of a run share.
struct Given {
    calibration: Calibration,
    /// First and last lookup of each tap.
    spans: BTreeMap<String, (Timestamp, Timestamp)>,
}

/// All series of a folder attributed under one condition, before any label is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What was taken away.
    pub ablation: Option<Ablation>,
    /// One for each series that was left, in their order.
    pub answers: Vec<Answer>,
}

impl Run {
    /// Attributes all series, with something taken away or nothing.
    pub fn of(ablation: Option<Ablation>, case: &Case, views: &[SourceView], records: &CaseRecords) -> Self {
        let Some(kind) = ablation else {
            let from = (0..records.series.len()).map(|at| vec![at]).collect();
            let answers = answers(case, views.to_vec(), records, from, Calibration::embedded().clone());
            return Self { ablation, answers };
        };
        let Ablated { records, views, from } = kind.apply(records, views);
        let calibration = kind.calibration();
        let mut answers = answers(case, views, &records, from, calibration.clone());
        if let Ablation::Merge(_) = kind {
            answers.retain(|answer| answer.from.len() > 1);
        }
        if kind == Ablation::NoM0 {
            answers = answers.iter().map(|answer| answer.without(MechanismId::None, &calibration)).collect();
        }
        Self { ablation, answers }
    }
}

fn answers(
    case: &Case,
    views: Vec<SourceView>,
    records: &CaseRecords,
    from: Vec<Vec<usize>>,
    calibration: Calibration,
) -> Vec<Answer> {
    let attributor = Attributor::new(Some(case), views, records);
    let mut spans: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
    for row in &records.series {
        let span = spans.entry(row.tap.clone()).or_insert((row.first, row.last));
        *span = (span.0.min(row.first), span.1.max(row.last));
    }
    let given = Given { calibration, spans };
    let rows = records.series.iter().zip(from);
    rows.map(|(row, from)| Answer::of(from, &attributor.attribution_with(row, &given.calibration), row, &given))
        .collect()
}
