//! IP fragments put together again.
//!
//! Parts wait until their datagram is whole, for at most [`WAIT_US`] of the capture's
//! clock and within the limit on octets held. A datagram given up on is one rejected
//! unit, since nobody can say what it held, unless its first part shows other ports.

use std::collections::HashMap;

use askance_record::{At, Ledger, Timestamp};

use super::aged::{Aged, Index};
use super::packet::{self, Fragment, Packet};

/// How long parts wait, microseconds: RFC 8200 §4.5.
const WAIT_US: u64 = 60_000_000;

/// What a part costs beyond its octets.
const PART_OVERHEAD_OCTETS: usize = 64;

/// Datagrams are at most this long.
const DATAGRAM_OCTETS_MAX: usize = 65_535;

/// Source, destination, identification, protocol.
type Key = [u8; 37];

#[derive(Debug)]
struct Datagram {
    key: Key,
    at: At,
    since: Timestamp,
    /// Parts in the order of their places, none overlapping another.
    parts: Vec<(usize, Vec<u8>)>,
    /// Octets in `parts`.
    len: usize,
    /// Octets in all, known once the last part was seen.
    total: Option<usize>,
    /// True where the first part shows that it is no DNS.
    is_other: bool,
}

impl Default for Datagram {
    fn default() -> Self {
        let (at, since) = (At::default(), Timestamp::default());
        Self { key: [0; 37], at, since, parts: Vec::new(), len: 0, total: None, is_other: false }
    }
}

/// Datagrams under reassembly.
pub(crate) struct Fragments {
    octets_max: usize,
    octets: usize,
    datagrams: Aged<Datagram>,
    by_key: HashMap<Key, Index>,
    /// The datagram put together last.
    whole: Vec<u8>,
}

impl Fragments {
    pub(crate) fn new(octets_max: usize) -> Self {
        Self { octets_max, octets: 0, datagrams: Aged::default(), by_key: HashMap::new(), whole: Vec::new() }
    }

    /// Octets held.
    #[cfg(test)]
    pub(crate) fn octets(&self) -> usize {
        self.octets
    }

    /// Takes a part; returns the datagram's payload once it is whole. `is_other` tells of a first
    /// part whether it shows other ports than those of DNS.
    pub(crate) fn take(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        is_other: impl Fn(u8, &[u8]) -> bool,
        (at, ts): (At, Timestamp),
        ledger: &mut Ledger,
    ) -> Option<&[u8]> {
        let key = key(packet, fragment);
        let first_is_other = fragment.from == 0 && is_other(packet.protocol, packet.payload);
        let mut index = self.by_key.get(&key).copied();
        if let Some(known) = index
            && fragment.from == 0
            && self.datagrams.get(known).is_other
        {
            // Identifiers come round again; the datagram before this one is done with.
            self.forget(known);
            index = None;
        }
        let index = index.unwrap_or_else(|| self.begin(key, at, ts));
        let end = fragment.from + packet.payload.len();
        let reason = if packet.missing > 0 {
            Some("fragment cut by the snapshot length")
        } else if end > DATAGRAM_OCTETS_MAX || packet.payload.is_empty() {
            Some("fragment of an impossible length")
        } else {
            let datagram = self.datagrams.get_mut(index);
            if first_is_other || datagram.is_other {
                self.octets -= cost(datagram);
                datagram.parts = Vec::new();
                datagram.len = 0;
                datagram.is_other = true;
                self.octets += cost(self.datagrams.get(index));
                return None;
            }
            self.place(index, fragment, packet.payload)
        };
        if let Some(reason) = reason {
            self.refuse(index, reason, ledger);
            return None;
        }
        self.keep_within(index, ledger);
        let done = self.by_key.get(&key) == Some(&index) && {
            let datagram = self.datagrams.get(index);
            datagram.total == Some(datagram.len)
        };
        done.then(|| {
            self.whole.clear();
            for (_, part) in &self.datagrams.get(index).parts {
                self.whole.extend_from_slice(part);
            }
            self.forget(index);
            self.whole.as_slice()
        })
    }

