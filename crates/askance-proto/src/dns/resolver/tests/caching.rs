//! When a cache asks again.

use super::*;

const NAME: &str = "mail1.hotel-brand.example";

fn polled(config: ResolverConfig, ttl_s: u32, period_s: f64, count: usize) -> World {
    World::new(config, &format!("mail1 {ttl_s} A 192.0.2.9")).asks(Ask::every(period_s, count, NAME))
}

#[test]
fn a_poll_shows_behind_the_cache_by_its_period_and_the_ttl() {
    // Below the TTL: seven periods of 600 s behind Unbound, six behind BIND, which no longer has the entry in its last second.
    check!(Seconds, polled(plain(Software::Unbound), 3_600, 600.0, 20), @"0 4200 8400");
    check!(Seconds, polled(plain(Software::Bind), 3_600, 600.0, 20), @"0 3600 7200 10800");
    // Equal to the TTL: at twice the TTL behind Unbound.
    check!(Seconds, polled(plain(Software::Unbound), 3_600, 3_600.0, 6), @"0 7200 14400");
    check!(Seconds, polled(plain(Software::Bind), 3_600, 3_600.0, 6), @"0 3600 7200 10800 14400 18000");
    // Above the TTL: every poll.
    check!(Seconds, polled(plain(Software::Unbound), 3_600, 4_000.0, 4), @"0 4000 8000 12000");
    check!(Seconds, polled(plain(Software::Bind), 3_600, 4_000.0, 4), @"0 4000 8000 12000");
}

#[test]
fn prefetch_turns_1800_s_into_1620_s() {
    let config = ResolverConfig { prefetch: true, ..plain(Software::Unbound) };
    check!(Seconds, polled(config, 1_800, 60.0, 100), @"0 1620 3240 4860");
    // BIND prefetches in the last 2 s alone, so that a poll each minute does not meet them; one each second does.
    check!(Seconds, polled(plain(Software::Bind), 1_800, 60.0, 100), @"0 1800 3600 5400");
    check!(Seconds, polled(plain(Software::Bind), 30, 1.0, 100), @"0 28 56 84");
    check!(Seconds, polled(plain(Software::Bind), 8, 1.0, 30), @"0 8 16 24");
}

