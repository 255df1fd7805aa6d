//! Counts over labelled series.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::{HOSTILE, Item};

/// Counts by label (joined by `+` where there are several), then by best mechanism.
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
    /// Series without a malicious label.
    pub benign: u64,
    /// Those of them whose `best` is malicious though the answer did not abstain.
    pub called_malicious: u64,
    /// Sum of the sizes of the sets.
    pub set_size_sum: u64,
}

/// "Strong" and above, bans.
pub(super) const STRONG: f64 = 3.0;

impl Totals {
    pub(super) fn of<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut out = Self::default();
        for item in items {
            let answer = &item.answer;
            let wrong = !item.right() && !answer.abstained;
            out.series += 1;
            out.right += u64::from(item.right());
            out.covered += u64::from(item.covered());
            out.abstained += u64::from(answer.abstained);
            out.wrong += u64::from(wrong);
            out.wrong_strong += u64::from(wrong && answer.log10_lr >= STRONG);
            out.wrong_strong_uncapped += u64::from(wrong && answer.log10_lr_uncapped >= STRONG);
            out.benign += u64::from(!item.hostile());
            out.called_malicious += u64::from(!item.hostile() && HOSTILE.contains(&answer.best) && !answer.abstained);
            out.set_size_sum += answer.set.len() as u64;
        }
        out
    }

    /// Mean size of the sets.
    pub fn mean_set(&self) -> f64 {
        self.set_size_sum as f64 / self.series.max(1) as f64
    }
}

/// Means over groups: each counts once, however many series it has.
///
/// A log resolver makes hundreds of series in the time in which a queue makes one: means over series are mostly of such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct EachGroup {
    /// Share of series whose first answer is right.
    pub right: f64,
    /// Share of series with a label in the set.
    pub covered: f64,
    /// Share of series without an answer.
    pub abstained: f64,
    /// Share of series with an answer that is no label.
    pub wrong: f64,
    /// Mean size of the sets.
    pub mean_set: f64,
}

impl EachGroup {
    /// `None` for no series.
    pub(super) fn of(items: &[&Item]) -> Option<Self> {
        let mut groups: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
        for item in items {
            groups.entry(item.group()).or_default().push(item);
        }
        let count = groups.len() as f64;
        let mut out = Self::default();
        for totals in groups.into_values().map(|items| Totals::of(items.into_iter())) {
            let share = |n: u64| n as f64 / totals.series as f64 / count;
            out.right += share(totals.right);
            out.covered += share(totals.covered);
            out.abstained += share(totals.abstained);
            out.wrong += share(totals.wrong);
            out.mean_set += share(totals.set_size_sum);
        }
        (count > 0.0).then_some(out)
    }
}

pub(super) fn confusion<'a>(items: impl Iterator<Item = &'a Item>) -> Confusion {
    let mut out = Confusion::new();
    for item in items {
        let label = item.truth.mechanisms.iter().map(String::as_str).collect::<Vec<_>>().join("+");
        *out.entry(label).or_default().entry(item.answer.best.as_str().to_owned()).or_default() += 1;
    }
    out
}
