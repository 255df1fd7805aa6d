//! Queries and the responses that belong to them.
//!
//! A response belongs to the oldest waiting query between the same addresses and
//! ports, with the same identifier, name, type and class. A query waits for
//! [`WAIT_US`] by the capture's clock; then, or when too many wait, or at the end
//! of the input, it comes out alone. Rows therefore come out in the order in which
//! their exchange was completed or given up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use askance_record::{At, Batch, Flags, Host, Ledger, Lookup, Rows, RrType, Side, Timestamp, Transport, Vantage};

use super::aged::{Aged, Index};
use super::wire::{Message, Subject};

/// How long a query waits for its response, microseconds of the capture's clock.
const WAIT_US: u64 = 30_000_000;

/// How many waiting queries of one identifier between the same two ports are compared with a response.
/// More than one such query with different names at a time is a sign of intent.
const COMPARED_MAX: usize = 64;

/// How many rows one call of [`Exchange::expire`] gives up on.
const EXPIRED_AT_ONCE: usize = 64;

/// How a message was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) at: At,
    pub(crate) ts: Timestamp,
    pub(crate) src: Option<IpAddr>,
    pub(crate) dst: Option<IpAddr>,
    pub(crate) src_port: Option<u16>,
    pub(crate) dst_port: Option<u16>,
    pub(crate) transport: Option<Transport>,
    pub(crate) told: Option<Told>,
}

/// What a server says of a message of its own; nobody does of one seen on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) vantage: Vantage,
    /// Only messages of one place of the server are matched, 1 to 15.
    pub(crate) place: u8,
    /// When the query was seen to which the message belongs.
    pub(crate) asked_at: Option<Timestamp>,
}

/// Client and server, their ports, identifier, transport and place.
type Key = [u8; 39];

#[derive(Debug)]
struct Waiting {
    lookup: Lookup,
    key: Key,
    /// The next younger query of the same key.
    next: Option<Index>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { lookup: Lookup::default(), key: [0; 39], next: None }
    }
}

/// Waiting queries of one key, oldest first.
#[derive(Clone, Copy, Debug)]
struct Chain {
    head: Index,
    tail: Index,
}

const RD_ASSUMED: &str = "the vantage was told from each message: with RD set, between a client and its resolver; \
                          without, between a resolver and name servers";
const CUT_ASSUMED: &str =
    "snaplen: the capture kept only the beginning of some packets; what stood beyond is not in their lookups";
const TC_ASSUMED: &str =
    "some responses were truncated by their servers inside a record; the records before it are kept";
const TRANSFER_ASSUMED: &str = "of a zone transfer only the first message's records are kept";
const BACKWARDS_ASSUMED: &str = "some responses are stamped before their queries; no round-trip time is given for them";

/// Matches responses to queries and turns both into rows.
pub(crate) struct Exchange {
    vantage: Option<Vantage>,
    pending_max: usize,
    waiting: Aged<Waiting>,
    chains: HashMap<Key, Chain>,
    message: Message,
    /// Rows that wait for room in a batch, from `sent` on.
    ready: Rows<Lookup>,
    sent: usize,
    /// The row that came out last, to recognise its repetition.
    last: Lookup,
    /// Whose zone transfer is under way: its further messages have no question of their own (RFC 5936 §2.2).
    transfer: Option<Key>,
    /// True where a message came whose vantage nobody told.
    has_untold: bool,
    /// Assumptions noted already, so that the ledger is not searched for each row.
    noted: [bool; 5],
}

impl Exchange {
    pub(crate) fn new(vantage: Option<Vantage>, pending_max: usize) -> Self {
        Self {
            vantage,
            pending_max: pending_max.max(1),
            waiting: Aged::default(),
            chains: HashMap::new(),
            message: Message::default(),
            ready: Rows::default(),
            sent: 0,
            transfer: None,
            last: Lookup { id: None, ..Lookup::default() },
            has_untold: false,
            noted: [false; 5],
        }
    }

    /// Takes one message; `cut` says that the capture kept only its beginning.
    pub(crate) fn take(&mut self, seen: &Seen, octets: &[u8], cut: bool, ledger: &mut Ledger) {
        match self.message.read(octets, cut) {
            Err(reason) => super::reject(ledger, reason, seen.at, octets),
            Ok(Subject::Other(what)) => ledger.unrelated(what, seen.at, b""),
            Ok(Subject::Lookup) => {
                self.has_untold |= seen.told.is_none();
                if self.message.rest_missing {
                    let (n, what) = if cut { (1, CUT_ASSUMED) } else { (2, TC_ASSUMED) };
                    self.note(n, what, ledger);
                }
                for _ in 1..self.message.questions {
                    ledger.unrelated("question after the first of its message", seen.at, b"");
                }
                if self.message.is_response {
                    self.take_response(seen, octets, ledger);
                } else if self.message.questions == 0 {
                    super::reject(ledger, "query without a question", seen.at, octets);
                } else {
                    self.take_query(seen, ledger);
                }
            }
        }
    }

