//! The cache against a slow one, and its seconds.

use proptest::prelude::*;

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_us(ms * 1_000)
}

/// Seconds left at each of these milliseconds, of an entry stored at 500 ms; `-` where it is missed, `~` where stale.
fn shown(last_second: LastSecond, ttl_s: u32, stale_s_max: u32, asked_ms: &[i64]) -> String {
    let mut cache = Cache::new(CacheConfig { entries_max: 2, last_second, stale_s_max });
    cache.put(at(500), 1, (), ttl_s);
    let show = |ms: &i64| match cache.get(at(*ms), &1) {
        None => "-".to_owned(),
        Some(hit) if hit.is_fresh() => hit.remaining_s.to_string(),
        Some(hit) => format!("~{}", hit.stale_s),
    };
    asked_ms.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn whole_seconds_decide() {
    let asked = [500, 999, 1_000, 9_999, 10_000, 10_999, 11_000, 12_999, 13_000];
    assert_eq!(shown(LastSecond::Served, 10, 0, &asked), "10 10 9 1 0 0 - - -");
    assert_eq!(shown(LastSecond::Missed, 10, 0, &asked), "10 10 9 1 - - - - -");
    assert_eq!(shown(LastSecond::Served, 10, 2, &asked), "10 10 9 1 0 0 ~1 ~2 -");
    assert_eq!(shown(LastSecond::Missed, 10, 2, &asked), "10 10 9 1 ~1 ~1 ~2 - -");
    assert_eq!(shown(LastSecond::Served, 0, 0, &asked), "0 0 - - - - - - -");
    assert_eq!(shown(LastSecond::Missed, 0, 1, &asked), "0 0 ~1 - - - - - -");
}

#[test]
fn seconds_before_1970_are_seconds_too() {
    let mut cache = Cache::new(CacheConfig::new(LastSecond::Missed));
    cache.put(at(-1_500), 1, (), 2);
    assert_eq!(cache.get(at(-1), &1).map(|hit| hit.remaining_s), Some(1));
    assert_eq!(cache.get(at(0), &1), None);
}

/// What the cache must do, done slowly: entries in the order of their use, newest last.
#[derive(Default)]
struct Slow(Vec<(u8, u32)>);

impl Slow {
    fn get(&mut self, key: u8) -> Option<u32> {
        let entry = self.0.remove(self.0.iter().position(|(k, _)| *k == key)?);
        self.0.push(entry);
        Some(entry.1)
    }

    fn put(&mut self, key: u8, value: u32, entries_max: usize) {
        self.0.retain(|(k, _)| *k != key);
        if self.0.len() >= entries_max {
            self.0.remove(0);
        }
        self.0.push((key, value));
    }
}

proptest! {
    #[test]
    fn the_entry_used_longest_ago_goes_first(
        entries_max in 1_u32..6,
        calls in prop::collection::vec((0_u8..3, 0_u8..8), 0..200),
    ) {
        let config = CacheConfig { entries_max, ..CacheConfig::new(LastSecond::Served) };
        let (mut cache, mut slow) = (Cache::new(config), Slow::default());
        for (n, (call, key)) in (0_u32..).zip(calls) {
            match call {
                0 => {
                    cache.put(at(0), key, n, 1);
                    slow.put(key, n, entries_max as usize);
                }
                1 => prop_assert_eq!(cache.get(at(0), &key).map(|hit| *hit.value), slow.get(key)),
                _ => {
                    cache.remove(&key);
                    slow.0.retain(|(k, _)| *k != key);
                }
            }
            prop_assert_eq!(cache.len(), slow.0.len());
            prop_assert_eq!(cache.is_empty(), slow.0.is_empty());
        }
    }

    #[test]
    fn never_more_is_left_than_was_stored(
        stored_ms in -5_000_i64..5_000,
        ttl_s in 0_u32..20,
        later_ms in 0_i64..30_000,
        is_served in any::<bool>(),
    ) {
        let last_second = if is_served { LastSecond::Served } else { LastSecond::Missed };
        let mut cache = Cache::new(CacheConfig::new(last_second));
        cache.put(at(stored_ms), (), (), ttl_s);
        let left_ms = i64::from(ttl_s) * 1_000 - later_ms;
        match cache.get(at(stored_ms + later_ms), &()) {
            // Whole seconds give away less than one second, and never take more than one.
            Some(hit) => prop_assert!(i64::from(hit.remaining_s) * 1_000 < left_ms + 1_000),
            None => prop_assert!(left_ms < 1_000),
        }
    }
}

#[test]
fn many_small_keys_pass_through() {
    // 1,000 keys in turn, each every 100 s, 72 times, under TTLs of 60 to 139 s.
    let mut cache = Cache::new(CacheConfig { entries_max: 1_000, ..CacheConfig::new(LastSecond::Missed) });
    let mut misses = 0_u32;
    for n in 0_u32..72_000 {
        let (now, key) = (at(i64::from(n) * 100), n % 1_000);
        if cache.get(now, &key).is_none() {
            misses += 1;
            cache.put(now, key, n, 60 + key % 80);
        }
    }
    // 532 keys have a TTL of at most 100 s and are missed each time, the others every second time.
    assert_eq!((misses, cache.len()), (532 * 72 + 468 * 36, 1_000));
}
