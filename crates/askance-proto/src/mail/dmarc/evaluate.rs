//! Discovery, alignment and the disposition (RFC 9989 §4.10, §5.3; RFC 7489 §3.1, §6.6).

use std::collections::BTreeMap;

use askance_record::RrType;

use crate::inquiry::Outcome;

use super::super::replay::{Pending, Transcript, name_of};
use super::record::{DmarcPolicy, DmarcRecord, Psd};
use super::{Discovery, DmarcRequest, DmarcResult, DmarcVerdict};
use crate::mail::SpfResult;

/// Labels of the names that a walk asks for, after the first (RFC 9989 §4.10).
const WALK_LABELS_MAX: usize = 7;

/// Why a check ends without comparing.
enum Halt {
    Pending(Pending),
    Error(DmarcResult),
}

impl From<Pending> for Halt {
    fn from(pending: Pending) -> Self {
        Self::Pending(pending)
    }
}

/// Runs a check as far as the transcript goes.
pub(super) fn check(request: &DmarcRequest, transcript: &mut Transcript) -> Result<DmarcVerdict, Pending> {
    let mut run = Run { request, transcript, records: BTreeMap::new() };
    match run.verdict() {
        Ok(verdict) => Ok(verdict),
        Err(Halt::Pending(pending)) => Err(pending),
        Err(Halt::Error(result)) => Ok(DmarcVerdict {
            result,
            disposition: DmarcPolicy::None,
            record: None,
            policy: None,
            spf_aligned: false,
            dkim_aligned: false,
        }),
    }
}

struct Run<'a> {
    request: &'a DmarcRequest,
    transcript: &'a mut Transcript,
    /// What each domain that was asked has.
    records: BTreeMap<String, Found>,
}

/// What a domain has.
type Found = Result<Option<DmarcRecord>, Unusable>;

/// One record, which says nothing that can be used.
#[derive(Clone, Copy, Debug)]
struct Unusable;

