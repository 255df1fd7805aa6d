//! A small world around a vendor: name servers and exchanges of a few lines, virtual time.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet};

use askance_record::{Name, Rcode, Timestamp};

use crate::dns::{Data, Message as Dns, Record};
use crate::smtp::{Command, Reply, ServerSession};
use crate::vendor::{Vendor, VendorConfig};
use crate::{Actor, Cause, Input, Note, Output, StreamEvent, StreamFailure, StreamId};

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Monday 3 March 2025, 00:00 UTC, and so many seconds.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_s(1_740_960_000 + seconds)
}

pub(super) fn record(owner: &str, data: Data) -> Record {
    Record { owner: name(owner), ttl_s: 300, data }
}

pub(super) fn mx(owner: &str, preference: u16, exchange: &str) -> Record {
    record(owner, Data::Mx { preference, exchange: name(exchange) })
}

pub(super) fn a(owner: &str, ip: &str) -> Record {
    record(owner, Data::A(ip.parse().unwrap()))
}

/// How an exchange answers a recipient; everything else it likes.
pub(super) type Rcpt = fn(Timestamp, &str) -> Reply;

#[derive(Clone, Copy)]
pub(super) enum Exchange {
    Takes(Rcpt),
    /// Offers STARTTLS, and takes everything.
    Secures,
    Greets(fn() -> Reply),
    Refuses,
    Absent,
    /// Accepts the connection, says nothing.
    Mute,
}

pub(super) struct World {
    vendor: Vendor,
    records: Vec<Record>,
    broken: Vec<&'static str>,
    exchanges: BTreeMap<IpAddr, Exchange>,
    servers: BTreeMap<StreamId, (ServerSession, Rcpt)>,
    /// Streams whose server offers TLS still.
    secures: BTreeSet<StreamId>,
    inputs: BTreeMap<(Timestamp, u64), Happens>,
    events: u64,
    pub(super) log: Vec<String>,
    pub(super) messages: Vec<Vec<u8>>,
    pub(super) asked: Vec<(String, Option<Cause>)>,
}

pub(super) enum Happens {
    Datagram { from: SocketAddr, to: SocketAddr, octets: Vec<u8> },
    Connected(StreamId),
    Failed(StreamId, StreamFailure),
    Accepted(StreamId, SocketAddr, SocketAddr),
    Octets(StreamId, Vec<u8>),
    Secured(StreamId),
    Closed(StreamId),
}

impl World {
    pub(super) fn new(config: VendorConfig) -> Self {
        let records = vec![
            mx("tradeschool.example", 10, "mail.tradeschool.example"),
            a("mail.tradeschool.example", "192.0.2.40"),
            mx("northbank.example", 20, "mx2.northbank.example"),
            mx("northbank.example", 10, "mx1.northbank.example"),
            a("mx1.northbank.example", "192.0.2.10"),
            a("mx2.northbank.example", "192.0.2.11"),
            a("farm-coop.example", "192.0.2.90"),
            mx("no-mail.example", 0, "."),
            mx("ghost.example", 10, "mx.ghost.example"),
        ];
        Self {
            vendor: Vendor::new(config).unwrap(),
            records,
            broken: vec!["broken.example"],
            exchanges: BTreeMap::new(),
            servers: BTreeMap::new(),
            secures: BTreeSet::new(),
            inputs: BTreeMap::new(),
            events: 0,
            log: Vec::new(),
            messages: Vec::new(),
            asked: Vec::new(),
        }
    }

    pub(super) fn exchange(mut self, address: &str, exchange: Exchange) -> Self {
        self.exchanges.insert(ip(address), exchange);
        self
    }

    pub(super) fn plan(&mut self, at: Timestamp, happens: Happens) {
        self.inputs.insert((at, self.events), happens);
        self.events += 1;
    }

    pub(super) fn run(mut self, until: Timestamp) -> Self {
        self.vendor.handle(at(0), Input::Started);
        loop {
            let now = self.inputs.first_key_value().map(|(key, _)| key.0);
            let wake = self.drain(now.unwrap_or(until).max(at(0)));
            match (wake, self.inputs.first_key_value().map(|(key, _)| key.0)) {
                (Some(wake), next) if next.is_none_or(|next| wake < next) && wake <= until => {
                    self.vendor.handle(wake, Input::Timer);
                    self.drain(wake);
                }
                (_, Some(next)) if next <= until => {
                    let ((now, _), happens) = self.inputs.pop_first().unwrap();
                    self.happen(now, happens);
                    self.drain(now);
                }
                _ => return self,
            }
        }
    }

    fn happen(&mut self, now: Timestamp, happens: Happens) {
        let vendor = &mut self.vendor;
        let mut stream = |id, event| vendor.handle(now, Input::Stream { id, event });
        match happens {
            Happens::Datagram { from, to, octets } => {
                vendor.handle(now, Input::Datagram { from, to, octets: &octets, cause: None });
            }
            Happens::Connected(id) => stream(id, StreamEvent::Connected),
            Happens::Failed(id, failure) => stream(id, StreamEvent::Failed(failure)),
            Happens::Accepted(id, from, to) => stream(id, StreamEvent::Accepted { from, to, cause: None }),
            Happens::Octets(id, octets) => stream(id, StreamEvent::Octets(&octets)),
            Happens::Secured(id) => stream(id, StreamEvent::Secured),
            Happens::Closed(id) => stream(id, StreamEvent::Closed),
        }
    }

