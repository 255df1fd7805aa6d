//! Queries under way to name servers: sent, answered, timed out.

use core::net::{IpAddr, SocketAddr};

use askance_record::{Name, Rcode, RrType, Timestamp};

use super::clients::{framed, take_framed};
use super::{DNS_PORT, Resolver, Software};
use crate::dns::message::{Edns, Message};
use crate::{Cause, Output, StreamId};

/// The lowest port that queries are sent from.
const PORT_MIN: u16 = 1_024;
/// How many ports there are from [`PORT_MIN`] on.
const PORTS: u64 = 64_512;
/// Most octets kept of a stream that completes no message.
const STREAM_OCTETS_MAX: usize = 1 << 17;
/// Shortest and longest wait for an answer, in microseconds (Unbound's `RTT_MIN_TIMEOUT` and `PROBE_MAXRTO`).
pub(super) const WAIT_US: (i64, i64) = (50_000, 12_000_000);
/// Wait for a connection and its answer, in microseconds.
const STREAM_WAIT_US: i64 = 3_000_000;

/// A query under way.
#[derive(Debug)]
pub(super) struct Exchange {
    task: u64,
    /// Further lookups that wait for the same answer.
    joined: Vec<u64>,
    cache: usize,
    own: SocketAddr,
    server: SocketAddr,
    id: u16,
    name: Name,
    qtype: RrType,
    has_edns: bool,
    cause: Option<Cause>,
    sent_at: Timestamp,
    due: Timestamp,
    stream: Option<(StreamId, Vec<u8>)>,
}

/// What is to be asked of whom.
pub(super) struct Demand {
    pub(super) task: u64,
    pub(super) cache: usize,
    pub(super) own: IpAddr,
    pub(super) server: IpAddr,
    pub(super) name: Name,
    pub(super) qtype: RrType,
    pub(super) cause: Option<Cause>,
    /// How long the answer is waited for, in microseconds; `None`: by what is known of the server.
    pub(super) wait_us: Option<i64>,
    /// When the whole lookup ends.
    pub(super) deadline: Timestamp,
}

/// What is asked of which server by which cache.
pub(super) type Kind = (usize, IpAddr, Name, RrType);

impl Exchange {
    fn kind(&self) -> Kind {
        (self.cache, self.server.ip(), self.name.clone(), self.qtype)
    }

    /// Everyone who waits for the answer.
    fn tasks(&self) -> impl Iterator<Item = u64> + use<> {
        core::iter::once(self.task).chain(self.joined.clone())
    }

    fn query(&self, recursion_desired: bool) -> Vec<u8> {
        let mut query = Message::query(self.id, self.name.clone(), self.qtype);
        query.header.recursion_desired = recursion_desired;
        query.edns = self.has_edns.then(|| Edns { dnssec_ok: true, ..Edns::default() });
        query.encode()
    }

    /// True where a message answers the query. Port and server are the caller's to compare.
    fn is_answered_by(&self, message: &Message) -> bool {
        let is_same = |(name, qtype): &(Name, RrType)| name.key() == self.name.key() && *qtype == self.qtype;
        // A server that cannot read the query may leave the question out.
        let is_asked = match &message.question {
            Some(question) => is_same(question),
            None => message.header.rcode == Rcode::FORMERR,
        };
        message.header.response && message.header.id == self.id && is_asked
    }
}

impl Resolver {
    /// The address that a cache asks a server from.
    pub(super) fn egress(&self, cache: usize, server: IpAddr) -> Option<IpAddr> {
        let all = if self.config.egress.is_empty() { &self.config.addresses } else { &self.config.egress };
        let fitting: Vec<IpAddr> = all.iter().copied().filter(|ip| ip.is_ipv4() == server.is_ipv4()).collect();
        fitting.get(cache % fitting.len().max(1)).copied()
    }

