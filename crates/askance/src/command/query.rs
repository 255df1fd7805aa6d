//! `askance query`: SQL over an archive.

use askance_query::Engine;

use crate::cli::Query;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

pub(crate) fn run(args: &Query, out: &mut Printer) -> Result<Exit, CliError> {
    let engine = Engine::open(&args.archive)?;
    let rows = engine.sql(&args.sql)?;
    if args.json_lines {
        rows.write_json_lines(out.stdout())?;
    } else if args.csv {
        rows.write_csv(out.stdout())?;
    } else {
        let width = out.width();
        rows.write_table(out.stdout(), Some(width))?;
    }
    out.flush().map_err(output)?;
    Ok(Exit::Done)
}
