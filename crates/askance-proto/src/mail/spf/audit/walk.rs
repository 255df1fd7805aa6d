//! The first half of an audit: asking for everything that the policies name.

use core::net::IpAddr;
use std::collections::BTreeMap;

use askance_record::{Name, RrType};

use crate::inquiry::Reply;
use crate::mail::replay::{Pending, Transcript, name_of};

use super::super::evaluate::{NAMES_MAX, policies_of, sender_domain};
use super::super::macros::{Letter, MacroString, fitting};
use super::super::record::{Kind, Mechanism, Prefixes, SpfRecord, Term};
use super::{SpfAddresses, SpfAsked, SpfExpansion, SpfFamilies, SpfFault, SpfPolicy, SpfReason, SpfTerm, SpfTermKind};

/// Terms with lookups that are looked into. Valid policies have 10; the rest shows how far beyond one is.
const TERMS_MAX: u32 = 64;
/// Questions of one audit. 10 terms `mx` of 10 exchanges take 210.
const QUESTIONS_MAX: usize = 320;
/// Octets of all policies of one audit: 10 usual ones have less than 10,000, and the walk reads them
/// again with each reply.
const OCTETS_MAX: usize = 262_144;

/// Takes the policies apart as far as the transcript goes; outcomes are left empty.
pub(super) fn walk(domain: &str, transcript: &mut Transcript) -> Result<SpfExpansion, Pending> {
    let mut walk =
        Walk { transcript, root: domain, known: BTreeMap::new(), above: Vec::new(), terms: 0, octets: 0, cut: false };
    let root = walk.policy(domain)?;
    Ok(SpfExpansion { root, cut: walk.cut })
}

struct Walk<'a> {
    transcript: &'a mut Transcript,
    /// The audited domain, for `%{o}`.
    root: &'a str,
    /// Replies, so that nothing is asked twice.
    known: BTreeMap<(String, RrType), Reply>,
    /// The policies that the present one hangs below, and itself: keys of names.
    above: Vec<String>,
    /// Terms with lookups so far.
    terms: u32,
    /// Of the policies so far.
    octets: usize,
    /// Once set, nothing more is asked.
    cut: bool,
}

/// A macro that only a sender gives a value to.
struct BySender;

