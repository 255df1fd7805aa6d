//! Counts over labelled series.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Judged;

/// Counts by label, then by best mechanism.
pub type Confusion = BTreeMap<String, BTreeMap<String, u64>>;

/// Totals over labelled series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Labelled series.
    pub series: u64,
    /// `best` is a label.
    pub right: u64,
    /// A label is in the set.
    pub covered: u64,
    /// Abstained.
    pub abstained: u64,
    /// `best` is no label, and the answer did not abstain.
    pub wrong: u64,
    /// The same with a weight of at least "strong" (1000) after the cap.
    pub wrong_strong: u64,
    /// The same before the cap: what the scores would say if nothing held them back.
    pub wrong_strong_uncapped: u64,
    /// `best` is malicious though no label is, and the answer did not abstain.
    pub called_malicious: u64,
    /// Sum of the sizes of the sets.
    pub set_size_sum: u64,
}

const MALICIOUS: [&str; 3] = ["beacon", "tunnel", "timing-channel"];
/// "Strong" and above, bans.
const STRONG: f64 = 3.0;

impl Totals {
    pub(super) fn add(&mut self, judged: &Judged) {
        let hostile = judged.truth.iter().any(|t| MALICIOUS.contains(&t.as_str()));
        let wrong = !judged.right && !judged.abstained;
        self.series += 1;
        self.right += u64::from(judged.right);
        self.covered += u64::from(judged.covered);
        self.abstained += u64::from(judged.abstained);
        self.wrong += u64::from(wrong);
        self.wrong_strong += u64::from(wrong && judged.log10_lr >= STRONG);
        self.wrong_strong_uncapped += u64::from(wrong && judged.log10_lr_uncapped >= STRONG);
        self.called_malicious += u64::from(MALICIOUS.contains(&judged.best.as_str()) && !hostile && !judged.abstained);
        self.set_size_sum += judged.set.len() as u64;
    }
}

pub(super) fn confuse(confusion: &mut Confusion, judged: &Judged) {
    let label = judged.truth.iter().cloned().collect::<Vec<_>>().join("+");
    *confusion.entry(label).or_default().entry(judged.best.clone()).or_default() += 1;
}
