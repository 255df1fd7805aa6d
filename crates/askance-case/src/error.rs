//! What can be wrong with a case.

use askance_record::{Explain, TextProblem};

/// Why a case cannot be read or worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// The file is not the TOML that is expected.
    #[error("line {}, column {}: {}\n  {}", .0.line, .0.column, .0.message, .0.shown)]
    Toml(Box<TextProblem>),
    /// Another schema.
    #[error("schema {found:?} is not read; this program reads \"askance.case/1\"")]
    Schema {
        /// What the file says.
        found: Box<str>,
    },
    /// An unknown time zone.
    #[error("display_zone {found:?} is not an IANA time zone")]
    Zone {
        /// What the file says.
        found: Box<str>,
    },
    /// An id used twice.
    #[error("two [[{table}]] have the id {id:?}")]
    Doubled {
        /// Which table.
        table: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// An event that ends before it begins.
    #[error("event {id:?}: not_before is later than not_after")]
    Interval {
        /// The event.
        id: Box<str>,
    },
    /// A claim's test or an event that names something that does not exist.
    #[error("{by} names the {table} {id:?}, which does not exist")]
    Dangling {
        /// Which claim or event.
        by: Box<str>,
        /// Which table.
        table: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// A custody document that does not hold together.
    #[error("{what}")]
    Custody {
        /// What is wrong.
        what: Box<str>,
    },
    /// A split file that does not say which programs belong where.
    #[error("{what}")]
    Split {
        /// What is wrong.
        what: Box<str>,
    },
}

impl CaseError {
    /// Places a TOML error in its text.
    pub(crate) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::Toml(Box::new(TextProblem::at(text, offset, error.message())))
    }
}

impl Explain for CaseError {
    fn code(&self) -> &'static str {
        match self {
            Self::Toml(_) => "case::toml",
            Self::Schema { .. } => "case::schema",
            Self::Zone { .. } => "case::zone",
            Self::Doubled { .. } => "case::doubled-id",
            Self::Interval { .. } => "case::interval",
            Self::Dangling { .. } => "case::dangling",
            Self::Custody { .. } => "case::custody",
            Self::Split { .. } => "case::split",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Toml(problem) => problem.nearest.as_ref().map(|key| format!("did you mean `{key}`?")),
            Self::Zone { .. } => Some("write it as in the IANA database, for example \"Europe/Berlin\"".to_owned()),
            Self::Interval { .. } => Some("an event whose clock time is unknown has not_before < not_after".to_owned()),
            Self::Custody { .. } => Some("give the custody.json that `askance investigate` wrote".to_owned()),
            Self::Split { .. } => Some(
                "[mechanism.scheduled-poll] with fit = [\"a\"] and test = [\"b\"]: each program in one part".to_owned(),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Case;

    #[test]
    fn an_unknown_key_is_shown_with_its_line_and_the_nearest_one() {
        let text = "schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\n[[source]]\nid = \"a\"\npath = \"p\"\ncover = []\n";
        let error = Case::parse(text).expect_err("unknown key");
        assert!(error.to_string().starts_with("line 7, column 1: unknown field `cover`"), "{error}");
        assert!(error.to_string().ends_with("\n  cover = []"), "{error}");
        assert_eq!(error.help().as_deref(), Some("did you mean `covers`?"));
    }

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<CaseError>() <= 64);
    }
}