#[test]
fn answers_count_down() {
    check!(All, polled(plain(Software::Bind), 3, 1.4, 4), @"
    0.00 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    0.06 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    1.40 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 2
    2.80 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 1
    4.20 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    4.22 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    ");
    check!(All, polled(plain(Software::Unbound), 3, 1.4, 4), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    0.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    1.40 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 2
    2.80 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 1
    4.20 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    4.22 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3
    ");
}

#[test]
fn ttls_are_bounded() {
    let world = |software| {
        let asks = [Ask::at(0.0, NAME, RrType::A), Ask::at(0.1, "b.hotel-brand.example", RrType::A)];
        World::new(plain(software), "mail1 1000000 A 192.0.2.9").asks(asks)
    };
    let lines = |mut world: World| {
        world.run().into_iter().filter(|l| !l.is_upstream).map(|l| l.text).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(world(Software::Unbound)), @"
    0.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 86400
    0.12 client 198.51.100.1 A b.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 600
    ");
    insta::assert_snapshot!(lines(world(Software::Bind)), @"
    0.06 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 604800
    0.12 client 198.51.100.1 A b.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 600
    ");
}

#[test]
fn negative_ttls_are_bounded() {
    let world = |software, negative_ttl_max_s| {
        let config = ResolverConfig { negative_ttl_max_s, ..plain(software) };
        World::new(config, "").asks([0.0, 50.0, 105.0].map(|s| Ask::at(s, NAME, RrType::A)))
    };
    check!(Seconds, world(Software::Unbound, 100), @"0 105");
    check!(Seconds, world(Software::Bind, 3_600), @"0");
}

#[test]
fn a_delegation_lasts_as_long_as_the_parent_says() {
    let world = World::new(plain(Software::Unbound), "").with_zone("198.18.0.8", "short.example", "www 10 A 192.0.2.8");
    let world = world.add("198.18.0.2", "example", "short 100 NS ns.short\n ns.short 50 A 198.18.0.8");
    // At 75 s the address of the server has expired, and only the parent can give it again. That the delegation is heard
    // again then does not make it last beyond its first 100 s.
    check!(Upstream, world.asks([0.0, 25.0, 75.0, 110.0].map(|s| Ask::at(s, "www.short.example", RrType::A))), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A www.short.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A www.short.example -> NOERROR refers short.example
    0.06 192.0.2.53->198.18.0.8 A www.short.example -> NOERROR 192.0.2.8 10
    25.00 192.0.2.53->198.18.0.8 A www.short.example -> NOERROR 192.0.2.8 10
    75.00 192.0.2.53->198.18.0.2 A www.short.example -> NOERROR refers short.example
    75.02 192.0.2.53->198.18.0.8 A www.short.example -> NOERROR 192.0.2.8 10
    110.00 192.0.2.53->198.18.0.2 A www.short.example -> NOERROR refers short.example
    110.02 192.0.2.53->198.18.0.8 A www.short.example -> NOERROR 192.0.2.8 10
    ");
}

#[test]
fn absence_is_remembered_for_the_negative_ttl() {
    // The zone's negative TTL is 600 s.
    let asks = || {
        let gone = |s: f64, qtype| Ask::at(s, "gone.hotel-brand.example", qtype);
        let empty = |s: f64| Ask::at(s, NAME, RrType::MX);
        [
            gone(0.0, RrType::AAAA),
            gone(1.0, RrType::A),
            empty(2.0),
            gone(300.0, RrType::A),
            empty(601.0),
            gone(602.5, RrType::A),
        ]
    };
    // NXDOMAIN of AAAA covers A behind BIND, not behind Unbound, where all denials end with the SOA of the first.
    check!(All, World::new(plain(Software::Unbound), "mail1 60 A 192.0.2.9").asks(asks()), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 AAAA gone.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 AAAA gone.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 AAAA gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    0.08 client 198.51.100.1 AAAA gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 600
    1.00 192.0.2.53->198.18.0.3 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    1.02 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 599
    2.00 192.0.2.53->198.18.0.3 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    2.02 client 198.51.100.1 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 598
    300.00 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 300
    601.00 192.0.2.53->198.18.0.3 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    601.02 client 198.51.100.1 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 600
    602.50 192.0.2.53->198.18.0.3 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    602.52 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 599
    ");
    check!(All, World::new(plain(Software::Bind), "mail1 60 A 192.0.2.9").asks(asks()), @"
    0.00 192.0.2.53->198.18.0.1 AAAA gone.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 AAAA gone.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 AAAA gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    0.06 client 198.51.100.1 AAAA gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 600
    1.00 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 599
    2.00 192.0.2.53->198.18.0.3 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    2.02 client 198.51.100.1 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 600
    300.00 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 300
    601.00 client 198.51.100.1 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 1
    602.50 192.0.2.53->198.18.0.3 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    602.52 client 198.51.100.1 A gone.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 600
    ");
}

#[test]
fn a_farm_asks_once_per_cache() {
    let farm = |caches, spread| ResolverConfig {
        caches,
        spread,
        egress: vec![ip("192.0.2.101"), ip("192.0.2.102"), ip("192.0.2.103")],
        ..plain(Software::Unbound)
    };
    let of_zone = |config| {
        let mut world = polled(config, 3_600, 10.0, 60);
        let lines = world.run();
        let asked = lines.iter().filter(|l| l.text.contains("->198.18.0.3 "));
        asked.map(|l| l.text.split("->").next().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(of_zone(farm(3, Spread::PerQuery)), @"
    0.06 192.0.2.103
    10.06 192.0.2.101
    110.06 192.0.2.102
    ");
    insta::assert_snapshot!(of_zone(farm(3, Spread::PerClient)), @"0.06 192.0.2.101");
}

#[test]
fn a_restart_forgets_and_an_outage_is_silence() {
    let restarts = vec![Timestamp::from_s(1_000)];
    check!(Seconds, polled(ResolverConfig { restarts, ..plain(Software::Unbound) }, 3_600, 600.0, 10), @"0 1200 5400");
    let outages = vec![(Timestamp::from_s(0), Timestamp::from_s(600))];
    check!(Seconds, polled(ResolverConfig { outages, ..plain(Software::Unbound) }, 3_600, 300.0, 4), @"600");
}

#[test]
fn expired_answers_are_served() {
    use super::world::Fault;
    let expired = |software| ResolverConfig { serve_expired_s: Some(86_400), ..plain(software) };
    // Unbound answers with what it has and asks behind the client's back.
    check!(All, polled(expired(Software::Unbound), 60, 100.0, 3), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    0.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    100.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 30
    100.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    200.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 30
    200.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    ");
    // BIND asks first, and falls back on what it has when nobody answers.
    let mut world = polled(expired(Software::Bind), 60, 100.0, 1);
    world.run();
    let world = world.fault("198.18.0.3", Fault::Silent).asks([Ask::at(200.0, NAME, RrType::A)]);
    check!(All, world, @"
    200.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    200.80 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    201.60 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    202.40 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    204.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    207.20 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    210.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 30
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_answer_outlives_what_was_fetched(
        gaps_ms in prop::collection::vec(1_i64..40_000, 1..40),
        ttl_s in 0_u32..60,
        alias_ttl_s in 0_u32..60,
        is_bind in any::<bool>(),
        prefetch in any::<bool>(),
    ) {
        let software = if is_bind { Software::Bind } else { Software::Unbound };
        let zone = format!("mail1 {ttl_s} A 192.0.2.9\n www {alias_ttl_s} CNAME mail1");
        let mut at_ms = 0;
        let asks = gaps_ms.iter().map(|gap_ms| {
            at_ms += gap_ms;
            Ask::at(at_ms as f64 / 1e3, "www.hotel-brand.example", RrType::A)
        }).collect::<Vec<_>>();
        let asked = asks.len();
        let mut world = World::new(ResolverConfig { prefetch, ..plain(software) }, &zone).asks(asks);
        let lines = world.run();
        prop_assert_eq!(lines.iter().filter(|l| !l.is_upstream).count(), asked);
        for (at, name, ttl_s) in &world.answered {
            let fetched = world.fetched.iter().filter(|(then, owner, _)| then <= at && owner == name);
            let left_us = fetched.map(|(then, _, ttl_s)| i64::from(*ttl_s) * 1_000_000 - (at.us() - then.us())).max();
            // Whole seconds give away less than one.
            prop_assert!(left_us.is_some_and(|left_us| i64::from(*ttl_s) * 1_000_000 < left_us + 1_000_000));
        }
    }
}
