//! A party at its addresses, and whoever watches its traffic.

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use askance_record::Timestamp;

use crate::actor::{Actor, Cause, Note};

/// A party at its addresses: what a driver runs.
pub struct Node {
    /// Its name in the scenario, unique.
    pub id: String,
    /// Its addresses; datagrams to any port of them are its own.
    pub addresses: Vec<IpAddr>,
    /// UDP addresses that strangers may send to (a real socket is opened for them at once).
    pub listens_udp: Vec<SocketAddr>,
    /// TCP addresses that strangers may connect to; others refuse.
    pub listens_tcp: Vec<SocketAddr>,
    /// What it does.
    pub actor: Box<dyn Actor>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("id", &self.id).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// One message between two nodes, as it leaves the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic<'a> {
    /// When it left.
    pub sent_at: Timestamp,
    /// When it arrives; `None` where the link loses it or the destination does not exist.
    pub arrives_at: Option<Timestamp>,
    /// The sender.
    pub from: SocketAddr,
    /// The receiver.
    pub to: SocketAddr,
    /// What it is.
    pub kind: TrafficKind<'a>,
    /// Ground truth.
    pub cause: Option<Cause>,
}

/// What travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficKind<'a> {
    /// A datagram.
    Datagram(&'a [u8]),
    /// An attempt to open a stream; true where it is accepted.
    Open(bool),
    /// Octets of a stream.
    Octets(&'a [u8]),
    /// The sender closes the stream.
    Close,
}

/// Watches everything that a driver carries; makes logs, captures and transcripts of it.
pub trait Observer {
    /// A message left its sender.
    fn traffic(&mut self, traffic: &Traffic<'_>);

    /// A party said something to the record keeper.
    ///
    /// - `node`: the node's [`id`](Node::id)
    fn note(&mut self, at: Timestamp, node: &str, note: &Note);
}

/// Watches nothing.
impl Observer for () {
    fn traffic(&mut self, _: &Traffic<'_>) {}
    fn note(&mut self, _: Timestamp, _: &str, _: &Note) {}
}
