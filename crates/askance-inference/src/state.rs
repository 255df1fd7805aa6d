//! The mergeable one-pass state of a series.
//!
//! A [`SeriesState`] is a function of the *multiset* of lookups pushed into it:
//! order and partitioning do not matter, and two states that saw the same
//! lookups encode to the same octets. That makes it fit for an aggregate
//! function on many machines.
//!
//! # What is kept
//! Up to 4096 lookups, all of them. Beyond that, the 4096 that come first in
//! the order (rank of the day, instant, mark), where the rank of a day is a hash
//! of the series' key and the day: whole days, chosen as if by lot, so that the
//! gaps inside them stay intact (thinning single lookups would destroy every
//! gap); of the last chosen day the earlier part. Histograms count everything.
//! The smallest k of a multiset under a fixed total order can be merged, which
//! is what the laws rest on.
//!
//! # Encoding, version 1
//! ```text
//! u8 version = 1 · u8 unit (0 us, 1 ms, 2 s) · u64 LE key hash · varint n
//! varint kept · kept times:
//!   varint delta of the instant in units (the first: zigzag from 1970)
//!   u8 role << 4 | rcode << 1 | side?
//!   if side: u8 cached (0 unknown, 1 no, 2 yes) · varint ttl (0 unknown, else ttl + 1)
//! if n > kept: zigzag varint first us · zigzag varint last us
//!   168 + 60 + 12 + 7 varints · varint days · days times: zigzag varint day, varint count
//! ```
//! `side` is set where TTL or cache flag differ from the lookup before it.
//! A lookup costs about three octets where stamps are whole seconds.

mod codec;
mod event;
mod histograms;
#[cfg(test)]
mod tests;

use askance_record::{Timestamp, mix64};

pub use codec::StateError;
pub(crate) use event::day_of;
pub use event::{Event, RcodeClass, Role};
use histograms::Histograms;
pub(crate) use histograms::{log_gap_bin, week_hour_of};

/// The most lookups whose instants a series keeps.
pub const KEPT_MAX: usize = 4096;

/// All that askance remembers of the lookups of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesState {
    key_hash: u64,
    n: u64,
    /// First and last instant of all lookups; of no meaning while `n` is zero.
    ends: (Timestamp, Timestamp),
    /// Sorted ascending.
    kept: Vec<Event>,
    /// Present once lookups had to be dropped.
    all: Option<Box<Histograms>>,
    /// The day ranked last among the kept, once lookups had to be dropped.
    worst: Option<(u64, i32)>,
}

impl SeriesState {
    /// An empty series.
    ///
    /// - `key_hash`: a hash of (vantage, client, family), the same on every machine; it only decides
    ///   which days a long series keeps.
    pub const fn new(key_hash: u64) -> Self {
        Self { key_hash, n: 0, ends: (Timestamp::MIN, Timestamp::MIN), kept: Vec::new(), all: None, worst: None }
    }

    /// Adds one lookup, in any order.
    ///
    /// Cost: O(1) for lookups in time order; else up to a move of 4096 events.
    pub fn push(&mut self, event: &Event) {
        self.widen(event.ts, event.ts);
        self.n = self.n.saturating_add(1);
        if let Some(all) = &mut self.all {
            all.add(self.key_hash, event);
        } else if self.kept.len() == KEPT_MAX {
            let mut all = Box::new(Histograms::of(self.key_hash, &self.kept));
            all.add(self.key_hash, event);
            self.all = Some(all);
            self.worst = self.find_worst();
        }
        self.insert(event);
    }

