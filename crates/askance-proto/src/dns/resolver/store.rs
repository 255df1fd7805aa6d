//! What one resolver process remembers: answers, delegations, failures and servers.

use core::net::IpAddr;
use std::sync::Arc;

use askance_record::{Name, Rcode, Rng, RrType, Timestamp};

use super::ResolverConfig;
use super::judge::{NegativeSoa, Referral, Rest, address};
use super::replies::{Key, Reply};
use super::software::{Software, is_bind_prefetch_due};
use crate::dns::cache::{Cache, CacheConfig, Hit};
use crate::dns::message::{Data, Record};

/// Most aliases followed for one question.
pub(super) const ALIASES_MAX: usize = 16;
/// How long what is known of a server lasts: Unbound's `infra-host-ttl`.
const SERVER_TTL_S: u32 = 900;
/// TTL of stale answers, in seconds (RFC 8767 §4).
pub(super) const STALE_TTL_S: u32 = 30;

/// A name in lower case, as caches know it.
pub(super) fn canonical(name: &Name) -> Name {
    match name.raw_if_different() {
        None => name.clone(),
        Some(_) => Name::parse(name.key()).expect("the key of a name is a name"),
    }
}

/// The last labels of a name.
pub(super) fn last_labels(name: &Name, count: usize) -> Name {
    let labels: Vec<&str> = name.labels().collect();
    let tail = labels[labels.len().saturating_sub(count)..].join(".");
    Name::parse(if tail.is_empty() { "." } else { &tail }).expect("labels of a name make a name")
}

/// The name without its first label; `None` for the root.
pub(super) fn parent(name: &Name) -> Option<Name> {
    let count = name.labels().count();
    (count > 0).then(|| last_labels(name, count - 1))
}

/// Where records came from: what is heard by the way never takes the place of an answer (RFC 2181 §5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    Additional,
    Authority,
    Answer,
}

/// What is kept of one name and type. Unbound keeps records alone, and denials as replies.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Records(Arc<[Record]>, Trust),
    NoData(Option<NegativeSoa>),
    NxDomain(Option<NegativeSoa>),
}

/// What is known of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// Smoothed round trip, in microseconds; before the first answer what the program takes it for.
    pub(super) srtt_us: i64,
    /// Its spread.
    pub(super) spread_us: i64,
    /// How long an answer is waited for.
    pub(super) timeout_us: i64,
    /// True once it failed at EDNS.
    pub(super) is_plain: bool,
}

/// One step of finding an answer in the cache.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Alias(Record, Name),
    Records(Vec<Record>),
    NoData(Option<NegativeSoa>),
    NxDomain(Option<NegativeSoa>),
}

/// What is kept with [`Found`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    pub(super) remaining_s: u32,
    pub(super) is_stale: bool,
    pub(super) is_prefetch_due: bool,
}

/// A whole answer out of the cache.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) rcode: Rcode,
    pub(super) records: Vec<Record>,
    /// For the authority section of a negative answer.
    pub(super) soa: Option<Record>,
    pub(super) is_stale: bool,
    /// What is to be fetched anew.
    pub(super) due: Vec<Due>,
}

/// What is to be fetched anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) name: Name,
    pub(super) qtype: RrType,
    /// What is kept for at most so many seconds more counts as expired.
    pub(super) leeway_s: u32,
}

/// The memory of one resolver process.
#[derive(Debug)]
pub(super) struct Store {
    software: Software,
    ttl_s: (u32, u32),
    negative_ttl_s_max: u32,
    pub(super) answers: Cache<Key, Entry>,
    /// Unbound's replies; see [`super::replies`].
    pub(super) replies: Cache<Key, Reply>,
    /// The name servers of delegated zones.
    zones: Cache<Name, Arc<[Name]>>,
    /// Addresses that came with delegations: good enough to ask, never to answer with.
    glue: Cache<Name, Vec<IpAddr>>,
    /// Zones, and hosts with an address, of which a parent was asked as a last resort.
    parents: Cache<Key, ()>,
    failures: Cache<(Name, RrType), ()>,
    servers: Cache<IpAddr, Server>,
}

