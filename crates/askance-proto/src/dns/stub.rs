//! The stub resolver of a host: what stands between a program and its name servers.
//!
//! Modelled on the GNU C library: servers in their order and then again, one identifier a
//! question, one source port a question and server, no EDNS, and the search list after a
//! failure. That list is why a name with the *receiver's own* domain behind it turns up at
//! name servers: only a stub of a host inside that network makes it.
//!
//! # Source
//! resolv.conf(5); the order of `res_nsearch` and `res_nsend` as glibc 2.36 has it.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet};

use askance_record::{Name, Rcode, Rng, RrType, Timestamp};

use super::message::{Data, Message, Record};
use crate::{Cause, Outbox, Outcome, Output, Question, Reply};

/// The lowest port that queries are sent from (RFC 6335 §6).
const PORT_MIN: u16 = 49152;
/// How many ports there are from [`PORT_MIN`] on.
const PORTS: u64 = 16_384;

/// What `/etc/resolv.conf` says, and the host's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StubConfig {
    /// The host's own address.
    pub address: IpAddr,
    /// Name servers, asked in this order; without any, every lookup times out at once.
    pub servers: Vec<SocketAddr>,
    /// Domains tried behind a name that a searched question asks for.
    pub search: Vec<Name>,
    /// A name with at least this many dots is tried as it is before the search list.
    pub ndots: u8,
    /// How long the first server has to answer, in seconds.
    pub timeout_s: u32,
    /// How often the list of servers is gone through.
    pub attempts: u8,
}

impl StubConfig {
    /// glibc's defaults: no search list, one dot, 5 s, two rounds.
    pub fn new(address: IpAddr, server: SocketAddr) -> Self {
        Self { address, servers: vec![server], search: Vec::new(), ndots: 1, timeout_s: 5, attempts: 2 }
    }

    /// The names that a question stands for, in the order in which they are asked, and which of them is the name as it is.
    fn candidates(&self, question: &Question) -> (Vec<Name>, usize) {
        let as_is = question.qname.clone();
        if !question.search || as_is.key() == "." {
            return (vec![as_is], 0);
        }
        let dots = as_is.labels().count().saturating_sub(1);
        // A name that grows too long with a suffix is not asked with it.
        let mut names: Vec<Name> = self.search.iter().filter_map(|suffix| under(&as_is, suffix)).collect();
        let at = if dots >= usize::from(self.ndots) { 0 } else { names.len() };
        names.insert(at, as_is);
        (names, at)
    }

    /// How long the server of this index has, in microseconds: glibc doubles the time for each later one
    /// and shares it among all.
    fn patience_us(&self, server: usize) -> i64 {
        let shift = u32::try_from(server.min(16)).expect("at most 16");
        let mut seconds = u64::from(self.timeout_s) << shift;
        if server > 0 {
            seconds /= self.servers.len() as u64;
        }
        i64::try_from(seconds.max(1)).expect("48 bits at most") * 1_000_000
    }
}

/// `name` with `suffix` behind it, where that is not too long.
fn under(name: &Name, suffix: &Name) -> Option<Name> {
    if suffix.key() == "." {
        return Some(name.clone());
    }
    Name::parse(&format!("{}.{}", name.raw(), suffix.raw())).ok()
}

/// The stub resolver of a host. `T` is what the asking part of the program knows a lookup by.
#[derive(Debug)]
pub struct Stub<T> {
    config: StubConfig,
    rng: Rng,
    lookups: BTreeMap<u64, Lookup<T>>,
    /// Who waits on which local port.
    ports: BTreeMap<u16, u64>,
    due: BTreeSet<(Timestamp, u64)>,
    next: u64,
    strays: u64,
}

#[derive(Debug)]
struct Lookup<T> {
    question: Question,
    token: T,
    cause: Option<Cause>,
    names: Vec<Name>,
    /// Which of `names` is the name as it was asked for.
    as_is: usize,
    /// Which of `names` is being asked.
    at: usize,
    id: u16,
    /// Local ports towards the servers asked so far.
    ports: Vec<u16>,
    server: usize,
    attempt: u8,
    due: Timestamp,
    /// The last failure that a server reported for the name being asked.
    failed: Option<Rcode>,
    tally: Tally,
}

/// What the search list brought so far.
#[derive(Debug, Default)]
struct Tally {
    as_is: Option<Outcome>,
    nodata: bool,
    servfail: bool,
    last: Option<Outcome>,
}

impl Tally {
    /// What the program is told when no name of the list had an answer: the outcome of the name as it is, where
    /// that was asked first; otherwise the most hopeful one.
    fn verdict(&self) -> Outcome {
        match self {
            Self { as_is: Some(outcome), .. } => *outcome,
            Self { nodata: true, .. } => Outcome::NoData,
            Self { servfail: true, .. } => Outcome::Failed,
            Self { last, .. } => last.unwrap_or(Outcome::Timeout),
        }
    }
}

