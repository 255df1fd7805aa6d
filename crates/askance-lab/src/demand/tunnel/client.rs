//! The client's end of a tunnel.

use core::ops::Range;
use std::collections::BTreeSet;

use askance_proto::dns::{Data, Stub, StubConfig};
use askance_proto::{Actor, Cause, Input, Node, Note, Outbox, Outcome, Output, Question, Reply};
use askance_record::{Name, Rng, RrType, Timestamp};

use super::code::{Answer, Frame, OPENING, POLL, digest, room};
use crate::demand::process::{Acts, Process};

/// The client's end of a tunnel.
#[derive(Clone, Debug, PartialEq)]
pub struct TunnelConfig {
    /// Name of the node, unique.
    pub id: String,
    /// The host's stub.
    pub stub: StubConfig,
    /// The tunnel's domain, which the server is authoritative for.
    pub domain: Name,
    /// What is carried to the server.
    pub payload: Vec<u8>,
    /// Number of the session, unique at the server.
    pub session: u16,
    /// TXT or NULL.
    pub qtype: RrType,
    /// The longest label, 1 to 63.
    pub label_octets: usize,
    /// Queries without reply at a time, at least 1.
    pub window: usize,
    /// When it may ask: one query an act.
    pub process: Process,
    /// From when to when.
    pub active: Range<Timestamp>,
    /// Ground truth.
    pub cause: Option<Cause>,
    /// Decides everything that is left to chance.
    pub seed: u64,
}

/// The client. See [`TunnelConfig`].
#[derive(Debug)]
pub struct TunnelClient {
    config: TunnelConfig,
    stub: Stub<u32>,
    acts: core::iter::Peekable<Acts>,
    chunk_octets: usize,
    nonce: u32,
    /// The number of the next frame that was never sent.
    next: u32,
    /// Frames that were lost.
    again: BTreeSet<u32>,
    unanswered: BTreeSet<u32>,
    /// Whether the server knows the session.
    is_open: bool,
    /// Chunks that the server has, once it has said so.
    offered: Option<u32>,
    received: Vec<u8>,
    want: u32,
    is_done: bool,
    outbox: Outbox,
}

impl TunnelClient {
    /// The client as a node.
    pub fn node(config: TunnelConfig) -> Node {
        Node {
            id: config.id.clone(),
            addresses: vec![config.stub.address],
            listens_udp: Vec::new(),
            listens_tcp: Vec::new(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// The client.
    pub fn new(config: TunnelConfig) -> Self {
        let part = |label: &str| Rng::part(config.seed, &format!("{}/{label}", config.id));
        Self {
            stub: Stub::new(config.stub.clone(), part("stub")),
            acts: config.process.acts(part("acts"), config.active.clone()).peekable(),
            chunk_octets: room(&config.domain, config.label_octets),
            nonce: 0,
            next: OPENING,
            again: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            is_open: false,
            offered: None,
            received: Vec::new(),
            want: 0,
            is_done: false,
            outbox: Outbox::default(),
            config,
        }
    }

    /// What came back from the server, once all of it has.
    pub fn received(&self) -> Option<&[u8]> {
        (self.offered == Some(self.want)).then_some(&self.received)
    }

    /// Whether everything is through in both directions.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// How many frames the payload takes, the opening included.
    fn frames(&self) -> u32 {
        let chunks = self.config.payload.len().div_ceil(self.chunk_octets.max(1));
        u32::try_from(chunks).unwrap_or(POLL - 2) + 1
    }

    fn data(&self, seq: u32) -> Vec<u8> {
        match seq {
            OPENING => {
                let mut data = (self.config.payload.len() as u64).to_be_bytes().to_vec();
                data.extend_from_slice(&digest(&self.config.payload).to_be_bytes());
                data
            }
            POLL => Vec::new(),
            chunk => {
                let at = usize::try_from(chunk - 1).unwrap_or(usize::MAX);
                self.config.payload.chunks(self.chunk_octets.max(1)).nth(at).unwrap_or_default().to_vec()
            }
        }
    }

    /// The frame that is sent next, if there is anything to say or to fetch.
    fn choose(&mut self) -> Option<u32> {
        if self.unanswered.len() >= self.config.window.max(1) {
            return None;
        }
        if let Some(lost) = self.again.pop_first() {
            return Some(lost);
        }
        // Nothing overtakes the opening.
        if self.next < self.frames() && (self.is_open || self.next == OPENING) {
            self.next += 1;
            return Some(self.next - 1);
        }
        let idle = self.is_open && self.received().is_none() && !self.unanswered.contains(&POLL);
        idle.then_some(POLL)
    }

    fn send(&mut self, now: Timestamp) {
        // A domain too long for a frame is no tunnel.
        if self.chunk_octets < 16 {
            return;
        }
        let Some(seq) = self.choose() else { return };
        let frame =
            Frame { session: self.config.session, nonce: self.nonce, seq, want: self.want, data: self.data(seq) };
        self.nonce = self.nonce.wrapping_add(1);
        let Some(name) = frame.name(&self.config.domain, self.config.label_octets) else { return };
        self.unanswered.insert(seq);
        self.stub.ask(now, Question::new(name, self.config.qtype), seq, self.config.cause, &mut self.outbox);
    }

    fn take(&mut self, seq: u32, reply: &Reply) {
        self.unanswered.remove(&seq);
        let octets = (reply.outcome == Outcome::Answered).then(|| reply.records.iter().find_map(carried)).flatten();
        let Some(answer) = octets.and_then(|o| Answer::read(&o)) else {
            if seq != POLL {
                self.again.insert(seq);
            }
            return;
        };
        self.is_open = true;
        self.offered = Some(answer.chunks);
        if answer.seq == self.want && self.want < answer.chunks {
            self.received.extend_from_slice(&answer.data);
            self.want += 1;
        }
        let all_sent = self.next == self.frames() && self.unanswered.is_empty() && self.again.is_empty();
        if all_sent && self.received().is_some() && !self.is_done {
            self.is_done = true;
            let (sent, received) = (self.config.payload.len(), self.received.len());
            let text = format!("tunnel session {}: {sent} octets sent, {received} received", self.config.session);
            self.outbox.push(Output::Note(Note::Story(text)));
        }
    }
}

/// What a record of an answer carries.
fn carried(record: &askance_proto::dns::Record) -> Option<Vec<u8>> {
    match &record.data {
        Data::Txt(strings) => Some(strings.concat()),
        Data::Other { rtype: RrType::NULL, octets } => Some(octets.clone()),
        _ => None,
    }
}

impl Actor for TunnelClient {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => while self.acts.next_if(|act| act.at < now).is_some() {},
            Input::Timer => {
                for (seq, reply) in self.stub.handle_timer(now, &mut self.outbox) {
                    self.take(seq, &reply);
                }
                while self.acts.next_if(|act| act.at <= now).is_some() {
                    self.send(now);
                }
            }
            Input::Datagram { from, to, octets, .. } => {
                if let Some((seq, reply)) = self.stub.handle_datagram(now, from, to, octets, &mut self.outbox) {
                    self.take(seq, &reply);
                }
            }
            Input::Stream { .. } => {}
        }
    }

    fn poll(&mut self) -> Output {
        let act = if self.is_done { None } else { self.acts.peek().map(|act| act.at) };
        let due = self.stub.due().into_iter().chain(act).min();
        self.outbox.pop_or_wait(due)
    }
}
