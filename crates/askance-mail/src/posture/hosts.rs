//! Hosts that records name, and the exchanges among them.

use askance_proto::dns::Data;
use askance_record::{Name, RrType};

use super::HOSTS_MAX;
use crate::answer::{Answer, State};
use crate::book::Book;

/// A host that a record names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// Its name.
    pub name: Name,
    /// A.
    pub a: Answer,
    /// AAAA.
    pub aaaa: Answer,
}

impl HostFacts {
    pub(super) fn ask(book: &mut Book, name: &Name) -> Self {
        Self { name: name.clone(), a: book.ask(name, RrType::A), aaaa: book.ask(name, RrType::AAAA) }
    }

    /// True where the name does not exist.
    pub fn is_missing(&self) -> bool {
        self.a.state == State::NxDomain && self.aaaa.state == State::NxDomain
    }

    /// Whether it has an address; `None` where the records leave that open.
    pub fn has_address(&self) -> Option<bool> {
        if self.a.state == State::Found || self.aaaa.state == State::Found {
            return Some(true);
        }
        (self.a.state.is_absent() && self.aaaa.state.is_absent()).then_some(false)
    }

    /// True where the name is an alias.
    pub fn is_alias(&self) -> bool {
        self.a.is_alias() || self.aaaa.is_alias()
    }

    /// The lookup that shows what is said of it: the one with records, else A.
    pub fn shown(&self) -> &Answer {
        if self.a.records.is_empty() && !self.aaaa.records.is_empty() { &self.aaaa } else { &self.a }
    }
}

/// A host that takes the name's mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeFacts {
    /// Lower is preferred.
    pub preference: u16,
    /// The host.
    pub host: HostFacts,
    /// TLSA of its port 25 (RFC 7672 §2.2.3).
    pub tlsa: Answer,
}

/// The exchanges of an answer, most preferred first; the null exchange left out.
pub(super) fn exchanges(book: &mut Book, mx: &Answer) -> Vec<ExchangeFacts> {
    let mut named: Vec<(u16, Name)> = mx
        .records
        .iter()
        .filter_map(|r| match &r.data {
            Data::Mx { preference, exchange } if exchange.key() != "." => Some((*preference, exchange.clone())),
            _ => None,
        })
        .collect();
    named.sort();
    let named = book.first(HOSTS_MAX, named);
    let ask = |(preference, host): (u16, Name)| ExchangeFacts {
        preference,
        tlsa: book.ask_below("_25._tcp", &host, RrType::TLSA),
        host: HostFacts::ask(book, &host),
    };
    named.into_iter().map(ask).collect()
}
