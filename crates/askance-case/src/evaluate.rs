//! How far attributions agree with labels.
//!
//! A [`Run`] attributes every series of a folder, whole or with something taken away; it knows no
//! labels. [`Evaluation::add`] then reads what the labels say of the same series, and
//! [`Evaluation::report`] adds up. Series that were recorded from real programs and series that were
//! simulated are never added up together: accuracy on the latter says how well this program
//! knows its own lab.

mod curves;
mod item;
mod judged;
mod open_set;
mod report;
mod rule;
mod run;
mod summary;
mod tables;
#[cfg(test)]
mod tests;
mod totals;
mod tunnel;
mod versus;

use askance_inference::calibration::Scored;

use crate::ablate::Ablation;
use crate::labels::{Label, Truths};
use crate::{Case, CaseRecords};
use item::Item;

pub use askance_inference::calibration::{Part, Split};
pub use curves::{ByLookups, Curves, PriorCost};
pub use judged::Judged;
pub use open_set::OpenSet;
pub use report::EvaluationReport;
pub use rule::{Rise, Rule};
pub use run::{Answer, Run};
pub use summary::{Falsehood, Summary};
pub use tables::{LongerSeries, MechanismRow, ProgramRow};
pub use totals::{Confusion, EachGroup, Totals};
pub use tunnel::Tunnels;
pub use versus::Versus;

/// A labelled folder.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a> {
    /// Its name, in each row about it.
    pub name: &'a str,
    /// Its case.
    pub case: &'a Case,
    /// All its records.
    pub records: &'a CaseRecords,
    /// Its labels.
    pub labels: &'a [Label],
}

/// Labelled series of any number of folders, with what was said of them.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    folders: Vec<String>,
    items: Vec<Item>,
    /// Labels for which there is no series, as `file vantage client name`.
    missing: Vec<String>,
    /// What was taken away, in the order of the runs.
    ablations: Vec<Ablation>,
    /// What is counted, and how many labelled series are not.
    split: Option<(Split, Part)>,
    left_out: u64,
}

impl Evaluation {
    /// Nothing yet; `split` says which programs count.
    pub fn new(split: Option<(Split, Part)>) -> Self {
        Self { split, ..Self::default() }
    }

    /// The names of the folders so far.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// Judges the runs of one folder, the first of which has nothing taken away.
    ///
    /// - `runs`: made before the labels were read
    /// - `tap_of`: gives the tap for a label's `file`
    pub fn add(&mut self, folder: &Folder<'_>, runs: Vec<Run>, tap_of: &dyn Fn(&str) -> Option<String>) {
        self.folders.push(folder.name.to_owned());
        let truths = Truths::of(folder.labels, &folder.records.series, tap_of);
        self.missing.extend(truths.missing.iter().cloned());
        let whole = runs.first().map(|run| run.answers.clone()).unwrap_or_default();
        for run in runs {
            if let Some(kind) = run.ablation.filter(|kind| !self.ablations.contains(kind)) {
                self.ablations.push(kind);
            }
            for answer in run.answers {
                let Some(truth) = truths.of_rows(&answer.from) else { continue };
                if self.split.as_ref().is_some_and(|(split, part)| {
                    !split.counts(*part, truth.processes.iter().map(|(m, p)| (m.as_str(), p.as_str())))
                }) {
                    self.left_out += u64::from(run.ablation.is_none());
                    continue;
                }
                self.items.push(Item::new(folder, answer, truth, run.ablation, &whole));
            }
        }
    }

    /// What was scored, for a calibration to be fitted on.
    pub fn scored(&self) -> impl Iterator<Item = Scored> + '_ {
        self.items.iter().map(Item::scored)
    }
}
