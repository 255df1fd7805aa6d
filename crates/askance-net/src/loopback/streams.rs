//! Streams between nodes and with strangers: opened, carried in order, closed.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener as StdTcpListener;

use askance_proto::{Cause, Input, Observer, StreamEvent, StreamFailure, StreamId, Traffic, TrafficKind};
use askance_record::Timestamp;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::agenda::{Delivery, Happening};
use super::wire::{Command, Happened, Start, Wire};
use super::{Arrival, Loopback, is_loopback};
use crate::error::NetError;

/// How long a connection attempt to an address where nobody is takes to fail, in microseconds.
const CONNECT_TIMEOUT_US: i64 = 30_000_000;
/// First port that parties see of streams that nodes open.
const FIRST_PORT: u16 = 32_768;
/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1_024;

/// The open streams, by each end.
#[derive(Debug, Default)]
pub(super) struct Streams {
    ends: BTreeMap<(usize, StreamId), End>,
    /// Whose end a wire is.
    owners: BTreeMap<u64, (usize, StreamId)>,
    /// Ends whose connection comes in from this real address.
    expected: BTreeMap<SocketAddr, Expected>,
    wires: u64,
    accepted: u64,
    ports: u64,
}

/// One end of a stream.
#[derive(Debug)]
struct End {
    /// The other end; `None` where it is a stranger's.
    peer: Option<(usize, StreamId)>,
    local: SocketAddr,
    remote: SocketAddr,
    cause: Option<Cause>,
    wire: u64,
    commands: UnboundedSender<Command>,
    /// When a stream to a stranger was asked for, until it stands.
    asked_at: Option<Timestamp>,
    // What has come through the socket from another node:
    established: bool,
    received: Vec<u8>,
    ended: bool,
    broken: Option<String>,
}

/// An end that a node will have when the connection comes in.
#[derive(Debug)]
struct Expected {
    wire: u64,
    commands: UnboundedReceiver<Command>,
}

/// What an end waits for.
#[derive(Clone, Copy, Debug)]
enum Awaited {
    Established,
    Octets(usize),
    Ended,
}

impl Awaited {
    fn text(self) -> &'static str {
        match self {
            Self::Established => "the connection",
            Self::Octets(_) => "what was written",
            Self::Ended => "the close",
        }
    }
}

/// Opens a listening socket, before or outside a runtime.
pub(super) fn listen(real: SocketAddr) -> io::Result<StdTcpListener> {
    let socket = Socket::new(Domain::for_address(real), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&real.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts connections for as long as the driver lives.
pub(super) fn accept(
    listener: StdTcpListener,
    at: SocketAddr,
    arrivals: Sender<Arrival>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::from_std(listener)?;
    Ok(async move {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    if arrivals.send(Arrival::Accepted { at, from, stream }).await.is_err() {
                        return;
                    }
                }
                // Out of descriptors, or the peer has gone already: others may still come.
                Err(_) => tokio::time::sleep(core::time::Duration::from_millis(10)).await,
            }
        }
    })
}

impl Streams {
    /// Registers an end; its wire begins with the receiver given back.
    fn add(&mut self, key: (usize, StreamId), ends: (SocketAddr, SocketAddr), cause: Option<Cause>) -> Expected {
        self.wires += 1;
        let (sender, commands) = unbounded_channel();
        let end = End {
            peer: None,
            local: ends.0,
            remote: ends.1,
            cause,
            wire: self.wires,
            commands: sender,
            asked_at: None,
            established: false,
            received: Vec::new(),
            ended: false,
            broken: None,
        };
        self.owners.insert(self.wires, key);
        self.ends.insert(key, end);
        Expected { wire: self.wires, commands }
    }

    fn remove(&mut self, key: (usize, StreamId)) -> Option<End> {
        let end = self.ends.remove(&key)?;
        self.owners.remove(&end.wire);
        Some(end)
    }

    fn broken(&self, key: (usize, StreamId), why: &str) -> NetError {
        let end = &self.ends[&key];
        NetError::Broken { from: end.remote, to: end.local, why: why.to_owned() }
    }

    fn next_accepted(&mut self) -> StreamId {
        self.accepted += 1;
        StreamId::accepted(self.accepted)
    }

