//! Messages in gaps: through jitter, through a cache, and not through one that is too slow.

use askance_proto::dns::Software;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::demand::testing::{Net, Seen, internet, ip, name, server};

const START: Timestamp = Timestamp::from_s(1_462_147_200);
const MESSAGE: &[u8] = b"meet at the marina";

/// What the authoritative server reads behind a resolver when the record has this TTL.
fn read_behind_cache(software: Software, ttl_s: u32, loss: f64, rounds: u32) -> (Option<Vec<u8>>, usize) {
    let code = TimingCode { rounds, ..TimingCode::QUICK };
    let mut stub = StubConfig::new(ip("192.0.2.10"), server("192.0.2.53"));
    stub.timeout_s = 1;
    let config = TimingConfig {
        id: "sender".to_owned(),
        stub,
        qname: name("mail1.hotel-brand.example"),
        qtype: RrType::A,
        message: MESSAGE.to_vec(),
        code,
        start: START.plus_us(5_000_000),
        cause: None,
        seed: 1,
    };
    let mut nodes = internet(software, ttl_s);
    nodes.push(TimingSender::node(config));
    let mut net = Net::new(nodes, START);
    net.loss = loss;
    net.run(START.plus_us(86_400_000_000));
    let is_mail1 = |s: &&Seen| {
        s.message.question.as_ref().is_some_and(|(q, t)| q.labels().next() == Some("mail1") && *t == RrType::A)
    };
    let times: Vec<Timestamp> = net.queries("198.51.100.53").filter(is_mail1).map(|s| s.at).collect();
    (code.decode(times.iter().copied()), times.len())
}

#[test]
fn a_message_is_read_from_the_times_at_the_authoritative_server() {
    for (software, ttl_s) in [(Software::Unbound, 0), (Software::Unbound, 1), (Software::Bind, 0), (Software::Bind, 1)]
    {
        assert!(TimingCode::QUICK.passes_cache(ttl_s));
        let (message, lookups) = read_behind_cache(software, ttl_s, 0.0, 4);
        assert_eq!(message.as_deref(), Some(MESSAGE), "TTL {ttl_s}");
        // Five frames of 4 + 4 octets (the last of 2 + 4), a pause behind each, four rounds, and the first lookup.
        assert_eq!(lookups, 4 * (4 * (64 + 1) + 48 + 1) + 1);
    }
}

#[test]
fn losses_spoil_frames_and_rounds_repair_them() {
    assert_eq!(read_behind_cache(Software::Bind, 0, 0.002, 1).0, None);
    assert_eq!(read_behind_cache(Software::Bind, 0, 0.002, 8).0.as_deref(), Some(MESSAGE));
}

#[test]
fn a_longer_ttl_closes_the_channel() {
    assert!(!TimingCode::QUICK.passes_cache(5));
    let (message, lookups) = read_behind_cache(Software::Bind, 5, 0.0, 4);
    assert_eq!(message, None);
    // Of 1237 that the sender wants.
    assert!(lookups < 800, "{lookups}");
}

#[test]
fn first_gaps() {
    let code = TimingCode { frame_octets: 1, rounds: 1, ..TimingCode::QUICK };
    let times: Vec<f64> = code.instants(b"A", START, Rng::new(1)).map(|t| t.since_s(START)).collect();
    let gaps: Vec<String> = times.windows(2).map(|w| format!("{:.1}", w[1] - w[0])).collect();
    // 00 01 41 and the check value.
    insta::assert_snapshot!(gaps.join(" "), @"3.2 3.2 2.7 3.2 2.7 3.1 3.4 3.0 2.7 2.7 3.3 2.9 2.7 2.9 2.7 4.7 3.0 5.0 3.4 3.1 2.8 3.2 2.7 4.9 4.8 3.1 4.7 3.4 3.1 5.2 5.1 5.1 3.0 5.1 3.4 2.9 4.7 3.2 3.3 3.2 12.0");
}

#[test]
fn a_repeated_lookup_is_passed_over() {
    let times: Vec<Timestamp> = TimingCode::QUICK.instants(b"AB", START, Rng::new(3)).collect();
    let doubled = times.iter().flat_map(|t| [*t, t.plus_us(300_000)]);
    assert_eq!(TimingCode::QUICK.decode(doubled).as_deref(), Some(&b"AB"[..]));
    assert_eq!(TimingCode::QUICK.decode([]), None);
    assert_eq!(TimingCode::QUICK.decode([START]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_comes_through_any_jitter_below_half_the_difference(
        message in prop::collection::vec(any::<u8>(), 1..80), frame_octets in 1usize..20, jitter in 0.0..0.49f64, seed: u64,
    ) {
        let code = TimingCode { frame_octets, ..TimingCode::new(3.0, 5.0, 2.0 * jitter) };
        let times: Vec<Timestamp> = code.instants(&message, START, Rng::new(seed)).collect();
        prop_assert!(times.is_sorted());
        prop_assert_eq!(code.decode(times), Some(message));
    }

    #[test]
    fn any_times_are_read_without_a_panic(gaps in prop::collection::vec(0i64..20_000_000, 0..600)) {
        let mut at = START;
        let times = gaps.iter().map(|g| { at = at.plus_us(*g); at });
        let message = TimingCode::QUICK.decode(times);
        prop_assert!(message.is_none_or(|m| (m.len() + 4) * 8 <= gaps.len()));
    }
}
