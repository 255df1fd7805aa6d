//! What is to happen, ordered by time and then by when it was planned.

use core::cmp::{Ordering, Reverse};
use core::net::SocketAddr;
use std::collections::BinaryHeap;

use askance_proto::{Cause, StreamEvent, StreamFailure, StreamId};
use askance_record::Timestamp;

/// An input on its way to a node.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    Start,
    Timer,
    Datagram { from: SocketAddr, to: SocketAddr, octets: Vec<u8>, cause: Option<Cause> },
    Stream { id: StreamId, event: Happening },
}

/// [`StreamEvent`] with octets of its own.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    Accepted { from: SocketAddr, to: SocketAddr, cause: Option<Cause> },
    Connected,
    Failed(StreamFailure),
    Octets(Vec<u8>),
    Secured,
    Closed,
}

impl Happening {
    pub(super) fn as_event(&self) -> StreamEvent<'_> {
        match self {
            Self::Accepted { from, to, cause } => StreamEvent::Accepted { from: *from, to: *to, cause: *cause },
            Self::Connected => StreamEvent::Connected,
            Self::Failed(why) => StreamEvent::Failed(*why),
            Self::Octets(octets) => StreamEvent::Octets(octets),
            Self::Secured => StreamEvent::Secured,
            Self::Closed => StreamEvent::Closed,
        }
    }
}

/// The queue of planned events.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Planned>>,
    planned: u64,
}

#[derive(Debug)]
struct Planned {
    at: Timestamp,
    sequence: u64,
    node: usize,
    delivery: Delivery,
}

impl Agenda {
    /// Plans an event; events of one instant happen in the order in which they were planned.
    pub(super) fn plan(&mut self, at: Timestamp, node: usize, delivery: Delivery) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at, sequence: self.planned, node, delivery }));
    }

    /// The next event that is due by `until`.
    pub(super) fn pop_due(&mut self, until: Timestamp) -> Option<(Timestamp, usize, Delivery)> {
        if self.heap.peek().is_none_or(|Reverse(p)| p.at > until) {
            return None;
        }
        self.heap.pop().map(|Reverse(p)| (p.at, p.node, p.delivery))
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
