//! `askance verify`: recompute the hashes of a case and say what changed.

mod earlier;

use std::path::Path;

use askance_case::{
    Case, Custody, Difference, NodeHash, Pledge, SourceCustody, SourceSpec, imprint, timestamp_request,
};
use askance_record::escape_terminal;
use serde::Serialize;

use crate::case_folder::CaseFolder;
use crate::cli::Verify;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use earlier::Earlier;

/// The file in which `investigate` keeps the hashes, beside the case JSON.
pub(crate) const CUSTODY_FILE: &str = "custody.json";

/// What became of one thing that has a hash.
#[derive(Debug, Serialize)]
struct Checked {
    what: String,
    expected: Option<String>,
    found: Option<String>,
    verdict: &'static str,
    /// What is to be said of it, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Files of a source that are not as they were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileChecked>,
}

/// What became of one file of a source.
#[derive(Debug, Serialize)]
struct FileChecked {
    path: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

impl Checked {
    fn new(what: impl Into<String>, expected: Option<String>, found: Option<String>) -> Self {
        let verdict = match (&expected, &found) {
            (_, None) => "missing",
            (None, Some(_)) => "not declared",
            (Some(e), Some(f)) if e.eq_ignore_ascii_case(f) => "same",
            _ => "changed",
        };
        Self { what: what.into(), expected, found, verdict, notes: Vec::new(), files: Vec::new() }
    }

    /// Something that has its hash, but had none when the case was investigated.
    fn added(what: impl Into<String>, found: NodeHash) -> Self {
        Self { verdict: "added", ..Self::new(what, None, Some(found.to_string())) }
    }

