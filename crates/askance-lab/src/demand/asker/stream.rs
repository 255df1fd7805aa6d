//! The connections that follow a lookup, and the service at their other end.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use askance_proto::{Actor, Input, Node, Outbox, Output, StreamEvent, StreamId};
use askance_record::Timestamp;

/// The connection that a client opens to the address that it learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectConfig {
    /// Where to, at that address.
    pub port: u16,
    /// What the client sends, in octets; at least 8, which tell a [`Service`] how much is wanted.
    pub octets_out: u32,
    /// What it waits for before it closes, in octets.
    pub octets_in: u32,
    /// How many times more of both in a long act.
    pub long_factor: u32,
    /// Share of answered acts that are followed by a connection.
    pub share: f64,
}

/// Octets that say how much a request has and how much it wants.
const HEAD_OCTETS: usize = 8;

/// The request: how long it is, how long the response should be, and filling.
pub(super) fn request(octets_out: u32, octets_in: u32) -> Vec<u8> {
    let out = octets_out.max(8);
    let mut octets = Vec::with_capacity(out as usize);
    octets.extend_from_slice(&out.to_be_bytes());
    octets.extend_from_slice(&octets_in.to_be_bytes());
    octets.resize(out as usize, b'.');
    octets
}

/// A server that answers each request with as many octets as it asks for, and leaves closing to the client.
#[derive(Debug)]
pub struct Service {
    octets_in_max: u32,
    outbox: Outbox,
    streams: BTreeMap<StreamId, Session>,
}

#[derive(Debug, Default)]
struct Session {
    head: Vec<u8>,
    /// Octets of the request still to come.
    left: u64,
    wanted: u32,
}

impl Service {
    /// A service at an address.
    ///
    /// - `id`: the node's name
    /// - `octets_max`: the longest response, in octets, whatever a request says
    pub fn node(id: &str, address: IpAddr, port: u16, octets_max: u32) -> Node {
        let actor = Self { octets_in_max: octets_max, outbox: Outbox::default(), streams: BTreeMap::new() };
        Node {
            id: id.to_owned(),
            addresses: vec![address],
            listens_udp: Vec::new(),
            listens_tcp: vec![SocketAddr::new(address, port)],
            actor: Box::new(actor),
        }
    }

    fn take(&mut self, id: StreamId, octets: &[u8]) {
        let Some(session) = self.streams.get_mut(&id) else { return };
        let mut rest = octets;
        while !rest.is_empty() {
            if session.left == 0 {
                let (head, more) = rest.split_at(rest.len().min(HEAD_OCTETS - session.head.len()));
                session.head.extend_from_slice(head);
                rest = more;
                let &[o0, o1, o2, o3, ref wanted @ ..] = session.head.as_slice() else { continue };
                let Ok(wanted) = <[u8; 4]>::try_from(wanted) else { continue };
                session.left = u64::from(u32::from_be_bytes([o0, o1, o2, o3])).saturating_sub(8);
                session.wanted = u32::from_be_bytes(wanted).min(self.octets_in_max);
                session.head.clear();
            } else {
                let taken = rest.len().min(usize::try_from(session.left).unwrap_or(usize::MAX));
                session.left -= taken as u64;
                rest = &rest[taken..];
            }
            if session.left == 0 && session.wanted > 0 {
                self.outbox.push(Output::Write { id, octets: vec![b'.'; session.wanted as usize] });
                session.wanted = 0;
            }
        }
    }
}

impl Actor for Service {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        match input {
            Input::Stream { id, event: StreamEvent::Accepted { .. } } => {
                self.streams.insert(id, Session::default());
            }
            Input::Stream { id, event: StreamEvent::Octets(octets) } => self.take(id, octets),
            Input::Stream { id, event: StreamEvent::Closed } => {
                self.streams.remove(&id);
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(None)
    }
}
