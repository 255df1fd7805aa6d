//! From files to an archive: opening, hashing, progress, and the account of each input.

mod hashing;

use std::fs::File;
use std::path::{Path, PathBuf};

use askance_archive::{ArchiveWriter, Committed, SourceMeta};
use askance_case::json::{LedgerJson, Source};
use askance_intake::{CsvMap, Flow, Format, IntakeError, Opened, Options, ReadRecords};
use askance_record::{At, Batch, Explain as _, Ledger, Resolution, SourceId, Vantage};

use crate::cli::InputOptions;
use crate::diagnose::CliError;
use crate::printer::Printer;
use hashing::Hashing;

/// Rows between two looks at the archive.
const BATCH_ROWS: usize = 8192;

/// One input and how to read it.
pub(crate) struct Input {
    /// Its name in the archive.
    pub(crate) id: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How to read it.
    pub(crate) options: Options,
    /// Which sources may be pooled with it; its format where absent.
    pub(crate) tap: Option<String>,
    /// Its declared resolution.
    pub(crate) resolution: Option<Resolution>,
}

/// What became of an input.
pub(crate) struct Reading {
    /// For the case JSON and the ledger.
    pub(crate) source: Source,
    /// True where the same octets had been read before.
    pub(crate) already_present: bool,
}

impl Reading {
    /// True where anything was skipped.
    pub(crate) fn skipped(&self) -> bool {
        self.source.error.is_some() || !self.source.ledger.rejected.is_empty()
    }
}

/// Turns the command line's options into intake's.
pub(crate) fn intake_options(args: &InputOptions) -> Result<Options, CliError> {
    let format = args.format.as_deref().filter(|f| *f != "auto").map(parse_format).transpose()?;
    let vantage = args.vantage.as_deref().map(parse_vantage).transpose()?;
    let zone = args.zone.as_deref().map(parse_zone).transpose()?;
    let csv_map = match &args.csv_map {
        Some(text) => Some(CsvMap::parse(text).map_err(|e| CliError::from(IntakeError::CsvMap(e)))?),
        None => None,
    };
    Ok(Options { format, vantage, zone, year: args.year, csv_map, ..Options::default() })
}

/// A format by its identifier.
pub(crate) fn parse_format(text: &str) -> Result<Format, CliError> {
    text.parse().map_err(|()| CliError::usage(format!("format {text:?} is not known"), "`askance formats` lists them"))
}

/// A vantage by its identifier.
pub(crate) fn parse_vantage(text: &str) -> Result<Vantage, CliError> {
    text.parse().map_err(|()| {
        CliError::usage(
            format!("vantage {text:?} is not known"),
            "stub, resolver-client, resolver-upstream, authoritative or passive",
        )
    })
}

/// A time zone by its IANA name.
pub(crate) fn parse_zone(text: &str) -> Result<jiff::tz::TimeZone, CliError> {
    jiff::tz::TimeZone::get(text).map_err(|_| {
        CliError::usage(format!("time zone {text:?} is not known"), "an IANA name such as Europe/Berlin or UTC")
    })
}

/// The files that paths name: a folder stands for the files in it, in order of their names.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path).map_err(|e| CliError::io(path, e))? {
                let entry = entry.map_err(|e| CliError::io(path, e))?.path();
                if entry.is_file() {
                    inside.push(entry);
                }
            }
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Inputs of the command line: each its own source, pooled by format.
pub(crate) fn inputs(paths: &[PathBuf], options: &Options) -> Result<Vec<Input>, CliError> {
    let number = |i: usize| SourceId(u32::try_from(i).unwrap_or(u32::MAX));
    Ok(expand(paths)?
        .into_iter()
        .enumerate()
        .map(|(i, path)| Input {
            id: path.display().to_string(),
            options: Options { source: number(i), ..options.clone() },
            path,
            tap: None,
            resolution: None,
        })
        .collect())
}

/// Reads inputs into an archive, one after the other.
pub(crate) fn read_all(
    inputs: &[Input],
    archive: &mut ArchiveWriter,
    out: &mut Printer,
) -> Result<Vec<Reading>, CliError> {
    inputs.iter().map(|input| read_one(input, archive, out)).collect()
}

