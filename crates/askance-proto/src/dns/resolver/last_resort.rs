//! What Unbound tries when no server of a zone has helped: it asks the parent again.
//!
//! Where the delegation came out of the cache, the zone above is asked for it once more, with
//! the whole name, and each server named gets one more query. Then the addresses of the name
//! servers are looked up afresh, from the parent's side. Both are remembered as long as the
//! delegation is, so that a zone that its server refuses costs its parent a few queries a
//! day, not a few for every question. BIND has nothing of the kind.
//!
//! # Source
//! Unbound 1.17 `iterator.c` (`processLastResort`, `generate_parentside_target_query`),
//! `iter_utils.c` (`iter_merge_retry_counts`).

use core::net::IpAddr;

use askance_record::{Name, RrType, Timestamp};

use super::hop::{Candidate, Hop};
use super::judge::Referral;
use super::software::Exposure;
use super::store::{canonical, parent};
use super::upstream::WAIT_US;
use super::work::{Progress, Task};
use super::{Resolver, Software};

/// How long it is remembered that the parent has no address of a name server either (Unbound's `NORR_TTL`).
const NOTHING_TTL_S: u32 = 5;

/// How far the last resort of a lookup has come.
#[derive(Debug, Default)]
pub(super) struct LastResort {
    /// The zone that the parent is being asked for again, and the servers that did not help.
    again: Option<(Name, Vec<(IpAddr, u8)>)>,
    /// Zones whose servers' addresses have been looked up from the parent's side.
    looked_up: Vec<Name>,
    /// True in a lookup of such an address.
    is_for_address: bool,
}

impl LastResort {
    /// Servers that have had all their tries get one more, in the delegation that the parent gave again.
    pub(super) fn merge_tries(&mut self, hop: &mut Hop) {
        let Some((_, servers)) = self.again.take_if(|(zone, _)| *zone == hop.zone) else { return };
        for (ip, tries) in servers {
            if let Some(server) = hop.server(ip) {
                server.tries = tries.saturating_sub(1);
            }
        }
    }
}

impl Resolver {
    /// Goes on where no server of `hop` is left to ask.
    pub(super) fn try_last_resort(&mut self, now: Timestamp, task: &mut Task, mut hop: Hop) -> Progress {
        let is_root = parent(&hop.zone).is_none();
        let is_silent = self.are_silent(now, task.cache, &hop);
        if self.config.software == Software::Bind || self.is_forwarder() || is_root || is_silent {
            return Progress::failed();
        }
        if !hop.is_from_parent {
            let key = (hop.zone.clone(), RrType::NS);
            if !self.stores[task.cache].has_asked_parent(now, &key) {
                return self.ask_parent(now, task, &hop);
            }
            hop.is_from_parent = true;
        }
        if !task.last_resort.looked_up.contains(&hop.zone) {
            task.last_resort.looked_up.push(hop.zone.clone());
            if self.look_up_hosts(now, task, &hop.zone) {
                task.hop = Some(hop);
                return Progress::Waiting;
            }
        }
        if task.last_resort.is_for_address {
            let key = (task.qname.clone(), task.qtype);
            if !self.stores[task.cache].has_asked_parent(now, &key) {
                self.stores[task.cache].put_parent(now, key, NOTHING_TTL_S);
            }
        }
        Progress::failed()
    }

    /// True where every server has been waited for to the last: Unbound then asks it nothing for a while
    /// (`infra_get_lame_rtt`), so that the parent could say nothing of use.
    fn are_silent(&mut self, now: Timestamp, cache: usize, hop: &Hop) -> bool {
        let timeout_ms = self.config.timeout_ms;
        let is_silent = |server: &Candidate| {
            self.stores[cache].server(now, server.ip, timeout_ms, &mut self.rng).timeout_us >= WAIT_US.1
        };
        !hop.servers.is_empty() && hop.servers.iter().all(is_silent)
    }

    /// The zone above is asked with the whole name.
    fn ask_parent(&mut self, now: Timestamp, task: &mut Task, hop: &Hop) -> Progress {
        let above = parent(&hop.zone).and_then(|above| self.closest_hop(now, task, above));
        let Some(mut above) = above.or_else(|| self.hinted_root(task)) else { return Progress::failed() };
        above.exposure = Exposure::Full;
        let tried = hop.servers.iter().map(|server| (server.ip, server.tries)).collect();
        task.last_resort.again = Some((hop.zone.clone(), tried));
        task.hop = Some(above);
        Progress::Again
    }

    /// Looks the addresses of a zone's name servers up, from the zone above.
    ///
    /// - returns: true where the lookup waits for one
    fn look_up_hosts(&mut self, now: Timestamp, task: &mut Task, zone: &Name) -> bool {
        let servers = self.stores[task.cache].delegation(now, zone).unwrap_or_default();
        let types: Vec<RrType> = self.address_types(task.cache).collect();
        let mut is_waiting = false;
        for server in servers.iter() {
            for rtype in types.iter().copied() {
                let key = (server.clone(), rtype);
                let is_known = self.stores[task.cache].has_asked_parent(now, &key);
                if is_known || is_waiting || self.is_asked(task.cache, server, rtype) {
                    continue;
                }
                let Some(mut child) = self.new_child(now, task, server.clone(), rtype) else { continue };
                child.last_resort.is_for_address = true;
                // From above the zone that it lies in.
                let closest = self.closest_hop(now, &child, server.clone()).map(|hop| hop.zone);
                let above = closest.as_ref().and_then(parent).and_then(|above| self.closest_hop(now, &child, above));
                child.hop = above.or_else(|| self.hinted_root(&child));
                self.begin(child);
                is_waiting = true;
            }
        }
        is_waiting
    }

    /// A parent has named the servers of a zone: what the last resort wanted to know is known.
    pub(super) fn note_parent(&mut self, now: Timestamp, task: &Task, zone: &Name, referral: &Referral) {
        let store = &mut self.stores[task.cache];
        if task.last_resort.again.as_ref().is_some_and(|(again, _)| again == zone) {
            store.put_parent(now, (zone.clone(), RrType::NS), referral.ttl_s);
        }
        if !task.last_resort.is_for_address {
            return;
        }
        let own = referral.servers.iter().find(|(server, _)| canonical(server) == task.qname);
        let of_type = |(ip, _): &&(IpAddr, u32)| ip.is_ipv4() == (task.qtype == RrType::A);
        if let Some((_, ttl_s)) = own.and_then(|(_, addresses)| addresses.iter().find(of_type)) {
            store.put_parent(now, (task.qname.clone(), task.qtype), *ttl_s);
        }
    }
}