    fn take_query(&mut self, seen: &Seen, ledger: &mut Ledger) {
        while self.waiting.len() >= self.pending_max {
            self.give_up_oldest(ledger);
        }
        let key = key(seen, self.message.id, false);
        let index = self.waiting.push();
        let waiting = self.waiting.get_mut(index);
        (waiting.key, waiting.next) = (key, None);
        fill(&mut waiting.lookup, seen, &mut self.message, self.vantage);
        match self.chains.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Chain { head: index, tail: index });
            }
            Entry::Occupied(mut entry) => {
                let tail = core::mem::replace(&mut entry.get_mut().tail, index);
                self.waiting.get_mut(tail).next = Some(index);
            }
        }
    }

    fn take_response(&mut self, seen: &Seen, octets: &[u8], ledger: &mut Ledger) {
        let key = key(seen, self.message.id, true);
        if let Some(index) = self.find(&key, seen.ts) {
            let row = self.ready.push();
            core::mem::swap(row, &mut self.waiting.get_mut(index).lookup);
            self.waiting.remove(index);
            row.side = Side::Both;
            row.rtt_us = u64::try_from(seen.ts.us() - row.ts.us()).ok();
            answer(row, &mut self.message);
            if matches!(row.qtype, Some(RrType::AXFR | RrType::IXFR)) {
                self.transfer = Some(key);
            }
            ledger.units_in += 1;
            ledger.paired += 1;
            let backwards = row.rtt_us.is_none();
            if backwards {
                self.note(3, BACKWARDS_ASSUMED, ledger);
            }
        } else if self.message.questions == 0 && self.transfer == Some(key) {
            ledger.units_in += 1;
            ledger.paired += 1;
            self.note(4, TRANSFER_ASSUMED, ledger);
            return;
        } else if self.message.questions == 0 {
            super::reject(ledger, "response without a question or a query", seen.at, octets);
            return;
        } else {
            let row = self.ready.push();
            fill(row, seen, &mut self.message, self.vantage);
            row.side = Side::Response;
            answer(row, &mut self.message);
            if let Some(asked_at) = seen.told.and_then(|told| told.asked_at) {
                row.ts = asked_at;
                row.rtt_us = u64::try_from(seen.ts.us() - asked_at.us()).ok();
                let backwards = row.rtt_us.is_none();
                if backwards {
                    self.note(3, BACKWARDS_ASSUMED, ledger);
                }
            }
        }
        self.came_out(ledger);
    }

    /// True where a query with this identifier waits already, as seen or as told by another message.
    pub(crate) fn awaits(&self, query: &Seen, octets: &[u8]) -> bool {
        let Some(&[high, low]) = octets.first_chunk() else { return false };
        self.chains.contains_key(&key(query, u16::from_be_bytes([high, low]), false))
    }

    /// Unchains the oldest waiting query that the message answers.
    fn find(&mut self, key: &Key, now: Timestamp) -> Option<Index> {
        let chain = *self.chains.get(key)?;
        let (mut before, mut index) = (None, chain.head);
        for _ in 0..COMPARED_MAX {
            let waiting = self.waiting.get(index);
            let (asked, said) = (&waiting.lookup, &self.message);
            let same = said.questions == 0
                || (asked.qtype == said.qtype && asked.qclass == said.qclass && asked.qname.key() == said.qname.key());
            if same && asked.ts.us().abs_diff(now.us()) <= WAIT_US {
                self.unchain(key, chain, before, index);
                return Some(index);
            }
            (before, index) = (Some(index), waiting.next?);
        }
        None
    }

    fn unchain(&mut self, key: &Key, chain: Chain, before: Option<Index>, index: Index) {
        let next = self.waiting.get(index).next;
        let chain = match (before, next) {
            (None, None) => {
                self.chains.remove(key);
                return;
            }
            (None, Some(next)) => Chain { head: next, ..chain },
            (Some(before), next) => {
                self.waiting.get_mut(before).next = next;
                Chain { tail: next.map_or(before, |_| chain.tail), ..chain }
            }
        };
        self.chains.insert(*key, chain);
    }

    /// Gives up on a few queries that have waited too long at `now`.
    pub(crate) fn expire(&mut self, now: Timestamp, ledger: &mut Ledger) {
        for _ in 0..EXPIRED_AT_ONCE {
            let Some(oldest) = self.waiting.oldest() else { return };
            // A clock that was set back must not keep queries waiting for ever either.
            if self.waiting.get(oldest).lookup.ts.us().abs_diff(now.us()) <= WAIT_US {
                return;
            }
            self.give_up_oldest(ledger);
        }
    }

    /// Gives up on a few queries; false where none waits.
    pub(crate) fn give_up(&mut self, ledger: &mut Ledger) -> bool {
        for _ in 0..EXPIRED_AT_ONCE {
            self.give_up_oldest(ledger);
        }
        self.waiting.len() > 0 || self.sent < self.ready.len()
    }

    fn give_up_oldest(&mut self, ledger: &mut Ledger) {
        let Some(index) = self.waiting.oldest() else { return };
        let key = self.waiting.get(index).key;
        // Chains and ages run in the same order, so the oldest of all heads its chain.
        let chain = *self.chains.get(&key).expect("a waiting query is chained");
        self.unchain(&key, chain, None, index);
        let row = self.ready.push();
        core::mem::swap(row, &mut self.waiting.get_mut(index).lookup);
        self.waiting.remove(index);
        self.came_out(ledger);
    }

    /// Accounts for the row last pushed.
    fn came_out(&mut self, ledger: &mut Ledger) {
        ledger.units_in += 1;
        ledger.lookups += 1;
        let row = self.ready.as_slice().last().expect("a row was pushed");
        let last = &mut self.last;
        if row.ts == last.ts
            && (row.client_port, row.id, row.qtype) == (last.client_port, last.id, last.qtype)
            && row.client == last.client
            && row.server == last.server
            && row.qname.key() == last.qname.key()
        {
            ledger.duplicates += 1;
        } else {
            last.ts = row.ts;
            (last.client_port, last.id, last.qtype) = (row.client_port, row.id, row.qtype);
            last.client.clone_from(&row.client);
            last.server.clone_from(&row.server);
            last.qname.clone_from(&row.qname);
        }
        if self.vantage.is_none() && self.has_untold {
            self.note(0, RD_ASSUMED, ledger);
        }
    }

    /// Queries that wait, and rows that wait for room.
    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.waiting.len(), self.ready.len() - self.sent)
    }

    fn note(&mut self, n: usize, what: &'static str, ledger: &mut Ledger) {
        if !self.noted[n] {
            self.noted[n] = true;
            ledger.assume(what);
        }
    }

    /// Moves rows into `batch` while it has room; true where none is left.
    pub(crate) fn send(&mut self, batch: &mut Batch) -> bool {
        let mut room = batch.room();
        while self.sent < self.ready.len() && room > 0 {
            core::mem::swap(batch.lookups.push(), &mut self.ready.as_mut_slice()[self.sent]);
            self.sent += 1;
            room -= 1;
        }
        let all = self.sent == self.ready.len();
        if all {
            self.ready.clear();
            self.sent = 0;
        }
        all
    }
}

