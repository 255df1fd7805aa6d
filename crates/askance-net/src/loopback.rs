//! Runs nodes over real sockets of this machine.
//!
//! The agenda is the one of virtual time: what a node sends another is planned when it
//! is sent and handed over when it is due. Here it also goes through the kernel, and is
//! handed over only when it has come out of the receiver's socket. So the order of
//! events between nodes is the same as in virtual time, by construction, and the
//! octets have been through real sockets. What strangers send is handed over as it comes.

mod agenda;
mod datagrams;
mod options;
mod sockets;
mod streams;
pub(crate) mod tls;
mod wire;

use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use core::pin::{Pin, pin};
use std::collections::BTreeMap;
use std::net::{TcpListener as StdTcpListener, UdpSocket as StdUdpSocket};

use askance_proto::{Cause, Input, Node, Note, Observer, Output, Traffic, TrafficKind};
use askance_record::Timestamp;
use tokio::net::TcpStream;
use tokio::runtime::{self, Handle};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clock::{Clock, Pace};
use crate::error::NetError;
use agenda::{Agenda, Datagram, Delivery, Planned};
use datagrams::{Datagrams, Sender};
pub use options::{Counts, Ended, Options, PortMap};
use sockets::Opener;
use streams::Streams;
use tls::Tls;
use wire::Happened;

/// Events at one instant of stepped time beyond which a run counts as stuck.
const EVENTS_AT_ONE_INSTANT_MAX: u64 = 1_000_000;
/// Arrivals that sockets may be ahead of the driver.
const ARRIVALS_MAX: usize = 1_024;
/// Events between two looks at the stop signal.
const EVENTS_BETWEEN_LOOKS: u64 = 64;

/// What comes out of a socket.
#[derive(Debug)]
enum Arrival {
    Datagram { at: SocketAddr, from: SocketAddr, octets: Vec<u8> },
    Accepted { at: SocketAddr, from: SocketAddr, stream: TcpStream },
    Wire { wire: u64, what: Happened },
}

/// Nodes at their addresses of this machine.
pub struct Loopback {
    nodes: Vec<Node>,
    timers: Vec<Option<Timestamp>>,
    at_address: BTreeMap<IpAddr, usize>,
    agenda: Agenda,
    datagrams: Datagrams,
    streams: Streams,
    ports: PortMap,
    options: Options,
    tls: Tls,
    now: Timestamp,
    at_this_instant: u64,
    serves_strangers: bool,
    counts: Counts,
    bound: Option<Bound>,
    runtime: Option<runtime::Id>,
    arrivals: mpsc::Receiver<Arrival>,
    sender: mpsc::Sender<Arrival>,
    /// Owns the tasks that read sockets: they end with it.
    tasks: JoinSet<()>,
}

/// Sockets that listen and are not read yet.
struct Bound {
    udp: Vec<(SocketAddr, StdUdpSocket)>,
    tcp: Vec<(SocketAddr, StdTcpListener)>,
}

/// True for 127.0.0.0/8 and `::1`.
fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => a.is_loopback(),
        IpAddr::V6(a) => a == Ipv6Addr::LOCALHOST,
    }
}

impl core::fmt::Debug for Loopback {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Loopback").field("nodes", &self.nodes).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Loopback {
    /// Opens the sockets that strangers may send to; nothing is read before the run.
    ///
    /// Where two nodes have one address, the first has it.
    ///
    /// # Errors
    /// [`NetError::Outside`] for an address outside 127.0.0.0/8 and `::1`, before any socket is opened;
    /// [`NetError::NotOwn`], [`NetError::Shift`], [`NetError::Bind`], [`NetError::Certificate`].
    pub fn bind(nodes: Vec<Node>, ports: PortMap, options: Options) -> Result<Self, NetError> {
        ports.check()?;
        let at_address = places(&nodes)?;
        let mut bound = Bound { udp: Vec::new(), tcp: Vec::new() };
        let real = |address: SocketAddr| SocketAddr::new(address.ip(), ports.real(address.port()));
        let failed = |address| move |source| NetError::Bind { address: real(address), source };
        for node in &nodes {
            for &address in &node.listens_udp {
                bound.udp.push((address, sockets::bind(real(address)).map_err(failed(address))?));
            }
            for &address in &node.listens_tcp {
                bound.tcp.push((address, streams::listen(real(address)).map_err(failed(address))?));
            }
        }
        let tls = Tls::new(&options.tls_name)?;
        let (sender, arrivals) = mpsc::channel(ARRIVALS_MAX);
        Ok(Self {
            timers: vec![None; nodes.len()],
            nodes,
            at_address,
            agenda: Agenda::default(),
            datagrams: Datagrams::default(),
            streams: Streams::default(),
            ports,
            options,
            tls,
            now: Timestamp::MIN,
            at_this_instant: 0,
            serves_strangers: false,
            counts: Counts::default(),
            bound: Some(bound),
            runtime: None,
            arrivals,
            sender,
            tasks: JoinSet::new(),
        })
    }

