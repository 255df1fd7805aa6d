//! A receiver and everything around it: its resolver, its clients, the exchanges that it calls.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use askance_proto::dns::{Data, Message, Record};
use askance_proto::receiver::{Receiver, ReceiverConfig};
use askance_proto::smtp::{ClientConfig, ClientSession};
use askance_proto::{Actor, Cause, Input, Note, Output, StreamEvent, StreamFailure, StreamId};
use askance_record::{Name, Rcode, RrType, Timestamp};

/// The resolver's answer to every question.
pub(crate) const RESOLVER: &str = "192.0.2.53:53";

/// When worlds begin: 2 March 2025, 07:20 UTC, in seconds.
const START_S: i64 = 1_740_900_000;

/// What a resolver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing at all.
    Silence,
    /// This code and these records.
    Reply(Rcode, Vec<Data>),
}

/// One question that reached the resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    pub(crate) qtype: RrType,
    pub(crate) qname: Name,
    pub(crate) cause: Option<Cause>,
}

/// A peer on a stream.
enum Peer {
    /// A client that sends one message, or stops early.
    Client(Box<ClientSession>),
    /// A client whose octets the test writes; what it hears.
    Raw(Vec<u8>),
    /// An exchange that the receiver calls: the answers by the first word of the command.
    Exchange(&'static [(&'static str, &'static str)]),
}

pub(crate) struct World {
    pub(crate) receiver: Receiver,
    pub(crate) now: Timestamp,
    pub(crate) asked: Vec<Asked>,
    /// Program and text.
    pub(crate) log: Vec<(Timestamp, &'static str, String)>,
    /// What happens when: the time, then the order of planning.
    agenda: BTreeMap<(Timestamp, u64), Event>,
    planned: u64,
    peers: BTreeMap<StreamId, Peer>,
    /// What raw clients heard, kept after the end.
    pub(crate) heard: BTreeMap<StreamId, String>,
    /// Connections that the receiver opened: from, to.
    pub(crate) opened: Vec<(IpAddr, SocketAddr)>,
    pub(crate) exchanges: BTreeMap<IpAddr, &'static [(&'static str, &'static str)]>,
    accepted: u64,
    /// How long the resolver takes, in microseconds.
    pub(crate) resolver_us: i64,
}

enum Event {
    Datagram(SocketAddr, SocketAddr, Vec<u8>, Option<Cause>),
    Accepted(StreamId, SocketAddr, SocketAddr),
    Connected(StreamId),
    Failed(StreamId),
    Octets(StreamId, Vec<u8>),
    Closed(StreamId),
}

impl World {
    pub(crate) fn new(config: ReceiverConfig) -> Self {
        let mut receiver = Receiver::new(config);
        let now = Timestamp::from_s(START_S);
        receiver.handle(now, Input::Started);
        Self {
            receiver,
            now,
            asked: Vec::new(),
            log: Vec::new(),
            agenda: BTreeMap::new(),
            planned: 0,
            peers: BTreeMap::new(),
            heard: BTreeMap::new(),
            opened: Vec::new(),
            exchanges: BTreeMap::new(),
            accepted: 0,
            resolver_us: 10_000,
        }
    }

    fn plan(&mut self, after_us: i64, event: Event) {
        self.agenda.insert((self.now.plus_us(after_us), self.planned), event);
        self.planned += 1;
    }

    fn accept(&mut self, client: IpAddr, own: IpAddr, peer: Peer) -> StreamId {
        let id = StreamId::accepted(self.accepted);
        self.accepted += 1;
        self.peers.insert(id, peer);
        self.heard.insert(id, String::new());
        self.plan(0, Event::Accepted(id, SocketAddr::new(client, 40_000), SocketAddr::new(own, 25)));
        id
    }

    /// A client that speaks SMTP connects.
    pub(crate) fn client(&mut self, client: IpAddr, own: IpAddr, config: ClientConfig) -> StreamId {
        self.accept(client, own, Peer::Client(Box::new(ClientSession::new(config))))
    }

    /// A client whose octets the test writes connects.
    pub(crate) fn raw(&mut self, client: IpAddr, own: IpAddr) -> StreamId {
        self.accept(client, own, Peer::Raw(Vec::new()))
    }

    /// A raw client writes.
    pub(crate) fn write(&mut self, id: StreamId, octets: &[u8]) {
        self.plan(0, Event::Octets(id, octets.to_vec()));
    }

    /// A raw client closes.
    pub(crate) fn close(&mut self, id: StreamId) {
        self.peers.remove(&id);
        self.plan(0, Event::Closed(id));
    }

