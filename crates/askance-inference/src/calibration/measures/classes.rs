//! Accuracy over classes of unequal size.

use std::collections::{BTreeMap, BTreeSet};

/// How one class fares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassScore {
    /// Cases of the class; see [`Classes::add`] for those of several.
    pub cases: f64,
    /// Those that were named rightly.
    pub hits: f64,
    /// Cases that were given this name.
    pub named: f64,
    /// Those of them that bear it rightly.
    pub named_rightly: f64,
}

impl ClassScore {
    /// Share of its cases that were named rightly; none where it has none.
    pub fn recall(&self) -> Option<f64> {
        (self.cases > 0.0).then(|| self.hits / self.cases)
    }

    /// Harmonic mean of recall and precision; none where it has no cases.
    pub fn f1(&self) -> Option<f64> {
        let recall = self.recall()?;
        let precision = if self.named > 0.0 { self.named_rightly / self.named } else { 0.0 };
        let sum = recall + precision;
        Some(if sum > 0.0 { 2.0 * recall * precision / sum } else { 0.0 })
    }
}

/// Classes of labelled cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classes {
    /// By class, of the truth or of an answer.
    pub of: BTreeMap<String, ClassScore>,
}

impl Classes {
    /// Counts one case: it is right where its one answer is one of the classes that it belongs to.
    ///
    /// A case of several classes is one of the class that was named, where that is right, and one of
    /// all of them in equal parts where none was: a single answer can name only one.
    pub fn add(&mut self, truth: &BTreeSet<String>, answer: &str) {
        let right = truth.contains(answer);
        let part = 1.0 / (truth.len() as f64).max(1.0);
        for class in truth.iter().filter(|class| !right || *class == answer) {
            let score = self.of.entry(class.clone()).or_default();
            score.cases += if right { 1.0 } else { part };
            score.hits += f64::from(u8::from(right));
        }
        let score = self.of.entry(answer.to_owned()).or_default();
        score.named += 1.0;
        score.named_rightly += f64::from(u8::from(right));
    }

    /// The mean of the recalls of all classes with cases: each class counts alike.
    pub fn macro_accuracy(&self) -> Option<f64> {
        mean(self.of.values().filter_map(ClassScore::recall))
    }

    /// The mean of their F1 scores.
    pub fn macro_f1(&self) -> Option<f64> {
        mean(self.of.values().filter_map(ClassScore::f1))
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = values.fold((0u32, 0.0), |(n, sum), x| (n + 1, sum + x));
    (n > 0).then(|| sum / f64::from(n))
}
