//! The way back: what the PTR records of addresses name, and whether those names agree.

use core::net::IpAddr;

use askance_record::{Name, RrType};

use super::{HOSTS_MAX, HostFacts, registered};
use crate::answer::Answer;
use crate::book::{Audited, Book};

/// PTR names of one address that are followed.
const PTR_NAMES_MAX: usize = 10;

/// An address of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFacts {
    /// The address.
    pub ip: IpAddr,
    /// Its PTR records.
    pub ptr: Answer,
    /// The names that they give.
    pub names: Vec<PtrName>,
}

/// A name that a PTR record gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PtrName {
    /// The name with its addresses.
    pub host: HostFacts,
    /// Its registered domain.
    pub registered: Option<String>,
    /// SOA of the registered domain: whether it exists and is served.
    pub domain: Answer,
    /// One of its addresses is the one whose PTR record names it; `None` where the records leave that open.
    pub confirms: Option<bool>,
    /// The registered domain's SPF policy.
    pub spf: Option<Audited>,
}

impl AddressFacts {
    /// Whether a PTR name has the address: forward-confirmed reverse DNS (RFC 8601 §3).
    ///
    /// `None` where the records leave that open.
    pub fn confirmed(&self) -> Option<bool> {
        if self.ptr.state.is_unknown() {
            return None;
        }
        let verdicts: Vec<Option<bool>> = self.names.iter().map(|name| name.confirms).collect();
        if verdicts.contains(&Some(true)) {
            return Some(true);
        }
        // A name that was not followed might have it.
        if verdicts.contains(&None) || self.names.len() < self.ptr.names().count() { None } else { Some(false) }
    }

    /// Whether a PTR record gives this name: the other direction.
    pub fn gives(&self, name: &Name) -> Option<bool> {
        (!self.ptr.state.is_unknown()).then(|| self.ptr.names().any(|one| one.key() == name.key()))
    }
}

/// What the records say of addresses.
pub(super) fn addresses(book: &mut Book, own: &[IpAddr]) -> Vec<AddressFacts> {
    let mut facts: Vec<AddressFacts> = Vec::new();
    for ip in book.first(HOSTS_MAX, own) {
        if facts.iter().any(|known| known.ip == *ip) {
            continue;
        }
        let ptr = book.ask(&Name::of_reverse(*ip), RrType::PTR);
        let names = book.first(PTR_NAMES_MAX, ptr.names());
        let names = names.into_iter().map(|name| ptr_name(book, name, *ip)).collect();
        facts.push(AddressFacts { ip: *ip, ptr, names });
    }
    facts
}

fn ptr_name(book: &mut Book, name: &Name, ip: IpAddr) -> PtrName {
    let host = HostFacts::ask(book, name);
    let registered = registered(name);
    let domain = registered.as_deref().and_then(|domain| Name::parse(domain).ok()).unwrap_or_else(|| name.clone());
    let forward = if ip.is_ipv4() { &host.a } else { &host.aaaa };
    let found = forward.addresses().any(|address| address == ip);
    PtrName {
        confirms: if found { Some(true) } else { (!forward.state.is_unknown()).then_some(false) },
        domain: book.ask(&domain, RrType::SOA),
        spf: book.audit(domain.key()),
        registered,
        host,
    }
}
