//! What passes before a sensor, put into the order of time.

use core::net::SocketAddr;
use std::collections::BTreeMap;

use askance_proto::Cause;
use askance_record::{Timestamp, mix64};

use super::streams::Piece;

/// The end of a conversation: who began it, and who was addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The asking, connecting side.
    Client,
    /// The side asked or connected to.
    Server,
}

impl End {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The two ends of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pair {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
}

impl Pair {
    pub(super) const fn at(self, end: End) -> SocketAddr {
        match end {
            End::Client => self.client,
            End::Server => self.server,
        }
    }

    /// A number that depends on the pair and `salt` alone.
    pub(super) fn number(self, salt: u64) -> u64 {
        [self.client, self.server].into_iter().fold(mix64(salt), |h, end| {
            let ip = end.ip().to_canonical().to_string();
            ip.bytes().fold(mix64(h ^ u64::from(end.port())), |h, b| mix64(h ^ u64::from(b)))
        })
    }
}

/// What a sensor sees.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// A datagram.
    Datagram { pair: Pair, by: End, octets: Vec<u8>, cause: Option<Cause> },
    /// A piece of a stream.
    Piece { conn: u64, piece: Piece, cause: Option<Cause> },
    /// A line for the system log.
    Line { program: &'static str, text: String },
}

/// What a packet carries over IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Udp,
    Tcp(Segment),
}

/// The head of a TCP segment (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the wire has these bits")]
pub(super) struct Segment {
    pub(super) seq: u32,
    pub(super) ack: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) push: bool,
}

/// One write at the sensor: a datagram, or a run of segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// By the sensor's clock.
    pub(super) at: Timestamp,
    pub(super) pair: Pair,
    pub(super) by: End,
    pub(super) over: Over,
    pub(super) payload: &'a [u8],
}

impl Packet<'_> {
    /// Octets that fit into a segment behind the heads on Ethernet.
    pub(super) fn segment_octets_max(&self) -> u16 {
        if self.pair.client.is_ipv4() { 1460 } else { 1440 }
    }
}

/// What is on its way, by the time at which the sensor sees it and then in the order of becoming known.
#[derive(Debug, Default)]
pub(super) struct Held {
    sights: BTreeMap<(Timestamp, u64), Sight>,
    n: u64,
}

impl Held {
    pub(super) fn push(&mut self, at: Timestamp, sight: Sight) {
        self.sights.insert((at, self.n), sight);
        self.n += 1;
    }

    /// The next sight that is due at `now`; every sight where `now` is `None`.
    pub(super) fn pop(&mut self, now: Option<Timestamp>) -> Option<(Timestamp, Sight)> {
        let entry = self.sights.first_entry()?;
        let at = entry.key().0;
        (now.is_none_or(|now| at <= now)).then(|| (at, entry.remove()))
    }
}
