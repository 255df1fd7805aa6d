//! Reading the journals of surveys, for the command that makes them and for cases that hold them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use askance_case::json::{LedgerJson, Source, SurveyResult, TallyJson};
use askance_case::{SURVEY_LINE_OCTETS_MAX, SurveyLine, read_survey_line};

use crate::diagnose::CliError;

/// The largest journal that a case reads, octets: its results are held in memory.
const CASE_OCTETS_MAX: u64 = 256 << 20;
/// How much of a line that is none of a survey is quoted, characters.
const EXAMPLE_CHARS: usize = 80;

/// What a survey left, as a source of a case.
pub(crate) struct Recorded {
    /// For the case JSON.
    pub(crate) source: Source,
    /// One a line.
    pub(crate) results: Vec<SurveyResult>,
}

/// Reads the files of a source of the kind `survey`.
pub(crate) fn read(files: &[PathBuf]) -> Result<Recorded, CliError> {
    let mut source = Source { kind: "survey".to_owned(), format: "survey".to_owned(), ..Source::default() };
    let mut results = Vec::new();
    for path in files {
        let size = path.metadata().map_err(|e| CliError::io(path, e))?.len();
        source.size += size;
        if source.size > CASE_OCTETS_MAX {
            let error =
                CliError::usage("a survey of a case has at most 256 MiB", "keep the networks that the case is about");
            return Err(error.about(path.display().to_string()));
        }
        let mut bad = LedgerJson::default();
        each_line(path, &mut |number, line| match read_survey_line(line) {
            Ok(SurveyLine::Result(result)) => results.push(*result),
            Ok(SurveyLine::Step) => {}
            Err(reason) => reject(&mut bad, reason, number, line),
        })?;
        source.ledger.units_in += bad.units_in;
        source.ledger.rejected.extend(bad.rejected);
    }
    Ok(Recorded { source, results })
}

fn reject(ledger: &mut LedgerJson, reason: &str, number: u64, line: &[u8]) {
    ledger.units_in += 1;
    match ledger.rejected.iter_mut().find(|t| t.reason == reason) {
        Some(tally) => tally.count += 1,
        None => ledger.rejected.push(TallyJson {
            reason: reason.to_owned(),
            count: 1,
            first_at: format!("line {number}"),
            example: String::from_utf8_lossy(line).trim_end().chars().take(EXAMPLE_CHARS).collect(),
        }),
    }
}

/// Shows each line of a journal, from 1, without its end; of one that is too long its beginning.
pub(crate) fn each_line(path: &Path, show: &mut dyn FnMut(u64, &[u8])) -> Result<(), CliError> {
    let failed = |e| CliError::io(path, e);
    let mut lines = BufReader::new(File::open(path).map_err(failed)?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let most = SURVEY_LINE_OCTETS_MAX as u64;
        if lines.by_ref().take(most).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else {
            lines.skip_until(b'\n').map_err(failed)?;
        }
        show(number, &line);
    }
    Ok(())
}
