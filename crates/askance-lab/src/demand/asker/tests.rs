//! Each mechanism that an asker can be, through a network: what its resolver's client log shows.

use std::sync::{Arc, Mutex};

use askance_proto::dns::Data;
use askance_record::Name;
use insta::assert_snapshot;

use super::*;
use crate::demand::testing::{Net, Shared, Table, ip, name, node, server};
use crate::demand::{
    ArchiveStyle, Beacon, ClockJob, FadeOut, Jitter, OldSender, Process, Replay, SleepLoop, SpoofConfig, SpoofedQueries,
};

/// Monday 2016-05-02, 00:00 UTC.
const START: Timestamp = Timestamp::from_s(1_462_147_200);
const RESOLVER: &str = "192.0.2.53";
const MAIL1: &str = "mail1.hotel-brand.example";

fn after_s(seconds: i64) -> Timestamp {
    START.plus_us(seconds * 1_000_000)
}

fn asker(process: Process, names: Names) -> AskerConfig {
    AskerConfig {
        id: "client".to_owned(),
        addresses: vec![ip("192.0.2.10")],
        hosts: Hosts::Each,
        stub: StubConfig::new(ip("0.0.0.0"), server(RESOLVER)),
        process,
        names,
        local_cache: false,
        refresh: None,
        retry: None,
        connect: None,
        active: vec![START..after_s(30 * 86_400)],
        outages: Vec::new(),
        cause: Some(Cause(5)),
        seed: 1,
    }
}

fn a(text: &str) -> Data {
    let IpAddr::V4(v4) = ip(text) else { panic!("an IPv4 address") };
    Data::A(v4)
}

fn table() -> Table {
    Table::default()
        .with(MAIL1, 300, vec![a("198.51.100.7"), Data::Txt(vec![b"v=spf1 -all".to_vec()])])
        .with("7.100.51.198.in-addr.arpa", 3600, vec![Data::Ptr(name(MAIL1))])
        .with("broken.hotel-brand.example", 60, Vec::new())
}

fn ran(config: AskerConfig, seconds: i64) -> Net {
    let service = Service::node("web", ip("198.51.100.7"), 443, 1 << 20);
    let mut net = Net::new(vec![Asker::node(config), node("resolver", RESOLVER, table()), service], START);
    net.run(after_s(seconds));
    net
}

fn hourly() -> Process {
    Process::Clock(ClockJob { late_s: 0.0, ..ClockJob::every(3600.0, 600.0) })
}

