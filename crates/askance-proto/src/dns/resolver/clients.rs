//! Questions of clients, and what they are answered.

use core::net::SocketAddr;

use askance_record::{Rcode, RrType, Timestamp};

use super::store::{Answer, Due, canonical};
use super::work::{Asker, End};
use super::{Resolver, Software};
use crate::dns::message::{Header, Message};
use crate::{Cause, Output, StreamId};

/// Octets of an answer over UDP without EDNS (RFC 1035 §4.2.1).
const PLAIN_OCTETS_MAX: u16 = 512;
/// Octets of an answer over UDP that the server itself allows.
const UDP_OCTETS_MAX: u16 = 1232;
/// Most connections of clients; further ones are closed at once.
const SESSIONS_MAX: usize = 1_000;

/// A connection of a client.
#[derive(Debug)]
pub(super) struct Session {
    from: SocketAddr,
    to: SocketAddr,
    cause: Option<Cause>,
    buffer: Vec<u8>,
}

/// Who asked, and how the answer reaches them.
#[derive(Clone, Debug)]
pub(super) struct Client {
    from: SocketAddr,
    to: SocketAddr,
    stream: Option<StreamId>,
    cause: Option<Cause>,
    query: Message,
}

/// The first whole message in the octets of a stream (RFC 1035 §4.2.2), taken out.
pub(super) fn take_framed(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let [high, low, ..] = buffer[..] else { return None };
    let end = 2 + usize::from(u16::from_be_bytes([high, low]));
    let message = buffer.get(2..end)?.to_vec();
    buffer.drain(..end);
    Some(message)
}

/// A message with its length before it.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("an encoded message has at most 65,535 octets");
    [&length.to_be_bytes(), message].concat()
}

impl Resolver {
    pub(super) fn client_datagram(
        &mut self,
        now: Timestamp,
        from: SocketAddr,
        to: SocketAddr,
        octets: &[u8],
        cause: Option<Cause>,
    ) {
        self.client_message(now, from, to, None, octets, cause);
    }

    pub(super) fn accept(&mut self, id: StreamId, from: SocketAddr, to: SocketAddr, cause: Option<Cause>) {
        if self.is_listening(to) && self.sessions.len() < SESSIONS_MAX {
            self.sessions.insert(id, Session { from, to, cause, buffer: Vec::new() });
        } else {
            self.out.push(Output::Close { id });
        }
    }

    pub(super) fn client_octets(&mut self, now: Timestamp, id: StreamId, octets: &[u8]) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.buffer.extend_from_slice(octets);
        }
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some(message) = take_framed(&mut session.buffer) else { break };
            let (from, to, cause) = (session.from, session.to, session.cause);
            self.client_message(now, from, to, Some(id), &message, cause);
        }
    }

    fn client_message(
        &mut self,
        now: Timestamp,
        from: SocketAddr,
        to: SocketAddr,
        stream: Option<StreamId>,
        octets: &[u8],
        cause: Option<Cause>,
    ) {
        let query = match Message::decode(octets) {
            Ok(query) => query,
            Err(_) => match Header::decode(octets) {
                Some(header) => Message { header, ..Message::default() },
                None => return,
            },
        };
        if query.header.response {
            return;
        }
        let client = Client { from, to, stream, cause, query };
        let code = match (&client.query.question, client.query.header.opcode) {
            (_, 1..) | (Some((_, RrType::ANY | RrType::AXFR | RrType::IXFR | RrType::OPT)), _) => Some(Rcode::NOTIMP),
            (None, _) => Some(Rcode::FORMERR),
            _ => None,
        };
        match code {
            Some(code) => self.reply(&client, client.query.response(code)),
            None => self.question(now, client),
        }
    }

    /// A question in good form: from the cache, or by a lookup.
    fn question(&mut self, now: Timestamp, client: Client) {
        let Some((name, qtype)) = &client.query.question else { return };
        let (qname, qtype) = (canonical(name), *qtype);
        let cache = self.pick_cache(client.from.ip());
        let serves_stale = self.config.software == Software::Unbound && self.config.serve_expired_s.is_some();
        let kept = self.stores[cache].answer(now, &qname, qtype).filter(|answer| !answer.is_stale || serves_stale);
        let Some(mut answer) = kept else {
            if client.query.header.recursion_desired {
                let cause = client.cause;
                self.look_up(now, cache, qname, qtype, Asker::Client(Box::new(client)), cause);
            } else {
                self.reply_unknown(&client);
            }
            return;
        };
        let due = core::mem::take(&mut answer.due);
        let is_stale = answer.is_stale;
        self.reply_answer(&client, answer);
        if is_stale || self.config.prefetch {
            for Due { name, qtype, leeway_s } in due {
                self.look_up(now, cache, name, qtype, Asker::Nobody { leeway_s }, client.cause);
            }
        }
    }

    /// Nothing is kept and no recursion is wanted: Unbound refuses, BIND says that it has nothing.
    fn reply_unknown(&mut self, client: &Client) {
        let code = if self.config.software == Software::Unbound { Rcode::REFUSED } else { Rcode::NOERROR };
        self.reply(client, client.query.response(code));
    }

    fn reply_answer(&mut self, client: &Client, answer: Answer) {
        let mut response = client.query.response(answer.rcode);
        response.answers = answer.records;
        response.authority.extend(answer.soa);
        self.reply(client, response);
    }

    /// Answers a client whose lookup has ended.
    pub(super) fn reply_end(&mut self, now: Timestamp, client: &Client, end: &End) {
        let answer = end.answer(now);
        self.reply_answer(client, answer);
    }

    fn reply(&mut self, client: &Client, mut response: Message) {
        response.header.recursion_available = true;
        if let Some(id) = client.stream {
            if self.sessions.contains_key(&id) {
                self.out.push(Output::Write { id, octets: framed(&response.encode()) });
            }
            return;
        }
        let offered = client.query.edns.map_or(PLAIN_OCTETS_MAX, |edns| edns.udp_octets_max);
        let octets_max = offered.clamp(PLAIN_OCTETS_MAX, UDP_OCTETS_MAX);
        self.out.push(Output::Send {
            from: client.to,
            to: client.from,
            octets: response.encode_within(usize::from(octets_max)),
            cause: client.cause,
        });
    }
}
