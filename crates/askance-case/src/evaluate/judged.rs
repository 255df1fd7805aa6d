//! One labelled series beside its attribution.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Answer;
use crate::labels::{Origin, Truth};
use crate::records::SeriesRow;

/// A labelled series and its attribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The labelled folder.
    pub folder: String,
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// The source's id.
    pub tap: String,
    /// The vantage.
    pub vantage: String,
    /// The client.
    pub client: String,
    /// The head of the family.
    pub name: String,
    /// The software that asked, as far as the labels say.
    pub program: String,
    /// The resolver, likewise.
    pub resolver: String,
    /// TTL of the name's records, likewise, seconds.
    pub ttl_s: Option<u32>,
    /// Lookups.
    pub n: u64,
    /// The labels of the series; more than one where two processes share it.
    pub truth: BTreeSet<String>,
    /// The best mechanism.
    pub best: String,
    /// The set.
    pub set: Vec<String>,
    /// Decimal logarithm of the capped likelihood ratio.
    pub log10_lr: f64,
    /// The same before the cap.
    pub log10_lr_uncapped: f64,
    /// True where the attribution abstained.
    pub abstained: bool,
    /// True where `best` is a label.
    pub right: bool,
    /// True where a label is in the set.
    pub covered: bool,
}

impl Judged {
    pub(super) fn of(folder: &str, row: &SeriesRow, answer: &Answer, truth: Truth) -> Self {
        let best = answer.best.as_str();
        Self {
            folder: folder.to_owned(),
            origin: truth.origin,
            tap: row.tap.clone(),
            vantage: row.vantage.as_str().to_owned(),
            client: row.client.clone(),
            name: row.name.clone(),
            program: truth.program(),
            resolver: truth.resolver(),
            ttl_s: truth.ttl_s,
            n: answer.n,
            best: best.to_owned(),
            set: answer.set.iter().map(|m| m.as_str().to_owned()).collect(),
            log10_lr: answer.log10_lr,
            log10_lr_uncapped: answer.log10_lr_uncapped,
            abstained: answer.abstained,
            right: truth.mechanisms.contains(best),
            covered: answer.set.iter().any(|m| truth.mechanisms.contains(m.as_str())),
            truth: truth.mechanisms,
        }
    }
}
