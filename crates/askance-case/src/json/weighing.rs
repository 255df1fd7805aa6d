//! Hypotheses in rows, evidence in columns, logarithms of likelihood ratios in cells.

use serde::{Deserialize, Serialize};

/// What each source says of each hypothesis about one subject.
///
/// Columns stand beside each other and are not summed: two sources may have recorded the same lookups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weighing {
    /// The subject.
    pub name: String,
    /// The evidence, one entry for each source that shows the subject; where mail or flow logs add to its lookups,
    /// one more with them.
    pub columns: Vec<WeighingColumn>,
    /// Every hypothesis, `none` last.
    pub rows: Vec<WeighingRow>,
}

/// A source as evidence, with how much of it there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeighingColumn {
    /// The source's id.
    pub source: String,
    /// Its vantage.
    pub vantage: String,
    /// True where mail and flow logs are weighed as well.
    pub beside: bool,
    /// True of rows that were generated.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub synthetic: bool,
    /// Lookups of the subject.
    pub lookups: u64,
    /// Series of the subject, one a client.
    pub series: u64,
    /// How many of them carry an answer.
    pub told: u64,
    /// Days with at least one lookup of the subject.
    pub days_with: u64,
    /// Days that the source covers, as declared; from its first to its last record where nothing is.
    pub days: f64,
    /// How far it separates the hypotheses: the greatest less the least cell of those that are not ruled out.
    pub spread: f64,
}

/// One hypothesis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeighingRow {
    /// The mechanism.
    pub mechanism: String,
    /// Its family.
    pub family: String,
    /// As many as there are columns.
    pub cells: Vec<WeighingCell>,
}

/// What one source says of one hypothesis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeighingCell {
    /// Likelihood ratio against the stated mixture of the others, decimal logarithm, tempered and capped: the median
    /// over the series that do not rule it out; absent where all do.
    pub log10_lr: Option<f64>,
    /// The least of these series.
    pub lo: Option<f64>,
    /// The greatest.
    pub hi: Option<f64>,
    /// In the set of how many series.
    pub in_set_of: u64,
    /// Why it is out, where all series rule it out, by the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub excluded: String,
}
