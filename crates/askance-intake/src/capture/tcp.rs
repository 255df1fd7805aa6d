//! DNS over TCP: segments put in order and cut into messages (RFC 1035 §4.2.2, RFC 7766).
//!
//! Each direction of a connection is a [`Stream`]. Segments may come late, twice or
//! never, and a capture may begin in the middle. Where octets are missing for good,
//! the messages in the gap are counted as one loss; reading goes on at the next
//! message boundary, which is known exactly where the gap lies within one message
//! and else looked for at the starts of segments.

mod stream;

use std::collections::HashMap;
use std::net::IpAddr;

use askance_record::{At, Timestamp};

use super::aged::{Aged, Index};
use super::packet;
use stream::Stream;

/// How long a silent stream is kept, microseconds of the capture's clock.
const IDLE_US: u64 = 60_000_000;

/// What a stream costs beyond the octets it holds.
const STREAM_OVERHEAD_OCTETS: usize = 64;

/// One TCP segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) at: At,
    pub(crate) ts: Timestamp,
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) seq: u32,
    /// The next octet that the sender expects of the other side.
    pub(crate) ack: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that the capture did not keep.
    pub(crate) missing: usize,
    /// Whether the direction carries responses, where the ports tell.
    pub(crate) responses: Option<bool>,
}

/// When and where something was seen.
pub(crate) type When = (At, Timestamp);

/// Who a stream leads from and to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
}

/// Takes what streams yield.
pub(crate) trait Messages {
    /// One message; `cut` says that only its beginning is there.
    fn message(&mut self, ends: &Ends, when: When, octets: &[u8], cut: bool);
    /// One or more messages were lost.
    fn lost(&mut self, reason: &'static str, when: When, octets: &[u8]);
}

/// Source, destination and their ports.
type Key = [u8; 36];

/// Streams under reassembly.
pub(crate) struct Streams {
    octets_max: usize,
    count_max: usize,
    octets: usize,
    aged: Aged<Stream>,
    by_key: HashMap<Key, Index>,
}

impl Streams {
    pub(crate) fn new(octets_max: usize, count_max: usize) -> Self {
        Self { octets_max, count_max, octets: 0, aged: Aged::default(), by_key: HashMap::new() }
    }

    /// Octets held.
    #[cfg(test)]
    pub(crate) fn octets(&self) -> usize {
        self.octets
    }

    /// Takes a segment and yields the messages that it completes.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, out: &mut impl Messages) {
        let (here, there) = keys(segment);
        if let Some(ack) = segment.ack
            && let Some(&other) = self.by_key.get(&there)
        {
            self.change(other, |stream| stream.acknowledged(ack, segment.ts, out));
        }
        let index = match self.by_key.get(&here) {
            Some(&index) => index,
            // A bare acknowledgement or goodbye opens no stream.
            None if segment.payload.is_empty() && !segment.syn => return,
            None => {
                let index = self.aged.push();
                self.aged.get_mut(index).begin(here, segment);
                self.by_key.insert(here, index);
                self.octets += STREAM_OVERHEAD_OCTETS;
                index
            }
        };
        self.aged.touch(index);
        self.change(index, |stream| stream.take(segment, out));
        while self.octets > self.octets_max || self.aged.len() > self.count_max {
            let Some(oldest) = self.aged.oldest() else { return };
            self.end(oldest, "tcp stream beyond the reassembly limit", out);
        }
    }

    /// Ends a few streams that have been silent too long at `now`; any where `now` is `None`.
    /// Returns false where none was.
    pub(crate) fn expire(&mut self, now: Option<Timestamp>, out: &mut impl Messages) -> bool {
        for _ in 0..2 {
            let Some(oldest) = self.aged.oldest() else { return false };
            let last = self.aged.get(oldest).last_seen();
            if now.is_some_and(|now| last.us().abs_diff(now.us()) <= IDLE_US) {
                return false;
            }
            self.end(oldest, "tcp stream ends inside a message", out);
        }
        true
    }

    fn end(&mut self, index: Index, reason: &'static str, out: &mut impl Messages) {
        self.change(index, |stream| stream.end(reason, out));
        self.by_key.remove(self.aged.get(index).key());
        self.aged.remove(index);
        self.octets -= STREAM_OVERHEAD_OCTETS;
    }

    /// Changes a stream and accounts for what it holds.
    fn change(&mut self, index: Index, how: impl FnOnce(&mut Stream)) {
        let stream = self.aged.get_mut(index);
        let before = stream.octets();
        how(stream);
        self.octets = self.octets + stream.octets() - before;
    }
}

/// The keys of a segment's direction and of the other one.
fn keys(segment: &Segment<'_>) -> (Key, Key) {
    let (src, dst) = (packet::octets(segment.src), packet::octets(segment.dst));
    let (src_port, dst_port) = (segment.src_port.to_be_bytes(), segment.dst_port.to_be_bytes());
    let key = |a: &[u8; 16], b: &[u8; 16], c: [u8; 2], d: [u8; 2]| {
        let mut key = [0; 36];
        key[..16].copy_from_slice(a);
        key[16..32].copy_from_slice(b);
        key[32..34].copy_from_slice(&c);
        key[34..].copy_from_slice(&d);
        key
    };
    (key(&src, &dst, src_port, dst_port), key(&dst, &src, dst_port, src_port))
}

#[cfg(test)]
mod tests;
