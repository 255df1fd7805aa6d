//! `check_host()` (RFC 7208 §4): terms in order, until one decides.

use core::fmt::Write as _;
use core::net::IpAddr;

use askance_record::{Name, RrType};

use crate::inquiry::{Outcome, Reply};
use crate::network::Network;

use super::fault::{SpfFault, SpfPlace, SpfReason};
use super::macros::{DOMAIN_CHARS_MAX, Letter, MacroString, Use, fitting};
use super::record::{Kind, Mechanism, Prefixes, SpfRecord, Term, is_policy};
use super::{SpfRequest, SpfResult, SpfVerdict};
use crate::mail::replay::{Pending, Transcript, name_of};

/// Terms that take lookups, in one check (RFC 7208 §4.6.4).
pub(super) const LOOKUPS_MAX: u32 = 10;
/// Lookups that find nothing, in one check (RFC 7208 §4.6.4).
pub(super) const VOIDS_MAX: u32 = 2;
/// Exchanges of one `mx`, names of the client's address (RFC 7208 §4.6.4).
pub(super) const NAMES_MAX: usize = 10;

/// Runs a check as far as the transcript goes.
pub(super) fn check(request: &SpfRequest, transcript: &mut Transcript) -> Result<SpfVerdict, Pending> {
    let mut run = Run { request, transcript, lookups: 0, voids: 0, pointers: None };
    let (ended, fault) = match run.check_host(request.domain()) {
        Ok(ended) => (ended, None),
        Err(Halt::Pending(pending)) => return Err(*pending),
        Err(Halt::Failed(failed)) => {
            let Failed { reason, path } = *failed;
            (Ended { path, ..Ended::bare(reason.result()) }, Some(reason))
        }
    };
    let Ended { result, mechanism, mut path, exp } = ended;
    path.reverse();
    let explanation = match &exp {
        Some((domain, exp)) if result == SpfResult::Fail => run.explanation(domain, exp)?,
        _ => None,
    };
    let (lookups, voids) = (run.lookups, run.voids);
    Ok(SpfVerdict { result, explanation, mechanism, path, fault, lookups, voids })
}

/// Why a run stops before a term decides.
enum Halt {
    Pending(Box<Pending>),
    Failed(Box<Failed>),
}

/// A reason, and the terms that led to it, innermost first.
struct Failed {
    reason: SpfReason,
    path: Vec<SpfPlace>,
}

impl From<Pending> for Halt {
    fn from(pending: Pending) -> Self {
        Self::Pending(Box::new(pending))
    }
}

impl From<SpfReason> for Halt {
    fn from(reason: SpfReason) -> Self {
        Self::Failed(Box::new(Failed { reason, path: Vec::new() }))
    }
}

impl Halt {
    /// The same, inside a term.
    fn within(mut self, place: impl FnOnce() -> SpfPlace) -> Self {
        if let Self::Failed(failed) = &mut self {
            failed.path.push(place());
        }
        self
    }
}

/// How one `check_host()` ended.
struct Ended {
    result: SpfResult,
    /// The term that decided, of this policy or of the one that it redirects to.
    mechanism: Option<String>,
    /// That term and those that led to it, innermost first; empty where none did.
    path: Vec<SpfPlace>,
    /// The explanation's domain-spec, with the domain of the policy that has it.
    exp: Option<(String, MacroString)>,
}

impl Ended {
    fn bare(result: SpfResult) -> Self {
        Self { result, mechanism: None, path: Vec::new(), exp: None }
    }
}

/// What a term that matches owes to terms of other policies, innermost first; `None` where it does not match.
type Match = Option<Vec<SpfPlace>>;

fn matching(holds: bool) -> Match {
    holds.then(Vec::new)
}

fn place(domain: &str, term: &Term) -> SpfPlace {
    SpfPlace { domain: domain.to_owned(), term: term.text.clone(), at: term.at.clone() }
}

/// What the reply to a question about policies holds: one, none, or a reason why that cannot be said.
///
/// # Source
/// RFC 7208 §4.4, §4.5.
pub(super) fn policies_of(reply: &Reply) -> Result<Vec<Vec<u8>>, SpfReason> {
    match reply.outcome {
        Outcome::Failed | Outcome::Timeout => Err(failed_lookup(reply)),
        Outcome::NoData | Outcome::NxDomain => Ok(Vec::new()),
        Outcome::Answered => Ok(reply.texts().filter(|text| is_policy(text)).collect()),
    }
}

