//! An authoritative name server: answers from its zones, which change at stated times.
//!
//! It answers standard queries of class IN over UDP and TCP, from whatever address and port they
//! were sent to. It knows no zone transfers, updates or notifications, and follows aliases only
//! within a zone.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, VecDeque};

use askance_record::{Name, Rcode, RrType, Timestamp};

use super::message::{Edns, Header, Message, Record};
use super::wire::WireError;
use super::zone::{Key, Verdict, Zone, ZoneError};
use crate::actor::{Actor, Input, Note, Outbox, Output, StreamEvent, StreamId};
use crate::node::Node;

/// UDP payload of askers that say nothing (RFC 1035 §2.3.4), and the least that they can say (RFC 6891 §6.2.5).
const UDP_OCTETS_DEFAULT: u16 = 512;
/// Octets of messages without sense that one stream may send.
const GARBAGE_OCTETS_MAX: usize = 64 * 1024;

/// What a name server serves, and how that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthoritativeConfig {
    /// Where it listens, on port 53.
    pub addresses: Vec<IpAddr>,
    /// Its zones at the beginning; of two with one name the later counts.
    pub zones: Vec<Zone>,
    /// What changes when, in any order; changes of one time in the order given.
    pub changes: Vec<(Timestamp, Change)>,
}

/// A change at a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A zone comes, or takes the place of one with the same name.
    AddZone(Zone),
    /// A zone goes; what is asked of it is then refused, as by a server that never had it.
    DeleteZone(Name),
    /// The records of a name and type are replaced; see [`Zone::put`].
    Put {
        /// The zone's name.
        zone: Name,
        /// The records' owner.
        owner: Name,
        /// The records' type.
        rtype: RrType,
        /// The new records.
        records: Vec<Record>,
    },
    /// Records of a name are removed; see [`Zone::remove`] and [`Zone::remove_name`].
    Remove {
        /// The zone's name.
        zone: Name,
        /// The records' owner.
        owner: Name,
        /// The records' type; `None` for all.
        rtype: Option<RrType>,
    },
    /// The server answers nothing for a while.
    Outage {
        /// When it answers again.
        until: Timestamp,
    },
}

/// An authoritative name server.
///
/// Each change is told to the record keeper as a [`Note::Story`] when it takes place. A change
/// that does not fit (a zone that is not there, an alias beside other records) is told and
/// otherwise without effect.
///
/// # Source
/// RFC 1034 §4.3, RFC 6891 (EDNS), RFC 7766 (TCP), RFC 8482 (ANY).
#[derive(Debug)]
pub struct Authoritative {
    addresses: Vec<IpAddr>,
    zones: BTreeMap<Key, Zone>,
    changes: VecDeque<(Timestamp, Change)>,
    silent_until: Option<Timestamp>,
    streams: BTreeMap<StreamId, Stream>,
    outbox: Outbox,
}

/// What came in on a stream.
#[derive(Debug, Default)]
struct Stream {
    /// The beginning of a message that is not complete.
    partial: Vec<u8>,
    garbage_octets: usize,
}

impl Authoritative {
    /// A server with these zones and changes to come.
    pub fn new(config: AuthoritativeConfig) -> Self {
        let AuthoritativeConfig { addresses, zones, mut changes } = config;
        changes.sort_by_key(|(at, _)| *at);
        Self {
            addresses,
            zones: zones.into_iter().map(|zone| (Key::of(zone.origin()), zone)).collect(),
            changes: changes.into(),
            silent_until: None,
            streams: BTreeMap::new(),
            outbox: Outbox::default(),
        }
    }

    /// The server at its addresses, port 53, UDP and TCP.
    ///
    /// - `id`: its name in the scenario
    pub fn into_node(self, id: String) -> Node {
        let listens: Vec<SocketAddr> = self.addresses.iter().map(|ip| SocketAddr::new(*ip, 53)).collect();
        Node {
            id,
            addresses: self.addresses.clone(),
            listens_udp: listens.clone(),
            listens_tcp: listens,
            actor: Box::new(self),
        }
    }

