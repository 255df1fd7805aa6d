//! Askers behind real resolvers, as the authoritative server sees them; and no party minds what strangers send it.

use std::collections::BTreeMap;

use askance_proto::dns::{Message, Software, StubConfig};
use askance_proto::{Actor, Input, Output, StreamEvent, StreamId};
use askance_record::{RrType, Timestamp};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use super::testing::{Net, Seen, internet, ip, name, server};
use super::*;

const START: Timestamp = Timestamp::from_s(1_462_147_200);

fn day() -> core::ops::Range<Timestamp> {
    START..START.plus_us(86_400_000_000)
}

fn parties() -> Vec<Box<dyn Actor>> {
    let stub = StubConfig::new(ip("192.0.2.10"), server("192.0.2.53"));
    let (id, domain, cause, seed) = ("party".to_owned(), name("t.hotel-brand.example"), None, 1);
    let process = Process::Sleep(SleepLoop::every(0.1));
    let asker = AskerConfig {
        id: id.clone(),
        addresses: vec![stub.address],
        hosts: Hosts::Each,
        stub: stub.clone(),
        process: process.clone(),
        names: Names::host(domain.clone()),
        local_cache: true,
        refresh: Some(Refresh::PAN_OS),
        retry: Some(Retry::FAST),
        connect: None,
        active: vec![day()],
        outages: Vec::new(),
        cause,
        seed,
    };
    let tunnel = TunnelConfig {
        id: id.clone(),
        stub: stub.clone(),
        domain: domain.clone(),
        payload: vec![7; 999],
        session: 1,
        qtype: RrType::TXT,
        label_octets: 63,
        window: 3,
        process,
        active: day(),
        cause,
        seed,
    };
    let served = TunnelServerConfig {
        id: id.clone(),
        address: stub.address,
        domain: domain.clone(),
        payload: vec![9; 500],
        octets_max: 99,
    };
    let timing = TimingConfig {
        id,
        stub,
        qname: domain,
        qtype: RrType::A,
        message: vec![1, 2],
        code: TimingCode::QUICK,
        start: START,
        cause,
        seed,
    };
    vec![
        Asker::node(asker).actor,
        TunnelClient::node(tunnel).actor,
        TunnelServer::node(served).actor,
        TimingSender::node(timing).actor,
        Service::node("web", ip("192.0.2.10"), 443, 100).actor,
    ]
}

/// Gaps, in whole seconds, between the lookups of `mail1.hotel-brand.example` at its server, and how often each came.
fn gaps_behind(software: Software, ttl_s: u32, process: Process) -> Vec<(i64, usize)> {
    let asker = AskerConfig {
        id: "poller".to_owned(),
        addresses: vec![ip("192.0.2.10")],
        hosts: Hosts::Each,
        stub: StubConfig::new(ip("192.0.2.10"), server("192.0.2.53")),
        process,
        names: Names::one(name("mail1.hotel-brand.example"), RrType::A),
        local_cache: false,
        refresh: None,
        retry: None,
        connect: None,
        active: vec![day()],
        outages: Vec::new(),
        cause: None,
        seed: 1,
    };
    let mut nodes = internet(software, ttl_s);
    nodes.push(Asker::node(asker));
    let mut net = Net::new(nodes, START);
    net.run(day().end);
    let is_ours = |s: &&Seen| s.message.question.as_ref().is_some_and(|(q, _)| q.key() == "mail1.hotel-brand.example");
    let times: Vec<_> = net.queries("198.51.100.53").filter(is_ours).map(|s| s.at).collect();
    let mut counts = BTreeMap::new();
    for pair in times.windows(2) {
        *counts.entry((pair[1].us() - pair[0].us() + 500_000) / 1_000_000).or_default() += 1;
    }
    counts.into_iter().collect()
}

#[test]
fn a_poll_is_seen_at_the_first_multiple_of_its_period_beyond_the_ttl() {
    let poll = |period_s: f64| Process::Clock(ClockJob { late_s: 0.0, ..ClockJob::every(period_s, 42.3) });
    // With period and TTL equal, what a cache does in its last second decides: Unbound serves the answer once more.
    assert_eq!(gaps_behind(Software::Unbound, 300, poll(300.0)), [(600, 143)]);
    assert_eq!(gaps_behind(Software::Bind, 300, poll(300.0)), [(300, 287)]);
    assert_eq!(gaps_behind(Software::Unbound, 3600, poll(600.0)), [(4200, 20)]);
    assert_eq!(gaps_behind(Software::Unbound, 60, poll(600.0)), [(600, 143)]);
}

/// Octets that are a query or response at least now and then.
fn mended(octets: &[u8], form: u8) -> Vec<u8> {
    let mut query = Message::query(1, name("t.hotel-brand.example"), RrType::TXT).encode();
    match form {
        0 => octets.to_vec(),
        1 => {
            query.extend_from_slice(octets);
            query
        }
        _ => {
            let at = octets.len() % query.len();
            query[at] ^= octets.first().copied().unwrap_or(1);
            query
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_survived(
        pieces in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 0..80)), 1..30),
        ports in prop::collection::vec(any::<u16>(), 30),
    ) {
        for mut party in parties() {
            let mut now = START;
            let stream = StreamId::accepted(1);
            let (from, to) = (server("192.0.2.53"), server("192.0.2.10"));
            party.handle(now, Input::Started);
            party.handle(now, Input::Stream { id: stream, event: StreamEvent::Accepted { from, to, cause: None } });
            for ((form, octets), port) in pieces.iter().zip(&ports) {
                now = now.plus_us(50_000);
                let octets = mended(octets, *form);
                let to = (to.ip(), *port).into();
                party.handle(now, Input::Datagram { from, to, octets: &octets, cause: None });
                party.handle(now, Input::Stream { id: stream, event: StreamEvent::Octets(&octets) });
                party.handle(now, Input::Timer);
                let mut outputs = 0;
                loop {
                    match party.poll() {
                        Output::Wait { until } => {
                            prop_assert!(until.is_none_or(|at| at > now));
                            break;
                        }
                        Output::Send { octets, .. } => prop_assert!(octets.len() <= 512),
                        Output::Write { octets, .. } => prop_assert!(octets.len() <= 100),
                        _ => {}
                    }
                    outputs += 1;
                    prop_assert!(outputs < 40);
                }
            }
        }
    }
}