    /// Sends a query. Unbound has only one query of a kind under way to a server, and all who want it share the
    /// answer (`outnet_serviced_query`).
    pub(super) fn send(&mut self, now: Timestamp, demand: Demand) {
        if self.config.software == Software::Unbound {
            let same = (demand.cache, demand.server, demand.name.clone(), demand.qtype);
            let under_way = self.shared.get(&same).and_then(|key| self.exchanges.get_mut(key));
            if let Some(exchange) = under_way {
                exchange.joined.push(demand.task);
                return;
            }
        }
        let known = self.stores[demand.cache].server(now, demand.server, self.config.timeout_ms, &mut self.rng);
        let wait_us = demand.wait_us.unwrap_or(known.timeout_us);
        let mut port = PORT_MIN;
        for _ in 0..1_000 {
            port = PORT_MIN + u16::try_from(self.rng.below(PORTS)).expect("below 64,512");
            if !self.exchanges.contains_key(&(demand.own, port)) {
                break;
            }
        }
        let exchange = Exchange {
            task: demand.task,
            joined: Vec::new(),
            cache: demand.cache,
            own: SocketAddr::new(demand.own, port),
            server: SocketAddr::new(demand.server, DNS_PORT),
            id: u16::try_from(self.rng.below(1 << 16)).expect("16 bits"),
            name: demand.name,
            qtype: demand.qtype,
            has_edns: !known.is_plain,
            cause: demand.cause,
            sent_at: now,
            due: now.plus_us(wait_us).min(demand.deadline),
            stream: None,
        };
        self.out.push(Output::Send {
            from: exchange.own,
            to: exchange.server,
            octets: exchange.query(self.is_forwarder()),
            cause: exchange.cause,
        });
        self.keep(exchange);
    }

    pub(super) fn is_forwarder(&self) -> bool {
        !self.config.forward_to.is_empty()
    }

    fn keep(&mut self, exchange: Exchange) {
        let key = (exchange.own.ip(), exchange.own.port());
        self.due.insert((exchange.due, key.0, key.1));
        if let Some((id, _)) = &exchange.stream {
            self.opened.insert(*id, key);
        }
        self.shared.insert(exchange.kind(), key);
        self.exchanges.insert(key, exchange);
    }

    fn drop_exchange(&mut self, key: (IpAddr, u16)) -> Option<Exchange> {
        let exchange = self.exchanges.remove(&key)?;
        self.due.remove(&(exchange.due, key.0, key.1));
        if self.shared.get(&exchange.kind()) == Some(&key) {
            self.shared.remove(&exchange.kind());
        }
        if let Some((id, _)) = &exchange.stream {
            self.opened.remove(id);
        }
        Some(exchange)
    }

    pub(super) fn server_datagram(&mut self, now: Timestamp, from: SocketAddr, to: SocketAddr, octets: &[u8]) {
        let key = (to.ip(), to.port());
        let expected = self.exchanges.get(&key).filter(|e| e.server == from && e.stream.is_none());
        let message = Message::decode(octets).ok();
        let answered = expected.zip(message).filter(|(exchange, message)| exchange.is_answered_by(message));
        let Some((_, message)) = answered else {
            self.strays += 1;
            return;
        };
        let Some(exchange) = self.drop_exchange(key) else { return };
        self.learn_answered(now, &exchange);
        if message.header.truncated {
            self.ask_by_stream(now, exchange);
        } else {
            self.answered(now, &exchange, &message);
        }
    }

    fn answered(&mut self, now: Timestamp, exchange: &Exchange, message: &Message) {
        let rcode = message.header.rcode;
        if exchange.has_edns && matches!(rcode, Rcode::FORMERR | Rcode::NOTIMP) {
            let ip = exchange.server.ip();
            let known = self.stores[exchange.cache].server(now, ip, self.config.timeout_ms, &mut self.rng);
            self.stores[exchange.cache].put_server(now, ip, super::store::Server { is_plain: true, ..known });
            self.nobody_answered(exchange, true);
        } else {
            for task in exchange.tasks() {
                self.receive(now, task, exchange.server.ip(), message);
            }
        }
    }

    /// - `is_free`: the try does not count
    fn nobody_answered(&mut self, exchange: &Exchange, is_free: bool) {
        for task in exchange.tasks() {
            self.unanswered(task, exchange.server.ip(), is_free);
        }
    }

