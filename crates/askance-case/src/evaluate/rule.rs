//! The rule that taking something away never raises a wrong answer.

use askance_inference::Calibration;
use serde::Serialize;

use super::item::Item;
use crate::labels::Origin;

/// What rounding may add.
const SLACK: f64 = 1e-9;

/// How far one ablation keeps the rule.
///
/// An answer that does not abstain and names a mechanism that is not true states a ratio. With
/// something taken away that ratio (calibrated, capped) must not lie above what the whole record
/// stated for the same mechanism, or above 1 where the whole record spoke against it. `none` names no
/// mechanism.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Recorded from real programs, or simulated.
    pub origin: Origin,
    /// What was taken away.
    pub ablation: String,
    /// In words.
    pub words: String,
    /// Series that were left.
    pub series: u64,
    /// Those that break the rule.
    pub violations: u64,
    /// Their share.
    pub share: f64,
    /// The one that rose most.
    pub worst: Option<Rise>,
}

/// A wrong answer that became stronger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rise {
    /// The labelled folder.
    pub folder: String,
    /// The source's id.
    pub tap: String,
    /// The client.
    pub client: String,
    /// The head of the family.
    pub name: String,
    /// The labels, joined by `+`.
    pub truth: String,
    /// The mechanism that is not true.
    pub best: String,
    /// What the whole record said of it, bans, capped.
    pub before: f64,
    /// What is said without what was taken away, bans, capped.
    pub after: f64,
}

impl Rise {
    /// By how much it rose above what the whole record said for it, bans.
    pub fn by(&self) -> f64 {
        self.after - self.before.max(0.0)
    }

    fn of(item: &Item) -> Option<Self> {
        let answer = &item.answer;
        let counts = !answer.abstained && answer.best != askance_inference::MechanismId::None && !item.right();
        let before = Calibration::embedded().capped(item.before?);
        let rise = Self {
            folder: item.folder.clone(),
            tap: item.tap.clone(),
            client: item.client.clone(),
            name: item.name.clone(),
            truth: item.truth.mechanisms.iter().map(String::as_str).collect::<Vec<_>>().join("+"),
            best: answer.best.as_str().to_owned(),
            before,
            after: answer.log10_lr,
        };
        (counts && rise.by() > SLACK).then_some(rise)
    }
}

impl Rule {
    /// - `items`: of one origin and one ablation
    pub(super) fn of(items: &[&Item]) -> Option<Self> {
        let first = items.first()?;
        let ablation = first.ablation?;
        let rises: Vec<Rise> = items.iter().filter_map(|item| Rise::of(item)).collect();
        Some(Self {
            origin: first.origin(),
            ablation: ablation.to_string(),
            words: ablation.words(),
            series: items.len() as u64,
            violations: rises.len() as u64,
            share: rises.len() as f64 / items.len() as f64,
            // Of equal ones the first in the order of the folders.
            worst: rises.into_iter().reduce(|a, b| if b.by() > a.by() { b } else { a }),
        })
    }
}
