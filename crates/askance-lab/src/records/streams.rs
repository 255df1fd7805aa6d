//! Streams as a sensor at one end sees them: handshake, segments, acknowledgements, end.
//!
//! A driver reports that a stream is opened, written to and closed. From that follow the
//! segments that a stack sends, and when each passes the sensor: with a latency of L, what
//! the far end does in return for a segment seen leaving is seen 2 L later. Each write is
//! acknowledged at once; an attempt to reach nobody is repeated after 1, 3, 7 and 15 s, as
//! Linux does. A server that writes as soon as it has accepted is seen to do so before the
//! acknowledgement of its SYN comes back, because parties learn of a stream with the SYN.

use std::collections::{BTreeMap, HashMap};

use askance_record::Timestamp;

use super::sight::{End, Pair, Segment};

/// When an unanswered SYN is repeated, microseconds after the first.
const SYN_AGAIN_US: [i64; 4] = [1_000_000, 3_000_000, 7_000_000, 15_000_000];
/// When its sender gives up.
const SYN_GIVES_UP_US: i64 = 30_000_000;
/// Longest length-prefixed message (RFC 1035 §4.2.2), with its prefix.
const MESSAGE_OCTETS_MAX: usize = 2 + 65_535;

/// A piece of a stream on its way past the sensor.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) by: End,
    pub(super) step: Step,
}

/// What a piece of a stream is. Numbers count octets of the sequence space from the SYN on.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Syn,
    SynAck,
    /// The far end has everything below this number.
    Ack(u32),
    /// Octets from this number on.
    Data(u32, Vec<u8>),
    Fin(u32),
    /// The end's own FIN in return for the other's; nothing where it sent one already.
    FinBack,
    /// Acknowledges the other's FIN; the last segment.
    LastAck,
    Reset,
    GiveUp,
}

/// A segment that a piece becomes.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) segment: Segment,
    pub(super) payload: Vec<u8>,
}

/// What a piece was when it passed the sensor.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) pair: Pair,
    pub(super) by: End,
    pub(super) missed: bool,
    pub(super) sent: Option<Sent>,
    /// DNS messages that the piece completes.
    pub(super) messages: Vec<Vec<u8>>,
    /// True where nothing of the stream follows.
    pub(super) is_last: bool,
}

#[derive(Debug)]
struct Conn {
    pair: Pair,
    stand: End,
    missed: bool,
    is_dns: bool,
    sides: [Side; 2],
}

#[derive(Debug, Default)]
struct Side {
    /// Initial sequence number.
    first: u32,
    /// Sequence space taken so far by what is planned, the SYN included.
    planned: u32,
    /// Sequence space of what has passed the sensor.
    passed: u32,
    /// What this side has acknowledged, as far as the sensor has seen.
    acked: u32,
    /// True once its FIN is planned.
    closing: bool,
    /// The beginning of a message whose rest is to come.
    partial: Vec<u8>,
}

/// The streams before one sensor.
#[derive(Debug, Default)]
pub(super) struct Conns {
    by_pair: HashMap<Pair, u64>,
    open: BTreeMap<u64, Conn>,
    n: u64,
}

/// Pieces with their times at the sensor.
pub(super) type Plan = Vec<(Timestamp, Piece)>;

impl Conns {
    /// Takes the opening of a stream; the pieces that follow from it.
    ///
    /// - `stand`: the end at which the sensor stands
    pub(super) fn open(
        &mut self,
        pair: Pair,
        stand: End,
        missed: bool,
        sent_at: Timestamp,
        reply: Reply,
    ) -> (u64, Plan) {
        let id = self.n;
        self.n += 1;
        let side = |end: u64| Side {
            // As RFC 6528: the pair and the time give it. The same at every sensor.
            first: u32::try_from(pair.number(sent_at.us().unsigned_abs() ^ end) >> 32).expect("32 bits"),
            planned: 1,
            ..Side::default()
        };
        let conn = Conn { pair, stand, missed, is_dns: pair.server.port() == 53, sides: [side(0), side(1)] };
        self.open.insert(id, conn);
        self.by_pair.insert(pair, id);
        let at_client = stand == End::Client;
        let piece = |us: i64, by, step| (sent_at.plus_us(us), Piece { by, step });
        let plan = match reply {
            Reply::Accepted(l) => {
                let (syn, answer, ack) = if at_client { (0, 2 * l, 2 * l) } else { (l, l, 3 * l) };
                vec![
                    piece(syn, End::Client, Step::Syn),
                    piece(answer, End::Server, Step::SynAck),
                    piece(ack, End::Client, Step::Ack(1)),
                ]
            }
            Reply::Refused(l) => {
                let (syn, answer) = if at_client { (0, 2 * l) } else { (l, l) };
                vec![piece(syn, End::Client, Step::Syn), piece(answer, End::Server, Step::Reset)]
            }
            Reply::Nobody => {
                let again = SYN_AGAIN_US.into_iter().map(|us| piece(us, End::Client, Step::Syn));
                let last = piece(SYN_GIVES_UP_US, End::Client, Step::GiveUp);
                core::iter::once(piece(0, End::Client, Step::Syn)).chain(again).chain([last]).collect()
            }
        };
        (id, plan)
    }

    /// The stream between two ends and which of them `pair.client` is; `None` where the sensor saw no opening.
    pub(super) fn find(&self, pair: Pair) -> Option<(u64, End)> {
        let turned = Pair { client: pair.server, server: pair.client };
        let client = self.by_pair.get(&pair).map(|&id| (id, End::Client));
        client.or_else(|| self.by_pair.get(&turned).map(|&id| (id, End::Server)))
    }

