//! One direction of a connection.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use askance_record::Timestamp;

use super::super::wire::HEADER_OCTETS;
use super::{Ends, Key, Messages, Segment, When};

/// Octets of the length before each message.
const LENGTH_OCTETS: usize = 2;

/// Octets that early segments of one stream may wait in; twice an ordinary window.
const EARLY_OCTETS_MAX: usize = 256 << 10;

/// Early segments after which a gap that the receiver has acknowledged is believed.
const EARLY_SEGMENTS_BELIEVED: usize = 16;

/// Time after which a gap that the receiver has acknowledged is believed, microseconds.
const GAP_BELIEVED_US: u64 = 1_000_000;

/// What an early segment costs beyond its octets.
const EARLY_OVERHEAD_OCTETS: usize = 64;

/// Octets of a message by which it can be told: up to the number of questions.
const TELLING_OCTETS: usize = 6;

/// A sequence number so far away belongs to another connection.
const WINDOW_OCTETS: u32 = 16 << 20;

const HOLE: &str = "tcp hole";

/// A segment before whose octets others are missing.
#[derive(Debug)]
struct Early {
    seq: u32,
    when: When,
    octets: Vec<u8>,
    missing: usize,
}

/// What is known of the reading place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    /// Inside `partial`, inside `skip`, or at a boundary between messages.
    Known,
    /// Anywhere: the capture began after the stream did.
    Joined,
    /// Anywhere, and the loss is counted; a boundary is looked for.
    Searching,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Stream {
    key: Key,
    ends: Ends,
    responses: Option<bool>,
    last: When,
    /// The sequence number wanted next, once any is known.
    next: Option<u32>,
    /// Where reading began.
    base: u32,
    /// The connection's beginning was seen.
    syn: bool,
    sync: Sync,
    /// The length in `partial` is only supposed to be one.
    supposed: bool,
    /// A message under way, from its length on.
    partial: Vec<u8>,
    /// Octets of a lost message that are still to come.
    skip: usize,
    /// Segments that came early, by sequence number.
    early: VecDeque<Early>,
    early_octets: usize,
    /// What the receiver says it has.
    acked: Option<u32>,
    /// The number after the last octet.
    fin: Option<u32>,
    /// Over; only kept to recognise its repeated segments.
    is_over: bool,
}

impl Default for Stream {
    fn default() -> Self {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            key: [0; 36],
            ends: Ends { src: nowhere, dst: nowhere, src_port: 0, dst_port: 0 },
            responses: None,
            last: When::default(),
            next: None,
            base: 0,
            syn: false,
            sync: Sync::Joined,
            supposed: false,
            partial: Vec::new(),
            skip: 0,
            early: VecDeque::new(),
            early_octets: 0,
            acked: None,
            fin: None,
            is_over: false,
        }
    }
}

