//! What can be wrong with an input as a whole. A bad unit inside one is a ledger entry instead.

use askance_record::{At, Explain};

use crate::CsvMapError;
use crate::unwrap::Fault;

/// Why an input cannot be read, or cannot be read further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The input is empty.
    #[error("the input is empty")]
    Empty,
    /// The format could not be told from the content.
    #[error("the format is not recognised; the input begins with {begins:?}")]
    UnknownFormat {
        /// The first octets, escaped.
        begins: Box<str>,
    },
    /// Reading failed.
    #[error("reading failed at {at}")]
    Read {
        /// Where.
        at: At,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A compressed input is damaged or ends early.
    #[error("the {wrapper} wrapper is damaged after {unwrapped} unwrapped octets")]
    Wrapper {
        /// Which compression.
        wrapper: &'static str,
        /// How many octets came out before.
        unwrapped: u64,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Wrappers inside wrappers, or an expansion beyond the limits.
    #[error("the input unwraps to more than its limits allow ({what})")]
    Bomb {
        /// Which limit.
        what: &'static str,
    },
    /// A capture's file header is not one.
    #[error("the capture's header is damaged at {at}: {what}")]
    CaptureHeader {
        /// Where.
        at: At,
        /// What is wrong.
        what: &'static str,
    },
    /// A Frame Streams input is not one of dnstap, or damaged.
    #[error("the frame stream is damaged at {at}: {what}")]
    FrameStream {
        /// Where.
        at: At,
        /// What is wrong.
        what: &'static str,
    },
    /// A link type that intake does not read.
    #[error("link type {linktype} is not read")]
    LinkType {
        /// The number.
        linktype: u16,
    },
    /// Stamps without a year.
    #[error("the stamps name no year ({at})")]
    YearNeeded {
        /// The first such stamp.
        at: At,
    },
    /// A `csv-map` input without a map, or with a bad one.
    #[error("the input needs a column map")]
    CsvMap(#[source] CsvMapError),
}

impl IntakeError {
    /// The error behind a failed read: what the wrappers around the input said, or else
    /// [`IntakeError::Read`] at `at`. Every reader turns its `io::Error`s into errors here.
    pub(crate) fn from_read(at: At, error: std::io::Error) -> Self {
        match error.downcast::<Fault>() {
            Ok(Fault::Bomb { what }) => Self::Bomb { what },
            Ok(Fault::Wrapper { wrapper, unwrapped, source }) => Self::Wrapper { wrapper, unwrapped, source },
            Ok(Fault::Read(source)) | Err(source) => Self::Read { at, source },
        }
    }
}

impl Explain for IntakeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "intake::empty",
            Self::UnknownFormat { .. } => "intake::unknown-format",
            Self::Read { .. } => "intake::read",
            Self::Wrapper { .. } => "intake::wrapper",
            Self::Bomb { .. } => "intake::bomb",
            Self::CaptureHeader { .. } => "intake::capture-header",
            Self::FrameStream { .. } => "intake::frame-stream",
            Self::LinkType { .. } => "intake::link-type",
            Self::YearNeeded { .. } => "intake::year-needed",
            Self::CsvMap(_) => "intake::csv-map",
        }
    }

    fn help(&self) -> Option<String> {
        let text = match self {
            Self::UnknownFormat { .. } => {
                "name it with --format (`askance formats` lists them), or describe columns with --csv-map"
            }
            Self::Wrapper { .. } => "what came out before the damage is kept; fetch the file again to get the rest",
            Self::FrameStream { .. } => {
                "what stood before is kept; `dnstap-read FILE` shows whether another reader gets further"
            }
            Self::LinkType { .. } => "convert the capture with `editcap -T ether`, or capture on another interface",
            Self::YearNeeded { .. } => "give the year of the first stamp with --year",
            Self::CsvMap(_) => "for example --csv-map 'delimiter=|;columns=ts,qname,client;qtype=A'",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<IntakeError>() <= 64);
    }
}
