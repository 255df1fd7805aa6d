//! The world around a resolver under test.

use super::*;

/// One way between any two hosts, in microseconds.
const WAY_US: i64 = 10_000;

/// A question of a client.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) at: Timestamp,
    pub(super) client: &'static str,
    pub(super) qname: Name,
    pub(super) qtype: RrType,
    pub(super) recursion_desired: bool,
}

impl Ask {
    #[expect(clippy::cast_possible_truncation, reason = "scenarios are short")]
    pub(super) fn at(s: f64, qname: &str, qtype: RrType) -> Self {
        let at = Timestamp::from_us((s * 1e6).round() as i64);
        Self { at, client: "198.51.100.1", qname: name(qname), qtype, recursion_desired: true }
    }

    /// The same question every so many seconds.
    pub(super) fn every(period_s: f64, count: usize, qname: &str) -> Vec<Self> {
        (0..count).map(|n| Self::at(n as f64 * period_s, qname, RrType::A)).collect()
    }
}

#[derive(Clone, Debug)]
struct Zone {
    apex: Name,
    negative_ttl_s: u32,
    records: Vec<Record>,
}

impl Zone {
    /// Reads `owner ttl type data` a line, owners relative to the apex.
    fn new(apex: &str, negative_ttl_s: u32, text: &str) -> Self {
        let absolute = |text: &str| match text {
            "@" => name(apex),
            text if text.ends_with('.') => name(text),
            text => name(&format!("{text}.{apex}")),
        };
        let record = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let data = match words[2] {
                "A" => Data::A(words[3].parse().unwrap()),
                "AAAA" => Data::Aaaa(words[3].parse().unwrap()),
                "NS" => Data::Ns(absolute(words[3])),
                "CNAME" => Data::Cname(absolute(words[3])),
                "MX" => Data::Mx { preference: 10, exchange: absolute(words[3]) },
                "TXT" => Data::Txt(words[3].as_bytes().chunks(255).map(<[u8]>::to_vec).collect()),
                other => panic!("{other}"),
            };
            Record { owner: absolute(words[0]), ttl_s: words[1].parse().unwrap(), data }
        };
        let records = text.lines().map(str::trim).filter(|l| !l.is_empty()).map(record).collect();
        Self { apex: name(apex), negative_ttl_s, records }
    }

    fn of(&self, owner: &str, rtype: RrType) -> Vec<Record> {
        self.records.iter().filter(|r| r.owner.key() == owner && r.data.rtype() == rtype).cloned().collect()
    }

    fn soa(&self) -> Record {
        let soa = Soa {
            mname: name("ns.example"),
            rname: name("hostmaster.example"),
            serial: 1,
            refresh_s: 1,
            retry_s: 1,
            expire_s: 1,
            negative_ttl_s: self.negative_ttl_s,
        };
        Record { owner: self.apex.clone(), ttl_s: 86_400, data: Data::Soa(Box::new(soa)) }
    }

    /// An answer as an authoritative server gives it.
    fn answer(&self, query: &Message) -> Message {
        let (qname, qtype) = query.question.clone().unwrap();
        let mut response = query.response(Rcode::NOERROR);
        let cut = self.records.iter().find(|r| {
            r.data.rtype() == RrType::NS && r.owner.key() != self.apex.key() && qname.is_under(r.owner.key())
        });
        if let Some(cut) = cut {
            response.authority = self.of(cut.owner.key(), RrType::NS);
            for ns in &response.authority {
                let Data::Ns(server) = &ns.data else { continue };
                response.additional.extend(self.of(server.key(), RrType::A));
            }
            return response;
        }
        response.header.authoritative = true;
        let mut owner = qname;
        // A loop of aliases is answered once round.
        while let Some(alias) = self.of(owner.key(), RrType::CNAME).pop()
            && qtype != RrType::CNAME
            && !response.answers.contains(&alias)
        {
            let Data::Cname(target) = alias.data.clone() else { unreachable!() };
            response.answers.push(alias);
            owner = target;
        }
        let found = self.of(owner.key(), qtype);
        if found.is_empty() && owner.is_under(self.apex.key()) {
            response.authority.push(self.soa());
            if !self.records.iter().any(|r| r.owner.is_under(owner.key())) {
                response.header.rcode = Rcode::NXDOMAIN;
            }
        }
        response.answers.extend(found);
        response
    }
}

