//! One scenario in virtual time and over sockets: the same is said, octet for octet.

use core::future::pending;
use core::net::{IpAddr, Ipv4Addr};

use askance_lab::{Link, Scenario, Story, World, relocate};
use askance_net::{Clock, Ended, Loopback, Options, PortMap, block_on};
use askance_proto::Transcript;

const TEXT: &str = include_str!("../../../../scenarios/two-hosts.toml");
const SEED: u64 = 7;
/// So that nobody needs to be root.
const PORTS: PortMap = PortMap { offset: 20_000 };

/// In virtual time, at the addresses of the scenario.
fn virtually(text: &str, mut transcript: Transcript) -> Transcript {
    let scenario = Scenario::parse(text).unwrap();
    let story = Story::build(&scenario, SEED).unwrap();
    let link = Link { latency_us: i64::from(scenario.link.latency_ms) * 1_000, loss: 0.0 };
    let mut world = World::new(story.nodes, scenario.start.0, link, SEED);
    world.run(scenario.end(), &mut transcript).unwrap();
    transcript
}

/// Over sockets, at the addresses of this machine.
fn over_sockets(text: &str, mut transcript: Transcript) -> Transcript {
    let scenario = Scenario::parse(text).unwrap();
    let story = Story::build(&scenario, SEED).unwrap();
    let options = Options { latency_us: i64::from(scenario.link.latency_ms) * 1_000, ..Options::default() };
    let mut loopback = Loopback::bind(story.nodes, PORTS, options).unwrap();
    let clock = Clock::Stepped { start: scenario.start.0 };
    let run = loopback.run(clock, &mut transcript, Some(scenario.end()), pending::<()>());
    assert_eq!(block_on(run).unwrap().unwrap(), Ended::Until);
    let counts = loopback.counts();
    assert!(counts.datagrams >= 100 && counts.streams >= 20, "{counts:?}");
    assert_eq!((counts.outside, counts.strays, counts.from_strangers), (0, 0, 0));
    transcript
}

/// Equal, and the first line that is not.
#[track_caller]
fn assert_same(expected: &Transcript, found: &Transcript) {
    let (a, b) = (expected.to_text(), found.to_text());
    let differing = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None);
    assert_eq!(found.hash_hex(), expected.hash_hex());
}

#[test]
fn the_same_is_said_in_virtual_time_and_over_sockets() {
    let (there, relocation) = relocate(TEXT).unwrap();
    let expected = virtually(TEXT, Transcript::new());
    let text = expected.to_text();
    let dns = text.lines().filter(|l| l.starts_with("  query") || l.starts_with("  response")).count();
    let smtp = text.lines().filter(|l| l.starts_with("    > EHLO ")).count();
    let refused = text.lines().filter(|l| l.starts_with("    < 521 ")).count();
    assert!(dns >= 100 && smtp >= 10 && refused >= 10, "{dns} DNS messages, {smtp} SMTP dialogues, {refused} refusals");
    // A resolver that minimises names asks for the beginnings of reverse names too, which only the text of one network has.
    let [(vendor, _), ..] = [relocation.nets().find(|(from, _)| *from == Ipv4Addr::new(198, 51, 100, 0)).unwrap()];
    let back = move |address: IpAddr| match address.to_string().as_str() {
        "127.0.0.0" => [vendor.octets()[0], 0, 0, 0].into(),
        "127.64.0.0" => [vendor.octets()[0], vendor.octets()[1], 0, 0].into(),
        _ => relocation.back(address),
    };
    assert_same(&expected, &over_sockets(&there, Transcript::relocated(back)));
}
