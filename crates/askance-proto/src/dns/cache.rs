//! A bounded cache in whole seconds of the clock, as the caches of real resolvers are.
//!
//! Real caches note the *second* of an answer, not its instant: an entry stored with a TTL
//! of `t` during second `s` runs until second `s + t`, whatever the fractions. Programs
//! differ in that last second ([`LastSecond`]), which is why a poll whose period equals the
//! TTL shows behind one cache at every poll and behind another at every second one.
//!
//! A full cache drops the entry that was used longest ago, expired or not; both storing and
//! finding are uses. The rule depends on the order of calls alone.

use std::collections::BTreeMap;

use askance_record::Timestamp;

/// No slot: the end of the list of uses.
const NONE: u32 = u32::MAX;

/// Whether an entry stored in second `s` with TTL `t` is still served in second `s + t`.
///
/// # Source
/// Unbound 1.17 `dns_cache_lookup` (expired where `now > ttl`), BIND 9.18 `ACTIVE` in `rbtdb.c` (alive where `ttl > now`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastSecond {
    /// It is, with a remaining TTL of 0: Unbound.
    Served,
    /// It is not: BIND. An entry whose TTL is 0 is served in its own second all the same.
    Missed,
}

/// The bounds of a [`Cache`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Most entries held, at least 1.
    pub entries_max: u32,
    /// What happens in the last second.
    pub last_second: LastSecond,
    /// For how many seconds an expired entry is still found, as a stale one.
    pub stale_s_max: u32,
}

impl CacheConfig {
    /// A million entries, nothing stale.
    pub fn new(last_second: LastSecond) -> Self {
        Self { entries_max: 1_000_000, last_second, stale_s_max: 0 }
    }
}

/// An entry that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'a, V> {
    /// What was stored.
    pub value: &'a V,
    /// The TTL that it was stored with, in seconds.
    pub ttl_s: u32,
    /// Seconds that it has left; 0 where it is stale.
    pub remaining_s: u32,
    /// Seconds since the last second in which it was fresh; 0 where it is fresh.
    pub stale_s: u32,
}

impl<V> Hit<'_, V> {
    /// True where the entry has not expired.
    pub const fn is_fresh(&self) -> bool {
        self.stale_s == 0
    }
}

/// A bounded cache: see the module's head for its clock and for what it drops.
///
/// # Example
/// ```
/// use askance_proto::dns::{Cache, CacheConfig, LastSecond};
/// use askance_record::Timestamp;
///
/// let mut cache = Cache::new(CacheConfig::new(LastSecond::Missed));
/// cache.put(Timestamp::from_us(900_000), 7, "answer", 60);
/// let hit = cache.get(Timestamp::from_us(59_999_999), &7).unwrap();
/// assert_eq!((*hit.value, hit.remaining_s), ("answer", 1));
/// assert!(cache.get(Timestamp::from_s(60), &7).is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Cache<K, V> {
    config: CacheConfig,
    index: BTreeMap<K, u32>,
    slots: Vec<Slot<K, V>>,
    /// The slot used last, and the one used longest ago.
    newest: u32,
    oldest: u32,
    /// The first free slot; free slots are chained by `older`.
    free: u32,
}

#[derive(Clone, Debug)]
struct Slot<K, V> {
    /// `None` in a free slot.
    content: Option<(K, V)>,
    expires_s: i64,
    ttl_s: u32,
    newer: u32,
    older: u32,
}

impl<K: Ord + Clone, V> Cache<K, V> {
    /// An empty cache.
    ///
    /// # Panics
    /// Where `entries_max` is 0.
    pub fn new(config: CacheConfig) -> Self {
        assert!(config.entries_max > 0, "a cache holds at least one entry");
        Self { config, index: BTreeMap::new(), slots: Vec::new(), newest: NONE, oldest: NONE, free: NONE }
    }

    /// Finds an entry that is fresh, or stale within the bound.
    ///
    /// Cost: O(log n), no allocation.
    pub fn get(&mut self, now: Timestamp, key: &K) -> Option<Hit<'_, V>> {
        let at = *self.index.get(key)?;
        let slot = &self.slots[at as usize];
        let left_s = slot.expires_s - second(now);
        let is_fresh = match self.config.last_second {
            LastSecond::Served => left_s >= 0,
            LastSecond::Missed => left_s > 0 || (left_s == 0 && slot.ttl_s == 0),
        };
        let last_fresh_s = i64::from(self.config.last_second == LastSecond::Missed && slot.ttl_s > 0);
        let stale_s = if is_fresh { 0 } else { last_fresh_s - left_s };
        if stale_s > i64::from(self.config.stale_s_max) {
            return None;
        }
        self.touch(at);
        let slot = &self.slots[at as usize];
        let (_, value) = slot.content.as_ref()?;
        Some(Hit {
            value,
            ttl_s: slot.ttl_s,
            // A clock set back could show more than was stored.
            remaining_s: u32::try_from(left_s.max(0)).unwrap_or(u32::MAX).min(slot.ttl_s),
            stale_s: u32::try_from(stale_s).unwrap_or(u32::MAX),
        })
    }

    /// Stores an entry in place of any other of its key.
    ///
    /// Cost: O(log n).
    /// # Panics
    /// Never: fewer than 2^32 slots exist.
    pub fn put(&mut self, now: Timestamp, key: K, value: V, ttl_s: u32) {
        let expires_s = second(now).saturating_add(i64::from(ttl_s));
        if let Some(&at) = self.index.get(&key) {
            let slot = &mut self.slots[at as usize];
            (slot.content, slot.expires_s, slot.ttl_s) = (Some((key, value)), expires_s, ttl_s);
            self.touch(at);
            return;
        }
        if self.index.len() >= self.config.entries_max as usize {
            self.drop_slot(self.oldest);
        }
        let slot = Slot { content: Some((key.clone(), value)), expires_s, ttl_s, newer: NONE, older: NONE };
        let at = if self.free == NONE {
            self.slots.push(slot);
            u32::try_from(self.slots.len() - 1).expect("entries_max bounds the slots")
        } else {
            let at = self.free;
            self.free = self.slots[at as usize].older;
            self.slots[at as usize] = slot;
            at
        };
        self.index.insert(key, at);
        self.link_newest(at);
    }

    /// Forgets an entry.
    pub fn remove(&mut self, key: &K) {
        if let Some(&at) = self.index.get(key) {
            self.drop_slot(at);
        }
    }

    /// Forgets everything, as a restart does.
    pub fn clear(&mut self) {
        *self = Self::new(self.config);
    }

    /// How many entries are held, expired ones included.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True where nothing is held.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    fn touch(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.link_newest(at);
        }
    }

    fn link_newest(&mut self, at: u32) {
        let before = self.newest;
        let slot = &mut self.slots[at as usize];
        (slot.newer, slot.older) = (NONE, before);
        match self.slots.get_mut(before as usize) {
            Some(slot) => slot.newer = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }

    fn unlink(&mut self, at: u32) {
        let Slot { newer, older, .. } = self.slots[at as usize];
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
    }

    fn drop_slot(&mut self, at: u32) {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        if let Some((key, _)) = slot.content.take() {
            self.index.remove(&key);
        }
        slot.older = self.free;
        self.free = at;
    }
}

/// The whole second that an instant lies in.
pub(super) const fn second(now: Timestamp) -> i64 {
    now.us().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests;