    /// The time of day in the scenario; [`Timestamp::MIN`] before the first run.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What has been done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Runs the parties until the time has come, the stop signal ends, or nothing is left to happen.
    ///
    /// Called again, it goes on where it ended; time never runs backwards. Run it on a
    /// runtime of one thread ([`block_on`](crate::block_on)), always the same.
    ///
    /// - `until`: the last instant whose events happen
    ///
    /// # Errors
    /// [`NetError::Lost`], [`NetError::Stalled`] and [`NetError::Broken`] where octets between two nodes
    /// do not come through; [`NetError::Bind`] and [`NetError::Send`] where the system refuses a socket or
    /// a datagram; [`NetError::Livelock`] with a stepped clock; [`NetError::Speed`]; [`NetError::OtherRuntime`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn run(
        &mut self,
        clock: Clock,
        observer: &mut dyn Observer,
        until: Option<Timestamp>,
        stop: impl Future,
    ) -> Result<Ended, NetError> {
        let pace = Pace::new(clock)?;
        let mut stop = pin!(stop);
        self.begin(clock)?;
        let last = until.unwrap_or(Timestamp::MAX);
        loop {
            self.pass(&pace, last);
            while let Ok(arrival) = self.arrivals.try_recv() {
                self.take(arrival, observer)?;
            }
            let due_by = if pace.is_real() { self.now.min(last) } else { last };
            if let Some(planned) = self.agenda.pop_due(due_by) {
                self.happen(planned, observer).await?;
                if self.counts.events.is_multiple_of(EVENTS_BETWEEN_LOOKS) && has_ended(stop.as_mut()).await {
                    return Ok(Ended::Stopped);
                }
                continue;
            }
            if !pace.is_real() || self.now >= last {
                self.now = self.now.max(until.unwrap_or(self.now));
                return Ok(if until.is_some() { Ended::Until } else { Ended::Quiet });
            }
            let next = self.agenda.next_at().unwrap_or(Timestamp::MAX).min(last);
            let wait = tokio::time::sleep(pace.real_duration(next.us().saturating_sub(self.now.us())));
            tokio::select! {
                biased;
                _ = stop.as_mut() => return Ok(Ended::Stopped),
                Some(arrival) = self.arrivals.recv() => {
                    self.pass(&pace, last);
                    self.take(arrival, observer)?;
                }
                () = wait => {}
            }
        }
    }

    /// Begins to read the sockets, and plans the first events, once.
    fn begin(&mut self, clock: Clock) -> Result<(), NetError> {
        self.now = self.now.max(clock.start());
        self.serves_strangers = matches!(clock, Clock::Real { .. });
        let here = Handle::current().id();
        if *self.runtime.get_or_insert(here) != here {
            return Err(NetError::OtherRuntime);
        }
        let Some(bound) = self.bound.take() else { return Ok(()) };
        for (seen, socket) in bound.udp {
            let address = SocketAddr::new(seen.ip(), self.ports.real(seen.port()));
            let (datagrams, mut opener) = self.datagrams_and_opener();
            let adopted = datagrams.sockets.adopt(seen, socket, false, &mut opener);
            adopted.map_err(|source| NetError::Bind { address, source })?;
        }
        for (seen, listener) in bound.tcp {
            let address = SocketAddr::new(seen.ip(), self.ports.real(seen.port()));
            let accepting = streams::accept(listener, seen, self.sender.clone());
            self.tasks.spawn(accepting.map_err(|source| NetError::Bind { address, source })?);
        }
        for node in 0..self.nodes.len() {
            self.agenda.plan(self.now, node, Delivery::Start);
        }
        Ok(())
    }

    /// Lets real time pass.
    fn pass(&mut self, pace: &Pace, last: Timestamp) {
        if let Some(now) = pace.now() {
            self.now = self.now.max(now.min(last));
        }
    }

    /// One event of the agenda; with a stepped clock, time moves to it.
    async fn happen(&mut self, planned: Planned, observer: &mut dyn Observer) -> Result<(), NetError> {
        if planned.at > self.now {
            self.now = planned.at;
            self.at_this_instant = 0;
        }
        self.at_this_instant += 1;
        if self.at_this_instant > EVENTS_AT_ONE_INSTANT_MAX && !self.serves_strangers {
            let node = self.nodes[planned.node].id.clone();
            return Err(NetError::Livelock { node, at: self.now, limit: EVENTS_AT_ONE_INSTANT_MAX });
        }
        let node = planned.node;
        match planned.delivery {
            Delivery::Start => self.give(node, Input::Started, observer),
            Delivery::Timer => {
                // A party that waits for another time by now has been woken by a message since.
                if self.timers[node].is_none_or(|at| at != planned.at) {
                    return Ok(());
                }
                self.timers[node] = None;
                self.give(node, Input::Timer, observer)
            }
            Delivery::Datagram { from, to, payload } => {
                let octets = match payload {
                    Datagram::Here(octets) => octets,
                    Datagram::Awaited(number) => self.landed(number, observer).await?,
                };
                self.give(node, Input::Datagram { from, to, octets: &octets, cause: None }, observer)
            }
            Delivery::Stream { id, event } => self.happen_on_stream(node, id, event, observer).await,
        }
    }

    /// Gives a party an input and carries out what it wants until it waits.
    fn give(&mut self, node: usize, input: Input<'_>, observer: &mut dyn Observer) -> Result<(), NetError> {
        self.counts.events += 1;
        self.nodes[node].actor.handle(self.now, input);
        loop {
            match self.nodes[node].actor.poll() {
                Output::Send { from, to, octets, cause } => self.send(node, (from, to), octets, cause, observer)?,
                Output::Connect { id, from, to, cause } => self.connect(node, id, (from, to), cause, observer)?,
                Output::Write { id, octets } => self.write(node, id, octets, observer),
                Output::Secure { id, as_server } => self.secure(node, id, as_server),
                Output::Close { id } => self.close(node, id, observer),
                Output::Note(note) => observer.note(self.now, &self.nodes[node].id, &note),
                Output::Wait { until } => {
                    self.set_timer(node, until);
                    return Ok(());
                }
            }
        }
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

    fn send(
        &mut self,
        node: usize,
        (from, to): (SocketAddr, SocketAddr),
        octets: Vec<u8>,
        cause: Option<Cause>,
        observer: &mut dyn Observer,
    ) -> Result<(), NetError> {
        let inside = is_loopback(from.ip()) && is_loopback(to.ip());
        let stranger = inside && self.serves_strangers && self.datagrams.is_stranger(to);
        let there = self.at_address.get(&to.ip()).copied().filter(|_| inside && !stranger);
        let to_stranger = inside && there.is_none() && self.serves_strangers;
        let arrives = self.arrival();
        let arrives_at = there.map(|_| arrives).or(to_stranger.then_some(self.now));
        let kind = TrafficKind::Datagram(&octets);
        observer.traffic(&Traffic { sent_at: self.now, arrives_at, from, to, kind, cause });
        if !inside {
            self.refuse_outside(node, from, to, observer);
        } else if let Some(there) = there {
            self.counts.datagrams += 1;
            let (datagrams, mut opener) = self.datagrams_and_opener();
            let payload = Datagram::Awaited(datagrams.send(from, to, octets, &mut opener)?);
            self.agenda.plan(arrives, there, Delivery::Datagram { from, to, payload });
        } else if to_stranger {
            let (datagrams, mut opener) = self.datagrams_and_opener();
            let sent = datagrams.send_out(from, to, &octets, &mut opener)?;
            self.counts.unsent += u64::from(!sent);
        }
        Ok(())
    }

    /// Counts and says that a message was not sent: nothing leaves loopback.
    fn refuse_outside(&mut self, node: usize, from: SocketAddr, to: SocketAddr, observer: &mut dyn Observer) {
        self.counts.outside += 1;
        let text = format!("not sent from {from} to {to}: outside loopback");
        observer.note(self.now, &self.nodes[node].id, &Note::Story(text));
    }

    fn arrival(&self) -> Timestamp {
        self.now.plus_us(self.options.latency_us)
    }

    fn datagrams_and_opener(&mut self) -> (&mut Datagrams, Opener<'_>) {
        // Tasks that have ended are forgotten here, where new ones begin.
        while self.tasks.try_join_next().is_some() {}
        let opener = Opener {
            ports: self.ports,
            options: &self.options,
            arrivals: &self.sender,
            tasks: &mut self.tasks,
            now: self.now,
        };
        (&mut self.datagrams, opener)
    }

    /// The octets of a flight, when they have come out of the receiver's socket.
    async fn landed(&mut self, number: u64, observer: &mut dyn Observer) -> Result<Vec<u8>, NetError> {
        let patience = self.options.patience;
        let landing = async {
            while !self.datagrams.has_arrived(number) {
                let arrival = self.next_arrival().await;
                self.take(arrival, observer)?;
            }
            Ok(self.datagrams.hand_over(number))
        };
        match tokio::time::timeout(patience, landing).await {
            Ok(octets) => octets,
            Err(_) => {
                let (from, to) = self.datagrams.ends(number).expect("a flight that has not arrived is kept");
                Err(NetError::Lost { from, to, patience })
            }
        }
    }

    async fn next_arrival(&mut self) -> Arrival {
        self.arrivals.recv().await.expect("the driver keeps a sender of its own")
    }

    /// Takes what came out of a socket.
    fn take(&mut self, arrival: Arrival, observer: &mut dyn Observer) -> Result<(), NetError> {
        match arrival {
            Arrival::Datagram { at, from, octets } => self.take_datagram(at, from, octets, observer),
            Arrival::Accepted { at, from, stream } => {
                self.take_accepted(at, from, stream, observer);
                Ok(())
            }
            Arrival::Wire { wire, what } => {
                self.take_from_wire(wire, what, observer);
                Ok(())
            }
        }
    }

    fn take_datagram(
        &mut self,
        to: SocketAddr,
        from: SocketAddr,
        octets: Vec<u8>,
        observer: &mut dyn Observer,
    ) -> Result<(), NetError> {
        let there = self.at_address.get(&to.ip()).copied();
        match (self.datagrams.arrived(to, from, &octets)?, there) {
            (Sender::Node, _) => {}
            (Sender::Stranger, Some(there)) if self.serves_strangers => {
                self.counts.from_strangers += 1;
                let (now, kind) = (self.now, TrafficKind::Datagram(&octets));
                observer.traffic(&Traffic { sent_at: now, arrives_at: Some(now), from, to, kind, cause: None });
                let payload = Datagram::Here(octets);
                self.agenda.plan(now, there, Delivery::Datagram { from, to, payload });
            }
            _ => self.counts.strays += 1,
        }
        Ok(())
    }
}

/// Which node has which address.
fn places(nodes: &[Node]) -> Result<BTreeMap<IpAddr, usize>, NetError> {
    let mut at_address = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        for &address in &node.addresses {
            if !is_loopback(address) {
                return Err(NetError::Outside { node: node.id.clone(), address });
            }
            at_address.entry(address).or_insert(i);
        }
        for &address in node.listens_udp.iter().chain(&node.listens_tcp) {
            if !is_loopback(address.ip()) {
                return Err(NetError::Outside { node: node.id.clone(), address: address.ip() });
            }
            if at_address.get(&address.ip()) != Some(&i) {
                return Err(NetError::NotOwn { node: node.id.clone(), address });
            }
        }
    }
    Ok(at_address)
}

/// Lets the sockets' tasks run once, and says whether the stop signal has come.
async fn has_ended(stop: Pin<&mut impl Future>) -> bool {
    tokio::select! {
        biased;
        _ = stop => true,
        () = tokio::task::yield_now() => false,
    }
}

#[cfg(test)]
mod tests;
