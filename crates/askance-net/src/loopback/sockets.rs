//! UDP sockets by the address that the parties see.

use core::net::SocketAddr;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::UdpSocket as StdUdpSocket;
use std::sync::Arc;

use askance_record::Timestamp;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::Sender;
use tokio::task::{AbortHandle, JoinSet};

use super::{Arrival, Options, PortMap};
use crate::error::NetError;

/// Buffer asked for each socket; the system may give less.
const BUFFER_OCTETS: usize = 4 << 20;
/// Largest payload of a datagram.
const DATAGRAM_OCTETS_MAX: usize = 65_535;

/// The open sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    held: BTreeMap<SocketAddr, Held>,
    /// The address that the parties see, by the real one.
    seen: BTreeMap<SocketAddr, SocketAddr>,
    uses: u64,
    on_demand: usize,
}

/// An open socket.
#[derive(Debug)]
pub(super) struct Held {
    socket: Arc<UdpSocket>,
    real: SocketAddr,
    reader: AbortHandle,
    /// Opened for a datagram, not for listening.
    on_demand: bool,
    last_use: u64,
    last_used_at: Timestamp,
    /// Datagrams under way from or to it.
    pub(super) busy: u32,
    /// What is under way to it takes of its receive buffer, and how much of that may be taken.
    pub(super) load_octets: usize,
    pub(super) load_octets_max: usize,
    /// Flights to it that have not left, for want of room there.
    pub(super) waiting: VecDeque<u64>,
}

/// What opening a socket takes.
pub(super) struct Opener<'a> {
    pub(super) ports: PortMap,
    pub(super) options: &'a Options,
    pub(super) arrivals: &'a Sender<Arrival>,
    pub(super) tasks: &'a mut JoinSet<()>,
    pub(super) now: Timestamp,
}

/// Opens a socket, before or outside a runtime.
pub(super) fn bind(real: SocketAddr) -> io::Result<StdUdpSocket> {
    let socket = Socket::new(Domain::for_address(real), Type::DGRAM, Some(Protocol::UDP))?;
    // Smaller buffers only mean that less is under way at a time.
    socket.set_recv_buffer_size(BUFFER_OCTETS).ok();
    socket.set_send_buffer_size(BUFFER_OCTETS).ok();
    socket.set_nonblocking(true)?;
    socket.bind(&real.into())?;
    Ok(socket.into())
}

impl Sockets {
    /// Takes over a socket and reads from it.
    pub(super) fn adopt(
        &mut self,
        seen: SocketAddr,
        socket: StdUdpSocket,
        on_demand: bool,
        opener: &mut Opener<'_>,
    ) -> io::Result<()> {
        let real = socket.local_addr()?;
        // Half of it: the kernel counts its bookkeeping too, and strangers need some.
        let load_octets_max = SockRef::from(&socket).recv_buffer_size()? / 2;
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        let reader = opener.tasks.spawn(read(Arc::clone(&socket), seen, opener.arrivals.clone()));
        let held = Held {
            socket,
            real,
            reader,
            on_demand,
            last_use: self.uses,
            last_used_at: opener.now,
            busy: 0,
            load_octets: 0,
            load_octets_max,
            waiting: VecDeque::new(),
        };
        self.on_demand += usize::from(on_demand);
        self.seen.insert(real, seen);
        self.held.insert(seen, held);
        Ok(())
    }

    /// Makes sure that there is a socket for an address, on the same port where that is free; gives
    /// the address that it is held under, which is that of port 0 where there are too many.
    pub(super) fn open(&mut self, seen: SocketAddr, opener: &mut Opener<'_>) -> Result<SocketAddr, NetError> {
        self.uses += 1;
        let stand_in = SocketAddr::new(seen.ip(), 0);
        if !self.held.contains_key(&seen) {
            self.make_room(opener);
        }
        let full = self.on_demand >= opener.options.sockets_max.max(2);
        let seen = if full && !self.held.contains_key(&seen) { stand_in } else { seen };
        if let Some(held) = self.held.get_mut(&seen) {
            (held.last_use, held.last_used_at) = (self.uses, opener.now);
            return Ok(seen);
        }
        let wanted = SocketAddr::new(seen.ip(), opener.ports.real(seen.port()));
        let failed = |source| NetError::Bind { address: wanted, source };
        let socket = match bind(wanted) {
            Err(e) if matches!(e.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) => bind(stand_in),
            other => other,
        };
        self.adopt(seen, socket.map_err(failed)?, true, opener).map_err(failed)?;
        Ok(seen)
    }

    /// Where there are too many sockets, closes the least used ones and those idle for long.
    fn make_room(&mut self, opener: &Opener<'_>) {
        let Some(excess) = self.on_demand.checked_sub(opener.options.sockets_max.max(2)) else { return };
        let idle_since = opener.now.plus_us(-opener.options.idle_us);
        let idle = |(seen, held): (&SocketAddr, &Held)| (held.last_use, held.last_used_at, *seen);
        let closable = self.held.iter().filter(|(_, held)| held.on_demand && held.busy == 0);
        let mut closable: Vec<(u64, Timestamp, SocketAddr)> = closable.map(idle).collect();
        closable.sort_unstable();
        let closed = closable.iter().enumerate().take_while(|(i, (_, at, _))| *i <= excess || *at < idle_since);
        for (_, (_, _, seen)) in closed {
            if let Some(held) = self.held.remove(seen) {
                held.reader.abort();
                self.seen.remove(&held.real);
                self.on_demand -= 1;
            }
        }
    }

    pub(super) fn get_mut(&mut self, seen: SocketAddr) -> Option<&mut Held> {
        self.held.get_mut(&seen)
    }

    /// Where the parties see the socket at a real address, if it is one of ours.
    pub(super) fn seen(&self, real: SocketAddr) -> Option<SocketAddr> {
        self.seen.get(&real).copied()
    }

    /// Where the socket for an address really is.
    pub(super) fn real(&self, seen: SocketAddr) -> Option<SocketAddr> {
        self.held.get(&seen).map(|held| held.real)
    }

    /// How many sockets were opened for datagrams and are open still.
    #[cfg(test)]
    pub(super) fn on_demand(&self) -> usize {
        self.on_demand
    }

    /// Sends at once from an open socket.
    ///
    /// Past the runtime, which learns that a new socket is ready only when it next waits:
    /// a datagram for loopback goes straight into the receiver's buffer.
    pub(super) fn send(&self, from: SocketAddr, real_to: SocketAddr, octets: &[u8]) -> io::Result<()> {
        let Some(held) = self.held.get(&from) else { return Err(io::ErrorKind::NotConnected.into()) };
        SockRef::from(&held.socket).send_to(octets, &real_to.into()).map(|_| ())
    }
}

/// Reads a socket for as long as it is held.
async fn read(socket: Arc<UdpSocket>, at: SocketAddr, arrivals: Sender<Arrival>) {
    let mut buffer = vec![0; DATAGRAM_OCTETS_MAX];
    while let Ok((octets, from)) = socket.recv_from(&mut buffer).await {
        let octets = buffer[..octets].to_vec();
        if arrivals.send(Arrival::Datagram { at, from, octets }).await.is_err() {
            return;
        }
    }
}