    /// The end of a stream at which the sensor stands.
    pub(super) fn stand(&self, id: u64) -> Option<End> {
        self.open.get(&id).map(|conn| conn.stand)
    }

    /// Takes octets written by one end.
    pub(super) fn write(&mut self, id: u64, by: End, octets: &[u8], here: Timestamp, back: Timestamp) -> Plan {
        let Some(conn) = self.open.get_mut(&id) else { return Vec::new() };
        let side = &mut conn.sides[by as usize];
        if side.closing {
            return Vec::new();
        }
        let from = side.planned;
        // Sequence numbers wrap (RFC 9293 §3.4).
        side.planned = from.wrapping_add(u32::try_from(octets.len()).unwrap_or(u32::MAX));
        let ack = Step::Ack(side.planned);
        vec![(here, Piece { by, step: Step::Data(from, octets.to_vec()) }), (back, Piece { by: by.other(), step: ack })]
    }

    /// Takes the close by one end.
    pub(super) fn close(&mut self, id: u64, by: End, here: Timestamp, back: Timestamp, last: Timestamp) -> Plan {
        let Some(conn) = self.open.get_mut(&id) else { return Vec::new() };
        let side = &mut conn.sides[by as usize];
        if side.closing {
            return Vec::new();
        }
        side.closing = true;
        let fin = side.planned;
        side.planned = fin.wrapping_add(1);
        let mut plan = vec![(here, Piece { by, step: Step::Fin(fin) })];
        // Where both ends close at once, each FIN is acknowledged by what the first close planned.
        if !conn.sides[by.other() as usize].closing {
            plan.push((back, Piece { by: by.other(), step: Step::FinBack }));
            plan.push((last, Piece { by, step: Step::LastAck }));
        }
        plan
    }

    /// What a piece is now that it passes the sensor; `None` where its stream is over.
    pub(super) fn pass(&mut self, id: u64, piece: Piece) -> Option<Passed> {
        let conn = self.open.get_mut(&id)?;
        let (pair, by, missed) = (conn.pair, piece.by, conn.missed);
        let is_last = matches!(piece.step, Step::LastAck | Step::Reset | Step::GiveUp);
        let mut messages = Vec::new();
        if let Step::Data(_, octets) = &piece.step
            && conn.is_dns
        {
            complete(&mut conn.sides[by as usize].partial, octets, &mut messages);
        }
        let sent = conn.sent(by, piece.step);
        if is_last {
            self.open.remove(&id);
            if self.by_pair.get(&pair) == Some(&id) {
                self.by_pair.remove(&pair);
            }
        }
        Some(Passed { pair, by, missed, sent, messages, is_last })
    }
}

/// What becomes of an opening.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// Accepted, with this latency in microseconds.
    Accepted(i64),
    /// Refused, with this latency in microseconds.
    Refused(i64),
    /// Nobody is there.
    Nobody,
}

impl Conn {
    fn sent(&mut self, by: End, step: Step) -> Option<Sent> {
        let other_first = self.sides[by.other() as usize].first;
        let other_passed = self.sides[by.other() as usize].passed;
        let side = &mut self.sides[by as usize];
        let (mut segment, mut payload) = (Segment { seq: side.first, ..Segment::default() }, Vec::new());
        match step {
            Step::Syn => (segment.syn, side.passed) = (true, 1),
            Step::SynAck => {
                (side.acked, side.passed) = (1, 1);
                segment.syn = true;
            }
            Step::Ack(number) => {
                side.acked = number;
                segment.seq = side.first.wrapping_add(side.passed);
            }
            Step::Data(from, octets) => {
                segment.seq = side.first.wrapping_add(from);
                side.passed = from.wrapping_add(u32::try_from(octets.len()).unwrap_or(u32::MAX));
                segment.push = true;
                payload = octets;
            }
            Step::Fin(from) => {
                segment.seq = side.first.wrapping_add(from);
                side.passed = from.wrapping_add(1);
                segment.fin = true;
            }
            Step::FinBack => {
                side.acked = other_passed;
                segment.seq = side.first.wrapping_add(side.passed);
                // Where both close at once, its own FIN is on its way: this is but an acknowledgement.
                segment.fin = !side.closing;
                if !side.closing {
                    side.closing = true;
                    side.passed = side.passed.wrapping_add(1);
                }
            }
            Step::LastAck => {
                side.acked = other_passed;
                segment.seq = side.first.wrapping_add(side.passed);
            }
            Step::Reset => {
                (segment.seq, segment.rst) = (0, true);
                side.acked = 1;
            }
            Step::GiveUp => return None,
        }
        if !(segment.syn && by == End::Client) {
            segment.ack = Some(other_first.wrapping_add(side.acked));
        }
        Some(Sent { segment, payload })
    }
}

/// Appends octets to the beginning of a message and takes the complete ones away.
fn complete(partial: &mut Vec<u8>, octets: &[u8], messages: &mut Vec<Vec<u8>>) {
    partial.extend_from_slice(octets);
    while let [high, low, rest @ ..] = partial.as_slice() {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(message) = rest.get(..len) else { break };
        messages.push(message.to_vec());
        partial.drain(..2 + len);
    }
    debug_assert!(partial.len() < MESSAGE_OCTETS_MAX, "a partial message is shorter than the longest");
}