/// What one name of the list came to.
struct Settled {
    outcome: Outcome,
    rcode: Option<Rcode>,
    records: Vec<Record>,
}

impl<T> Stub<T> {
    /// A stub that has asked nothing yet.
    ///
    /// - `rng`: draws identifiers and ports
    pub fn new(config: StubConfig, rng: Rng) -> Self {
        Self { config, rng, lookups: BTreeMap::new(), ports: BTreeMap::new(), due: BTreeSet::new(), next: 0, strays: 0 }
    }

    /// Begins a lookup; the reply comes from [`handle_datagram`](Self::handle_datagram) or
    /// [`handle_timer`](Self::handle_timer).
    ///
    /// A name that a program ends with a dot is to be asked without [`Question::search`].
    pub fn ask(&mut self, now: Timestamp, question: Question, token: T, cause: Option<Cause>, out: &mut Outbox) {
        let (names, as_is) = self.config.candidates(&question);
        let lookup = Lookup {
            question,
            token,
            cause,
            names,
            as_is,
            at: 0,
            id: 0,
            ports: Vec::new(),
            server: 0,
            attempt: 0,
            due: now,
            failed: None,
            tally: Tally::default(),
        };
        let serial = self.next;
        self.next += 1;
        self.begin(now, serial, lookup, out);
    }

    /// Takes a datagram sent to the host.
    ///
    /// - returns: the reply that it completes. `None` where the search list or the next server goes on, or
    ///   where it is nobody's answer, which [`strays`](Self::strays) counts.
    pub fn handle_datagram(
        &mut self,
        now: Timestamp,
        from: SocketAddr,
        to: SocketAddr,
        octets: &[u8],
        out: &mut Outbox,
    ) -> Option<(T, Reply)> {
        let Some((serial, message)) = self.claim(from, to, octets) else {
            self.strays += 1;
            return None;
        };
        let mut lookup = self.take(serial)?;
        let rcode = message.header.rcode;
        if matches!(rcode, Rcode::SERVFAIL | Rcode::NOTIMP | Rcode::REFUSED) {
            lookup.failed = Some(rcode);
            return self.next_server(now, serial, lookup, out);
        }
        let (outcome, records) = match rcode {
            Rcode::NOERROR => answer(&lookup.names[lookup.at], lookup.question.qtype, message.answers),
            Rcode::NXDOMAIN => (Outcome::NxDomain, Vec::new()),
            _ => (Outcome::Failed, Vec::new()),
        };
        self.settle(now, serial, lookup, Settled { outcome, rcode: Some(rcode), records }, out)
    }

    /// Goes on with every lookup whose server has had its time.
    pub fn handle_timer(&mut self, now: Timestamp, out: &mut Outbox) -> Vec<(T, Reply)> {
        let mut replies = Vec::new();
        while let Some(&(due, serial)) = self.due.first()
            && due <= now
        {
            let Some(lookup) = self.take(serial) else {
                self.due.pop_first();
                continue;
            };
            replies.extend(self.next_server(now, serial, lookup, out));
        }
        replies
    }

    /// When [`handle_timer`](Self::handle_timer) is wanted next.
    pub fn due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// How many lookups are under way.
    pub fn pending(&self) -> usize {
        self.lookups.len()
    }

    /// Datagrams that answered no question: late, spoofed or broken ones.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// The lookup that a datagram answers. Port, identifier, server and question must agree.
    fn claim(&self, from: SocketAddr, to: SocketAddr, octets: &[u8]) -> Option<(u64, Message)> {
        let serial = *self.ports.get(&to.port())?;
        let lookup = self.lookups.get(&serial)?;
        let server = lookup.ports.iter().position(|port| *port == to.port())?;
        let message = Message::decode(octets).ok()?;
        let (qname, qtype) = message.question.as_ref()?;
        let ours = to.ip() == self.config.address
            && self.config.servers.get(server) == Some(&from)
            && message.header.response
            && message.header.id == lookup.id
            && *qtype == lookup.question.qtype
            && qname.key() == lookup.names[lookup.at].key();
        ours.then_some((serial, message))
    }

    /// Takes a lookup out of the tables.
    fn take(&mut self, serial: u64) -> Option<Lookup<T>> {
        let lookup = self.lookups.remove(&serial)?;
        self.due.remove(&(lookup.due, serial));
        for port in &lookup.ports {
            self.ports.remove(port);
        }
        Some(lookup)
    }

    /// Begins with the name that `lookup.at` points to.
    fn begin(&mut self, now: Timestamp, serial: u64, mut lookup: Lookup<T>, out: &mut Outbox) {
        lookup.id = u16::try_from(self.rng.below(1 << 16)).expect("16 bits");
        lookup.ports.clear();
        lookup.server = 0;
        lookup.attempt = 0;
        lookup.failed = None;
        self.send(now, serial, lookup, out);
    }

