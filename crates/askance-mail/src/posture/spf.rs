//! The name's SPF policy, and which of the addresses around it pass.

use core::net::IpAddr;

use askance_proto::mail::SpfResult;
use askance_record::{Name, RrType};

use super::{AddressFacts, ExchangeFacts, HOSTS_MAX};
use crate::answer::Answer;
use crate::book::{Audited, Book};

/// The policy and what it says of the addresses around the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfFacts {
    /// TXT at the name.
    pub txt: Answer,
    /// The policy taken apart; `None` where its lookups are more than an audit makes.
    pub audited: Option<Audited>,
    /// Addresses around the name, each once for what it is.
    pub checks: Vec<SpfCheck>,
}

/// What an address is to the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpfOf {
    /// One of its own.
    Own,
    /// One of an exchange's.
    Exchange,
    /// One of a name that a PTR record of its addresses gives.
    PtrName,
}

impl SpfOf {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Exchange => "exchange",
            Self::PtrName => "ptr-name",
        }
    }
}

/// Whether an address passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfCheck {
    /// The address.
    pub ip: IpAddr,
    /// What it is to the name.
    pub of: SpfOf,
    /// Whose address it is.
    pub host: Name,
    /// The result, terms that look at the sender aside; `None` where the records leave it open.
    pub result: Option<SpfResult>,
}

impl SpfFacts {
    /// True where the records hold a policy, good or bad.
    ///
    /// No verifier asks for the policy of a name of one label (RFC 7208 §4.3); it may stand there all the same.
    pub fn is_present(&self) -> bool {
        let audited = self.audited.as_ref().is_some_and(|audited| !audited.expansion.root.records.is_empty());
        audited || self.txt.texts().any(|text| text == b"v=spf1" || text.starts_with(b"v=spf1 "))
    }
}

/// Audits the policy of a name.
pub(super) fn spf(
    book: &mut Book,
    name: &Name,
    own: &[IpAddr],
    exchanges: &[ExchangeFacts],
    addresses: &[AddressFacts],
) -> SpfFacts {
    let audited = book.audit(name.key());
    let mut around: Vec<(IpAddr, SpfOf, &Name)> =
        book.first(HOSTS_MAX, own).into_iter().map(|ip| (*ip, SpfOf::Own, name)).collect();
    let exchanges = exchanges.iter().map(|exchange| (SpfOf::Exchange, &exchange.host));
    let ptr_names = addresses.iter().flat_map(|address| &address.names).map(|name| (SpfOf::PtrName, &name.host));
    for (of, host) in exchanges.chain(ptr_names) {
        let found = book.first(HOSTS_MAX, host.a.addresses().chain(host.aaaa.addresses()));
        around.extend(found.into_iter().map(|ip| (ip, of, &host.name)));
    }
    let mut checks: Vec<SpfCheck> = Vec::new();
    for (ip, of, host) in around {
        if checks.iter().any(|known| known.ip == ip) {
            continue;
        }
        checks.push(SpfCheck {
            ip,
            of,
            host: host.clone(),
            result: audited.as_ref().and_then(|audited| audited.result_of(ip)),
        });
    }
    SpfFacts { txt: book.ask(name, RrType::TXT), audited, checks }
}
