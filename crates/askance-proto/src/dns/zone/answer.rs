//! What a zone says to a question.

use core::ops::Bound;

use askance_record::{Name, RrType};

use super::{Key, Sets, Zone};
use crate::dns::message::{Data, Record};

/// Aliases followed in one answer; a longer chain is left to the asker.
const ALIASES_MAX: usize = 16;

/// What a zone says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How the search ended.
    pub verdict: Verdict,
    /// Aliases, then the records asked for.
    pub answers: Vec<Record>,
    /// The SOA record of a negative answer, the NS records of a referral.
    pub authority: Vec<Record>,
    /// Addresses of the hosts that the other sections name, as far as the zone knows them.
    pub additional: Vec<Record>,
}

/// How a search in a zone ended; after aliases, for the last target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Records, or an alias that leads out of the zone.
    Answer,
    /// The name belongs to a zone that this one delegates.
    Referral,
    /// The name exists without records of the type.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The name is not in the zone.
    Outside,
}

/// Where one name of a question leads.
enum Place<'a> {
    /// To the records of a name, its own or those of a wildcard; `None` for an empty non-terminal.
    Sets(Option<&'a Sets>),
    /// Into a delegated zone with these NS records.
    Cut(&'a [Record]),
    Nowhere,
}

impl Zone {
    /// Answers a question from this zone alone.
    ///
    /// Records that match the question carry its spelling of the name. `ANY` gets one set, the one
    /// with the lowest type number (RFC 8482 §4.1). The SOA record of a negative answer has the lower
    /// of its TTL and its negative TTL (RFC 2308 §3).
    ///
    /// # Source
    /// RFC 1034 §4.3.2, RFC 4592 (wildcards), RFC 6604 (codes after aliases), RFC 8020 and
    /// RFC 4592 §2.2.2 (empty non-terminals), RFC 4035 §3.1.4.1 (DS).
    pub fn answer(&self, qname: &Name, qtype: RrType) -> Found {
        let mut found =
            Found { verdict: Verdict::Outside, answers: Vec::new(), authority: Vec::new(), additional: Vec::new() };
        let mut owner = qname.clone();
        for _ in 0..=ALIASES_MAX {
            let key = Key::of(&owner);
            if !key.is_under(&self.origin_key) {
                found.verdict = if found.answers.is_empty() { Verdict::Outside } else { Verdict::Answer };
                return found;
            }
            let sets = match self.place(&key, qtype) {
                Place::Nowhere => return self.deny(found, Verdict::NxDomain),
                Place::Cut(servers) => return self.refer(found, servers),
                Place::Sets(None) => return self.deny(found, Verdict::NoData),
                Place::Sets(Some(sets)) => sets,
            };
            let alias = sets.get(&RrType::CNAME).filter(|_| ![RrType::CNAME, RrType::ANY].contains(&qtype));
            let set = match qtype {
                RrType::ANY => sets.values().next(),
                qtype => alias.or_else(|| sets.get(&qtype)),
            };
            let Some(set) = set else { return self.deny(found, Verdict::NoData) };
            found.answers.extend(set.iter().map(|r| Record { owner: owner.clone(), ..r.clone() }));
            let target = alias.and_then(|set| match &set[0].data {
                Data::Cname(target) => Some(target),
                _ => None,
            });
            match target {
                // A loop ends as the chain that it is.
                Some(next) if found.answers.iter().all(|r| r.owner.key() != next.key()) => owner = next.clone(),
                _ => {
                    self.add_hosts(&mut found.additional, set, |_| true);
                    break;
                }
            }
        }
        found.verdict = Verdict::Answer;
        found
    }

    /// RFC 1034 §4.3.2 step 3: matches down, label by label.
    fn place(&self, key: &Key, qtype: RrType) -> Place<'_> {
        let mut encloser = self.origin_key.octets();
        for ancestor in key.line().filter(|a| a.len() > self.origin_key.octets().len()) {
            let is_last = ancestor.len() == key.octets().len();
            let sets = self.names.get(ancestor);
            match sets.and_then(|s| s.get(&RrType::NS)) {
                // The parent answers for DS at the cut.
                Some(servers) if !(is_last && qtype == RrType::DS) => return Place::Cut(servers),
                _ => {}
            }
            if sets.is_none() && !self.has_below(ancestor) {
                let wildcard = [encloser, b"*\0"].concat();
                return match self.names.get(&wildcard[..]) {
                    Some(sets) => Place::Sets(Some(sets)),
                    // A wildcard that only has names below it matches as an empty non-terminal.
                    None if self.has_below(&wildcard) => Place::Sets(None),
                    None => Place::Nowhere,
                };
            }
            encloser = ancestor;
        }
        Place::Sets(self.names.get(key))
    }

    fn has_below(&self, ancestor: &[u8]) -> bool {
        let mut after = self.names.range::<[u8], _>((Bound::Excluded(ancestor), Bound::Unbounded));
        after.next().is_some_and(|(key, _)| key.octets().starts_with(ancestor))
    }

    fn deny(&self, mut found: Found, verdict: Verdict) -> Found {
        let (record, soa) = self.soa();
        found.authority.push(Record { ttl_s: record.ttl_s.min(soa.negative_ttl_s), ..record.clone() });
        found.verdict = verdict;
        found
    }

    fn refer(&self, mut found: Found, servers: &[Record]) -> Found {
        let cut = servers[0].owner.key();
        found.authority.extend_from_slice(servers);
        // Glue that cannot be found elsewhere goes first, so that a short reply keeps it (RFC 9471).
        self.add_hosts(&mut found.additional, servers, |host| host.is_under(cut));
        self.add_hosts(&mut found.additional, servers, |host| !host.is_under(cut));
        found.verdict = Verdict::Referral;
        found
    }

    /// Adds the addresses of the hosts that `set` names (RFC 1035 §3.3, RFC 2782).
    fn add_hosts(&self, additional: &mut Vec<Record>, set: &[Record], wanted: impl Fn(&Name) -> bool) {
        for record in set {
            let (Data::Ns(host) | Data::Mx { exchange: host, .. } | Data::Srv { target: host, .. }) = &record.data
            else {
                continue;
            };
            if !wanted(host) || additional.iter().any(|r| r.owner.key() == host.key()) {
                continue;
            }
            let Some(sets) = self.names.get(&Key::of(host)) else { continue };
            for address in [RrType::A, RrType::AAAA].into_iter().filter_map(|rtype| sets.get(&rtype)) {
                additional.extend_from_slice(address);
            }
        }
    }
}
