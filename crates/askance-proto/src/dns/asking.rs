//! One question to real resolvers, until one of them has an answer: what `askance posture` asks live.
//!
//! [`Stub`](super::Stub) does as the GNU C library does, with its weak spots. This one is made for answers that are
//! relied on: each try has a fresh identifier and a fresh mixture of upper and lower case in the name (DNS 0x20),
//! both of which a forged answer has to guess; what is truncated, or comes back in another spelling, is asked again
//! over TCP; EDNS is left off where a server does not understand it. The driver owns the sockets: it takes a new
//! one, with a port of the system's choice, for each try.
//!
//! # Source
//! RFC 5452 §9.2 (what an answer has to match), RFC 7766 §5 (TCP after truncation), RFC 6891 §7 (servers without EDNS),
//! RFC 2308 §2.2 and §7 (absence, referrals, failures), draft-vixie-dnsext-dns0x20-00 (spelling),
//! RFC 6840 §5.7 (AD in a query).

use askance_record::{Name, Rcode, Rng};

use super::message::{Data, Header, Message, Record};
use super::stub;
use crate::{Outcome, Question, Reply};

/// How often the list of servers is gone through: patience in microseconds of each round.
const ROUNDS_US: [i64; 3] = [2_000_000, 3_000_000, 5_000_000];
/// Patience for a whole exchange over TCP, in microseconds.
const STREAM_US: i64 = 6_000_000;

/// How octets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// One datagram each way, from a new port; datagrams of others are not shown to [`Asking::heard`].
    Udp,
    /// A connection; the two octets of length are the driver's.
    Tcp,
}

/// What an [`Asking`] wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskingStep {
    /// Send this, and say what comes back: [`Asking::heard`], or [`Asking::silent`] when nothing of use did.
    Send {
        /// Which server, from 0.
        server: usize,
        /// How.
        over: Over,
        /// The query.
        octets: Vec<u8>,
        /// How long to wait for the answer, in microseconds.
        patience_us: i64,
    },
    /// It is over.
    Done(Heard),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The answer. Names of records are in lower case, since the case that comes back is ours; records of a set are
    /// in the order of their text, since servers turn sets around.
    pub reply: Reply,
    /// The resolver says that it has validated the answer (AD).
    pub authentic: bool,
    /// Messages that were not answers to the question: late, forged or broken ones.
    pub strays: u32,
}

/// What a message was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The answer of the server that was asked: go on with [`Asking::step`].
    Ours,
    /// Anybody's: wait on.
    Stray,
}

/// One question on its way.
#[derive(Clone, Debug)]
pub struct Asking {
    question: Question,
    rng: Rng,
    /// Servers that failed; they are not asked again.
    failed: Vec<bool>,
    server: usize,
    round: usize,
    over: Over,
    edns: bool,
    id: u16,
    spelling: Name,
    strays: u32,
    done: Option<(Outcome, Vec<Record>, bool)>,
}

impl Asking {
    /// A question that nobody has been asked yet.
    ///
    /// - `servers`: how many there are; without any, the question times out at once
    /// - `rng`: draws identifiers and spellings. Answers are only as hard to forge as its seed is to guess.
    pub fn new(question: Question, servers: usize, rng: Rng) -> Self {
        let spelling = question.qname.clone();
        let done = (servers == 0).then(|| (Outcome::Timeout, Vec::new(), false));
        let failed = vec![false; servers];
        Self {
            question,
            rng,
            failed,
            server: 0,
            round: 0,
            over: Over::Udp,
            edns: true,
            id: 0,
            spelling,
            strays: 0,
            done,
        }
    }

    /// What to do next.
    ///
    /// # Panics
    /// Never: an identifier of 16 bits is drawn below 2^16.
    pub fn step(&mut self) -> AskingStep {
        if let Some((outcome, records, authentic)) = &self.done {
            let reply = Reply { question: self.question.clone(), outcome: *outcome, records: records.clone() };
            return AskingStep::Done(Heard { reply, authentic: *authentic, strays: self.strays });
        }
        self.id = u16::try_from(self.rng.below(1 << 16)).expect("16 bits");
        self.spelling = spelt_anew(&self.question.qname, &mut self.rng);
        let mut query = Message::query(self.id, self.spelling.clone(), self.question.qtype);
        query.header.authentic_data = true;
        if !self.edns {
            query.edns = None;
        }
        let patience_us = if self.over == Over::Tcp { STREAM_US } else { ROUNDS_US[self.round] };
        AskingStep::Send { server: self.server, over: self.over, octets: query.encode(), patience_us }
    }

