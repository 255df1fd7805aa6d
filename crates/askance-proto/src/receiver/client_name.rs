//! What a client's address is called: its PTR name, where that name leads back to the address.

use core::net::IpAddr;
use std::collections::VecDeque;

use askance_record::{Name, RrType};

use crate::inquiry::{Inquiry, Question, Reply, Step};

/// Names of one address that are looked at, at most.
const NAMES_MAX: usize = 64;

/// What a client's address is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientName {
    /// The first PTR name, whether or not it leads back.
    pub reverse: Option<Name>,
    /// The name that leads back to the address.
    pub confirmed: Option<Name>,
    /// Why there is no confirmed name.
    pub trouble: Option<Trouble>,
}

/// Why an address has no confirmed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It has no PTR name, or none that is a host name.
    NoReverse,
    /// Its PTR name has no address.
    NoForward,
    /// Its PTR name has other addresses.
    Mismatch,
    /// The PTR name could not be asked for.
    ReverseFailed,
    /// The addresses of the PTR name could not be asked for.
    ForwardFailed,
}

impl Trouble {
    /// True where asking again later may help.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::ReverseFailed | Self::ForwardFailed)
    }
}

/// The lookup that servers make when a client connects.
///
/// # Source
/// Recorded: `cases/stale-ptr`, 657 connections to Postfix, Exim, `OpenSMTPD` and Sendmail.
/// Read: Postfix `smtpd_peer.c`, Exim `host.c` (`host_name_lookup`), `OpenSMTPD` `smtp_session.c`, Sendmail `daemon.c`.
#[derive(Clone, Debug)]
pub struct ClientNameCheck {
    client: IpAddr,
    way: Way,
    found: ClientName,
    state: State,
    /// Names still to be asked for.
    names: VecDeque<Name>,
    temporary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The C library: one name, addresses of the client's family, the search list on failure.
    Library {
        /// An address of its own that the server asks for in between.
        own: Option<IpAddr>,
    },
    /// Exim: every name, both families, no search list; the library asks again where there is no name.
    Exim { ipv6: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Start,
    Reverse,
    ReverseAgain,
    /// The server's own name is being asked for; what follows is known already.
    Own,
    /// Addresses of this name are being asked for; of which types still to come.
    Forward {
        name: Name,
        later: Option<RrType>,
        listed: bool,
        any: bool,
    },
}

impl ClientNameCheck {
    /// As Postfix and `OpenSMTPD` do: PTR, then addresses of the client's family.
    pub fn library(client: IpAddr) -> Self {
        Self::new(client, Way::Library { own: None })
    }

    /// As Sendmail does: it asks for its own name in between.
    pub fn sendmail(client: IpAddr, own: IpAddr) -> Self {
        Self::new(client, Way::Library { own: Some(own) })
    }

    /// As Exim does: all PTR names, each with AAAA and A.
    pub fn exim(client: IpAddr, ipv6: bool) -> Self {
        Self::new(client, Way::Exim { ipv6 })
    }

    /// True while the question last asked is the C library's, which keeps no failures in the program's memory.
    pub(super) fn asks_library(&self) -> bool {
        matches!(self.way, Way::Library { .. }) || self.state == State::ReverseAgain
    }

    fn new(client: IpAddr, way: Way) -> Self {
        let found = ClientName::default();
        Self { client, way, found, state: State::Start, names: VecDeque::new(), temporary: false }
    }

    fn ask(&mut self, state: State, question: Question) -> Step<ClientName> {
        self.state = state;
        Step::Ask(vec![question])
    }

    fn done(&mut self, trouble: Option<Trouble>) -> Step<ClientName> {
        self.found.trouble = trouble;
        Step::Done(core::mem::take(&mut self.found))
    }

    fn reverse(&mut self, reply: &Reply, again: bool) -> Step<ClientName> {
        let strict = matches!(self.way, Way::Exim { .. });
        let one = if strict { NAMES_MAX } else { 1 };
        self.names = reply.pointers().take(one).filter(|name| is_host(name, strict)).cloned().collect();
        self.found.reverse = self.names.front().cloned();
        self.temporary = reply.outcome.is_temporary();
        match self.way {
            Way::Library { own: Some(own) } => self.ask(State::Own, pointer(own)),
            Way::Exim { .. } if self.names.is_empty() && !self.temporary && !again => {
                self.ask(State::ReverseAgain, pointer(self.client))
            }
            Way::Exim { .. } | Way::Library { own: None } => self.forward(),
        }
    }

    /// Asks for the addresses of the next name, or ends.
    fn forward(&mut self) -> Step<ClientName> {
        let Some(name) = self.names.pop_front() else {
            let none = if self.temporary { Trouble::ReverseFailed } else { Trouble::NoReverse };
            let trouble = self.found.trouble.unwrap_or(none);
            let confirmed = self.found.confirmed.is_some();
            return self.done((!confirmed).then_some(trouble));
        };
        let (first, later) = match (self.way, self.client.to_canonical()) {
            (Way::Exim { ipv6: true }, _) => (RrType::AAAA, Some(RrType::A)),
            (Way::Library { .. }, IpAddr::V6(_)) => (RrType::AAAA, None),
            _ => (RrType::A, None),
        };
        let question = self.address(&name, first);
        self.ask(State::Forward { name, later, listed: false, any: false }, question)
    }

    fn address(&self, name: &Name, qtype: RrType) -> Question {
        let question = Question::new(name.clone(), qtype);
        if matches!(self.way, Way::Library { .. }) { question.searched() } else { question }
    }

    fn answered(&mut self, reply: &Reply, name: Name, later: Option<RrType>, seen: (bool, bool)) -> Step<ClientName> {
        let client = self.client.to_canonical();
        let listed = seen.0 || reply.addresses().any(|a| a.to_canonical() == client);
        let any = seen.1 || reply.addresses().next().is_some();
        self.temporary |= reply.outcome.is_temporary();
        if let Some(qtype) = later {
            let question = self.address(&name, qtype);
            return self.ask(State::Forward { name, later: None, listed, any }, question);
        }
        if listed {
            self.found.confirmed.get_or_insert(name);
        } else if self.temporary && !any {
            // Exim gives up at the first name that it cannot ask for, and forgets those confirmed before.
            self.found.confirmed = None;
            return self.done(Some(Trouble::ForwardFailed));
        } else {
            self.found.trouble.get_or_insert(if any { Trouble::Mismatch } else { Trouble::NoForward });
        }
        self.temporary = false;
        self.forward()
    }
}

impl Inquiry for ClientNameCheck {
    type Verdict = ClientName;

    fn step(&mut self, replies: &[Reply]) -> Step<ClientName> {
        let state = core::mem::replace(&mut self.state, State::Start);
        let Some(reply) = replies.first() else { return self.ask(State::Reverse, pointer(self.client)) };
        match state {
            State::Start | State::Reverse => self.reverse(reply, false),
            State::ReverseAgain => self.reverse(reply, true),
            State::Own => self.forward(),
            State::Forward { name, later, listed, any } => self.answered(reply, name, later, (listed, any)),
        }
    }
}

fn pointer(address: IpAddr) -> Question {
    Question::new(Name::of_reverse(address), RrType::PTR)
}

/// Whether programs take a PTR name for a host's: letters, digits, hyphens, and not an address.
///
/// - `strict`: without the underscore that Postfix lets pass
fn is_host(name: &Name, strict: bool) -> bool {
    let label = |l: &str| l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || (!strict && b == b'_'));
    name.key() != "." && name.key().parse::<IpAddr>().is_err() && name.labels().all(label)
}
