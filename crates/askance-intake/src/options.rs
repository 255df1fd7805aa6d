//! What the user tells about an input that the input does not tell itself.

use askance_record::{SourceId, Vantage};
use jiff::tz::TimeZone;

use crate::{CsvMap, Format, Limits};

/// What the user tells about an input that the input does not tell itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The input's number in this session.
    pub source: SourceId,
    /// The format; told from the content where `None`.
    pub format: Option<Format>,
    /// The vantage; inferred per lookup where `None` (a query that desires recursion was
    /// asked of a resolver), and then noted among the ledger's assumptions.
    pub vantage: Option<Vantage>,
    /// Zone of stamps that name none; UTC where `None`, and then noted as an assumption.
    pub zone: Option<TimeZone>,
    /// Year of stamps that name none. Where `None` and such stamps occur, the input is an error
    /// that names this option.
    pub year: Option<i16>,
    /// Ports at which captures hold DNS; 53 where empty.
    pub dns_ports: Vec<u16>,
    /// Columns of a `csv-map` input.
    pub csv_map: Option<CsvMap>,
    /// How much the reader may hold.
    pub limits: Limits,
}
