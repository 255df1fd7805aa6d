//! One query and its answer as some vantage saw it.

use core::fmt;
use core::str::FromStr;

use crate::{Answer, At, Flags, Host, Name, Rcode, Recycle, RrClass, RrType, Timestamp, Vantage};

/// How a message travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// DNS over TLS.
    Dot,
    /// DNS over HTTPS.
    Doh,
    /// DNS over QUIC.
    Doq,
    /// A local socket.
    Unix,
}

impl Transport {
    /// All transports.
    pub const ALL: [Self; 6] = [Self::Udp, Self::Tcp, Self::Dot, Self::Doh, Self::Doq, Self::Unix];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Dot => "dot",
            Self::Doh => "doh",
            Self::Doq => "doq",
            Self::Unix => "unix",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Transport {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|t| t.as_str().eq_ignore_ascii_case(text)).ok_or(())
    }
}

/// Which halves of an exchange the record shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Only the query was seen or logged.
    #[default]
    Query,
    /// Only the response was seen or logged.
    Response,
    /// Both.
    Both,
}

impl Side {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Response => "response",
            Self::Both => "both",
        }
    }
}

/// One query and its answer as some vantage saw it (C-DNS: a Q/R item).
///
/// A field is `None` where the source has no such column or did not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// When the query was seen; when the response was seen if only that was.
    pub ts: Timestamp,
    /// Where the record stands.
    pub at: At,
    /// Where the lookup was seen.
    pub vantage: Vantage,
    /// Who asked.
    pub client: Host,
    /// The port it asked from.
    pub client_port: Option<u16>,
    /// Who was asked.
    pub server: Host,
    /// How it travelled.
    pub transport: Option<Transport>,
    /// The message identifier.
    pub id: Option<u16>,
    /// The name asked for.
    pub qname: Name,
    /// The type asked for.
    pub qtype: Option<RrType>,
    /// The class asked for.
    pub qclass: Option<RrClass>,
    /// Which halves were seen.
    pub side: Side,
    /// The response code, the EDNS extension included.
    pub rcode: Option<Rcode>,
    /// Header and EDNS flags; of the response where one was seen, with RD and EDNS facts of the query.
    pub flags: Option<Flags>,
    /// The answer section.
    pub answers: Vec<Answer>,
    /// True where the source shows the answer section, be it empty.
    pub answers_known: bool,
    /// The least TTL of the answer section, seconds.
    pub ttl_min_s: Option<u32>,
    /// For how long the denial may be cached (RFC 2308 §5), seconds, where the response had a SOA.
    pub negative_ttl_s: Option<u32>,
    /// From query to response, microseconds.
    pub rtt_us: Option<u64>,
    /// True where the server says that it answered from its cache.
    pub cached: Option<bool>,
    /// How many lookups this row stands for; more than 1 only in aggregated sources.
    pub count: u32,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            ts: Timestamp::default(),
            at: At::default(),
            vantage: Vantage::Passive,
            client: Host::Unknown,
            client_port: None,
            server: Host::Unknown,
            transport: None,
            id: None,
            qname: Name::default(),
            qtype: None,
            qclass: None,
            side: Side::Query,
            rcode: None,
            flags: None,
            answers: Vec::new(),
            answers_known: false,
            ttl_min_s: None,
            negative_ttl_s: None,
            rtt_us: None,
            cached: None,
            count: 1,
        }
    }
}

impl Recycle for Lookup {
    fn recycle(&mut self) {
        let mut qname = core::mem::take(&mut self.qname);
        let mut answers = core::mem::take(&mut self.answers);
        qname.clear();
        answers.clear();
        *self = Self { qname, answers, ..Self::default() };
    }
}
