//! The contract between a party and whatever drives it.

use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use askance_record::Timestamp;

/// A protocol party. Owns no socket, clock, thread or ambient randomness.
///
/// A driver calls [`handle`](Actor::handle) with one input and then drains
/// [`poll`](Actor::poll) until it says [`Output::Wait`], before the next input.
/// Time never runs backwards.
pub trait Actor: Send {
    /// Takes one input.
    fn handle(&mut self, now: Timestamp, input: Input<'_>);

    /// The next thing that the party wants done; [`Output::Wait`] when it has nothing more to say.
    fn poll(&mut self) -> Output;
}

/// Which process of the story made a message: ground truth, carried beside the wire, never on it.
///
/// The party that first asks sets it; a resolver hands it on to the queries that it
/// makes on behalf of the asker. Decisions never depend on it. Over real sockets it is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u32);

/// One stream (TCP connection) of a party.
///
/// A party numbers the streams that it opens with [`StreamId::opened`]; a driver
/// numbers those that it accepts with [`StreamId::accepted`]; so they never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u64);

impl StreamId {
    /// The `n`th stream that the party opens itself.
    pub const fn opened(n: u64) -> Self {
        Self(n << 1)
    }

    /// The `n`th stream that the driver accepts for the party.
    pub const fn accepted(n: u64) -> Self {
        Self(n << 1 | 1)
    }
}

/// What a party is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// Its life begins; the first input, once.
    Started,
    /// A datagram for one of its addresses.
    Datagram {
        /// Who sent it.
        from: SocketAddr,
        /// Which of its addresses it was sent to.
        to: SocketAddr,
        /// The payload.
        octets: &'a [u8],
        /// Ground truth.
        cause: Option<Cause>,
    },
    /// Something happened to a stream.
    Stream {
        /// Which.
        id: StreamId,
        /// What.
        event: StreamEvent<'a>,
    },
    /// The time that it waited for has come, or passed.
    Timer,
}

/// What happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEvent<'a> {
    /// A peer connected to one of the party's listening addresses.
    Accepted {
        /// The peer.
        from: SocketAddr,
        /// The party's own address.
        to: SocketAddr,
        /// Ground truth of the peer.
        cause: Option<Cause>,
    },
    /// A stream that the party opened is established.
    Connected,
    /// A stream that the party opened cannot be established; the id is free again.
    Failed(StreamFailure),
    /// Octets came in, in order, cut anywhere.
    Octets(&'a [u8]),
    /// TLS is established after [`Output::Secure`].
    Secured,
    /// The peer closed, or the stream broke; the id is gone.
    Closed,
}

/// Why a stream could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamFailure {
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
}

/// What a party wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram from one of the party's own addresses. Port 0 lets the driver choose one.
    Send {
        /// The party's own address and port.
        from: SocketAddr,
        /// Where to.
        to: SocketAddr,
        /// The payload.
        octets: Vec<u8>,
        /// Ground truth.
        cause: Option<Cause>,
    },
    /// Open a stream; [`StreamEvent::Connected`] or [`StreamEvent::Failed`] follows.
    Connect {
        /// Its number, made by [`StreamId::opened`].
        id: StreamId,
        /// The party's own address.
        from: IpAddr,
        /// Where to.
        to: SocketAddr,
        /// Ground truth.
        cause: Option<Cause>,
    },
    /// Write to a stream.
    Write {
        /// Which.
        id: StreamId,
        /// What.
        octets: Vec<u8>,
    },
    /// Begin TLS on a stream, after everything written so far; [`StreamEvent::Secured`] follows.
    /// In virtual time it succeeds and changes nothing else.
    Secure {
        /// Which.
        id: StreamId,
        /// Whether the party takes the server's role.
        as_server: bool,
    },
    /// Close a stream after everything written so far; no further event of it follows.
    Close {
        /// Which.
        id: StreamId,
    },
    /// Say something to the record keeper.
    Note(Note),
    /// Nothing more to say before the next input; call back with [`Input::Timer`] at this time.
    Wait {
        /// `None`: only a message wakes it.
        until: Option<Timestamp>,
    },
}

/// What a party tells the record keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A line for the system log, as the modelled program words it; the record keeper adds stamp and host.
    Log {
        /// The program's tag, such as `postfix/smtpd`.
        program: &'static str,
        /// The text after the tag.
        text: String,
    },
    /// A step of the story worth keeping with the ground truth, such as "zone deleted".
    Story(String),
}

/// The queue between a party's parts and its [`Actor::poll`].
///
/// Parts of a party (a stub inside a mail server, say) take `&mut Outbox`; the party
/// drains it in `poll` and then says until when it waits.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    queue: VecDeque<Output>,
}

impl Outbox {
    /// Queues one output.
    ///
    /// # Panics
    /// On [`Output::Wait`], which is the party's own to say.
    pub fn push(&mut self, output: Output) {
        assert!(!matches!(output, Output::Wait { .. }), "waiting is said by the party, not by its parts");
        self.queue.push_back(output);
    }

    /// Queues a line for the system log.
    pub fn log(&mut self, program: &'static str, text: String) {
        self.queue.push_back(Output::Note(Note::Log { program, text }));
    }

    /// The oldest output, if any.
    pub fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// The oldest output, or that the party waits.
    pub fn pop_or_wait(&mut self, until: Option<Timestamp>) -> Output {
        self.queue.pop_front().unwrap_or(Output::Wait { until })
    }

    /// True where nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
