//! The manifest: what the archive holds, as JSON, `askance.archive/1`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::Path;

use askance_record::{Ledger, Tally, Timestamp, Unit, Vantage};
use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::{ArchiveError, Table};

pub(crate) const SCHEMA: &str = "askance.archive/1";
pub(crate) const FILE_NAME: &str = "manifest.json";
pub(crate) const DRAFT_NAME: &str = ".manifest.json.draft";

/// The stored form of an archive's contents.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) schema: String,
    pub(crate) sources: Vec<SourceEntry>,
}

/// What tells one reading of an input from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceKey {
    /// SHA-256 of the input's octets as given (still compressed), in lower-case hexadecimal.
    pub sha256: String,
    /// The options that change what is read from them, in one canonical text.
    pub options: String,
}

/// One committed source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// The name or path as given, made unique within the archive.
    pub id: String,
    /// SHA-256 of the input's octets as given, in lower-case hexadecimal.
    pub sha256: String,
    /// Octets of the input as given.
    pub size: u64,
    /// The format it was read as.
    pub format: String,
    /// The vantage that was declared for it, if any; rows carry their own.
    pub vantage: Option<String>,
    /// Sources of one tap may be pooled into one series.
    pub tap: String,
    /// The options that it was read with, in one canonical text.
    pub options: String,
    /// How finely the source wrote its time stamps, where known, such as `1s`.
    pub resolution: Option<String>,
    /// The earliest instant of its rows, microseconds since 1970 UTC.
    pub first_us: Option<i64>,
    /// The latest instant of its rows, microseconds since 1970 UTC.
    pub last_us: Option<i64>,
    /// The account of the reading.
    pub ledger: LedgerEntry,
    /// Its data files.
    pub files: Vec<FileEntry>,
}

/// A data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative to the archive, such as `lookups/000001.parquet`.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub octets: u64,
}

/// The stored form of a [`Ledger`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// Units that concern records.
    #[serde(rename = "in")]
    pub units_in: u64,
    /// Lookups that came out.
    pub lookups: u64,
    /// Flows that came out.
    pub flows: u64,
    /// Mail events that came out.
    pub mail: u64,
    /// Units that were joined to another one's lookup.
    pub paired: u64,
    /// Units that were refused, by reason.
    pub rejected: Vec<TallyEntry>,
    /// Units that concern something else.
    pub unrelated: Vec<TallyEntry>,
    /// Lookups that equal another one in everything but their position; they stay in.
    pub duplicates: u64,
    /// What was assumed, in words.
    pub assumptions: Vec<String>,
}

/// How often something happened, and where first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyEntry {
    /// What.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// The line or frame where first, such as `line 7`.
    pub first_at: String,
    /// Octets from the start of the unwrapped input to there.
    pub first_byte: u64,
    /// The first example; hostile text.
    pub example: String,
}

impl SourceEntry {
    /// What tells this reading from another.
    pub fn key(&self) -> SourceKey {
        SourceKey { sha256: self.sha256.clone(), options: self.options.clone() }
    }

    /// The declared vantage.
    pub fn vantage(&self) -> Option<Vantage> {
        self.vantage.as_deref().and_then(|v| v.parse().ok())
    }

    /// The earliest instant of its rows.
    pub fn first(&self) -> Option<Timestamp> {
        self.first_us.map(Timestamp::from_us)
    }

    /// The latest instant of its rows.
    pub fn last(&self) -> Option<Timestamp> {
        self.last_us.map(Timestamp::from_us)
    }
}

impl FileEntry {
    /// The table it belongs to; always there in an archive that could be opened.
    pub fn table(&self) -> Option<Table> {
        let (folder, file) = self.path.split_once('/')?;
        let digits = file.strip_suffix(".parquet")?;
        let well_formed = (6..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if well_formed { Table::from_name(folder) } else { None }
    }
}

impl From<&Ledger> for LedgerEntry {
    fn from(ledger: &Ledger) -> Self {
        Self {
            units_in: ledger.units_in,
            lookups: ledger.lookups,
            flows: ledger.flows,
            mail: ledger.mail,
            paired: ledger.paired,
            rejected: tallies(&ledger.rejected),
            unrelated: tallies(&ledger.unrelated),
            duplicates: ledger.duplicates,
            assumptions: ledger.assumptions.clone(),
        }
    }
}

impl LedgerEntry {
    /// How many units were refused in all.
    pub fn rejected_count(&self) -> u64 {
        self.rejected.iter().map(|t| t.count).sum()
    }
}

fn tallies(map: &BTreeMap<&'static str, Tally>) -> Vec<TallyEntry> {
    let entry = |(reason, tally): (&&'static str, &Tally)| TallyEntry {
        reason: (*reason).to_owned(),
        count: tally.count,
        first_at: match tally.first_at.unit {
            Unit::Line(n) => format!("line {n}"),
            Unit::Frame(n) => format!("frame {n}"),
        },
        first_byte: tally.first_at.byte,
        example: tally.example.clone(),
    };
    map.iter().map(entry).collect()
}

impl Manifest {
    pub(crate) fn empty() -> Self {
        Self { schema: SCHEMA.to_owned(), sources: Vec::new() }
    }

    /// Reads the manifest of an archive, if it has one.
    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, ArchiveError> {
        let path = dir.join(FILE_NAME);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(ArchiveError::io("open", path)(e)),
        };
        let broken = |source| ArchiveError::Manifest { path: path.clone().into_boxed_path(), source: Box::new(source) };
        let manifest: Self = serde_json::from_reader(BufReader::new(file)).map_err(broken)?;
        let form = |expected, found: &str| ArchiveError::Form {
            path: path.clone().into_boxed_path(),
            expected,
            found: found.into(),
        };
        if manifest.schema != SCHEMA {
            return Err(form(SCHEMA, &manifest.schema));
        }
        // A manifest that somebody handed over must not make us read files elsewhere.
        let mut files = manifest.sources.iter().flat_map(|s| &s.files);
        if let Some(strange) = files.find(|f| f.table().is_none()) {
            return Err(form("TABLE/NNNNNN.parquet", &strange.path));
        }
        Ok(Some(manifest))
    }

    /// Replaces the manifest on disk; either the old or the new one is there at any moment.
    pub(crate) fn store(&self, dir: &Path, disk: &Disk) -> Result<(), ArchiveError> {
        let (draft_path, path) = (dir.join(DRAFT_NAME), dir.join(FILE_NAME));
        let mut draft = disk.create(&draft_path)?;
        serde_json::to_writer_pretty(&mut draft, self)
            .map_err(io::Error::from)
            .and_then(|()| draft.write_all(b"\n"))
            .map_err(ArchiveError::io("write", &draft_path))?;
        draft.publish(&path)?;
        Ok(())
    }
}