    fn begin(&mut self, key: Key, at: At, since: Timestamp) -> Index {
        let index = self.datagrams.push();
        *self.datagrams.get_mut(index) = Datagram { key, at, since, ..Datagram::default() };
        self.by_key.insert(key, index);
        self.octets += cost(self.datagrams.get(index));
        index
    }

    /// Puts a part in its place; the reason where it does not fit.
    fn place(&mut self, index: Index, fragment: Fragment, payload: &[u8]) -> Option<&'static str> {
        let datagram = self.datagrams.get_mut(index);
        let (from, end) = (fragment.from, fragment.from + payload.len());
        let i = datagram.parts.partition_point(|(other, _)| *other < from);
        if datagram.parts.get(i).is_some_and(|(other, part)| *other == from && part == payload) {
            return None; // sent or captured twice
        }
        let overlaps = datagram.parts.get(i).is_some_and(|(other, _)| *other < end)
            || i.checked_sub(1).is_some_and(|i| {
                let (other, part) = &datagram.parts[i];
                other + part.len() > from
            });
        // RFC 5722: overlapping fragments are an attack; no part of the datagram is used.
        if overlaps || datagram.total.is_some_and(|total| end > total || (!fragment.more && end != total)) {
            return Some("fragments that overlap");
        }
        if !fragment.more {
            if datagram.parts.last().is_some_and(|(other, part)| other + part.len() > end) {
                return Some("fragments that overlap");
            }
            datagram.total = Some(end);
        }
        datagram.parts.insert(i, (from, payload.to_vec()));
        datagram.len += payload.len();
        self.octets += payload.len() + PART_OVERHEAD_OCTETS;
        None
    }

    fn keep_within(&mut self, newest: Index, ledger: &mut Ledger) {
        while self.octets > self.octets_max {
            let Some(oldest) = self.datagrams.oldest() else { return };
            self.refuse(oldest, "fragments beyond the reassembly limit", ledger);
            if oldest == newest {
                return;
            }
        }
    }

    /// Gives up on a few datagrams that have waited too long at `now`; on any where `now` is `None`.
    /// Returns false where none was.
    pub(crate) fn expire(&mut self, now: Option<Timestamp>, ledger: &mut Ledger) -> bool {
        for _ in 0..4 {
            let Some(oldest) = self.datagrams.oldest() else { return false };
            let since = self.datagrams.get(oldest).since;
            if now.is_some_and(|now| since.us().abs_diff(now.us()) <= WAIT_US) {
                return false;
            }
            self.refuse(oldest, "fragments of which some are missing", ledger);
        }
        true
    }

    fn refuse(&mut self, index: Index, reason: &'static str, ledger: &mut Ledger) {
        let datagram = self.datagrams.get(index);
        if datagram.is_other {
            ledger.unrelated("datagram of another port", datagram.at, b"");
        } else {
            let example = datagram.parts.first().map_or(&b""[..], |(_, part)| part);
            super::reject(ledger, reason, datagram.at, example);
        }
        self.forget(index);
    }

    fn forget(&mut self, index: Index) {
        let datagram = self.datagrams.get_mut(index);
        self.octets -= cost(datagram);
        let key = datagram.key;
        *datagram = Datagram::default();
        self.by_key.remove(&key);
        self.datagrams.remove(index);
    }
}

fn cost(datagram: &Datagram) -> usize {
    size_of::<Datagram>() + datagram.len + datagram.parts.len() * PART_OVERHEAD_OCTETS
}

fn key(packet: &Packet<'_>, fragment: Fragment) -> Key {
    let mut key = [0; 37];
    key[..16].copy_from_slice(&packet::octets(packet.src));
    key[16..32].copy_from_slice(&packet::octets(packet.dst));
    key[32..36].copy_from_slice(&fragment.id.to_be_bytes());
    key[36] = packet.protocol;
    key
}

#[cfg(test)]
mod tests;
