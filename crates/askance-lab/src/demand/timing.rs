//! A channel in the times of lookups: a constant name, asked at gaps that stand for bits.
//!
//! The sender cuts a message into frames, and sends each frame as a run of gaps of two
//! sizes with a longer pause behind it. Whoever sees the times at the authoritative
//! server reads the message out of them; a cache between them lets every lookup through as
//! long as the TTL is a second shorter than the short gap. A lost or doubled lookup spoils
//! one frame, which its check value shows and the next round replaces.

#[cfg(test)]
mod tests;

use core::fmt;
use core::iter::Peekable;
use std::collections::BTreeMap;

use askance_proto::dns::{Stub, StubConfig};
use askance_proto::{Actor, Cause, Input, Node, Outbox, Output, Question};
use askance_record::{Name, Rng, RrType, Timestamp};

use super::us_of;

/// How bits become gaps. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimingCode {
    /// Gap for a 0.
    pub short_s: f64,
    /// Gap for a 1.
    pub long_s: f64,
    /// Gap between two frames.
    pub pause_s: f64,
    /// Each gap varies uniformly by so much in both directions.
    pub jitter_s: f64,
    /// Octets of the message in one frame, 1 to 60.
    pub frame_octets: usize,
    /// How often the whole message is sent.
    pub rounds: u32,
}

/// A sender of a timing channel.
#[derive(Clone, Debug, PartialEq)]
pub struct TimingConfig {
    /// Name of the node, unique.
    pub id: String,
    /// The host's stub.
    pub stub: StubConfig,
    /// The name that is asked.
    pub qname: Name,
    /// Its type.
    pub qtype: RrType,
    /// The message; at most 255 frames.
    pub message: Vec<u8>,
    /// The code.
    pub code: TimingCode,
    /// When the first lookup is made.
    pub start: Timestamp,
    /// Ground truth.
    pub cause: Option<Cause>,
    /// Decides everything that is left to chance.
    pub seed: u64,
}

impl TimingCode {
    /// A code of these gaps: four octets a frame, one round, and pauses that no jitter makes of a long gap.
    pub fn new(short_s: f64, long_s: f64, jitter_s: f64) -> Self {
        let pause_s = long_s + 3.0 * (long_s - short_s);
        Self { short_s, long_s, pause_s, jitter_s, frame_octets: 4, rounds: 1 }
    }

    /// Gaps of 3 and 5 s, pauses of 12 s, 0.4 s of jitter, four octets a frame, two rounds.
    pub const QUICK: Self =
        Self { short_s: 3.0, long_s: 5.0, pause_s: 12.0, jitter_s: 0.4, frame_octets: 4, rounds: 2 };

    /// Whether every cache lets every lookup through when the record has this TTL.
    ///
    /// Caches count whole seconds, and some serve an entry during its last one too: up to a second beyond the TTL.
    pub fn passes_cache(&self, ttl_s: u32) -> bool {
        self.short_s - self.jitter_s >= f64::from(ttl_s) + 1.0
    }

    /// The times at which a message is sent; at most 255 frames of it.
    ///
    /// # Panics
    /// Never: frames are counted.
    pub fn instants(&self, message: &[u8], start: Timestamp, mut rng: Rng) -> impl Iterator<Item = Timestamp> + use<> {
        let code = *self;
        let chunks: Vec<Vec<u8>> =
            message.chunks(code.frame_octets.clamp(1, 60)).take(255).map(<[u8]>::to_vec).collect();
        let frames = (0..code.rounds).flat_map(move |_| {
            let count = u8::try_from(chunks.len()).expect("at most 255");
            let frame = move |(seq, chunk): (u8, &Vec<u8>)| frame(seq, count, chunk);
            (0..count).zip(&chunks).map(frame).collect::<Vec<_>>()
        });
        let gaps = frames.flat_map(move |frame| {
            let bits = frame.into_iter().flat_map(|octet| (0..8).rev().map(move |k| octet >> k & 1));
            let data = bits.map(move |bit| if bit == 1 { code.long_s } else { code.short_s });
            data.chain([code.pause_s]).collect::<Vec<_>>()
        });
        let mut at = start;
        let steps = gaps.map(move |gap_s| {
            at = at.plus_us(us_of(gap_s + rng.uniform(-code.jitter_s, code.jitter_s)).max(1));
            at
        });
        core::iter::once(start).chain(steps)
    }