    fn apply_due(&mut self, now: Timestamp) {
        while let Some((_, change)) = self.changes.pop_front_if(|(at, _)| *at <= now) {
            let story = self.apply(change);
            self.outbox.push(Output::Note(Note::Story(story)));
        }
    }

    /// Applies a change and says what became of it.
    fn apply(&mut self, change: Change) -> String {
        match change {
            Change::AddZone(zone) => {
                let name = zone.origin().clone();
                let before = self.zones.insert(Key::of(&name), zone);
                format!("zone {name} {}", if before.is_some() { "replaced" } else { "added" })
            }
            Change::DeleteZone(name) => match self.zones.remove(&Key::of(&name)) {
                Some(_) => format!("zone {name} deleted"),
                None => format!("zone {name} deletion refused: not served here"),
            },
            Change::Put { zone, owner, rtype, records } => {
                let data: Vec<String> = records.iter().map(|r| r.data.to_string()).collect();
                let what = format!(
                    "put {owner} {rtype} {}",
                    if data.is_empty() { "none".to_owned() } else { data.join(", ") }
                );
                self.change(&zone, &what, |zone| zone.put(&owner, rtype, records))
            }
            Change::Remove { zone, owner, rtype: Some(rtype) } => {
                self.change(&zone, &format!("remove {owner} {rtype}"), |zone| Ok(zone.remove(&owner, rtype)))
            }
            Change::Remove { zone, owner, rtype: None } => {
                self.change(&zone, &format!("remove {owner}"), |zone| Ok(zone.remove_name(&owner)))
            }
            Change::Outage { until } => {
                self.silent_until = self.silent_until.max(Some(until));
                format!("no answers until {until}")
            }
        }
    }

    fn change(&mut self, name: &Name, what: &str, go: impl FnOnce(&mut Zone) -> Result<bool, ZoneError>) -> String {
        let Some(zone) = self.zones.get_mut(&Key::of(name)) else {
            return format!("zone {name}: {what} refused: not served here");
        };
        match go(zone) {
            Ok(true) => format!("zone {name}: {what}, serial {}", zone.serial()),
            Ok(false) => format!("zone {name}: {what}, nothing changed"),
            Err(error) => format!("zone {name}: {what} refused: {error}"),
        }
    }

    fn is_silent(&self, now: Timestamp) -> bool {
        self.silent_until.is_some_and(|until| now < until)
    }

    /// What to say to a message and, over UDP, in how many octets; `None` where silence is right.
    fn reply(&self, octets: &[u8]) -> Option<(Message, u16)> {
        let header = Header::decode(octets).filter(|h| !h.response)?;
        let query = Message::decode(octets);
        let limit = query.as_ref().ok().and_then(|q| q.edns).map_or(0, |e| e.udp_octets_max).max(UDP_OCTETS_DEFAULT);
        let reply = match &query {
            _ if header.opcode != 0 => refuse(&header, query.as_ref().ok(), Rcode::NOTIMP),
            Ok(query) => match &query.question {
                Some((qname, qtype)) => self.answer(query, qname, *qtype),
                None => refuse(&header, Some(query), Rcode::FORMERR),
            },
            Err(WireError::Class(_)) => refuse(&header, None, Rcode::REFUSED),
            Err(WireError::EdnsVersion(_)) => {
                Message { edns: Some(Edns::default()), ..refuse(&header, None, Rcode::BADVERS) }
            }
            Err(_) => refuse(&header, None, Rcode::FORMERR),
        };
        Some((reply, limit))
    }

    fn answer(&self, query: &Message, qname: &Name, qtype: RrType) -> Message {
        let zone = self.zone_for(&Key::of(qname), qtype).filter(|_| ![RrType::AXFR, RrType::IXFR].contains(&qtype));
        let mut reply = refuse(&query.header, Some(query), Rcode::REFUSED);
        let Some(zone) = zone else { return reply };
        let found = zone.answer(qname, qtype);
        reply.header.rcode = match found.verdict {
            Verdict::Answer | Verdict::Referral | Verdict::NoData => Rcode::NOERROR,
            Verdict::NxDomain => Rcode::NXDOMAIN,
            Verdict::Outside => return reply,
        };
        // AA speaks of the first name in the answer (RFC 1035 §4.1.1).
        reply.header.authoritative = found.verdict != Verdict::Referral || !found.answers.is_empty();
        reply.answers = found.answers;
        reply.authority = found.authority;
        reply.additional = found.additional;
        reply
    }

