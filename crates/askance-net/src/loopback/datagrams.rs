//! Datagrams between nodes and with strangers.
//!
//! A datagram from one node to another is a flight: the driver knows that it is under
//! way until its octets come out of the receiver's socket. No more is under way than
//! the receiver's buffer holds, since the system drops the rest without a word.

use core::net::SocketAddr;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::sockets::{Opener, Sockets};
use crate::error::NetError;

/// Strangers that are remembered: their datagrams are answered where a node has their address too.
const STRANGERS_MAX: usize = 16_384;

/// Sockets, and what is under way between them.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    pub(super) sockets: Sockets,
    flights: BTreeMap<u64, Flight>,
    /// Flights that have left, in the order in which they did.
    under_way: BTreeMap<(SocketAddr, SocketAddr), VecDeque<u64>>,
    flown: u64,
    strangers: BTreeSet<SocketAddr>,
    stranger_order: VecDeque<SocketAddr>,
}

/// A datagram between two nodes.
#[derive(Debug)]
struct Flight {
    // What the sockets are held under: the parties' addresses, or stand-ins for them.
    from: SocketAddr,
    to: SocketAddr,
    octets: Vec<u8>,
    arrived: bool,
}

/// Whose datagram came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A node's; it is under way no longer.
    Node,
    /// One of our sockets', but nothing of the kind is under way.
    Nobody,
    /// Somebody else's.
    Stranger,
}

/// What a datagram takes of a receive buffer: the kernel's bookkeeping, rounded up.
const fn load_of(octets: usize) -> usize {
    2 * octets + 2048
}

impl Datagrams {
    /// Sends a datagram from one node to another, at once or when there is room; gives the number of its flight.
    pub(super) fn send(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        octets: Vec<u8>,
        opener: &mut Opener<'_>,
    ) -> Result<u64, NetError> {
        let from = self.busy(from, opener)?;
        let to = self.busy(to, opener)?;
        self.flown += 1;
        self.flights.insert(self.flown, Flight { from, to, octets, arrived: false });
        if let Some(held) = self.sockets.get_mut(to) {
            held.waiting.push_back(self.flown);
        }
        self.release(to)?;
        Ok(self.flown)
    }

    /// Opens the socket for one end of a flight, and keeps it from being closed before the other is open.
    fn busy(&mut self, end: SocketAddr, opener: &mut Opener<'_>) -> Result<SocketAddr, NetError> {
        let end = self.sockets.open(end, opener)?;
        if let Some(held) = self.sockets.get_mut(end) {
            held.busy += 1;
        }
        Ok(end)
    }

    /// Sends a datagram to a stranger; false where the system refuses.
    pub(super) fn send_out(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        octets: &[u8],
        opener: &mut Opener<'_>,
    ) -> Result<bool, NetError> {
        let from = self.sockets.open(from, opener)?;
        Ok(self.sockets.send(from, to, octets).is_ok())
    }

    /// Sends what waits for room at `to`, as far as there is any.
    fn release(&mut self, to: SocketAddr) -> Result<(), NetError> {
        let Some(real) = self.sockets.real(to) else { return Ok(()) };
        loop {
            let Some(held) = self.sockets.get_mut(to) else { return Ok(()) };
            let Some(&number) = held.waiting.front() else { return Ok(()) };
            let Some(flight) = self.flights.get(&number) else { return Ok(()) };
            let load = load_of(flight.octets.len());
            if held.load_octets > 0 && held.load_octets + load > held.load_octets_max {
                return Ok(());
            }
            held.load_octets += load;
            held.waiting.pop_front();
            let (from, octets) = (flight.from, flight.octets.len());
            let sent = self.sockets.send(from, real, &flight.octets);
            sent.map_err(|source| NetError::Send { from, to, octets, source })?;
            self.under_way.entry((from, to)).or_default().push_back(number);
        }
    }

    /// Takes what came out of the socket of `at`, from the real address `from`.
    pub(super) fn arrived(&mut self, at: SocketAddr, from: SocketAddr, octets: &[u8]) -> Result<Sender, NetError> {
        let Some(seen) = self.sockets.seen(from) else {
            self.remember(from);
            return Ok(Sender::Stranger);
        };
        let Some(queue) = self.under_way.get_mut(&(seen, at)) else { return Ok(Sender::Nobody) };
        // By what is in it: nothing promises that datagrams keep their order.
        let is_it = |number: &u64| self.flights.get(number).is_some_and(|flight| flight.octets == octets);
        let Some(number) = queue.iter().position(is_it).and_then(|i| queue.remove(i)) else {
            return Ok(Sender::Nobody);
        };
        if queue.is_empty() {
            self.under_way.remove(&(seen, at));
        }
        if let Some(flight) = self.flights.get_mut(&number) {
            flight.arrived = true;
        }
        for end in [seen, at] {
            if let Some(held) = self.sockets.get_mut(end) {
                held.busy -= 1;
            }
        }
        if let Some(held) = self.sockets.get_mut(at) {
            held.load_octets -= load_of(octets.len());
        }
        self.release(at)?;
        Ok(Sender::Node)
    }

    pub(super) fn has_arrived(&self, number: u64) -> bool {
        self.flights.get(&number).is_none_or(|flight| flight.arrived)
    }

    /// The octets of a flight that has arrived.
    pub(super) fn hand_over(&mut self, number: u64) -> Vec<u8> {
        self.flights.remove(&number).map(|flight| flight.octets).unwrap_or_default()
    }

    /// From where to where a flight goes.
    pub(super) fn ends(&self, number: u64) -> Option<(SocketAddr, SocketAddr)> {
        self.flights.get(&number).map(|flight| (flight.from, flight.to))
    }

    /// True where a stranger has sent from this address, and no node has since.
    pub(super) fn is_stranger(&self, address: SocketAddr) -> bool {
        self.strangers.contains(&address) && self.sockets.real(address).is_none()
    }

    fn remember(&mut self, stranger: SocketAddr) {
        if !self.strangers.insert(stranger) {
            return;
        }
        self.stranger_order.push_back(stranger);
        if self.stranger_order.len() > STRANGERS_MAX
            && let Some(oldest) = self.stranger_order.pop_front()
        {
            self.strangers.remove(&oldest);
        }
    }
}
