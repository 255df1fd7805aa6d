//! The server's end of a tunnel: authoritative for its domain, and it answers every frame.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use askance_proto::dns::{Data, Message, Record, Soa};
use askance_proto::{Actor, Cause, Input, Node, Note, Outbox, Output};
use askance_record::{Name, Rcode, RrType, Timestamp};

use super::code::{Answer, Frame, OPENING, POLL, digest};

/// Octets of the server's payload in one answer: with the longest name it fits into 512 octets.
const CHUNK_OCTETS: usize = 180;
/// Chunks that are held because one before them is missing.
const HELD_MAX: usize = 1024;
/// Sessions at a time.
const SESSIONS_MAX: usize = 256;

/// The server's end of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelServerConfig {
    /// Name of the node, unique.
    pub id: String,
    /// Its address; the parent zone delegates `domain` to `ns.` below it, at this address.
    pub address: IpAddr,
    /// The tunnel's domain.
    pub domain: Name,
    /// What every client is sent.
    pub payload: Vec<u8>,
    /// The longest payload that it takes from a client, in octets.
    pub octets_max: u64,
}

/// The server. See [`TunnelServerConfig`].
#[derive(Debug)]
pub struct TunnelServer {
    config: TunnelServerConfig,
    sessions: BTreeMap<u16, Session>,
    outbox: Outbox,
}

#[derive(Debug)]
struct Session {
    octets: u64,
    digest: u64,
    received: Vec<u8>,
    /// The number of the chunk that `received` ends before.
    next: u32,
    held: BTreeMap<u32, Vec<u8>>,
}

impl Session {
    fn is_whole(&self) -> bool {
        self.received.len() as u64 == self.octets && digest(&self.received) == self.digest
    }
}

