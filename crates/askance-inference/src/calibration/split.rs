//! Which programs a calibration may be fitted on, and which are kept for testing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::calibration::Scored;
use crate::mechanism::MechanismId;

/// Where a series belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its programs may be fitted on.
    Fit,
    /// One of its programs is kept for testing.
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
    fit: Vec<String>,
    #[serde(default)]
    test: Vec<String>,
}

/// A split of programs by mechanism; `corpus/mechanisms/split.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    fit: BTreeSet<String>,
    test: BTreeSet<String>,
}

/// What is wrong with a split file.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// It is not TOML of the right shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A table is not a mechanism.
    #[error("[{0}] is no mechanism")]
    Mechanism(String),
    /// A program is to be fitted on and tested with.
    #[error("program {0} stands under fit and under test")]
    Both(String),
}

impl Split {
    /// Reads a split: a table for each mechanism, with the arrays `fit` and `test` of programs.
    ///
    /// A program stands on one side for all mechanisms: software that was seen is seen.
    ///
    /// # Errors
    /// TOML that does not read, a table that is no mechanism, a program on both sides.
    pub fn parse(text: &str) -> Result<Self, SplitError> {
        let tables: BTreeMap<String, Programs> = toml::from_str(text)?;
        let mut out = Self::default();
        for (mechanism, programs) in tables {
            if mechanism.parse::<MechanismId>().is_err() {
                return Err(SplitError::Mechanism(mechanism));
            }
            out.fit.extend(programs.fit);
            out.test.extend(programs.test);
        }
        match out.fit.intersection(&out.test).next() {
            Some(both) => Err(SplitError::Both(both.clone())),
            None => Ok(out),
        }
    }

    /// Where a program, or several joined by `+`, belongs; `None` where the split names it nowhere.
    pub fn part_of(&self, program: &str) -> Option<Part> {
        let mut parts = program.split('+').map(|one| {
            let tested = self.test.contains(one).then_some(Part::Test);
            tested.or_else(|| self.fit.contains(one).then_some(Part::Fit))
        });
        parts.try_fold(Part::Fit, |whole, part| part.map(|part| whole.max(part)))
    }

    /// The programs that are kept for testing, ascending.
    pub fn tested(&self) -> impl Iterator<Item = &str> {
        self.test.iter().map(String::as_str)
    }

    /// The series of one part.
    pub fn only<'a>(&self, series: &'a [Scored], part: Part) -> Vec<&'a Scored> {
        series.iter().filter(|s| self.part_of(&s.program) == Some(part)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "[scheduled-poll]\nfit = [\"monit\", \"cron\"]\ntest = [\"nagios\"]\n[beacon]\ntest = [\"agent\"]\n";

    #[test]
    fn a_mixture_with_a_tested_program_is_a_test() {
        let split = Split::parse(TEXT).expect("a split");
        let of = |program: &str| split.part_of(program);
        assert_eq!(of("monit"), Some(Part::Fit));
        assert_eq!(of("monit+nagios"), Some(Part::Test));
        assert_eq!(of("monit+unheard"), None);
        assert_eq!(of("unheard"), None);
    }

    #[test]
    fn what_is_tested_cannot_be_fitted_on() {
        let both = TEXT.replace("\"agent\"", "\"monit\"");
        assert!(matches!(Split::parse(&both), Err(SplitError::Both(program)) if program == "monit"));
        assert!(matches!(Split::parse("[poll]\n"), Err(SplitError::Mechanism(_))));
    }
}