impl Store {
    pub(super) fn new(config: &ResolverConfig) -> Self {
        let software = config.software;
        let bounds = CacheConfig { entries_max: config.entries_max, ..CacheConfig::new(software.last_second()) };
        Self {
            software,
            ttl_s: (config.ttl_min_s.min(config.ttl_max_s), config.ttl_max_s),
            negative_ttl_s_max: config.negative_ttl_max_s,
            answers: Cache::new(CacheConfig { stale_s_max: config.serve_expired_s.unwrap_or(0), ..bounds }),
            replies: Cache::new(CacheConfig { stale_s_max: config.serve_expired_s.unwrap_or(0), ..bounds }),
            // Expired ones are told from those never heard of.
            zones: Cache::new(CacheConfig { stale_s_max: u32::MAX, ..bounds }),
            glue: Cache::new(bounds),
            parents: Cache::new(bounds),
            failures: Cache::new(bounds),
            servers: Cache::new(bounds),
        }
    }

    pub(super) fn clamp(&self, ttl_s: u32) -> u32 {
        ttl_s.clamp(self.ttl_s.0, self.ttl_s.1)
    }

    /// Keeps the records of one type under its name.
    ///
    /// - returns: its records with the TTL that they are kept for.
    fn put_records(&mut self, now: Timestamp, name: &Name, mut records: Vec<Record>) -> Vec<Record> {
        let Some(first) = records.first() else { return records };
        let rtype = first.data.rtype();
        let least = records.iter().map(|r| r.ttl_s).min().unwrap_or(0);
        let ttl_s = self.clamp(least);
        for record in &mut records {
            record.ttl_s = ttl_s;
        }
        self.answers.remove(&(name.clone(), self.software.nxdomain_type(rtype)));
        self.answers.put(now, (name.clone(), rtype), Entry::Records(records.clone().into(), Trust::Answer), ttl_s);
        records
    }

    /// Keeps aliases.
    pub(super) fn put_alias(&mut self, now: Timestamp, alias: Record) -> Record {
        let name = canonical(&alias.owner);
        let [alias] = self.put_records(now, &name, vec![alias]).try_into().expect("one record in, one out");
        alias
    }

    /// Keeps what is at the end of the aliases.
    ///
    /// - returns: the same with the TTLs that it is kept for.
    pub(super) fn put_rest(&mut self, now: Timestamp, name: &Name, qtype: RrType, rest: Rest) -> Rest {
        match rest {
            Rest::Records(records) => Rest::Records(self.put_records(now, name, records)),
            Rest::NoData(soa) => {
                let (soa, ttl_s) = self.negative(soa);
                self.answers.remove(&(name.clone(), self.software.nxdomain_type(qtype)));
                self.put_negative(now, (name.clone(), qtype), Entry::NoData(soa.clone()), ttl_s);
                Rest::NoData(soa)
            }
            Rest::NxDomain(soa) => {
                let (soa, ttl_s) = self.negative(soa);
                let key = (name.clone(), self.software.nxdomain_type(qtype));
                self.put_negative(now, key, Entry::NxDomain(soa.clone()), ttl_s);
                Rest::NxDomain(soa)
            }
            Rest::Elsewhere => Rest::Elsewhere,
        }
    }

    /// The TTL of a negative answer (RFC 2308 §5), put into its SOA as well.
    pub(super) fn negative(&self, soa: Option<NegativeSoa>) -> (Option<NegativeSoa>, u32) {
        let Some(mut soa) = soa else { return (None, self.software.unsigned_negative_ttl_s()) };
        let ttl_s = soa.1.min(soa.2.negative_ttl_s).min(self.negative_ttl_s_max).max(self.ttl_s.0);
        soa.1 = ttl_s;
        (Some(soa), ttl_s)
    }

    fn put_negative(&mut self, now: Timestamp, key: (Name, RrType), entry: Entry, ttl_s: u32) {
        // What came without SOA and TTL is not kept, not even for its own second.
        let is_kept = ttl_s > 0 || !matches!(&entry, Entry::NoData(None) | Entry::NxDomain(None));
        if is_kept {
            self.answers.put(now, key, entry, ttl_s);
        }
    }

