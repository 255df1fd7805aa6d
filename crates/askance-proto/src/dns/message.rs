//! A DNS message as plain values.

use core::net::{Ipv4Addr, Ipv6Addr};

use askance_record::{Name, Rcode, RrType};

/// A DNS message of class IN with at most one question (RFC 1035 §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Identifier, flags and response code.
    pub header: Header,
    /// Name and type asked for.
    pub question: Option<(Name, RrType)>,
    /// Answer section.
    pub answers: Vec<Record>,
    /// Authority section.
    pub authority: Vec<Record>,
    /// Additional section, without the OPT pseudo-record.
    pub additional: Vec<Record>,
    /// EDNS, where the message has an OPT pseudo-record (RFC 6891).
    pub edns: Option<Edns>,
}

/// Identifier, flags and response code of a message (RFC 1035 §4.1.1, RFC 4035 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the wire has these bits")]
pub struct Header {
    /// Identifier.
    pub id: u16,
    /// True in a response.
    pub response: bool,
    /// Kind of query; 0 is a standard query.
    pub opcode: u8,
    /// AA: authoritative answer.
    pub authoritative: bool,
    /// TC: truncated.
    pub truncated: bool,
    /// RD: recursion desired.
    pub recursion_desired: bool,
    /// RA: recursion available.
    pub recursion_available: bool,
    /// AD: authentic data.
    pub authentic_data: bool,
    /// CD: checking disabled.
    pub checking_disabled: bool,
    /// Response code, its EDNS extension included.
    pub rcode: Rcode,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            id: 0,
            response: false,
            opcode: 0,
            authoritative: false,
            truncated: false,
            recursion_desired: false,
            recursion_available: false,
            authentic_data: false,
            checking_disabled: false,
            rcode: Rcode::NOERROR,
        }
    }
}

/// What an OPT pseudo-record says (RFC 6891 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns {
    /// Largest UDP payload that the sender takes, in octets.
    pub udp_octets_max: u16,
    /// DO: DNSSEC records wanted (RFC 3225).
    pub dnssec_ok: bool,
}

impl Default for Edns {
    /// 1232 octets, as resolvers use since 2020.
    fn default() -> Self {
        Self { udp_octets_max: 1232, dnssec_ok: false }
    }
}

/// A resource record of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name that it belongs to.
    pub owner: Name,
    /// Time to live, in seconds.
    pub ttl_s: u32,
    /// Type and data.
    pub data: Data,
}

/// Data of a resource record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A name server.
    Ns(Name),
    /// An alias.
    Cname(Name),
    /// A pointer.
    Ptr(Name),
    /// A mail exchange.
    Mx {
        /// Lower is preferred.
        preference: u16,
        /// The exchange.
        exchange: Name,
    },
    /// Character strings of at most 255 octets each.
    Txt(Vec<Vec<u8>>),
    /// Start of authority.
    Soa(Box<Soa>),
    /// A service (RFC 2782).
    Srv {
        /// Lower is preferred.
        priority: u16,
        /// Share among equals.
        weight: u16,
        /// Port.
        port: u16,
        /// Host.
        target: Name,
    },
    /// Any other type, in wire form without compressed names.
    Other {
        /// The type.
        rtype: RrType,
        /// The data.
        octets: Vec<u8>,
    },
}

impl Data {
    /// The type.
    pub const fn rtype(&self) -> RrType {
        match self {
            Self::A(_) => RrType::A,
            Self::Aaaa(_) => RrType::AAAA,
            Self::Ns(_) => RrType::NS,
            Self::Cname(_) => RrType::CNAME,
            Self::Ptr(_) => RrType::PTR,
            Self::Mx { .. } => RrType::MX,
            Self::Txt(_) => RrType::TXT,
            Self::Soa(_) => RrType::SOA,
            Self::Srv { .. } => RrType::SRV,
            Self::Other { rtype, .. } => *rtype,
        }
    }
}

/// Start of authority (RFC 1035 §3.3.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// Primary name server.
    pub mname: Name,
    /// Mailbox of the person in charge, as a name.
    pub rname: Name,
    /// Version.
    pub serial: u32,
    /// Seconds between refreshes by secondaries.
    pub refresh_s: u32,
    /// Seconds before a failed refresh is tried again.
    pub retry_s: u32,
    /// Seconds after which secondaries give up.
    pub expire_s: u32,
    /// Upper bound of the TTL of negative answers (RFC 2308 §4), in seconds.
    pub negative_ttl_s: u32,
}

impl Message {
    /// A query with recursion desired and EDNS.
    pub fn query(id: u16, qname: Name, qtype: RrType) -> Self {
        Self {
            header: Header { id, recursion_desired: true, ..Header::default() },
            question: Some((qname, qtype)),
            edns: Some(Edns::default()),
            ..Self::default()
        }
    }

    /// An empty response to this query: same identifier, question, opcode and RD.
    #[must_use]
    pub fn response(&self, rcode: Rcode) -> Self {
        Self {
            header: Header {
                id: self.header.id,
                response: true,
                opcode: self.header.opcode,
                recursion_desired: self.header.recursion_desired,
                checking_disabled: self.header.checking_disabled,
                rcode,
                ..Header::default()
            },
            question: self.question.clone(),
            edns: self.edns.map(|_| Edns::default()),
            ..Self::default()
        }
    }
}
