//! Zone files among the sources of a case: how its subjects are set up beside their peers.

use std::fs::File;
use std::io::Read as _;

use askance_case::{Case, ConfigurationRow, SourceKind};
use askance_mail::{Audits, Fleet, PostureRequest, Snapshot};
use askance_record::{Name, escape_terminal};

use crate::case_folder::CaseFolder;
use crate::diagnose::CliError;
use crate::printer::Printer;

/// The largest zone file that is read, octets.
const OCTETS_MAX: u64 = 64 << 20;

/// What the zone files of a case say, and whether anything in them was left out.
pub(crate) struct Zones {
    /// One for each setting of each subject.
    pub(crate) rows: Vec<ConfigurationRow>,
    /// True where a file, or a part of one, could not be read.
    pub(crate) skipped: bool,
}

/// Reads all sources of the kind `zone`, and lays each subject beside the peers of the case.
pub(crate) fn read(folder: &CaseFolder, out: &mut Printer) -> Result<Zones, CliError> {
    let mut files = Vec::new();
    for spec in folder.case.sources.iter().filter(|spec| spec.kind == SourceKind::Zone) {
        for path in folder.some_files(spec)? {
            let failed = |e| CliError::io(&path, e);
            let mut octets = Vec::new();
            let file = File::open(&path).map_err(failed)?;
            file.take(OCTETS_MAX + 1).read_to_end(&mut octets).map_err(failed)?;
            if octets.len() as u64 > OCTETS_MAX {
                let error = CliError::usage(
                    "a zone file of a case has at most 64 MiB",
                    "keep the zones that the case is about",
                );
                return Err(error.about(path.display().to_string()));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((format!("{}/{name}", spec.id), String::from_utf8_lossy(&octets).into_owned()));
        }
    }
    if files.is_empty() {
        return Ok(Zones { rows: Vec::new(), skipped: false });
    }
    let snapshot = Snapshot::of_files(files);
    for (file, why) in &snapshot.problems {
        out.say(&format!("zone file {}: {}", escape_terminal(file), escape_terminal(why)));
    }
    // The same zone of another day is kept in custody; it takes nothing from the first.
    let skipped = snapshot.problems.iter().any(|(_, why)| !why.ends_with("is in a file before"));
    Ok(Zones { rows: rows(&folder.case, &snapshot), skipped })
}

fn rows(case: &Case, snapshot: &Snapshot) -> Vec<ConfigurationRow> {
    let peers: Vec<&str> =
        case.peers.iter().map(|p| p.name.as_str()).filter(|name| !case.subjects.iter().any(|s| s == name)).collect();
    let request = |name: &str| Some(PostureRequest::new(Name::parse(name).ok()?, "zone files of the case"));
    let audit = |names: &[&str]| {
        Audits::new(names.iter().filter_map(|name| request(name))).run(|question| snapshot.answer(question))
    };
    let siblings = audit(&peers);
    let subjects: Vec<&str> = case.subjects.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for subject in audit(&subjects) {
        let fleet = Fleet::of(&subject, &siblings);
        out.extend(fleet.compared.into_iter().map(|row| ConfigurationRow {
            name: fleet.subject.key().to_owned(),
            feature: row.feature.as_str().to_owned(),
            what: row.value,
            alike: row.with,
            known: row.known,
        }));
    }
    out
}
