//! A caching recursive resolver, or a farm of them behind shared addresses.
//!
//! What an authoritative server sees of the world are the *misses* of such caches. So the
//! resolver follows two real programs in everything that shapes misses: whole seconds of
//! the clock, prefetching, what a negative answer covers, how often a failing server is
//! asked, and the queries that nobody asked for (query-name minimisation, addresses of name
//! servers). Each upstream query carries the cause of the client's query that led to it.
//!
//! Left out: DNSSEC validation (the DO bit is set all the same, as both programs do),
//! DNS 0x20, NS records in the authority section of answers (a delegation lasts as
//! long as its parent says).
//!
//! - [`Software`]: the figures of each program
//! - `store`: what one process remembers; `replies`: the replies that Unbound keeps beside
//! - `judge`: what an answer of a name server means
//! - `work`: one lookup, from root to answer; `hop`: the zone that it is asking; `last_resort`: what Unbound
//!   tries when no server of it helped
//! - `upstream`: queries under way
//! - `clients`: questions and answers of clients

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use askance_record::{Name, Rng, RrType, Timestamp, mix64};

use crate::{Actor, Input, Node, Outbox, Output, StreamEvent, StreamId};

mod clients;
mod hop;
mod judge;
mod last_resort;
mod replies;
mod software;
mod store;
mod upstream;
mod work;

pub use software::Software;

use clients::Session;
use store::Store;
use upstream::{Exchange, Kind};
use work::Task;

/// The port of the DNS (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// How a farm spreads the queries of its clients over its caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spread {
    /// Each query by a draw of its own.
    PerQuery,
    /// All queries of a client address to the same cache.
    PerClient,
}

/// What a resolver is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverConfig {
    /// Addresses that clients ask, port 53.
    pub addresses: Vec<IpAddr>,
    /// Addresses that it asks from; cache `n` takes the `n`th of the server's family, round and round.
    /// Empty: `addresses`.
    pub egress: Vec<IpAddr>,
    /// How many independent caches stand behind `addresses`, at least 1.
    pub caches: u16,
    /// How queries are spread over them.
    pub spread: Spread,
    /// The program.
    pub software: Software,
    /// Root hints.
    pub roots: Vec<(Name, IpAddr)>,
    /// Resolvers that it hands every question to; empty for one that iterates itself.
    pub forward_to: Vec<IpAddr>,
    /// Most entries per cache.
    pub entries_max: u32,
    /// Longest TTL kept, in seconds.
    pub ttl_max_s: u32,
    /// Shortest TTL kept, in seconds.
    pub ttl_min_s: u32,
    /// Longest TTL of negative answers, in seconds.
    pub negative_ttl_max_s: u32,
    /// Whether entries are fetched anew shortly before they expire.
    pub prefetch: bool,
    /// For how long expired answers are served, in seconds: by Unbound at once, by BIND after a failure (RFC 8767).
    /// `u32::MAX` is without bound, as Unbound's `serve-expired-ttl: 0`.
    pub serve_expired_s: Option<u32>,
    /// Whether servers see only as much of a name as they need (RFC 9156).
    pub qname_minimisation: bool,
    /// How long an unknown server has to answer, in milliseconds.
    pub timeout_ms: u32,
    /// When the process is started anew with empty caches; ascending.
    pub restarts: Vec<Timestamp>,
    /// From when until when (exclusive) it answers nobody.
    pub outages: Vec<(Timestamp, Timestamp)>,
    /// Draws identifiers, ports, servers and caches.
    pub seed: u64,
}

impl ResolverConfig {
    /// One cache at one address with the defaults of the program as Debian 12 ships it, and no root hints.
    pub fn new(software: Software, address: IpAddr) -> Self {
        let is_bind = software == Software::Bind;
        Self {
            addresses: vec![address],
            egress: Vec::new(),
            caches: 1,
            spread: Spread::PerQuery,
            software,
            roots: Vec::new(),
            forward_to: Vec::new(),
            entries_max: 1_000_000,
            ttl_max_s: if is_bind { 604_800 } else { 86_400 },
            ttl_min_s: 0,
            negative_ttl_max_s: if is_bind { 10_800 } else { 3_600 },
            prefetch: is_bind,
            serve_expired_s: None,
            qname_minimisation: true,
            timeout_ms: if is_bind { 800 } else { 376 },
            restarts: Vec::new(),
            outages: Vec::new(),
            seed: 0,
        }
    }
}

/// A caching recursive resolver.
#[derive(Debug)]
pub struct Resolver {
    config: ResolverConfig,
    rng: Rng,
    stores: Vec<Store>,
    restarts: VecDeque<Timestamp>,
    tasks: BTreeMap<u64, Task>,
    /// Lookups under way by cache, name and type, so that equal questions share one.
    asked: BTreeMap<(usize, Name, RrType), u64>,
    /// Lookups that can go on.
    ready: VecDeque<u64>,
    next_task: u64,
    exchanges: BTreeMap<(IpAddr, u16), Exchange>,
    /// The latest query under way of each kind.
    shared: BTreeMap<Kind, (IpAddr, u16)>,
    due: BTreeSet<(Timestamp, IpAddr, u16)>,
    opened: BTreeMap<StreamId, (IpAddr, u16)>,
    next_stream: u64,
    sessions: BTreeMap<StreamId, Session>,
    strays: u64,
    out: Outbox,
}

