//! The DMARC policy that applies to a name, by the tree walk (RFC 9989 §4.10).

use askance_proto::mail::{DmarcPolicy, DmarcRecord, Psd};
use askance_record::{Name, RrType};

use super::{below, registered};
use crate::answer::{Answer, State};
use crate::book::Book;
use crate::snapshot::ancestors;

/// Labels of the names that a walk asks for, after the first (RFC 9989 §4.10).
const WALK_LABELS_MAX: usize = 7;
/// Report addresses that are looked at.
const REPORTS_MAX: usize = 8;

/// What the records say of the policy for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcFacts {
    /// The name and those above it that the walk asks, with what they have.
    pub walk: Vec<DmarcFound>,
    /// The organizational domain; `None` where the records leave it open.
    pub organization: Option<String>,
    /// The record that applies: its place in [`walk`](Self::walk).
    pub applies: Option<usize>,
    /// The policy for the name itself, before tests: `p`, or `sp` of a domain above.
    pub policy: Option<DmarcPolicy>,
    /// Names of the walk about which the records are silent, at or below the registered domain.
    pub unknown: Vec<String>,
    /// Whether other domains that get reports say that they take them: domain and lookup.
    pub reports: Vec<(String, Answer)>,
}

/// What one name of the walk has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcFound {
    /// The domain.
    pub domain: String,
    /// TXT of its `_dmarc`.
    pub answer: Answer,
    /// How many DMARC records stand there; more than one are none.
    pub count: usize,
    /// The record, where it is one and can be used.
    pub record: Option<DmarcRecord>,
}

impl DmarcFacts {
    /// The record that applies, with the domain that has it.
    pub fn record(&self) -> Option<(&str, &DmarcRecord)> {
        let found = self.walk.get(self.applies?)?;
        Some((&found.domain, found.record.as_ref()?))
    }
}

/// Walks from a name upwards.
pub(super) fn dmarc(book: &mut Book, name: &Name) -> DmarcFacts {
    let walk: Vec<DmarcFound> = walked(name.key()).into_iter().filter_map(|domain| found(book, domain)).collect();
    let registered = registered(name);
    let within = |found: &DmarcFound| registered.as_deref().is_some_and(|top| found.answer.qname.is_under(top));
    let unknown = walk.iter().filter(|found| found.answer.state.is_unknown() && within(found));
    let unknown: Vec<String> = unknown.map(|found| found.domain.clone()).collect();
    // A walk ends at the first record that says whether it is a suffix's.
    let says = |found: &DmarcFound| found.record.as_ref().is_some_and(|record| record.psd != Psd::Unknown);
    let end = walk.iter().position(says).map_or(walk.len(), |at| at + 1);
    let with_record: Vec<usize> = (0..end).filter(|&at| walk[at].record.is_some()).collect();
    let organization =
        with_record.last().map_or_else(|| name.key().to_owned(), |&at| organization(name.key(), &walk[at]));
    let applies = applies(&walk, &with_record, &organization).filter(|&at| {
        // What is nearer and unknown might be the one.
        walk.iter().take(at).all(|found| !found.answer.state.is_unknown())
    });
    let record = applies.and_then(|at| walk[at].record.as_ref());
    let policy = record.map(|record| if applies == Some(0) { record.policy } else { record.subdomain_policy });
    let reports = match (applies, record) {
        (Some(at), Some(record)) => reports(book, &walk[at].domain.clone(), record),
        _ => Vec::new(),
    };
    let organization = (unknown.is_empty() || applies.is_some()).then_some(organization);
    DmarcFacts { walk, organization, applies, policy, unknown, reports }
}

/// The names that a walk asks, the first being the name itself (RFC 9989 §4.10).
fn walked(key: &str) -> Vec<&str> {
    let above: Vec<&str> = ancestors(key).filter(|domain| *domain != ".").collect();
    let skip = above.len().saturating_sub(WALK_LABELS_MAX);
    let first = above.first().copied();
    first.into_iter().chain(above.iter().skip(skip.max(1)).copied()).collect()
}

fn found(book: &mut Book, domain: &str) -> Option<DmarcFound> {
    let at = below("_dmarc", &Name::parse(domain).ok()?)?;
    let answer = book.ask(&at, RrType::TXT);
    let texts: Vec<Vec<u8>> = answer.texts().filter(|text| DmarcRecord::is_one(text)).collect();
    let record = match &texts[..] {
        [one] => DmarcRecord::parse(one),
        _ => None,
    };
    Some(DmarcFound { domain: domain.to_owned(), count: texts.len(), record, answer })
}

/// RFC 9989 §4.10.2, for the last record of a walk.
fn organization(start: &str, last: &DmarcFound) -> String {
    let is_suffix = last.record.as_ref().is_some_and(|record| record.psd == Psd::Yes);
    if !is_suffix || last.domain == start {
        return last.domain.clone();
    }
    let above = ancestors(start).take_while(|domain| *domain != last.domain);
    above.last().unwrap_or(start).to_owned()
}

/// Which record applies: the name's own, the organization's, or the suffix's.
fn applies(walk: &[DmarcFound], with_record: &[usize], organization: &str) -> Option<usize> {
    let own = walk.first()?;
    if own.record.is_some() {
        return Some(0);
    }
    if own.count == 1 {
        // The domain takes part, but not so that anybody could follow (RFC 9989 §4.10.1).
        return None;
    }
    let organizational = with_record.iter().copied().find(|&at| walk[at].domain == organization);
    let is_suffix = |at: &usize| walk[*at].record.as_ref().is_some_and(|record| record.psd == Psd::Yes);
    organizational.or_else(|| with_record.iter().copied().find(is_suffix))
}

/// Asks domains that get reports of another one whether they take them (RFC 7489 §7.1).
fn reports(book: &mut Book, domain: &str, record: &DmarcRecord) -> Vec<(String, Answer)> {
    let own = psl::domain_str(domain).unwrap_or(domain);
    let mut asked: Vec<(String, Answer)> = Vec::new();
    for uri in book.first(REPORTS_MAX, &record.aggregate_reports) {
        let Some((_, host)) = uri.rsplit_once('@') else { continue };
        // As a name, so that no octet of it acts on a terminal.
        let Ok(host) = Name::parse(host.split('!').next().unwrap_or(host)) else { continue };
        if registered(&host).as_deref().unwrap_or(host.key()) == own
            || asked.iter().any(|(known, _)| known == host.key())
        {
            continue;
        }
        let answer = book.ask_below(&format!("{domain}._report._dmarc"), &host, RrType::TXT);
        asked.push((host.key().to_owned(), answer));
    }
    asked
}

/// Whether an answer says that reports are taken; `None` where the records leave it open.
pub(crate) fn takes_reports(answer: &Answer) -> Option<bool> {
    if answer.state.is_unknown() {
        return None;
    }
    Some(answer.state == State::Found && answer.texts().any(|text| DmarcRecord::is_one(&text)))
}
