//! Errors as a person sees them: what, why, and the way out.

use std::error::Error;
use std::fmt::{self, Display, Write as _};

use askance_record::{Explain, escape_terminal};

/// Any error of a command.
#[derive(Debug)]
pub(crate) struct CliError {
    code: &'static str,
    help: Option<String>,
    /// The file or thing that it is about.
    about: Option<String>,
    source: Box<dyn Error + Send + Sync>,
}

impl CliError {
    /// An error of the command line itself.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        let message: String = message.into();
        Self { code: "cli::usage", help: Some(help.into()), about: None, source: message.into() }
    }

    /// An error of the file system.
    pub(crate) fn io(path: impl AsRef<std::path::Path>, source: std::io::Error) -> Self {
        Self { code: "cli::io", help: None, about: Some(path.as_ref().display().to_string()), source: Box::new(source) }
    }

    /// Says what the error is about.
    #[must_use]
    pub(crate) fn about(mut self, what: impl Into<String>) -> Self {
        self.about.get_or_insert(what.into());
        self
    }

    /// True where standard output was closed by its reader, as `head` does.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.source.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

impl<E: Explain + Send + Sync + 'static> From<E> for CliError {
    fn from(error: E) -> Self {
        Self { code: error.code(), help: error.help(), about: None, source: Box::new(error) }
    }
}

/// Writes of results fail only when their reader is gone or the disk is full.
pub(crate) fn output(source: std::io::Error) -> CliError {
    CliError { code: "cli::output", help: None, about: None, source: Box::new(source) }
}

impl Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(about) = &self.about {
            write!(f, "{about}: ")?;
        }
        write!(f, "{}", self.source)
    }
}

/// The whole error for a terminal: message, causes, help, code.
pub(crate) fn show(error: &CliError) -> String {
    let mut text = format!("error: {error}");
    let mut cause = error.source.source();
    while let Some(next) = cause {
        write!(text, "\n  because {next}").expect("writing to a String cannot fail");
        cause = next.source();
    }
    let mut safe: String = text.lines().map(escape_terminal).collect::<Vec<_>>().join("\n");
    if let Some(help) = &error.help {
        write!(safe, "\n  help: {}", escape_terminal(help)).expect("writing to a String cannot fail");
    }
    write!(safe, "\n  code: {}", error.code).expect("writing to a String cannot fail");
    safe
}
