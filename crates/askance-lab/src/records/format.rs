//! The formats: what each makes of what a sensor sees.

mod bind;
mod csv_list;
mod dnstap;
mod mail_log;
mod pcap;
mod unbound;
mod zeek;
mod zeek_conn;
mod zeek_dns;

use core::fmt;
use std::io;

use askance_proto::dns::Message;
use askance_record::Timestamp;

use super::config::{RecordFormat, TapConfig};
use super::out::Out;
use super::sight::{Packet, Pair};

/// A DNS message at the sensor. Times are stamps: by the sensor's clock, cut to its resolution.
#[derive(Debug)]
pub(super) struct Exchanged<'a> {
    pub(super) at: Timestamp,
    pub(super) pair: Pair,
    pub(super) tcp: bool,
    pub(super) octets: &'a [u8],
    pub(super) message: &'a Message,
    /// Of a response, when its query passed, be it kept or missed.
    pub(super) asked_at: Option<Timestamp>,
    /// Of a response, the uncut time since then, microseconds.
    pub(super) delay_us: Option<i64>,
    /// False where the sensor missed it or was told not to keep it: nothing may be written of it.
    pub(super) kept: bool,
}

/// A format: writes what it is shown.
pub(super) trait Keeper: fmt::Debug {
    /// A DNS message passed.
    fn exchanged(&mut self, _: &mut Out, _: &Exchanged<'_>) -> io::Result<()> {
        Ok(())
    }

    /// A packet passed that the sensor keeps.
    fn packet(&mut self, _: &mut Out, _: &Packet<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Nothing of a stream follows, be it kept or missed.
    fn over(&mut self, _: &mut Out, _: Pair, _: Timestamp) -> io::Result<()> {
        Ok(())
    }

    /// A program logged a line.
    fn line(&mut self, _: &mut Out, _: Timestamp, _program: &str, _text: &str) -> io::Result<()> {
        Ok(())
    }

    /// The run is over.
    fn finish(&mut self, _: &mut Out) -> io::Result<()> {
        Ok(())
    }

    /// True where a response alone makes a row.
    fn shows_responses(&self) -> bool {
        true
    }

    /// True where streams cannot be filtered by the names in them.
    fn keeps_streams_whole(&self) -> bool {
        false
    }

    /// True where rows tell no name, so that neither filters nor labels apply.
    fn has_no_names(&self) -> bool {
        false
    }
}

/// The writer of a tap's format.
pub(super) fn keeper(config: &TapConfig) -> Box<dyn Keeper> {
    let seed = config.seed;
    match &config.format {
        RecordFormat::BindQueryLog => Box::new(bind::Bind::new(seed)),
        RecordFormat::UnboundLog => Box::new(unbound::Unbound::new(seed)),
        RecordFormat::Dnstap => Box::new(dnstap::Dnstap::new(config)),
        RecordFormat::Pcap => Box::new(pcap::Pcap::default()),
        RecordFormat::ZeekDns => Box::new(zeek_dns::ZeekDns::new(seed)),
        RecordFormat::ZeekConn => Box::new(zeek_conn::ZeekConn::new(seed)),
        RecordFormat::MailLog { host, program, .. } => Box::new(mail_log::MailLog::new(host.clone(), *program, seed)),
        RecordFormat::CsvList { delimiter } => Box::new(csv_list::CsvList { delimiter: *delimiter }),
    }
}

/// Seeds for what is arbitrary in a producer, such as its process number.
fn process_number(seed: u64, program: &str) -> u64 {
    300 + askance_record::Rng::part(seed, program).below(32_000)
}
