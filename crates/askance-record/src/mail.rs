//! One line of a mail server's log that tells of a peer or a delivery.

use core::fmt;
use core::str::FromStr;
use std::net::IpAddr;

use crate::{At, Recycle, Timestamp};

/// What a mail log line tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// A peer connected.
    #[default]
    Connect,
    /// A peer left or was cut off.
    Disconnect,
    /// A peer's reverse and forward names do not agree, or it has none.
    NameMismatch,
    /// A command was refused.
    Reject,
    /// A message was accepted.
    Accept,
    /// A message was delivered onward.
    Deliver,
    /// A delivery was put off.
    Defer,
    /// A delivery failed for good.
    Bounce,
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Connect,
        Self::Disconnect,
        Self::NameMismatch,
        Self::Reject,
        Self::Accept,
        Self::Deliver,
        Self::Defer,
        Self::Bounce,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::NameMismatch => "name-mismatch",
            Self::Reject => "reject",
            Self::Accept => "accept",
            Self::Deliver => "deliver",
            Self::Defer => "defer",
            Self::Bounce => "bounce",
        }
    }
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MailKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or(())
    }
}

/// One event of a mail server's log. All texts are hostile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MailEvent {
    /// When.
    pub ts: Timestamp,
    /// Where the record stands.
    pub at: At,
    /// What happened.
    pub kind: MailKind,
    /// The logging host as its lines name it; empty where they do not.
    pub host: String,
    /// The program, such as `postfix/smtpd` or `exim`.
    pub program: String,
    /// The queue or message identifier; empty where there is none.
    pub queue_id: String,
    /// The peer's address.
    pub peer: Option<IpAddr>,
    /// The peer's name as the server resolved it; empty where unknown.
    pub peer_name: String,
    /// The peer's HELO name; empty where unknown.
    pub helo: String,
    /// Envelope sender; empty where unknown.
    pub from: String,
    /// Envelope recipient; empty where unknown.
    pub to: String,
    /// SMTP reply code, where the line shows one.
    pub code: Option<u16>,
    /// The rest of the line, at most 512 octets.
    pub text: String,
}

impl Recycle for MailEvent {
    fn recycle(&mut self) {
        let texts = [
            &mut self.host,
            &mut self.program,
            &mut self.queue_id,
            &mut self.peer_name,
            &mut self.helo,
            &mut self.from,
            &mut self.to,
            &mut self.text,
        ];
        for text in texts {
            text.clear();
        }
        self.ts = Timestamp::default();
        self.at = At::default();
        self.kind = MailKind::Connect;
        self.peer = None;
        self.code = None;
    }
}