impl Walk<'_> {
    fn policy(&mut self, domain: &str) -> Result<SpfPolicy, Pending> {
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        let mut policy = SpfPolicy {
            domain: domain.to_owned(),
            records: Vec::new(),
            faults: Vec::new(),
            terms: Vec::new(),
            outcomes: BTreeMap::new(),
        };
        let Some(name) = sender_domain(domain) else {
            policy.faults.push(SpfFault::whole(SpfReason::NoPolicy));
            return Ok(policy);
        };
        match policies_of(&self.ask(&name, RrType::TXT)?) {
            Ok(records) => policy.records = records,
            Err(reason) => {
                policy.faults.push(SpfFault::whole(reason));
                return Ok(policy);
            }
        }
        self.octets += policy.records.iter().map(Vec::len).sum::<usize>();
        if self.octets > OCTETS_MAX {
            self.cut = true;
            policy.faults.push(SpfFault::whole(SpfReason::Cut));
            return Ok(policy);
        }
        match &policy.records[..] {
            [] => policy.faults.push(SpfFault::whole(SpfReason::NoPolicy)),
            [text] => match SpfRecord::parse(text) {
                Ok(record) => {
                    self.above.push(name.key().to_owned());
                    policy.terms = self.terms(&record, domain)?;
                    self.above.pop();
                }
                Err(faults) => policy.faults = faults,
            },
            _ => policy.faults.push(SpfFault::whole(SpfReason::SeveralPolicies)),
        }
        Ok(policy)
    }

    fn terms(&mut self, record: &SpfRecord, domain: &str) -> Result<Vec<SpfTerm>, Pending> {
        let is_all = |term: &Term| matches!(term.kind, Kind::Directive(_, Mechanism::All));
        let all = record.terms.iter().position(is_all);
        let mut terms = Vec::with_capacity(record.terms.len());
        for (n, term) in record.terms.iter().enumerate() {
            let in_use = match term.kind {
                Kind::Directive(..) => all.is_none_or(|all| n <= all),
                Kind::Redirect(_) | Kind::Exp(_) | Kind::Other(..) => false,
            };
            let mut shown = blank(term);
            if in_use {
                self.fill(&mut shown, &term.kind, domain)?;
            }
            terms.push(shown);
        }
        // Evaluated after all mechanisms, wherever it stands; not at all where there is an `all` (RFC 7208 §6.1).
        let redirect = record.terms.iter().position(|term| matches!(term.kind, Kind::Redirect(_)));
        if let (Some(n), None) = (redirect, all) {
            self.fill(&mut terms[n], &record.terms[n].kind, domain)?;
        }
        Ok(terms)
    }

    /// Looks up what a term in use says.
    fn fill(&mut self, term: &mut SpfTerm, kind: &Kind, domain: &str) -> Result<(), Pending> {
        if term.kind.takes_lookups() {
            term.lookups = 1;
            self.terms += 1;
            self.cut |= self.terms > TERMS_MAX || self.known.len() > QUESTIONS_MAX;
            if self.cut {
                term.stop = Some(SpfReason::Cut);
                return Ok(());
            }
        }
        match kind {
            Kind::Directive(_, Mechanism::Ip4(network, bits)) => {
                term.names = SpfAddresses::of_networks([(IpAddr::V4(*network), *bits)]);
            }
            Kind::Directive(_, Mechanism::Ip6(network, bits)) => {
                term.names = SpfAddresses::of_networks([(IpAddr::V6(*network), *bits)]);
            }
            Kind::Directive(_, Mechanism::Include(spec)) | Kind::Redirect(spec) => self.led_to(term, spec, domain)?,
            Kind::Directive(_, Mechanism::A(spec, prefixes)) => {
                if let Some(name) = self.target(term, spec.as_ref(), domain) {
                    self.hosts(term, &[name], *prefixes)?;
                }
            }
            Kind::Directive(_, Mechanism::Mx(spec, prefixes)) => self.mx(term, spec.as_ref(), domain, *prefixes)?,
            Kind::Directive(_, Mechanism::Ptr(spec)) => {
                self.target(term, spec.as_ref(), domain);
                term.by_sender = true;
            }
            Kind::Directive(_, Mechanism::Exists(spec)) => {
                if let Some(name) = self.target(term, Some(spec), domain) {
                    let reply = self.ask(&name, RrType::A)?;
                    term.note(&reply, None);
                }
            }
            Kind::Directive(_, Mechanism::All) | Kind::Exp(_) | Kind::Other(..) => {}
        }
        Ok(())
    }

    /// RFC 7208 §5.2, §6.1.
    fn led_to(&mut self, term: &mut SpfTerm, spec: &MacroString, domain: &str) -> Result<(), Pending> {
        self.target(term, Some(spec), domain);
        let Some(target) = &term.target else { return Ok(()) };
        if name_of(target).is_some_and(|name| self.above.iter().any(|above| above == name.key())) {
            term.stop = Some(SpfReason::Circle);
            return Ok(());
        }
        let policy = self.policy(target)?;
        if policy.faults.iter().any(|fault| fault.reason == SpfReason::NoPolicy) {
            term.stop = Some(SpfReason::NoTargetPolicy);
        }
        for below in &policy.terms {
            term.lookups += below.lookups;
            term.voids.v4 += below.voids.v4;
            term.voids.v6 += below.voids.v6;
        }
        term.policy = Some(Box::new(policy));
        Ok(())
    }

    fn mx(
        &mut self,
        term: &mut SpfTerm,
        spec: Option<&MacroString>,
        domain: &str,
        prefixes: Prefixes,
    ) -> Result<(), Pending> {
        let Some(name) = self.target(term, spec, domain) else { return Ok(()) };
        let reply = self.ask(&name, RrType::MX)?;
        term.note(&reply, None);
        let exchanges = reply.exchanges();
        if exchanges.len() > NAMES_MAX {
            term.stop = Some(SpfReason::TooManyExchanges(exchanges.len()));
            return Ok(());
        }
        // A null exchange (RFC 7505) has no address to ask for.
        let hosts: Vec<Name> =
            exchanges.into_iter().map(|(_, host)| host.clone()).filter(|host| host.key() != ".").collect();
        self.hosts(term, &hosts, prefixes)
    }

    fn hosts(&mut self, term: &mut SpfTerm, hosts: &[Name], prefixes: Prefixes) -> Result<(), Pending> {
        for host in hosts {
            for qtype in [RrType::A, RrType::AAAA] {
                let reply = self.ask(host, qtype)?;
                term.note(&reply, Some(prefixes));
            }
        }
        term.names = SpfAddresses::of_networks(term.asked.iter().flat_map(|asked| asked.networks.iter().copied()));
        Ok(())
    }

    /// The name that a term means, if that can be known and can be a name.
    fn target(&self, term: &mut SpfTerm, spec: Option<&MacroString>, domain: &str) -> Option<Name> {
        let value = |letter| match letter {
            Letter::Domain => Ok(domain.to_owned()),
            Letter::SenderDomain => Ok(self.root.to_owned()),
            _ => Err(BySender),
        };
        match spec.map_or_else(|| Ok(domain.to_owned()), |spec| spec.expand(value)) {
            Ok(expanded) => term.target = Some(fitting(&expanded).to_owned()),
            Err(BySender) => term.by_sender = true,
        }
        term.target.as_deref().and_then(name_of)
    }

    fn ask(&mut self, name: &Name, qtype: RrType) -> Result<Reply, Pending> {
        let key = (name.key().to_owned(), qtype);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let reply = self.transcript.ask(name.clone(), qtype)?;
        self.known.insert(key, reply.clone());
        Ok(reply)
    }
}

