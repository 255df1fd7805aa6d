//! What one conversation brought.

use core::fmt;

use askance_record::Timestamp;

use crate::smtp::{Reply, ReplyError};
use crate::survey::certificate::Certificate;

/// A rung of the ladder: what was waited for.
///
/// There is no rung for a message, a mailbox query or a log-in, so none can be climbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The connection.
    Connect,
    /// The greeting.
    Banner,
    /// `EHLO`.
    Ehlo,
    /// `HELO`, after a server that has no `EHLO`.
    Helo,
    /// `STARTTLS`, and TLS itself.
    StartTls,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `RSET`.
    Reset,
    /// `QUIT`.
    Quit,
}

impl Stage {
    /// Every rung, from the first to the last.
    pub const ALL: [Self; 9] = [
        Self::Connect,
        Self::Banner,
        Self::Ehlo,
        Self::Helo,
        Self::StartTls,
        Self::Mail,
        Self::Rcpt,
        Self::Reset,
        Self::Quit,
    ];

    /// The word in results, stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Banner => "banner",
            Self::Ehlo => "ehlo",
            Self::Helo => "helo",
            Self::StartTls => "starttls",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Reset => "rset",
            Self::Quit => "quit",
        }
    }

    /// The rung of a word in results.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose address a `RCPT` asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// `postmaster` at the name that the host claims for itself.
    Postmaster,
    /// `postmaster` without a domain, which every mail server takes (RFC 5321 §4.5.1).
    BarePostmaster,
    /// An address that the surveyor was given for this purpose.
    Given,
    /// An address of the surveyor's own domain: would the host pass mail on for strangers?
    Foreign,
}

impl Recipient {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Postmaster, Self::BarePostmaster, Self::Given, Self::Foreign];

    /// The word in results, stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postmaster => "postmaster",
            Self::BarePostmaster => "bare-postmaster",
            Self::Given => "given",
            Self::Foreign => "foreign",
        }
    }

    /// The kind of a word in results.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One reply, with what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The rung that it answers.
    pub stage: Stage,
    /// Whose address was asked about, for `RCPT`.
    pub recipient: Option<(Recipient, String)>,
    /// The reply.
    pub reply: Reply,
    /// Its octets as they came, line ends included.
    pub raw: Vec<u8>,
    /// From the end of the question to the end of the reply, in microseconds.
    pub delay_us: i64,
    /// True where it was there before the question was asked.
    pub ahead: bool,
}

/// Why no connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectFailure {
    /// The host refuses: nobody listens.
    Refused,
    /// Nobody answers.
    Timeout,
    /// A router, or our own system, says that the way is barred.
    Unreachable,
    /// Our own system cannot connect: says nothing about the target.
    Ours,
}

/// How a conversation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitEnd {
    /// It went as far as the question needed.
    Answered,
    /// No connection.
    NotConnected(ConnectFailure),
    /// The peer closed before it answered.
    Dropped,
    /// Nothing, or no whole reply, came in time; how many pieces came of one.
    Silent {
        /// Octets of the reply that never became whole.
        pieces: u32,
    },
    /// What came is no reply.
    Garbled(ReplyError),
    /// More octets came than a target may send.
    Flooded,
    /// TLS was agreed on and did not come about.
    TlsFailed(String),
    /// A run ended while the connection was open; nothing is known of it.
    Interrupted,
}

/// What one conversation brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which of the plan's sender identities spoke.
    pub sender: usize,
    /// Which of the plan's source addresses it spoke from.
    pub source: usize,
    /// Whether TLS was wanted where it is offered.
    pub starttls: bool,
    /// When it began.
    pub began: Timestamp,
    /// The last rung whose answer was waited for, before `RSET` and `QUIT`.
    pub stage: Stage,
    /// How it ended.
    pub end: VisitEnd,
    /// Every reply, in order.
    pub replies: Vec<Heard>,
    /// The certificate of a host that offers TLS.
    pub certificate: Option<Certificate>,
}

impl Visit {
    /// A visit about which nothing is known, because the run that made it ended.
    pub fn interrupted(plan: crate::survey::VisitPlan, began: Timestamp) -> Self {
        Self {
            sender: plan.sender,
            source: plan.source,
            starttls: plan.starttls,
            began,
            stage: Stage::Connect,
            end: VisitEnd::Interrupted,
            replies: Vec::new(),
            certificate: None,
        }
    }

    /// The last reply that counts: before `RSET` and `QUIT`.
    pub fn deciding(&self) -> Option<&Heard> {
        self.replies.iter().rev().find(|heard| heard.stage < Stage::Reset)
    }

    /// The replies to `RCPT`, with whom they are about.
    pub fn recipients(&self) -> impl Iterator<Item = (Recipient, &str, &Heard)> {
        self.replies.iter().filter_map(|heard| {
            let (kind, address) = heard.recipient.as_ref()?;
            Some((*kind, address.as_str(), heard))
        })
    }
}
