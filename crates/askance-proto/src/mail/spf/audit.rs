//! A policy taken apart: every term, whatever it takes to know it, and the result for every address.
//!
//! A verifier stops at the first term that matches one client. An audit asks what every
//! term says, follows each `include` and `redirect`, and then decides for all clients at
//! once, so that it can say which addresses pass, by which term, and where the limits of
//! RFC 7208 §4.6.4 end the evaluation for whom. Both are over the same records: for a
//! policy that asks nothing about the sender, [`SpfExpansion::result_of`] an address is
//! what [`Spf`](super::Spf) says of that client.

use core::net::IpAddr;
use core::ops::Range;
use std::collections::BTreeMap;

use askance_record::{Name, RrType};

use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::mail::replay::Transcript;

use super::{SpfAddresses, SpfFault, SpfReason, SpfResult, drive};

mod settle;
mod walk;

/// The audit of one domain's policy, irrespective of any sender.
///
/// It asks one question at a time: TXT, then for each term what it names, A and AAAA
/// both. Unlike a verifier it asks no question twice, and asks nothing for terms that no
/// client reaches because `all` stands before them.
#[derive(Clone, Debug)]
pub struct SpfAudit {
    domain: String,
    transcript: Transcript,
}

impl SpfAudit {
    /// An audit that has asked nothing yet. A domain that is not ASCII must come as A-labels.
    pub fn new(domain: impl Into<String>) -> Self {
        Self { domain: domain.into(), transcript: Transcript::default() }
    }

    /// Runs the audit to its end, each question answered at once, as [`Spf::run`](super::Spf::run) does.
    ///
    /// # Example
    /// ```
    /// use askance_proto::dns::{Data, Record};
    /// use askance_proto::mail::{SpfAudit, SpfResult};
    /// use askance_proto::{Outcome, Reply};
    /// let audit = SpfAudit::new("hotel-brand.example").run(|question| {
    ///     let data = Data::Txt(vec![b"v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/30 ~all".to_vec()]);
    ///     let records = vec![Record { owner: question.qname.clone(), ttl_s: 300, data }];
    ///     Reply { question: question.clone(), outcome: Outcome::Answered, records }
    /// });
    /// assert_eq!(audit.passing().to_string(), "192.0.2.0 192.0.2.2/31");
    /// assert_eq!(audit.result_of("192.0.2.1".parse().unwrap()), SpfResult::Fail);
    /// assert_eq!(audit.root.terms[2].decides.to_string(), "all IPv4 but 192.0.2.0/30 and all IPv6");
    /// ```
    pub fn run(self, answer: impl FnMut(&Question) -> Reply) -> SpfExpansion {
        drive(self, answer)
    }
}

impl Inquiry for SpfAudit {
    type Verdict = SpfExpansion;

    fn step(&mut self, replies: &[Reply]) -> Step<SpfExpansion> {
        let domain = &self.domain;
        match self.transcript.step(replies, |transcript| walk::walk(domain, transcript)) {
            Step::Done(walked) => Step::Done(settle::settle(walked)),
            Step::Ask(questions) => Step::Ask(questions),
        }
    }
}

/// What a domain's policy says, for every client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfExpansion {
    /// The domain's own policy; those that it leads to hang below its terms.
    pub root: SpfPolicy,
    /// The audit stopped asking before the end: what the policies ask for is far beyond the limits.
    pub cut: bool,
}

impl SpfExpansion {
    /// The result for a client, as if no term that depends on the sender matched.
    ///
    /// # Panics
    /// Where somebody took addresses out of the root's outcomes: an audit leaves none out.
    pub fn result_of(&self, client: IpAddr) -> SpfResult {
        let found = self.root.outcomes.iter().find(|(_, clients)| clients.contains(client));
        *found.expect("every address has a result").0
    }

    /// The addresses that pass, as if no term that depends on the sender matched.
    pub fn passing(&self) -> SpfAddresses {
        self.root.outcomes.get(&SpfResult::Pass).cloned().unwrap_or_default()
    }

    /// Terms that take lookups, all policies together, past any limit or error: what a verifier counts
    /// for a client that no term matches. More than 10 are an error (RFC 7208 §4.6.4).
    pub fn lookups(&self) -> u32 {
        self.root.terms.iter().map(|term| term.lookups).sum()
    }

    /// Lookups of terms that find nothing, for clients of each family. More than 2 are an error
    /// (RFC 7208 §4.6.4).
    pub fn voids(&self) -> SpfFamilies<u32> {
        let sum = |of: fn(&SpfFamilies<u32>) -> u32| self.root.terms.iter().map(|term| of(&term.voids)).sum();
        SpfFamilies { v4: sum(|voids| voids.v4), v6: sum(|voids| voids.v6) }
    }

    /// True where a term anywhere looks at more than the client's address: `ptr`, or a macro of it.
    pub fn depends_on_sender(&self) -> bool {
        self.policies().iter().any(|(_, policy)| policy.terms.iter().any(|term| term.by_sender))
    }

