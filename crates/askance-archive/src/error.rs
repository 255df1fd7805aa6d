//! What can go wrong with an archive.

use std::io;
use std::path::{Path, PathBuf};

use askance_record::Explain;
use parquet::errors::ParquetError;

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file system refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried, such as `create`.
        what: &'static str,
        /// On what.
        path: Box<Path>,
        /// Why it was refused.
        #[source]
        source: io::Error,
    },
    /// There is no manifest.
    #[error("{} is not an askance archive: it has no manifest.json", path.display())]
    NotAnArchive {
        /// The folder.
        path: Box<Path>,
    },
    /// The manifest is not what this version writes.
    #[error("cannot understand {}", path.display())]
    Manifest {
        /// The manifest.
        path: Box<Path>,
        /// Where and why.
        #[source]
        source: Box<serde_json::Error>,
    },
    /// The manifest is of another version, or names what no writer would name.
    #[error("{} does not have the form {expected}: {found}", path.display())]
    Form {
        /// The manifest.
        path: Box<Path>,
        /// What is expected.
        expected: &'static str,
        /// What was found.
        found: Box<str>,
    },
    /// A file that the manifest names is gone or has another size.
    #[error("{} is damaged: {octets_want} octets were written, {octets_found} are there", path.display())]
    Damaged {
        /// The file.
        path: Box<Path>,
        /// As committed.
        octets_want: u64,
        /// As found; 0 where the file is gone.
        octets_found: u64,
    },
    /// Another process writes to the archive.
    #[error("{} is being written by another process", path.display())]
    Locked {
        /// The folder.
        path: Box<Path>,
    },
    /// The Parquet library refused.
    #[error("cannot write {}", path.display())]
    Parquet {
        /// The file.
        path: Box<Path>,
        /// Why.
        #[source]
        source: Box<ParquetError>,
    },
    /// The ledger does not account for the rows that were pushed.
    #[error("the ledger of the source counts {ledger} {what}, but {pushed} came")]
    Ledger {
        /// Which rows.
        what: &'static str,
        /// As the ledger has it.
        ledger: u64,
        /// As counted here.
        pushed: u64,
    },
}

impl ArchiveError {
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into().into_boxed_path();
        move |source| Self::Io { what, path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self + '_ {
        move |source| Self::Parquet { path: path.into(), source: Box::new(source) }
    }
}

impl Explain for ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "archive::io",
            Self::NotAnArchive { .. } => "archive::not-an-archive",
            Self::Manifest { .. } => "archive::manifest",
            Self::Form { .. } => "archive::form",
            Self::Damaged { .. } => "archive::damaged",
            Self::Locked { .. } => "archive::locked",
            Self::Parquet { .. } => "archive::parquet",
            Self::Ledger { .. } => "archive::ledger",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free some space and run it again; what was committed before is intact".to_owned()
            }
            Self::NotAnArchive { .. } => "make one with `askance intake INPUT... --archive DIR`".to_owned(),
            Self::Manifest { .. } | Self::Form { .. } => {
                "the archive may have been made by a newer askance, or edited by hand".to_owned()
            }
            Self::Damaged { .. } => {
                "restore the file from a copy, or read the source again into a new archive".to_owned()
            }
            Self::Locked { .. } => "wait until it is done; one process writes at a time".to_owned(),
            Self::Parquet { .. } => "free some space and run it again; what was committed before is intact".to_owned(),
            Self::Ledger { .. } => "this is a defect of askance; please report it with the input's format".to_owned(),
            Self::Io { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<ArchiveError>() <= 64);
    }
}
