//! What can be chosen about a run, and what it counts.

use core::time::Duration;

use crate::error::NetError;

/// Ports that only a privileged user may listen at on most systems end here.
const PRIVILEGED_PORTS_END: u16 = 1024;

/// Where logical ports really are.
///
/// Parties always see logical ports, real programs the real ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortMap {
    /// Added to ports below 1024, so that port 53 is really at 53 + offset and nobody
    /// needs to be root; 0 leaves all ports where they are.
    pub offset: u16,
}

impl PortMap {
    /// The real port of a logical one.
    pub fn real(self, port: u16) -> u16 {
        if port == 0 || port >= PRIVILEGED_PORTS_END { port } else { port.saturating_add(self.offset) }
    }

    pub(super) fn check(self) -> Result<(), NetError> {
        let fits = self.offset <= u16::MAX - (PRIVILEGED_PORTS_END - 1);
        if fits { Ok(()) } else { Err(NetError::Shift { offset: self.offset }) }
    }
}

/// What can be chosen about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// From any node to any other, in microseconds of scenario time; strangers are heard at once.
    pub latency_us: i64,
    /// How long octets between nodes may take, in real time, before the run fails.
    pub patience: Duration,
    /// Most sockets that are open for datagrams from ports that nobody listens at; at least 2.
    pub sockets_max: usize,
    /// After how many microseconds of scenario time without use such a socket is closed when another is needed.
    pub idle_us: i64,
    /// The name in the certificate for TLS.
    pub tls_name: String,
}

impl Default for Options {
    /// 8 ms as in virtual time, 10 s of patience, 256 sockets, idle after a minute.
    fn default() -> Self {
        Self {
            latency_us: 8_000,
            patience: Duration::from_secs(10),
            sockets_max: 256,
            idle_us: 60_000_000,
            tls_name: "mail.example".to_owned(),
        }
    }
}

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Inputs that parties were given.
    pub events: u64,
    /// Datagrams that nodes sent each other.
    pub datagrams: u64,
    /// Streams between nodes.
    pub streams: u64,
    /// Datagrams and streams from strangers.
    pub from_strangers: u64,
    /// Messages for addresses outside loopback: never sent.
    pub outside: u64,
    /// Datagrams to strangers that the system refused to send.
    pub unsent: u64,
    /// Datagrams and streams that nobody was to get: from strangers while time is stepped, or twice.
    pub strays: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The time to run until has come.
    Until,
    /// The stop signal came.
    Stopped,
    /// No party waits for anything any more; only with [`Clock::Stepped`](crate::Clock::Stepped) without end.
    Quiet,
}
