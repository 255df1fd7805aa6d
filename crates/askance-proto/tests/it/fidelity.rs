//! The receivers ask what the real programs asked: every connection of the recording `cases/stale-ptr`.
//!
//! The resolvers' logs say what each mail server asked during each connection, the mail
//! logs who connected when. A lab receiver of the same program is sent the same clients
//! in the same order, and its questions are compared one by one.
//!
//! Answers are those of the recording: its response codes where the resolver logs them;
//! contents from the zone files, which changed twice. Where a cache may have held either
//! version of a record, the one that fits what the program asked next is taken: a log of
//! questions does not say more.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::PathBuf;

use askance_intake::{Flow, Format, Options, open};
use askance_proto::dns::{Data, StubConfig};
use askance_proto::receiver::{Profile, ReceiverConfig};
use askance_proto::smtp::ClientConfig;
use askance_record::{Batch, Lookup, MailEvent, MailKind, Name, Rcode, RrType, Timestamp};
use jiff::tz::TimeZone;

use crate::world::{Answer, Asked, RESOLVER, World};

/// One mail server of the recording.
#[derive(Clone, Copy)]
struct Server {
    /// The part of the file names.
    record: &'static str,
    address: &'static str,
    hostname: &'static str,
    /// Whose mailbox it has.
    user: &'static str,
    mail_format: Format,
    lookup_format: Format,
    zone: &'static str,
    profile: Profile,
    /// Lookups before the first client, which the program made for itself at its start.
    at_start: usize,
    connections: usize,
}

const SERVERS: [Server; 6] = [
    Server {
        record: "northbank",
        address: "192.0.2.10",
        hostname: "mx1.northbank.example",
        user: "office",
        mail_format: Format::Postfix,
        lookup_format: Format::Unbound,
        zone: "UTC",
        profile: Profile::Postfix,
        at_start: 0,
        connections: 166,
    },
    Server {
        record: "lakeside-clinic",
        address: "192.0.2.20",
        hostname: "mx1.lakeside-clinic.example",
        user: "info",
        mail_format: Format::Exim,
        lookup_format: Format::BindQuery,
        zone: "Europe/Berlin",
        profile: Profile::Exim,
        at_start: 0,
        connections: 156,
    },
    Server {
        record: "cardpay",
        address: "192.0.2.30",
        hostname: "mx1.cardpay.example",
        user: "desk",
        mail_format: Format::OpenSmtpd,
        lookup_format: Format::Unbound,
        zone: "UTC",
        profile: Profile::OpenSmtpd,
        at_start: 0,
        connections: 137,
    },
    Server {
        record: "tradeschool",
        address: "192.0.2.40",
        hostname: "mail.tradeschool.example",
        user: "office",
        mail_format: Format::Sendmail,
        lookup_format: Format::Dnsmasq,
        zone: "Europe/Berlin",
        profile: Profile::Sendmail,
        // Its own name and address, twice: aliases are rebuilt, the daemon starts.
        at_start: 6,
        connections: 108,
    },
    Server {
        record: "archive-society",
        address: "192.0.2.50",
        hostname: "mx1.archive-society.example",
        user: "board",
        mail_format: Format::Postfix,
        lookup_format: Format::Unbound,
        zone: "UTC",
        profile: Profile::PostfixNamedClients,
        at_start: 0,
        connections: 90,
    },
    // The vendor's sending host: its server takes no mail, yet looks up who comes.
    Server {
        record: "crm-vendor",
        address: "198.51.100.10",
        hostname: "mta.crm-vendor.example",
        user: "nobody",
        mail_format: Format::Postfix,
        lookup_format: Format::Unbound,
        zone: "UTC",
        profile: Profile::Postfix,
        // The PTR name of one of its own addresses, at its start.
        at_start: 1,
        connections: 844,
    },
];

/// The senders: address, HELO name, mailbox (`recording/stale-ptr/mta.sh`, `schedule.py`).
const SENDERS: [(&str, &str, &str); 8] = [
    ("198.51.100.25", "out1.invites-app.example", "meeting@invites-app.example"),
    ("198.51.100.26", "mail2.other-hotel.example", "news@other-hotel.example"),
    ("203.0.113.11", "smtp1.regional-news.example", "desk@regional-news.example"),
    ("203.0.113.12", "out.bookshop.example", "orders@bookshop.example"),
    ("203.0.113.13", "mail.city-library.example", "loans@city-library.example"),
    ("203.0.113.14", "relay.rail-tickets.example", "tickets@rail-tickets.example"),
    ("203.0.113.15", "mta3.software-lists.example", "dev-bounces@software-lists.example"),
    ("203.0.113.16", "post.insurance.example", "notice@insurance.example"),
];

