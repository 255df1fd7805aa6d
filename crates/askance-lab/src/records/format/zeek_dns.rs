//! Zeek's `dns.log`.
//!
//! A row is written when the response passes, or 10 s after the query where none does. A
//! response without a query is a row of its own.
//!
//! # Source
//! Zeek `base/protocols/dns/main.zeek`, `src/analyzer/protocol/dns/DNS.cc`.

use std::collections::{HashMap, VecDeque};
use std::io;

use askance_proto::dns::{Data, Message};
use askance_record::{Name, RrType, Timestamp};

use super::super::out::Out;
use super::super::pending::Key;
use super::super::sight::{Over, Packet, Pair};
use super::super::stamp;
use super::zeek::{Begun, Table, UNSET, connection, field};
use super::{Exchanged, Keeper};

/// `dns_session_timeout`.
const WAIT_US: i64 = 10_000_000;

const COLUMNS: [(&str, &str); 24] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass", "count"),
    ("qclass_name", "string"),
    ("qtype", "count"),
    ("qtype_name", "string"),
    ("rcode", "count"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("TC", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("Z", "count"),
    ("answers", "vector[string]"),
    ("TTLs", "vector[interval]"),
    ("rejected", "bool"),
];

/// What a row keeps of its query.
#[derive(Clone, Debug)]
struct Query {
    at: Timestamp,
    /// When its connection began.
    first: Timestamp,
    question: Option<(Name, RrType)>,
    desired: bool,
    z: u8,
}

/// Writes `dns.log`.
#[derive(Debug)]
pub(super) struct ZeekDns {
    seed: u64,
    table: Table,
    begun: Begun,
    waiting: HashMap<Key, Query>,
    order: VecDeque<(Timestamp, Key)>,
}

impl ZeekDns {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            table: Table::new("dns", &COLUMNS),
            begun: Begun::default(),
            waiting: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Writes the rows of queries that have waited too long at `now`, or all of them.
    fn give_up(&mut self, out: &mut Out, now: Option<Timestamp>) -> io::Result<()> {
        while let Some(&(at, key)) = self.order.front() {
            let due = at.plus_us(WAIT_US);
            if now.is_some_and(|now| due >= now) {
                break;
            }
            self.order.pop_front();
            if self.waiting.get(&key).is_some_and(|query| query.at == at)
                && let Some(query) = self.waiting.remove(&key)
            {
                self.write(out, due, key, Some(&query), None)?;
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        out: &mut Out,
        now: Timestamp,
        (pair, tcp, id): Key,
        query: Option<&Query>,
        response: Option<&Message>,
    ) -> io::Result<()> {
        let at = query.map_or(now, |query| query.at);
        let first = query.map_or_else(|| self.begun.first(pair, tcp, at), |query| query.first);
        let mut fields = connection(self.seed, at, first, pair);
        fields.push(if tcp { "tcp" } else { "udp" }.to_owned());
        fields.push(id.to_string());
        let rtt = query.filter(|_| response.is_some()).map(|query| stamp::seconds(now.us() - query.at.us()));
        fields.push(rtt.unwrap_or_else(|| UNSET.to_owned()));
        let question = query.map_or_else(|| response.and_then(|m| m.question.as_ref()), |q| q.question.as_ref());
        fields.extend(asked(question));
        fields.extend(answered(query, response));
        self.table.row(out, now, &fields)
    }
}

impl Keeper for ZeekDns {
    fn exchanged(&mut self, out: &mut Out, seen: &Exchanged<'_>) -> io::Result<()> {
        self.give_up(out, Some(seen.at))?;
        if !seen.kept {
            return Ok(());
        }
        let message = seen.message;
        let key = (seen.pair, seen.tcp, message.header.id);
        if message.header.response {
            let query = self.waiting.remove(&key);
            return self.write(out, seen.at, key, query.as_ref(), Some(message));
        }
        let query = Query {
            at: seen.at,
            first: self.begun.first(seen.pair, seen.tcp, seen.at),
            question: message.question.clone(),
            desired: message.header.recursion_desired,
            z: z(message),
        };
        self.order.push_back((seen.at, key));
        match self.waiting.insert(key, query) {
            Some(repeated) => self.write(out, seen.at, key, Some(&repeated), None),
            None => Ok(()),
        }
    }

    fn packet(&mut self, _: &mut Out, packet: &Packet<'_>) -> io::Result<()> {
        self.begun.packet(packet.pair, packet.over != Over::Udp, packet.at);
        Ok(())
    }

    fn over(&mut self, _: &mut Out, pair: Pair, _: Timestamp) -> io::Result<()> {
        self.begun.over(pair);
        Ok(())
    }

    fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        self.give_up(out, None)?;
        self.table.finish(out)
    }
}

/// Name, class and type; Zeek lowers the case of names.
fn asked(question: Option<&(Name, RrType)>) -> [String; 5] {
    match question {
        Some((qname, qtype)) => {
            let kind = match *qtype {
                RrType::ANY => "*".to_owned(),
                qtype => qtype.mnemonic().map_or_else(|| format!("query-{}", qtype.0), str::to_owned),
            };
            [name(qname), "1".to_owned(), "C_INTERNET".to_owned(), qtype.0.to_string(), kind]
        }
        None => core::array::from_fn(|_| UNSET.to_owned()),
    }
}

/// Response code, flags, answers and TTLs.
fn answered(query: Option<&Query>, response: Option<&Message>) -> [String; 10] {
    let flag = |set: bool| if set { "T" } else { "F" }.to_owned();
    let desired = query.is_some_and(|query| query.desired);
    let Some(message) = response else {
        let z = query.map_or(0, |query| query.z).to_string();
        let [code, code_name, answers, ttls] = core::array::from_fn(|_| UNSET.to_owned());
        return [code, code_name, flag(false), flag(false), flag(desired), flag(false), z, answers, ttls, flag(false)];
    };
    let header = &message.header;

    let or_unset = |text: String| if text.is_empty() { UNSET.to_owned() } else { text };
    let texts = message.answers.iter().map(|record| field(&shown(&record.data), true)).collect::<Vec<_>>().join(",");
    let ttls = message.answers.iter().map(|record| format!("{}.000000", record.ttl_s)).collect::<Vec<_>>().join(",");
    let nothing = message.answers.is_empty() && message.authority.is_empty() && message.additional.is_empty();
    [
        header.rcode.0.to_string(),
        header.rcode.to_string(),
        flag(header.authoritative),
        flag(header.truncated),
        flag(desired || header.recursion_desired),
        flag(header.recursion_available),
        z(message).to_string(),
        or_unset(texts),
        or_unset(ttls),
        // A response without any record, not even EDNS, counts as a rejection.
        flag(nothing && message.edns.is_none()),
    ]
}

/// The reserved bit, AD and CD as one number.
fn z(message: &Message) -> u8 {
    u8::from(message.header.authentic_data) << 1 | u8::from(message.header.checking_disabled)
}

/// A record as Zeek shows it among answers.
fn shown(data: &Data) -> Vec<u8> {
    let text = match data {
        Data::A(ip) => ip.to_string(),
        Data::Aaaa(ip) => ip.to_string(),
        Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) => name.key().to_owned(),
        Data::Mx { exchange, .. } => exchange.key().to_owned(),
        Data::Soa(soa) => soa.mname.key().to_owned(),
        Data::Srv { target, .. } => target.key().to_owned(),
        Data::Txt(strings) => {
            let shown = strings.iter().map(|s| [format!("TXT {} ", s.len()).as_bytes(), s].concat());
            return shown.collect::<Vec<_>>().join(&b' ');
        }
        Data::Other { rtype, .. } => format!("<unknown type={}>", rtype.0),
    };
    text.into_bytes()
}

/// A name's octets as a field; the root is empty.
fn name(name: &Name) -> String {
    let mut octets = Vec::with_capacity(name.key().len());
    if name.key() != "." {
        octets.extend(name.key().bytes());
    }
    field(&unescaped(&octets), false)
}

/// The presentation form without its escapes: Zeek writes octets and knows no dots inside labels.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let digits = tail.get(..3).filter(|d| d.iter().all(u8::is_ascii_digit));
        match (first, digits) {
            (b'\\', Some(d)) => {
                let value = d.iter().fold(0u16, |n, d| n * 10 + u16::from(d - b'0'));
                octets.push(u8::try_from(value).unwrap_or(b'?'));
                rest = &tail[3..];
            }
            (b'\\', None) => {
                octets.extend(tail.first());
                rest = tail.get(1..).unwrap_or_default();
            }
            (octet, _) => octets.push(octet),
        }
    }
    octets
}
