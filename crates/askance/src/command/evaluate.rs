//! `askance evaluate`: accuracy against labels.

use std::fmt::Write as _;
use std::fs::File;

use askance_case::{Evaluation, read_labels};
use askance_record::escape_terminal;

use crate::case_folder::CaseFolder;
use crate::cli::Evaluate;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadCase;

pub(crate) fn run(args: &Evaluate, out: &mut Printer) -> Result<Exit, CliError> {
    let folder = CaseFolder::open(&args.labelled)?;
    let scratch = tempfile::tempdir().map_err(|e| CliError::io("the temporary folder", e))?;
    let read = ReadCase::read(&folder, scratch.path(), out)?;
    // Attributed before the labels are opened: they cannot influence it.
    let series = read.attribute(&folder.case);
    let path = folder.dir.join("labels.csv");
    let file = File::open(&path).map_err(|e| CliError::io(&path, e))?;
    let labels = read_labels(file).map_err(|e| {
        CliError::usage(
            e.to_string(),
            "columns: file,vantage,client,name,mechanism[,start,end,notes,program,resolver,ttl_s]",
        )
        .about(path.display().to_string())
    })?;
    let tap_of = |file: &str| folder.case.sources.iter().find(|s| s.path == file).map(|s| s.id.clone());
    let evaluation = Evaluation::of(&labels, &series, &tap_of);
    if args.json {
        let text = serde_json::to_string_pretty(&evaluation).expect("an evaluation is plain data");
        out.data(&format!("{text}\n")).map_err(output)?;
    } else {
        out.data(&text(&evaluation)).map_err(output)?;
    }
    Ok(Exit::partial_if(read.skipped))
}

/// Totals, confusion, and every series that was not attributed to its label.
fn text(e: &Evaluation) -> String {
    let mut text =
        String::from("vantage            series  right  in set  abstained  mean set  wrong strong  called malicious\n");
    for (vantage, t) in &e.totals {
        let mean = t.set_size_sum as f64 / t.series.max(1) as f64;
        writeln!(
            text,
            "{vantage:<18} {:>6} {:>6} {:>7} {:>10} {mean:>9.1} {:>13} {:>17}",
            t.series, t.right, t.covered, t.abstained, t.wrong_strong, t.called_malicious
        )
        .expect("writing to a String cannot fail");
    }
    text += "\nlabel -> best (series)\n";
    for (label, row) in &e.confusion {
        let row: Vec<String> = row.iter().map(|(best, n)| format!("{best} {n}")).collect();
        writeln!(text, "  {label:<44} {}", row.join(", ")).expect("writing to a String cannot fail");
    }
    let wrong: Vec<_> = e.series.iter().filter(|s| !s.right).collect();
    if !wrong.is_empty() {
        text += "\nnot attributed to its label\n";
    }
    for s in wrong {
        let truth: Vec<&str> = s.truth.iter().map(String::as_str).collect();
        writeln!(
            text,
            "  {} {} {} n={}: {} -> {}{}, set {}",
            escape_terminal(&s.tap),
            escape_terminal(&s.client),
            escape_terminal(&s.name),
            s.n,
            truth.join("+"),
            s.best,
            if s.abstained { " (abstained)" } else { "" },
            s.set.join(" ")
        )
        .expect("writing to a String cannot fail");
    }
    if !e.missing.is_empty() {
        writeln!(text, "\n{} labels have no series:", e.missing.len()).expect("writing to a String cannot fail");
        for label in &e.missing {
            writeln!(text, "  {}", escape_terminal(label)).expect("writing to a String cannot fail");
        }
    }
    text
}
