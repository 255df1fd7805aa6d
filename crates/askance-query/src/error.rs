//! What can go wrong with a query.

use askance_archive::ArchiveError;
use askance_record::Explain;
use datafusion::error::DataFusionError;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(Box<ArchiveError>),
    /// The text is not SQL, or not SQL about this archive.
    #[error("{}", .0.message)]
    Sql(Box<SqlError>),
    /// The statement would change something.
    #[error("only SELECT statements are answered: {message}")]
    ReadOnly {
        /// What the engine says.
        message: Box<str>,
    },
    /// The memory limit was reached.
    #[error("the query needs more memory than it may use: {message}")]
    Memory {
        /// What the engine says.
        message: Box<str>,
    },
    /// The query failed while it ran.
    #[error("the query failed: {message}")]
    Failed {
        /// What the engine says.
        message: Box<str>,
        /// Its cause.
        #[source]
        source: Box<DataFusionError>,
    },
    /// The runtime could not be started.
    #[error("the query engine cannot start")]
    Start {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The answer could not be written.
    #[error("the answer cannot be written")]
    Write {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A state in the answer does not decode; another version of askance wrote it, or a defect.
    #[error("a series does not decode: {message}")]
    State {
        /// Why.
        message: Box<str>,
    },
}

/// An error in the text of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// What is wrong.
    pub message: String,
    /// Line and column in the text, from 1, where the engine gives them.
    pub at: Option<(u64, u64)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl QueryError {
    /// Line and column in the SQL text, from 1, where known.
    pub fn at(&self) -> Option<(u64, u64)> {
        if let Self::Sql(sql) = self { sql.at } else { None }
    }

    /// Sorts an engine's error; `hint` says what there is, for names that do not exist.
    pub(crate) fn from_engine(error: DataFusionError, hint: impl FnOnce() -> String) -> Self {
        let at = position(&error);
        let message = plain(&error);
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { message: message.into() },
            DataFusionError::SQL(..) => Self::Sql(Box::new(SqlError {
                at: at.or_else(|| position_in(&message)),
                message,
                help: Some("the dialect is that of DataFusion, close to PostgreSQL's".to_owned()),
            })),
            DataFusionError::Plan(text) if ["DDL", "DML", "Statement"].iter().any(|kind| refuses(text, kind)) => {
                Self::ReadOnly { message: message.into() }
            }
            DataFusionError::SchemaError(..) => Self::Sql(Box::new(SqlError { message, at, help: Some(hint()) })),
            DataFusionError::Plan(text) => {
                let help = text.contains("not found").then(hint);
                Self::Sql(Box::new(SqlError { message, at, help }))
            }
            DataFusionError::NotImplemented(_) | DataFusionError::Configuration(_) => {
                Self::Sql(Box::new(SqlError { message, at, help: None }))
            }
            _ => Self::Failed { message: message.into(), source: Box::new(error) },
        }
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        Self::from_engine(error, String::new)
    }
}

impl From<ArchiveError> for QueryError {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(Box::new(error))
    }
}

/// True where the engine refused a kind of statement that [`crate::Engine`] does not allow.
fn refuses(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|rest| rest.starts_with(" not supported"))
}

/// The engine's words without its own prefixes and advertisements.
fn plain(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    let prefixes = [
        "Error during planning: ",
        "Schema error: ",
        "SQL error: ",
        "Execution error: ",
        "This feature is not implemented: ",
    ];
    let text = prefixes.iter().fold(text.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
    let text = text.strip_prefix("ParserError(\"").and_then(|t| t.strip_suffix("\")")).unwrap_or(text);
    let text = text.split("\n\n").next().unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("Valid fields are"));
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn position(error: &DataFusionError) -> Option<(u64, u64)> {
    let span = error.diagnostic()?.span?;
    (span.start.line > 0).then_some((span.start.line, span.start.column))
}

/// The position at the end of a parser's message: `… at Line: 1, Column: 8`.
fn position_in(message: &str) -> Option<(u64, u64)> {
    let (_, tail) = message.rsplit_once("Line: ")?;
    let (line, column) = tail.split_once(", Column: ")?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, digits.parse().ok()?))
}

impl Explain for QueryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Archive(error) => error.code(),
            Self::Sql(_) => "query::sql",
            Self::ReadOnly { .. } => "query::read-only",
            Self::Memory { .. } => "query::memory",
            Self::Failed { .. } => "query::failed",
            Self::Start { .. } => "query::start",
            Self::Write { .. } => "query::write",
            Self::State { .. } => "query::state",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Archive(error) => error.help(),
            Self::Sql(sql) => sql.help.clone().filter(|help| !help.is_empty()),
            Self::ReadOnly { .. } => Some("an archive is added to with `askance intake`".to_owned()),
            Self::Memory { .. } => Some("raise the memory limit, or ask for fewer names or a shorter time".to_owned()),
            Self::State { .. } => Some("this is a defect of askance; please report it".to_owned()),
            Self::Failed { .. } | Self::Start { .. } | Self::Write { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<QueryError>() <= 64);
    }
}