    fn is_bad(&self) -> bool {
        matches!(self.verdict, "missing" | "changed" | "added")
    }
}

pub(crate) fn run(args: &Verify, out: &mut Printer) -> Result<Exit, CliError> {
    let mut folder = CaseFolder::open(&args.case)?;
    let earlier = args.against.as_deref().map(Earlier::load).transpose()?;
    let without_synthetic = earlier.as_ref().is_some_and(|e| e.left_out_synthetic(&folder));
    if without_synthetic {
        folder.case.leave_out_synthetic();
    }
    let pledge = Pledge::new(&folder.case, folder.case_sha256);
    let mut sources = Vec::new();
    let mut checked = Vec::new();
    for spec in &folder.case.sources {
        let now = folder.custody_of(spec)?;
        checked.push(source(&folder, spec, &now, earlier.as_ref())?);
        sources.push(now);
    }
    let custody = pledge.with_sources(env!("CARGO_PKG_VERSION"), sources);
    if let Some(earlier) = earlier {
        checked.extend(earlier.against(&folder.case, &custody));
    }
    let bad = checked.iter().any(Checked::is_bad);
    let request = args.timestamp_request.as_deref().filter(|_| !bad);
    if let Some(path) = request {
        std::fs::write(path, timestamp_request(custody.root)).map_err(|e| CliError::io(path, e))?;
    }
    if args.json {
        let mut document = serde_json::json!({
            "schema": "askance.verify/1", "unchanged": !bad, "checked": checked, "custody_root": custody.root,
            "without_synthetic": without_synthetic,
        });
        if let Some(path) = request {
            document["timestamp_request"] =
                serde_json::json!({ "path": path.display().to_string(), "imprint": imprint(custody.root) });
        }
        out.data(&format!("{document:#}\n")).map_err(output)?;
    } else {
        let stamp = match (request, bad && args.timestamp_request.is_some()) {
            (Some(path), _) => stamped(path, &custody),
            (None, true) => "No request for a time stamp was written: it would stamp what changed.\n".to_owned(),
            (None, false) => String::new(),
        };
        let synthetic = "Synthetic sources are left out, as they were when it was investigated.\n";
        let stamp = if without_synthetic { synthetic.to_owned() + &stamp } else { stamp };
        out.data(&text(&args.case, &checked, bad, &custody, &stamp)).map_err(output)?;
    }
    Ok(if bad { Exit::No } else { Exit::Done })
}

/// One source against what the case declares and what it was.
fn source(
    folder: &CaseFolder,
    spec: &SourceSpec,
    now: &SourceCustody,
    earlier: Option<&Earlier>,
) -> Result<Checked, CliError> {
    let what = format!("source {}", spec.id);
    let found = (!now.files.is_empty()).then(|| now.sha256.to_string());
    let before = earlier.and_then(|e| e.sha256_of(&spec.id));
    let differs = |hash: &&String| found.as_ref().is_some_and(|f| !f.eq_ignore_ascii_case(hash));
    let known = [before, spec.sha256.as_ref()];
    let expected = known.into_iter().flatten().find(differs).or(known.into_iter().flatten().next());
    let mut checked = Checked::new(what.clone(), expected.cloned(), found.clone());
    match (earlier, before) {
        (Some(earlier), None) if found.is_some() && earlier.lacks(&spec.id) => {
            checked = Checked { notes: checked.notes, ..Checked::added(what, now.sha256) };
        }
        (Some(_), Some(before)) if checked.verdict == "changed" && !differs(&before) => {
            checked.notes.push("as it was when it was investigated; the case declares another hash".to_owned());
        }
        (Some(earlier), Some(_)) if checked.verdict == "changed" => match earlier.source(&spec.id) {
            Some(then) => checked.files = files(folder, then, now)?,
            None => checked.notes.push(format!("there is no {CUSTODY_FILE} to tell where")),
        },
        (None, _) if checked.verdict == "changed" => {
            checked.notes.push("to see where: --against the case.json that `askance investigate` wrote".to_owned());
        }
        _ => {}
    }
    Ok(checked)
}

/// The files of a source that are not as they were.
fn files(folder: &CaseFolder, then: &SourceCustody, now: &SourceCustody) -> Result<Vec<FileChecked>, CliError> {
    let mut out = Vec::new();
    for earlier in &then.files {
        let path = earlier.path.clone();
        match now.files.iter().find(|f| f.path == path) {
            None => out.push(FileChecked { path, verdict: "missing", difference: None }),
            Some(file) if file.sha256 == earlier.sha256 => {}
            Some(file) => {
                out.push(FileChecked { path, verdict: "changed", difference: folder.difference(earlier, file)? });
            }
        }
    }
    let new = now.files.iter().filter(|f| then.files.iter().all(|earlier| earlier.path != f.path));
    out.extend(new.map(|f| FileChecked { path: f.path.clone(), verdict: "added", difference: None }));
    Ok(out)
}

fn stamped(path: &Path, custody: &Custody) -> String {
    let path = path.display().to_string();
    format!("Request for a time stamp over the root: {}\n  imprint {}\n", escape_terminal(&path), imprint(custody.root))
}

fn text(case: &Path, checked: &[Checked], bad: bool, custody: &Custody, stamp: &str) -> String {
    let mut text = String::new();
    for c in checked {
        text += &format!("{:<12} {}\n", c.verdict, escape_terminal(&c.what));
        if c.verdict == "changed" {
            text += &format!("  expected {}\n", escape_terminal(c.expected.as_deref().unwrap_or("-")));
            text += &format!("  found    {}\n", c.found.as_deref().unwrap_or("-"));
        }
        for note in &c.notes {
            text += &format!("  {}\n", escape_terminal(note));
        }
        for file in &c.files {
            text += &format!("  {} {}\n", escape_terminal(&file.path), file.verdict);
            let lines = file.difference.as_ref().map(ToString::to_string).unwrap_or_default();
            text.extend(lines.lines().map(|line| format!("    {line}\n")));
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
    text += &format!("custody root {}\n{stamp}", custody.root);
    text + &format!("{}: {verdict}\n", escape_terminal(&case.display().to_string()))
}

/// The claims of a case against those that were tested.
fn claims(case: &Case, custody: &Custody, then: &[askance_case::json::ClaimResult]) -> Vec<Checked> {
    let mut out = Vec::new();
    for (claim, hash) in case.claims.iter().zip(&custody.claims) {
        let what = format!("claim {}", claim.id);
        let Some(earlier) = then.iter().find(|c| c.id == claim.id) else {
            out.push(Checked::added(what, hash.sha256));
            continue;
        };
        let mut checked = Checked::new(what, Some(earlier.sha256.clone()), Some(hash.sha256.to_string()));
        if checked.verdict == "changed" {
            let of = [
                ("text", claim.text == earlier.text),
                ("by", claim.by == earlier.by),
                ("source", claim.source == earlier.source),
            ];
            let others: Vec<&str> = of.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect();
            let others = if others.is_empty() { "its tests".to_owned() } else { others.join(", ") };
            checked.notes.push(format!("what is not as it was: {others}"));
        }
        out.push(checked);
    }
    let gone = then.iter().filter(|c| case.claims.iter().all(|now| now.id != c.id));
    out.extend(gone.map(|c| Checked::new(format!("claim {}", c.id), Some(c.sha256.clone()), None)));
    out
}
