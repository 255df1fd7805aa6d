//! `askance report`: the page of a case JSON.

use std::fs::File;
use std::io::BufReader;

use askance_case::json::{CaseReport, SCHEMA};

use crate::cli::Report;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

pub(crate) fn run(args: &Report, out: &mut Printer) -> Result<Exit, CliError> {
    let report = load(&args.case_json)?;
    let page = askance_report::html(&report);
    match &args.out {
        Some(path) => std::fs::write(path, page).map_err(|e| CliError::io(path, e))?,
        None => out.data(&page).map_err(output)?,
    }
    Ok(Exit::Done)
}

/// Reads a case JSON, refusing another schema.
pub(crate) fn load(path: &std::path::Path) -> Result<CaseReport, CliError> {
    let file = File::open(path).map_err(|e| CliError::io(path, e))?;
    let report: CaseReport = serde_json::from_reader(BufReader::new(file)).map_err(|e| {
        CliError::usage(format!("not a case JSON: {e}"), "give the case.json that `askance investigate` wrote")
            .about(path.display().to_string())
    })?;
    if report.schema != SCHEMA {
        return Err(CliError::usage(
            format!("schema {:?} is not read; this program reads {SCHEMA:?}", report.schema),
            "write the case JSON again with this version",
        )
        .about(path.display().to_string()));
    }
    Ok(report)
}
