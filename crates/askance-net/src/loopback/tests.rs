//! Parties over real sockets of 127.0.0.0/8; each test has addresses of its own.

mod outsiders;
mod same;
mod toys;

use core::future::pending;
use core::net::SocketAddr;
use core::time::Duration;

use askance_proto::{Node, StreamFailure, Transcript};
use askance_record::Timestamp;

use crate::{Clock, Ended, Loopback, NetError, Options, PortMap, block_on};
use toys::{Caller, Echo, Liner, Said, Sequel, Talker, at, node};

/// So that nobody needs to be root.
const PORTS: PortMap = PortMap { offset: 20_000 };
const START: Clock = Clock::Stepped { start: Timestamp::from_s(0) };

/// Runs nodes in stepped time until nothing is left to happen.
fn stepped(nodes: Vec<Node>) -> (Said, Loopback) {
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let mut said = Said::default();
    let run = loopback.run(START, &mut said, None, pending::<()>());
    assert_eq!(block_on(run).unwrap().unwrap(), Ended::Quiet);
    (said, loopback)
}

/// Runs nodes in stepped time until then.
fn stepped_until(nodes: Vec<Node>, until: Timestamp) -> (Said, Loopback) {
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let mut said = Said::default();
    let run = loopback.run(START, &mut said, Some(until), pending::<()>());
    assert_eq!(block_on(run).unwrap().unwrap(), Ended::Until);
    (said, loopback)
}

fn caller_and_echo(net: u8, every_s: i64) -> Vec<Node> {
    let (a, b) = (format!("127.{net}.0.1"), format!("127.{net}.0.2"));
    let caller = Caller { every_s, from: at(&a, 1000), to: at(&b, 7), ..Caller::default() };
    vec![node("caller", &a, &[], &[], caller), node("echo", &b, &[7], &[], Echo::default())]
}

#[test]
fn datagrams_take_the_latency_both_ways_and_hours_take_no_time() {
    let (said, loopback) = stepped_until(caller_and_echo(10, 60), Timestamp::from_s(60_000));
    assert_eq!(said.notes[..2], ["60.016 caller: got tick 1", "120.016 caller: got tick 2"]);
    assert_eq!(said.notes.len(), 999, "the last one is under way");
    assert_eq!(loopback.counts().datagrams, 1_999);
    assert_eq!(loopback.now(), Timestamp::from_s(60_000));
}

#[test]
fn time_goes_on_where_a_run_ended() {
    let mut loopback = Loopback::bind(caller_and_echo(11, 60), PORTS, Options::default()).unwrap();
    let mut said = Said::default();
    block_on(async {
        for minutes in 1..=3 {
            let until = Some(Timestamp::from_s(60 * minutes));
            loopback.run(START, &mut said, until, pending::<()>()).await.unwrap();
        }
    })
    .unwrap();
    assert_eq!(said.notes, ["60.016 caller: got tick 1", "120.016 caller: got tick 2"]);
}

#[test]
fn a_party_may_send_more_at_once_than_a_buffer_holds() {
    let (a, b) = ("127.12.0.1", "127.12.0.2");
    let caller =
        Caller { every_s: 1, burst: 5_000, filler: 1_200, from: at(a, 1000), to: at(b, 7), ..Caller::default() };
    let nodes = vec![node("caller", a, &[], &[], caller), node("echo", b, &[7], &[], Echo::default())];
    let (said, loopback) = stepped_until(nodes, Timestamp::from_us(1_999_999));
    assert_eq!(loopback.counts().datagrams, 10_000);
    assert_eq!(said.notes.len(), 5_000, "all come back");
    assert!(said.notes[4_999].starts_with("1.016 caller: got tick 5000"), "in order");
}