/// When the name's zone was deleted, and when the address got another name.
const ZONE_DELETED: i64 = 1_741_711_330;
const PTR_CHANGED: i64 = 1_741_874_700;
const SUBJECT: &str = "mail1.hotel-brand.example";
const PAIRED: &str = "hotel1.mail-clients.example";

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../cases/stale-ptr", file].iter().collect()
}

fn rows(file: &str, format: Format, zone: &str) -> Batch {
    let mut options = Options { format: Some(format), year: Some(2025), ..Options::default() };
    options.zone = Some(TimeZone::get(zone).expect("a zone"));
    read(Box::new(File::open(path(file)).expect("the recording")), &options)
}

fn read(input: Box<dyn std::io::Read + Send>, options: &Options) -> Batch {
    let mut opened = open(input, options).expect("a log");
    let mut batch = Batch::with_room(1_000_000);
    while opened.reader.read(&mut batch).expect("a readable log") == Flow::More {}
    batch
}

/// Everything that the zones ever said, as `(name, type) -> data`; changes are told apart by [`Recording::answer`].
struct Zones {
    data: BTreeMap<(String, RrType), Vec<Data>>,
    names: BTreeSet<String>,
}

impl Zones {
    /// The case's host table and zone files, and the senders' zones (`recording/stale-ptr/zones.sh`).
    fn read() -> Self {
        let mut zones = Self { data: BTreeMap::new(), names: BTreeSet::new() };
        let readme = BufReader::new(File::open(path("README.md")).expect("the case"));
        for line in readme.lines().map_while(Result::ok) {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            if let [_, host, address, _, _, _, _, _] = cells[..]
                && let Ok(address) = address.parse()
            {
                zones.host(host, address);
            }
        }
        for (address, helo, mailbox) in SENDERS {
            let (_, domain) = mailbox.split_once('@').unwrap();
            let address: IpAddr = address.parse().unwrap();
            let hotel = domain.ends_with("hotel.example") || domain == "invites-app.example";
            let exchange = if hotel { "incoming.crm-vendor.example" } else { "mta.mail-host.example" };
            zones.add(domain, Data::Mx { preference: 10, exchange: name(exchange) });
            if domain == "invites-app.example" {
                zones.forward(helo, address);
            } else {
                zones.host(helo, address);
            }
        }
        for server in &SERVERS {
            let (_, domain) = server.hostname.split_once('.').unwrap();
            zones.add(domain, Data::Mx { preference: 10, exchange: name(server.hostname) });
        }
        zones.host("incoming.crm-vendor.example", "198.51.100.20".parse().unwrap());
        zones.forward(SUBJECT, "198.51.100.25".parse().unwrap());
        zones.forward(PAIRED, "198.51.100.25".parse().unwrap());
        zones
    }

    fn add(&mut self, owner: &str, data: Data) {
        self.names.insert(owner.to_owned());
        self.data.entry((owner.to_owned(), data.rtype())).or_default().push(data);
    }

    fn forward(&mut self, host: &str, address: IpAddr) {
        let IpAddr::V4(address) = address else { panic!("the recording has IPv4 only") };
        self.add(host, Data::A(address));
    }

