//! Traffic by hand: what goes in, what the files hold, what intake reads back.

mod back;
mod case;
mod formats;
mod sensor;
mod streams;
mod tools;
mod world;

use core::net::{IpAddr, SocketAddr};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use askance_intake::testing::{Contents, read_from};
use askance_intake::{CsvMap, Options};
use askance_proto::dns::{Data, Edns, Message, Record};
use askance_proto::{Cause, TrafficKind};
use askance_record::{Name, Rcode, RrType, Vantage};

use super::*;

/// 2016-03-01T16:00:00Z.
const START_S: i64 = 1_456_848_000;
const LATENCY_US: i64 = 8_000;

const RESOLVER: &str = "192.0.2.53:53";
const AUTH: &str = "198.51.100.53:53";

/// Files in memory.
#[derive(Clone, Debug, Default)]
struct Memory(Rc<RefCell<BTreeMap<String, Vec<u8>>>>);

struct MemoryFile(Memory, String);

impl Write for MemoryFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.0.borrow_mut().entry(self.1.clone()).or_default().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Memory {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(MemoryFile(self.clone(), path.to_owned())))
    }
}

fn at(us: i64) -> Timestamp {
    Timestamp::from_s(START_S).plus_us(us)
}

fn socket(text: &str) -> SocketAddr {
    text.parse().expect("literal address")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("literal address")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("literal name")
}

/// One lookup of a story.
#[derive(Clone, Debug)]
struct Look {
    us: i64,
    client: SocketAddr,
    server: SocketAddr,
    tcp: bool,
    query: Message,
    /// The response and after how long at the server it leaves, microseconds.
    response: Option<(Message, i64)>,
    cause: Option<Cause>,
}

/// A lookup over UDP that is answered at once with these records.
fn look(us: i64, client: &str, id: u16, qname: &str, qtype: RrType, data: Vec<Data>) -> Look {
    let query = Message::query(id, name(qname), qtype);
    let rcode = if data.is_empty() { Rcode::NXDOMAIN } else { Rcode::NOERROR };
    let mut response = query.response(rcode);
    response.header.recursion_available = true;
    response.answers = data.into_iter().map(|data| Record { owner: name(qname), ttl_s: 300, data }).collect();
    Look {
        us,
        client: socket(client),
        server: socket(RESOLVER),
        tcp: false,
        query,
        response: Some((response, 0)),
        cause: Some(Cause(0)),
    }
}

/// Messages of a story, to be told in the order of sending.
#[derive(Debug, Default)]
struct Script(Vec<Spoken>);

/// When it leaves and arrives, from and to where, what, and why.
type Spoken = (i64, Option<i64>, SocketAddr, SocketAddr, Said, Option<Cause>);

#[derive(Clone, Debug)]
enum Said {
    Datagram(Vec<u8>),
    Open(bool),
    Octets(Vec<u8>),
    Close,
}

impl Script {
    fn say(&mut self, us: i64, from: SocketAddr, to: SocketAddr, said: Said, cause: Option<Cause>) {
        self.0.push((us, Some(us + LATENCY_US), from, to, said, cause));
    }

    /// A lookup whose query leaves its client at `look.us`.
    fn look(&mut self, look: &Look) {
        let Look { us, client, server, cause, .. } = *look;
        let answer = look.response.as_ref().map(|(message, after)| (message.encode(), us + LATENCY_US + after));
        if !look.tcp {
            self.say(us, client, server, Said::Datagram(look.query.encode()), cause);
            if let Some((octets, us)) = answer {
                self.say(us, server, client, Said::Datagram(octets), cause);
            }
            return;
        }
        self.say(us - 2 * LATENCY_US, client, server, Said::Open(true), cause);
        self.say(us, client, server, Said::Octets(framed(&look.query)), cause);
        if let Some((octets, us)) = answer {
            let framed = [&u16::try_from(octets.len()).expect("short").to_be_bytes()[..], &octets].concat();
            // Cut inside the length, as TCP may.
            self.say(us, server, client, Said::Octets(framed[..1].to_vec()), cause);
            self.say(us, server, client, Said::Octets(framed[1..].to_vec()), cause);
            self.say(us + LATENCY_US, client, server, Said::Close, cause);
        }
    }