#[test]
fn sockets_for_datagrams_are_few_and_a_taken_port_is_stood_in_for() {
    let (a, b) = ("127.13.0.1", "127.13.0.2");
    let taken = std::net::UdpSocket::bind(at(a, 1003)).unwrap();
    let caller = Caller { every_s: 1, new_port: true, from: at(a, 1000), to: at(b, 7), ..Caller::default() };
    let nodes = vec![node("caller", a, &[], &[], caller), node("echo", b, &[7], &[], Echo::default())];
    let options = Options { sockets_max: 8, ..Options::default() };
    let mut loopback = Loopback::bind(nodes, PORTS, options).unwrap();
    let mut said = Said::default();
    let until = Some(Timestamp::from_us(100_500_000));
    block_on(loopback.run(START, &mut said, until, pending::<()>())).unwrap().unwrap();
    assert_eq!(said.notes.len(), 100);
    assert_eq!(said.notes[2], "3.016 caller: got tick 3", "at port 1003, as it sees it");
    assert!(loopback.datagrams.sockets.on_demand() <= 8);
    drop(taken);
}

#[test]
fn more_ports_may_be_used_at_once_than_sockets_are_kept() {
    let (a, b) = ("127.31.0.1", "127.31.0.2");
    let caller =
        Caller { every_s: 1, burst: 2_000, new_port: true, from: at(a, 1000), to: at(b, 7), ..Caller::default() };
    let nodes = vec![node("caller", a, &[], &[], caller), node("echo", b, &[7], &[], Echo::default())];
    let (said, loopback) = stepped_until(nodes, Timestamp::from_us(1_999_999));
    assert_eq!(said.notes.len(), 2_000);
    assert_eq!(said.notes[1_999], "1.016 caller: got tick 2000");
    assert!(loopback.datagrams.sockets.on_demand() <= Options::default().sockets_max + 1, "and a stand-in");
}

