//! Query logs of name servers: BIND, Unbound, dnsmasq.

mod bind;
mod dnsmasq;
mod pending;
pub(crate) mod scan;
pub(crate) mod syslog;
mod unbound;

use crate::lines::LineReader;
use crate::unwrap::Unwrapped;
use crate::{Format, Options, ReadRecords};

/// A reader of one of the text formats of name servers.
pub(crate) fn reader(input: Unwrapped, format: Format, options: &Options) -> Box<dyn ReadRecords> {
    match format {
        Format::Unbound => Box::new(LineReader::new(input, options, unbound::Unbound::new(options))),
        Format::Dnsmasq => Box::new(LineReader::new(input, options, dnsmasq::Dnsmasq::new(options))),
        _ => Box::new(LineReader::new(input, options, bind::Bind::new(options))),
    }
}