    fn tell(mut self, records: &mut Records) {
        self.0.sort_by_key(|row| row.0);
        for (us, arrives, from, to, said, cause) in self.0 {
            let kind = match &said {
                Said::Datagram(octets) => TrafficKind::Datagram(octets),
                Said::Open(accepted) => TrafficKind::Open(*accepted),
                Said::Octets(octets) => TrafficKind::Octets(octets),
                Said::Close => TrafficKind::Close,
            };
            let arrives_at = arrives.map(at);
            records.traffic(&Traffic { sent_at: at(us), arrives_at, from, to, kind, cause });
        }
    }
}

/// A message with its length before it (RFC 1035 §4.2.2).
fn framed(message: &Message) -> Vec<u8> {
    let octets = message.encode();
    [&u16::try_from(octets.len()).expect("short").to_be_bytes()[..], &octets].concat()
}

/// A tap in front of the resolver.
fn tap(format: RecordFormat) -> TapConfig {
    let seed = 7;
    let at = vec![ip("192.0.2.53")];
    TapConfig { seed, ..TapConfig::new("tap", "tap.log", at, TapKind::ClientSide, Vantage::ResolverClient, format) }
}

fn causes() -> Vec<CauseRow> {
    vec![CauseRow { party: "north-bank".into(), mechanism: "sender-verification".into() }]
}

/// What one tap writes of a script, and what is left of the run.
fn record(tap: TapConfig, script: Script) -> (Vec<u8>, Kept) {
    let mut sink = Memory::default();
    let path = tap.path.clone();
    let mut records = Records::new(vec![tap], causes(), &mut sink).expect("taps");
    script.tell(&mut records);
    let kept = records.finish().expect("memory takes everything");
    let octets = sink.0.borrow().get(&path).cloned().unwrap_or_default();
    (octets, kept)
}

/// What one tap writes of lookups, as text.
fn written(tap: TapConfig, looks: &[Look]) -> String {
    let mut script = Script::default();
    for look in looks {
        script.look(look);
    }
    String::from_utf8(record(tap, script).0).expect("text")
}

fn labels(kept: &Kept) -> String {
    let mut out = Vec::new();
    kept.write_labels(&mut out).expect("memory");
    String::from_utf8(out).expect("text")
}

/// Reads a file as `askance` does: told from its content.
fn read(octets: &[u8], tap: &TapConfig) -> Contents {
    let csv_map = match tap.format {
        RecordFormat::CsvList { delimiter } => {
            let map = format!("delimiter={delimiter};columns=ts,qname,client;quotes=yes");
            Some(CsvMap::parse(&map).expect("a map"))
        }
        _ => None,
    };
    let options = Options { vantage: Some(tap.vantage), csv_map, ..Options::default() };
    let contents = read_from(Box::new(io::Cursor::new(octets.to_vec())), octets.len() as u64, &options);
    assert!(contents.error.is_none(), "{:?}", contents.error);
    contents
}

/// Four lookups of a receiver that checks a sender, the last over TCP and of another kind.
fn check_of_a_sender() -> Vec<Look> {
    let client = "192.0.2.10:41234";
    let mut ptr = look(
        1_500_000,
        client,
        1,
        "25.100.51.198.in-addr.arpa",
        RrType::PTR,
        vec![Data::Ptr(name("mail1.hotel-brand.example"))],
    );
    ptr.response.as_mut().expect("answered").1 = 44_027;
    let mut a = look(2_000_000, "192.0.2.10:41235", 2, "Mail1.Hotel-Brand.example", RrType::A, vec![]);
    a.query.edns = Some(Edns { udp_octets_max: 1232, dnssec_ok: true });
    a.query.header.checking_disabled = true;
    let text = b"v=spf1, -all".to_vec();
    let mut txt = look(
        3_000_000,
        "[2001:db8::10]:5353",
        3,
        r"a(b\.c\032d.example",
        RrType::TXT,
        vec![Data::Txt(vec![text, b"two".to_vec()])],
    );
    txt.server = socket("[2001:db8::53]:53");
    txt.query.edns = None;
    txt.query.header.recursion_desired = false;
    let mut tcp = look(4_000_000, client, 4, ".", RrType::NS, vec![Data::Ns(name("ns1.example"))]);
    tcp.tcp = true;
    let mut lost = look(5_000_000, client, 5, "lost.example", RrType::A, vec![]);
    lost.response = None;
    vec![ptr, a, txt, tcp, lost]
}