    /// The port that parties see of the next stream that a node opens.
    fn port(&mut self) -> u16 {
        let span = u64::from(u16::MAX - FIRST_PORT) + 1;
        let port = u64::from(FIRST_PORT) + self.ports % span;
        self.ports += 1;
        u16::try_from(port).expect("below 2^16")
    }
}

impl End {
    fn tell(&self, command: Command) {
        // A wire that has ended says so itself.
        self.commands.send(command).ok();
    }
}

impl Loopback {
    pub(super) fn connect(
        &mut self,
        node: usize,
        id: StreamId,
        (from, to): (IpAddr, SocketAddr),
        cause: Option<Cause>,
        observer: &mut dyn Observer,
    ) -> Result<(), NetError> {
        let local = SocketAddr::new(from, self.streams.port());
        let inside = is_loopback(from) && is_loopback(to.ip());
        let there = self.at_address.get(&to.ip()).copied().filter(|_| inside);
        let listening = there.filter(|&n| self.nodes[n].listens_tcp.contains(&to));
        if inside && listening.is_none() && self.serves_strangers {
            return self.connect_out(node, id, (local, to), cause);
        }
        let arrives = self.arrival();
        let (kind, arrives_at) = (TrafficKind::Open(listening.is_some()), there.map(|_| arrives));
        observer.traffic(&Traffic { sent_at: self.now, arrives_at, from: local, to, kind, cause });
        if !inside {
            self.refuse_outside(node, local, to, observer);
        }
        let Some(peer) = listening else {
            let (why, at) = match there {
                Some(_) => (StreamFailure::Refused, arrives.plus_us(self.options.latency_us)),
                None => (StreamFailure::Timeout, self.now.plus_us(CONNECT_TIMEOUT_US)),
            };
            self.agenda.plan(at, node, Delivery::Stream { id, event: Happening::Failed(why) });
            return Ok(());
        };
        self.counts.streams += 1;
        let theirs = self.streams.next_accepted();
        let real_to = SocketAddr::new(to.ip(), self.ports.real(to.port()));
        let (socket, real_from) = client_socket(from).map_err(|source| NetError::Bind { address: local, source })?;
        let ours = self.streams.add((node, id), (local, to), cause);
        let expected = self.streams.add((peer, theirs), (to, local), cause);
        for (end, other) in [((node, id), (peer, theirs)), ((peer, theirs), (node, id))] {
            if let Some(end) = self.streams.ends.get_mut(&end) {
                end.peer = Some(other);
            }
        }
        self.streams.expected.insert(real_from, expected);
        self.begin_wire(ours, false, Start::Connect(socket, real_to));
        let event = Happening::Accepted { from: local, to };
        self.agenda.plan(arrives, peer, Delivery::Stream { id: theirs, event });
        let back = arrives.plus_us(self.options.latency_us);
        self.agenda.plan(back, node, Delivery::Stream { id, event: Happening::Connected });
        Ok(())
    }

    /// Opens a stream to where no node listens: somebody else may.
    fn connect_out(
        &mut self,
        node: usize,
        id: StreamId,
        (local, to): (SocketAddr, SocketAddr),
        cause: Option<Cause>,
    ) -> Result<(), NetError> {
        let (socket, _) = client_socket(local.ip()).map_err(|source| NetError::Bind { address: local, source })?;
        let begun = self.streams.add((node, id), (local, to), cause);
        if let Some(end) = self.streams.ends.get_mut(&(node, id)) {
            end.asked_at = Some(self.now);
        }
        self.begin_wire(begun, true, Start::Connect(socket, to));
        Ok(())
    }

    fn begin_wire(&mut self, begun: Expected, stranger: bool, start: Start) {
        // Tasks that have ended are forgotten here, where new ones begin.
        while self.tasks.try_join_next().is_some() {}
        let Expected { wire: number, commands } = begun;
        let (arrivals, tls) = (self.sender.clone(), self.tls.clone());
        self.tasks.spawn(Wire { number, stranger, commands, arrivals, tls }.work(start));
    }