/// What a name server does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Silent,
    Refuses,
    /// Answers FORMERR to EDNS.
    Plain,
    /// Answers, after others who pretend to be it.
    Spoofed,
}

/// One line of a run.
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) is_upstream: bool,
    pub(super) text: String,
}

/// What is under way.
enum Event {
    Ask(Ask),
    ToResolver(SocketAddr, SocketAddr, Vec<u8>, Option<Cause>),
    Stream(StreamId, Option<Vec<u8>>),
}

/// Clients and name servers around one resolver.
pub(super) struct World {
    pub(super) resolver: Resolver,
    zones: BTreeMap<IpAddr, Vec<Zone>>,
    faults: BTreeMap<IpAddr, Fault>,
    agenda: BTreeMap<(Timestamp, u64), Event>,
    next: u64,
    streams: BTreeMap<StreamId, (SocketAddr, Option<Cause>)>,
    lines: Vec<Line>,
    /// TTLs of the records in answers to clients: when they came, name, TTL.
    pub(super) answered: Vec<(Timestamp, String, u32)>,
    /// When servers sent records: when they came, name, TTL.
    pub(super) fetched: Vec<(Timestamp, String, u32)>,
}

impl World {
    /// A root, `example`, and `hotel-brand.example` at 198.18.0.3, where `zone` stands.
    pub(super) fn new(config: ResolverConfig, zone: &str) -> Self {
        let mut world = Self {
            resolver: Resolver::new(config),
            zones: BTreeMap::new(),
            faults: BTreeMap::new(),
            agenda: BTreeMap::new(),
            next: 0,
            streams: BTreeMap::new(),
            lines: Vec::new(),
            answered: Vec::new(),
            fetched: Vec::new(),
        };
        world.zone(
            "198.18.0.1",
            ".",
            3_600,
            ". 518400 NS a.root.example.\n a.root.example. 518400 A 198.18.0.1
            example. 172800 NS ns.example.\n ns.example. 172800 A 198.18.0.2",
        );
        let example = "hotel-brand 172800 NS ns1.hotel-brand
            ns1.hotel-brand 172800 A 198.18.0.3
            ns 172800 A 198.18.0.2";
        world.zone("198.18.0.2", "example", 900, example);
        world.zone("198.18.0.3", "hotel-brand.example", 600, zone);
        world
    }

    /// One more zone at a server.
    pub(super) fn zone(&mut self, server: &str, apex: &str, negative_ttl_s: u32, text: &str) -> &mut Self {
        self.zones.entry(ip(server)).or_default().push(Zone::new(apex, negative_ttl_s, text));
        self
    }

    /// More records in a zone that a server has.
    pub(super) fn add(mut self, server: &str, apex: &str, text: &str) -> Self {
        let zones = self.zones.get_mut(&ip(server)).unwrap();
        let zone = zones.iter_mut().find(|z| z.apex.key() == apex).unwrap();
        zone.records.extend(Zone::new(apex, 0, text).records);
        self
    }

    pub(super) fn with_zone(mut self, server: &str, apex: &str, text: &str) -> Self {
        self.zone(server, apex, 600, text);
        self
    }

    pub(super) fn fault(mut self, server: &str, fault: Fault) -> Self {
        self.faults.insert(ip(server), fault);
        self
    }

    pub(super) fn asks(mut self, asks: impl IntoIterator<Item = Ask>) -> Self {
        for ask in asks {
            let at = ask.at;
            self.push(at, Event::Ask(ask));
        }
        self
    }

    fn push(&mut self, at: Timestamp, event: Event) {
        self.next += 1;
        self.agenda.insert((at, self.next), event);
    }

