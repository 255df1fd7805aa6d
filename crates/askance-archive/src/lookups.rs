//! Lookups on their way to a file: copied into flat rows, sorted, counted, written.

mod columns;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use askance_record::{Flags, Host, Lookup, Rcode, RrClass, RrType, Side, Transport, Unit, Vantage, write_answers};

use crate::intern::{Interner, Texts};

pub(crate) use columns::Columns;

/// Texts of a chunk may take this many octets before it is written, however few its rows.
const TEXT_OCTETS_MAX: usize = 64 << 20;

/// Everything of a lookup but its instant and position; texts by number, 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Facts {
    qname: u32,
    client: u32,
    raw: u32,
    server: u32,
    answers: u32,
    count: u32,
    rtt_us: Option<u64>,
    ttl_min_s: Option<u32>,
    negative_ttl_s: Option<u32>,
    client_port: Option<u16>,
    id: Option<u16>,
    qtype: Option<RrType>,
    qclass: Option<RrClass>,
    rcode: Option<Rcode>,
    flags: Option<Flags>,
    transport: Option<Transport>,
    cached: Option<bool>,
    vantage: Vantage,
    side: Side,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    ts: i64,
    at_byte: u64,
    at_unit: u64,
    at_frame: bool,
    facts: Facts,
}

/// Some of the lookups of a source, in memory.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    rows: Vec<Row>,
    names: Interner,
    /// For each name its labels from the right, the sort key.
    reversed: Texts,
    words: Interner,
    addresses: HashMap<IpAddr, u32>,
    scratch: String,
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// True where the texts take so much room that the chunk should be written.
    pub(crate) fn is_heavy(&self) -> bool {
        let held = self.names.octets_held() + self.reversed.octets_held() + self.words.octets_held();
        held >= TEXT_OCTETS_MAX
    }

    pub(crate) fn push(&mut self, lookup: &Lookup) {
        let (qname, new) = self.names.intern(lookup.qname.key());
        if new {
            // Labels hold printable octets only, so NUL sorts a zone before what is below it.
            let labels: Vec<&str> = lookup.qname.labels().collect();
            self.reversed.push(labels.iter().rev().flat_map(|label| [label, "\0"]));
        }
        let (at_frame, at_unit) = match lookup.at.unit {
            Unit::Line(n) => (false, n),
            Unit::Frame(n) => (true, n),
        };
        let facts = Facts {
            qname,
            client: self.host(&lookup.client),
            raw: lookup.qname.raw_if_different().map_or(0, |raw| self.words.intern(raw).0),
            server: self.host(&lookup.server),
            answers: self.answers(lookup),
            count: lookup.count,
            rtt_us: lookup.rtt_us,
            ttl_min_s: lookup.ttl_min_s,
            negative_ttl_s: lookup.negative_ttl_s,
            client_port: lookup.client_port,
            id: lookup.id,
            qtype: lookup.qtype,
            qclass: lookup.qclass,
            rcode: lookup.rcode,
            flags: lookup.flags,
            transport: lookup.transport,
            cached: lookup.cached,
            vantage: lookup.vantage,
            side: lookup.side,
        };
        self.rows.push(Row { ts: lookup.ts.us(), at_byte: lookup.at.byte, at_unit, at_frame, facts });
    }

    fn host(&mut self, host: &Host) -> u32 {
        match host {
            Host::Unknown => 0,
            Host::Named(text) => self.words.intern(text).0,
            Host::Ip(ip) => {
                if let Some(&number) = self.addresses.get(ip) {
                    return number;
                }
                self.scratch.clear();
                write!(self.scratch, "{ip}").expect("writing to a String cannot fail");
                let number = self.words.intern(&self.scratch).0;
                self.addresses.insert(*ip, number);
                number
            }
        }
    }

    fn answers(&mut self, lookup: &Lookup) -> u32 {
        if !lookup.answers_known && lookup.answers.is_empty() {
            return 0;
        }
        self.scratch.clear();
        write_answers(&lookup.answers, &mut self.scratch);
        self.words.intern(&self.scratch).0
    }

    /// The rows' numbers in the order of the file, and how many rows equal an earlier one
    /// in everything but their position.
    ///
    /// - `group_rows`: rows of a row group, which is a range of names in order of time
    pub(crate) fn sort(&self, group_rows: usize) -> (Vec<u32>, u64) {
        let names = ranks(self.names.len(), 0..self.names.len(), |i| self.reversed.get(i));
        let mut clients: Vec<usize> = self.rows.iter().map(|r| r.facts.client as usize).filter(|&c| c > 0).collect();
        clients.sort_unstable();
        clients.dedup();
        let clients = ranks(self.words.len(), clients.into_iter().map(|c| c - 1), |i| {
            self.words.get(u32::try_from(i + 1).expect("numbers are u32"))
        });
        let mut keys: Vec<(u64, i64, u32)> = Vec::with_capacity(self.rows.len());
        for (i, row) in self.rows.iter().enumerate() {
            let name = names[row.facts.qname as usize - 1];
            let client = if row.facts.client == 0 { 0 } else { clients[row.facts.client as usize - 1] };
            let i = u32::try_from(i).expect("a chunk has fewer than 2^32 rows");
            keys.push((u64::from(name) << 32 | u64::from(client), row.ts, i));
        }
        keys.sort_unstable();
        let duplicates = self.duplicates(&keys);
        for group in keys.chunks_mut(group_rows) {
            group.sort_unstable_by_key(|&(_, ts, i)| (ts, i));
        }
        (keys.into_iter().map(|(_, _, i)| i).collect(), duplicates)
    }

    fn duplicates(&self, keys: &[(u64, i64, u32)]) -> u64 {
        let mut same: Vec<Facts> = Vec::new();
        let mut duplicates = 0;
        for run in keys.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|run| run.len() > 1) {
            same.clear();
            same.extend(run.iter().map(|&(_, _, i)| self.rows[i as usize].facts));
            same.sort_unstable();
            duplicates += same.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
        }
        duplicates
    }
}

/// For the texts numbered in `which` their rank from 1 in the order of `text`; 0 for the others.
fn ranks<'a>(len: usize, which: impl Iterator<Item = usize>, text: impl Fn(usize) -> &'a str) -> Vec<u32> {
    let mut order: Vec<usize> = which.collect();
    order.sort_unstable_by(|&a, &b| text(a).cmp(text(b)));
    let mut ranks = vec![0; len];
    for (rank, i) in (1..).zip(order) {
        ranks[i] = rank;
    }
    ranks
}