pub(super) fn failed_lookup(reply: &Reply) -> SpfReason {
    let question = &reply.question;
    SpfReason::Lookup { qname: question.qname.clone(), qtype: question.qtype, outcome: reply.outcome }
}

struct Run<'a> {
    request: &'a SpfRequest,
    transcript: &'a mut Transcript,
    lookups: u32,
    voids: u32,
    /// The names of the client's address, once asked for.
    pointers: Option<Pointers>,
}

/// What the reverse of the client's address says.
#[derive(Clone)]
struct Pointers {
    /// Names that lead back to the address.
    validated: Vec<Name>,
    /// There is no PTR record, and no `ptr` has counted that yet.
    uncounted_void: bool,
}

impl Run<'_> {
    /// Evaluates the policy of a domain.
    fn check_host(&mut self, domain: &str) -> Result<Ended, Halt> {
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        let Some(record) = self.policy(domain)? else { return Ok(Ended::bare(SpfResult::None)) };
        for term in &record.terms {
            let Kind::Directive(result, mechanism) = &term.kind else { continue };
            let matched = self.matches(mechanism, domain).map_err(|halt| halt.within(|| place(domain, term)))?;
            if let Some(mut path) = matched {
                path.push(place(domain, term));
                let exp = record.exp().map(|exp| (domain.to_owned(), exp.clone()));
                return Ok(Ended { result: *result, mechanism: Some(term.text.clone()), path, exp });
            }
        }
        let Some((term, spec)) = record.redirect() else { return Ok(Ended::bare(SpfResult::Neutral)) };
        let mut ended = self.redirect(spec, domain).map_err(|halt| halt.within(|| place(domain, term)))?;
        if !ended.path.is_empty() {
            ended.path.push(place(domain, term));
        }
        Ok(ended)
    }

    /// RFC 7208 §6.1: the policy of another domain in place of this one's.
    fn redirect(&mut self, spec: &MacroString, domain: &str) -> Result<Ended, Halt> {
        self.count_lookup()?;
        let target = self.target(Some(spec), domain)?;
        let ended = self.check_host(&target)?;
        if ended.result == SpfResult::None { Err(SpfReason::NoTargetPolicy.into()) } else { Ok(ended) }
    }

    /// The one policy of a domain; `None` where it has none or could not have one.
    fn policy(&mut self, domain: &str) -> Result<Option<SpfRecord>, Halt> {
        let Some(name) = sender_domain(domain) else { return Ok(None) };
        let reply = self.transcript.ask(name, RrType::TXT)?;
        let policies = policies_of(&reply)?;
        let fault = match &policies[..] {
            [] => return Ok(None),
            [text] => match SpfRecord::parse(text) {
                Ok(record) => return Ok(Some(record)),
                Err(faults) => faults.into_iter().next().expect("an error names a fault"),
            },
            _ => SpfFault::whole(SpfReason::SeveralPolicies),
        };
        let SpfFault { reason, term, at } = fault;
        Err(Halt::from(reason).within(|| SpfPlace { domain: domain.to_owned(), term, at }))
    }

    fn matches(&mut self, mechanism: &Mechanism, domain: &str) -> Result<Match, Halt> {
        let client = self.request.client;
        Ok(match mechanism {
            Mechanism::All => matching(true),
            Mechanism::Ip4(network, bits) => matching(Network::of(IpAddr::V4(*network), *bits).contains(client)),
            Mechanism::Ip6(network, bits) => matching(Network::of(IpAddr::V6(*network), *bits).contains(client)),
            Mechanism::Include(spec) => self.include(spec, domain)?,
            Mechanism::A(spec, prefixes) => {
                self.count_lookup()?;
                match name_of(&self.target(spec.as_ref(), domain)?) {
                    Some(name) => matching(self.has_address(name, *prefixes)?),
                    None => None,
                }
            }
            Mechanism::Mx(spec, prefixes) => matching(self.mx(spec.as_ref(), domain, *prefixes)?),
            Mechanism::Ptr(spec) => {
                self.count_lookup()?;
                let target = name_of(&self.target(spec.as_ref(), domain)?);
                let validated = self.validated(true)?;
                matching(target.is_some_and(|zone| validated.iter().any(|name| name.is_under(zone.key()))))
            }
            Mechanism::Exists(spec) => {
                self.count_lookup()?;
                match name_of(&self.target(Some(spec), domain)?) {
                    // The type is A whatever the client's family (RFC 7208 §5.7).
                    Some(name) => matching(self.lookup(name, RrType::A)?.outcome == Outcome::Answered),
                    None => None,
                }
            }
        })
    }

    /// RFC 7208 §5.2: an included policy matches where it passes.
    fn include(&mut self, spec: &MacroString, domain: &str) -> Result<Match, Halt> {
        self.count_lookup()?;
        let target = self.target(Some(spec), domain)?;
        let ended = self.check_host(&target)?;
        match ended.result {
            SpfResult::Pass => Ok(Some(ended.path)),
            SpfResult::None => Err(SpfReason::NoTargetPolicy.into()),
            _ => Ok(None),
        }
    }

    /// RFC 7208 §5.4. A null exchange (RFC 7505) has no address to ask for.
    fn mx(&mut self, spec: Option<&MacroString>, domain: &str, prefixes: Prefixes) -> Result<bool, Halt> {
        self.count_lookup()?;
        let Some(name) = name_of(&self.target(spec, domain)?) else { return Ok(false) };
        let reply = self.lookup(name, RrType::MX)?;
        let exchanges = reply.exchanges();
        if exchanges.len() > NAMES_MAX {
            return Err(SpfReason::TooManyExchanges(exchanges.len()).into());
        }
        for (_, exchange) in exchanges.into_iter().filter(|(_, exchange)| exchange.key() != ".") {
            if self.has_address(exchange.clone(), prefixes)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_address(&mut self, name: Name, prefixes: Prefixes) -> Result<bool, Halt> {
        let (client, qtype) = (self.request.client, self.address_type());
        let named = |address: IpAddr| Network::of(address, prefixes.of(address)).contains(client);
        Ok(self.lookup(name, qtype)?.addresses().any(named))
    }

    /// A lookup of a term: it must not fail, and may find nothing only twice in a check.
    fn lookup(&mut self, name: Name, qtype: RrType) -> Result<Reply, Halt> {
        let reply = self.transcript.ask(name, qtype)?;
        match reply.outcome {
            Outcome::Failed | Outcome::Timeout => Err(failed_lookup(&reply).into()),
            Outcome::NoData | Outcome::NxDomain => self.count_void().map(|()| reply),
            Outcome::Answered => Ok(reply),
        }
    }

    fn count_lookup(&mut self) -> Result<(), Halt> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX { Err(SpfReason::TooManyLookups.into()) } else { Ok(()) }
    }

    fn count_void(&mut self) -> Result<(), Halt> {
        self.voids += 1;
        if self.voids > VOIDS_MAX { Err(SpfReason::TooManyVoids.into()) } else { Ok(()) }
    }

    /// The names of the client's address whose own addresses include it (RFC 7208 §5.5).
    ///
    /// The sender does not write these records, so that only the PTR lookup of the
    /// mechanism itself can be void; a lookup that fails leaves its name out.
    fn validated(&mut self, counted: bool) -> Result<Vec<Name>, Halt> {
        let mut pointers = match self.pointers.take() {
            Some(known) => known,
            None => self.ask_pointers()?,
        };
        let counts = counted && core::mem::take(&mut pointers.uncounted_void);
        let validated = pointers.validated.clone();
        self.pointers = Some(pointers);
        if counts {
            self.count_void()?;
        }
        Ok(validated)
    }

    fn ask_pointers(&mut self) -> Result<Pointers, Pending> {
        let reply = self.transcript.ask(Name::of_reverse(self.request.client), RrType::PTR)?;
        let mut validated = Vec::new();
        for name in reply.pointers().take(NAMES_MAX) {
            let addresses = self.transcript.ask(name.clone(), self.address_type())?;
            if addresses.addresses().any(|address| address == self.request.client) {
                validated.push(name.clone());
            }
        }
        let uncounted_void = matches!(reply.outcome, Outcome::NoData | Outcome::NxDomain);
        Ok(Pointers { validated, uncounted_void })
    }

    fn address_type(&self) -> RrType {
        if self.request.client.is_ipv4() { RrType::A } else { RrType::AAAA }
    }

    /// The name that a term means: its domain-spec expanded, or the domain itself.
    fn target(&mut self, spec: Option<&MacroString>, domain: &str) -> Result<String, Halt> {
        let Some(spec) = spec else { return Ok(domain.to_owned()) };
        let expanded = spec.expand(|letter| self.value(letter, domain))?;
        Ok(fitting(&expanded).to_owned())
    }

    /// What a macro letter stands for (RFC 7208 §7.2, §7.3).
    fn value(&mut self, letter: Letter, domain: &str) -> Result<String, Halt> {
        let request = self.request;
        Ok(match letter {
            Letter::Sender => format!("{}@{}", request.local(), request.domain()),
            Letter::Local => request.local().to_owned(),
            Letter::SenderDomain => request.domain().to_owned(),
            Letter::Domain => domain.to_owned(),
            Letter::Address => dotted(request.client),
            Letter::ValidatedName => self.validated_name(domain)?,
            Letter::Family => if request.client.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            Letter::Helo => request.helo.clone(),
            Letter::ReadableAddress => request.client.to_string(),
            Letter::Receiver if request.receiver.is_empty() => "unknown".to_owned(),
            Letter::Receiver => request.receiver.clone(),
            Letter::Time => request.now_s.to_string(),
        })
    }

    /// The domain itself if validated, else a name below it, else any, else `unknown`.
    fn validated_name(&mut self, domain: &str) -> Result<String, Halt> {
        let validated = self.validated(false)?;
        let zone = name_of(domain);
        let best = zone
            .and_then(|zone| {
                let exact = validated.iter().find(|name| name.key() == zone.key());
                exact.or_else(|| validated.iter().find(|name| name.is_under(zone.key())))
            })
            .or(validated.first());
        Ok(best.map_or_else(|| "unknown".to_owned(), |name| name.raw().to_owned()))
    }

    /// RFC 7208 §6.2: whatever is wrong with an explanation, there is then none. It counts for no limit.
    fn explanation(&mut self, domain: &str, exp: &MacroString) -> Result<Option<String>, Pending> {
        let outcome = self.explanation_or_halt(domain, exp);
        match outcome {
            Ok(text) => Ok(text),
            Err(Halt::Pending(pending)) => Err(*pending),
            Err(Halt::Failed(_)) => Ok(None),
        }
    }

    fn explanation_or_halt(&mut self, domain: &str, exp: &MacroString) -> Result<Option<String>, Halt> {
        let Some(name) = name_of(&self.target(Some(exp), domain)?) else { return Ok(None) };
        let reply = self.transcript.ask(name, RrType::TXT)?;
        let mut texts = reply.texts();
        let (Some(text), None) = (texts.next(), texts.next()) else { return Ok(None) };
        if !text.iter().all(|octet| matches!(octet, 0x20..=0x7e)) {
            return Ok(None);
        }
        let text = String::from_utf8(text).expect("printable ASCII is UTF-8");
        let Ok(parsed) = MacroString::parse(&text, Use::Explanation) else { return Ok(None) };
        parsed.expand(|letter| self.value(letter, domain)).map(Some)
    }
}

/// The name of a domain that can have a policy: at least two labels, no literal (RFC 7208 §4.3).
pub(super) fn sender_domain(domain: &str) -> Option<Name> {
    let printable = domain.bytes().all(|octet| octet.is_ascii_graphic());
    if !printable || domain.starts_with('[') || domain.len() > DOMAIN_CHARS_MAX {
        return None;
    }
    name_of(domain).filter(|name| name.labels().nth(1).is_some())
}

/// Dotted octets, or dotted nibbles in capitals.
fn dotted(client: IpAddr) -> String {
    match client {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let mut text = String::with_capacity(63);
            for octet in v6.octets() {
                write!(text, "{:X}.{:X}.", octet >> 4, octet & 15).expect("writing to a String cannot fail");
            }
            text.pop();
            text
        }
    }
}
