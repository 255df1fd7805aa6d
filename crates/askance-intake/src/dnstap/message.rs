//! One frame's message, as dnstap defines it.
//!
//! # Source
//! dnstap `dnstap.proto`: `Dnstap` and `Message`. Unknown fields, and fields of another wire type than
//! theirs, are stepped over, as every protobuf reader does.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use askance_record::{Timestamp, Transport, Vantage};

use super::protobuf::{Damaged, Fields, Value};

/// What is refused where a message does not say when it was seen.
pub(super) const UNTIMED: Bad = Bad::Rejected("message without its time");

/// Why a frame is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Unrelated(&'static str),
    Rejected(&'static str),
}

impl From<Damaged> for Bad {
    fn from(Damaged: Damaged) -> Self {
        Self::Rejected("damaged dnstap message")
    }
}

/// Where a server stands towards a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Auth,
    Resolver,
    Client,
    Forwarder,
    Stub,
    Tool,
    Update,
}

impl Role {
    /// In the order of `Message.Type`.
    const ALL: [Self; 7] =
        [Self::Auth, Self::Resolver, Self::Client, Self::Forwarder, Self::Stub, Self::Tool, Self::Update];

    pub(super) fn vantage(self) -> Vantage {
        match self {
            Self::Auth | Self::Update => Vantage::Authoritative,
            Self::Resolver | Self::Forwarder => Vantage::ResolverUpstream,
            Self::Client => Vantage::ResolverClient,
            Self::Stub | Self::Tool => Vantage::Stub,
        }
    }

    /// Which messages can belong to each other: those that a server was sent, those that it sent as a
    /// resolver, those that a program sent.
    pub(super) fn place(self) -> u8 {
        match self {
            Self::Auth | Self::Client | Self::Update => 1,
            Self::Resolver | Self::Forwarder => 2,
            Self::Stub | Self::Tool => 3,
        }
    }
}

/// A `Message.Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) role: Role,
    pub(super) is_response: bool,
}

/// Seconds and nanoseconds, as far as they were said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time {
    s: Option<u64>,
    ns: u32,
}

impl Time {
    /// The instant, cut to the microsecond; `None` where it was not said, or said to be zero.
    pub(super) fn read(self) -> Result<Option<Timestamp>, Bad> {
        const BAD: Bad = Bad::Rejected("time that cannot be");
        let Some(s) = self.s.filter(|&s| s > 0) else { return Ok(None) };
        if self.ns >= 1_000_000_000 {
            return Err(BAD);
        }
        let us = i64::try_from(s).ok().and_then(|s| s.checked_mul(1_000_000));
        let us = us.and_then(|us| us.checked_add(i64::from(self.ns / 1000))).ok_or(BAD)?;
        if us > Timestamp::MAX.us() { Err(BAD) } else { Ok(Some(Timestamp::from_us(us))) }
    }
}

/// A `Message`, as far as it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Message<'a> {
    kind: Option<u64>,
    protocol: Option<u64>,
    pub(super) query_address: &'a [u8],
    pub(super) response_address: &'a [u8],
    pub(super) query_port: u64,
    pub(super) response_port: u64,
    pub(super) query_time: Time,
    pub(super) response_time: Time,
    pub(super) query: Option<&'a [u8]>,
    pub(super) response: Option<&'a [u8]>,
}

/// Reads a frame: a `Dnstap` and the `Message` in it.
///
/// # Errors
/// Where it is damaged, or holds something else.
pub(super) fn read(octets: &[u8]) -> Result<Message<'_>, Bad> {
    /// `Dnstap.Type.MESSAGE`.
    const MESSAGE: u64 = 1;
    let mut message = Message::default();
    let (mut frame_type, mut found) = (None, false);
    for field in Fields::of(octets) {
        match field? {
            (14, Value::Octets(inner)) => {
                found = true;
                // Parts of a message that stands twice are one message (Protocol Buffers encoding).
                message.merge(inner)?;
            }
            (15, Value::Number(number)) => frame_type = Some(number),
            _ => {}
        }
    }
    match (frame_type, found) {
        (Some(MESSAGE) | None, true) => Ok(message),
        (Some(MESSAGE) | None, false) => Err(Bad::Rejected("frame without a dnstap message")),
        (Some(_), _) => Err(Bad::Unrelated("dnstap frame of another type")),
    }
}

impl<'a> Message<'a> {
    fn merge(&mut self, octets: &'a [u8]) -> Result<(), Damaged> {
        for field in Fields::of(octets) {
            match field? {
                (1, Value::Number(number)) => self.kind = Some(number),
                (3, Value::Number(number)) => self.protocol = Some(number),
                (4, Value::Octets(address)) => self.query_address = address,
                (5, Value::Octets(address)) => self.response_address = address,
                (6, Value::Number(port)) => self.query_port = port,
                (7, Value::Number(port)) => self.response_port = port,
                (8, Value::Number(s)) => self.query_time.s = Some(s),
                (9, Value::Fixed32(ns)) => self.query_time.ns = ns,
                (10, Value::Octets(message)) => self.query = Some(message),
                (12, Value::Number(s)) => self.response_time.s = Some(s),
                (13, Value::Fixed32(ns)) => self.response_time.ns = ns,
                (14, Value::Octets(message)) => self.response = Some(message),
                _ => {}
            }
        }
        Ok(())
    }

    /// What the message is.
    ///
    /// # Errors
    /// Where its type is none of the fourteen: nobody can say then who asked.
    pub(super) fn kind(&self) -> Result<Kind, Bad> {
        let index = self.kind.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        let kind = index.and_then(|i| Some(Kind { role: *Role::ALL.get(i / 2)?, is_response: i % 2 == 1 }));
        kind.ok_or(Bad::Rejected("dnstap message of an unknown type"))
    }

    /// How it travelled; `None` where it is not said, or not known here.
    pub(super) fn transport(&self) -> Option<Transport> {
        Some(match self.protocol? {
            // DNSCrypt (5 and 6) encrypts what travels in datagrams or a stream.
            1 | 5 => Transport::Udp,
            2 | 6 => Transport::Tcp,
            3 => Transport::Dot,
            4 => Transport::Doh,
            7 => Transport::Doq,
            _ => return None,
        })
    }

    /// True where a stamp is finer than a microsecond.
    pub(super) fn is_finer(&self) -> bool {
        [self.query_time, self.response_time].iter().any(|time| !time.ns.is_multiple_of(1000))
    }
}

/// An address. None and one of zeros mean that the program does not know it (BIND does not know from
/// which of its own addresses it asks); IPv4 mapped into IPv6 is IPv4.
///
/// # Errors
/// Where it has another length than addresses have.
pub(super) fn address(octets: &[u8]) -> Result<Option<IpAddr>, Bad> {
    let ip = if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        IpAddr::V4(Ipv4Addr::from(octets))
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
    } else if octets.is_empty() {
        return Ok(None);
    } else {
        return Err(Bad::Rejected("address of a length that cannot be"));
    };
    Ok(Some(ip).filter(|ip| !ip.is_unspecified()))
}

/// A port; zero means that the program does not know it.
///
/// # Errors
/// Where it is beyond 65535.
pub(super) fn port(number: u64) -> Result<Option<u16>, Bad> {
    let port = u16::try_from(number).map_err(|_| Bad::Rejected("port that cannot be"))?;
    Ok(Some(port).filter(|&port| port != 0))
}
