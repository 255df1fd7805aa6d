//! Why parties cannot be run over sockets.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use askance_record::{Explain, Timestamp};

/// Why parties cannot be run over sockets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// A node's address is neither in 127.0.0.0/8 nor `::1`.
    #[error("{node} has the address {address}, which is outside loopback")]
    Outside {
        /// The node.
        node: String,
        /// The address.
        address: core::net::IpAddr,
    },
    /// A node listens where it has no address, or where another node was first.
    #[error("{node} listens at {address}, which is not its own address")]
    NotOwn {
        /// The node.
        node: String,
        /// Where it listens.
        address: SocketAddr,
    },
    /// The shift would move a privileged port past the last one.
    #[error("ports cannot be shifted by {offset}: at most {}", u16::MAX - 1023)]
    Shift {
        /// The shift asked for.
        offset: u16,
    },
    /// A socket cannot be opened.
    #[error("cannot listen at {address}")]
    Bind {
        /// The real address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A datagram between two nodes cannot be sent.
    #[error("cannot send {octets} octets from {from} to {to}")]
    Send {
        /// The sender, as the parties see it.
        from: SocketAddr,
        /// The receiver, as the parties see it.
        to: SocketAddr,
        /// Size of the payload.
        octets: usize,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A datagram between two nodes was sent and did not arrive.
    #[error("a datagram from {from} to {to} did not arrive within {patience:?}: the system dropped it")]
    Lost {
        /// The sender, as the parties see it.
        from: SocketAddr,
        /// The receiver, as the parties see it.
        to: SocketAddr,
        /// How long it was waited for, in real time.
        patience: Duration,
    },
    /// A stream between two nodes did not bring what was sent.
    #[error("the stream from {from} to {to} stalled: {what} did not come within {patience:?}")]
    Stalled {
        /// The end that waits, as the parties see it.
        to: SocketAddr,
        /// The other end.
        from: SocketAddr,
        /// What was waited for.
        what: &'static str,
        /// How long, in real time.
        patience: Duration,
    },
    /// A stream between two nodes broke.
    #[error("the stream from {from} to {to} broke: {why}")]
    Broken {
        /// The end that noticed, as the parties see it.
        to: SocketAddr,
        /// The other end.
        from: SocketAddr,
        /// What the system or the TLS library said.
        why: String,
    },
    /// Scenario time cannot pass at this pace.
    #[error("time cannot run at {speed} times its pace")]
    Speed {
        /// The pace asked for.
        speed: f64,
    },
    /// The parties keep each other busy without time passing.
    #[error("{node} keeps the clock from moving on at {at}: more than {limit} events at one instant")]
    Livelock {
        /// The node that the last event was for.
        node: String,
        /// When.
        at: Timestamp,
        /// The bound.
        limit: u64,
    },
    /// No certificate can be made for the server name.
    #[error("cannot make a certificate for {name}: {why}")]
    Certificate {
        /// The server name.
        name: String,
        /// What the library said.
        why: String,
    },
    /// A run goes on in another runtime than it began in, where its sockets are not heard.
    #[error("a run must go on in the runtime that it began in")]
    OtherRuntime,
    /// The journal of a survey cannot be read or written.
    #[error("cannot keep the journal of the survey")]
    Journal {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line of a journal is not what a survey writes.
    #[error("line {line} of the journal is not of a survey: {why}")]
    JournalLine {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A journal belongs to a survey that asked as somebody else.
    #[error("the journal is of a survey with other sender identities, source addresses or port")]
    JournalOther,
    /// No resolver said anything.
    #[error("nobody answered: {servers}")]
    Silent {
        /// Whom was asked.
        servers: String,
    },
    /// The system gives no random octets, so that answers could be forged.
    #[error("the system gives no random octets")]
    Chance,
    /// The system gives no event queue or no signals.
    #[error("the system does not let the program wait for sockets or signals")]
    Runtime {
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Explain for NetError {
    fn code(&self) -> &'static str {
        match self {
            Self::Outside { .. } => "net::outside",
            Self::NotOwn { .. } => "net::not-own",
            Self::Shift { .. } => "net::shift",
            Self::Bind { .. } => "net::bind",
            Self::Send { .. } => "net::send",
            Self::Lost { .. } => "net::lost",
            Self::Stalled { .. } => "net::stalled",
            Self::Broken { .. } => "net::broken",
            Self::Speed { .. } => "net::speed",
            Self::Livelock { .. } => "net::livelock",
            Self::Certificate { .. } => "net::certificate",
            Self::OtherRuntime => "net::other-runtime",
            Self::Journal { .. } => "net::journal",
            Self::JournalLine { .. } => "net::journal-line",
            Self::JournalOther => "net::journal-other",
            Self::Silent { .. } => "net::silent",
            Self::Chance => "net::chance",
            Self::Runtime { .. } => "net::runtime",
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Outside { .. } => "parties have addresses of 127.0.0.0/8 or ::1",
            Self::NotOwn { .. } => "give each party addresses of its own",
            Self::Shift { .. } => "shift by less",
            Self::Bind { source, .. } => return bind_help(source.kind()).map(str::to_owned),
            Self::Lost { .. } | Self::Stalled { .. } | Self::Broken { .. } | Self::Send { .. } => {
                "the machine may be overloaded or short of sockets: try again, or with fewer parties"
            }
            Self::Speed { .. } => {
                "choose a pace above 0, such as 60 for a minute of the scenario each second; 1 at most where a survey asks \
                 strangers"
            }
            Self::Livelock { .. } | Self::Certificate { .. } | Self::OtherRuntime => {
                "a defect of the lab: please report it with the scenario and the seed"
            }
            Self::Journal { .. } => "see the cause; choose a file that can be written",
            Self::JournalLine { .. } => "the file was changed, or is no journal: choose another file",
            Self::JournalOther => {
                "choose another file, or ask as before: a target is judged by visits that belong together"
            }
            Self::Silent { .. } => {
                "name a resolver that answers with --resolver ADDR[:PORT], or give zone files with --zones DIR"
            }
            Self::Chance => "a defect of the system or of its sandbox: /dev/urandom or getrandom is missing",
            Self::Runtime { .. } => "see the cause: the system may be out of file descriptors",
        };
        Some(help.to_owned())
    }
}

/// What helps where a socket cannot be opened.
fn bind_help(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::PermissionDenied => {
            Some("ports below 1024 are for root: shift them with --port-offset 5300, or run as root")
        }
        io::ErrorKind::AddrInUse => Some("another program listens there: stop it, or choose another --port-offset"),
        io::ErrorKind::AddrNotAvailable => {
            Some("on Linux all of 127.0.0.0/8 is this machine; elsewhere add the address to the loopback interface")
        }
        _ => None,
    }
}
