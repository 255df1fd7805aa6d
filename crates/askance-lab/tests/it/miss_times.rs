//! The lab's resolvers miss when real ones missed: three days of one query list, replayed.
//!
//! `recording/miss-times` put 27 thousand questions to four resolvers in virtual time, and kept what
//! the name servers were asked. Here the same questions go to four lab resolvers with the same
//! settings, before name servers with the same zones; what those are asked is compared question by
//! question, to the second.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::PathBuf;

use askance_lab::{Link, World};
use askance_proto::dns::{Authoritative, AuthoritativeConfig, Message, Resolver, ResolverConfig, Software, Zone};
use askance_proto::{Actor, Input, Node, Note, Observer, Outbox, Output, Traffic, TrafficKind};
use askance_record::{Name, RrType, Timestamp};
use sha2::{Digest as _, Sha256};

const ROOT: &str = "198.18.0.1";
const AUTHORITY: &str = "192.0.2.53";
const REFUSING: &str = "192.0.2.54";
const CLIENT: &str = "198.51.100.99";
/// Unbound 1.17.1 as it is, with `prefetch: yes`, with `serve-expired: yes`; BIND 9.18.49 as it is.
const RESOLVERS: [&str; 4] = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"];
/// How far apart a recorded and a replayed query may be.
const SLACK_US: i64 = 1_000_000;

/// Resolver, name and type: what a list of times is kept for.
type Key = (String, String, RrType);
/// When each was asked, by name server and key.
type Times = BTreeMap<&'static str, BTreeMap<Key, Vec<Timestamp>>>;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn server_at(address: &str) -> Option<&'static str> {
    [ROOT, AUTHORITY, REFUSING].into_iter().find(|known| *known == address)
}

/// A file of the recording, which is as its manifest says.
fn recorded(file: &str) -> String {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../corpus/miss-times"].iter().collect();
    let open = |file: &str| std::fs::File::open(folder.join(file)).unwrap();
    let mut manifest = String::new();
    open("MANIFEST.toml").read_to_string(&mut manifest).unwrap();
    let mut octets = Vec::new();
    open(file).read_to_end(&mut octets).unwrap();
    let hex = Sha256::digest(&octets).iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"));
    assert!(manifest.contains(&format!("path = \"{file}\"\nsha256 = \"{hex}\"\n")), "{file}: {hex}");
    if let Some("zst") = folder.join(file).extension().and_then(|suffix| suffix.to_str()) {
        octets = zstd::decode_all(&octets[..]).unwrap();
    }
    String::from_utf8(octets).unwrap()
}

/// When the clock of the query list is 0.
fn start() -> Timestamp {
    let facts = recorded("facts.txt");
    let start = facts.lines().find_map(|line| line.strip_prefix("start ")).unwrap();
    Timestamp::from_s(start.parse().unwrap())
}

/// What the name servers of the recording were asked by the resolvers.
fn recorded_times() -> Times {
    let mut times = Times::new();
    for (file, server) in [("root.log.zst", ROOT), ("authority.log.zst", AUTHORITY), ("refusing.log.zst", REFUSING)] {
        for line in recorded(file).lines() {
            let (stamp, rest) = line.split_once(' ').unwrap();
            let (client, query) = rest.split_once(" query: ").unwrap();
            let client = client.split(' ').find_map(|word| word.split_once('#')).unwrap().0;
            // The root's server is a resolver too, for its own trust anchors.
            if !RESOLVERS.contains(&client) {
                continue;
            }
            let mut words = query.split(' ');
            let (qname, _, qtype) = (words.next().unwrap(), words.next(), words.next().unwrap());
            let at: jiff::Timestamp = stamp.parse().unwrap();
            let key = (client.to_owned(), name(qname).key().to_string(), qtype.parse().unwrap());
            let list = times.entry(server).or_default().entry(key).or_default();
            list.push(Timestamp::from_us(at.as_microsecond()));
        }
    }
    times
}

/// One who asks every resolver each question at its time, and the next one of the same second when all have answered.
struct Asker {
    /// Ascending, the next one last.
    questions: Vec<(Timestamp, Name, RrType)>,
    id: u16,
    /// Answers that are still missing, and until when they are waited for.
    missing: usize,
    until: Timestamp,
    out: Outbox,
}

