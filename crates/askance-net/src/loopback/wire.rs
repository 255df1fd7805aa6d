//! One end of a TCP connection: a task that owns the socket.
//!
//! The driver tells it what to write, when to begin TLS and when to close; it tells the
//! driver what came. It reads while it writes, so that two parties that both have much
//! to say cannot block each other.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio_rustls::TlsStream;

use super::Arrival;
use super::tls::Tls;

/// What the driver wants done, in this order.
#[derive(Debug)]
pub(super) enum Command {
    Write(Vec<u8>),
    Secure {
        as_server: bool,
    },
    /// Close after everything written so far.
    Close,
    /// Forget the socket at once; the other end has closed and expects nothing.
    Abandon,
}

/// What happened to a wire.
#[derive(Debug)]
pub(super) enum Happened {
    /// The connection stands.
    Established,
    /// It cannot be made.
    Failed(io::Error),
    Octets(Vec<u8>),
    /// TLS is established.
    Secured,
    /// The other end has closed, or, with a reason, the connection broke.
    Ended(Option<String>),
}

/// How the connection comes about.
#[derive(Debug)]
pub(super) enum Start {
    Accepted(TcpStream),
    Connect(TcpSocket, SocketAddr),
}

/// Octets waiting to be written to a stranger beyond which it is not read from: who
/// does not listen is not listened to.
const PENDING_OCTETS_MAX: usize = 1 << 20;
/// How long an end that has closed waits for the other to do so.
const LINGER: Duration = Duration::from_secs(5);
/// Octets read at once.
const CHUNK_OCTETS: usize = 16 * 1024;

/// One end of a TCP connection.
pub(super) struct Wire {
    pub(super) number: u64,
    pub(super) stranger: bool,
    pub(super) commands: UnboundedReceiver<Command>,
    pub(super) arrivals: Sender<Arrival>,
    pub(super) tls: Tls,
}

/// Why the exchange pauses.
#[derive(Clone, Copy)]
enum Pause {
    Secure { as_server: bool },
    Close,
    Abandon,
}

impl Wire {
    /// Carries octets until either end closes for good.
    pub(super) async fn work(mut self, start: Start) {
        let connected = match start {
            Start::Accepted(stream) => Ok(stream),
            Start::Connect(socket, to) => socket.connect(to).await,
        };
        let mut plain = match connected {
            Ok(stream) => stream,
            Err(error) => return self.tell(Happened::Failed(error)).await,
        };
        // Small writes must not wait for each other; where the system refuses, they only take longer.
        plain.set_nodelay(true).ok();
        self.tell(Happened::Established).await;
        match self.carry(&mut plain).await {
            Pause::Secure { as_server } => match self.tls.clone().secure(plain, as_server).await {
                Ok(secured) => {
                    self.tell(Happened::Secured).await;
                    self.carry_secured(secured).await;
                }
                Err(error) => self.tell(Happened::Ended(Some(error.to_string()))).await,
            },
            Pause::Close => self.linger(plain).await,
            Pause::Abandon => abandon(&plain),
        }
    }

    async fn carry_secured(&mut self, mut stream: TlsStream<TcpStream>) {
        loop {
            match self.carry(&mut stream).await {
                // It is secure already.
                Pause::Secure { .. } => self.tell(Happened::Secured).await,
                Pause::Close => return self.linger(stream).await,
                Pause::Abandon => return abandon(stream.get_ref().0),
            }
        }
    }

    async fn tell(&self, what: Happened) {
        // Nobody hears it where the driver is gone.
        self.arrivals.send(Arrival::Wire { wire: self.number, what }).await.ok();
    }

    /// Reads and writes until the driver wants something else done.
    async fn carry<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S) -> Pause {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut chunk = vec![0; CHUNK_OCTETS];
        let mut outgoing = Outgoing::default();
        let mut ended = false;
        let mut pause: Option<Pause> = None;
        loop {
            if outgoing.is_done()
                && let Some(pause) = pause
            {
                return pause;
            }
            tokio::select! {
                // Commands first: after `Secure` not one octet may be read as plain text.
                biased;
                command = self.commands.recv(), if pause.is_none() => match command {
                    Some(Command::Write(octets)) => outgoing.octets.extend_from_slice(&octets),
                    Some(Command::Secure { as_server }) => pause = Some(Pause::Secure { as_server }),
                    Some(Command::Close) => pause = Some(Pause::Close),
                    Some(Command::Abandon) | None => return Pause::Abandon,
                },
                moved = outgoing.push(&mut writer), if !outgoing.is_done() => outgoing.account(moved.ok()),
                read = reader.read(&mut chunk), if !ended && self.reads(pause, outgoing.held()) => {
                    let what = match read {
                        Ok(0) => Happened::Ended(None),
                        Ok(octets) => Happened::Octets(chunk[..octets].to_vec()),
                        Err(error) => Happened::Ended(Some(error.to_string())),
                    };
                    ended = matches!(what, Happened::Ended(_));
                    self.tell(what).await;
                }
            }
        }
    }

    fn reads(&self, pause: Option<Pause>, held: usize) -> bool {
        let deaf = self.stranger && held > PENDING_OCTETS_MAX;
        !deaf && !matches!(pause, Some(Pause::Secure { .. }))
    }

    /// Says that nothing more follows, and reads what still comes: a socket that is dropped
    /// with unread octets takes back what the other end has not read either (RFC 1122 §4.2.2.13).
    async fn linger<S: AsyncRead + AsyncWrite + Unpin>(&mut self, mut stream: S) {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut chunk = vec![0; CHUNK_OCTETS];
        let until_closed = async { while stream.read(&mut chunk).await.is_ok_and(|octets| octets > 0) {} };
        // A peer that keeps its end open is not waited for any longer.
        tokio::time::timeout(LINGER, until_closed).await.ok();
    }
}

/// What is to be written.
struct Outgoing {
    octets: Vec<u8>,
    written: usize,
    flushed: bool,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { octets: Vec::new(), written: 0, flushed: true }
    }
}

impl Outgoing {
    fn held(&self) -> usize {
        self.octets.len() - self.written
    }

    fn is_done(&self) -> bool {
        self.held() == 0 && self.flushed
    }

    /// Writes some of it, or flushes; nothing is lost where it is dropped half-way.
    async fn push<W: AsyncWrite + Unpin>(&self, writer: &mut W) -> io::Result<usize> {
        match &self.octets[self.written..] {
            [] => writer.flush().await.map(|()| 0),
            held => writer.write(held).await,
        }
    }

    fn account(&mut self, moved: Option<usize>) {
        match moved {
            // What cannot be written any more is dropped; reading tells why.
            None => *self = Self::default(),
            Some(0) if self.held() > 0 => *self = Self::default(),
            Some(octets) => {
                self.flushed = self.held() == 0;
                self.written += octets;
                if self.held() == 0 {
                    self.octets.clear();
                    self.written = 0;
                }
            }
        }
    }
}

/// Drops the connection without leaving the other end, which has closed, in TIME-WAIT:
/// months of a scenario in seconds would use up all ports.
fn abandon(stream: &TcpStream) {
    // Where the system refuses, the port is only kept longer.
    stream.set_zero_linger().ok();
}