    /// Runs until nothing is under way.
    pub(super) fn run(&mut self) -> Vec<Line> {
        self.resolver.handle(Timestamp::from_s(0), Input::Started);
        let mut wake = self.drain(Timestamp::from_s(0));
        for _ in 0..100_000 {
            let next = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let now = match (next, wake) {
                (None, None) => return core::mem::take(&mut self.lines),
                (at, Some(wake)) if at.is_none_or(|at| wake < at) => {
                    self.resolver.handle(wake, Input::Timer);
                    wake
                }
                _ => {
                    let ((at, _), event) = self.agenda.pop_first().unwrap();
                    self.handle(at, event);
                    at
                }
            };
            wake = self.drain(now);
        }
        panic!("the run has no end");
    }

    fn handle(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::Ask(ask) => {
                let mut query = Message::query(7, ask.qname, ask.qtype);
                query.header.recursion_desired = ask.recursion_desired;
                let from = SocketAddr::new(ip(ask.client), 40_000);
                let to = SocketAddr::new(self.resolver.config.addresses[0], 53);
                let octets = query.encode();
                self.resolver.handle(now, Input::Datagram { from, to, octets: &octets, cause: Some(Cause(7)) });
            }
            Event::ToResolver(from, to, octets, cause) => {
                self.resolver.handle(now, Input::Datagram { from, to, octets: &octets, cause });
            }
            Event::Stream(id, octets) => {
                let event = octets.as_ref().map_or(StreamEvent::Connected, |octets| StreamEvent::Octets(octets));
                self.resolver.handle(now, Input::Stream { id, event });
            }
        }
    }

    fn drain(&mut self, now: Timestamp) -> Option<Timestamp> {
        loop {
            match self.resolver.poll() {
                Output::Send { from, to, octets, cause } if to.port() == 53 => {
                    let query = Message::decode(&octets).unwrap();
                    let is_priming = query.question.as_ref().is_some_and(|(name, _)| name.key() == ".");
                    let expected = (!is_priming).then_some(Cause(7));
                    assert_eq!(cause, expected, "the cause of the client's query; priming is the resolver's own");
                    for (server, response) in self.serve(now, from.ip(), to, &query, false) {
                        let back = now.plus_us(2 * WAY_US);
                        self.push(back, Event::ToResolver(server, from, response.encode_within(1232), cause));
                    }
                }
                Output::Send { to, octets, .. } => self.show_answer(now, to, &Message::decode(&octets).unwrap()),
                Output::Connect { id, from, to, cause } => {
                    self.streams.insert(id, (to, cause));
                    assert!(from.is_ipv4());
                    self.push(now.plus_us(2 * WAY_US), Event::Stream(id, None));
                }
                Output::Write { id, octets } => {
                    let query = Message::decode(&octets[2..]).unwrap();
                    let (to, _) = self.streams[&id];
                    for (_, response) in self.serve(now, self.resolver.config.addresses[0], to, &query, true) {
                        let octets = clients::framed(&response.encode());
                        let (first, second) = octets.split_at(octets.len() / 2);
                        self.push(now.plus_us(2 * WAY_US), Event::Stream(id, Some(first.to_vec())));
                        self.push(now.plus_us(2 * WAY_US), Event::Stream(id, Some(second.to_vec())));
                    }
                }
                Output::Wait { until } => return until,
                Output::Close { .. } | Output::Secure { .. } | Output::Note(_) => {}
            }
        }
    }

    /// What the server and those who pretend to be it send back.
    fn serve(
        &mut self,
        now: Timestamp,
        from: IpAddr,
        to: SocketAddr,
        query: &Message,
        is_stream: bool,
    ) -> Vec<(SocketAddr, Message)> {
        let (qname, qtype) = query.question.clone().unwrap();
        let fault = self.faults.get(&to.ip()).copied();
        let zones = self.zones.get(&to.ip()).map_or(&[][..], Vec::as_slice);
        let zone = zones.iter().filter(|z| qname.is_under(z.apex.key())).max_by_key(|z| z.apex.key().len());
        let response = match (fault, zone) {
            (Some(Fault::Silent), _) => None,
            (Some(Fault::Plain), _) if query.edns.is_some() => {
                let mut response = query.response(Rcode::FORMERR);
                response.edns = None;
                Some(response)
            }
            (Some(Fault::Refuses), _) | (_, None) => Some(query.response(Rcode::REFUSED)),
            (_, Some(zone)) => Some(zone.answer(query)),
        };
        let mut text = format!("{} {from}->{} {qtype} {qname}", shown(now), to.ip());
        if is_stream {
            text.push_str(" tcp");
        }
        if self.resolver.is_forwarder() {
            assert!(query.header.recursion_desired);
        } else {
            assert!(!query.header.recursion_desired);
        }
        assert!(query.edns.is_none_or(|edns| edns.dnssec_ok && edns.udp_octets_max == 1232));
        let is_cut = !is_stream && response.as_ref().is_some_and(|r| r.encode().len() > 1232);
        match &response {
            None => text.push_str(" -> silence"),
            Some(_) if is_cut => text.push_str(" -> truncated"),
            Some(response) => write!(text, " -> {}", outline(response)).unwrap(),
        }
        self.lines.push(Line { at: now, is_upstream: true, text });
        for record in response.iter().flat_map(|r| &r.answers) {
            self.fetched.push((now.plus_us(2 * WAY_US), record.owner.key().to_owned(), record.ttl_s));
        }
        let mut all: Vec<(SocketAddr, Message)> = Vec::new();
        if let (Some(Fault::Spoofed), Some(response)) = (fault, &response) {
            all.extend(spoofs(to, response));
        }
        all.extend(response.map(|response| (to, response)));
        all
    }

    fn show_answer(&mut self, now: Timestamp, to: SocketAddr, response: &Message) {
        let (qname, qtype) = response.question.clone().unwrap();
        assert!(response.header.recursion_available && !response.header.authoritative && response.header.id == 7);
        let text = format!("{} client {} {qtype} {qname} -> {}", shown(now), to.ip(), outline(response));
        self.lines.push(Line { at: now, is_upstream: false, text });
        for record in &response.answers {
            self.answered.push((now, record.owner.key().to_owned(), record.ttl_s));
        }
    }
}

