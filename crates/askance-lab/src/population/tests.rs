//! The laws of a population: rates, popularity, caches, and the same rows for the same seed.

use std::collections::BTreeMap;

use askance_proto::dns::{Cache, CacheConfig};
use jiff::tz::TimeZone;

use super::*;
use crate::demand::WeekTemplate;

/// Monday 2016-05-02, 00:00 UTC.
const MONDAY: Timestamp = Timestamp::from_s(1_462_147_200);

fn after_h(hours: i64) -> Timestamp {
    MONDAY.plus_us(hours * 3_600_000_000)
}

fn small() -> PopulationConfig {
    let office = Week::new(WeekTemplate::at_work(), TimeZone::get("Europe/Paris").expect("a zone"));
    PopulationConfig {
        start: MONDAY,
        groups: vec![
            ClientGroup::at(Ipv4Addr::new(198, 18, 0, 1), 30, office, 400.0),
            ClientGroup {
                activity_spread: 1.0,
                ..ClientGroup::at(Ipv4Addr::new(198, 18, 1, 1), 10, Week::flat(), 300.0)
            },
        ],
        names: PopulationName::made_up(50, 1),
        zipf_exponent: 1.0,
        types: vec![(RrType::A, 3.0), (RrType::AAAA, 1.0)],
        caches: vec![Ipv4Addr::new(192, 0, 2, 53).into(), Ipv4Addr::new(192, 0, 2, 54).into()],
        spread: Spread::PerQuery,
        last_second: LastSecond::Missed,
        local_slots: 0,
    }
}

fn made(config: PopulationConfig, seed: u64) -> Population {
    Population::new(config, seed).expect("a configuration with clients, names, types and caches")
}

fn hash(config: PopulationConfig, seed: u64, stops: &[i64]) -> u64 {
    let mut population = made(config, seed);
    let mut hash = 0;
    for &stop in stops {
        population.run(after_h(stop), &mut |row| {
            let flag = u64::from(row.hit) << 63;
            for part in
                [row.at.us().unsigned_abs(), u64::from(row.client) | flag, u64::from(row.name), u64::from(row.ttl_s)]
            {
                hash = mix64(hash ^ part);
            }
        });
    }
    hash
}

#[test]
fn rates_follow_the_week_of_each_group() {
    let config = small();
    let (office, flat) = (config.groups[0].week.clone(), 10.0 * 300.0 / 24.0);
    let mut counts = vec![[0.0f64; 2]; 168];
    let weeks = 6;
    let mut last = MONDAY;
    let stats = made(config, 1).run(after_h(168 * weeks), &mut |row| {
        assert!(row.at >= last);
        last = row.at;
        let hour = usize::try_from((row.at.us() - MONDAY.us()) / 3_600_000_000 % 168).expect("after the start");
        counts[hour][usize::from(row.client >= 30)] += 1.0 / weeks as f64;
    });
    assert_eq!(stats.wanted, stats.hits + stats.misses);
    for (hour, [in_office, steady]) in counts.iter().enumerate() {
        let wanted = 30.0 * 400.0 / 24.0 * office.weight_at(after_h(i64::try_from(hour).expect("below 168")));
        for (found, wanted) in [(*in_office, wanted), (*steady, flat)] {
            let bound = 5.0 * libm::sqrt(wanted / weeks as f64) + 1.0;
            assert!((found - wanted).abs() < bound, "hour {hour}: {found} for {wanted}");
        }
    }
}

#[test]
fn names_have_the_shares_of_zipf_and_types_their_weights() {
    let (mut names, mut quad, mut clients) = (vec![0.0f64; 50], 0.0, vec![0u64; 40]);
    let n = made(small(), 2).run(after_h(168 * 4), &mut |row| {
        names[row.name as usize] += 1.0;
        clients[row.client as usize] += 1;
        quad += if row.qtype == RrType::AAAA { 1.0 } else { 0.0 };
    });
    let n = n.wanted as f64;
    let harmonic: f64 = (1..=50).map(|r| 1.0 / f64::from(r)).sum();
    for (rank, found) in names.iter().enumerate() {
        let wanted = n / harmonic / (rank + 1) as f64;
        assert!((found - wanted).abs() < 5.0 * libm::sqrt(wanted), "rank {rank}: {found} for {wanted}");
    }
    assert!((quad / n - 0.25).abs() < 0.01);
    // Clients of the first group are alike, those of the second are not.
    let ratio = |c: &[u64]| *c.iter().max().unwrap() as f64 / *c.iter().min().unwrap() as f64;
    assert!(ratio(&clients[..30]) < 1.1 && ratio(&clients[30..]) > 3.0, "{clients:?}");
}

