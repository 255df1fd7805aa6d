//! The client that asks: a process in time, a plan of questions, a stub, and what follows from the answers.

mod cache;
mod stream;
#[cfg(test)]
mod tests;

use core::net::IpAddr;
use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use askance_proto::dns::{Stub, StubConfig};
use askance_proto::{Actor, Cause, Input, Node, Outbox, Outcome, Output, Question, Reply, StreamEvent, StreamId};
use askance_record::{Rng, RrType, Timestamp};

use super::names::{Names, Plan};
use super::process::{Act, ActiveActs, Process, Retry, RetryOn};
use super::us_of;
use cache::LocalCache;
pub use stream::{ConnectConfig, Service};

/// A client, or many that differ in their address only.
#[derive(Clone, Debug, PartialEq)]
pub struct AskerConfig {
    /// Name of the node, unique.
    pub id: String,
    /// The hosts.
    pub addresses: Vec<IpAddr>,
    /// How the hosts share the process.
    pub hosts: Hosts,
    /// The stub of each host; its address is replaced by the host's.
    pub stub: StubConfig,
    /// When they act.
    pub process: Process,
    /// What is asked in one act.
    pub names: Names,
    /// Whether a cache on the host (operating system, browser, application) keeps answers for their TTL.
    pub local_cache: bool,
    /// Whether an answer is asked for again when it expires.
    pub refresh: Option<Refresh>,
    /// Whether it is asked again after a failure.
    pub retry: Option<Retry>,
    /// The connection that follows an answer.
    pub connect: Option<ConnectConfig>,
    /// When the program runs, in time order; it starts anew in each.
    pub active: Vec<Range<Timestamp>>,
    /// When nothing gets out though it runs.
    pub outages: Vec<Range<Timestamp>>,
    /// Ground truth.
    pub cause: Option<Cause>,
    /// Decides everything that is left to chance.
    pub seed: u64,
}

impl AskerConfig {
    /// The acts that one of its processes makes, without retries and refreshes: what it intends, whatever the answers are.
    ///
    /// - `process`: the host's index with [`Hosts::Each`], 0 otherwise
    pub fn acts(&self, process: usize) -> impl Iterator<Item = Act> + use<> {
        self.active_acts(process)
    }

    fn active_acts(&self, process: usize) -> ActiveActs {
        let rng = self.part("acts", process);
        ActiveActs::new(self.process.clone(), rng, self.active.clone(), self.outages.clone())
    }

    fn part(&self, label: &str, n: usize) -> Rng {
        Rng::part(self.seed, &format!("{}/{label}/{n}", self.id))
    }
}

/// How several hosts share a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Each has a process of its own.
    Each,
    /// One process; each act is made by any of them.
    Any,
    /// One process; they act in turn, so that with many each act comes from somebody new.
    InTurn,
}

/// Asking again when an answer expires, as objects of a firewall do that stand for names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refresh {
    /// The shortest time between two lookups, in seconds.
    pub floor_s: f64,
    /// The longest, in seconds.
    pub ceiling_s: f64,
    /// How long after expiry, in seconds.
    pub extra_s: f64,
    /// Time to the next lookup after a failure, in seconds.
    pub failed_s: f64,
}

impl Refresh {
    /// At expiry, not below 30 s (PAN-OS).
    pub const PAN_OS: Self = Self { floor_s: 30.0, ceiling_s: 86_400.0, extra_s: 0.0, failed_s: 60.0 };
    /// At expiry, between a minute and an hour (`FortiOS` from 7.2.1 on).
    pub const FORTI_OS: Self = Self { floor_s: 60.0, ceiling_s: 3600.0, extra_s: 0.0, failed_s: 60.0 };
    /// A minute after expiry, each four hours at the latest (Cisco ASA).
    pub const ASA: Self = Self { floor_s: 1.0, ceiling_s: 14_400.0, extra_s: 60.0, failed_s: 60.0 };

    fn delay_s(&self, ttl_s: Option<u32>) -> f64 {
        let Some(ttl_s) = ttl_s else { return self.failed_s.max(1.0) };
        (f64::from(ttl_s) + self.extra_s).min(self.ceiling_s).max(self.floor_s).max(0.001)
    }
}

