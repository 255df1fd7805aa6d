//! `askance evaluate`: accuracy and calibration against labels.

mod text;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use askance_case::{Ablation, CaseError, Evaluation, EvaluationReport, Folder, Label, Part, Run, Split, read_labels};

use crate::case_folder::CaseFolder;
use crate::cli::{Evaluate, SplitPart};
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadCase;

const COLUMNS: &str = "columns: file,vantage,client,name,mechanism[,start,end,notes,program,resolver,ttl_s,origin]";
/// The largest split file that is read, octets.
const SPLIT_OCTETS_MAX: u64 = 1 << 20;

pub(crate) fn run(args: &Evaluate, out: &mut Printer) -> Result<Exit, CliError> {
    let ablations = ablations(&args.ablate)?;
    let split = args.split.as_deref().map(split).transpose()?.zip(args.part.map(part));
    let mut evaluation = Evaluation::new(split);
    let mut skipped = false;
    for dir in &args.labelled {
        skipped |= add(&mut evaluation, dir, &ablations, out)?;
    }
    if let Some(path) = &args.scores {
        write_scores(&evaluation, path)?;
    }
    let report = evaluation.report();
    if let Some(dir) = &args.plots {
        write_plots(&report, dir)?;
        out.say(&format!("pictures: {}", dir.join("index.html").display()));
    }
    if args.json {
        let text = serde_json::to_string_pretty(&report).expect("an evaluation is plain data");
        out.data(&format!("{text}\n")).map_err(output)?;
    } else {
        out.data(&text::text(&report)).map_err(output)?;
    }
    Ok(Exit::partial_if(skipped))
}

/// The kinds that are asked for, each once, in the order of the command line.
fn ablations(texts: &[String]) -> Result<Vec<Ablation>, CliError> {
    let mut out: Vec<Ablation> = Vec::new();
    for text in texts {
        let kinds = if text == "all" {
            Ablation::ALL.to_vec()
        } else {
            let unknown = || CliError::usage(format!("--ablate {text:?} is not known"), Ablation::KINDS);
            vec![text.parse().map_err(|()| unknown())?]
        };
        for kind in kinds {
            if !out.contains(&kind) {
                out.push(kind);
            }
        }
    }
    Ok(out)
}

fn split(path: &Path) -> Result<Split, CliError> {
    let failed = |e| CliError::io(path, e);
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(SPLIT_OCTETS_MAX).read_to_string(&mut text).map_err(failed)?;
    Split::parse(&text)
        .map_err(|e| CliError::from(CaseError::Split { what: e.to_string().into() }).about(path.display().to_string()))
}

const fn part(part: SplitPart) -> Part {
    match part {
        SplitPart::Fit => Part::Fit,
        SplitPart::Test => Part::Test,
    }
}

/// Reads, attributes and judges one folder; true where some of its input was skipped.
fn add(evaluation: &mut Evaluation, dir: &Path, ablations: &[Ablation], out: &mut Printer) -> Result<bool, CliError> {
    let folder = CaseFolder::open(dir)?;
    let mut name = folder.name();
    if evaluation.folders().contains(&name) {
        name = dir.display().to_string();
    }
    let scratch = tempfile::tempdir().map_err(|e| CliError::io("the temporary folder", e))?;
    let read = ReadCase::read(&folder, scratch.path(), out)?;
    let views = read.views(&folder.case);
    // Attributed before the labels are opened: they cannot influence it.
    let mut runs = Vec::new();
    for kind in std::iter::once(None).chain(ablations.iter().copied().map(Some)) {
        let spinner =
            out.spinner(&format!("{name}: {}", kind.map_or_else(|| "all records".to_owned(), Ablation::words)));
        runs.push(Run::of(kind, &folder.case, &views, &read.records));
        spinner.finish_and_clear();
    }
    let labels = labels(&folder.dir.join("labels.csv"))?;
    let sources = &folder.case.sources;
    let tap_of = |file: &str| {
        let is_of = |path: &str| path == file || glob::Pattern::new(path).is_ok_and(|p| p.matches(file));
        sources.iter().find(|s| is_of(&s.path)).map(|s| s.id.clone())
    };
    let folder = Folder { name: &name, case: &folder.case, records: &read.records, labels: &labels };
    evaluation.add(&folder, runs, &tap_of);
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
    for scored in evaluation.scored() {
        let line = serde_json::to_string(&scored).expect("parts are plain data");
        writeln!(file, "{line}").map_err(failed)?;
    }
    file.flush().map_err(failed)
}

/// Writes each picture as a file of its own, and a page with all of them.
fn write_plots(report: &EvaluationReport, dir: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(dir).map_err(|e| CliError::io(dir, e))?;
    for (name, text) in askance_report::evaluation_files(report) {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|e| CliError::io(&path, e))?;
    }
    Ok(())
}