/// How far `a` is after `b`; negative where it is before.
fn after(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

fn sequence(len: usize) -> u32 {
    u32::try_from(len).expect("a segment is shorter than 2^32")
}

impl Stream {
    pub(super) fn begin(&mut self, key: Key, segment: &Segment<'_>) {
        let ends = Ends { src: segment.src, dst: segment.dst, src_port: segment.src_port, dst_port: segment.dst_port };
        let last = (segment.at, segment.ts);
        *self = Self { key, ends, responses: segment.responses, last, ..Self::default() };
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn last_seen(&self) -> Timestamp {
        self.last.1
    }

    /// Octets held.
    pub(super) fn octets(&self) -> usize {
        self.partial.len() + self.early_octets + self.early.len() * EARLY_OVERHEAD_OCTETS
    }

    pub(super) fn take(&mut self, segment: &Segment<'_>, out: &mut impl Messages) {
        self.last = (segment.at, segment.ts);
        let seq = if segment.syn { segment.seq.wrapping_add(1) } else { segment.seq };
        if segment.syn {
            self.synchronise(seq, out);
        }
        if segment.rst {
            self.end("tcp stream ends inside a message", out);
            self.is_over = true;
            return;
        }
        let len = segment.payload.len() + segment.missing;
        if len > 0 {
            self.take_octets(seq, segment, out);
        }
        if segment.fin && self.next.is_some() {
            self.fin = Some(seq.wrapping_add(sequence(len)));
        }
        self.close_gaps(segment.ts, out);
        if self.fin.is_some() && self.fin == self.next && !self.is_over {
            self.end("tcp stream ends inside a message", out);
            self.is_over = true;
        }
    }

    /// A connection's beginning: this stream's own, or that of the next one between the same ports.
    fn synchronise(&mut self, seq: u32, out: &mut impl Messages) {
        if self.next.is_some() {
            if seq == self.base {
                self.syn = true;
                return;
            }
            self.restart(out);
        }
        (self.next, self.base, self.syn, self.sync) = (Some(seq), seq, true, Sync::Known);
    }

    fn restart(&mut self, out: &mut impl Messages) {
        self.end("tcp stream ends inside a message", out);
        (self.next, self.acked, self.fin) = (None, None, None);
        (self.syn, self.sync, self.is_over) = (false, Sync::Joined, false);
    }

    fn take_octets(&mut self, seq: u32, segment: &Segment<'_>, out: &mut impl Messages) {
        let len = segment.payload.len() + segment.missing;
        let end = seq.wrapping_add(sequence(len));
        if let Some(next) = self.next {
            let is_far = after(seq, next).unsigned_abs() > WINDOW_OCTETS;
            // What follows the end of a stream is another one whose beginning was not seen.
            if is_far || (self.is_over && after(end, next) > 0) {
                self.restart(out);
            }
        }
        let next = *self.next.get_or_insert_with(|| {
            self.base = seq;
            seq
        });
        let (distance, when) = (after(seq, next), (segment.at, segment.ts));
        if distance > 0 {
            self.keep_early(seq, segment);
            return;
        }
        let old = distance.unsigned_abs() as usize;
        if old >= len {
            // Sent or captured again; or from before a beginning that was not seen, by disorder.
            if !self.syn && !self.is_over && after(self.base, end) >= 0 {
                self.base = seq;
                self.take_stray(segment, when, out);
            }
            return;
        }
        let octets = segment.payload.get(old..).unwrap_or_default();
        self.advance(octets, segment.missing.min(len - old), when, out);
        self.take_early(Some(when), out);
    }

    /// A segment from before the point at which reading began: whole messages in it are taken.
    fn take_stray(&mut self, segment: &Segment<'_>, when: When, out: &mut impl Messages) {
        let mut rest = segment.payload;
        while rest.len() > LENGTH_OCTETS && self.looks_like_body(length(rest), &rest[LENGTH_OCTETS..]) {
            let Some(message) = rest.get(LENGTH_OCTETS..LENGTH_OCTETS + length(rest)) else { break };
            out.message(&self.ends, when, message, false);
            rest = &rest[LENGTH_OCTETS + message.len()..];
        }
        if !rest.is_empty() {
            out.lost(HOLE, when, rest);
        }
    }

    fn keep_early(&mut self, seq: u32, segment: &Segment<'_>) {
        let next = self.next.unwrap_or(seq);
        let place = self.early.partition_point(|e| after(e.seq, next) < after(seq, next));
        if let Some(known) = self.early.get(place)
            && known.seq == seq
            && known.octets.len() >= segment.payload.len()
        {
            return;
        }
        let octets = segment.payload.to_vec();
        self.early_octets += octets.len();
        self.early.insert(place, Early { seq, when: (segment.at, segment.ts), octets, missing: segment.missing });
    }

    /// Takes in the other side's word on what it has.
    pub(super) fn acknowledged(&mut self, ack: u32, now: Timestamp, out: &mut impl Messages) {
        if self.acked.is_none_or(|acked| after(ack, acked) > 0) {
            self.acked = Some(ack);
        }
        self.close_gaps(now, out);
    }

    /// Believes in gaps where waiting longer is of no use.
    fn close_gaps(&mut self, now: Timestamp, out: &mut impl Messages) {
        while let (Some(first), Some(next)) = (self.early.front(), self.next) {
            let acked = self.acked.is_some_and(|acked| after(acked, next) > 0);
            let waited = first.when.1.us().abs_diff(now.us()) > GAP_BELIEVED_US;
            let many = self.early.len() >= EARLY_SEGMENTS_BELIEVED;
            if !(acked && (waited || many) || self.octets() > EARLY_OCTETS_MAX) {
                return;
            }
            self.close_gap(out);
        }
    }

    /// Gives up on the octets before the first early segment.
    fn close_gap(&mut self, out: &mut impl Messages) {
        let (Some(first), Some(next)) = (self.early.front(), self.next) else { return };
        let (when, len) = (first.when, after(first.seq, next));
        if let Ok(len @ 1..) = usize::try_from(len) {
            self.gap(len, when, false, out);
        }
        self.take_early(None, out);
    }

    /// Takes early segments whose turn has come. They count as seen when the last octet before them
    /// was, `when`; or each at its own time where that octet never came.
    fn take_early(&mut self, when: Option<When>, out: &mut impl Messages) {
        while let (Some(first), Some(next)) = (self.early.front(), self.next) {
            let distance = after(first.seq, next);
            if distance > 0 {
                return;
            }
            let Some(early) = self.early.pop_front() else { return };
            self.early_octets -= early.octets.len();
            let old = distance.unsigned_abs() as usize;
            if old < early.octets.len() + early.missing {
                let octets = early.octets.get(old..).unwrap_or_default();
                let missing = early.missing.min(early.octets.len() + early.missing - old);
                self.advance(octets, missing, when.unwrap_or(early.when), out);
            }
        }
        if self.early.is_empty() {
            self.early = VecDeque::new();
        }
    }

    /// Reads the octets that come next, and then a gap of `missing`.
    fn advance(&mut self, octets: &[u8], missing: usize, when: When, out: &mut impl Messages) {
        self.next = self.next.map(|next| next.wrapping_add(sequence(octets.len())));
        self.read(octets, when, out);
        if missing > 0 {
            self.gap(missing, when, true, out);
        }
    }

    /// Steps over octets that will not come. `snapped` says that the capture did not keep them, and
    /// that the message they cut is to be read as far as it goes.
    fn gap(&mut self, len: usize, when: When, snapped: bool, out: &mut impl Messages) {
        self.next = self.next.map(|next| next.wrapping_add(sequence(len)));
        if self.skip > 0 && len <= self.skip {
            self.skip -= len;
            return;
        }
        let is_known = self.partial.len() >= LENGTH_OCTETS && !self.supposed;
        let whole = if is_known { LENGTH_OCTETS + length(&self.partial) } else { 0 };
        if whole > 0 && len <= whole - self.partial.len() {
            if snapped {
                out.message(&self.ends, when, &self.partial[LENGTH_OCTETS..], true);
            } else {
                out.lost(HOLE, when, &self.partial);
            }
            self.skip = whole - self.partial.len() - len;
        } else {
            out.lost(HOLE, when, &self.partial);
            self.skip = 0;
            self.sync = Sync::Searching;
        }
        self.supposed = false;
        self.drop_partial();
    }

    /// Reads octets that follow those read before.
    fn read(&mut self, octets: &[u8], when: When, out: &mut impl Messages) {
        let skipped = self.skip.min(octets.len());
        self.skip -= skipped;
        let mut rest = &octets[skipped..];
        if rest.is_empty() || !self.find_place(rest, when, out) {
            return;
        }
        while !rest.is_empty() {
            if self.partial.is_empty()
                && rest.len() >= LENGTH_OCTETS
                && let Some(message) = rest.get(LENGTH_OCTETS..LENGTH_OCTETS + length(rest))
            {
                out.message(&self.ends, when, message, false);
                rest = &rest[LENGTH_OCTETS + message.len()..];
                continue;
            }
            let whole = match self.partial.len() {
                0 | 1 => LENGTH_OCTETS,
                _ => LENGTH_OCTETS + length(&self.partial),
            };
            let taken = (whole - self.partial.len()).min(rest.len());
            self.partial.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if self.partial.len() >= LENGTH_OCTETS && self.partial.len() == LENGTH_OCTETS + length(&self.partial) {
                out.message(&self.ends, when, &self.partial[LENGTH_OCTETS..], false);
                self.drop_partial();
            }
        }
    }

    /// True where the octets go on at a known place, or a message boundary is supposed at their start.
    fn find_place(&mut self, rest: &[u8], when: When, out: &mut impl Messages) -> bool {
        if self.supposed {
            let head: Vec<u8> =
                self.partial[LENGTH_OCTETS..].iter().chain(rest).copied().take(HEADER_OCTETS + 1).collect();
            if head.len() < TELLING_OCTETS {
                return true;
            }
            self.supposed = false;
            if !self.looks_like_body(length(&self.partial), &head) {
                self.drop_partial();
                self.sync = Sync::Joined;
            }
        }
        if self.sync == Sync::Known {
            return true;
        }
        if rest.len() > LENGTH_OCTETS && self.looks_like_body(length(rest), &rest[LENGTH_OCTETS..]) {
            self.sync = Sync::Known;
        } else if rest.len() == LENGTH_OCTETS && length(rest) > HEADER_OCTETS {
            // Some senders put the length into a segment of its own.
            (self.sync, self.supposed) = (Sync::Known, true);
        } else {
            if self.sync == Sync::Joined {
                out.lost("tcp stream joined inside a message", when, rest);
            }
            self.sync = Sync::Searching;
        }
        self.sync == Sync::Known
    }

    /// True where `body` may begin a message of `len` octets: one ordinary question, in the direction
    /// that the ports tell. At least [`TELLING_OCTETS`] must be there.
    fn looks_like_body(&self, len: usize, body: &[u8]) -> bool {
        let [_, _, flags, _, 0, 1, ..] = *body else { return false };
        let count = |i: usize| body.get(i..i + 2).map_or(0, |n| usize::from(u16::from_be_bytes([n[0], n[1]])));
        let is_response = flags & 0x80 != 0;
        // A question has at least 5 octets and a record 11.
        len >= HEADER_OCTETS + 5 + 11 * (count(6) + count(8) + count(10))
            && flags & 0x78 == 0
            && self.responses.is_none_or(|responses| responses == is_response)
            && body.get(HEADER_OCTETS).is_none_or(|first_label| *first_label < 64)
    }

    /// Ends the stream: what can still be read is, what cannot is counted.
    pub(super) fn end(&mut self, reason: &'static str, out: &mut impl Messages) {
        while !self.early.is_empty() {
            self.close_gap(out);
        }
        if !self.partial.is_empty() {
            out.lost(reason, self.last, &self.partial);
        }
        self.drop_partial();
        self.skip = 0;
    }

    fn drop_partial(&mut self) {
        self.partial.clear();
        // Slots are used again; one long message must not be paid for by every later stream.
        if self.partial.capacity() > 4096 {
            self.partial = Vec::new();
        }
    }
}

/// The length that two octets announce.
fn length(octets: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([octets[0], octets[1]]))
}
