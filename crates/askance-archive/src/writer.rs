//! Writing: sources are committed one by one, each wholly or not at all.

mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use askance_record::{Resolution, Vantage};

use crate::disk::Disk;
use crate::manifest::{DRAFT_NAME, Manifest};
use crate::table::GROUP_ROWS;
use crate::{ArchiveError, FileEntry, SourceEntry, SourceKey, Table};

pub use source::{Committed, SourceWriter};

/// What is known of a source before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMeta {
    /// Its name or path as given.
    pub id: String,
    /// The format it is read as.
    pub format: String,
    /// The vantage declared for it, if any.
    pub vantage: Option<Vantage>,
    /// Sources of one tap may be pooled into one series.
    pub tap: String,
    /// The options that change what is read (zone, year, format, CSV map), in one canonical text.
    pub options: String,
    /// How finely it writes its time stamps, where known.
    pub resolution: Option<Resolution>,
}

/// The one process that adds to an archive.
#[derive(Debug)]
pub struct ArchiveWriter {
    pub(crate) dir: PathBuf,
    manifest: Manifest,
    pub(crate) disk: Disk,
    leftovers: Vec<String>,
    /// The number of the next data file.
    pub(crate) next: u64,
    pub(crate) group_rows: usize,
    /// Held until the writer is dropped.
    _lock: File,
}

impl ArchiveWriter {
    /// Opens an archive for adding to it, or makes an empty one.
    ///
    /// Removes what an interrupted writer left ([`leftovers`](Self::leftovers)).
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] where another process writes; a damaged manifest; the file system.
    pub fn open_or_create(dir: &Path) -> Result<Self, ArchiveError> {
        Self::open_on(dir, Disk::default(), GROUP_ROWS)
    }

    /// As [`open_or_create`](Self::open_or_create), on a disk that can fail, with small row groups.
    pub(crate) fn open_on(dir: &Path, disk: Disk, group_rows: usize) -> Result<Self, ArchiveError> {
        for folder in Table::ALL.map(|t| dir.join(t.as_str())) {
            fs::create_dir_all(&folder).map_err(ArchiveError::io("create", folder))?;
        }
        let lock_path = dir.join("lock");
        let lock = File::create(&lock_path).map_err(ArchiveError::io("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ArchiveError::Locked { path: dir.into() }),
            Err(TryLockError::Error(e)) => return Err(ArchiveError::io("lock", lock_path)(e)),
        }
        let manifest = if let Some(manifest) = Manifest::load(dir)? {
            manifest
        } else {
            let manifest = Manifest::empty();
            manifest.store(dir, &disk)?;
            manifest
        };
        let mut writer =
            Self { dir: dir.into(), manifest, disk, leftovers: Vec::new(), next: 1, group_rows, _lock: lock };
        writer.sweep()?;
        Ok(writer)
    }

    /// The data files, relative to the archive, that an interrupted writer had left and that
    /// opening removed. No committed source had any part in them.
    pub fn leftovers(&self) -> &[String] {
        &self.leftovers
    }

    /// The committed sources, in the order of their commits.
    pub fn sources(&self) -> &[SourceEntry] {
        &self.manifest.sources
    }

    /// The source that was read from the same octets with the same options, if any.
    pub fn contains(&self, key: &SourceKey) -> Option<&SourceEntry> {
        self.manifest.sources.iter().find(|s| s.sha256 == key.sha256 && s.options == key.options)
    }

    /// Starts a source. Nothing of it can be seen before [`SourceWriter::finish`].
    ///
    /// A name that another source has already becomes `NAME#2` and so on.
    pub fn begin(&mut self, meta: SourceMeta) -> SourceWriter<'_> {
        let id = self.unique(&meta.id);
        SourceWriter::new(self, SourceMeta { id, ..meta })
    }

    fn unique(&self, id: &str) -> String {
        let taken: BTreeSet<&str> = self.manifest.sources.iter().map(|s| s.id.as_str()).collect();
        if !taken.contains(id) {
            return id.to_owned();
        }
        // Of more candidates than names are taken, one is free.
        (2..taken.len() + 3)
            .map(|n| format!("{id}#{n}"))
            .find(|candidate| !taken.contains(candidate.as_str()))
            .expect("more candidates than taken names")
    }

    /// Removes files of ours that the manifest does not name.
    fn sweep(&mut self) -> Result<(), ArchiveError> {
        let draft = self.dir.join(DRAFT_NAME);
        if draft.exists() {
            self.disk.remove(&draft)?;
        }
        let named: BTreeSet<String> =
            self.manifest.sources.iter().flat_map(|s| &s.files).map(|f| f.path.clone()).collect();
        let mut strays = Vec::new();
        for table in Table::ALL {
            let folder = self.dir.join(table.as_str());
            let entries = fs::read_dir(&folder).map_err(ArchiveError::io("list", &folder))?;
            for entry in entries {
                let entry = entry.map_err(ArchiveError::io("list", &folder))?;
                let Ok(file_name) = entry.file_name().into_string() else { continue };
                let path = format!("{}/{file_name}", table.as_str());
                if !named.contains(&path) && is_ours(&path) {
                    strays.push(path);
                }
            }
        }
        strays.sort();
        for stray in &strays {
            self.disk.remove(&self.dir.join(stray))?;
        }
        self.leftovers = strays;
        self.next = 1 + named.iter().filter_map(|path| number(path)).max().unwrap_or(0);
        Ok(())
    }
}

/// The number of a data file.
fn number(path: &str) -> Option<u64> {
    path.split_once('/')?.1.strip_suffix(".parquet")?.parse().ok()
}

/// True where a writer of ours made the file, finished or not; nothing else is ever removed.
fn is_ours(path: &str) -> bool {
    let of_file = |path: String| FileEntry { path, rows: 0, octets: 0 }.table().is_some();
    of_file(path.to_owned()) || path.strip_suffix(".draft").is_some_and(|p| of_file(p.to_owned()))
}