impl Run<'_> {
    fn verdict(&mut self) -> Result<DmarcVerdict, Halt> {
        let author = plain(&self.request.author_domain).ok_or(Halt::Error(DmarcResult::PermError))?;
        let (domain, record) = self.discover(&author)?.ok_or(Halt::Error(DmarcResult::None))?;
        let spf_domain = match &self.request.spf {
            Some((SpfResult::Pass, domain)) => plain(domain),
            _ => None,
        };
        let spf_aligned = match spf_domain {
            Some(one) => self.aligned(&author, &one, record.strict_spf)?,
            None => false,
        };
        let mut dkim_aligned = false;
        for one in self.request.dkim.iter().filter_map(|one| plain(one)) {
            dkim_aligned = dkim_aligned || self.aligned(&author, &one, record.strict_dkim)?;
        }
        let passes = spf_aligned || dkim_aligned;
        let (result, policy, disposition) = if passes {
            let policy = if author == domain { record.policy } else { record.subdomain_policy };
            (DmarcResult::Pass, policy, DmarcPolicy::None)
        } else {
            let policy = self.policy(&author, &domain, &record)?;
            (DmarcResult::Fail, policy, self.disposition(policy, &record))
        };
        let record = Some((domain, record));
        Ok(DmarcVerdict { result, disposition, record, policy: Some(policy), spf_aligned, dkim_aligned })
    }

    /// The record of a domain itself; several are none.
    fn record(&mut self, domain: &str) -> Result<Found, Halt> {
        if let Some(known) = self.records.get(domain) {
            return Ok(known.clone());
        }
        let name = name_of(&format!("_dmarc.{domain}")).ok_or(Halt::Error(DmarcResult::PermError))?;
        let reply = self.transcript.ask(name, RrType::TXT)?;
        if reply.outcome.is_temporary() {
            return Err(Halt::Error(DmarcResult::TempError));
        }
        let mut found = reply.texts().filter(|text| DmarcRecord::is_one(text));
        let record = match (found.next(), found.next()) {
            (Some(one), None) => DmarcRecord::parse(&one).ok_or(Unusable).map(Some),
            _ => Ok(None),
        };
        self.records.insert(domain.to_owned(), record.clone());
        Ok(record)
    }

    /// The record that applies to an author domain: its own, or its organization's, or its public suffix's.
    fn discover(&mut self, author: &str) -> Result<Option<(String, DmarcRecord)>, Halt> {
        match self.record(author)? {
            Ok(Some(record)) => return Ok(Some((author.to_owned(), record))),
            Ok(None) => {}
            // The domain takes part, but not so that anybody could follow (RFC 9989 §4.10.1).
            Err(Unusable) => return Ok(None),
        }
        match self.request.discovery {
            Discovery::SuffixList => {
                let organization = listed(author).to_owned();
                Ok(self.record(&organization)?.ok().flatten().map(|record| (organization, record)))
            }
            Discovery::TreeWalk => {
                let found = self.walk(author)?;
                let organization = organizational(author, &found);
                let own = found.iter().position(|(domain, _)| *domain == organization);
                // Without one for the organization the suffix above it speaks: the last that a walk reaches.
                let at = own.or_else(|| found.iter().position(|(_, record)| record.psd == Psd::Yes));
                Ok(at.map(|at| found[at].clone()))
            }
        }
    }

    /// The records of a domain and its parents, from the domain upwards, until one says what it is.
    fn walk(&mut self, start: &str) -> Result<Vec<(String, DmarcRecord)>, Halt> {
        let mut found = Vec::new();
        let mut domain = start;
        loop {
            if let Ok(Some(record)) = self.record(domain)? {
                let last = record.psd != Psd::Unknown;
                found.push((domain.to_owned(), record));
                if last {
                    return Ok(found);
                }
            }
            let Some((_, mut parent)) = domain.split_once('.') else { return Ok(found) };
            while parent.split('.').count() > WALK_LABELS_MAX {
                let Some((_, shorter)) = parent.split_once('.') else { break };
                parent = shorter;
            }
            domain = parent;
        }
    }

    /// RFC 9989 §5.1: the same domain, or, relaxed, the same organization.
    fn aligned(&mut self, author: &str, other: &str, strict: bool) -> Result<bool, Halt> {
        if author == other {
            return Ok(true);
        }
        Ok(!strict && self.organization(author)? == self.organization(other)?)
    }

    fn organization(&mut self, domain: &str) -> Result<String, Halt> {
        match self.request.discovery {
            Discovery::SuffixList => Ok(listed(domain).to_owned()),
            Discovery::TreeWalk => Ok(organizational(domain, &self.walk(domain)?)),
        }
    }

    /// `p`, or `sp` for a name below the record's, or `np` where that name does not exist (RFC 8020).
    fn policy(&mut self, author: &str, domain: &str, record: &DmarcRecord) -> Result<DmarcPolicy, Halt> {
        if author == domain {
            return Ok(record.policy);
        }
        if record.missing_policy == record.subdomain_policy {
            return Ok(record.subdomain_policy);
        }
        let name = name_of(author).ok_or(Halt::Error(DmarcResult::PermError))?;
        let missing = self.transcript.ask(name, RrType::A)?.outcome == Outcome::NxDomain;
        Ok(if missing { record.missing_policy } else { record.subdomain_policy })
    }

    fn disposition(&self, policy: DmarcPolicy, record: &DmarcRecord) -> DmarcPolicy {
        let spared = match self.request.discovery {
            Discovery::TreeWalk => record.testing,
            Discovery::SuffixList => self.request.draw >= record.percentage,
        };
        if spared { policy.milder() } else { policy }
    }
}

/// A domain as it is compared: lower case, no final dot; `None` for what is no domain name in ASCII.
fn plain(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let fits = domain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (fits && name_of(domain).is_some()).then(|| domain.to_ascii_lowercase())
}

/// The organizational domain by the list (RFC 7489 §3.2); a suffix is its own.
fn listed(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// The organizational domain, given what a walk from `start` found (RFC 9989 §4.10.2).
fn organizational(start: &str, found: &[(String, DmarcRecord)]) -> String {
    match found.last() {
        None => start.to_owned(),
        Some((suffix, record)) if record.psd == Psd::Yes && suffix != start => {
            let below = start.strip_suffix(suffix.as_str()).and_then(|head| head.strip_suffix('.')).unwrap_or(start);
            let label = below.rsplit('.').next().unwrap_or(below);
            format!("{label}.{suffix}")
        }
        // The one that says that it is no suffix, or the one with the fewest labels: both are the last.
        Some((domain, _)) => domain.clone(),
    }
}
