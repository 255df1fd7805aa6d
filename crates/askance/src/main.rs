//! askance explains suspicious DNS lookups: which mechanism made them, how strongly
//! the records support that against the alternatives, and what would settle it.
//!
//! This is the edge: it parses the command line, opens files, reads the clock and
//! the environment, and hands values to the libraries, which do none of that.

mod case_folder;
mod cli;
mod command;
mod counts;
mod diagnose;
mod printer;
mod reading;
mod resolver;
mod series;
mod survey;
mod zones;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let mut out = printer::Printer::new(cli.quiet, cli.color);
    match command::run(&cli.command, &mut out) {
        Ok(exit) => exit.into(),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            out.words(&diagnose::show(&error));
            ExitCode::from(2)
        }
    }
}
