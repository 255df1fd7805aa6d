//! What an earlier investigation left to compare with.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use askance_case::json::CaseReport;
use askance_case::{Case, Custody, SourceCustody};
use askance_record::Explain as _;

use super::{CUSTODY_FILE, Checked};
use crate::case_folder::CaseFolder;
use crate::diagnose::CliError;

/// The largest document of hashes that is read, octets.
const CUSTODY_OCTETS_MAX: u64 = 256 << 20;

/// The case JSON of an earlier investigation, and the hashes beside it where they belong to it.
pub(super) struct Earlier {
    report: CaseReport,
    custody: Option<Custody>,
    /// What became of the hashes themselves; none where the case JSON is older than they.
    about_custody: Option<Checked>,
}

impl Earlier {
    /// Reads a case JSON and the hashes beside it.
    pub(super) fn load(path: &Path) -> Result<Self, CliError> {
        let report = crate::command::report::load(path)?;
        let expected = report.method.custody_root.clone();
        if expected.is_empty() {
            return Ok(Self { report, custody: None, about_custody: None });
        }
        let beside = path.with_file_name(CUSTODY_FILE);
        if !beside.exists() {
            let note = "only whole files can be compared; `askance investigate` wrote it beside the case JSON";
            let about = Checked { verdict: "not there", ..noted(Some(expected), None, note) };
            return Ok(Self { report, custody: None, about_custody: Some(about) });
        }
        let mut text = Vec::new();
        let file = File::open(&beside).map_err(|e| CliError::io(&beside, e))?;
        file.take(CUSTODY_OCTETS_MAX).read_to_end(&mut text).map_err(|e| CliError::io(&beside, e))?;
        let (custody, about) = match Custody::parse(&text) {
            Err(error) => {
                let note = format!("it cannot be used, only whole files can be compared: {error} ({})", error.code());
                (None, Checked { verdict: "changed", ..noted(Some(expected), None, &note) })
            }
            Ok(custody) if belongs(&custody, &report) => {
                let root = custody.root.to_string();
                (Some(custody), Checked::new(CUSTODY_FILE, Some(expected), Some(root)))
            }
            Ok(custody) => {
                let note = "it and the case JSON do not hold the same hashes";
                let about = noted(Some(expected), Some(custody.root.to_string()), note);
                (None, Checked { verdict: "changed", ..about })
            }
        };
        Ok(Self { report, custody, about_custody: Some(about) })
    }

    /// True where the same case was investigated without its synthetic sources.
    pub(super) fn left_out_synthetic(&self, folder: &CaseFolder) -> bool {
        let mut synthetic = folder.case.sources.iter().filter(|s| s.synthetic).peekable();
        self.report.method.case_sha256 == folder.case_sha256.to_string()
            && synthetic.peek().is_some()
            && synthetic.all(|s| self.lacks(&s.id))
    }

    /// SHA-256 of a source then.
    pub(super) fn sha256_of(&self, id: &str) -> Option<&String> {
        self.report.sources.iter().find(|s| s.id == id).map(|s| &s.sha256).filter(|hash| !hash.is_empty())
    }

    /// True where the case had no such source then.
    pub(super) fn lacks(&self, id: &str) -> bool {
        self.report.sources.iter().all(|s| s.id != id)
    }

    /// The hashes of a source then.
    pub(super) fn source(&self, id: &str) -> Option<&SourceCustody> {
        self.custody.as_ref()?.source(id)
    }

    /// Everything but the sources that the case has now.
    pub(super) fn against(self, case: &Case, now: &Custody) -> Vec<Checked> {
        let method = &self.report.method;
        let mut out = vec![
            Checked::new("case.toml", Some(method.case_sha256.clone()), Some(now.case_sha256.to_string())),
            Checked::new("claims", Some(method.claims_sha256.clone()), Some(now.claims_sha256.to_string())),
        ];
        let claims = super::claims(case, now, &self.report.claims);
        if out[1].is_bad() && claims.iter().all(|c| !c.is_bad()) {
            out[1].notes.push("each claim is as it was; their order is not".to_owned());
        }
        out.extend(claims);
        let gone = self.report.sources.iter().filter(|s| case.source(&s.id).is_none());
        out.extend(gone.map(|s| Checked::new(format!("source {}", s.id), Some(s.sha256.clone()), None)));
        out.extend(self.about_custody);
        out
    }
}

fn noted(expected: Option<String>, found: Option<String>, note: &str) -> Checked {
    Checked { notes: vec![note.to_owned()], ..Checked::new(CUSTODY_FILE, expected, found) }
}

/// True where hashes and case JSON are of one investigation.
fn belongs(custody: &Custody, report: &CaseReport) -> bool {
    let method = &report.method;
    let source = |s: &SourceCustody| {
        report.sources.iter().any(|r| {
            r.id == s.id && r.root == s.root.to_string() && (s.files.is_empty() || r.sha256 == s.sha256.to_string())
        })
    };
    let claim =
        |c: &askance_case::ClaimHash| report.claims.iter().any(|r| r.id == c.id && r.sha256 == c.sha256.to_string());
    method.custody_root == custody.root.to_string()
        && method.case_sha256 == custody.case_sha256.to_string()
        && method.claims_sha256 == custody.claims_sha256.to_string()
        && custody.sources.len() == report.sources.len()
        && custody.sources.iter().all(source)
        && custody.claims.len() == report.claims.len()
        && custody.claims.iter().all(claim)
}
