//! `askance investigate`: the main job.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use askance_case::json::CaseReport;
use askance_case::{Custody, Given, Pledge, assemble};

use crate::case_folder::CaseFolder;
use crate::cli::Investigate;
use crate::command::Exit;
use crate::command::verify::CUSTODY_FILE;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadCase;

pub(crate) fn run(args: &Investigate, out: &mut Printer) -> Result<Exit, CliError> {
    let mut folder = CaseFolder::open(&args.case)?;
    if args.without_synthetic {
        folder.case.leave_out_synthetic();
    }
    let target = args.out.clone().unwrap_or_else(|| Path::new("out").join(folder.name()));
    std::fs::create_dir_all(&target).map_err(|e| CliError::io(&target, e))?;
    // The claims are hashed before any record is read.
    let pledge = Pledge::new(&folder.case, folder.case_sha256);
    let mut read = ReadCase::read(&folder, &target.join("archive"), out)?;
    let spinner = out.spinner("weighing mechanisms");
    let custody = pledge.with_sources(env!("CARGO_PKG_VERSION"), std::mem::take(&mut read.custody));
    let given = Given {
        version: custody.version.clone(),
        case_sha256: custody.case_sha256.to_string(),
        claims_sha256: custody.claims_sha256.to_string(),
        custody_root: custody.root.to_string(),
        reproduce: format!(
            "askance investigate {}{}",
            args.case.display(),
            if args.without_synthetic { " --without-synthetic" } else { "" }
        ),
    };
    let report = assemble(&folder.case, &read.sources, &read.records, &given, &mut |row| read.details(row));
    spinner.finish_and_clear();
    let written = write(&target, &report, &custody)?;
    if args.json {
        let text = serde_json::to_string_pretty(&report).expect("a case report is plain data");
        out.data(&format!("{text}\n")).map_err(output)?;
    } else {
        let (width, color) = (out.width(), out.color());
        out.data(&askance_report::terminal(&report, width, color)).map_err(output)?;
        out.flush().map_err(output)?;
        out.say(&format!("The report: {}", written.display()));
    }
    Ok(Exit::partial_if(read.skipped))
}

/// Writes hashes, JSON and page, each under a temporary name first; returns the page's path.
fn write(target: &Path, report: &CaseReport, custody: &Custody) -> Result<PathBuf, CliError> {
    let hashes = serde_json::to_string(custody).expect("hashes are plain data");
    replace(&target.join(CUSTODY_FILE), (hashes + "\n").as_bytes())?;
    let json = serde_json::to_string_pretty(report).expect("a case report is plain data");
    replace(&target.join("case.json"), json.as_bytes())?;
    let page = target.join("report.html");
    replace(&page, askance_report::html(report).as_bytes())?;
    Ok(page)
}

/// Replaces a file, so that a reader sees the old or the new one, never half of one.
fn replace(path: &Path, octets: &[u8]) -> Result<(), CliError> {
    let draft = path.with_extension("draft");
    let attempt = || {
        let mut file = File::create(&draft)?;
        file.write_all(octets)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    attempt().map_err(|e| CliError::io(path, e))
}
