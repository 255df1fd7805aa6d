//! All series of a folder attributed under one condition.

use askance_inference::calibration::Scored;
use askance_inference::{Attribution, Calibration, Decision, MechanismId, Parts, Priors};

use crate::labels::Truth;
use crate::records::SeriesRow;
use crate::{Attributor, Case, CaseRecords, SourceView};

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
    /// What was scored.
    pub parts: Parts,
}

impl Answer {
    fn of(from: Vec<usize>, found: &Attribution) -> Self {
        let decision = Decision::of(&found.parts, Calibration::embedded(), &Priors::default());
        Self {
            from,
            n: found.n,
            best: found.best,
            set: found.set.clone(),
            log10_lr: found.log10_lr,
            log10_lr_uncapped: found.log10_lr_uncapped,
            abstained: found.abstained,
            log10_lrs: MechanismId::ALL.map(|m| decision.log10_lr(m)).to_vec(),
            posterior: decision.posterior.to_vec(),
            parts: found.parts.clone(),
        }
    }

    /// The same for a calibration to be fitted on.
    pub(super) fn scored(&self, folder: &str, row: &SeriesRow, truth: &Truth, ablation: &str) -> Scored {
        Scored {
            folder: folder.to_owned(),
            origin: truth.origin.as_str().to_owned(),
            vantage: row.vantage.as_str().to_owned(),
            client: row.client.clone(),
            name: row.name.clone(),
            n: self.n,
            truth: truth.mechanisms.iter().cloned().collect(),
            program: truth.program(),
            resolver: truth.resolver(),
            ttl_s: truth.ttl_s,
            ablation: ablation.to_owned(),
            parts: self.parts.clone(),
        }
    }
}

/// All series of a folder attributed under one condition, before any label is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What was taken away; empty for nothing.
    pub ablation: String,
    /// One for each series that was left, in their order.
    pub answers: Vec<Answer>,
}

impl Run {
    /// Attributes all series with nothing taken away.
    pub fn whole(case: &Case, views: Vec<SourceView>, records: &CaseRecords) -> Self {
        let attributor = Attributor::new(Some(case), views, records);
        let rows = records.series.iter().enumerate();
        let answers = rows.map(|(at, row)| Answer::of(vec![at], &attributor.attribution(row))).collect();
        Self { ablation: String::new(), answers }
    }
}