/// Answers with another address that must not be believed: wrong identifier, question, server.
fn spoofs(server: SocketAddr, response: &Message) -> Vec<(SocketAddr, Message)> {
    let mut bad = response.clone();
    bad.answers = vec![Record {
        owner: response.question.clone().unwrap().0,
        ttl_s: 86_400,
        data: Data::A([203, 0, 113, 66].into()),
    }];
    let mut other_id = bad.clone();
    other_id.header.id ^= 0x5555;
    let mut other_name = bad.clone();
    other_name.question = Some((name("other.example"), RrType::A));
    let mut no_question = bad.clone();
    no_question.question = None;
    let elsewhere = SocketAddr::new(ip("203.0.113.66"), 53);
    vec![(server, other_id), (server, other_name), (server, no_question), (elsewhere, bad)]
}

fn shown(at: Timestamp) -> String {
    format!("{:.2}", at.as_s())
}

/// The code and what the sections hold.
fn outline(message: &Message) -> String {
    let mut text = message.header.rcode.to_string();
    for record in &message.answers {
        let data = match &record.data {
            Data::A(a) => a.to_string(),
            Data::Cname(target) => format!("CNAME {target}"),
            other => other.rtype().to_string(),
        };
        write!(text, " {data} {}", record.ttl_s).unwrap();
    }
    for record in &message.authority {
        match &record.data {
            Data::Soa(_) => write!(text, " soa {} {}", record.owner, record.ttl_s).unwrap(),
            _ => write!(text, " refers {}", record.owner).unwrap(),
        }
    }
    text
}