    /// Adds all that another state of the same series saw.
    ///
    /// Commutative and associative. States of different keys should not meet; if they do,
    /// the smaller key hash is used from then on.
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        if self.n == 0 {
            self.clone_from(other);
            return;
        }
        self.key_hash = self.key_hash.min(other.key_hash);
        let dropped = self.n.saturating_add(other.n) > KEPT_MAX as u64;
        if dropped {
            let mut all = self.all.take().unwrap_or_else(|| Box::new(Histograms::of(self.key_hash, &self.kept)));
            match &other.all {
                Some(theirs) => all.merge(self.key_hash, theirs),
                None => all.merge(self.key_hash, &Histograms::of(self.key_hash, &other.kept)),
            }
            self.all = Some(all);
        }
        self.widen(other.ends.0, other.ends.1);
        self.n = self.n.saturating_add(other.n);
        self.kept.extend_from_slice(&other.kept);
        self.kept.sort_unstable();
        if dropped {
            self.cut();
        }
    }

    /// The same series with its kept lookups changed or left out, holes between kept days and all.
    ///
    /// What was dropped before stays dropped: histograms then describe only what is kept. For asking
    /// "what if the record had been poorer"; not to be pushed into.
    #[must_use]
    pub fn map_events(&self, mut map: impl FnMut(&Event) -> Option<Event>) -> Self {
        let mut out = Self::new(self.key_hash);
        for event in self.kept.iter().filter_map(&mut map) {
            out.push(&event);
        }
        if self.worst.is_some() && out.n > 0 {
            out.all = Some(Box::new(Histograms::of(out.key_hash, &out.kept)));
            out.worst = self.worst;
        }
        out
    }

    /// The kept lookups in time order.
    ///
    /// Where [`overflowed`](Self::overflowed), days are missing between them; [`stretches`](Self::stretches)
    /// yields the runs without a hole.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        self.kept.iter().copied()
    }

    /// The kept lookups in time order, split where lookups were dropped: gaps are whole inside a slice.
    pub fn stretches(&self) -> impl Iterator<Item = &[Event]> + '_ {
        let whole = self.worst.is_none();
        let partial = self.worst.map(|(_, day)| day);
        self.kept
            .chunk_by(move |a, b| whole || (b.day() - a.day() <= 1 && (a.day() == b.day() || Some(a.day()) != partial)))
    }

    /// The hash of (vantage, client, family) that the series was begun with.
    pub(crate) const fn key_hash(&self) -> u64 {
        self.key_hash
    }

    /// How many lookups were seen.
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The instant of the earliest lookup.
    pub fn first(&self) -> Option<Timestamp> {
        (self.n > 0).then_some(self.ends.0)
    }

    /// The instant of the latest lookup.
    pub fn last(&self) -> Option<Timestamp> {
        (self.n > 0).then_some(self.ends.1)
    }

    /// True where instants were dropped: only histograms describe the whole.
    pub const fn overflowed(&self) -> bool {
        self.all.is_some()
    }

    /// Octets on the heap.
    pub fn heap_size(&self) -> usize {
        let days = self.all.as_ref().map_or(0, |all| all.daily.len() * 16 + size_of::<Histograms>());
        self.kept.capacity() * size_of::<Event>() + days
    }

    fn widen(&mut self, first: Timestamp, last: Timestamp) {
        if self.n == 0 {
            self.ends = (first, last);
        } else {
            self.ends = (self.ends.0.min(first), self.ends.1.max(last));
        }
    }

    /// Puts an event in its place; where the series is full, drops the one ranked last.
    fn insert(&mut self, event: &Event) {
        if let Some(worst) = self.worst {
            let rank = (day_rank(self.key_hash, event.day()), event.day());
            if rank > worst {
                return;
            }
        }
        match self.kept.last() {
            Some(last) if last > event => {
                let at = self.kept.partition_point(|kept| kept <= event);
                self.kept.insert(at, *event);
            }
            _ => self.kept.push(*event),
        }
        if let Some((_, day)) = self.worst {
            let end = self.kept.partition_point(|kept| kept.day() <= day);
            self.kept.remove(end - 1);
            if !(end >= 2 && self.kept[end - 2].day() == day) {
                self.worst = self.find_worst();
            }
        }
    }

    /// Keeps the first [`KEPT_MAX`] in the order of (rank, event).
    fn cut(&mut self) {
        if self.kept.len() > KEPT_MAX {
            let key_hash = self.key_hash;
            self.kept.sort_by_cached_key(|event| (day_rank(key_hash, event.day()), event.day(), *event));
            self.kept.truncate(KEPT_MAX);
            self.kept.sort_unstable();
        }
        self.worst = self.find_worst();
    }

    fn find_worst(&self) -> Option<(u64, i32)> {
        let mut worst = None;
        let mut seen = None;
        for event in &self.kept {
            if seen != Some(event.day()) {
                seen = Some(event.day());
                worst = worst.max(Some((day_rank(self.key_hash, event.day()), event.day())));
            }
        }
        worst
    }
}

/// The place of a day in the order in which a long series keeps days.
fn day_rank(key_hash: u64, day: i32) -> u64 {
    mix64(key_hash ^ mix64(u64::from(day.cast_unsigned())))
}
