//! Every log and capture format that analysts have, read as lookups, flows and mail events.
//!
//! [`open`] unwraps compression, tells the format from the content and returns a
//! reader. Every reader obeys one contract ([`ReadRecords`]): it streams, holds at
//! most its [`Limits`] in memory, yields rows in input order with their position,
//! and keeps a [`Ledger`](askance_record::Ledger) in which
//! `units_in = lookups + flows + mail + paired + rejected`.

mod error;
mod format;
mod limits;
mod lines;
mod options;
mod read;
mod sniff;
mod stamp;
mod unwrap;

mod capture;
mod csv_map;
mod dnstap;
mod flow;
mod mail;
mod text;
mod zeek;

#[doc(hidden)]
pub mod testing;

pub use csv_map::{CsvColumn, CsvField, CsvHeader, CsvMap, CsvMapError, CsvTime};
pub use error::IntakeError;
pub use format::Format;
pub use limits::Limits;
pub use options::Options;
pub use read::{Flow, Opened, ReadRecords, open};
pub use unwrap::Wrapper;
