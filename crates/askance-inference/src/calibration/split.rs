//! Which programs a calibration may be fitted on, and which are kept for testing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::mechanism::MechanismId;

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

/// The programs of one mechanism.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    #[serde(default)]
    fit: BTreeSet<String>,
    #[serde(default)]
    test: BTreeSet<String>,
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
    schema: String,
    #[serde(default)]
    mechanism: BTreeMap<String, Programs>,
}

/// What is wrong with a split file.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// It is not TOML of the right shape.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// Another schema.
    #[error("schema {0:?} is not {SCHEMA:?}")]
    Schema(String),
    /// A table is not a mechanism.
    #[error("[mechanism.{0}] is no mechanism")]
    Mechanism(String),
    /// A program stands on both sides.
    #[error("{program:?} is fitted on as {fit} and tested with as {test}: software that was seen is seen")]
    Both {
        /// The program.
        program: String,
        /// The mechanism that it is fitted on for.
        fit: String,
        /// The mechanism that it is tested with for.
        test: String,
    },
}

const SCHEMA: &str = "askance.split/1";

impl Split {
    /// Reads a split file.
    ///
    /// # Errors
    /// TOML that does not read, another schema, a table that is no mechanism, a program that stands in both
    /// parts, even of two mechanisms.
    pub fn parse(text: &str) -> Result<Self, SplitError> {
        let split: Self = toml::from_str(text)?;
        if split.schema != SCHEMA {
            return Err(SplitError::Schema(split.schema));
        }
        if let Some(other) = split.mechanism.keys().find(|m| m.parse::<MechanismId>().is_err()) {
            return Err(SplitError::Mechanism(other.clone()));
        }
        for (fit, programs) in &split.mechanism {
            for (test, others) in &split.mechanism {
                if let Some(program) = programs.fit.intersection(&others.test).next() {
                    let (program, fit, test) = (program.clone(), fit.clone(), test.clone());
                    return Err(SplitError::Both { program, fit, test });
                }
            }
        }
        Ok(split)
    }

    /// True where each of these processes, (mechanism, program), is of this part.
    ///
    /// A series that a fitted and a tested program share would let one leak into the other: it counts
    /// in neither part, as does one whose program is not listed.
    pub fn counts<'a>(&self, part: Part, mut processes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        processes.all(|(mechanism, program)| {
            self.mechanism.get(mechanism).is_some_and(|programs| {
                let listed = if part == Part::Fit { &programs.fit } else { &programs.test };
                listed.contains(program)
            })
        })
    }

    /// The programs that are kept for testing, ascending.
    pub fn tested(&self) -> BTreeSet<&str> {
        self.mechanism.values().flat_map(|programs| &programs.test).map(String::as_str).collect()
    }

    /// True where the split says which part a process belongs to.
    pub fn names(&self, mechanism: &str, program: &str) -> bool {
        [Part::Fit, Part::Test].into_iter().any(|part| self.counts(part, [(mechanism, program)].into_iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "schema = \"askance.split/1\"\n[mechanism.scheduled-poll]\nfit = [\"monit\", \"cron\"]\n\
        test = [\"nagios\"]\n[mechanism.beacon]\ntest = [\"agent\"]\n";

    #[test]
    fn a_series_that_two_parts_share_counts_in_neither() {
        let split = Split::parse(TEXT).expect("a split");
        let of = |part, processes: &[(&'static str, &'static str)]| split.counts(part, processes.iter().copied());
        let (monit, nagios) = (("scheduled-poll", "monit"), ("scheduled-poll", "nagios"));
        assert!(of(Part::Fit, &[monit]) && of(Part::Test, &[nagios, ("beacon", "agent")]));
        assert!(!of(Part::Fit, &[monit, nagios]) && !of(Part::Test, &[monit, nagios]));
        assert!(!split.names("beacon", "monit"));
        assert_eq!(split.tested().into_iter().collect::<Vec<_>>(), ["agent", "nagios"]);
    }

    #[test]
    fn what_is_tested_cannot_be_fitted_on_even_elsewhere() {
        let both = TEXT.replace("\"agent\"", "\"monit\"");
        assert!(matches!(Split::parse(&both), Err(SplitError::Both { program, .. }) if program == "monit"));
        assert!(matches!(Split::parse(&TEXT.replace("beacon", "beakon")), Err(SplitError::Mechanism(_))));
        assert!(matches!(Split::parse(&TEXT.replace("split/1", "split/9")), Err(SplitError::Schema(_))));
    }
}