    /// Asks the server that `lookup.server` points to and puts the lookup into the tables.
    fn send(&mut self, now: Timestamp, serial: u64, mut lookup: Lookup<T>, out: &mut Outbox) {
        lookup.due = now;
        if let Some(&to) = self.config.servers.get(lookup.server) {
            if lookup.server == lookup.ports.len() {
                lookup.ports.push(self.free_port(&lookup.ports));
            }
            let mut query = Message::query(lookup.id, lookup.names[lookup.at].clone(), lookup.question.qtype);
            query.edns = None;
            out.push(Output::Send {
                from: SocketAddr::new(self.config.address, lookup.ports[lookup.server]),
                to,
                octets: query.encode(),
                cause: lookup.cause,
            });
            lookup.due = now.plus_us(self.config.patience_us(lookup.server));
        }
        self.due.insert((lookup.due, serial));
        for port in &lookup.ports {
            self.ports.insert(*port, serial);
        }
        self.lookups.insert(serial, lookup);
    }

    /// A port that no lookup waits on, or any port where a thousand draws found none.
    fn free_port(&mut self, own: &[u16]) -> u16 {
        let mut port = PORT_MIN;
        for _ in 0..1_000 {
            port = PORT_MIN + u16::try_from(self.rng.below(PORTS)).expect("14 bits");
            if !self.ports.contains_key(&port) && !own.contains(&port) {
                break;
            }
        }
        port
    }

    /// The server failed or kept silent: on to the next, then round again, then this name has failed.
    fn next_server(
        &mut self,
        now: Timestamp,
        serial: u64,
        mut lookup: Lookup<T>,
        out: &mut Outbox,
    ) -> Option<(T, Reply)> {
        lookup.server += 1;
        if lookup.server >= self.config.servers.len() {
            lookup.server = 0;
            lookup.attempt += 1;
        }
        if lookup.attempt < self.config.attempts && !self.config.servers.is_empty() {
            self.send(now, serial, lookup, out);
            return None;
        }
        let outcome = if lookup.failed.is_some() { Outcome::Failed } else { Outcome::Timeout };
        let rcode = lookup.failed;
        self.settle(now, serial, lookup, Settled { outcome, rcode, records: Vec::new() }, out)
    }

    /// One name of the list is settled: the reply, or on to the next name.
    ///
    /// After the name as it is, the list goes on whatever the failure was; within the list, only absence and
    /// SERVFAIL let it go on, and anything else ends it.
    fn settle(
        &mut self,
        now: Timestamp,
        serial: u64,
        mut lookup: Lookup<T>,
        settled: Settled,
        out: &mut Outbox,
    ) -> Option<(T, Reply)> {
        let Settled { outcome, rcode, records } = settled;
        let is_only = lookup.names.len() == 1;
        if outcome == Outcome::Answered || is_only {
            return Some((lookup.token, Reply { question: lookup.question, outcome, records }));
        }
        let tally = &mut lookup.tally;
        tally.last = Some(outcome);
        let mut next = lookup.at + 1;
        if lookup.at == lookup.as_is {
            if lookup.at == 0 {
                tally.as_is = Some(outcome);
            }
        } else {
            tally.nodata |= outcome == Outcome::NoData;
            tally.servfail |= rcode == Some(Rcode::SERVFAIL);
            let goes_on = matches!(outcome, Outcome::NoData | Outcome::NxDomain) || rcode == Some(Rcode::SERVFAIL);
            if !goes_on {
                next = if lookup.at < lookup.as_is { lookup.as_is } else { lookup.names.len() };
            }
        }
        if next >= lookup.names.len() {
            let verdict = lookup.tally.verdict();
            return Some((lookup.token, Reply::empty(lookup.question, verdict)));
        }
        lookup.at = next;
        self.begin(now, serial, lookup, out);
        None
    }
}

/// Follows the aliases in an answer section to the records of the type.
///
/// - returns: the aliases in their order, then the records; without records of the type, [`Outcome::NoData`].
pub(super) fn answer(qname: &Name, qtype: RrType, answers: Vec<Record>) -> (Outcome, Vec<Record>) {
    let mut records = Vec::new();
    let mut owner = qname.key().to_owned();
    if qtype != RrType::CNAME && qtype != RrType::ANY {
        // Each alias is passed once at most, so that a loop of aliases ends.
        for _ in 0..answers.len() {
            let alias = answers.iter().find(|r| r.owner.key() == owner && r.data.rtype() == RrType::CNAME);
            let Some(alias) = alias else { break };
            let Data::Cname(target) = &alias.data else { break };
            target.key().clone_into(&mut owner);
            records.push(alias.clone());
        }
    }
    let aliases = records.len();
    let is_asked = |r: &Record| r.owner.key() == owner && (r.data.rtype() == qtype || qtype == RrType::ANY);
    records.extend(answers.into_iter().filter(is_asked));
    let outcome = if records.len() > aliases { Outcome::Answered } else { Outcome::NoData };
    (outcome, records)
}

#[cfg(test)]
mod tests;
