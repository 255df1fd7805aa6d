//! A small network for tests: nodes, delay, loss, streams, a table that answers, and a small internet.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use askance_proto::dns::{
    Authoritative, AuthoritativeConfig, Data, Message, Record, Resolver, ResolverConfig, Software, Zone,
};
use askance_proto::{Actor, Cause, Input, Node, Note, Outbox, Output, StreamEvent, StreamFailure, StreamId};
use askance_record::{Name, Rcode, Rng, Timestamp};

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(super) fn server(text: &str) -> SocketAddr {
    SocketAddr::new(ip(text), 53)
}

/// A party that the test can still look into while the network runs it.
pub(super) struct Shared<A>(pub(super) Arc<Mutex<A>>);

impl<A: Actor> Actor for Shared<A> {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.0.lock().expect("one thread").handle(now, input);
    }
    fn poll(&mut self) -> Output {
        self.0.lock().expect("one thread").poll()
    }
}

pub(super) fn node(id: &str, address: &str, actor: impl Actor + 'static) -> Node {
    Node {
        id: id.to_owned(),
        addresses: vec![ip(address)],
        listens_udp: Vec::new(),
        listens_tcp: Vec::new(),
        actor: Box::new(actor),
    }
}

enum Event {
    Timer,
    Datagram(SocketAddr, SocketAddr, Vec<u8>, Option<Cause>),
    Accepted(StreamId, SocketAddr, SocketAddr),
    Connected(StreamId),
    Refused(StreamId),
    Octets(StreamId, Vec<u8>),
    Closed(StreamId),
}

/// A query or response as it left its sender.
pub(super) struct Seen {
    pub(super) at: Timestamp,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) message: Message,
    pub(super) cause: Option<Cause>,
}

/// A stream that a party has opened, or tried to.
pub(super) struct Opened {
    pub(super) from: IpAddr,
    pub(super) to: SocketAddr,
    /// Octets that the opener wrote.
    pub(super) out: usize,
    /// Octets that came back.
    pub(super) back: usize,
}

pub(super) struct Net {
    nodes: Vec<Node>,
    agenda: BTreeMap<(Timestamp, u64), (usize, Event)>,
    timers: Vec<Option<(Timestamp, u64)>>,
    ends: BTreeMap<(usize, StreamId), (usize, StreamId)>,
    serial: u64,
    rng: Rng,
    /// Share of datagrams that are lost.
    pub(super) loss: f64,
    pub(super) seen: Vec<Seen>,
    pub(super) streams: BTreeMap<(usize, StreamId), Opened>,
    pub(super) stories: Vec<String>,
}

impl Net {
    pub(super) fn new(nodes: Vec<Node>, start: Timestamp) -> Self {
        let timers = nodes.iter().map(|_| None).collect();
        let mut net = Self {
            nodes,
            agenda: BTreeMap::new(),
            timers,
            ends: BTreeMap::new(),
            serial: 0,
            rng: Rng::new(99),
            loss: 0.0,
            seen: Vec::new(),
            streams: BTreeMap::new(),
            stories: Vec::new(),
        };
        for n in 0..net.nodes.len() {
            net.nodes[n].actor.handle(start, Input::Started);
            net.drain(n, start);
        }
        net
    }

    fn push(&mut self, at: Timestamp, node: usize, event: Event) {
        self.serial += 1;
        self.agenda.insert((at, self.serial), (node, event));
    }

    fn at(&self, address: IpAddr) -> Option<usize> {
        self.nodes.iter().position(|n| n.addresses.contains(&address))
    }

