//! One file a command.

mod compare;
mod evaluate;
mod explain;
mod formats;
mod hunt;
mod intake;
mod investigate;
mod lab;
mod lab_serve;
mod posture;
mod query;
mod report;
mod survey;
mod verify;

pub(crate) use intake::account;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command};
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// A check answered "no".
    No,
    /// Done, but some input was skipped.
    Partial,
}

impl Exit {
    /// `Partial` where anything was skipped.
    pub(crate) fn partial_if(skipped: bool) -> Self {
        if skipped { Self::Partial } else { Self::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Partial => 3,
        })
    }
}

/// Runs one command.
pub(crate) fn run(command: &Command, out: &mut Printer) -> Result<Exit, CliError> {
    let exit = match command {
        Command::Investigate(args) => investigate::run(args, out)?,
        Command::Intake(args) => intake::run(args, out)?,
        Command::Hunt(args) => hunt::run(args, out)?,
        Command::Explain(args) => explain::run(args, out)?,
        Command::Compare(args) => compare::run(args, out)?,
        Command::Posture(args) => posture::run(args, out)?,
        Command::Query(args) => query::run(args, out)?,
        Command::Evaluate(args) => evaluate::run(args, out)?,
        Command::Report(args) => report::run(args, out)?,
        Command::Survey(args) => survey::run(args, out)?,
        Command::Verify(args) => verify::run(args, out)?,
        Command::Lab(args) => lab::run(args, out)?,
        Command::Formats(args) => formats::run(args, out)?,
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "askance", out.stdout());
            Exit::Done
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(out.stdout()).map_err(output)?;
            Exit::Done
        }
    };
    out.flush().map_err(output)?;
    Ok(exit)
}
