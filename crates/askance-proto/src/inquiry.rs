//! Checks that need the DNS, as plain values.

use core::net::IpAddr;

use askance_record::{Name, RrType};

use crate::dns::{Data, Record};

/// A question that a check or program wants answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The name.
    pub qname: Name,
    /// The type.
    pub qtype: RrType,
    /// Whether the search list applies (`getaddrinfo` does, `res_query` does not).
    pub search: bool,
}

impl Question {
    /// A question without search list.
    pub fn new(qname: Name, qtype: RrType) -> Self {
        Self { qname, qtype, search: false }
    }

    /// The question, with the search list applied on failure.
    #[must_use]
    pub fn searched(mut self) -> Self {
        self.search = true;
        self
    }
}

/// How a lookup ended, as the asking program sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Records of the type asked for.
    Answered,
    /// The name exists without records of the type (RFC 2308 §2.2).
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The server failed, refused or answered nonsense.
    Failed,
    /// Nobody answered in time.
    Timeout,
}

impl Outcome {
    /// True where asking again later may help.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout)
    }
}

/// The reply to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What was asked.
    pub question: Question,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer section: aliases first, then the records of the type.
    pub records: Vec<Record>,
}

impl Reply {
    /// A reply without records.
    pub fn empty(question: Question, outcome: Outcome) -> Self {
        Self { question, outcome, records: Vec::new() }
    }

    /// The addresses in the answer, in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records.iter().filter_map(|r| match r.data {
            Data::A(a) => Some(IpAddr::V4(a)),
            Data::Aaaa(a) => Some(IpAddr::V6(a)),
            _ => None,
        })
    }

    /// The names that PTR records give, in order.
    pub fn pointers(&self) -> impl Iterator<Item = &Name> {
        self.records.iter().filter_map(|r| match &r.data {
            Data::Ptr(n) => Some(n),
            _ => None,
        })
    }

    /// The mail exchanges, most preferred first, ties in order of arrival.
    pub fn exchanges(&self) -> Vec<(u16, &Name)> {
        let mut all: Vec<_> = self
            .records
            .iter()
            .filter_map(|r| match &r.data {
                Data::Mx { preference, exchange } => Some((*preference, exchange)),
                _ => None,
            })
            .collect();
        all.sort_by_key(|(preference, _)| *preference);
        all
    }

    /// The strings of each TXT record, joined without a gap (RFC 7208 §3.3).
    pub fn texts(&self) -> impl Iterator<Item = Vec<u8>> {
        self.records.iter().filter_map(|r| match &r.data {
            Data::Txt(strings) => Some(strings.concat()),
            _ => None,
        })
    }
}

/// A check that needs the DNS.
///
/// It is asked for its first step with no replies, and for each further step with the
/// replies to all questions of the step before, in their order. The sequence of its
/// questions is what a resolver's client log shows of the program.
pub trait Inquiry {
    /// What the check decides.
    type Verdict;

    /// The next step, given the replies to the last one.
    fn step(&mut self, replies: &[Reply]) -> Step<Self::Verdict>;
}

/// What an [`Inquiry`] wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<V> {
    /// Ask these at once; go on when all are answered. Never empty.
    Ask(Vec<Question>),
    /// Done.
    Done(V),
}