    /// Every policy with its depth, in the order in which a verifier comes to them; the root has depth 0.
    pub fn policies(&self) -> Vec<(usize, &SpfPolicy)> {
        let (mut found, mut left) = (Vec::new(), vec![(0, &self.root)]);
        while let Some((depth, policy)) = left.pop() {
            found.push((depth, policy));
            let below = policy.terms.iter().rev().filter_map(|term| term.policy.as_deref());
            left.extend(below.map(|policy| (depth + 1, policy)));
        }
        found
    }
}

/// One value for IPv4 clients, one for IPv6 clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpfFamilies<T> {
    /// For IPv4 clients.
    pub v4: T,
    /// For IPv6 clients.
    pub v6: T,
}

impl<T> SpfFamilies<T> {
    fn of(&mut self, is_v4: bool) -> &mut T {
        if is_v4 { &mut self.v4 } else { &mut self.v6 }
    }
}

/// The policy of one domain, where another leads to it or where the audit begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfPolicy {
    /// The domain.
    pub domain: String,
    /// Its policies as they stand, in octets; it should be one.
    pub records: Vec<Vec<u8>>,
    /// What is wrong with it as a whole, or with the words of its terms; the first decides.
    pub faults: Vec<SpfFault>,
    /// Its mechanisms and modifiers in their order; none where it has faults.
    pub terms: Vec<SpfTerm>,
    /// The clients that come here, by what this policy says of them. The root's are all addresses.
    pub outcomes: BTreeMap<SpfResult, SpfAddresses>,
}

/// What kind of term it is (RFC 7208 §5, §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpfTermKind {
    /// `all`
    All,
    /// `include:`
    Include,
    /// `a`
    A,
    /// `mx`
    Mx,
    /// `ptr`, which should not be used (RFC 7208 §5.5).
    Ptr,
    /// `ip4:`
    Ip4,
    /// `ip6:`
    Ip6,
    /// `exists:`
    Exists,
    /// `redirect=`
    Redirect,
    /// `exp=`
    Exp,
    /// A modifier that nobody has defined; it means nothing.
    Other,
}

impl SpfTermKind {
    /// True where the term counts for the limit of 10 (RFC 7208 §4.6.4).
    pub fn takes_lookups(self) -> bool {
        matches!(self, Self::Include | Self::A | Self::Mx | Self::Ptr | Self::Exists | Self::Redirect)
    }
}

/// One term, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfTerm {
    /// As the record writes it.
    pub text: String,
    /// Its octets in the record, the strings of which are joined without a gap.
    pub at: Range<usize>,
    /// What it is.
    pub kind: SpfTermKind,
    /// What a match means; `None` for modifiers.
    pub result: Option<SpfResult>,
    /// The name that it means, macros expanded; `None` where it names none or the sender decides which.
    pub target: Option<String>,
    /// It looks at more than the client's address: its target has a macro of the sender's, or it is `ptr`.
    /// Taken as not matching, and a `redirect=` as missing.
    pub by_sender: bool,
    /// Some client comes to it; of mechanisms and `redirect=`.
    pub reached: bool,
    /// Terms that take lookups: itself, and all below.
    pub lookups: u32,
    /// Lookups of it and below that find nothing, for clients of each family.
    pub voids: SpfFamilies<u32>,
    /// What was asked for it, in order, policies left out.
    pub asked: Vec<SpfAsked>,
    /// The addresses that it names itself: networks, and the addresses of hosts with their prefixes.
    pub names: SpfAddresses,
    /// The clients that it decides on: they come to it and match. None of them for an `ip4` means that
    /// terms before it have decided on all its addresses.
    pub decides: SpfAddresses,
    /// What is wrong with it for every client that comes to it.
    pub stop: Option<SpfReason>,
    /// The limit or failed lookup that ends the evaluation here for clients of a family, the first one met.
    pub limits: SpfFamilies<Option<SpfReason>>,
    /// The policy that an `include` or `redirect` leads to.
    pub policy: Option<Box<SpfPolicy>>,
}

/// One lookup of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfAsked {
    /// The name.
    pub qname: Name,
    /// The type.
    pub qtype: RrType,
    /// How it ended.
    pub outcome: Outcome,
    /// The addresses that it gave, with the prefix length in bits that the term has for them.
    pub networks: Vec<(IpAddr, u8)>,
}

impl SpfAsked {
    /// True where it found nothing: what counts for the limit of 2 (RFC 7208 §4.6.4).
    pub fn is_void(&self) -> bool {
        matches!(self.outcome, Outcome::NoData | Outcome::NxDomain)
    }

    /// True where a verifier asks it for clients of IPv4 (`true`) or of IPv6.
    fn concerns(&self, kind: SpfTermKind, is_v4: bool) -> bool {
        let qtype = if is_v4 { RrType::A } else { RrType::AAAA };
        self.qtype == qtype || self.qtype == RrType::MX || kind == SpfTermKind::Exists
    }
}
