//! `askance compare`: the configuration of a name, or how often it is looked up, beside its peers.

use std::path::Path;

use askance_case::json::ClaimResult;
use askance_case::{Details, Given, Moment, assemble};
use serde_json::json;

use crate::case_folder::CaseFolder;
use crate::cli;
use crate::command::Exit;
use crate::command::posture::{Beside, examine, passed_over, write_page};
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadCase;

pub(crate) fn run(args: &cli::Compare, out: &mut Printer) -> Result<Exit, CliError> {
    if let Some(case) = &args.case {
        return lookups(args, case, out);
    }
    let posture = cli::Posture {
        names: vec![args.name.clone()],
        list: None,
        answers: args.answers.clone(),
        fleet: None,
        selectors: Vec::new(),
        evidence: Vec::new(),
        html: args.html.clone(),
        json: args.json,
    };
    let document = examine(&posture, Some(Beside::Peers(&args.with)), out)?.document;
    write_page(args.html.as_deref(), &document)?;
    if args.json {
        let compared =
            json!({ "schema": "askance.compare/1", "name": args.name, "peers": args.with, "configuration": document });
        out.data(&format!("{compared:#}\n")).map_err(output)?;
    } else {
        let text = askance_report::compared_text(&document, out.width(), out.color());
        out.data(&text).map_err(output)?;
    }
    Ok(Exit::partial_if(passed_over(&document, out)))
}

/// How often the name is looked up, by the records of a case; its conditions may veto the comparison.
fn lookups(args: &cli::Compare, case: &Path, out: &mut Printer) -> Result<Exit, CliError> {
    let mut folder = CaseFolder::open(case)?;
    let window = args.window.as_deref().map(window).transpose()?;
    folder.case.compare(&args.name, &args.with, args.source.clone(), window, args.chosen_beforehand)?;
    let scratch = tempfile::tempdir().map_err(|e| CliError::io("the temporary folder", e))?;
    let read = ReadCase::read(&folder, &scratch.path().join("archive"), out)?;
    let report = assemble(&folder.case, &read.sources, &read.records, &Given::default(), &mut |_| Details::default());
    let claim: &ClaimResult = report.claims.first().expect("one was asked");
    if args.json {
        let compared = json!({
            "schema": "askance.compare/1", "name": args.name, "peers": args.with, "lookups": claim.tests.first()
        });
        out.data(&format!("{compared:#}\n")).map_err(output)?;
    } else {
        out.data(&askance_report::claim_text(claim, out.width(), out.color())).map_err(output)?;
    }
    Ok(Exit::partial_if(read.skipped))
}

fn window(text: &str) -> Result<[Moment; 2], CliError> {
    let wrong = |why: String| CliError::usage(format!("--window {text:?}: {why}"), "such as 2025-03-01,2025-04-15");
    let (from, to) = text.split_once(',').ok_or_else(|| wrong("no comma between two times".to_owned()))?;
    let moment = |text: &str| Moment::parse(text.trim()).map_err(wrong);
    Ok([moment(from)?, moment(to)?])
}