    /// The zone nearest to a name; for DS the one above a zone that begins there (RFC 4035 §3.1.4.1).
    fn zone_for(&self, key: &Key, qtype: RrType) -> Option<&Zone> {
        let mut nearest = key.line().rev().filter_map(|ancestor| self.zones.get(ancestor));
        let first = nearest.next()?;
        if qtype == RrType::DS && Key::of(first.origin()) == *key {
            nearest.next().or(Some(first))
        } else {
            Some(first)
        }
    }

    /// Takes octets of a stream: messages, each after its length in two octets (RFC 7766 §8).
    fn read(&mut self, now: Timestamp, id: StreamId, octets: &[u8]) {
        let silent = self.is_silent(now);
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let mut received = core::mem::take(&mut stream.partial);
        let mut garbage_octets = stream.garbage_octets;
        received.extend_from_slice(octets);
        let mut rest = &received[..];
        let mut written = Vec::new();
        while let Some((message, tail)) = split_message(rest).filter(|_| garbage_octets <= GARBAGE_OCTETS_MAX) {
            rest = tail;
            if silent {
                continue;
            }
            let reply = self.reply(message).map(|(reply, _)| reply);
            if reply.as_ref().is_none_or(|r| r.header.rcode == Rcode::FORMERR) {
                garbage_octets += 2 + message.len();
            }
            if let Some(reply) = reply {
                let reply = reply.encode();
                let length = u16::try_from(reply.len()).expect("messages have at most 65,535 octets");
                written.extend_from_slice(&length.to_be_bytes());
                written.extend_from_slice(&reply);
            }
        }
        let partial = rest.to_vec();
        if !written.is_empty() {
            self.outbox.push(Output::Write { id, octets: written });
        }
        if garbage_octets > GARBAGE_OCTETS_MAX {
            self.streams.remove(&id);
            self.outbox.push(Output::Close { id });
        } else {
            self.streams.insert(id, Stream { partial, garbage_octets });
        }
    }
}

/// The first complete message of a stream, and what follows it.
fn split_message(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// An empty response with this code to a query of which perhaps only the header could be read.
fn refuse(header: &Header, query: Option<&Message>, rcode: Rcode) -> Message {
    let bare = Message { header: *header, ..Message::default() };
    let query = query.unwrap_or(&bare);
    let mut reply = query.response(rcode);
    if let (Some(said), Some(asked)) = (&mut reply.edns, &query.edns) {
        // DO comes back as it was sent (RFC 3225 §3).
        said.dnssec_ok = asked.dnssec_ok;
    }
    reply
}

impl Actor for Authoritative {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        // Before the input: a query at the time of a change meets the changed zone.
        self.apply_due(now);
        match input {
            Input::Datagram { from, to, octets, cause } if !self.is_silent(now) => {
                if let Some((reply, octets_max)) = self.reply(octets) {
                    let octets = reply.encode_within(usize::from(octets_max));
                    self.outbox.push(Output::Send { from: to, to: from, octets, cause });
                }
            }
            Input::Stream { id, event } => match event {
                StreamEvent::Accepted { .. } => {
                    self.streams.insert(id, Stream::default());
                }
                StreamEvent::Octets(octets) => self.read(now, id, octets),
                StreamEvent::Closed => {
                    self.streams.remove(&id);
                }
                StreamEvent::Connected | StreamEvent::Failed(_) | StreamEvent::Secured => {}
            },
            Input::Started | Input::Timer | Input::Datagram { .. } => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(self.changes.front().map(|(at, _)| *at))
    }
}

#[cfg(test)]
mod tests;
