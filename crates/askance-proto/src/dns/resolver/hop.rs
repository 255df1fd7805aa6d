//! The zone that a lookup is asking, and which of its servers is next.

use core::net::IpAddr;

use askance_record::{Name, RrType, Timestamp};

use super::software::Exposure;
use super::store::parent;
use super::work::Task;
use super::{Resolver, Software};

/// Servers that are at most this much slower than the fastest share the queries, in microseconds (Unbound's `RTT_BAND`).
const BAND_US: i64 = 400_000;
/// Longest wait of BIND for one answer, in microseconds.
const BIND_WAIT_US_MAX: i64 = 9_000_000;

/// The zone that is being asked.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) zone: Name,
    pub(super) servers: Vec<Candidate>,
    /// Servers without address, last one first.
    pub(super) unresolved: Vec<(Name, RrType)>,
    pub(super) exposure: Exposure,
    /// True where the parent itself named the servers during this lookup.
    pub(super) is_from_parent: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) ip: IpAddr,
    pub(super) tries: u8,
    pub(super) is_dropped: bool,
}

impl Hop {
    pub(super) fn add(&mut self, ip: IpAddr) {
        if self.servers.iter().all(|known| known.ip != ip) {
            self.servers.push(Candidate { ip, tries: 0, is_dropped: false });
        }
    }

    pub(super) fn server(&mut self, ip: IpAddr) -> Option<&mut Candidate> {
        self.servers.iter_mut().find(|known| known.ip == ip)
    }
}

impl Resolver {
    /// The closest zone that is known, from `name` upwards; `None` where not even the root is.
    ///
    /// Unbound passes over a delegation below one that has run out: nobody has said lately that it still stands
    /// (`rrset_cache_expired_above`).
    pub(super) fn closest_hop(&mut self, now: Timestamp, task: &Task, name: Name) -> Option<Hop> {
        let now_or_later = now.plus_us(i64::from(task.leeway_s) * 1_000_000);
        // What DS records say of a zone stands in the zone above.
        let mut at = if task.qtype == RrType::DS && name == task.name { parent(&name) } else { Some(name) };
        let mut found = None;
        while let Some(zone) = at {
            let store = &mut self.stores[task.cache];
            let is_unbound = self.config.software == Software::Unbound;
            if is_unbound && store.has_run_out(now_or_later, &zone) {
                found = None;
            } else if found.is_none() {
                let servers = store.delegation(now_or_later, &zone);
                found = servers.and_then(|servers| self.hop(now_or_later, task, &zone, &servers));
                if found.is_some() && !is_unbound {
                    return found;
                }
            }
            at = parent(&zone);
        }
        found
    }

    /// The servers that every question goes to.
    pub(super) fn forwarders(&self, cache: usize) -> Hop {
        self.fixed(cache, self.config.forward_to.iter().copied(), Exposure::Full)
    }

    /// The servers of the root that the resolver was set up with; `None` where it can reach none of them.
    pub(super) fn hinted_root(&self, task: &Task) -> Option<Hop> {
        let root = Name::parse(".").expect("the root is a name");
        let exposure = if task.is_priming() { Exposure::Full } else { self.exposure(&root, task) };
        let hop = self.fixed(task.cache, self.config.roots.iter().map(|(_, ip)| *ip), exposure);
        (!hop.servers.is_empty()).then_some(hop)
    }

    fn fixed(&self, cache: usize, servers: impl Iterator<Item = IpAddr>, exposure: Exposure) -> Hop {
        let zone = Name::parse(".").expect("the root is a name");
        let mut hop = Hop { zone, servers: Vec::new(), unresolved: Vec::new(), exposure, is_from_parent: true };
        servers.filter(|ip| self.egress(cache, *ip).is_some()).for_each(|ip| hop.add(ip));
        hop
    }

    fn exposure(&self, zone: &Name, task: &Task) -> Exposure {
        if self.config.qname_minimisation {
            self.config.software.first_exposure(zone, &task.name, task.qtype)
        } else {
            Exposure::Full
        }
    }

    /// The servers of a delegation; `None` where none of them can be reached.
    pub(super) fn hop(&mut self, now: Timestamp, task: &Task, zone: &Name, servers: &[Name]) -> Option<Hop> {
        let exposure = self.exposure(zone, task);
        let (servers_of, unresolved) = (Vec::new(), Vec::new());
        let mut hop = Hop { zone: zone.clone(), servers: servers_of, unresolved, exposure, is_from_parent: false };
        for server in servers {
            let mut all = self.stores[task.cache].addresses(now, server);
            all.retain(|ip| self.egress(task.cache, *ip).is_some());
            if all.is_empty() && !server.is_under(zone.key()) {
                hop.unresolved.extend(self.address_types(task.cache).map(|rtype| (server.clone(), rtype)));
            }
            for ip in all {
                hop.add(ip);
            }
        }
        hop.unresolved.reverse();
        (!hop.servers.is_empty() || !hop.unresolved.is_empty()).then_some(hop)
    }

    /// The types of addresses that a cache can ask.
    pub(super) fn address_types(&self, cache: usize) -> impl Iterator<Item = RrType> + use<> {
        let v4 = self.egress(cache, IpAddr::from([0; 4])).map(|_| RrType::A);
        let v6 = self.egress(cache, IpAddr::from([0; 16])).map(|_| RrType::AAAA);
        v4.into_iter().chain(v6)
    }

    /// How long BIND waits at this try of a server: 0.8 s three times, then twice as long each time.
    pub(super) fn wait_us(&self, tries: u8) -> Option<i64> {
        let is_bind = self.config.software == Software::Bind;
        let base_us = i64::from(self.config.timeout_ms) * 1_000;
        is_bind.then(|| (base_us << tries.saturating_sub(2).min(8)).min(BIND_WAIT_US_MAX))
    }

    /// The next server: Unbound draws among the fast ones, BIND takes the fastest of those asked least often.
    pub(super) fn pick_server(&mut self, now: Timestamp, cache: usize, hop: &Hop) -> Option<(usize, IpAddr)> {
        let software = self.config.software;
        let mut usable = Vec::new();
        for (at, server) in hop.servers.iter().enumerate() {
            let own = self.egress(cache, server.ip);
            if let Some(own) = own.filter(|_| !server.is_dropped && server.tries < software.tries_per_server()) {
                let known = self.stores[cache].server(now, server.ip, self.config.timeout_ms, &mut self.rng);
                usable.push((server.tries, known.srtt_us, at, own));
            }
        }
        if software == Software::Bind {
            return usable.into_iter().min().map(|(_, _, at, own)| (at, own));
        }
        let fastest_us = usable.iter().map(|(_, srtt_us, ..)| *srtt_us).min()?;
        usable.retain(|(_, srtt_us, ..)| *srtt_us < fastest_us + BAND_US);
        let pick = usize::try_from(self.rng.below(usable.len() as u64)).expect("below the number of servers");
        usable.get(pick).map(|(_, _, at, own)| (*at, *own))
    }
}
