//! A check of any kind, and what it finds.

use askance_record::Name;

use crate::inquiry::{Inquiry, Reply, Step};
use crate::mail::{Dkim, DkimVerdict, DmarcVerdict, Spf, SpfVerdict};
use crate::receiver::{
    Batch, Canonical, ClientName, ClientNameCheck, DmarcCheck, FirstOf, HostCheck, Route, RouteCheck,
};

/// A check of any kind.
#[derive(Clone, Debug)]
pub enum Check {
    /// What the client's address is called.
    ClientName(ClientNameCheck),
    /// Whether a name has one of some types of record.
    FirstOf(FirstOf),
    /// Whether mail for a domain has somewhere to go.
    Route(RouteCheck),
    /// Sendmail's canonical name of a host.
    Canonical(Canonical),
    /// Lists and other questions that a filter asks at once.
    Batch(Batch),
    /// Rspamd's look at a host.
    Host(HostCheck),
    /// Whether the client may send for a domain.
    Spf(Box<Spf>),
    /// Whether the message is what its domains signed.
    Dkim(Box<Dkim>),
    /// What the author's domain wants done.
    Dmarc(Box<DmarcCheck>),
}

/// What a check finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// What the client's address is called.
    ClientName(ClientName),
    /// Whether a name is known.
    Standing(Standing),
    /// Where mail for a domain goes.
    Route(Route),
    /// The names that had an answer.
    Listed(Vec<Name>),
    /// Whether the client may send for a domain.
    Spf(Box<SpfVerdict>),
    /// Whether the message is what its domains signed.
    Dkim(Box<DkimVerdict>),
    /// What the author's domain wants done.
    Dmarc(Box<DmarcVerdict>),
}

/// Whether a name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is.
    Known,
    /// It says that it takes no mail (RFC 7505).
    NullMx,
    /// It is not.
    Unknown,
    /// Nobody could say; asking again later may help.
    Temporary,
}

impl Check {
    /// True while the question last asked is the C library's, not the program's own.
    pub(super) fn asks_library(&self) -> bool {
        matches!(self, Self::ClientName(check) if check.asks_library())
    }
}

impl Inquiry for Check {
    type Verdict = Finding;

    fn step(&mut self, replies: &[Reply]) -> Step<Finding> {
        match self {
            Self::ClientName(check) => map(check.step(replies), Finding::ClientName),
            Self::FirstOf(check) => map(check.step(replies), Finding::Standing),
            Self::Route(check) => map(check.step(replies), Finding::Route),
            Self::Canonical(check) => map(check.step(replies), Finding::Standing),
            Self::Batch(check) => map(check.step(replies), Finding::Listed),
            Self::Host(check) => map(check.step(replies), Finding::Standing),
            Self::Spf(check) => map(check.step(replies), |verdict| Finding::Spf(Box::new(verdict))),
            Self::Dkim(check) => map(check.step(replies), |verdict| Finding::Dkim(Box::new(verdict))),
            Self::Dmarc(check) => map(check.step(replies), |verdict| Finding::Dmarc(Box::new(verdict))),
        }
    }
}

fn map<V, W>(step: Step<V>, done: impl FnOnce(V) -> W) -> Step<W> {
    match step {
        Step::Ask(questions) => Step::Ask(questions),
        Step::Done(verdict) => Step::Done(done(verdict)),
    }
}

/// True where the only exchange is the root: the domain takes no mail (RFC 7505 §3).
pub(super) fn is_null_mx(exchanges: &[(u16, &Name)]) -> bool {
    matches!(exchanges, [(_, exchange)] if exchange.key() == ".")
}