impl Resolver {
    /// A resolver with empty caches.
    ///
    /// # Panics
    /// Where `caches` is 0 or `entries_max` is 0.
    pub fn new(config: ResolverConfig) -> Self {
        assert!(config.caches > 0, "a resolver has a cache");
        Self {
            rng: Rng::part(config.seed, "resolver"),
            stores: (0..config.caches).map(|_| Store::new(&config)).collect(),
            restarts: config.restarts.iter().copied().collect(),
            config,
            tasks: BTreeMap::new(),
            asked: BTreeMap::new(),
            ready: VecDeque::new(),
            next_task: 0,
            exchanges: BTreeMap::new(),
            shared: BTreeMap::new(),
            due: BTreeSet::new(),
            opened: BTreeMap::new(),
            next_stream: 0,
            sessions: BTreeMap::new(),
            strays: 0,
            out: Outbox::default(),
        }
    }

    /// The resolver at its addresses: clients ask at port 53 of `addresses`, over UDP and TCP.
    ///
    /// - `id`: its name in the scenario
    pub fn into_node(self, id: String) -> Node {
        let own = &self.config.addresses;
        let listens: Vec<SocketAddr> = own.iter().map(|ip| SocketAddr::new(*ip, DNS_PORT)).collect();
        let further = self.config.egress.iter().filter(|ip| !own.contains(ip));
        Node {
            id,
            addresses: own.iter().chain(further).copied().collect(),
            listens_udp: listens.clone(),
            listens_tcp: listens,
            actor: Box::new(self),
        }
    }

    /// Datagrams to its query ports that answered no question: late, spoofed or broken ones.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// Lookups under way.
    pub fn pending(&self) -> usize {
        self.tasks.len()
    }

    /// Which cache answers a client.
    fn pick_cache(&mut self, client: IpAddr) -> usize {
        let caches = self.stores.len() as u64;
        let pick = match self.config.spread {
            _ if caches == 1 => 0,
            Spread::PerQuery => self.rng.below(caches),
            Spread::PerClient => {
                let bits = match client {
                    IpAddr::V4(v4) => u128::from(u32::from(v4)),
                    IpAddr::V6(v6) => u128::from(v6),
                };
                let low = u64::try_from(bits & u128::from(u64::MAX)).expect("64 bits");
                let high = u64::try_from(bits >> 64).expect("64 bits");
                mix64(mix64(low ^ self.config.seed) ^ high) % caches
            }
        };
        usize::try_from(pick).expect("below the number of caches")
    }

    /// Everything under way is forgotten, as when the process ends.
    fn abandon(&mut self) {
        for id in self.opened.keys().chain(self.sessions.keys()) {
            self.out.push(Output::Close { id: *id });
        }
        self.tasks.clear();
        self.asked.clear();
        self.ready.clear();
        self.exchanges.clear();
        self.shared.clear();
        self.due.clear();
        self.opened.clear();
        self.sessions.clear();
    }

    /// True where nobody is answered now; restarts that are due are made.
    fn is_out(&mut self, now: Timestamp) -> bool {
        while self.restarts.front().is_some_and(|at| *at <= now) {
            self.restarts.pop_front();
            self.abandon();
            self.stores = (0..self.config.caches).map(|_| Store::new(&self.config)).collect();
        }
        let is_out = self.config.outages.iter().any(|(from, until)| (*from..*until).contains(&now));
        if is_out {
            self.abandon();
        }
        is_out
    }

    fn handle_stream(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Accepted { from, to, cause } => self.accept(id, from, to, cause),
            StreamEvent::Octets(octets) if self.sessions.contains_key(&id) => self.client_octets(now, id, octets),
            StreamEvent::Closed if self.sessions.contains_key(&id) => {
                self.sessions.remove(&id);
            }
            StreamEvent::Connected => self.stream_connected(id),
            StreamEvent::Octets(octets) => self.stream_octets(now, id, octets),
            StreamEvent::Closed | StreamEvent::Failed(_) => self.stream_gone(now, id),
            StreamEvent::Secured => {}
        }
    }

    fn is_listening(&self, to: SocketAddr) -> bool {
        to.port() == DNS_PORT && self.config.addresses.contains(&to.ip())
    }
}

impl Actor for Resolver {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        if self.is_out(now) {
            if let Input::Stream { id, event: StreamEvent::Accepted { .. } } = input {
                self.out.push(Output::Close { id });
            }
            return;
        }
        match input {
            Input::Started => {}
            Input::Datagram { from, to, octets, cause } if self.is_listening(to) => {
                self.client_datagram(now, from, to, octets, cause);
            }
            Input::Datagram { from, to, octets, .. } => self.server_datagram(now, from, to, octets),
            Input::Stream { id, event } => self.handle_stream(now, id, event),
            Input::Timer => self.time_out(now),
        }
        self.work(now);
    }

    fn poll(&mut self) -> Output {
        let due = self.due.first().map(|(due, ..)| *due);
        self.out.pop_or_wait(due)
    }
}

#[cfg(test)]
mod tests;
