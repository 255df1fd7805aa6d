//! Which programs a calibration may be fitted on, and which it is tested on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::CaseError;
use crate::labels::Truth;

/// One part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is fitted on.
    Fit,
    /// What is tested on, and never fitted on.
    Test,
}

impl Part {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Test => "test",
        }
    }
}

/// A split file: for each mechanism the programs of either part.
///
/// ```toml
/// schema = "askance.split/1"
///
/// [mechanism.scheduled-poll]
/// fit = ["cron+curl"]
/// test = ["monit"]
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Always `askance.split/1`.
    pub schema: String,
    /// Programs by mechanism.
    #[serde(default)]
    pub mechanism: BTreeMap<String, Programs>,
}

/// The programs of one mechanism.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    /// Fitted on.
    #[serde(default)]
    pub fit: BTreeSet<String>,
    /// Tested on.
    #[serde(default)]
    pub test: BTreeSet<String>,
}

const SCHEMA: &str = "askance.split/1";

impl Split {
    /// Reads a split file.
    ///
    /// # Errors
    /// [`CaseError::Toml`] for text that is not one; [`CaseError::Split`] for another schema, and for a
    /// program that stands in both parts.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let split: Self = toml::from_str(text).map_err(|e| CaseError::from_toml(text, &e))?;
        if split.schema != SCHEMA {
            return Err(CaseError::Split { what: format!("schema {:?} is not {SCHEMA:?}", split.schema).into() });
        }
        for (mechanism, programs) in &split.mechanism {
            if let Some(both) = programs.fit.intersection(&programs.test).next() {
                let what = format!("{mechanism}: {both:?} stands in both parts");
                return Err(CaseError::Split { what: what.into() });
            }
        }
        Ok(split)
    }

    /// True where each process behind a series is of this part.
    ///
    /// A series that a fitted and a tested program share would let one leak into the other: it counts
    /// in neither part, as does one whose program is not listed.
    pub(super) fn counts(&self, part: Part, truth: &Truth) -> bool {
        truth.processes.iter().all(|(mechanism, program)| {
            self.mechanism.get(mechanism).is_some_and(|programs| {
                let listed = if part == Part::Fit { &programs.fit } else { &programs.test };
                listed.contains(program)
            })
        })
    }
}