/// The client. See [`AskerConfig`].
#[derive(Debug)]
pub struct Asker {
    config: AskerConfig,
    rng: Rng,
    hosts: Vec<Host>,
    by_address: BTreeMap<IpAddr, usize>,
    /// Hosts whose stub waits for something.
    busy: BTreeSet<usize>,
    processes: Vec<ActiveActs>,
    agenda: BTreeMap<(Timestamp, u64), Wake>,
    serial: u64,
    jobs: BTreeMap<u64, Job>,
    /// Hosts and entries that are in a chain of retries or refreshes already.
    chains: BTreeSet<(usize, u64)>,
    streams: BTreeMap<StreamId, Exchange>,
    turn: usize,
    outbox: Outbox,
}

#[derive(Debug)]
struct Host {
    address: IpAddr,
    stub: Stub<u64>,
    cache: LocalCache,
}

/// What the agenda holds.
#[derive(Clone, Copy, Debug)]
enum Wake {
    /// The next act of a process.
    Act { process: usize, act: Act },
    /// A retry or refresh.
    Again(Errand),
    /// The exchange takes too long.
    GiveUp(StreamId),
}

/// What a host is about to find out.
#[derive(Clone, Copy, Debug)]
struct Errand {
    host: usize,
    item: u64,
    long: bool,
    /// Retries that led to this attempt.
    tries: u64,
    /// Whether it continues a chain of retries or refreshes.
    chained: bool,
}

/// An errand under way.
#[derive(Debug)]
struct Job {
    errand: Errand,
    plan: Plan,
    /// Questions of the wave without a reply.
    open: usize,
    /// The best outcome in the wave.
    outcome: Outcome,
    address: Option<IpAddr>,
    /// The least TTL of all answers.
    ttl_s: Option<u32>,
}

#[derive(Debug)]
struct Exchange {
    octets_out: u32,
    octets_in: u32,
    received: u64,
}

/// How long an established connection may take, in microseconds.
const EXCHANGE_US_MAX: i64 = 60_000_000;

