//! What is to happen, ordered by time and then by when it was planned.
//!
//! The order is that of virtual time. What two nodes send each other is planned when it
//! is sent, and handed over when it is due *and* has come through its socket.

use core::cmp::{Ordering, Reverse};
use core::net::SocketAddr;
use std::collections::BinaryHeap;

use askance_proto::{StreamFailure, StreamId};
use askance_record::Timestamp;

/// An input on its way to a node.
#[derive(Debug)]
pub(super) enum Delivery {
    Start,
    Timer,
    Datagram { from: SocketAddr, to: SocketAddr, payload: Datagram },
    Stream { id: StreamId, event: Happening },
}

/// Where the payload of a datagram is.
#[derive(Debug)]
pub(super) enum Datagram {
    /// Under way from another node; the number of its flight.
    Awaited(u64),
    /// Here, from a stranger.
    Here(Vec<u8>),
}

/// [`askance_proto::StreamEvent`], with what it waits for.
#[derive(Debug)]
pub(super) enum Happening {
    Accepted {
        from: SocketAddr,
        to: SocketAddr,
    },
    Connected,
    Failed(StreamFailure),
    /// These octets, under way from another node.
    Awaited(Vec<u8>),
    /// Octets of a stranger.
    Here(Vec<u8>),
    Secured,
    Closed,
}

/// The queue of planned events.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Planned>>,
    planned: u64,
}

/// A planned event.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) at: Timestamp,
    sequence: u64,
    pub(super) node: usize,
    pub(super) delivery: Delivery,
}

impl Agenda {
    /// Plans an event; events of one instant happen in the order in which they were planned.
    pub(super) fn plan(&mut self, at: Timestamp, node: usize, delivery: Delivery) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at, sequence: self.planned, node, delivery }));
    }

    /// The next event that is due by `until`.
    pub(super) fn pop_due(&mut self, until: Timestamp) -> Option<Planned> {
        if self.next_at().is_none_or(|at| at > until) {
            return None;
        }
        self.heap.pop().map(|Reverse(p)| p)
    }

    /// When the next event is due.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(p)| p.at)
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Planned {}
