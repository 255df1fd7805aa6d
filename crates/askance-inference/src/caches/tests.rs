use askance_record::{Rng, Timestamp, Vantage};

use crate::demand::demand_of;
use crate::state::{Event, SeriesState};

use super::*;

/// Misses of `caches` caches that share steady demand, `per_day` a day, over `days` days.
fn farm(caches: u64, per_day: f64, ttl_s: u32, days: f64, seed: u64) -> SeriesState {
    let mut rng = Rng::new(seed);
    let mut state = SeriesState::new(seed);
    let mut held_until = vec![0.0; usize::try_from(caches.max(1)).expect("few")];
    let mut t = rng.exponential(86_400.0 / per_day);
    while t < days * 86_400.0 {
        let cache = usize::try_from(rng.below(caches.max(1))).expect("few");
        if caches == 0 || t >= held_until[cache] {
            held_until[cache] = t + f64::from(ttl_s);
            #[expect(clippy::cast_possible_truncation, reason = "seconds of a test")]
            let us = (t * 1e6) as i64;
            state.push(&Event { ttl_s: Some(ttl_s), ..Event::new(Timestamp::from_us(us), Role::A) });
        }
        t += rng.exponential(86_400.0 / per_day);
    }
    state
}

fn count(state: &SeriesState) -> Option<Caches> {
    let given = Observation::new(Vantage::Authoritative);
    caches(&Sessions::of(state, &given), &given, &Evidence::default())
}

/// For each farm and demand: which count is likeliest, how sure, over ten draws; and the demand found.
fn table(ttl_s: u32) -> String {
    use core::fmt::Write as _;
    let mut out = String::new();
    for caches in [0, 1, 2, 4] {
        // Demands a TTL.
        for dense in [0.2, 1.0, 5.0] {
            let per_day = dense * 86_400.0 / f64::from(ttl_s);
            let (mut best, mut clear, mut covers) = ([0; 5], 0, 0);
            for seed in 0..10 {
                let state = farm(caches, per_day, ttl_s, 300.0 * f64::from(ttl_s) / 86_400.0, seed);
                let Some(found) = count(&state) else { continue };
                best[if found.is_uncached() { 0 } else { usize::from(found.best) }] += 1;
                clear += u32::from(found.is_clear());
                let given = Observation::new(Vantage::Authoritative);
                let got = demand_of(&state, &Sessions::of(&state, &given), &given, Some(ttl_s), Some(&found), false)
                    .expect("misses");
                covers += u32::from(got.interval.0 <= per_day && per_day <= got.interval.1);
            }
            writeln!(
                out,
                "{caches} caches, {dense} a TTL: none {} one {} two {} four {}, clear {clear}, demand covered {covers}",
                best[0], best[1], best[2], best[4]
            )
            .expect("a string takes all");
        }
    }
    out
}

#[test]
fn the_caches_of_a_farm_are_counted_where_demand_is_dense() {
    insta::assert_snapshot!(table(3600), @"
    0 caches, 0.2 a TTL: none 9 one 0 two 1 four 0, clear 0, demand covered 10
    0 caches, 1 a TTL: none 10 one 0 two 0 four 0, clear 9, demand covered 10
    0 caches, 5 a TTL: none 10 one 0 two 0 four 0, clear 10, demand covered 10
    1 caches, 0.2 a TTL: none 0 one 10 two 0 four 0, clear 0, demand covered 10
    1 caches, 1 a TTL: none 0 one 10 two 0 four 0, clear 10, demand covered 10
    1 caches, 5 a TTL: none 0 one 10 two 0 four 0, clear 10, demand covered 9
    2 caches, 0.2 a TTL: none 6 one 0 two 4 four 0, clear 0, demand covered 10
    2 caches, 1 a TTL: none 0 one 0 two 10 four 0, clear 0, demand covered 10
    2 caches, 5 a TTL: none 0 one 0 two 10 four 0, clear 10, demand covered 9
    4 caches, 0.2 a TTL: none 8 one 0 two 2 four 0, clear 0, demand covered 10
    4 caches, 1 a TTL: none 2 one 0 two 0 four 8, clear 0, demand covered 10
    4 caches, 5 a TTL: none 0 one 0 two 0 four 10, clear 10, demand covered 9
    ");
}

#[test]
fn a_prefetching_cache_is_one_cache() {
    let mut state = SeriesState::new(0);
    let mut rng = Rng::new(3);
    let mut t = 0.0;
    for _ in 0..200 {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a test")]
        let us = (t * 1e6) as i64;
        state.push(&Event { ttl_s: Some(300), ..Event::new(Timestamp::from_us(us), Role::A) });
        t += rng.uniform(270.0, 300.0) + if rng.chance(0.2) { rng.exponential(200.0) } else { 0.0 };
    }
    let got = count(&state).expect("misses");
    assert!(got.best == 1 && got.is_clear() && got.dead_s == 270, "{got:?}");
}

#[test]
fn nothing_is_said_without_a_cache_a_ttl_or_enough() {
    let given = Observation::new(Vantage::ResolverClient);
    let state = farm(1, 50.0, 3600, 5.0, 1);
    assert_eq!(caches(&Sessions::of(&state, &given), &given, &Evidence::default()), None);
    assert_eq!(count(&farm(1, 1.0, 3600, 5.0, 1)), None);
    assert_eq!(count(&SeriesState::new(0)), None);
}

#[test]
fn dead_time_is_counted_once() {
    // One cache: 10 s dead after each of three misses, the last of which ends the record.
    assert!((dead(&[0.0, 10.0, 25.0], 10.0, 1.0) - 20.0).abs() < 1e-12);
    // Two caches: half dead for 10 s each, both for 5 s.
    assert!((dead(&[0.0, 5.0, 30.0], 10.0, 2.0) - 10.0).abs() < 1e-12);
}