    pub(super) fn run(&mut self, until: Timestamp) {
        while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 < until) {
            let ((now, _), (n, event)) = entry.remove_entry();
            let stream = |id, event| Input::Stream { id, event };
            let input = match &event {
                Event::Timer => {
                    self.timers[n] = None;
                    Input::Timer
                }
                Event::Datagram(from, to, octets, cause) => {
                    Input::Datagram { from: *from, to: *to, octets, cause: *cause }
                }
                Event::Accepted(id, from, to) => {
                    stream(*id, StreamEvent::Accepted { from: *from, to: *to, cause: None })
                }
                Event::Connected(id) => stream(*id, StreamEvent::Connected),
                Event::Refused(id) => stream(*id, StreamEvent::Failed(StreamFailure::Refused)),
                Event::Octets(id, octets) => stream(*id, StreamEvent::Octets(octets)),
                Event::Closed(id) => stream(*id, StreamEvent::Closed),
            };
            self.nodes[n].actor.handle(now, input);
            self.drain(n, now);
        }
    }

    fn drain(&mut self, n: usize, now: Timestamp) {
        loop {
            let later = now.plus_us(10_000 + i64::try_from(self.rng.below(5_000)).expect("small"));
            match self.nodes[n].actor.poll() {
                Output::Wait { until } => {
                    if let Some(old) = self.timers[n].take() {
                        self.agenda.remove(&old);
                    }
                    if let Some(until) = until {
                        self.serial += 1;
                        let key = (until.max(now), self.serial);
                        self.agenda.insert(key, (n, Event::Timer));
                        self.timers[n] = Some(key);
                    }
                    return;
                }
                Output::Send { from, to, octets, cause } => {
                    let message = Message::decode(&octets).expect("the parties send messages");
                    self.seen.push(Seen { at: now, from, to, message, cause });
                    if let Some(peer) = self.at(to.ip()).filter(|_| !self.rng.chance(self.loss)) {
                        self.push(later, peer, Event::Datagram(from, to, octets, cause));
                    }
                }
                Output::Connect { id, from, to, .. } => {
                    self.streams.insert((n, id), Opened { from, to, out: 0, back: 0 });
                    let Some(peer) = self.at(to.ip()).filter(|&p| self.nodes[p].listens_tcp.contains(&to)) else {
                        self.push(later, n, Event::Refused(id));
                        continue;
                    };
                    self.serial += 1;
                    let theirs = StreamId::accepted(self.serial);
                    self.ends.insert((n, id), (peer, theirs));
                    self.ends.insert((peer, theirs), (n, id));
                    self.push(now, peer, Event::Accepted(theirs, SocketAddr::new(from, 50_000), to));
                    self.push(later, n, Event::Connected(id));
                }
                Output::Write { id, octets } => {
                    if let Some(s) = self.streams.get_mut(&(n, id)) {
                        s.out += octets.len();
                    }
                    let Some(&(peer, theirs)) = self.ends.get(&(n, id)) else { continue };
                    if let Some(s) = self.streams.get_mut(&(peer, theirs)) {
                        s.back += octets.len();
                    }
                    // Cut anywhere.
                    let (head, tail) = octets.split_at(octets.len() / 3);
                    self.push(now.plus_us(10_000), peer, Event::Octets(theirs, head.to_vec()));
                    self.push(now.plus_us(10_000), peer, Event::Octets(theirs, tail.to_vec()));
                }
                Output::Close { id } => {
                    if let Some((peer, theirs)) = self.ends.remove(&(n, id)) {
                        self.ends.remove(&(peer, theirs));
                        self.push(now.plus_us(10_000), peer, Event::Closed(theirs));
                    }
                }
                Output::Secure { .. } => {}
                Output::Note(Note::Story(text) | Note::Log { text, .. }) => self.stories.push(text),
            }
        }
    }

    /// The queries that were sent to an address.
    pub(super) fn queries(&self, to: &str) -> impl Iterator<Item = &Seen> {
        let to = ip(to);
        self.seen.iter().filter(move |s| s.to.ip() == to && !s.message.header.response)
    }

    /// The queries that were sent to an address, one a line: seconds, client, name, type.
    pub(super) fn table(&self, to: &str, start: Timestamp) -> String {
        let line = |s: &Seen| {
            let (qname, qtype) = s.message.question.as_ref().expect("a question");
            format!("{:.2} {} {} {qtype}", s.at.since_s(start), s.from.ip(), qname.key())
        };
        self.queries(to).map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Answers from a table; names that are not in it do not exist; an entry without records is a server that fails.
#[derive(Default)]
pub(super) struct Table {
    pub(super) entries: Vec<(Name, u32, Vec<Data>)>,
    outbox: Outbox,
}

impl Table {
    pub(super) fn with(mut self, owner: &str, ttl_s: u32, data: Vec<Data>) -> Self {
        self.entries.push((name(owner), ttl_s, data));
        self
    }
}

impl Actor for Table {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        let Input::Datagram { from, to, octets, cause } = input else { return };
        let query = Message::decode(octets).expect("a query");
        let (qname, qtype) = query.question.clone().expect("a question");
        let entry = self.entries.iter().find(|(owner, _, _)| owner.key() == qname.key());
        let response = match entry {
            None => query.response(Rcode::NXDOMAIN),
            Some((_, _, data)) if data.is_empty() => query.response(Rcode::SERVFAIL),
            Some((owner, ttl_s, data)) => {
                let records = data.iter().filter(|d| d.rtype() == qtype);
                let answers =
                    records.map(|d| Record { owner: owner.clone(), ttl_s: *ttl_s, data: d.clone() }).collect();
                Message { answers, ..query.response(Rcode::NOERROR) }
            }
        };
        self.outbox.push(Output::Send { from: to, to: from, octets: response.encode(), cause });
    }
    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(None)
    }
}

/// A resolver at 192.0.2.53 that starts at the root, and the servers of the root and of `hotel-brand.example`.
///
/// - `ttl_s`: of `mail1.hotel-brand.example`; `t.hotel-brand.example` is delegated to 203.0.113.53
pub(super) fn internet(software: Software, ttl_s: u32) -> Vec<Node> {
    let zone = |origin: &str, text: &str| {
        let soa = "@ 3600 IN SOA ns.hotel-brand.example. host.hotel-brand.example. 1 7200 3600 1209600 60\n";
        Zone::parse(&name(origin), &format!("{soa}{text}")).expect("a zone")
    };
    let root = "@ 86400 IN NS a.root.example.\na.root.example. 86400 IN A 198.51.100.1\n\
                hotel-brand.example. 86400 IN NS ns.hotel-brand.example.\n\
                ns.hotel-brand.example. 86400 IN A 198.51.100.53\n";
    let hotel = format!(
        "@ 86400 IN NS ns\nns 86400 IN A 198.51.100.53\nmail1 {ttl_s} IN A 198.51.100.7\n\
         t 86400 IN NS ns.t\nns.t 86400 IN A 203.0.113.53\n"
    );
    let served = |address: &str, zone: Zone| {
        let (addresses, zones) = (vec![ip(address)], vec![zone]);
        Authoritative::new(AuthoritativeConfig { addresses, zones, changes: Vec::new() }).into_node(address.to_owned())
    };
    let config = ResolverConfig {
        roots: vec![(name("a.root.example"), ip("198.51.100.1"))],
        ..ResolverConfig::new(software, ip("192.0.2.53"))
    };
    let resolver = node("resolver", "192.0.2.53", Resolver::new(config));
    vec![
        resolver,
        served("198.51.100.1", zone(".", root)),
        served("198.51.100.53", zone("hotel-brand.example", &hotel)),
    ]
}