    pub(super) fn write(&mut self, node: usize, id: StreamId, octets: Vec<u8>, observer: &mut dyn Observer) {
        let Some(end) = self.streams.ends.get(&(node, id)) else { return };
        self.watch(end, TrafficKind::Octets(&octets), observer);
        if let Some((peer, theirs)) = end.peer {
            let event = Happening::Awaited(octets.clone());
            self.agenda.plan(self.arrival(), peer, Delivery::Stream { id: theirs, event });
        }
        end.tell(Command::Write(octets));
    }

    pub(super) fn secure(&mut self, node: usize, id: StreamId, as_server: bool) {
        let Some(end) = self.streams.ends.get(&(node, id)) else { return };
        end.tell(Command::Secure { as_server });
        // Between nodes the handshake takes as long as in virtual time; what is written
        // meanwhile waits for the real one. A stranger's is told when it is done.
        if end.peer.is_some() {
            self.agenda.plan(self.arrival(), node, Delivery::Stream { id, event: Happening::Secured });
        }
    }

    pub(super) fn close(&mut self, node: usize, id: StreamId, observer: &mut dyn Observer) {
        let Some(end) = self.streams.remove((node, id)) else { return };
        self.watch(&end, TrafficKind::Close, observer);
        if let Some((peer, theirs)) = end.peer {
            self.agenda.plan(self.arrival(), peer, Delivery::Stream { id: theirs, event: Happening::Closed });
        }
        end.tell(Command::Close);
    }

    fn watch(&self, end: &End, kind: TrafficKind<'_>, observer: &mut dyn Observer) {
        let arrives_at = Some(if end.peer.is_some() { self.arrival() } else { self.now });
        let (from, to, cause) = (end.local, end.remote, end.cause);
        observer.traffic(&Traffic { sent_at: self.now, arrives_at, from, to, kind, cause });
    }

    /// An event of a stream that is due.
    pub(super) async fn happen_on_stream(
        &mut self,
        node: usize,
        id: StreamId,
        event: Happening,
        observer: &mut dyn Observer,
    ) -> Result<(), NetError> {
        let key = (node, id);
        // Nothing follows a close.
        if !matches!(event, Happening::Failed(_)) && !self.streams.ends.contains_key(&key) {
            return Ok(());
        }
        let octets;
        let event = match event {
            Happening::Accepted { from, to } => {
                self.come_through(key, Awaited::Established, observer).await?;
                StreamEvent::Accepted { from, to, cause: None }
            }
            Happening::Connected => {
                self.come_through(key, Awaited::Established, observer).await?;
                StreamEvent::Connected
            }
            Happening::Failed(why) => {
                self.streams.remove(key);
                StreamEvent::Failed(why)
            }
            Happening::Awaited(written) => {
                octets = self.come_through(key, Awaited::Octets(written.len()), observer).await?;
                if octets != written {
                    return Err(self.streams.broken(key, "other octets came than were written"));
                }
                StreamEvent::Octets(&octets)
            }
            Happening::Here(here) => {
                octets = here;
                StreamEvent::Octets(&octets)
            }
            Happening::Secured => StreamEvent::Secured,
            Happening::Closed => {
                self.come_through(key, Awaited::Ended, observer).await?;
                if let Some(end) = self.streams.remove(key) {
                    end.tell(if end.peer.is_some() { Command::Abandon } else { Command::Close });
                }
                StreamEvent::Closed
            }
        };
        self.give(node, Input::Stream { id, event }, observer)
    }

    /// Waits until what another node did has come through the socket; gives the octets.
    async fn come_through(
        &mut self,
        key: (usize, StreamId),
        what: Awaited,
        observer: &mut dyn Observer,
    ) -> Result<Vec<u8>, NetError> {
        let patience = self.options.patience;
        let coming = async {
            loop {
                // Only its own party and this delivery end it.
                let end = self.streams.ends.get_mut(&key).expect("the end was there when the wait began");
                let here = match what {
                    _ if end.peer.is_none() => return Ok(Vec::new()),
                    Awaited::Established => end.established,
                    Awaited::Octets(length) => end.received.len() >= length,
                    Awaited::Ended => end.ended,
                };
                if here {
                    let length = if let Awaited::Octets(length) = what { length } else { 0 };
                    return Ok(end.received.drain(..length).collect());
                }
                if end.ended {
                    let why = end.broken.clone();
                    return Err(self.streams.broken(key, why.as_deref().unwrap_or("closed too early")));
                }
                let arrival = self.next_arrival().await;
                self.take(arrival, observer)?;
            }
        };
        if let Ok(come) = tokio::time::timeout(patience, coming).await {
            return come;
        }
        let end = &self.streams.ends[&key];
        Err(NetError::Stalled { from: end.remote, to: end.local, what: what.text(), patience })
    }