    /// The same query over TCP, after a truncated answer.
    fn ask_by_stream(&mut self, now: Timestamp, exchange: Exchange) {
        let id = StreamId::opened(self.next_stream);
        self.next_stream += 1;
        let (from, to, cause) = (exchange.own.ip(), exchange.server, exchange.cause);
        self.out.push(Output::Connect { id, from, to, cause });
        self.keep(Exchange { stream: Some((id, Vec::new())), due: now.plus_us(STREAM_WAIT_US), ..exchange });
    }

    pub(super) fn stream_connected(&mut self, id: StreamId) {
        let Some(exchange) = self.opened.get(&id).and_then(|key| self.exchanges.get(key)) else { return };
        let octets = framed(&exchange.query(self.is_forwarder()));
        self.out.push(Output::Write { id, octets });
    }

    pub(super) fn stream_octets(&mut self, now: Timestamp, id: StreamId, octets: &[u8]) {
        let Some(&key) = self.opened.get(&id) else { return };
        let Some(Exchange { stream: Some((_, buffer)), .. }) = self.exchanges.get_mut(&key) else { return };
        buffer.extend_from_slice(octets);
        let is_flood = buffer.len() > STREAM_OCTETS_MAX;
        let Some(message) = take_framed(buffer) else {
            if is_flood {
                self.out.push(Output::Close { id });
                self.stream_gone(now, id);
            }
            return;
        };
        self.out.push(Output::Close { id });
        let Some(exchange) = self.drop_exchange(key) else { return };
        match Message::decode(&message) {
            Ok(message) if exchange.is_answered_by(&message) => self.answered(now, &exchange, &message),
            _ => self.nobody_answered(&exchange, false),
        }
    }

    pub(super) fn stream_gone(&mut self, now: Timestamp, id: StreamId) {
        let Some(exchange) = self.opened.get(&id).copied().and_then(|key| self.drop_exchange(key)) else { return };
        self.learn_silent(now, &exchange);
        self.nobody_answered(&exchange, false);
    }

    /// Goes on with every query whose time is up.
    pub(super) fn time_out(&mut self, now: Timestamp) {
        while let Some(&(due, ip, port)) = self.due.first()
            && due <= now
        {
            let Some(exchange) = self.drop_exchange((ip, port)) else {
                self.due.pop_first();
                continue;
            };
            if let Some((id, _)) = exchange.stream {
                self.out.push(Output::Close { id });
            }
            self.learn_silent(now, &exchange);
            self.nobody_answered(&exchange, false);
        }
    }

    /// A round trip was seen: mean and spread of it (RFC 6298 §2), as Unbound keeps them; BIND takes 7 parts
    /// of the old mean and 3 of the new.
    fn learn_answered(&mut self, now: Timestamp, exchange: &Exchange) {
        let seen_us = (now.us() - exchange.sent_at.us()).max(1);
        let ip = exchange.server.ip();
        let store = &mut self.stores[exchange.cache];
        let mut server = store.server(now, ip, self.config.timeout_ms, &mut self.rng);
        let is_first = server.spread_us == 0;
        (server.srtt_us, server.spread_us) = if is_first {
            (seen_us, (seen_us / 2).max(1))
        } else if self.config.software == Software::Bind {
            ((server.srtt_us * 7 + seen_us * 3) / 10, server.spread_us)
        } else {
            let off_us = (server.srtt_us - seen_us).abs();
            ((server.srtt_us * 7 + seen_us) / 8, ((server.spread_us * 3 + off_us) / 4).max(1))
        };
        server.timeout_us = (server.srtt_us + 4 * server.spread_us).clamp(WAIT_US.0, WAIT_US.1);
        store.put_server(now, ip, server);
    }

    /// A server kept silent: it has twice the time at its next query, and is a slow one.
    fn learn_silent(&mut self, now: Timestamp, exchange: &Exchange) {
        let ip = exchange.server.ip();
        let store = &mut self.stores[exchange.cache];
        let mut server = store.server(now, ip, self.config.timeout_ms, &mut self.rng);
        server.timeout_us = (server.timeout_us * 2).min(WAIT_US.1);
        server.srtt_us = match self.config.software {
            Software::Unbound => server.timeout_us,
            Software::Bind => (server.srtt_us + 200_000).min(10_000_000),
        };
        store.put_server(now, ip, server);
    }
}