impl Asker {
    /// The client as a node.
    pub fn node(config: AskerConfig) -> Node {
        Node {
            id: config.id.clone(),
            addresses: config.addresses.clone(),
            listens_udp: Vec::new(),
            listens_tcp: Vec::new(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// The client.
    pub fn new(config: AskerConfig) -> Self {
        let host = |(n, address): (usize, &IpAddr)| Host {
            address: *address,
            stub: Stub::new(StubConfig { address: *address, ..config.stub.clone() }, config.part("stub", n)),
            cache: LocalCache::default(),
        };
        let count = if config.hosts == Hosts::Each { config.addresses.len() } else { 1 };
        Self {
            rng: config.part("choices", 0),
            hosts: config.addresses.iter().enumerate().map(host).collect(),
            by_address: config.addresses.iter().enumerate().map(|(n, a)| (*a, n)).collect(),
            processes: (0..count).map(|n| config.active_acts(n)).collect(),
            busy: BTreeSet::new(),
            agenda: BTreeMap::new(),
            serial: 0,
            jobs: BTreeMap::new(),
            chains: BTreeSet::new(),
            streams: BTreeMap::new(),
            turn: 0,
            outbox: Outbox::default(),
            config,
        }
    }

    fn wake_at(&mut self, at: Timestamp, wake: Wake) {
        self.serial += 1;
        self.agenda.insert((at, self.serial), wake);
    }

    /// Puts the next act of a process that is not over yet on the agenda.
    fn draw(&mut self, now: Timestamp, process: usize) {
        if let Some(act) = self.processes[process].next() {
            self.wake_at(act.at.max(now), Wake::Act { process, act });
        }
    }

    fn wake(&mut self, now: Timestamp, wake: Wake) {
        match wake {
            Wake::Act { process, act } => {
                self.draw(now, process);
                if let Some(host) = self.host_of(process) {
                    self.begin(now, Errand { host, item: act.item, long: act.long, tries: 0, chained: false });
                }
            }
            Wake::Again(errand) => {
                if let Some(end) = self.config.outages.iter().find(|o| o.contains(&now)).map(|o| o.end) {
                    self.wake_at(end, Wake::Again(errand));
                } else if self.config.active.iter().any(|a| a.contains(&now)) {
                    self.begin(now, errand);
                } else {
                    self.chains.remove(&self.chain(errand));
                }
            }
            Wake::GiveUp(id) => {
                if self.streams.remove(&id).is_some() {
                    self.outbox.push(Output::Close { id });
                }
            }
        }
    }

    fn host_of(&mut self, process: usize) -> Option<usize> {
        let count = self.hosts.len();
        match self.config.hosts {
            _ if count == 0 => None,
            Hosts::Each => Some(process),
            Hosts::Any => usize::try_from(self.rng.below(count as u64)).ok(),
            Hosts::InTurn => {
                self.turn += 1;
                Some((self.turn - 1) % count)
            }
        }
    }

    fn chain(&self, errand: Errand) -> (usize, u64) {
        (errand.host, self.config.names.entry(errand.item))
    }

    fn begin(&mut self, now: Timestamp, errand: Errand) {
        let plan = self.config.names.plan(errand.item);
        self.serial += 1;
        let job = Job { errand, plan, open: 0, outcome: Outcome::Timeout, address: None, ttl_s: None };
        self.go_on(now, self.serial, job);
    }

    /// Asks the next waves until one has to wait for replies, or all is done.
    fn go_on(&mut self, now: Timestamp, id: u64, mut job: Job) {
        while let Some(wave) = job.plan.waves.pop_front() {
            job.outcome = Outcome::Timeout;
            let host = &mut self.hosts[job.errand.host];
            let mut known = Vec::new();
            for question in wave {
                match self.config.local_cache.then(|| host.cache.get(now, &question)).flatten() {
                    Some(reply) => known.push(reply),
                    None => {
                        job.open += 1;
                        host.stub.ask(now, question, id, self.config.cause, &mut self.outbox);
                        self.busy.insert(job.errand.host);
                    }
                }
            }
            for reply in known {
                job.absorb(&reply);
            }
            if job.open > 0 {
                self.jobs.insert(id, job);
                return;
            }
        }
        self.finish(now, &job);
    }

    fn take(&mut self, now: Timestamp, id: u64, reply: &Reply) {
        let Some(mut job) = self.jobs.remove(&id) else { return };
        if self.config.local_cache {
            self.hosts[job.errand.host].cache.put(now, reply);
        }
        job.open -= 1;
        job.absorb(reply);
        if job.open == 0 {
            self.go_on(now, id, job);
        } else {
            self.jobs.insert(id, job);
        }
    }

    fn finish(&mut self, now: Timestamp, job: &Job) {
        let errand = job.errand;
        let answered = job.outcome == Outcome::Answered;
        if answered {
            self.connect(errand, job.address);
        }
        let chain = self.chain(errand);
        if !errand.chained && self.chains.contains(&chain) {
            // The host is after this already.
            return;
        }
        let retry = self.config.retry.filter(|r| match r.on {
            RetryOn::Temporary => job.outcome.is_temporary(),
            RetryOn::AnyFailure => !answered,
            RetryOn::Always => true,
        });
        let retry_s = retry.and_then(|r| r.delay_s(errand.tries, &mut self.rng));
        let refresh_s = self.config.refresh.map(|r| r.delay_s(job.ttl_s.filter(|_| answered)));
        if let Some(delay_s) = retry_s.or(refresh_s) {
            let tries = if retry_s.is_some() { errand.tries + 1 } else { 0 };
            self.chains.insert(chain);
            let again = Errand { tries, chained: true, ..errand };
            self.wake_at(now.plus_us(us_of(delay_s).max(1)), Wake::Again(again));
        } else {
            self.chains.remove(&chain);
        }
    }

    fn connect(&mut self, errand: Errand, address: Option<IpAddr>) {
        let (Some(connect), Some(address)) = (self.config.connect, address) else { return };
        if !self.rng.chance(connect.share) {
            return;
        }
        let factor = if errand.long { connect.long_factor } else { 1 };
        self.serial += 1;
        let id = StreamId::opened(self.serial);
        let exchange = Exchange {
            octets_out: connect.octets_out.saturating_mul(factor),
            octets_in: connect.octets_in.saturating_mul(factor),
            received: 0,
        };
        self.streams.insert(id, exchange);
        let from = self.hosts[errand.host].address;
        self.outbox.push(Output::Connect { id, from, to: (address, connect.port).into(), cause: self.config.cause });
    }

    fn stream(&mut self, now: Timestamp, id: StreamId, event: &StreamEvent<'_>) {
        let Some(exchange) = self.streams.get_mut(&id) else { return };
        match event {
            StreamEvent::Connected => {
                let octets = stream::request(exchange.octets_out, exchange.octets_in);
                self.outbox.push(Output::Write { id, octets });
                if exchange.octets_in == 0 {
                    self.streams.remove(&id);
                    self.outbox.push(Output::Close { id });
                } else {
                    self.wake_at(now.plus_us(EXCHANGE_US_MAX), Wake::GiveUp(id));
                }
            }
            StreamEvent::Octets(octets) => {
                exchange.received += octets.len() as u64;
                if exchange.received >= u64::from(exchange.octets_in) {
                    self.streams.remove(&id);
                    self.outbox.push(Output::Close { id });
                }
            }
            StreamEvent::Closed | StreamEvent::Failed(_) => {
                self.streams.remove(&id);
            }
            StreamEvent::Accepted { .. } | StreamEvent::Secured => {}
        }
    }

    fn timer(&mut self, now: Timestamp) {
        for host in self.busy.clone() {
            for (id, reply) in self.hosts[host].stub.handle_timer(now, &mut self.outbox) {
                self.take(now, id, &reply);
            }
            self.rest(host);
        }
        while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 <= now) {
            let wake = entry.remove();
            self.wake(now, wake);
        }
    }

    /// Forgets a host whose stub has nothing to wait for.
    fn rest(&mut self, host: usize) {
        if self.hosts[host].stub.due().is_none() {
            self.busy.remove(&host);
        }
    }

    fn due(&self) -> Option<Timestamp> {
        let stubs = self.busy.iter().filter_map(|&h| self.hosts[h].stub.due()).min();
        let agenda = self.agenda.first_key_value().map(|((at, _), _)| *at);
        stubs.into_iter().chain(agenda).min()
    }
}

impl Job {
    fn absorb(&mut self, reply: &Reply) {
        let rank = |outcome| match outcome {
            Outcome::Answered => 4,
            Outcome::NoData => 3,
            Outcome::NxDomain => 2,
            Outcome::Failed => 1,
            Outcome::Timeout => 0,
        };
        if rank(reply.outcome) > rank(self.outcome) {
            self.outcome = reply.outcome;
        }
        if reply.outcome == Outcome::Answered {
            let least = reply.records.iter().map(|r| r.ttl_s).min();
            self.ttl_s = self.ttl_s.into_iter().chain(least).min();
        }
        self.address = self.address.or_else(|| reply.addresses().next());
        if self.plan.follows_pointers
            && let Some(name) = reply.pointers().next()
        {
            self.plan.waves.push_back(vec![Question::new(name.clone(), RrType::A)]);
        }
    }
}

impl Actor for Asker {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => {
                // What is before its life began is not made up for.
                for process in 0..self.processes.len() {
                    if let Some(act) = self.processes[process].find(|act| act.at >= now) {
                        self.wake_at(act.at, Wake::Act { process, act });
                    }
                }
            }
            Input::Datagram { from, to, octets, .. } => {
                let Some(&host) = self.by_address.get(&to.ip()) else { return };
                if let Some((id, reply)) =
                    self.hosts[host].stub.handle_datagram(now, from, to, octets, &mut self.outbox)
                {
                    self.take(now, id, &reply);
                }
                self.rest(host);
            }
            Input::Stream { id, event } => self.stream(now, id, &event),
            Input::Timer => self.timer(now),
        }
    }

    fn poll(&mut self) -> Output {
        let due = self.due();
        self.outbox.pop_or_wait(due)
    }
}