    /// A connection came in: from another node, or from a stranger.
    pub(super) fn take_accepted(
        &mut self,
        at: SocketAddr,
        from: SocketAddr,
        stream: TcpStream,
        observer: &mut dyn Observer,
    ) {
        if let Some(expected) = self.streams.expected.remove(&from) {
            return self.begin_wire(expected, false, Start::Accepted(stream));
        }
        let Some(node) = self.at_address.get(&at.ip()).copied().filter(|_| self.serves_strangers) else {
            self.counts.strays += 1;
            return;
        };
        self.counts.from_strangers += 1;
        let id = self.streams.next_accepted();
        let begun = self.streams.add((node, id), (at, from), None);
        self.begin_wire(begun, true, Start::Accepted(stream));
        let (now, kind) = (self.now, TrafficKind::Open(true));
        observer.traffic(&Traffic { sent_at: now, arrives_at: Some(now), from, to: at, kind, cause: None });
        let event = Happening::Accepted { from, to: at };
        self.agenda.plan(now, node, Delivery::Stream { id, event });
    }

    /// Something came through a wire.
    pub(super) fn take_from_wire(&mut self, wire: u64, what: Happened, observer: &mut dyn Observer) {
        // The party has closed its end: nobody wants to know.
        let Some(&key) = self.streams.owners.get(&wire) else { return };
        let Some(end) = self.streams.ends.get_mut(&key) else { return };
        if end.peer.is_none() {
            return self.take_from_stranger(key, what, observer);
        }
        match what {
            Happened::Established => end.established = true,
            Happened::Octets(octets) => end.received.extend_from_slice(&octets),
            Happened::Secured => {}
            Happened::Failed(error) => (end.ended, end.broken) = (true, Some(error.to_string())),
            Happened::Ended(broken) => (end.ended, end.broken) = (true, broken),
        }
    }

    fn take_from_stranger(&mut self, key: (usize, StreamId), what: Happened, observer: &mut dyn Observer) {
        let Some(end) = self.streams.ends.get_mut(&key) else { return };
        let (now, asked_at) = (self.now, end.asked_at.take());
        let mut heard = |kind: TrafficKind<'_>| {
            let (from, to) = (end.remote, end.local);
            observer.traffic(&Traffic { sent_at: now, arrives_at: Some(now), from, to, kind, cause: None });
        };
        let event = match what {
            // The party has been told of a stream that it accepts.
            Happened::Established if asked_at.is_none() => return,
            Happened::Established => Happening::Connected,
            Happened::Failed(error) if error.kind() == io::ErrorKind::TimedOut => {
                Happening::Failed(StreamFailure::Timeout)
            }
            Happened::Failed(_) => Happening::Failed(StreamFailure::Refused),
            Happened::Octets(octets) => {
                heard(TrafficKind::Octets(&octets));
                Happening::Here(octets)
            }
            Happened::Secured => Happening::Secured,
            Happened::Ended(_) => {
                heard(TrafficKind::Close);
                Happening::Closed
            }
        };
        if let Some(sent_at) = asked_at {
            let kind = TrafficKind::Open(matches!(event, Happening::Connected));
            let (from, to, cause) = (end.local, end.remote, end.cause);
            observer.traffic(&Traffic { sent_at, arrives_at: Some(now), from, to, kind, cause });
        }
        self.agenda.plan(now, key.0, Delivery::Stream { id: key.1, event });
    }
}

/// A socket to connect from, and its real address.
fn client_socket(from: IpAddr) -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(from, 0))?;
    let real = socket.local_addr()?;
    Ok((socket, real))
}