#[test]
fn a_cache_asks_upstream_once_in_a_ttl() {
    let config = small();
    let ttls: Vec<u32> = config.names.iter().map(|n| n.ttl_s).collect();
    let mut misses: BTreeMap<(u16, u32, RrType), u32> = BTreeMap::new();
    let span_h = 100;
    made(config, 3).run(after_h(span_h), &mut |row| {
        if !row.hit {
            *misses.entry((row.cache, row.name, row.qtype)).or_default() += 1;
        }
    });
    assert!(misses.len() > 150, "{}", misses.len());
    for ((cache, name, qtype), found) in misses {
        // Caches that count in whole seconds ask again up to a second early.
        let most = span_h as f64 * 3600.0 / f64::from(ttls[name as usize] - 1) + 1.0;
        assert!(f64::from(found) <= most, "cache {cache}, name {name}, {qtype}: {found} over {most}");
    }
}

#[test]
fn caches_are_those_of_a_resolver() {
    for last_second in [LastSecond::Served, LastSecond::Missed] {
        let mut config = PopulationConfig { last_second, ..small() };
        for (name, ttl_s) in config.names.iter_mut().zip([0, 1, 2, 3, 30]) {
            name.ttl_s = ttl_s;
        }
        let specs: Vec<u32> = config.names.iter().map(|n| n.ttl_s).collect();
        let mut model = [0; 2].map(|_| Cache::new(CacheConfig::new(last_second)));
        let stats = made(config, 8).run(after_h(60), &mut |row| {
            let cache = &mut model[usize::from(row.cache)];
            let key = (row.name, row.qtype);
            let found = cache.get(row.at, &key).map(|hit| hit.remaining_s);
            assert_eq!((row.hit, row.ttl_s), (found.is_some(), found.unwrap_or(specs[row.name as usize])), "{row:?}");
            if found.is_none() {
                cache.put(row.at, key, (), row.ttl_s);
            }
        });
        assert!(stats.hits > 1000 && stats.misses > 1000, "{stats:?}");
    }
}

#[test]
fn miss_rate_behind_a_cache_is_that_of_theory() {
    // One name, TTL 300 s, steady demand: rate / (1 + rate TTL).
    let mut config = small();
    config.groups = vec![ClientGroup::at(Ipv4Addr::new(198, 18, 0, 1), 20, Week::flat(), 86.4)];
    config.names = vec![PopulationName {
        name: Name::parse("mail1.hotel-brand.example").unwrap(),
        ttl_s: 300,
        rcode: Rcode::NOERROR,
    }];
    config.types = vec![(RrType::A, 1.0)];
    config.caches.truncate(1);
    let stats = made(config, 4).run(after_h(24 * 60), &mut |_| {});
    let rate = 20.0 * 86.4 / 86_400.0;
    let wanted = rate / (1.0 + rate * 300.0) * 60.0 * 86_400.0;
    assert!((stats.misses as f64 / wanted - 1.0).abs() < 0.03, "{} for {wanted}", stats.misses);
}

#[test]
fn own_caches_hide_what_they_hold() {
    let mut config = small();
    config.local_slots = 64;
    config.spread = Spread::PerClient;
    let mut seen: BTreeMap<(u32, u32, RrType), Timestamp> = BTreeMap::new();
    let mut by_client: BTreeMap<u32, u16> = BTreeMap::new();
    let (mut rows, mut early) = (0u64, 0u64);
    let stats = made(config, 5).run(after_h(200), &mut |row| {
        rows += 1;
        assert_eq!(*by_client.entry(row.client).or_insert(row.cache), row.cache);
        let until = row.at.plus_us(i64::from(row.ttl_s) * 1_000_000 - 1_000_000);
        // Asked again before expiry only where another name has taken the slot.
        early += u64::from(seen.insert((row.client, row.name, row.qtype), until).is_some_and(|u| row.at < u));
    });
    assert_eq!(stats.wanted, stats.local + stats.hits + stats.misses);
    assert_eq!(rows, stats.hits + stats.misses);
    assert!(stats.local * 5 > stats.wanted, "{stats:?}");
    assert!(early * 4 < stats.local, "{early} of {stats:?}");
}

#[test]
fn same_seed_same_rows_however_the_span_is_cut() {
    let whole = hash(small(), 6, &[72]);
    assert_eq!(whole, hash(small(), 6, &[1, 2, 40, 41, 72]));
    assert_ne!(whole, hash(small(), 7, &[72]));
    insta::assert_snapshot!(format!("{whole:016x}"), @"5ac9a620f645049c");
}

#[test]
fn empty_tables_are_refused_and_sleepers_end() {
    let refuse = |change: fn(&mut PopulationConfig)| {
        let mut config = small();
        change(&mut config);
        Population::new(config, 1).map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(refuse(|c| c.names.clear()), "a population needs at least one of: names");
    assert_eq!(refuse(|c| c.types[..].iter_mut().for_each(|t| t.1 = 0.0)), "a population needs at least one of: types");
    assert_eq!(refuse(|c| c.groups.clear()), "a population needs at least one of: clients");
    assert_eq!(refuse(|c| c.groups[0].addresses.clear()), "a population needs at least one of: clients");
    assert_eq!(refuse(|c| c.caches.clear()), "a population needs at least one of: caches");
    let mut asleep = small();
    asleep.groups.iter_mut().for_each(|g| g.week.template = WeekTemplate::new([0.0; 168]));
    assert_eq!(made(asleep, 1).run(after_h(10_000), &mut |_| {}).wanted, 0);
}