    fn host(&mut self, host: &str, address: IpAddr) {
        self.forward(host, address);
        self.add(Name::of_reverse(address).key(), Data::Ptr(name(host)));
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// One connection of the recording.
#[derive(Debug)]
struct Connection {
    at: Timestamp,
    client: IpAddr,
    lookups: Vec<Lookup>,
}

/// Cuts a server's lookups into connections: each begins with the client's address.
fn connections(server: &Server, lookups: &[Lookup], mail: &[MailEvent]) -> (usize, Vec<Connection>) {
    let own: IpAddr = server.address.parse().unwrap();
    // Exim and Sendmail log messages, not connections; the recording has one message in each.
    let by_message = matches!(server.mail_format, Format::Exim | Format::Sendmail);
    let kind = if by_message { MailKind::Accept } else { MailKind::Connect };
    let met: Vec<&MailEvent> = mail.iter().filter(|event| event.kind == kind && event.peer.is_some()).collect();
    let clients: BTreeSet<IpAddr> = met.iter().filter_map(|event| event.peer).collect();
    let mut connections: Vec<Connection> = Vec::new();
    let mut before = 0;
    for lookup in lookups.iter().filter(|lookup| lookup.client.ip() == Some(own)) {
        let address = lookup.qname.reverse_addr().filter(|_| lookup.qtype == Some(RrType::PTR));
        match address.filter(|address| clients.contains(address)) {
            Some(client) => connections.push(Connection { at: lookup.ts, client, lookups: vec![lookup.clone()] }),
            None => match connections.last_mut() {
                Some(connection) => connection.lookups.push(lookup.clone()),
                None => before += 1,
            },
        }
    }
    let found: Vec<_> = connections.iter().map(|connection| connection.client).collect();
    let logged: Vec<_> = met.iter().filter_map(|event| event.peer).collect();
    assert_eq!(found, logged, "{}: the two logs tell of the same clients", server.record);
    (before, connections)
}

/// What the resolver says to the lab's receiver during one connection.
fn answer(zones: &Zones, connection: &Connection, nth: usize, qtype: RrType, qname: &Name) -> Answer {
    let recorded = connection.lookups.get(nth).filter(|l| l.qname == *qname && l.qtype == Some(qtype));
    let rcode = recorded.and_then(|lookup| lookup.rcode);
    let named_later = |host: &str| connection.lookups.iter().any(|lookup| lookup.qname.key() == host);
    let at = connection.at.us() / 1_000_000;
    let subject_ptr = qname.key() == "25.100.51.198.in-addr.arpa";
    if subject_ptr && qtype == RrType::PTR {
        // Either name while a cache may still hold the old one.
        let changed = if at < PTR_CHANGED { false } else { at >= PTR_CHANGED + 86_400 || named_later(PAIRED) };
        return Answer::Reply(Rcode::NOERROR, vec![Data::Ptr(name(if changed { PAIRED } else { SUBJECT }))]);
    }
    let deleted = at >= ZONE_DELETED + 3600 || (at >= ZONE_DELETED && rcode == Some(Rcode::NXDOMAIN));
    if qname.is_under("hotel-brand.example") && deleted {
        return Answer::Reply(rcode.unwrap_or(Rcode::NXDOMAIN), Vec::new());
    }
    if let Some(data) = zones.data.get(&(qname.key().to_owned(), qtype)) {
        return Answer::Reply(rcode.unwrap_or(Rcode::NOERROR), data.clone());
    }
    let known = zones.names.iter().any(|known| name(known).is_under(qname.key()));
    let missing = if known { Rcode::NOERROR } else { Rcode::NXDOMAIN };
    Answer::Reply(rcode.unwrap_or(missing), Vec::new())
}

fn receiver(server: &Server) -> ReceiverConfig {
    let mut stub = StubConfig::new(server.address.parse().unwrap(), RESOLVER.parse().unwrap());
    let (_, domain) = server.hostname.split_once('.').unwrap();
    stub.search = vec![name(domain)];
    let mut config = ReceiverConfig::new(name(server.hostname), stub);
    config.profile = server.profile;
    // `inet_protocols = ipv4` stands in every main.cf of the recording.
    config.ipv6 = server.mail_format != Format::Postfix;
    config
}

fn client(server: &Server, connection: &Connection, nth: usize) -> ClientConfig {
    let (_, domain) = server.hostname.split_once('.').unwrap();
    let sender = SENDERS.iter().find(|(address, ..)| connection.client == address.parse::<IpAddr>().unwrap());
    let (helo, from) = sender.map_or(("probe.example", ""), |(_, helo, from)| (helo, from));
    ClientConfig {
        helo: helo.to_owned(),
        mail_from: from.to_owned(),
        recipients: vec![format!("{}@{domain}", server.user)],
        content: Some(format!("Message-ID: <{nth}@sender.example>\r\n\r\nHello.\r\n").into_bytes()),
        ..ClientConfig::default()
    }
}

/// Runs the lab's receiver through all connections; each one's questions that differ, and the world after.
fn replay(server: &Server, zones: &Zones, connections: &[Connection]) -> (Vec<String>, World) {
    let own: IpAddr = server.address.parse().unwrap();
    let mut world = World::new(receiver(server));
    let mut different = Vec::new();
    for (nth, connection) in connections.iter().enumerate() {
        world.now = world.now.max(connection.at);
        let before = world.asked.len();
        world.client(connection.client, own, client(server, connection, nth));
        let mut count = 0;
        let until = world.now.plus_us(5_000_000);
        world.run(until, &mut |_, qtype, qname| {
            count += 1;
            answer(zones, connection, count - 1, qtype, qname)
        });
        let asked: Vec<_> = world.asked[before..].iter().map(|Asked { qtype, qname, .. }| (*qtype, qname)).collect();
        let recorded: Vec<_> = connection.lookups.iter().map(|l| (l.qtype.unwrap(), &l.qname)).collect();
        if asked != recorded {
            different.push(format!("{} {}: {asked:?} for {recorded:?}", connection.at, connection.client));
        }
    }
    assert_eq!(world.receiver.clients(), 0, "every client has left");
    (different, world)
}

/// The lookups, then the mail events, that the recording has of a server.
fn recorded_of(server: &Server) -> (Vec<Lookup>, Vec<MailEvent>) {
    let lookups = rows(&format!("records/resolver-{}.log.zst", server.record), server.lookup_format, server.zone);
    let mail = rows(&format!("records/mail-{}.log.zst", server.record), server.mail_format, server.zone);
    let mut lookups = lookups.lookups.as_slice().to_vec();
    if server.record == "crm-vendor" {
        // The same resolver serves the client side of the same host; its questions are about other names.
        let clients = ["farm-coop.example", "research-desk.example"];
        lookups.retain(|l| l.qname.reverse_addr().is_some() || clients.iter().any(|zone| l.qname.is_under(zone)));
    }
    (lookups, mail.mail.as_slice().to_vec())
}

#[test]
fn the_receivers_ask_what_the_programs_asked() {
    let zones = Zones::read();
    let mut total = 0;
    for server in &SERVERS {
        let (lookups, mail) = recorded_of(server);
        let (before, connections) = connections(server, &lookups, &mail);
        assert_eq!(before, server.at_start, "{}", server.record);
        assert_eq!(connections.len(), server.connections, "{}", server.record);
        let (different, _) = replay(server, &zones, &connections);
        assert!(different.is_empty(), "{}: {} differ, first: {}", server.record, different.len(), different[0]);
        total += connections.len();
    }
    assert_eq!(total, 1501);
}

#[test]
fn another_program_would_be_noticed_in_every_connection() {
    let zones = Zones::read();
    for (server, profile) in
        [(0, Profile::Exim), (1, Profile::Postfix), (2, Profile::Sendmail), (3, Profile::OpenSmtpd)]
    {
        let server = Server { profile, ..SERVERS[server] };
        let (lookups, mail) = recorded_of(&server);
        let (_, connections) = connections(&server, &lookups, &mail);
        assert_eq!(replay(&server, &zones, &connections).0.len(), connections.len(), "{profile:?}");
    }
}

#[test]
fn the_receivers_connect_where_the_programs_connected() {
    let zones = Zones::read();
    let flows = rows("records/flows.csv.zst", Format::FlowCsv, "UTC");
    let mut total = 0;
    for server in &SERVERS[..5] {
        let own: IpAddr = server.address.parse().unwrap();
        let from_here = flows.flows.as_slice().iter().filter(|flow| flow.src == Some(own));
        let recorded: Vec<_> = from_here.map(|flow| (flow.dst, flow.dst_port)).collect();
        let (lookups, mail) = recorded_of(server);
        let (_, connections) = connections(server, &lookups, &mail);
        let (_, world) = replay(server, &zones, &connections);
        let opened: Vec<_> = world.opened.iter().map(|(_, to)| (Some(to.ip()), Some(to.port()))).collect();
        assert_eq!(opened, recorded, "{}", server.record);
        total += opened.len();
    }
    // Sendmail's question to the host of each client; no other server connects to whom it looks up.
    assert_eq!(total, 108);
}

/// Log lines of the lab's receiver as its program would have written them.
fn written(server: &Server, world: &World) -> String {
    let mut text = String::new();
    for (at, program, line) in &world.log {
        let at = at.to_jiff();
        if server.mail_format == Format::Exim {
            text.push_str(&format!("{} {line}\n", at.strftime("%Y-%m-%d %H:%M:%S")));
        } else {
            text.push_str(&format!("{} mx {program}[1]: {line}\n", at.strftime("%b %e %H:%M:%S")));
        }
    }
    text
}

/// What a log tells of peers and messages, counted; identifiers, times and free text left out.
fn told(server: &Server, events: &[MailEvent]) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for e in events {
        // The recorded Sendmail delivers to /dev/null by alias.
        let to = if server.mail_format == Format::Sendmail { "" } else { &e.to };
        let peer = e.peer.map(|peer| peer.to_string()).unwrap_or_default();
        let key = format!("{} {} {peer} {} {} {} {to} {:?}", e.kind, e.program, e.peer_name, e.helo, e.from, e.code);
        *told.entry(key).or_default() += 1;
    }
    told
}

#[test]
fn the_receivers_log_what_the_programs_logged() {
    let zones = Zones::read();
    for server in &SERVERS[..5] {
        let (lookups, mail) = recorded_of(server);
        let (_, connections) = connections(server, &lookups, &mail);
        let (_, world) = replay(server, &zones, &connections);
        let options = Options { format: Some(server.mail_format), year: Some(2025), ..Options::default() };
        let lab = read(Box::new(Cursor::new(written(server, &world))), &options);
        assert_eq!(told(server, lab.mail.as_slice()), told(server, &mail), "{}", server.record);
    }
}
