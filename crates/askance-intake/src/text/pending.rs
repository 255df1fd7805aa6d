//! Lookups that wait for the lines which complete them.
//!
//! A query stays until its response comes, until the log has moved on by a window of
//! time, or until too many wait. As long as a log shows no response at all only
//! a thousand wait, so that a log of queries alone costs little memory.
//! Rows therefore come out in the order in which they are complete.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use askance_record::{Lookup, Timestamp};

use crate::lines::Out;

const NONE: u32 = u32::MAX;

/// How many entries of one hash are looked at for a match: more is an attack on the hash.
pub(crate) const CHAIN_MAX: usize = 32;

/// How many wait while no line has ever completed one.
const WAITING_UNPROVEN: usize = 1024;

/// Passes a hash through.
#[derive(Default)]
struct Through(u64);

impl Hasher for Through {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, octets: &[u8]) {
        self.0 = super::scan::mix(self.0, octets);
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A waiting lookup, and what its format remembers of it.
#[derive(Debug, Default)]
pub(crate) struct Waiting<T> {
    pub(crate) lookup: Lookup,
    pub(crate) extra: T,
}

#[derive(Default)]
struct Slot<T> {
    waiting: Waiting<T>,
    hash: u64,
    older: u32,
    newer: u32,
    /// The next younger entry of the same hash.
    next_same: u32,
}

/// Lookups that wait, oldest first, found by a hash of what identifies them.
pub(crate) struct Pending<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    /// Oldest and youngest entry of each hash.
    chains: HashMap<u64, (u32, u32), BuildHasherDefault<Through>>,
    oldest: u32,
    newest: u32,
    len: usize,
    len_max: usize,
    window_us: i64,
    /// The stamp of the latest line.
    now: Timestamp,
    proven: bool,
    /// Where the next lookup is put together.
    pub(crate) next: Waiting<T>,
}

impl<T: Default> Pending<T> {
    /// Room for `len_max` lookups, each for at most `window_us` of log time.
    pub(crate) fn new(len_max: usize, window_us: i64) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            chains: HashMap::default(),
            oldest: NONE,
            newest: NONE,
            len: 0,
            len_max,
            window_us,
            now: Timestamp::MIN,
            proven: false,
            next: Waiting::default(),
        }
    }

    /// Lets `next` wait under `hash`.
    pub(crate) fn push(&mut self, hash: u64) {
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("pending_max is far below 2^32")
        });
        let slot = &mut self.slots[id as usize];
        core::mem::swap(&mut slot.waiting, &mut self.next);
        (slot.hash, slot.older, slot.newer, slot.next_same) = (hash, self.newest, NONE, NONE);
        match self.newest {
            NONE => self.oldest = id,
            newest => self.slots[newest as usize].newer = id,
        }
        self.newest = id;
        self.len += 1;
        let chain = self.chains.entry(hash).or_insert((id, id));
        if chain.1 != id {
            self.slots[chain.1 as usize].next_same = id;
            chain.1 = id;
        }
    }

    /// The oldest entry of `hash` for which `is` holds.
    pub(crate) fn find(&mut self, hash: u64, is: impl Fn(&Waiting<T>) -> bool) -> Option<u32> {
        let mut ids = [0u32; CHAIN_MAX];
        let len = self.ids(hash, &mut ids);
        let found = ids[..len].iter().copied().find(|&id| is(&self.slots[id as usize].waiting));
        self.proven |= found.is_some();
        found
    }

    /// Fills `ids` with the entries of `hash`, oldest first, and tells how many there are.
    pub(crate) fn ids(&self, hash: u64, ids: &mut [u32; CHAIN_MAX]) -> usize {
        let mut id = self.chains.get(&hash).map_or(NONE, |chain| chain.0);
        let mut len = 0;
        while id != NONE && len < CHAIN_MAX {
            ids[len] = id;
            len += 1;
            id = self.slots[id as usize].next_same;
        }
        len
    }

    /// Notes that the log does show responses.
    pub(crate) fn prove(&mut self) {
        self.proven = true;
    }

    /// The waiting entries, youngest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = u32> {
        let mut id = self.newest;
        core::iter::from_fn(move || {
            let here = (id != NONE).then_some(id)?;
            id = self.slots[here as usize].older;
            Some(here)
        })
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A waiting entry, to look at.
    pub(crate) fn peek(&self, id: u32) -> &Waiting<T> {
        &self.slots[id as usize].waiting
    }

    /// A waiting entry, to change.
    pub(crate) fn get(&mut self, id: u32) -> &mut Waiting<T> {
        &mut self.slots[id as usize].waiting
    }

    /// Yields a waiting entry: the lookup moves to the batch.
    pub(crate) fn release(&mut self, id: u32, out: &mut Out<'_>) {
        self.unlink(id);
        core::mem::swap(&mut self.slots[id as usize].waiting.lookup, out.batch.lookups.push());
        out.took_lookup();
        self.free.push(id);
    }

    /// Tells how late it is in the log. Where files were joined the wrong way round it may be earlier than before.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Yields the oldest entry if it has waited enough, or in any case where `all`.
    pub(crate) fn drain(&mut self, all: bool, out: &mut Out<'_>) -> bool {
        if self.oldest == NONE {
            return false;
        }
        let len_max = if self.proven { self.len_max } else { self.len_max.min(WAITING_UNPROVEN) };
        let since = self.slots[self.oldest as usize].waiting.lookup.ts;
        if !all && self.len <= len_max && since.plus_us(self.window_us) >= self.now {
            return false;
        }
        self.release(self.oldest, out);
        true
    }

    fn unlink(&mut self, id: u32) {
        let (hash, older, newer, next_same) = {
            let slot = &self.slots[id as usize];
            (slot.hash, slot.older, slot.newer, slot.next_same)
        };
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
        self.len -= 1;
        let Some(&(first, last)) = self.chains.get(&hash) else { return };
        if first == id && last == id {
            self.chains.remove(&hash);
        } else if first == id {
            self.chains.insert(hash, (next_same, last));
        } else {
            let mut before = first;
            while self.slots[before as usize].next_same != id {
                before = self.slots[before as usize].next_same;
            }
            self.slots[before as usize].next_same = next_same;
            if last == id {
                self.chains.insert(hash, (first, before));
            }
        }
    }
}
