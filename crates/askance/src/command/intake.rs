//! `askance intake`: any format into an archive, with its account.

use askance_archive::ArchiveWriter;
use askance_record::escape_terminal;
use serde_json::json;

use crate::cli::Intake;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::reading::{self, Reading};

pub(crate) fn run(args: &Intake, out: &mut Printer) -> Result<Exit, CliError> {
    let options = reading::intake_options(&args.options)?;
    let inputs = reading::inputs(&args.inputs, &options)?;
    let mut archive = ArchiveWriter::open_or_create(&args.archive)?;
    for stray in archive.leftovers() {
        out.say(&format!("removed {stray}, left by an interrupted run; no committed source had a part in it"));
    }
    let mut readings = Vec::with_capacity(inputs.len());
    for input in &inputs {
        let reading = reading::read_one(input, &mut archive, out)?;
        if !args.json {
            out.data(&account(&reading)).map_err(output)?;
        }
        readings.push(reading);
    }
    if args.json {
        let document = json!({
            "schema": "askance.intake/1",
            "archive": args.archive.display().to_string(),
            "ledger": readings.iter().map(row).collect::<Vec<_>>(),
        });
        out.data(&format!("{document:#}\n")).map_err(output)?;
    }
    Ok(Exit::partial_if(readings.iter().any(Reading::skipped)))
}

/// One input's account for machines.
fn row(reading: &Reading) -> serde_json::Value {
    let s = &reading.source;
    let mut row = serde_json::to_value(&s.ledger).expect("a ledger is plain data");
    let about = json!({
        "source": s.id, "path": s.path, "format": s.format, "wrappers": s.wrappers, "sha256": s.sha256,
        "size": s.size, "first": s.first, "last": s.last, "resolution": s.resolution,
        "already_present": reading.already_present, "error": s.error,
    });
    if let (Some(row), serde_json::Value::Object(about)) = (row.as_object_mut(), about) {
        row.extend(about);
    }
    row
}

/// One input's account for people.
pub(crate) fn account(reading: &Reading) -> String {
    let s = &reading.source;
    let l = &s.ledger;
    let mut text = format!("{} ({}", escape_terminal(&s.path), s.format);
    if !s.wrappers.is_empty() {
        text += &format!(" in {}", s.wrappers.join(" in "));
    }
    text += ")\n";
    if reading.already_present {
        text += "  already in the archive: nothing added\n";
    }
    let rejected: u64 = l.rejected.iter().map(|r| r.count).sum();
    let parts = [("lookups", l.lookups), ("flows", l.flows), ("mail events", l.mail), ("paired", l.paired)];
    let shown: Vec<String> = parts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect();
    let out = if shown.is_empty() { "0 lookups".to_owned() } else { shown.join(" + ") };
    text += &format!("  {} in = {out} + {rejected} rejected\n", l.units_in);
    for tally in &l.rejected {
        let example = escape_terminal(&tally.example);
        let example: String = example.chars().take(60).collect();
        text += &format!("  rejected {} x {}, first at {}: {example}\n", tally.count, tally.reason, tally.first_at);
    }
    let unrelated: u64 = l.unrelated.iter().map(|r| r.count).sum();
    if unrelated > 0 {
        text += &format!("  {unrelated} beside, about something else\n");
    }
    if l.duplicates > 0 {
        text += &format!("  {} lookups equal another one in everything; they stay in\n", l.duplicates);
    }
    for assumption in &l.assumptions {
        text += &format!("  assumed: {}\n", escape_terminal(assumption));
    }
    if let Some(error) = &s.error {
        text += &format!("  stopped early: {}\n", escape_terminal(error));
    }
    text
}
