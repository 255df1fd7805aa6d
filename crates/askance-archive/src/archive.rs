//! An archive as its readers see it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::{ArchiveError, FileEntry, SourceEntry, Table};

/// A readable archive: the sources that were committed to it.
#[derive(Clone, Debug)]
pub struct Archive {
    dir: PathBuf,
    sources: Vec<SourceEntry>,
}

impl Archive {
    /// Opens an archive for reading, and checks that its files are there at their committed sizes.
    ///
    /// Later commits of a writer do not change what this value shows.
    ///
    /// # Errors
    /// [`ArchiveError::NotAnArchive`], or a damaged manifest or data file.
    pub fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let manifest = Manifest::load(dir)?.ok_or_else(|| ArchiveError::NotAnArchive { path: dir.into() })?;
        for file in manifest.sources.iter().flat_map(|s| &s.files) {
            let path = dir.join(&file.path);
            let found = fs::metadata(&path).map_or(0, |m| m.len());
            if found != file.octets {
                return Err(ArchiveError::Damaged {
                    path: path.into_boxed_path(),
                    octets_want: file.octets,
                    octets_found: found,
                });
            }
        }
        Ok(Self { dir: dir.into(), sources: manifest.sources })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The committed sources, in the order of their commits.
    pub fn sources(&self) -> &[SourceEntry] {
        &self.sources
    }

    /// The data files of a table, with their paths.
    pub fn files(&self, table: Table) -> impl Iterator<Item = (PathBuf, &FileEntry)> {
        self.sources
            .iter()
            .flat_map(|s| &s.files)
            .filter(move |f| f.table() == Some(table))
            .map(|f| (self.dir.join(&f.path), f))
    }
}
