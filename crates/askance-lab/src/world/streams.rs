//! Streams between nodes: opened, carried in order, closed.

use core::net::{IpAddr, SocketAddr};
use std::collections::HashMap;

use askance_proto::{Cause, Observer, StreamFailure, StreamId, Traffic, TrafficKind};
use askance_record::Timestamp;

use super::agenda::{Delivery, Happening};
use super::{CONNECT_TIMEOUT_US, World};

/// First port that the driver gives to streams that parties open.
const FIRST_PORT: u16 = 32_768;

/// The open streams, by each end.
#[derive(Debug, Default)]
pub(super) struct Streams {
    ends: HashMap<(usize, StreamId), End>,
    accepted: u64,
    ports: u64,
}

/// One end of a stream.
#[derive(Clone, Copy, Debug)]
struct End {
    peer: (usize, StreamId),
    local: SocketAddr,
    remote: SocketAddr,
    cause: Option<Cause>,
}

impl Streams {
    /// Whether an event still concerns its node: nothing follows a close. Forgets ends that are gone by it.
    pub(super) fn admit(&mut self, node: usize, id: StreamId, event: &Happening) -> bool {
        match event {
            Happening::Failed(_) => true,
            Happening::Closed => self.ends.remove(&(node, id)).is_some(),
            _ => self.ends.contains_key(&(node, id)),
        }
    }

    fn port(&mut self) -> u16 {
        let span = u64::from(u16::MAX - FIRST_PORT) + 1;
        let port = u64::from(FIRST_PORT) + self.ports % span;
        self.ports += 1;
        u16::try_from(port).expect("below 2^16")
    }
}

impl World {
    pub(super) fn connect(
        &mut self,
        node: usize,
        id: StreamId,
        from: IpAddr,
        to: SocketAddr,
        cause: Option<Cause>,
        observer: &mut dyn Observer,
    ) {
        let local = SocketAddr::new(from, self.streams.port());
        let there = self.at_address.get(&to.ip()).copied();
        let accepted = there.is_some_and(|n| self.nodes[n].listens_tcp.contains(&to));
        let arrives = self.arrival();
        let kind = TrafficKind::Open(accepted);
        let arrives_at = there.map(|_| arrives);
        observer.traffic(&Traffic { sent_at: self.now, arrives_at, from: local, to, kind, cause });
        let Some(peer) = there.filter(|_| accepted) else {
            let (why, at) = match there {
                Some(_) => (StreamFailure::Refused, arrives.plus_us(self.link.latency_us)),
                None => (StreamFailure::Timeout, self.now.plus_us(CONNECT_TIMEOUT_US)),
            };
            return self.agenda.plan(at, node, Delivery::Stream { id, event: Happening::Failed(why) });
        };
        self.streams.accepted += 1;
        let theirs = StreamId::accepted(self.streams.accepted);
        self.streams.ends.insert((node, id), End { peer: (peer, theirs), local, remote: to, cause });
        self.streams.ends.insert((peer, theirs), End { peer: (node, id), local: to, remote: local, cause });
        let event = Happening::Accepted { from: local, to, cause };
        self.agenda.plan(arrives, peer, Delivery::Stream { id: theirs, event });
        let back: Timestamp = arrives.plus_us(self.link.latency_us);
        self.agenda.plan(back, node, Delivery::Stream { id, event: Happening::Connected });
    }

    pub(super) fn write(&mut self, node: usize, id: StreamId, octets: Vec<u8>, observer: &mut dyn Observer) {
        let Some(end) = self.streams.ends.get(&(node, id)).copied() else { return };
        self.watch(end, TrafficKind::Octets(&octets), observer);
        let (peer, id) = end.peer;
        self.agenda.plan(self.arrival(), peer, Delivery::Stream { id, event: Happening::Octets(octets) });
    }

    pub(super) fn secure(&mut self, node: usize, id: StreamId) {
        if self.streams.ends.contains_key(&(node, id)) {
            self.agenda.plan(self.arrival(), node, Delivery::Stream { id, event: Happening::Secured });
        }
    }

    pub(super) fn close(&mut self, node: usize, id: StreamId, observer: &mut dyn Observer) {
        let Some(end) = self.streams.ends.remove(&(node, id)) else { return };
        self.watch(end, TrafficKind::Close, observer);
        let (peer, id) = end.peer;
        self.agenda.plan(self.arrival(), peer, Delivery::Stream { id, event: Happening::Closed });
    }

    fn watch(&self, end: End, kind: TrafficKind<'_>, observer: &mut dyn Observer) {
        let arrives_at = Some(self.arrival());
        let (from, to, cause) = (end.local, end.remote, end.cause);
        observer.traffic(&Traffic { sent_at: self.now, arrives_at, from, to, kind, cause });
    }
}