    /// Carries out what the vendor wants; gives when it wants to be woken.
    fn drain(&mut self, now: Timestamp) -> Option<Timestamp> {
        loop {
            match self.vendor.poll() {
                Output::Wait { until } => return until,
                Output::Send { from, to, octets, cause } => {
                    let octets = self.resolve(&octets, cause);
                    self.plan(now.plus_us(5_000), Happens::Datagram { from: to, to: from, octets });
                }
                Output::Connect { id, from, to, .. } => {
                    assert_eq!(from, ip("198.51.100.25"));
                    self.open(now, id, to.ip());
                }
                Output::Write { id, octets } => self.write(now, id, &octets),
                Output::Close { id } => {
                    self.servers.remove(&id);
                }
                Output::Secure { id, as_server } => {
                    assert!(!as_server);
                    self.plan(now.plus_us(20_000), Happens::Secured(id));
                }
                Output::Note(Note::Log { program, text }) => {
                    self.log.push(format!("{:>7} {program}: {text}", now.since_s(at(0)).round()));
                }
                Output::Note(Note::Story(text)) => panic!("{text}"),
            }
        }
    }

    fn resolve(&mut self, octets: &[u8], cause: Option<Cause>) -> Vec<u8> {
        let query = Dns::decode(octets).unwrap();
        let (qname, qtype) = query.question.clone().unwrap();
        self.asked.push((format!("{qtype} {qname}"), cause));
        let known = self.records.iter().any(|r| r.owner == qname);
        let rcode = match known {
            _ if self.broken.contains(&qname.key()) => Rcode::SERVFAIL,
            true => Rcode::NOERROR,
            false => Rcode::NXDOMAIN,
        };
        let mut response = query.response(rcode);
        let matches = |r: &&Record| r.owner == qname && r.data.rtype() == qtype;
        response.answers = self.records.iter().filter(matches).cloned().collect();
        response.encode()
    }

    fn open(&mut self, now: Timestamp, id: StreamId, to: IpAddr) {
        let soon = now.plus_us(20_000);
        let (rcpt, greeting): (Rcpt, _) = match self.exchanges.get(&to) {
            Some(Exchange::Takes(rcpt)) => (*rcpt, Reply::new(220, "ready")),
            Some(Exchange::Secures) => (|_, _| Reply::new(250, "Ok"), Reply::new(220, "ready for TLS")),
            Some(Exchange::Greets(greeting)) => (|_, _| Reply::new(250, "Ok"), greeting()),
            Some(Exchange::Refuses) => return self.plan(soon, Happens::Failed(id, StreamFailure::Refused)),
            Some(Exchange::Mute) => return self.plan(soon, Happens::Connected(id)),
            Some(Exchange::Absent) | None => {
                return self.plan(now.plus_us(30_000_000), Happens::Failed(id, StreamFailure::Timeout));
            }
        };
        if matches!(self.exchanges.get(&to), Some(Exchange::Secures)) {
            self.secures.insert(id);
        }
        let mut server = ServerSession::new("mx");
        let octets = server.greet(&greeting);
        self.servers.insert(id, (server, rcpt));
        self.plan(soon, Happens::Connected(id));
        self.plan(soon, Happens::Octets(id, octets));
    }

    fn write(&mut self, now: Timestamp, id: StreamId, octets: &[u8]) {
        let Some((server, rcpt)) = self.servers.get_mut(&id) else {
            return self.log.push(format!("        -> {}", String::from_utf8_lossy(octets).trim_end()));
        };
        server.handle_octets(octets);
        let mut answers = Vec::new();
        while let Some(command) = server.next() {
            let reply = match &command {
                Command::RcptTo { address, .. } => rcpt(now, address),
                Command::Ehlo(_) if self.secures.contains(&id) => {
                    Reply { code: 250, enhanced: None, lines: vec!["mx".into(), "STARTTLS".into()] }
                }
                Command::StartTls => {
                    self.secures.remove(&id);
                    self.log.push("        STARTTLS".into());
                    Reply::new(220, "go on")
                }
                Command::Data => Reply::new(354, "go on"),
                Command::Quit => Reply::new(221, "bye"),
                Command::Malformed(reply) => reply.clone(),
                Command::Message(content) => {
                    self.messages.push(content.clone());
                    Reply::enhanced(250, (2, 0, 0), "Ok: queued as 251C2B27")
                }
                _ => Reply::enhanced(250, (2, 0, 0), "Ok"),
            };
            answers.extend(server.answer(&reply));
        }
        let over = server.is_over();
        let soon = now.plus_us(20_000);
        self.plan(soon, Happens::Octets(id, answers));
        if over {
            self.servers.remove(&id);
            self.plan(soon, Happens::Closed(id));
        }
    }

    pub(super) fn logged(&self, part: &str) -> String {
        self.log.iter().filter(|line| line.contains(part)).cloned().collect::<Vec<_>>().join("\n")
    }
}