fn key(seen: &Seen, id: u16, is_response: bool) -> Key {
    let (client, server, client_port, server_port) = if is_response {
        (seen.dst, seen.src, seen.dst_port, seen.src_port)
    } else {
        (seen.src, seen.dst, seen.src_port, seen.dst_port)
    };
    let mut key = [0; 39];
    key[..16].copy_from_slice(&client.map_or([0; 16], super::packet::octets));
    key[16..32].copy_from_slice(&server.map_or([0; 16], super::packet::octets));
    key[32..34].copy_from_slice(&client_port.unwrap_or(0).to_be_bytes());
    key[34..36].copy_from_slice(&server_port.unwrap_or(0).to_be_bytes());
    key[36..38].copy_from_slice(&id.to_be_bytes());
    let transport = seen.transport.map_or(0, |transport| 1 + transport as u8);
    key[38] = transport << 4 | seen.told.map_or(0, |told| told.place);
    key
}

/// Fills a row with what both a query and a response say.
fn fill(row: &mut Lookup, seen: &Seen, message: &mut Message, vantage: Option<Vantage>) {
    let (client, client_port, server) =
        if message.is_response { (seen.dst, seen.dst_port, seen.src) } else { (seen.src, seen.src_port, seen.dst) };
    row.ts = seen.ts;
    row.at = seen.at;
    row.vantage = vantage.or(seen.told.map(|told| told.vantage)).unwrap_or(if message.flags.contains(Flags::RD) {
        Vantage::ResolverClient
    } else {
        Vantage::ResolverUpstream
    });
    row.client = client.map_or(Host::Unknown, Host::from);
    row.client_port = client_port;
    row.server = server.map_or(Host::Unknown, Host::from);
    row.transport = seen.transport;
    row.id = Some(message.id);
    core::mem::swap(&mut row.qname, &mut message.qname);
    row.qtype = message.qtype;
    row.qclass = message.qclass;
    row.side = Side::Query;
    row.rcode = None;
    row.flags = Some(message.flags);
    row.answers.clear();
    row.answers_known = false;
    (row.ttl_min_s, row.negative_ttl_s, row.rtt_us) = (None, None, None);
    row.cached = None;
    row.count = 1;
}

/// Adds what only a response says.
fn answer(row: &mut Lookup, message: &mut Message) {
    /// What the query says of itself: what it desires and with which EDNS facts.
    const OF_QUERY: u16 = Flags::RD.bits()
        | Flags::DO.bits()
        | Flags::EDNS.bits()
        | Flags::COOKIE.bits()
        | Flags::SIGNED.bits()
        | Flags::ECS.bits();
    if let (Side::Both, Some(asked)) = (row.side, row.flags) {
        let said = message.flags.bits() & !OF_QUERY;
        row.flags = Some(Flags::from_bits(said | asked.bits() & OF_QUERY));
    }
    row.rcode = message.rcode;
    core::mem::swap(&mut row.answers, &mut message.answers);
    row.answers_known = message.answers_whole;
    row.ttl_min_s = message.ttl_min_s;
    row.negative_ttl_s = message.negative_ttl_s;
}

#[cfg(test)]
mod tests;