/// Reads one input into an archive.
pub(crate) fn read_one(input: &Input, archive: &mut ArchiveWriter, out: &mut Printer) -> Result<Reading, CliError> {
    let about = |e: CliError| e.about(input.path.display().to_string());
    let file = File::open(&input.path).map_err(|e| CliError::io(&input.path, e))?;
    let size = file.metadata().map_or(0, |m| m.len());
    let bar = out.progress(&format!("reading {}", short(&input.path)), size);
    let hashing = Hashing::new(file, bar.clone());
    let opened = askance_intake::open(Box::new(hashing.reader()), &input.options).map_err(|e| about(e.into()))?;
    let (format, wrappers) = (opened.format, opened.wrappers.clone());
    let tap = input.tap.clone().unwrap_or_else(|| format.as_str().to_owned());
    let mut writer = archive.begin(SourceMeta {
        id: input.id.clone(),
        format: format.as_str().to_owned(),
        vantage: input.options.vantage,
        tap,
        options: fingerprint(&input.options, format),
        resolution: input.resolution,
    });
    let copied = copy(opened, &mut writer)?;
    if input.resolution.is_none() {
        writer.set_resolution(copied.resolution);
    }
    let (sha256, size) = hashing.finish().map_err(|e| CliError::io(&input.path, e))?;
    let committed = writer.finish(&sha256, size, &copied.ledger).map_err(|e| about(e.into()))?;
    bar.finish_and_clear();
    let entry = committed.entry();
    let mut ledger = LedgerJson::from(&copied.ledger);
    ledger.duplicates = entry.ledger.duplicates;
    let source = Source {
        id: entry.id.clone(),
        path: input.path.display().to_string(),
        kind: format.kind().to_owned(),
        format: format.as_str().to_owned(),
        wrappers: wrappers.iter().map(|w| w.as_str().to_owned()).collect(),
        vantage: input.options.vantage.map_or(String::new(), |v| v.as_str().to_owned()),
        vantage_declared: input.options.vantage.is_some(),
        sha256,
        size,
        first: entry.first().map(|t| t.to_string()),
        last: entry.last().map(|t| t.to_string()),
        resolution: input.resolution.unwrap_or(copied.resolution).to_string(),
        ledger,
        error: copied.error,
        ..Source::default()
    };
    Ok(Reading { source, already_present: matches!(committed, Committed::AlreadyPresent(_)) })
}

/// What a reader gave.
struct Copied {
    ledger: Ledger,
    resolution: Resolution,
    error: Option<String>,
}

/// Moves all rows into the archive. A stream that breaks keeps what came before; the break is
/// one more rejected unit, so that the account still says that something is missing.
fn copy(opened: Opened, writer: &mut askance_archive::SourceWriter<'_>) -> Result<Copied, CliError> {
    let mut reader: Box<dyn ReadRecords> = opened.reader;
    let mut batch = Batch::with_room(BATCH_ROWS);
    let mut step_us = Resolution::Day.step_us();
    let broken = loop {
        batch.clear();
        let flow = reader.read(&mut batch);
        for lookup in batch.lookups.as_slice() {
            step_us = finer(step_us, lookup.ts.us());
        }
        writer.push(&batch)?;
        match flow {
            Ok(Flow::More) => {}
            Ok(Flow::End) => break None,
            Err(e) => break Some(e),
        }
    };
    let mut ledger = reader.ledger().clone();
    let error = broken.map(|e| {
        let text = e.help().map_or_else(|| e.to_string(), |help| format!("{e}; {help}"));
        ledger.reject("the rest of the input is unreadable", At::default(), text.as_bytes());
        text
    });
    Ok(Copied { ledger, resolution: Resolution::from_step_s(step_us as f64 / 1e6), error })
}

/// The coarsest step, no coarser than `step_us`, of which `us` is a multiple.
fn finer(step_us: i64, us: i64) -> i64 {
    if us.rem_euclid(step_us) == 0 {
        return step_us;
    }
    [Resolution::Hour, Resolution::Minute, Resolution::Second, Resolution::Millisecond]
        .map(Resolution::step_us)
        .into_iter()
        .find(|step| *step < step_us && us.rem_euclid(*step) == 0)
        .unwrap_or(1)
}

/// Everything that changes what is read from the same octets, in one canonical text.
fn fingerprint(options: &Options, format: Format) -> String {
    let zone = options.zone.as_ref().and_then(|z| z.iana_name()).unwrap_or("-");
    let vantage = options.vantage.map_or("-", Vantage::as_str);
    let year = options.year.map_or_else(|| "-".to_owned(), |y| y.to_string());
    let map = options.csv_map.as_ref().map_or_else(|| "-".to_owned(), |m| format!("{m:?}"));
    format!("format={format} vantage={vantage} zone={zone} year={year} map={map}")
}

fn short(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolution_is_the_coarsest_step_that_all_stamps_share() {
        let step = |stamps: &[i64]| stamps.iter().fold(Resolution::Day.step_us(), |step, us| finer(step, *us));
        assert_eq!(step(&[0, 86_400_000_000]), Resolution::Day.step_us());
        assert_eq!(step(&[0, 61_000_000]), Resolution::Second.step_us());
        assert_eq!(step(&[60_000_000, 7_001_000]), Resolution::Millisecond.step_us());
        assert_eq!(step(&[60_000_000, 7_001_001]), 1);
    }
}
