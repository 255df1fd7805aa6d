//! Replies as an audit keeps them: what is not in the records is unknown, never absent.

use core::net::IpAddr;

use askance_proto::dns::{Data, Record};
use askance_proto::{Outcome, Question, Reply};
use askance_record::{Name, RrType};

/// How a lookup ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Records of the type asked for.
    Found,
    /// The name exists without records of the type (RFC 2308 §2.2).
    NoData,
    /// The name, or the last one of its aliases, does not exist.
    NxDomain,
    /// The servers failed, refused or answered nonsense.
    Failed,
    /// Nobody answered in time.
    Timeout,
    /// The records at hand cannot say: the name is in none of their zones, or an alias leads out of them.
    NotInRecords,
}

impl State {
    /// True where the records say that there is nothing of the type.
    pub const fn is_absent(self) -> bool {
        matches!(self, Self::NoData | Self::NxDomain)
    }

    /// True where nothing follows for or against the record's existence.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::NotInRecords)
    }

    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NoData => "no-data",
            Self::NxDomain => "nxdomain",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::NotInRecords => "not-in-records",
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name asked for.
    pub qname: Name,
    /// The type asked for.
    pub qtype: RrType,
    /// How it ended.
    pub state: State,
    /// Aliases first, then the records of the type.
    pub records: Vec<Record>,
    /// AD of the response (RFC 4035 §3.2.3); `None` where nobody validates, as with zone files.
    pub authentic: Option<bool>,
}

impl Answer {
    /// An answer without records.
    pub fn empty(question: &Question, state: State) -> Self {
        Self { qname: question.qname.clone(), qtype: question.qtype, state, records: Vec::new(), authentic: None }
    }

    /// The addresses, in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records.iter().filter_map(|r| match r.data {
            Data::A(a) => Some(IpAddr::V4(a)),
            Data::Aaaa(a) => Some(IpAddr::V6(a)),
            _ => None,
        })
    }

    /// The names that records of the type lead to: NS, PTR, or MX with the null exchange left in.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.records.iter().filter_map(|r| match &r.data {
            Data::Ns(n) | Data::Ptr(n) | Data::Mx { exchange: n, .. } => Some(n),
            _ => None,
        })
    }

    /// The strings of each TXT record, joined without a gap.
    pub fn texts(&self) -> impl Iterator<Item = Vec<u8>> {
        self.records.iter().filter_map(|r| match &r.data {
            Data::Txt(strings) => Some(strings.concat()),
            _ => None,
        })
    }

    /// The data of records that are kept as octets, of the type asked for.
    pub fn octets(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().filter_map(|r| match &r.data {
            Data::Other { rtype, octets } if *rtype == self.qtype => Some(&octets[..]),
            _ => None,
        })
    }

    /// True where the name is an alias.
    pub fn is_alias(&self) -> bool {
        self.records.iter().any(|r| matches!(r.data, Data::Cname(_)))
    }

    /// True where the aliases lead back to one of themselves.
    pub fn is_loop(&self) -> bool {
        let mut targets = self.records.iter().filter_map(|r| match &r.data {
            Data::Cname(target) => Some(target.key()),
            _ => None,
        });
        let owners = |key: &str| self.records.iter().any(|r| r.owner.key() == key);
        self.state != State::Found && targets.next_back().is_some_and(owners)
    }

    /// The records as lines of a master file, or how the lookup ended where there are none.
    pub fn shown(&self) -> String {
        if self.records.is_empty() {
            return self.state.as_str().to_owned();
        }
        let lines: Vec<String> = self.records.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let Reply { question, outcome, records } = reply;
        let state = match outcome {
            Outcome::Answered => State::Found,
            Outcome::NoData => State::NoData,
            Outcome::NxDomain => State::NxDomain,
            Outcome::Failed => State::Failed,
            Outcome::Timeout => State::Timeout,
        };
        Self { qname: question.qname, qtype: question.qtype, state, records, authentic: None }
    }
}

impl From<&Answer> for Reply {
    /// What a check without the notion of missing records is told: a lookup that failed.
    fn from(answer: &Answer) -> Self {
        let outcome = match answer.state {
            State::Found => Outcome::Answered,
            State::NoData => Outcome::NoData,
            State::NxDomain => Outcome::NxDomain,
            State::Timeout => Outcome::Timeout,
            State::Failed | State::NotInRecords => Outcome::Failed,
        };
        let question = Question::new(answer.qname.clone(), answer.qtype);
        Self { question, outcome, records: answer.records.clone() }
    }
}