    /// Takes a message from the server that was asked.
    pub fn heard(&mut self, octets: &[u8]) -> Taken {
        let Some(header) = Header::decode(octets) else { return self.stray() };
        if self.done.is_some() || !header.response || header.id != self.id {
            return self.stray();
        }
        let Ok(message) = Message::decode(octets) else {
            // The identifier is ours, so it is the server that talks nonsense.
            self.fail();
            return Taken::Ours;
        };
        let without_edns = matches!(message.header.rcode, Rcode::FORMERR | Rcode::NOTIMP | Rcode::BADVERS);
        if without_edns && self.edns {
            self.edns = false;
            return Taken::Ours;
        }
        let Some((qname, qtype)) = &message.question else { return self.stray() };
        if *qtype != self.question.qtype || qname.key() != self.question.qname.key() {
            return self.stray();
        }
        let respelt = qname.raw() != self.spelling.raw();
        if self.over == Over::Udp && (respelt || message.header.truncated) {
            self.over = Over::Tcp;
            return Taken::Ours;
        }
        self.settle(message);
        Taken::Ours
    }

    /// Nothing came in time, or the way to the server is broken.
    pub fn silent(&mut self) {
        self.go_on();
    }

    fn stray(&mut self) -> Taken {
        self.strays = self.strays.saturating_add(1);
        Taken::Stray
    }

    /// Reads the answer of a server that understood the question.
    fn settle(&mut self, message: Message) {
        let Message { header, answers, .. } = message;
        let (found, records) = match header.rcode {
            Rcode::NOERROR | Rcode::NXDOMAIN => stub::answer(&self.question.qname, self.question.qtype, answers),
            _ => return self.fail(),
        };
        let outcome = if header.rcode == Rcode::NXDOMAIN { Outcome::NxDomain } else { found };
        // A server that does not recurse refers elsewhere, or stops at an alias: that is no word about absence.
        let whole = header.recursion_available || header.authoritative && records.is_empty();
        if outcome != Outcome::Answered && !whole {
            return self.fail();
        }
        let mut records: Vec<Record> = records.into_iter().map(in_lower_case).collect();
        let aliases = records.iter().take_while(|r| r.data.rtype() != self.question.qtype).count();
        records[aliases..].sort_by_cached_key(ToString::to_string);
        self.done = Some((outcome, records, header.authentic_data));
    }

    fn fail(&mut self) {
        self.failed[self.server] = true;
        self.go_on();
    }

    /// The next server that has not failed, in this round or the next one.
    fn go_on(&mut self) {
        (self.over, self.edns) = (Over::Udp, true);
        let from = self.server + 1;
        let later = (from..self.failed.len()).find(|at| !self.failed[*at]);
        match later.or_else(|| {
            self.round += 1;
            (0..self.failed.len()).find(|at| !self.failed[*at])
        }) {
            Some(server) if self.round < ROUNDS_US.len() => self.server = server,
            _ => {
                let outcome = if self.failed.contains(&true) { Outcome::Failed } else { Outcome::Timeout };
                self.done = Some((outcome, Vec::new(), false));
            }
        }
    }
}

/// A name with the case of each letter drawn anew.
fn spelt_anew(name: &Name, rng: &mut Rng) -> Name {
    let draw = |c: char| if rng.chance(0.5) { c.to_ascii_uppercase() } else { c };
    let text: String = name.key().chars().map(draw).collect();
    Name::parse(&text).unwrap_or_else(|_| name.clone())
}

/// A record with its names in lower case; text and octets stay as they are.
fn in_lower_case(record: Record) -> Record {
    let low = |name: Name| Name::parse(name.key()).unwrap_or(name);
    let data = match record.data {
        Data::Ns(name) => Data::Ns(low(name)),
        Data::Cname(name) => Data::Cname(low(name)),
        Data::Ptr(name) => Data::Ptr(low(name)),
        Data::Mx { preference, exchange } => Data::Mx { preference, exchange: low(exchange) },
        Data::Srv { priority, weight, port, target } => Data::Srv { priority, weight, port, target: low(target) },
        Data::Soa(mut soa) => {
            soa.mname = low(soa.mname);
            soa.rname = low(soa.rname);
            Data::Soa(soa)
        }
        other @ (Data::A(_) | Data::Aaaa(_) | Data::Txt(_) | Data::Other { .. }) => other,
    };
    Record { owner: low(record.owner), data, ..record }
}

#[cfg(test)]
mod tests;
