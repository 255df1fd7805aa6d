//! What a tap is: where it stands, what it sees of a conversation, what it keeps.

use core::net::IpAddr;

use askance_record::{Name, RrType, Timestamp, Vantage};

use super::RecordsError;

/// Which conversations of the observed node a tap records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TapKind {
    /// Lookups that others make at the node's port 53.
    ClientSide,
    /// Lookups that the node makes at others' port 53.
    Upstream,
    /// Streams that the node opens or accepts, at any port.
    Streams,
    /// Datagrams and streams of the node, at any port.
    Everything,
}

/// In whose words a mail log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailProgram {
    /// Postfix, through syslog.
    Postfix,
    /// Exim's own main log; lines of other programs are left out of it.
    Exim,
    /// `OpenSMTPD`, through syslog.
    OpenSmtpd,
    /// Sendmail, through syslog.
    Sendmail,
}

/// The format that a tap writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordFormat {
    /// BIND 9.18 query log, `print-time yes`, stamps in UTC.
    BindQueryLog,
    /// Unbound 1.17 with `log-queries` and `log-replies`, stamps in epoch seconds.
    UnboundLog,
    /// Frame Streams of dnstap messages.
    Dnstap,
    /// Classic pcap, microseconds, raw IP packets.
    Pcap,
    /// Zeek `dns.log`, TSV.
    ZeekDns,
    /// Zeek `conn.log`, TSV.
    ZeekConn,
    /// What programs say to the system log ([`Note::Log`](askance_proto::Note::Log)).
    MailLog {
        /// The [`id`](askance_proto::Node::id) of the node whose lines are kept.
        node: String,
        /// The host name that syslog writes.
        host: String,
        /// Whose log it is.
        program: MailProgram,
    },
    /// Stamp, name and client as published lists have them.
    CsvList {
        /// What stands between two fields.
        delimiter: char,
    },
}

/// One tap: a `[[source]]` of the case.
#[derive(Clone, Debug, PartialEq)]
pub struct TapConfig {
    /// Its name in the case.
    pub id: String,
    /// Its file, relative to the case's folder.
    pub path: String,
    /// Addresses of the observed node.
    pub at: Vec<IpAddr>,
    /// What it records of them.
    pub what: TapKind,
    /// What the case says of its place.
    pub vantage: Vantage,
    /// Types that it keeps; all where empty. A [`RecordFormat::ZeekConn`] has no types.
    pub keep_types: Vec<RrType>,
    /// Names under which it keeps lookups; all where empty. In captures this filters datagrams;
    /// streams to port 53 are kept whole, as a sensor cannot cut them.
    pub keep_names: Vec<Name>,
    /// Share of datagrams, streams and log lines that it misses, 0 to 1. A stream is missed as a whole.
    pub loss: f64,
    /// By how much its clock is ahead, microseconds.
    pub clock_offset_us: i64,
    /// What its stamps are cut to, microseconds, at least 1.
    pub resolution_us: i64,
    /// When it recorded, by its own clock: from (included) to (excluded); always where empty.
    pub covers: Vec<(Timestamp, Timestamp)>,
    /// What it writes.
    pub format: RecordFormat,
    /// Feeds what is arbitrary in it: which messages are missed, process numbers, pointers.
    pub seed: u64,
}

impl TapConfig {
    /// A tap that keeps everything, misses nothing and has the right time in microseconds.
    pub fn new(id: &str, path: &str, at: Vec<IpAddr>, what: TapKind, vantage: Vantage, format: RecordFormat) -> Self {
        Self {
            id: id.to_owned(),
            path: path.to_owned(),
            at,
            what,
            vantage,
            keep_types: Vec::new(),
            keep_names: Vec::new(),
            loss: 0.0,
            clock_offset_us: 0,
            resolution_us: 1,
            covers: Vec::new(),
            format,
            seed: 0,
        }
    }

    /// Looks whether the tap can work.
    pub(super) fn check(&self) -> Result<(), RecordsError> {
        let bad = |what| Err(RecordsError::Config { id: self.id.clone(), what });
        if !(0.0..=1.0).contains(&self.loss) {
            return bad("loss is a share from 0 to 1");
        }
        if self.resolution_us < 1 {
            return bad("the resolution is at least one microsecond");
        }
        if self.covers.iter().any(|(from, to)| from >= to) {
            return bad("a covered interval ends before it begins");
        }
        let server_side = matches!(self.format, RecordFormat::BindQueryLog | RecordFormat::UnboundLog);
        if server_side && self.what != TapKind::ClientSide {
            return bad("a server's query log holds only what clients ask of it");
        }
        if let RecordFormat::CsvList { delimiter: '\n' | '\r' | '"' } = self.format {
            return bad("such a delimiter cannot be told from the text");
        }
        Ok(())
    }

    /// True where the tap's clock, showing `t`, stands in a covered interval.
    pub(super) fn covers_at(&self, t: Timestamp) -> bool {
        self.covers.is_empty() || self.covers.iter().any(|&(from, to)| from <= t && t < to)
    }

    /// True where the tap keeps lookups of this name and type.
    pub(super) fn keeps(&self, qname: &Name, qtype: RrType) -> bool {
        (self.keep_types.is_empty() || self.keep_types.contains(&qtype))
            && (self.keep_names.is_empty() || self.keep_names.iter().any(|zone| qname.is_under(zone.key())))
    }

    /// True where no lookup is filtered out.
    pub(super) fn keeps_all(&self) -> bool {
        self.keep_types.is_empty() && self.keep_names.is_empty()
    }
}