impl Asker {
    fn new(start: Timestamp) -> Self {
        let list = recorded("queries.tsv.zst");
        let row = |line: &str| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap();
            // A tenth into the second: the resolvers' whole seconds are then beyond doubt.
            let at = start.plus_us(cell().parse::<i64>().unwrap() * 1_000_000 + 100_000);
            (at, name(cell()), cell().parse().unwrap())
        };
        let mut questions: Vec<_> = list.lines().map(row).collect();
        questions.reverse();
        Self { questions, id: 0, missing: 0, until: start, out: Outbox::default() }
    }

    fn ask(&mut self, now: Timestamp) {
        let Some((_, qname, qtype)) = self.questions.pop_if(|(at, ..)| *at <= now) else { return };
        for resolver in RESOLVERS {
            self.id = self.id.wrapping_add(1);
            let query = Message { edns: None, ..Message::query(self.id, qname.clone(), qtype) };
            let (from, to) = (SocketAddr::new(ip(CLIENT), 40_000), SocketAddr::new(ip(resolver), 53));
            self.out.push(Output::Send { from, to, octets: query.encode(), cause: None });
        }
        (self.missing, self.until) = (RESOLVERS.len(), now.plus_us(700_000));
    }
}

impl Actor for Asker {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        if let Input::Datagram { octets, .. } = input
            && self.id.wrapping_sub(Message::decode(octets).unwrap().header.id) < 4
        {
            self.missing -= 1;
        }
        if self.missing == 0 || now >= self.until {
            self.ask(now);
        }
    }

    fn poll(&mut self) -> Output {
        let next = self.questions.last().map(|(at, ..)| if self.missing == 0 { *at } else { self.until });
        self.out.pop_or_wait(next)
    }
}

/// Keeps when the name servers were asked what, as their query logs do.
#[derive(Default)]
struct Log(Times);

impl Observer for Log {
    fn traffic(&mut self, traffic: &Traffic<'_>) {
        let (TrafficKind::Datagram(octets), Some(at)) = (traffic.kind, traffic.arrives_at) else { return };
        let Some(server) = server_at(&traffic.to.ip().to_string()) else { return };
        let (qname, qtype) = Message::decode(octets).unwrap().question.unwrap();
        let key = (traffic.from.ip().to_string(), qname.key().to_string(), qtype);
        self.0.entry(server).or_default().entry(key).or_default().push(at);
    }

    fn note(&mut self, _: Timestamp, _: &str, _: &Note) {}
}

/// The name servers of the recording, with the zones that `story.sh` writes.
fn name_servers() -> [Node; 3] {
    let soa = |origin: &str, negative: u32| {
        format!("@ 3600 SOA ns.{origin} hostmaster.{origin} 1 7200 900 1209600 {negative}\n")
    };
    let root = soa("example.", 86_400)
        + "@ 518400 NS a.root-ns.example.\na.root-ns.example. 518400 A 198.18.0.1\nexample. 172800 NS a.root-ns.example.\n";
    let example = soa("example.", 86_400)
        + "@ 172800 NS a.root-ns\na.root-ns 518400 A 198.18.0.1\n\
           ttl 172800 NS ns.ttl\nns.ttl 172800 A 192.0.2.53\n\
           long-negative 172800 NS ns.long-negative\nns.long-negative 172800 A 192.0.2.53\n\
           refused 172800 NS ns.refused\nns.refused 172800 A 192.0.2.54\n";
    let long_negative =
        "@ 86400 SOA ns hostmaster 1 7200 900 1209600 18000\n@ 86400 NS ns\nns 86400 A 192.0.2.53\n".to_owned();
    let served = |id: &str, address: &str, zones: &[(&str, String)]| {
        let zones = zones.iter().map(|(origin, text)| Zone::parse(&name(origin), text).unwrap()).collect();
        let config = AuthoritativeConfig { addresses: vec![ip(address)], zones, changes: Vec::new() };
        Authoritative::new(config).into_node(id.to_owned())
    };
    let ttl = recorded("ttl.example.zone");
    [
        served("root", ROOT, &[(".", root), ("example.", example)]),
        served("authority", AUTHORITY, &[("ttl.example.", ttl), ("long-negative.example.", long_negative)]),
        served("refusing", REFUSING, &[]),
    ]
}