impl SpfTerm {
    /// Notes a lookup that a verifier makes for the term; with prefixes, its addresses are named by the term.
    fn note(&mut self, reply: &Reply, prefixes: Option<Prefixes>) {
        let networks = prefixes.map_or_else(Vec::new, |prefixes| {
            reply.addresses().map(|address| (address, prefixes.of(address))).collect()
        });
        let asked = SpfAsked {
            qname: reply.question.qname.clone(),
            qtype: reply.question.qtype,
            outcome: reply.outcome,
            networks,
        };
        for is_v4 in [true, false] {
            if asked.is_void() && asked.concerns(self.kind, is_v4) {
                *self.voids.of(is_v4) += 1;
            }
        }
        self.asked.push(asked);
    }
}

/// A term about which nothing is known but its words.
fn blank(term: &Term) -> SpfTerm {
    let (kind, result) = match &term.kind {
        Kind::Directive(result, mechanism) => (kind_of(mechanism), Some(*result)),
        Kind::Redirect(_) => (SpfTermKind::Redirect, None),
        Kind::Exp(_) => (SpfTermKind::Exp, None),
        Kind::Other(..) => (SpfTermKind::Other, None),
    };
    SpfTerm {
        text: term.text.clone(),
        at: term.at.clone(),
        kind,
        result,
        target: None,
        by_sender: false,
        reached: false,
        lookups: 0,
        voids: SpfFamilies::default(),
        asked: Vec::new(),
        names: SpfAddresses::default(),
        decides: SpfAddresses::default(),
        stop: None,
        limits: SpfFamilies::default(),
        policy: None,
    }
}

fn kind_of(mechanism: &Mechanism) -> SpfTermKind {
    match mechanism {
        Mechanism::All => SpfTermKind::All,
        Mechanism::Include(_) => SpfTermKind::Include,
        Mechanism::A(..) => SpfTermKind::A,
        Mechanism::Mx(..) => SpfTermKind::Mx,
        Mechanism::Ptr(_) => SpfTermKind::Ptr,
        Mechanism::Ip4(..) => SpfTermKind::Ip4,
        Mechanism::Ip6(..) => SpfTermKind::Ip6,
        Mechanism::Exists(_) => SpfTermKind::Exists,
    }
}