    /// Keeps a delegation, and apart from it the addresses that came along.
    ///
    /// Unbound lets a delegation that it knows run out, however often it hears of it: a zone whose parent has
    /// dropped it must not live on (its `qstarttime`, against "ghost domains").
    pub(super) fn put_referral(&mut self, now: Timestamp, referral: Referral) {
        let mut servers = Vec::new();
        for (server, addresses) in referral.servers {
            let server = canonical(&server);
            if let Some(ttl_s) = addresses.iter().map(|(_, ttl_s)| *ttl_s).min() {
                let all: Vec<IpAddr> = addresses.into_iter().map(|(ip, _)| ip).collect();
                let is_kept = self.software == Software::Unbound
                    && self.glue.get(now, &server).is_some_and(|hit| *hit.value == all);
                if !is_kept {
                    self.glue.put(now, server.clone(), all, self.clamp(ttl_s));
                }
            }
            servers.push(server);
        }
        let (zone, mut ttl_s) = (canonical(&referral.zone), self.clamp(referral.ttl_s));
        if self.software == Software::Unbound
            && let Some(hit) = self.zones.get(now, &zone).filter(Hit::is_fresh)
        {
            ttl_s = ttl_s.min(hit.remaining_s);
        }
        self.zones.put(now, zone, servers.into(), ttl_s);
    }

    /// The name servers of a delegated zone.
    pub(super) fn delegation(&mut self, now: Timestamp, zone: &Name) -> Option<Arc<[Name]>> {
        self.zones.get(now, zone).filter(Hit::is_fresh).map(|hit| Arc::clone(hit.value))
    }

    /// True where a delegation was known and has run out.
    pub(super) fn has_run_out(&mut self, now: Timestamp, zone: &Name) -> bool {
        self.zones.get(now, zone).is_some_and(|hit| !hit.is_fresh())
    }

    /// Keeps that a parent was asked for a zone (NS) or for the address of a name server, as a last resort.
    pub(super) fn put_parent(&mut self, now: Timestamp, key: Key, ttl_s: u32) {
        self.parents.put(now, key, (), self.clamp(ttl_s));
    }

    /// True where a parent was asked before.
    pub(super) fn has_asked_parent(&mut self, now: Timestamp, key: &Key) -> bool {
        self.parents.get(now, key).is_some()
    }

    /// Keeps that a lookup failed.
    pub(super) fn put_failure(&mut self, now: Timestamp, name: Name, qtype: RrType) {
        self.failures.put(now, (name, qtype), (), self.software.failure_ttl_s());
    }

    /// True where a lookup failed a moment ago.
    pub(super) fn has_failed(&mut self, now: Timestamp, name: &Name, qtype: RrType) -> bool {
        self.failures.get(now, &(name.clone(), qtype)).is_some()
    }

    /// What is known of a server, or what the program takes an unknown one for.
    pub(super) fn server(&mut self, now: Timestamp, ip: IpAddr, timeout_ms: u32, rng: &mut Rng) -> Server {
        if let Some(hit) = self.servers.get(now, &ip) {
            return *hit.value;
        }
        let timeout_us = i64::from(timeout_ms) * 1_000;
        let srtt_us = match self.software {
            Software::Unbound => timeout_us,
            // BIND gives unknown servers 1 to 32 µs, so that each is tried once first.
            Software::Bind => 1 + i64::try_from(rng.below(32)).expect("below 32"),
        };
        let server = Server { srtt_us, spread_us: 0, timeout_us, is_plain: false };
        self.put_server(now, ip, server);
        server
    }

    /// Keeps what was learnt of a server.
    pub(super) fn put_server(&mut self, now: Timestamp, ip: IpAddr, server: Server) {
        self.servers.put(now, ip, server, SERVER_TTL_S);
    }

    /// Fresh addresses of a name server: what it was answered with, else what came with a delegation.
    pub(super) fn addresses(&mut self, now: Timestamp, host: &Name) -> Vec<IpAddr> {
        let mut all = Vec::new();
        for rtype in [RrType::A, RrType::AAAA] {
            if let (Found::Records(records), Age { is_stale: false, .. }) = self.find(now, host, rtype) {
                all.extend(records.iter().filter_map(|r| address(&r.data)));
            }
        }
        if all.is_empty()
            && let Some(hit) = self.glue.get(now, host)
        {
            all.clone_from(hit.value);
        }
        all
    }