#[test]
fn streams_carry_what_is_written_however_it_is_cut() {
    let text = b"HELO mail.hotel-brand.example\r\nQUIT\r\n";
    let mut texts = Vec::new();
    for cut in 0..=text.len() {
        let mut transcript = Transcript::new();
        let mut loopback = Loopback::bind(talker_and_liner(14, text, cut), PORTS, Options::default()).unwrap();
        block_on(loopback.run(START, &mut transcript, None, pending::<()>())).unwrap().unwrap();
        texts.push(transcript.to_text());
    }
    insta::assert_snapshot!(texts[0], @r"
    127.14.0.1 > 127.14.0.2 tcp
      opened, closed
        > HELO mail.hotel-brand.example\r
        > QUIT\r
        < HELO mail.hotel-brand.example\r
        < QUIT\r
    ");
    assert!(texts.iter().all(|t| *t == texts[0]));
}

fn talker_and_liner(net: u8, text: &[u8], cut: usize) -> Vec<Node> {
    let (a, b) = (format!("127.{net}.0.1"), format!("127.{net}.0.2"));
    let (first, second) = text.split_at(cut);
    let talker = Talker { to: at(&b, 25), says: vec![first.to_vec(), second.to_vec()], ..Talker::new(&a) };
    vec![node("talker", &a, &[], &[], talker), node("liner", &b, &[], &[25], Liner::default())]
}

#[test]
fn events_of_streams_take_the_latency() {
    let (said, loopback) = stepped(talker_and_liner(15, b"HELO x\r\nQUIT\r\n", 8));
    insta::assert_snapshot!(said.notes.join("\n"), @r"
    0.008 liner: accepted 127.15.0.1:32768 at port 25
    0.016 talker: read
    0.032 talker: read HELO x\r\n
    0.032 talker: read QUIT\r\n
    0.032 talker: Closed
    ");
    assert_eq!(loopback.counts().streams, 1);
}

#[test]
fn both_ends_may_write_more_than_the_system_holds_before_they_read() {
    let (a, b) = ("127.16.0.1", "127.16.0.2");
    let talker = Talker { to: at(b, 25), says: vec![vec![b'x'; 16 << 20]], ..Talker::new(a) };
    let liner = Liner { greeting: vec![b'y'; 16 << 20], ..Liner::default() };
    let mut loopback = Loopback::bind(
        vec![node("talker", a, &[], &[], talker), node("liner", b, &[], &[25], liner)],
        PORTS,
        Options::default(),
    )
    .unwrap();
    let mut said = Said::default();
    block_on(loopback.run(START, &mut said, Some(Timestamp::from_s(1)), pending::<()>())).unwrap().unwrap();
    assert_eq!(said.octets, 32 << 20);
}

#[test]
fn nobody_listening_is_refused_and_nobody_there_times_out() {
    let check = |net: u8, to: SocketAddr, expected: &str| {
        let a = format!("127.{net}.0.1");
        let b = format!("127.{net}.0.2");
        let talker = Talker { to, ..Talker::new(&a) };
        let nodes = vec![node("talker", &a, &[], &[], talker), node("echo", &b, &[7], &[], Echo::default())];
        assert_eq!(stepped(nodes).0.notes, [expected]);
    };
    check(17, at("127.17.0.2", 25), &format!("0.016 talker: failed {:?}", StreamFailure::Refused));
    check(18, at("127.18.0.3", 25), &format!("30.000 talker: failed {:?}", StreamFailure::Timeout));
}

#[test]
fn nothing_leaves_loopback() {
    let nodes = vec![node("far", "192.0.2.1", &[], &[], Echo::default())];
    let error = Loopback::bind(nodes, PORTS, Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "far has the address 192.0.2.1, which is outside loopback");

    let mut nodes = caller_and_echo(19, 60);
    nodes[1].listens_udp.push(at("0.0.0.0", 7));
    assert!(matches!(Loopback::bind(nodes, PORTS, Options::default()), Err(NetError::Outside { .. })));

    let a = "127.20.0.1";
    let caller = Caller { every_s: 60, from: at(a, 1000), to: at("192.0.2.1", 53), ..Caller::default() };
    let (said, loopback) = stepped_until(vec![node("caller", a, &[], &[], caller)], Timestamp::from_s(60));
    assert_eq!(said.notes, ["60.000 caller: not sent from 127.20.0.1:1000 to 192.0.2.1:53: outside loopback"]);
    assert_eq!((loopback.counts().outside, said.lost), (1, 1));

    let talker = Talker { to: at("[2001:db8::1]", 25), ..Talker::new("::1") };
    let (said, loopback) = stepped(vec![node("talker", "::1", &[], &[], talker)]);
    insta::assert_snapshot!(said.notes.join("\n"), @r"
    0.000 talker: not sent from [::1]:32768 to [2001:db8::1]:25: outside loopback
    30.000 talker: failed Timeout
    ");
    assert_eq!(loopback.counts().outside, 1);
}

#[test]
fn listening_needs_an_address_of_ones_own() {
    let mut nodes = caller_and_echo(21, 60);
    nodes[0].listens_tcp.push(at("127.21.0.2", 25));
    let error = Loopback::bind(nodes, PORTS, Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "caller listens at 127.21.0.2:25, which is not its own address");
    let too_far = Loopback::bind(Vec::new(), PortMap { offset: 65_000 }, Options::default()).unwrap_err();
    assert_eq!(too_far.to_string(), "ports cannot be shifted by 65000: at most 64512");
}

#[test]
fn two_runs_say_the_same() {
    let run = || {
        let mut nodes = caller_and_echo(22, 60);
        nodes.extend(talker_and_liner(23, b"HELO x\r\nQUIT\r\n", 5));
        let mut transcript = Transcript::new();
        let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
        let until = Some(Timestamp::from_s(6_000));
        block_on(loopback.run(START, &mut transcript, until, pending::<()>())).unwrap().unwrap();
        transcript.hash_hex()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_party_that_never_lets_time_pass_is_named() {
    let nodes = vec![node("stuck", "127.24.0.1", &[], &[], toys::Stuck)];
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let error = block_on(loopback.run(START, &mut (), None, pending::<()>())).unwrap().unwrap_err();
    assert!(error.to_string().starts_with("stuck keeps the clock from moving on"), "{error}");
}

#[test]
fn a_stopped_run_can_go_on() {
    let mut loopback = Loopback::bind(caller_and_echo(25, 1), PORTS, Options::default()).unwrap();
    let mut said = Said::default();
    block_on(async {
        let ended = loopback.run(START, &mut said, Some(Timestamp::from_s(1_000)), core::future::ready(())).await;
        assert_eq!(ended.unwrap(), Ended::Stopped);
        let ended = loopback.run(START, &mut said, Some(Timestamp::from_s(1_000)), pending::<()>()).await;
        assert_eq!(ended.unwrap(), Ended::Until);
    })
    .unwrap();
    assert_eq!(said.notes.len(), 999);
}

#[test]
fn real_time_can_be_fast() {
    let mut loopback = Loopback::bind(caller_and_echo(26, 60), PORTS, Options::default()).unwrap();
    let (told, stop) = tokio::sync::oneshot::channel();
    let mut said = Said { awaits: Some(("caller: got tick 3", told)), ..Said::default() };
    let clock = Clock::Real { scenario_start: Timestamp::from_s(0), speed: 36_000.0 };
    assert_eq!(block_on(loopback.run(clock, &mut said, None, stop)).unwrap().unwrap(), Ended::Stopped);
    assert!(loopback.now() >= Timestamp::from_s(180), "{}", loopback.now());
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let clock = Clock::Real { scenario_start: Timestamp::from_s(0), speed };
        let error = block_on(loopback.run(clock, &mut said, None, pending::<()>())).unwrap().unwrap_err();
        assert!(matches!(error, NetError::Speed { .. }));
    }
}

#[test]
fn tls_is_established_and_carries_what_follows() {
    let (a, b) = ("127.27.0.1", "127.27.0.2");
    let nodes = |secure: bool| {
        let talker = Talker { to: at(b, 25), says: vec![b"STARTTLS\r\n".to_vec()], ..Talker::new(a) };
        let talker = Sequel { talker, secure, then: b"HELO x\r\nQUIT\r\n".to_vec() };
        vec![node("talker", a, &[], &[], talker), node("liner", b, &[], &[25], Liner { secure, ..Liner::default() })]
    };
    let (said, _) = stepped(nodes(true));
    insta::assert_snapshot!(said.notes.join("\n"), @r"
    0.008 liner: accepted 127.27.0.1:32768 at port 25
    0.016 talker: read
    0.032 talker: read STARTTLS\r\n
    0.032 liner: secured
    0.040 talker: Secured
    0.040 talker: read
    0.056 talker: read HELO x\r\n
    0.056 talker: read QUIT\r\n
    0.056 talker: Closed
    ");
}

#[test]
fn octets_that_do_not_come_are_an_error() {
    let check = |net: u8, client: bool, server: bool| {
        let (a, b) = (format!("127.{net}.0.1"), format!("127.{net}.0.2"));
        let talker = Talker { to: at(&b, 25), says: vec![b"STARTTLS\r\n".to_vec()], ..Talker::new(&a) };
        let talker = Sequel { talker, secure: client, then: b"QUIT\r\n".to_vec() };
        let liner = Liner { secure: server, greeting: b"220\r\n".to_vec(), ..Liner::default() };
        let nodes = vec![node("talker", &a, &[], &[], talker), node("liner", &b, &[], &[25], liner)];
        let options = Options { patience: Duration::from_millis(500), ..Options::default() };
        let mut loopback = Loopback::bind(nodes, PORTS, options).unwrap();
        block_on(loopback.run(START, &mut (), None, pending::<()>())).unwrap().unwrap_err().to_string()
    };
    insta::assert_snapshot!(check(28, true, false), @"the stream from 127.28.0.1:32768 to 127.28.0.2:25 broke: other octets came than were written");
    insta::assert_snapshot!(check(29, false, true), @"the stream from 127.29.0.2:25 to 127.29.0.1:32768 stalled: what was written did not come within 500ms");
}

#[test]
fn sockets_stay_with_the_runtime_that_they_began_in() {
    let mut loopback = Loopback::bind(caller_and_echo(30, 60), PORTS, Options::default()).unwrap();
    let mut run =
        |until_s| block_on(loopback.run(START, &mut (), Some(Timestamp::from_s(until_s)), pending::<()>())).unwrap();
    assert_eq!(run(60).unwrap(), Ended::Until);
    assert!(matches!(run(120), Err(NetError::OtherRuntime)));
}