fn resolvers() -> impl Iterator<Item = Node> {
    RESOLVERS.into_iter().enumerate().map(|(nth, address)| {
        let software = if nth == 3 { Software::Bind } else { Software::Unbound };
        let mut config = ResolverConfig::new(software, ip(address));
        config.roots = vec![(name("a.root-ns.example."), ip(ROOT))];
        config.prefetch |= nth == 1;
        if nth == 2 {
            // No bound, as its `serve-expired-ttl: 0`.
            config.serve_expired_s = Some(u32::MAX);
        }
        Resolver::new(config).into_node(address.to_owned())
    })
}

fn replayed_times() -> Times {
    let start = start();
    let asker = Node {
        id: "asker".to_owned(),
        addresses: vec![ip(CLIENT)],
        listens_udp: Vec::new(),
        listens_tcp: Vec::new(),
        actor: Box::new(Asker::new(start)),
    };
    let nodes = name_servers().into_iter().chain(resolvers()).chain([asker]).collect();
    // The recording's link takes 2 ms each way; the resolvers start a little before the first question.
    let mut world = World::new(nodes, start.plus_us(-5_000_000), Link { latency_us: 2_000, loss: 0.0 }, 1);
    let mut log = Log::default();
    world.run(start.plus_us(3 * 86_400_000_000 + 60_000_000), &mut log).unwrap();
    log.0
}

/// True where both were asked equally often, each time within the slack.
fn is_equal(one: &[Timestamp], other: &[Timestamp]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| (a.us() - b.us()).abs() <= SLACK_US)
}

/// Times of one list that have no partner in the other, by their order: seconds after the start.
fn unmatched(one: &[Timestamp], other: &[Timestamp], start: Timestamp) -> Vec<String> {
    let mut free: Vec<Timestamp> = other.to_vec();
    let mut left = Vec::new();
    for at in one {
        match free.iter().position(|f| (f.us() - at.us()).abs() <= SLACK_US) {
            Some(found) => drop(free.remove(found)),
            None => left.push(format!("{:.1}", at.since_s(start))),
        }
    }
    left
}

/// How many lists are equal, of how many, and one line for each that differs.
fn differences(server: &str, recorded: &Times, replayed: &Times) -> (usize, usize, String) {
    let (start, nothing, never) = (start(), BTreeMap::new(), Vec::new());
    let (recorded, replayed) = (recorded.get(server).unwrap_or(&nothing), replayed.get(server).unwrap_or(&nothing));
    let keys: BTreeSet<&Key> = recorded.keys().chain(replayed.keys()).collect();
    let (mut text, mut equal) = (String::new(), 0);
    for key in &keys {
        let (real, ours) = (recorded.get(key).unwrap_or(&never), replayed.get(key).unwrap_or(&never));
        if is_equal(real, ours) {
            equal += 1;
            continue;
        }
        let (missing, extra) = (unmatched(real, ours, start).join(","), unmatched(ours, real, start).join(","));
        let ((resolver, qname, qtype), real, ours) = (key, real.len(), ours.len());
        writeln!(text, "{resolver} {qname} {qtype}: {real} real, {ours} ours; missing {missing}; extra {extra}")
            .unwrap();
    }
    (equal, keys.len(), text)
}

/// What differs, all of it at the root's server: resolver, name and type, how often in the recording and here.
///
/// - Unbound with `serve-expired`, in the last second of the root's own NS: two lookups are under way at once, and a
///   question and an answer reach the resolver in one instant. It took the question first, so that both lookups shared
///   a probe; in virtual time the answer was sent first.
/// - BIND after a day: its authority adds the zone's own NS records, of one day, to answers, and they take the place of
///   the parent's, of two days. The lab's authority answers without them.
const DIFFERENCES: &str = "\
198.51.100.3 ttl.example A: 12 real, 13 ours; missing ; extra 172861.1
198.51.100.4 ttl.example NS: 3 real, 2 ours; missing 86460.1; extra 
";

#[test]
fn every_miss_is_when_it_was() {
    let (recorded, replayed) = (recorded_times(), replayed_times());
    let compare = |server| differences(server, &recorded, &replayed);
    assert_eq!(compare(AUTHORITY), (115, 115, String::new()));
    assert_eq!(compare(REFUSING), (7, 7, String::new()));
    assert_eq!(compare(ROOT), (21, 23, DIFFERENCES.to_owned()));
    // The lists are not short ones.
    let asked = |server| recorded[server].values().map(Vec::len).sum::<usize>();
    assert_eq!([AUTHORITY, REFUSING, ROOT].map(asked), [36_625, 630, 119]);
}