    /// Runs until nothing happens before `until`.
    pub(crate) fn run(&mut self, until: Timestamp, resolve: &mut dyn FnMut(Timestamp, RrType, &Name) -> Answer) {
        for _ in 0..2_000_000 {
            let wait = self.drain(resolve);
            let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let Some(at) = [planned, wait].into_iter().flatten().min().filter(|at| *at <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(at);
            if planned == Some(at) {
                let (_, event) = self.agenda.pop_first().unwrap();
                self.deliver(event);
            } else {
                self.receiver.handle(self.now, Input::Timer);
            }
        }
        panic!("livelock at {}", self.now);
    }

    fn deliver(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Datagram(from, to, octets, cause) => {
                self.receiver.handle(now, Input::Datagram { from, to, octets: &octets, cause });
            }
            Event::Accepted(id, from, to) => {
                let event = StreamEvent::Accepted { from, to, cause: None };
                self.receiver.handle(now, Input::Stream { id, event });
            }
            Event::Connected(id) => {
                self.receiver.handle(now, Input::Stream { id, event: StreamEvent::Connected });
            }
            Event::Failed(id) => {
                let event = StreamEvent::Failed(StreamFailure::Refused);
                self.receiver.handle(now, Input::Stream { id, event });
            }
            Event::Octets(id, octets) => {
                self.receiver.handle(now, Input::Stream { id, event: StreamEvent::Octets(&octets) });
            }
            Event::Closed(id) => self.receiver.handle(now, Input::Stream { id, event: StreamEvent::Closed }),
        }
    }

    /// Takes everything that the receiver wants done.
    fn drain(&mut self, resolve: &mut dyn FnMut(Timestamp, RrType, &Name) -> Answer) -> Option<Timestamp> {
        loop {
            match self.receiver.poll() {
                Output::Wait { until } => return until,
                Output::Send { from, to, octets, cause } => {
                    assert_eq!(to.to_string(), RESOLVER);
                    let query = Message::decode(&octets).expect("a query");
                    let (qname, qtype) = query.question.clone().expect("a question");
                    self.asked.push(Asked { at: self.now, qtype, qname: qname.clone(), cause });
                    let Answer::Reply(rcode, data) = resolve(self.now, qtype, &qname) else { continue };
                    let mut reply = query.response(rcode);
                    let owned = |data| Record { owner: qname.clone(), ttl_s: 3600, data };
                    reply.answers = data.into_iter().map(owned).collect();
                    self.plan(self.resolver_us, Event::Datagram(to, from, reply.encode(), cause));
                }
                Output::Connect { id, from, to, .. } => {
                    self.opened.push((from, to));
                    match self.exchanges.get(&to.ip()) {
                        Some(answers) => {
                            self.peers.insert(id, Peer::Exchange(answers));
                            self.heard.insert(id, String::new());
                            self.plan(1000, Event::Connected(id));
                            if to.port() == 25 {
                                self.plan(2000, Event::Octets(id, b"220 exchange.example\r\n".to_vec()));
                            }
                        }
                        None => self.plan(1000, Event::Failed(id)),
                    }
                }
                Output::Write { id, octets } => self.hear(id, &octets),
                Output::Secure { .. } => panic!("no TLS here"),
                Output::Close { id } => {
                    self.peers.remove(&id);
                }
                Output::Note(Note::Log { program, text }) => self.log.push((self.now, program, text)),
                Output::Note(Note::Story(text)) => panic!("{text}"),
            }
        }
    }

    /// A peer hears what the receiver writes, and answers.
    fn hear(&mut self, id: StreamId, octets: &[u8]) {
        if let Some(heard) = self.heard.get_mut(&id) {
            heard.push_str(&String::from_utf8_lossy(octets));
        }
        let mut said = Vec::new();
        let mut over = false;
        match self.peers.get_mut(&id) {
            None => return,
            Some(Peer::Raw(heard)) => heard.extend_from_slice(octets),
            Some(Peer::Client(session)) => {
                session.handle_octets(octets, &mut said);
                over = session.is_over();
            }
            Some(Peer::Exchange(answers)) => {
                let line = String::from_utf8_lossy(octets).into_owned();
                let verb = line.split([' ', '\r']).next().unwrap_or_default().to_owned();
                let answer = answers.iter().find(|(word, _)| *word == verb).map_or("250 ok", |(_, answer)| answer);
                if !answer.is_empty() {
                    said = format!("{answer}\r\n").into_bytes();
                }
            }
        }
        if !said.is_empty() {
            self.plan(1000, Event::Octets(id, said));
        }
        if over {
            self.peers.remove(&id);
            self.plan(1000, Event::Closed(id));
        }
    }
}
