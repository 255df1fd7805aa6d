//! `askance verify`: recompute the hashes of a case and say what changed.

use std::path::Path;

use askance_case::{Case, claims_sha256};
use askance_record::escape_terminal;
use serde::Serialize;

use crate::case_folder::CaseFolder;
use crate::cli::Verify;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

/// What became of one thing that has a hash.
#[derive(Debug, Serialize)]
struct Checked {
    what: String,
    expected: Option<String>,
    found: Option<String>,
    verdict: &'static str,
}

impl Checked {
    fn new(what: impl Into<String>, expected: Option<String>, found: Option<String>) -> Self {
        let verdict = match (&expected, &found) {
            (_, None) => "missing",
            (None, Some(_)) => "not declared",
            (Some(e), Some(f)) if e.eq_ignore_ascii_case(f) => "same",
            _ => "changed",
        };
        Self { what: what.into(), expected, found, verdict }
    }

    fn is_bad(&self) -> bool {
        matches!(self.verdict, "missing" | "changed")
    }
}

pub(crate) fn run(args: &Verify, out: &mut Printer) -> Result<Exit, CliError> {
    let folder = CaseFolder::open(&args.case)?;
    let earlier = args.against.as_deref().map(crate::command::report::load).transpose()?;
    let mut checked = Vec::new();
    for spec in &folder.case.sources {
        let found = folder.sha256_of(spec)?;
        let before =
            earlier.as_ref().and_then(|r| r.sources.iter().find(|s| s.id == spec.id)).map(|s| s.sha256.clone());
        checked.push(Checked::new(format!("source {}", spec.id), spec.sha256.clone().or(before), found));
    }
    if let Some(earlier) = &earlier {
        checked.extend(against(&folder.case, &folder.case_sha256, earlier));
    }
    let bad = checked.iter().any(Checked::is_bad);
    if args.json {
        let document = serde_json::json!({ "schema": "askance.verify/1", "unchanged": !bad, "checked": checked });
        out.data(&format!("{document:#}\n")).map_err(output)?;
    } else {
        out.data(&text(&args.case, &checked, bad)).map_err(output)?;
    }
    Ok(if bad { Exit::No } else { Exit::Done })
}

/// Case file and claims against an earlier investigation.
fn against(case: &Case, case_sha256: &str, earlier: &askance_case::json::CaseReport) -> Vec<Checked> {
    let method = &earlier.method;
    let gone = earlier.sources.iter().filter(|s| case.source(&s.id).is_none());
    let mut out = vec![
        Checked::new("case.toml", Some(method.case_sha256.clone()), Some(case_sha256.to_owned())),
        Checked::new("claims", Some(method.claims_sha256.clone()), Some(claims_sha256(case))),
    ];
    out.extend(gone.map(|s| Checked::new(format!("source {}", s.id), Some(s.sha256.clone()), None)));
    out
}

fn text(case: &Path, checked: &[Checked], bad: bool) -> String {
    let mut text = String::new();
    for c in checked {
        text += &format!("{:<12} {}\n", c.verdict, escape_terminal(&c.what));
        if c.verdict == "changed" {
            text += &format!("             expected {}\n", c.expected.as_deref().unwrap_or("-"));
            text += &format!("             found    {}\n", c.found.as_deref().unwrap_or("-"));
        }
    }
    let undeclared = checked.iter().filter(|c| c.verdict == "not declared").count();
    let verdict = if bad {
        "Something changed or is missing.".to_owned()
    } else if undeclared > 0 {
        format!("{} unchanged; {undeclared} had no hash to compare with.", checked.len() - undeclared)
    } else {
        format!("All {} unchanged.", checked.len())
    };
    text + &format!("{}: {verdict}\n", escape_terminal(&case.display().to_string()))
}
