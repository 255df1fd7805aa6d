//! Virtual time: runs parties on an agenda, months in seconds.
//!
//! Nothing happens between two events, so the clock jumps from one to the next.
//! Events are ordered by time and then by the order in which they were planned: ties
//! never depend on a hash, and equal inputs give equal runs on every machine.

mod agenda;
mod streams;

use core::net::IpAddr;
use std::collections::HashMap;

use askance_proto::{Input, Node, Observer, Output, Traffic, TrafficKind};
use askance_record::{Rng, Timestamp};

use agenda::{Agenda, Delivery};
use streams::Streams;

/// How messages travel between nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// From any node to any other, in microseconds.
    pub latency_us: i64,
    /// Share of datagrams that are lost, 0 to 1. Streams lose nothing.
    pub loss: f64,
}

impl Default for Link {
    /// 8 ms and no loss.
    fn default() -> Self {
        Self { latency_us: 8_000, loss: 0.0 }
    }
}

/// Why a run stopped early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{node} keeps the clock from moving on at {at}: more than {limit} events at one instant")]
pub struct Livelock {
    /// The node that the last event was for.
    pub node: String,
    /// When.
    pub at: Timestamp,
    /// The bound.
    pub limit: u64,
}

/// Events at one instant beyond which a run counts as stuck.
const EVENTS_AT_ONE_INSTANT_MAX: u64 = 1_000_000;
/// How long a connection attempt to an address where nobody is takes to fail.
const CONNECT_TIMEOUT_US: i64 = 30_000_000;

/// Parties, their links and the agenda.
#[derive(Debug)]
pub struct World {
    now: Timestamp,
    nodes: Vec<Node>,
    timers: Vec<Option<Timestamp>>,
    at_address: HashMap<IpAddr, usize>,
    agenda: Agenda,
    streams: Streams,
    link: Link,
    rng: Rng,
    steps: u64,
    at_this_instant: u64,
}

impl World {
    /// A world in which no time has passed; every party is told that it starts when the run begins.
    ///
    /// Where two nodes have one address, the first has it.
    pub fn new(nodes: Vec<Node>, start: Timestamp, link: Link, seed: u64) -> Self {
        let mut at_address = HashMap::new();
        let mut agenda = Agenda::default();
        for (i, node) in nodes.iter().enumerate() {
            for &address in &node.addresses {
                at_address.entry(address).or_insert(i);
            }
            agenda.plan(start, i, Delivery::Start);
        }
        let timers = vec![None; nodes.len()];
        Self {
            now: start,
            nodes,
            timers,
            at_address,
            agenda,
            streams: Streams::default(),
            link,
            rng: Rng::part(seed, "link"),
            steps: 0,
            at_this_instant: 0,
        }
    }

    /// The time of day in the world.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Events so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Runs every event up to and including `until`, which is then the time of day.
    ///
    /// # Errors
    /// [`Livelock`] where the parties keep each other busy without time passing.
    pub fn run(&mut self, until: Timestamp, observer: &mut dyn Observer) -> Result<(), Livelock> {
        while let Some((at, node, delivery)) = self.agenda.pop_due(until) {
            if at > self.now {
                self.now = at;
                self.at_this_instant = 0;
            }
            self.at_this_instant += 1;
            if self.at_this_instant > EVENTS_AT_ONE_INSTANT_MAX {
                let id = self.nodes[node].id.clone();
                return Err(Livelock { node: id, at: self.now, limit: EVENTS_AT_ONE_INSTANT_MAX });
            }
            self.deliver(node, &delivery, observer);
        }
        self.now = self.now.max(until);
        Ok(())
    }

    fn deliver(&mut self, node: usize, delivery: &Delivery, observer: &mut dyn Observer) {
        let now = self.now;
        let input = match delivery {
            Delivery::Start => Input::Started,
            Delivery::Timer => {
                // A party that waits for another time by now has been woken by a message since.
                if self.timers[node] != Some(now) {
                    return;
                }
                self.timers[node] = None;
                Input::Timer
            }
            Delivery::Datagram { from, to, octets, cause } => {
                Input::Datagram { from: *from, to: *to, octets, cause: *cause }
            }
            Delivery::Stream { id, event } => {
                if !self.streams.admit(node, *id, event) {
                    return;
                }
                Input::Stream { id: *id, event: event.as_event() }
            }
        };
        self.steps += 1;
        self.nodes[node].actor.handle(now, input);
        self.drain(node, observer);
    }

    /// Carries out what a party wants until it waits.
    fn drain(&mut self, node: usize, observer: &mut dyn Observer) {
        loop {
            match self.nodes[node].actor.poll() {
                Output::Send { from, to, octets, cause } => {
                    let there = self.at_address.get(&to.ip()).copied();
                    let lost = self.link.loss > 0.0 && self.rng.chance(self.link.loss);
                    let arrives = self.arrival();
                    let arrives_at = (there.is_some() && !lost).then_some(arrives);
                    let kind = TrafficKind::Datagram(&octets);
                    observer.traffic(&Traffic { sent_at: self.now, arrives_at, from, to, kind, cause });
                    if let (Some(there), true) = (there, arrives_at.is_some()) {
                        self.agenda.plan(arrives, there, Delivery::Datagram { from, to, octets, cause });
                    }
                }
                Output::Connect { id, from, to, cause } => self.connect(node, id, from, to, cause, observer),
                Output::Write { id, octets } => self.write(node, id, octets, observer),
                Output::Secure { id, .. } => self.secure(node, id),
                Output::Close { id } => self.close(node, id, observer),
                Output::Note(note) => observer.note(self.now, &self.nodes[node].id, &note),
                Output::Wait { until } => return self.set_timer(node, until),
            }
        }
    }

    fn arrival(&self) -> Timestamp {
        self.now.plus_us(self.link.latency_us)
    }

    fn set_timer(&mut self, node: usize, until: Option<Timestamp>) {
        // A time that has passed already is due now.
        let until = until.map(|t| t.max(self.now));
        if self.timers[node] != until {
            self.timers[node] = until;
            if let Some(at) = until {
                self.agenda.plan(at, node, Delivery::Timer);
            }
        }
    }
}

#[cfg(test)]
mod tests;
