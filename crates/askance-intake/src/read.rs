//! The contract of every reader, and the door to all of them.

use std::io::Read;

use askance_record::{Batch, Ledger};

use crate::{Format, IntakeError, Options, Wrapper};

/// Whether a reader has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The batch is full or the reader paused; call again.
    More,
    /// The input is at its end.
    End,
}

/// A streaming reader of one input.
pub trait ReadRecords: Send {
    /// Appends rows to `batch` until it has no room or the input ends.
    ///
    /// A damaged unit that can be stepped over is counted in the ledger. After
    /// [`Flow::End`] or an error every unit read is accounted for: queries still
    /// waiting for a response have been yielded, cut units have been rejected.
    ///
    /// # Errors
    /// [`IntakeError`] where the stream itself cannot be read further; the rows
    /// already in `batch` and the ledger stay valid.
    fn read(&mut self, batch: &mut Batch) -> Result<Flow, IntakeError>;

    /// The account so far; complete after [`Flow::End`] or an error.
    fn ledger(&self) -> &Ledger;
}

/// An input whose format is known.
pub struct Opened {
    /// Yields the rows.
    pub reader: Box<dyn ReadRecords>,
    /// The format, told or recognised.
    pub format: Format,
    /// The compressions that were unwrapped, outermost first.
    pub wrappers: Vec<Wrapper>,
}

/// Unwraps an input, recognises its format and returns its reader.
///
/// # Errors
/// [`IntakeError`] where the input is empty, unreadable or of no known format.
pub fn open(input: Box<dyn Read + Send>, options: &Options) -> Result<Opened, IntakeError> {
    let mut wrappers = Vec::new();
    let mut input = crate::unwrap::unwrap(input, options.source, &options.limits, &mut wrappers)?;
    let format = match options.format {
        Some(format) => format,
        None => crate::sniff::sniff(&mut input, options)?,
    };
    let reader: Box<dyn ReadRecords> = match format {
        Format::Pcap | Format::PcapNg => crate::capture::reader(input, options)?,
        Format::Dnstap => crate::dnstap::reader(input, options)?,
        Format::BindQuery | Format::Unbound | Format::Dnsmasq => crate::text::reader(input, format, options),
        Format::ZeekDns | Format::ZeekConn => crate::zeek::reader(input, format, options),
        Format::CsvMap => crate::csv_map::reader(input, options)?,
        Format::FlowCsv => crate::flow::reader(input, options),
        Format::Postfix | Format::Exim | Format::OpenSmtpd | Format::Sendmail => {
            crate::mail::reader(input, format, options)
        }
    };
    Ok(Opened { reader, format, wrappers })
}
