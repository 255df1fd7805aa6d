//! Whole replies, as Unbound keeps them beside its `RRsets`.
//!
//! A reply names the `RRsets` that it is made of, those of its authority and additional
//! sections included, and holds only as long as every one of them. `RRsets` are shared: all
//! denials of a zone rest on one SOA, and an exchange's address that runs out takes the MX
//! reply along. An `RRset` that is still alive is not renewed by equal data, so that what is
//! asked later can expire together with what was asked before.
//!
//! # Source
//! Unbound 1.17 `services/cache/rrset.c` (`need_to_update_rrset`, `rrset_array_lock`),
//! `services/cache/dns.c` (`dns_cache_store_msg`), `daemon/worker.c` (`answer_from_cache`).

use askance_record::{Name, Rcode, RrType, Timestamp};

use super::judge::{NegativeSoa, Rest};
use super::store::{Answer, Due, Entry, STALE_TTL_S, Store, Trust, canonical, soa_record};
use crate::dns::cache::{Hit, second};
use crate::dns::message::{Data, Record};

/// Added to the seconds that an entry fetched anew has left: what expires by then is fetched anew as well
/// (Unbound's `PREFETCH_EXPIRY_ADD`).
const LEEWAY_S: u32 = 60;
/// How long a failed fetch of an entry that is still alive is not tried again (Unbound's `NORR_TTL`).
const PREFETCH_PAUSE_S: u32 = 5;

/// A name in lower case and a type.
pub(super) type Key = (Name, RrType);

/// A reply: of which `RRsets` it is made.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    rcode: Rcode,
    /// Aliases in their order, then the records asked for.
    answers: Vec<Key>,
    /// The SOA of a negative reply.
    soa: Option<Key>,
    /// Addresses in the additional section.
    extra: Vec<Key>,
    /// From which second on it is fetched anew.
    prefetch_from_s: i64,
}

/// A reply and for how many seconds it holds.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    reply: Reply,
    ttl_s: u32,
}

impl Store {
    /// Keeps an `RRset` unless the one that is kept is better.
    ///
    /// - `leeway_s`: one that expires within these seconds counts as expired
    /// - returns: the seconds that the kept one has left
    pub(super) fn put_rrset(
        &mut self,
        now: Timestamp,
        leeway_s: u32,
        key: &Key,
        mut records: Vec<Record>,
        trust: Trust,
    ) -> u32 {
        let ttl_s = self.clamp(records.iter().map(|r| r.ttl_s).min().unwrap_or(0));
        for record in &mut records {
            record.ttl_s = ttl_s;
        }
        let limit = now.plus_us(i64::from(leeway_s) * 1_000_000);
        let is_better = match self.answers.get(limit, key) {
            Some(hit) if hit.is_fresh() => match hit.value {
                Entry::Records(old, old_trust) => *old_trust > trust || (*old_trust == trust && is_same(old, &records)),
                Entry::NoData(_) | Entry::NxDomain(_) => false,
            },
            _ => false,
        };
        if !is_better {
            self.answers.put(now, key.clone(), Entry::Records(records.into(), trust), ttl_s);
        }
        self.answers.get(now, key).map_or(0, |hit| hit.remaining_s)
    }

    /// Keeps the `RRsets` of an answer.
    ///
    /// - returns: the answer with the TTLs that it is kept for, and the reply that it makes, if any
    pub(super) fn put_rrsets(
        &mut self,
        now: Timestamp,
        leeway_s: u32,
        key: &Key,
        rest: Rest,
        extra: Vec<Record>,
    ) -> (Rest, Option<Kept>) {
        let mut reply = Reply {
            rcode: if matches!(rest, Rest::NxDomain(_)) { Rcode::NXDOMAIN } else { Rcode::NOERROR },
            answers: Vec::new(),
            soa: None,
            extra: Vec::new(),
            prefetch_from_s: 0,
        };
        let (rest, mut ttl_s) = match rest {
            Rest::Records(mut records) => {
                let ttl_s = self.clamp(records.iter().map(|r| r.ttl_s).min().unwrap_or(0));
                let left_s = self.put_rrset(now, leeway_s, key, records.clone(), Trust::Answer);
                reply.answers.push(key.clone());
                for record in &mut records {
                    record.ttl_s = ttl_s.min(left_s);
                }
                (Rest::Records(records), ttl_s)
            }
            Rest::NoData(soa) => {
                let (soa, soa_key, ttl_s) = self.put_soa(now, leeway_s, soa);
                reply.soa = soa_key;
                (Rest::NoData(soa), ttl_s)
            }
            Rest::NxDomain(soa) => {
                let (soa, soa_key, ttl_s) = self.put_soa(now, leeway_s, soa);
                reply.soa = soa_key;
                (Rest::NxDomain(soa), ttl_s)
            }
            Rest::Elsewhere => return (Rest::Elsewhere, None),
        };
        let mut extra = extra;
        extra.sort_by_key(|r| (canonical(&r.owner), r.data.rtype()));
        for set in extra.chunk_by(|a, b| a.owner.key() == b.owner.key() && a.data.rtype() == b.data.rtype()) {
            let set_key = (canonical(&set[0].owner), set[0].data.rtype());
            let set_ttl_s = self.clamp(set.iter().map(|r| r.ttl_s).min().unwrap_or(0));
            self.put_rrset(now, leeway_s, &set_key, set.to_vec(), Trust::Additional);
            ttl_s = ttl_s.min(set_ttl_s);
            reply.extra.push(set_key);
        }
        reply.prefetch_from_s = second(now) + i64::from(ttl_s - ttl_s / 10);
        (rest, Some(Kept { reply, ttl_s }))
    }

