//! What can be wrong with a scenario.

use askance_record::{Explain, TextProblem};

/// Why a scenario cannot be read or built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The file is not the TOML that is expected.
    #[error("line {}, column {}: {}\n  {}", .0.line, .0.column, .0.message, .0.shown)]
    Toml(Box<TextProblem>),
    /// Another schema.
    #[error("schema {found:?} is not read; this program reads \"askance.scenario/1\"")]
    Schema {
        /// What the file says.
        found: Box<str>,
    },
    /// An id used twice.
    #[error("[[{table}]] {id:?}: the id is taken")]
    Doubled {
        /// Which table.
        table: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// Something that names what does not exist.
    #[error("[[{table}]] {by:?} names {id:?}, which does not exist")]
    Dangling {
        /// Which table.
        table: &'static str,
        /// Which entry.
        by: Box<str>,
        /// What it names.
        id: Box<str>,
    },
    /// A value that cannot be.
    #[error("[[{table}]] {id:?}: {what}")]
    Value {
        /// Which table.
        table: &'static str,
        /// Which entry.
        id: Box<str>,
        /// What is wrong.
        what: &'static str,
    },
    /// A name, zone text or record that cannot be read.
    #[error("[[{table}]] {id:?}: {message}")]
    Unreadable {
        /// Which table.
        table: &'static str,
        /// Which entry.
        id: Box<str>,
        /// Why, in the words of the reader.
        message: Box<str>,
    },
}

impl ScenarioError {
    /// Places a TOML error in its text.
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::Toml(Box::new(TextProblem::at(text, offset, error.message())))
    }

    /// Something unreadable, in the words of its reader.
    pub(crate) fn unreadable(table: &'static str, id: &str, why: impl core::fmt::Display) -> Self {
        Self::Unreadable { table, id: id.into(), message: why.to_string().into() }
    }
}

impl Explain for ScenarioError {
    fn code(&self) -> &'static str {
        match self {
            Self::Toml(_) => "scenario::toml",
            Self::Schema { .. } => "scenario::schema",
            Self::Doubled { .. } => "scenario::doubled",
            Self::Dangling { .. } => "scenario::dangling",
            Self::Value { .. } => "scenario::value",
            Self::Unreadable { .. } => "scenario::unreadable",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Toml(problem) => match &problem.nearest {
                Some(key) => format!("did you mean `{key}`? docs/reference/scenario.md lists all keys"),
                None => "docs/reference/scenario.md lists the tables and their keys".to_owned(),
            },
            Self::Schema { .. } => "set schema = \"askance.scenario/1\"".to_owned(),
            Self::Doubled { .. } => {
                "ids are unique over all tables that are nodes of the story; \"root\" is the root server's".to_owned()
            }
            Self::Dangling { id, .. } => format!("add the table with id = {id:?}, or correct the name"),
            Self::Value { .. } => "correct the value".to_owned(),
            Self::Unreadable { .. } => {
                "lines count from the first of the text itself; zone texts are master files (RFC 1035 section 5) with TTLs in seconds".to_owned()
            }
        })
    }
}
