//! `askance evaluate`: accuracy against labels.

mod text;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use askance_case::{Evaluation, Folder, Label, Run, read_labels};

use crate::case_folder::CaseFolder;
use crate::cli::Evaluate;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadCase;

const COLUMNS: &str = "columns: file,vantage,client,name,mechanism[,start,end,notes,program,resolver,ttl_s,origin]";

pub(crate) fn run(args: &Evaluate, out: &mut Printer) -> Result<Exit, CliError> {
    let mut evaluation = Evaluation::default();
    let mut skipped = false;
    for dir in &args.labelled {
        skipped |= add(&mut evaluation, dir, out)?;
    }
    if let Some(path) = &args.scores {
        write_scores(&evaluation, path)?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&evaluation).expect("an evaluation is plain data");
        out.data(&format!("{text}\n")).map_err(output)?;
    } else {
        out.data(&text::text(&evaluation)).map_err(output)?;
    }
    Ok(Exit::partial_if(skipped))
}

/// Reads, attributes and judges one folder; true where some of its input was skipped.
fn add(evaluation: &mut Evaluation, dir: &Path, out: &mut Printer) -> Result<bool, CliError> {
    let folder = CaseFolder::open(dir)?;
    let mut name = folder.name();
    if evaluation.folders.contains(&name) {
        name = dir.display().to_string();
    }
    let scratch = tempfile::tempdir().map_err(|e| CliError::io("the temporary folder", e))?;
    let read = ReadCase::read(&folder, scratch.path(), out)?;
    let spinner = out.spinner("attributing");
    // Attributed before the labels are opened: they cannot influence it.
    let runs = [Run::whole(&folder.case, read.views(&folder.case), &read.records)];
    spinner.finish_and_clear();
    let labels = labels(&folder.dir.join("labels.csv"))?;
    let sources = &folder.case.sources;
    let tap_of = |file: &str| {
        let is_of = |path: &str| path == file || glob::Pattern::new(path).is_ok_and(|p| p.matches(file));
        sources.iter().find(|s| is_of(&s.path)).map(|s| s.id.clone())
    };
    let folder = Folder { name: &name, case: &folder.case, records: &read.records, labels: &labels, runs: &runs };
    evaluation.add(&folder, &tap_of);
    Ok(read.skipped)
}

fn labels(path: &Path) -> Result<Vec<Label>, CliError> {
    let file = File::open(path).map_err(|e| CliError::io(path, e))?;
    read_labels(file).map_err(|e| CliError::usage(e.to_string(), COLUMNS).about(path.display().to_string()))
}

/// One JSON object a line, each with the parts of one labelled series.
fn write_scores(evaluation: &Evaluation, path: &Path) -> Result<(), CliError> {
    let failed = |e: std::io::Error| CliError::io(path, e);
    let mut file = std::io::BufWriter::new(File::create(path).map_err(failed)?);
    for scored in &evaluation.scored {
        let line = serde_json::to_string(scored).expect("parts are plain data");
        writeln!(file, "{line}").map_err(failed)?;
    }
    file.flush().map_err(failed)
}
