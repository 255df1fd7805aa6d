//! The Parquet archive: what it looks like on disk, and how it is written without ever breaking it.
//!
//! # Layout
//! ```text
//! manifest.json            what the archive holds; replaced atomically, never edited
//! lookups/000001.parquet   up to 1 Mi lookups of one source
//! flows/, mail/            the same for flows and mail events, in input order
//! lock                     held by the one writer
//! ```
//! A data file is written under a temporary name, synced, renamed, its folder synced, and only then named
//! by the manifest. Files that the manifest does not name do not exist for readers; the next writer
//! removes and reports them ([`ArchiveWriter::leftovers`]). So a kill at any moment, or a full disk,
//! leaves the archive as it was after the last committed source.
//!
//! # Order of lookups
//! A file is a stretch of the input, at most 1 Mi rows. Its rows are put into the order of their names with the
//! labels reversed, cut into row groups of 131,072, and each row group is put into the order of time. So a name
//! stands in one row group of eight (a Bloom filter tells which), the names of one registered domain stand
//! together, and instants and positions, which rise together, are packed as small differences. Sorting by
//! (name, client, time) throughout makes a lookup about five octets larger, because instant, octet and line
//! would each pay for the permutation. The tables and their columns are in [`Table`].
//!
//! # Reading twice
//! A source is known by the SHA-256 of its octets and the options it was read with ([`SourceKey`]). Reading the
//! same input again adds nothing and says so ([`Committed::AlreadyPresent`]).

mod archive;
mod disk;
mod error;
mod flows;
mod intern;
mod lookups;
mod mail;
mod manifest;
mod output;
mod side;
mod table;
mod writer;

#[cfg(test)]
mod measure;
#[cfg(test)]
mod samples;

pub use archive::Archive;
pub use error::ArchiveError;
pub use manifest::{FileEntry, LedgerEntry, SourceEntry, SourceKey, TallyEntry};
pub use table::Table;
pub use writer::{ArchiveWriter, Committed, SourceMeta, SourceWriter};