    /// Reads a message from the times at which lookups were seen, ascending.
    ///
    /// Lookups closer than a quarter of the short gap to the one before are repetitions of a resolver.
    ///
    /// - returns: the message, where each of its frames came through intact in one round at least
    pub fn decode(&self, times: impl IntoIterator<Item = Timestamp>) -> Option<Vec<u8>> {
        let mut frames: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        let mut count = None;
        let mut bits: Vec<bool> = Vec::new();
        let mut last: Option<Timestamp> = None;
        for at in times {
            let Some(gap_s) = last.map(|l| at.since_s(l)) else {
                last = Some(at);
                continue;
            };
            if gap_s < self.short_s / 4.0 {
                continue;
            }
            last = Some(at);
            if gap_s < f64::midpoint(self.long_s, self.pause_s) {
                bits.push(gap_s > f64::midpoint(self.short_s, self.long_s));
                continue;
            }
            keep(&mut frames, &mut count, &bits);
            bits.clear();
        }
        keep(&mut frames, &mut count, &bits);
        let count = count?;
        (0..count).map(|seq| frames.get(&seq).cloned()).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
    }
}

/// Sequence number, number of frames, data, check value.
fn frame(seq: u8, count: u8, chunk: &[u8]) -> Vec<u8> {
    let mut octets = vec![seq, count];
    octets.extend_from_slice(chunk);
    let check = crc16(&octets);
    octets.extend_from_slice(&check.to_be_bytes());
    octets
}

/// Keeps what the bits say if they are an intact frame.
fn keep(frames: &mut BTreeMap<u8, Vec<u8>>, count: &mut Option<u8>, bits: &[bool]) {
    if !bits.len().is_multiple_of(8) {
        return;
    }
    let octets: Vec<u8> = bits.chunks(8).map(|c| c.iter().fold(0, |o, &b| o << 1 | u8::from(b))).collect();
    let Some((body, check)) = octets.split_last_chunk::<2>() else { return };
    if let [seq, total, chunk @ ..] = body
        && crc16(body) == u16::from_be_bytes(*check)
        && seq < total
    {
        frames.insert(*seq, chunk.to_vec());
        *count = Some(*total);
    }
}

/// CRC-16/CCITT-FALSE.
fn crc16(octets: &[u8]) -> u16 {
    octets.iter().fold(0xffff, |crc, &octet| {
        (0..8).fold(crc ^ u16::from(octet) << 8, |c, _| if c & 0x8000 == 0 { c << 1 } else { c << 1 ^ 0x1021 })
    })
}

/// The sender. See [`TimingConfig`].
pub struct TimingSender {
    config: TimingConfig,
    stub: Stub<()>,
    instants: Peekable<Box<dyn Iterator<Item = Timestamp> + Send>>,
    outbox: Outbox,
}

impl fmt::Debug for TimingSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimingSender").field("config", &self.config).finish_non_exhaustive()
    }
}

impl TimingSender {
    /// The sender as a node.
    pub fn node(config: TimingConfig) -> Node {
        Node {
            id: config.id.clone(),
            addresses: vec![config.stub.address],
            listens_udp: Vec::new(),
            listens_tcp: Vec::new(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// The sender.
    pub fn new(config: TimingConfig) -> Self {
        let part = |label: &str| Rng::part(config.seed, &format!("{}/{label}", config.id));
        let instants = config.code.instants(&config.message, config.start, part("gaps"));
        let instants: Box<dyn Iterator<Item = Timestamp> + Send> = Box::new(instants);
        let stub = Stub::new(config.stub.clone(), part("stub"));
        Self { stub, instants: instants.peekable(), outbox: Outbox::default(), config }
    }
}

impl Actor for TimingSender {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Timer => {
                // What the answers are is nothing to the sender.
                self.stub.handle_timer(now, &mut self.outbox);
                while self.instants.next_if(|&at| at <= now).is_some() {
                    let question = Question::new(self.config.qname.clone(), self.config.qtype);
                    self.stub.ask(now, question, (), self.config.cause, &mut self.outbox);
                }
            }
            Input::Datagram { from, to, octets, .. } => {
                self.stub.handle_datagram(now, from, to, octets, &mut self.outbox);
            }
            // What is before its life began is not made up for.
            Input::Started => while self.instants.next_if(|&at| at < now).is_some() {},
            Input::Stream { .. } => {}
        }
    }

    fn poll(&mut self) -> Output {
        let due = self.stub.due().into_iter().chain(self.instants.peek().copied()).min();
        self.outbox.pop_or_wait(due)
    }
}