impl TunnelServer {
    /// The server as a node.
    pub fn node(config: TunnelServerConfig) -> Node {
        Node {
            id: config.id.clone(),
            addresses: vec![config.address],
            listens_udp: vec![SocketAddr::new(config.address, 53)],
            listens_tcp: Vec::new(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// The server.
    pub fn new(config: TunnelServerConfig) -> Self {
        Self { config, sessions: BTreeMap::new(), outbox: Outbox::default() }
    }

    /// What a session's client has sent, once it is whole and its check value agrees.
    pub fn received(&self, session: u16) -> Option<&[u8]> {
        self.sessions.get(&session).filter(|s| s.is_whole()).map(|s| s.received.as_slice())
    }

    /// The name of its name server.
    fn name_server(&self) -> Option<Name> {
        Name::parse(&format!("ns.{}", self.config.domain.key())).ok()
    }

    fn answer(&mut self, query: &Message) -> Message {
        let Some((qname, qtype)) = &query.question else { return query.response(Rcode::FORMERR) };
        if query.header.opcode != 0 {
            return query.response(Rcode::NOTIMP);
        }
        if !qname.is_under(self.config.domain.key()) {
            return query.response(Rcode::REFUSED);
        }
        let mut response = query.response(Rcode::NOERROR);
        response.header.authoritative = true;
        let is_apex = qname.key() == self.config.domain.key();
        let server = self.name_server();
        let data = match *qtype {
            RrType::SOA if is_apex => self.soa(),
            RrType::NS if is_apex => server.map(Data::Ns),
            RrType::A | RrType::AAAA if server.as_ref().is_some_and(|s| s.key() == qname.key()) => {
                match self.config.address {
                    IpAddr::V4(v4) if *qtype == RrType::A => Some(Data::A(v4)),
                    IpAddr::V6(v6) if *qtype == RrType::AAAA => Some(Data::Aaaa(v6)),
                    _ => None,
                }
            }
            RrType::TXT | RrType::NULL => {
                let answer = Frame::read(qname, &self.config.domain).and_then(|frame| self.take(frame));
                answer.map(|a| match *qtype {
                    RrType::TXT => Data::Txt(vec![a.octets()]),
                    rtype => Data::Other { rtype, octets: a.octets() },
                })
            }
            _ => None,
        };
        match data {
            Some(data) => {
                // Frames must not be kept by caches; the rest may be for an hour.
                let ttl_s = if matches!(*qtype, RrType::TXT | RrType::NULL) { 0 } else { 3600 };
                response.answers.push(Record { owner: qname.clone(), ttl_s, data });
            }
            None => {
                let owner = self.config.domain.clone();
                response.authority.extend(self.soa().map(|data| Record { owner, ttl_s: 60, data }));
            }
        }
        response
    }

    fn soa(&self) -> Option<Data> {
        let mname = self.name_server()?;
        let rname = Name::parse(&format!("hostmaster.{}", self.config.domain.key())).ok()?;
        let (serial, refresh_s, retry_s, expire_s, negative_ttl_s) = (1, 7200, 3600, 1_209_600, 60);
        Some(Data::Soa(Box::new(Soa { mname, rname, serial, refresh_s, retry_s, expire_s, negative_ttl_s })))
    }

    /// Takes a frame and says what goes back; `None` where it cannot be taken now.
    fn take(&mut self, frame: Frame) -> Option<Answer> {
        match frame.seq {
            OPENING => self.open(&frame)?,
            POLL => {}
            seq => self.chunk(frame.session, seq, frame.data)?,
        }
        let chunks = u32::try_from(self.config.payload.len().div_ceil(CHUNK_OCTETS)).unwrap_or(u32::MAX);
        let at = usize::try_from(frame.want).unwrap_or(usize::MAX);
        let data = self.config.payload.chunks(CHUNK_OCTETS).nth(at).unwrap_or_default().to_vec();
        Some(Answer { chunks, seq: frame.want, data })
    }

    fn open(&mut self, frame: &Frame) -> Option<()> {
        let (octets, rest) = frame.data.split_first_chunk::<8>()?;
        let (octets, digest) = (u64::from_be_bytes(*octets), u64::from_be_bytes(*rest.first_chunk::<8>()?));
        if self.sessions.contains_key(&frame.session) {
            return Some(());
        }
        if self.sessions.len() >= SESSIONS_MAX || octets > self.config.octets_max {
            return None;
        }
        let session = Session { octets, digest, received: Vec::new(), next: 1, held: BTreeMap::new() };
        self.sessions.insert(frame.session, session);
        Some(())
    }

    fn chunk(&mut self, session: u16, seq: u32, data: Vec<u8>) -> Option<()> {
        let s = self.sessions.get_mut(&session)?;
        if seq < s.next {
            // Had before: the answer was lost.
            return Some(());
        }
        if seq != s.next && s.held.len() >= HELD_MAX {
            return None;
        }
        s.held.insert(seq, data);
        while let Some(data) = s.held.remove(&s.next) {
            if s.received.len() as u64 + data.len() as u64 > s.octets {
                return None;
            }
            s.received.extend_from_slice(&data);
            s.next += 1;
            if s.is_whole() {
                let text = format!("tunnel session {session}: {} octets received whole", s.octets);
                self.outbox.push(Output::Note(Note::Story(text)));
            }
        }
        Some(())
    }

    fn datagram(&mut self, from: SocketAddr, to: SocketAddr, octets: &[u8], cause: Option<Cause>) {
        // What cannot be read is not answered; this server serves its own clients only.
        let Ok(query) = Message::decode(octets) else { return };
        if query.header.response {
            return;
        }
        let limit = query.edns.map_or(512, |e| e.udp_octets_max.max(512));
        let octets = self.answer(&query).encode_within(usize::from(limit));
        self.outbox.push(Output::Send { from: to, to: from, octets, cause });
    }
}

impl Actor for TunnelServer {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        if let Input::Datagram { from, to, octets, cause } = input {
            self.datagram(from, to, octets, cause);
        }
    }

    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(None)
    }
}
