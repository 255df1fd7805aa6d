//! Reading a case's table of counts.

use std::fs::File;

use askance_case::json::Source;
use askance_case::{CountRow, SourceSpec, read_counts};

use crate::case_folder::CaseFolder;
use crate::diagnose::CliError;

/// The largest table that is read, octets.
const OCTETS_MAX: u64 = 64 << 20;

/// A table of counts, as a source of a case.
pub(crate) struct Counted {
    /// For the case JSON.
    pub(crate) source: Source,
    /// One a client.
    pub(crate) rows: Vec<CountRow>,
}

/// Reads the files of a source of counts.
pub(crate) fn read(folder: &CaseFolder, spec: &SourceSpec) -> Result<Counted, CliError> {
    let mut out = Counted {
        source: Source { kind: spec.kind.as_str().to_owned(), format: "counts".to_owned(), ..Source::default() },
        rows: Vec::new(),
    };
    let map = spec.map.clone().unwrap_or_default();
    let subject = folder.case.subjects.first().map(String::as_str);
    for path in folder.some_files(spec)? {
        let failed = |e| CliError::io(&path, e);
        let size = path.metadata().map_err(failed)?.len();
        if size > OCTETS_MAX {
            let error = CliError::usage("a table of counts has at most 64 MiB", "keep one row a client");
            return Err(error.about(path.display().to_string()));
        }
        out.source.size += size;
        let file = File::open(&path).map_err(failed)?;
        let (rows, ledger) =
            read_counts(file, &spec.id, &map, subject).map_err(|e| failed(std::io::Error::other(e)))?;
        out.rows.extend(rows);
        out.source.ledger.units_in += ledger.units_in;
        out.source.ledger.counts += ledger.counts;
        out.source.ledger.rejected.extend(ledger.rejected);
    }
    Ok(out)
}