#[test]
fn getaddrinfo_asks_both_families_at_once_and_dig_asks_one() {
    let net = ran(asker(hourly(), Names::host(name(MAIL1))), 7200);
    assert_snapshot!(net.table(RESOLVER, START), @r"
    600.00 192.0.2.10 mail1.hotel-brand.example A
    600.00 192.0.2.10 mail1.hotel-brand.example AAAA
    4200.00 192.0.2.10 mail1.hotel-brand.example A
    4200.00 192.0.2.10 mail1.hotel-brand.example AAAA
    ");
    assert!(net.seen.iter().all(|s| s.cause == Some(Cause(5))));
    assert!(net.streams.is_empty());
    let net = ran(asker(hourly(), Names::one(name(MAIL1), RrType::TXT)), 7200);
    assert_snapshot!(net.table(RESOLVER, START), @r"
    600.00 192.0.2.10 mail1.hotel-brand.example TXT
    4200.00 192.0.2.10 mail1.hotel-brand.example TXT
    ");
}

#[test]
fn verification_by_hand_asks_ptr_then_a() {
    let names = Names::PtrThenA(vec![ip("198.51.100.7"), ip("198.51.100.9")]);
    assert_snapshot!(ran(asker(hourly(), names), 3600 * 3).table(RESOLVER, START), @r"
    600.00 192.0.2.10 7.100.51.198.in-addr.arpa PTR
    600.02 192.0.2.10 mail1.hotel-brand.example A
    4200.00 192.0.2.10 9.100.51.198.in-addr.arpa PTR
    7800.00 192.0.2.10 7.100.51.198.in-addr.arpa PTR
    7800.02 192.0.2.10 mail1.hotel-brand.example A
    ");
}

#[test]
fn dense_demand_behind_a_local_cache_shows_the_ttl() {
    let dense = Process::Poisson { per_day: 8640.0 };
    let config = AskerConfig { local_cache: true, ..asker(dense, Names::one(name(MAIL1), RrType::A)) };
    let net = ran(config, 86_400);
    let times: Vec<f64> = net.queries(RESOLVER).map(|s| s.at.since_s(START)).collect();
    assert!((270..=289).contains(&times.len()), "{}", times.len());
    // Two programs that want the name in the same instant both ask: the cache learns of it only with the answer.
    let (twins, gaps): (Vec<f64>, Vec<f64>) = times.windows(2).map(|w| w[1] - w[0]).partition(|&gap| gap < 0.03);
    assert!(twins.len() < 5, "{twins:?}");
    assert!(gaps.iter().all(|gap| (299.9..400.0).contains(gap)), "{gaps:?}");
    // An AAAA without records is asked each time: failures are not kept.
    let config = AskerConfig { local_cache: true, ..asker(hourly(), Names::host(name(MAIL1))) };
    assert_eq!(ran(config, 86_400).queries(RESOLVER).count(), 48);
}

#[test]
fn firewall_objects_ask_when_the_ttl_ends_and_never_connect() {
    for (refresh, ttl_s, gap) in [
        (Refresh::PAN_OS, 300, 300.0),
        (Refresh::PAN_OS, 5, 30.0),
        (Refresh::FORTI_OS, 7200, 3600.0),
        (Refresh::ASA, 300, 360.0),
        (Refresh::ASA, 86_400, 14_400.0),
    ] {
        let connect = Some(ConnectConfig { port: 443, octets_out: 9, octets_in: 9, long_factor: 1, share: 0.0 });
        let config =
            AskerConfig { refresh: Some(refresh), connect, ..asker(Process::Once, Names::one(name(MAIL1), RrType::A)) };
        let resolver = Table::default().with(MAIL1, ttl_s, vec![a("198.51.100.7")]);
        let mut net = Net::new(vec![Asker::node(config), node("resolver", RESOLVER, resolver)], START);
        net.run(after_s(5 * 14_400));
        let times: Vec<f64> = net.queries(RESOLVER).map(|s| s.at.since_s(START)).collect();
        assert!(times.len() >= 5);
        assert!(times.windows(2).all(|w| (w[1] - w[0] - gap).abs() < 0.1), "{refresh:?} {ttl_s}: {times:?}");
        assert!(net.streams.is_empty());
    }
}

#[test]
fn retry_loops_go_on_until_the_answer_is_good() {
    let resolver = Arc::new(Mutex::new(table()));
    let broken = Names::one(name("broken.hotel-brand.example"), RrType::TXT);
    let config = AskerConfig { retry: Some(Retry::FAST), ..asker(hourly(), broken) };
    let nodes = vec![Asker::node(config), node("resolver", RESOLVER, Shared(Arc::clone(&resolver)))];
    let mut net = Net::new(nodes, START);
    net.run(after_s(660));
    let during = net.queries(RESOLVER).count();
    // The stub itself asks twice in each attempt, and an attempt comes each second.
    assert!((110..=125).contains(&during), "{during}");
    resolver.lock().unwrap().entries[2].2 = vec![Data::Txt(vec![b"repaired".to_vec()])];
    net.run(after_s(3600));
    assert!(net.queries(RESOLVER).count() <= during + 2);
}

#[test]
fn one_loop_a_name_however_often_the_program_starts_over() {
    let gone = Names::one(name("gone.hotel-brand.example"), RrType::A);
    let often = Process::Clock(ClockJob { late_s: 0.0, ..ClockJob::every(600.0, 0.0) });
    let config = AskerConfig { retry: Some(Retry::HOURLY), ..asker(often, gone.clone()) };
    // Six acts an hour and one retry, not a retry more each hour.
    let asked = ran(config, 24 * 3600 - 60).queries(RESOLVER).count();
    assert!((166..=168).contains(&asked), "{asked}");
    let quick = Retry { first_s: 10.0, ..Retry::BACK_OFF };
    let config = AskerConfig { retry: Some(quick), ..asker(hourly(), gone) };
    // What does not exist is no temporary failure.
    assert_eq!(ran(config, 3600).queries(RESOLVER).count(), 1);
    let silent = AskerConfig {
        retry: Some(Retry { on: RetryOn::Always, tries_max: Some(4), ..Retry::FAST }),
        ..asker(hourly(), Names::one(name(MAIL1), RrType::A))
    };
    assert_eq!(ran(silent, 3600).queries(RESOLVER).count(), 5);
}

#[test]
fn a_search_list_leaks_the_name_of_the_network() {
    let mut config = asker(hourly(), Names::host(name("old-mail.hotel-brand.example")));
    config.stub.search = vec![name("corp.bank.example"), name("bank.example")];
    assert_snapshot!(ran(config, 3600).table(RESOLVER, START), @r"
    600.00 192.0.2.10 old-mail.hotel-brand.example A
    600.00 192.0.2.10 old-mail.hotel-brand.example AAAA
    600.03 192.0.2.10 old-mail.hotel-brand.example.corp.bank.example AAAA
    600.03 192.0.2.10 old-mail.hotel-brand.example.corp.bank.example A
    600.05 192.0.2.10 old-mail.hotel-brand.example.bank.example AAAA
    600.05 192.0.2.10 old-mail.hotel-brand.example.bank.example A
    ");
}

#[test]
fn stored_mail_is_looked_through_in_its_order() {
    let old = |n: u8, selector: Option<&str>| OldSender {
        address: IpAddr::from([198, 51, 100, n]),
        helo: name(&format!("out{n}.sender.example")),
        domain: name(&format!("brand{n}.example")),
        selector: selector.map(name),
    };
    let senders = vec![old(7, Some("k1")), old(9, None)];
    let rescan = Process::Rescan(crate::demand::Rescan {
        items: 2,
        every_days: 0.001,
        every_jitter: 0.0,
        batch: 5,
        batch_gap_s: 1.0,
        pause_s: 60.0,
    });
    let asked = |style| {
        let names = Names::Archive { senders: senders.clone(), style };
        let net = ran(asker(rescan.clone(), names), 86);
        let question = |q: &(Name, RrType)| format!("{} {}", q.0.key(), q.1);
        let all: Vec<_> = net.queries(RESOLVER).map(|s| question(s.message.question.as_ref().unwrap())).collect();
        all.join("\n")
    };
    assert_snapshot!(asked(ArchiveStyle::ContentFilter), @r"
    out7.sender.example A
    brand7.example MX
    brand7.example TXT
    out9.sender.example A
    brand9.example MX
    brand9.example TXT
    ");
    assert_snapshot!(asked(ArchiveStyle::AuthenticationFilter), @r"
    7.100.51.198.in-addr.arpa PTR
    brand7.example TXT
    k1._domainkey.brand7.example TXT
    _dmarc.brand7.example TXT
    9.100.51.198.in-addr.arpa PTR
    brand9.example TXT
    _dmarc.brand9.example TXT
    ");
    assert_snapshot!(asked(ArchiveStyle::LogResolver), @r"
    7.100.51.198.in-addr.arpa PTR
    mail1.hotel-brand.example A
    9.100.51.198.in-addr.arpa PTR
    ");
}

#[test]
fn answers_are_followed_by_connections_as_often_as_told() {
    let connect = ConnectConfig { port: 443, octets_out: 500, octets_in: 7000, long_factor: 10, share: 0.5 };
    let often = Process::Sleep(SleepLoop::every(60.0));
    let net = ran(AskerConfig { connect: Some(connect), ..asker(often, Names::host(name(MAIL1))) }, 86_400);
    let (acts, streams) = (net.queries(RESOLVER).count() / 2, net.streams.len());
    assert!((0.45..0.55).contains(&(streams as f64 / acts as f64)), "{streams} of {acts}");
    for stream in net.streams.values() {
        assert_eq!((stream.from, stream.to.to_string().as_str()), (ip("192.0.2.10"), "198.51.100.7:443"));
        assert_eq!((stream.out, stream.back), (500, 7000));
    }
    // Nobody listens on port 25: attempts are seen, nothing is exchanged.
    let refused = ConnectConfig { port: 25, share: 1.0, ..connect };
    let net = ran(AskerConfig { connect: Some(refused), ..asker(hourly(), Names::host(name(MAIL1))) }, 7200);
    assert_eq!(net.streams.values().map(|s| s.out + s.back).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn beacons_check_in_and_exchange_more_in_a_task() {
    let sleep = SleepLoop { jitter: Jitter::Uniform { less: 0.2, more: 0.0 }, ..SleepLoop::every(600.0) };
    let beacon = Process::Beacon(Beacon { sleep, task_share: 0.1, task_s: 30.0, busy_s: 5.0 });
    let connect = ConnectConfig { port: 443, octets_out: 200, octets_in: 100, long_factor: 50, share: 1.0 };
    let net = ran(AskerConfig { connect: Some(connect), ..asker(beacon, Names::one(name(MAIL1), RrType::A)) }, 86_400);
    assert_eq!(net.queries(RESOLVER).count(), net.streams.len());
    let sizes: BTreeSet<usize> = net.streams.values().map(|s| s.out).collect();
    assert_eq!(sizes, BTreeSet::from([200, 10_000]));
}

#[test]
fn publicity_brings_new_clients() {
    let fade = FadeOut {
        instant: after_s(3600),
        peak_per_h: 100.0,
        scale_s: 3600.0,
        power: 1.0,
        background_per_day: 0.0,
        week: None,
    };
    let mut config = asker(Process::FadeOut(fade), Names::host(name(MAIL1)));
    config.addresses = (0..200).map(|n| IpAddr::from([198, 18, 0, n])).collect();
    config.hosts = Hosts::InTurn;
    let net = ran(config.clone(), 7200);
    let clients: BTreeSet<IpAddr> = net.queries(RESOLVER).map(|s| s.from.ip()).collect();
    assert!(clients.len() > 40 && net.queries(RESOLVER).count() == 2 * clients.len());
    assert!(net.queries(RESOLVER).all(|s| s.at >= after_s(3600)));
    config.hosts = Hosts::Any;
    let net = ran(config.clone(), 7200);
    let some: BTreeSet<IpAddr> = net.queries(RESOLVER).map(|s| s.from.ip()).collect();
    assert!(some.len() > 30 && some.len() < clients.len());
    // With a process each, two hundred clients act as often as two hundred.
    config.hosts = Hosts::Each;
    assert!(ran(config, 7200).queries(RESOLVER).count() > 100 * clients.len());
}

#[test]
fn outages_and_closed_windows_silence_retries_too() {
    let broken = Names::one(name("broken.hotel-brand.example"), RrType::A);
    let mut config = AskerConfig { retry: Some(Retry::FAST), ..asker(Process::Once, broken) };
    config.active = vec![START..after_s(300), after_s(1000)..after_s(1100)];
    config.outages = vec![after_s(100)..after_s(200)];
    let net = ran(config, 3600);
    let times: Vec<f64> = net.queries(RESOLVER).map(|s| s.at.since_s(START)).collect();
    let in_range = |from: f64, to: f64| times.iter().filter(|t| (from..to).contains(t)).count();
    assert!(in_range(0.0, 100.0) > 150 && in_range(200.0, 300.0) > 150 && in_range(1000.0, 1100.0) > 150);
    assert_eq!(in_range(101.0, 200.0) + in_range(301.0, 1000.0) + in_range(1101.0, 3600.0), 0);
}

#[test]
fn what_one_client_did_another_does_again() {
    let first = asker(Process::Poisson { per_day: 50.0 }, Names::host(name(MAIL1)));
    let old: Arc<[Act]> = first.acts(0).take_while(|act| act.at < after_s(86_400)).collect();
    let replay = Replay { acts: old, shift_us: 7 * 86_400_000_000, share: 1.0, late_s: 0.0 };
    let times = |net: &Net| net.queries(RESOLVER).map(|s| s.at).collect::<Vec<_>>();
    let before = times(&ran(first.clone(), 86_400));
    let after = times(&ran(AskerConfig { process: Process::Replay(replay), ..first }, 30 * 86_400));
    assert!(before.len() > 60);
    assert_eq!(before.iter().map(|t| t.plus_us(7 * 86_400_000_000)).collect::<Vec<_>>(), after);
}

#[test]
fn the_same_seed_asks_the_same() {
    let all = |seed| {
        let mut config = asker(Process::Poisson { per_day: 200.0 }, Names::host(name(MAIL1)));
        config.seed = seed;
        ran(config, 86_400).table(RESOLVER, START)
    };
    assert_eq!(all(1), all(1));
    assert_ne!(all(1), all(2));
}

#[test]
fn answers_to_spoofed_queries_go_to_the_victims() {
    let config = SpoofConfig {
        id: "spoofer".to_owned(),
        address: ip("203.0.113.66"),
        victims: vec![ip("192.0.2.25"), ip("192.0.2.26")],
        servers: vec![server(RESOLVER)],
        questions: vec![(name(MAIL1), RrType::A), (name(MAIL1), RrType::TXT)],
        process: Process::Clock(ClockJob { late_s: 0.0, ..ClockJob::every(1.0, 0.0) }),
        active: after_s(10)..after_s(20),
        recursion_desired: false,
        cause: Some(Cause(9)),
        seed: 1,
    };
    let mut net = Net::new(vec![SpoofedQueries::node(config), node("server", RESOLVER, table())], START);
    net.run(after_s(3600));
    assert_eq!(net.queries(RESOLVER).count(), 10);
    assert!(net.seen.iter().all(|s| s.cause == Some(Cause(9)) && s.from.ip() != ip("203.0.113.66")));
    let to_victims: Vec<IpAddr> = net.seen.iter().filter(|s| s.message.header.response).map(|s| s.to.ip()).collect();
    assert_eq!(to_victims.len(), 10);
    assert_eq!(to_victims.iter().filter(|v| **v == ip("192.0.2.25")).count(), 5);
    assert!(net.queries(RESOLVER).all(|s| !s.message.header.recursion_desired));
}
