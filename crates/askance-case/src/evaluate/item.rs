//! One labelled series with its answer.

use std::collections::BTreeSet;

use askance_inference::MechanismId;
use askance_inference::calibration::Scored;

use super::{Answer, Folder};
use crate::ablate::Ablation;
use crate::labels::{Origin, Truth};

/// A labelled series and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) folder: String,
    pub(super) tap: String,
    pub(super) vantage: String,
    pub(super) client: String,
    pub(super) name: String,
    pub(super) truth: Truth,
    pub(super) ablation: Option<Ablation>,
    pub(super) answer: Answer,
    /// With something taken away: what the whole record said of the mechanism that is now the answer, bans.
    pub(super) before: Option<f64>,
}

impl Item {
    /// - `whole`: the answers of the whole record, by row
    pub(super) fn new(
        folder: &Folder<'_>,
        answer: Answer,
        truth: Truth,
        run: Option<Ablation>,
        whole: &[Answer],
    ) -> Self {
        let row = &folder.records.series[answer.from[0]];
        let said = |at: &usize| whole.get(*at).map(|before| before.log10_lr_of(answer.best));
        let before = run.and_then(|_| answer.from.iter().filter_map(said).reduce(f64::max));
        Self {
            folder: folder.name.to_owned(),
            tap: row.tap.clone(),
            vantage: row.vantage.as_str().to_owned(),
            client: row.client.clone(),
            name: row.name.clone(),
            truth,
            ablation: run,
            answer,
            before,
        }
    }

    pub(super) fn origin(&self) -> Origin {
        self.truth.origin
    }

    pub(super) fn is_true(&self, m: MechanismId) -> bool {
        self.truth.mechanisms.contains(m.as_str())
    }

    pub(super) fn right(&self) -> bool {
        self.is_true(self.answer.best)
    }

    pub(super) fn covered(&self) -> bool {
        self.answer.set.iter().any(|m| self.is_true(*m))
    }

    /// True where the one label is this mechanism.
    pub(super) fn is_only(&self, m: MechanismId) -> bool {
        self.truth.mechanisms.len() == 1 && self.is_true(m)
    }

    pub(super) fn hostile(&self) -> bool {
        HOSTILE.iter().any(|m| self.is_true(*m))
    }

    /// The independent group that the series belongs to: the software configuration where the label
    /// names one, else the client of the folder.
    pub(super) fn group(&self) -> String {
        let (program, resolver) = (self.truth.program(), self.truth.resolver());
        if program.is_empty() {
            return format!("{}/{}", self.folder, self.client);
        }
        let ttl = self.truth.ttl_s.map_or_else(|| "-".to_owned(), |ttl| ttl.to_string());
        format!("{program}/{resolver}/{ttl}")
    }

    /// The name that somebody registered, the client, and each day: one domain-day each.
    pub(super) fn domain_days(&self) -> BTreeSet<(&str, &str, &str, i64)> {
        let domain = psl::domain_str(&self.name).unwrap_or(&self.name);
        let days = self.answer.days.iter();
        days.map(|day| (self.folder.as_str(), self.client.as_str(), domain, *day)).collect()
    }

    /// The same for a calibration to be fitted on.
    pub(super) fn scored(&self) -> Scored {
        Scored {
            folder: self.folder.clone(),
            origin: self.origin().as_str().to_owned(),
            vantage: self.vantage.clone(),
            client: self.client.clone(),
            name: self.name.clone(),
            n: self.answer.n,
            truth: self.truth.mechanisms.iter().cloned().collect(),
            program: self.truth.program(),
            resolver: self.truth.resolver(),
            ttl_s: self.truth.ttl_s,
            ablation: self.ablation.map_or(String::new(), |a| a.to_string()),
            parts: self.answer.parts.clone(),
        }
    }
}

/// Mechanisms that are hostile.
pub(super) const HOSTILE: [MechanismId; 3] = [MechanismId::Beacon, MechanismId::Tunnel, MechanismId::TimingChannel];
