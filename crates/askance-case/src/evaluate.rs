//! How far attributions agree with labels.
//!
//! A [`Run`] attributes every series of a folder, whole or with something taken away; it knows no
//! labels. [`Evaluation::add`] then reads what the labels say of the same series. Series that were
//! recorded from real programs and series that were simulated are never added up together.

mod judged;
mod run;
mod totals;

use std::collections::BTreeMap;

use askance_inference::calibration::Scored;
use serde::Serialize;

use crate::labels::{Label, Origin, Truths};
use crate::{Case, CaseRecords};

pub use judged::Judged;
pub use run::{Answer, Run};
pub use totals::{Confusion, Totals};

/// The schema of an evaluation.
const SCHEMA: &str = "askance.evaluate/2";

/// A labelled folder, and how its series were attributed before its labels were read.
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
    /// The runs; the first one has nothing taken away.
    pub runs: &'a [Run],
}

/// How far attributions agree with labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Always `askance.evaluate/2`.
    pub schema: &'static str,
    /// The folders.
    pub folders: Vec<String>,
    /// Labelled series that were found.
    pub series: Vec<Judged>,
    /// Labels for which there is no series, as `file vantage client name`.
    pub missing: Vec<String>,
    /// Totals by vantage, and over all as `all`; empty where series of both origins were found.
    pub totals: BTreeMap<String, Totals>,
    /// Counts by label (joined by `+` where there are several), then by best mechanism; likewise.
    pub confusion: Confusion,
    /// What was scored, for a calibration to be fitted on.
    #[serde(skip)]
    pub scored: Vec<Scored>,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            folders: Vec::new(),
            series: Vec::new(),
            missing: Vec::new(),
            totals: BTreeMap::new(),
            confusion: Confusion::new(),
            scored: Vec::new(),
        }
    }
}

impl Evaluation {
    /// Judges the runs of one folder.
    ///
    /// - `tap_of`: gives the tap for a label's `file`
    pub fn add(&mut self, folder: &Folder<'_>, tap_of: &dyn Fn(&str) -> Option<String>) {
        self.folders.push(folder.name.to_owned());
        let truths = Truths::of(folder.labels, &folder.records.series, tap_of);
        self.missing.extend(truths.missing.iter().cloned());
        for (at, run) in folder.runs.iter().enumerate() {
            for answer in &run.answers {
                let Some(truth) = truths.of_rows(&answer.from) else { continue };
                let row = &folder.records.series[answer.from[0]];
                self.scored.push(answer.scored(folder.name, row, &truth, &run.ablation));
                if at == 0 {
                    self.series.push(Judged::of(folder.name, row, answer, truth));
                }
            }
        }
        self.count();
    }

    /// Adds up what was found.
    fn count(&mut self) {
        self.totals.clear();
        self.confusion.clear();
        let sole = |o: Origin| self.series.iter().all(|s| s.origin == o);
        if !(sole(Origin::Recorded) || sole(Origin::Simulated)) {
            return;
        }
        for judged in &self.series {
            for key in [judged.vantage.as_str(), "all"] {
                self.totals.entry(key.to_owned()).or_default().add(judged);
            }
            totals::confuse(&mut self.confusion, judged);
        }
    }
}