    /// One step of an answer: what is kept of this very name, an alias included.
    pub(super) fn find(&mut self, now: Timestamp, name: &Name, qtype: RrType) -> (Found, Age) {
        let mut stale = None;
        let of_all = self.software.nxdomain_type(qtype);
        let mut types = vec![qtype];
        if of_all != qtype {
            types.insert(0, of_all);
        }
        if qtype != RrType::CNAME {
            types.push(RrType::CNAME);
        }
        for rtype in types {
            let Some(hit) = self.answers.get(now, &(name.clone(), rtype)) else { continue };
            let ttl_s = if hit.is_fresh() { hit.remaining_s } else { STALE_TTL_S };
            let is_negative = !matches!(hit.value, Entry::Records(..));
            let is_prefetch_due = !is_negative && is_bind_prefetch_due(hit.ttl_s, hit.remaining_s);
            let age = Age { remaining_s: ttl_s, is_stale: !hit.is_fresh(), is_prefetch_due };
            let is_alias = rtype == RrType::CNAME && qtype != RrType::CNAME;
            let Some(found) = shown(hit.value, ttl_s, is_alias) else { continue };
            if !age.is_stale {
                return (found, age);
            }
            stale = stale.or(Some((found, age)));
        }
        stale.unwrap_or((Found::Nothing, Age { remaining_s: 0, is_stale: false, is_prefetch_due: false }))
    }

    /// A whole answer, aliases followed; `None` where a part of it is missing.
    pub(super) fn answer(&mut self, now: Timestamp, qname: &Name, qtype: RrType) -> Option<Answer> {
        if self.software == Software::Unbound {
            return self.reply_answer(now, qname, qtype);
        }
        let mut answer =
            Answer { rcode: Rcode::NOERROR, records: Vec::new(), soa: None, is_stale: false, due: Vec::new() };
        let mut name = qname.clone();
        loop {
            let (found, age) = self.find(now, &name, qtype);
            answer.is_stale |= age.is_stale;
            if age.is_prefetch_due {
                let is_alias = matches!(found, Found::Alias(..));
                // The RRset that runs out, not the whole answer.
                let qtype = if is_alias { RrType::CNAME } else { qtype };
                answer.due.push(Due { name: name.clone(), qtype, leeway_s: 0 });
            }
            let soa = match found {
                Found::Nothing => return None,
                Found::Alias(record, target) => {
                    answer.records.push(record);
                    if answer.records.len() > ALIASES_MAX {
                        return None;
                    }
                    name = target;
                    continue;
                }
                Found::Records(records) => {
                    answer.records.extend(records);
                    None
                }
                Found::NoData(soa) => soa,
                Found::NxDomain(soa) => {
                    answer.rcode = Rcode::NXDOMAIN;
                    soa
                }
            };
            answer.soa = soa.map(|soa| soa_record(&soa, age.remaining_s));
            answer.due.dedup();
            return Some(answer);
        }
    }
}

/// The SOA record of a negative answer.
pub(super) fn soa_record(soa: &NegativeSoa, ttl_s: u32) -> Record {
    Record { owner: soa.0.clone(), ttl_s, data: Data::Soa(Box::new(soa.2.clone())) }
}

/// An entry as it is found.
fn shown(entry: &Entry, ttl_s: u32, is_alias: bool) -> Option<Found> {
    let records = match entry {
        Entry::NoData(_) | Entry::NxDomain(_) if is_alias => return None,
        Entry::NoData(soa) => return Some(Found::NoData(soa.clone())),
        Entry::NxDomain(soa) => return Some(Found::NxDomain(soa.clone())),
        Entry::Records(records, _) => records,
    };
    let aged = |r: &Record| Record { ttl_s, ..r.clone() };
    if !is_alias {
        return Some(Found::Records(records.iter().map(aged).collect()));
    }
    let record = records.first()?;
    let Data::Cname(target) = &record.data else { return None };
    Some(Found::Alias(aged(record), canonical(target)))
}