    /// Keeps the SOA of a denial; other denials of the zone share it.
    fn put_soa(
        &mut self,
        now: Timestamp,
        leeway_s: u32,
        soa: Option<NegativeSoa>,
    ) -> (Option<NegativeSoa>, Option<Key>, u32) {
        let (Some(mut soa), ttl_s) = self.negative(soa) else {
            return (None, None, self.negative(None).1);
        };
        let key = (canonical(&soa.0), RrType::SOA);
        let left_s = self.put_rrset(now, leeway_s, &key, vec![soa_record(&soa, ttl_s)], Trust::Authority);
        soa.1 = ttl_s.min(left_s);
        (Some(soa), Some(key), ttl_s)
    }

    /// Keeps a reply; one without lifetime takes the place of nothing, and nothing stays in its place.
    pub(super) fn put_reply(&mut self, now: Timestamp, key: Key, kept: Kept) {
        if kept.ttl_s == 0 {
            self.replies.remove(&key);
        } else {
            self.replies.put(now, key, kept.reply, kept.ttl_s);
        }
    }

    /// A reply that is alive, with its lifetime from now on.
    pub(super) fn kept(&mut self, now: Timestamp, key: &Key) -> Option<Kept> {
        let hit = self.replies.get(now, key).filter(Hit::is_fresh)?;
        let (reply, ttl_s) = (hit.value.clone(), hit.remaining_s);
        self.are_alive(now, &reply).then_some(Kept { reply, ttl_s })
    }

    fn are_alive(&mut self, now: Timestamp, reply: &Reply) -> bool {
        let parts = reply.answers.iter().chain(&reply.soa).chain(&reply.extra);
        let answers = &mut self.answers;
        parts.into_iter().all(|key| answers.get(now, key).is_some_and(|hit| hit.is_fresh()))
    }

    /// Whether a probe needs no asking: `Some` where a reply to it is kept, with its code. An alias is a reply.
    pub(super) fn kept_code(&mut self, now: Timestamp, key: &Key) -> Option<Rcode> {
        if let Some(kept) = self.kept(now, key) {
            return Some(kept.reply.rcode);
        }
        self.alias(now, &key.0).map(|_| Rcode::NOERROR)
    }

    /// The alias of a name.
    pub(super) fn alias(&mut self, now: Timestamp, name: &Name) -> Option<Record> {
        let hit = self.answers.get(now, &(name.clone(), RrType::CNAME)).filter(Hit::is_fresh)?;
        let Entry::Records(records, _) = hit.value else { return None };
        records.first().map(|r| Record { ttl_s: hit.remaining_s, ..r.clone() })
    }

    /// The answer to a question as a whole, where a reply to it is kept; perhaps a stale one.
    pub(super) fn reply_answer(&mut self, now: Timestamp, qname: &Name, qtype: RrType) -> Option<Answer> {
        let hit = self.replies.get(now, &(qname.clone(), qtype))?;
        let (reply, is_stale, left_s) = (hit.value.clone(), !hit.is_fresh(), hit.remaining_s);
        if !is_stale && !self.are_alive(now, &reply) {
            return None;
        }
        let mut answer = Answer { rcode: reply.rcode, records: Vec::new(), soa: None, is_stale, due: Vec::new() };
        let mut end = qname.clone();
        for key in &reply.answers {
            let records = self.aged(now, key, is_stale)?;
            // Aliases may lead elsewhere by now.
            if key.0 != end {
                return None;
            }
            if let (RrType::CNAME, Some(Data::Cname(target))) = (key.1, records.first().map(|r| &r.data)) {
                end = canonical(target);
            }
            answer.records.extend(records);
        }
        if let Some(key) = &reply.soa {
            answer.soa = self.aged(now, key, is_stale)?.pop();
        }
        if is_stale || second(now) >= reply.prefetch_from_s {
            let leeway_s = if is_stale { LEEWAY_S } else { left_s + LEEWAY_S };
            answer.due.push(Due { name: qname.clone(), qtype, leeway_s });
        }
        Some(answer)
    }

    fn aged(&mut self, now: Timestamp, key: &Key, is_stale: bool) -> Option<Vec<Record>> {
        let hit = self.answers.get(now, key)?;
        let ttl_s = if is_stale { STALE_TTL_S } else { hit.remaining_s };
        let Entry::Records(records, _) = hit.value else { return None };
        Some(records.iter().map(|r| Record { ttl_s, ..r.clone() }).collect())
    }

    /// An entry could not be fetched anew: it is left alone for a moment.
    pub(super) fn pause_prefetch(&mut self, now: Timestamp, key: &Key) {
        let Some(hit) = self.replies.get(now, key).filter(Hit::is_fresh) else { return };
        let (mut reply, left_s) = (hit.value.clone(), hit.remaining_s);
        reply.prefetch_from_s = second(now) + i64::from(PREFETCH_PAUSE_S);
        self.replies.put(now, key.clone(), reply, left_s);
    }
}

impl Kept {
    /// The same at the end of aliases, whose own lifetime does not shorten the reply's (`iter_prepend`).
    pub(super) fn behind(mut self, aliases: Vec<Key>) -> Self {
        self.reply.answers = aliases.into_iter().chain(self.reply.answers).collect();
        self
    }
}

/// True where two `RRsets` hold the same data, in whatever order.
fn is_same(one: &[Record], other: &[Record]) -> bool {
    one.len() == other.len() && one.iter().all(|a| other.iter().any(|b| a.data == b.data))
}
