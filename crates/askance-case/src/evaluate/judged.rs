//! One labelled series beside its attribution, as JSON.

use std::collections::BTreeSet;

use serde::Serialize;

use super::item::Item;
use crate::labels::Origin;

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
    /// RITA's beacon score on the same instants; absent where it gives none.
    pub rita: Option<f64>,
    /// The score of the variation of gaps; likewise.
    pub variation: Option<f64>,
}

impl Judged {
    pub(super) fn of(item: &Item) -> Self {
        let answer = &item.answer;
        Self {
            folder: item.folder.clone(),
            origin: item.origin(),
            tap: item.tap.clone(),
            vantage: item.vantage.clone(),
            client: item.client.clone(),
            name: item.name.clone(),
            program: item.truth.program(),
            resolver: item.truth.resolver(),
            ttl_s: item.truth.ttl_s,
            n: answer.n,
            truth: item.truth.mechanisms.clone(),
            best: answer.best.as_str().to_owned(),
            set: answer.set.iter().map(|m| m.as_str().to_owned()).collect(),
            log10_lr: answer.log10_lr,
            log10_lr_uncapped: answer.log10_lr_uncapped,
            abstained: answer.abstained,
            right: item.right(),
            covered: item.covered(),
            rita: answer.rita,
            variation: answer.variation,
        }
    }
}
