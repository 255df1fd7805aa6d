//! `askance lab serve` and real programs that talk to it. What a machine lacks is said and skipped; CI has all of it.

mod dig;
mod files;
mod postfix;
pub(crate) mod served;
mod swaks;
mod unbound;

use core::net::IpAddr;
use std::io::Read as _;
use std::process::Command;

use askance_lab::{Scenario, relocate};

use crate::run::{askance, root, scratch};
use served::Served;

const TWO_HOSTS: &str = include_str!("../../../../scenarios/two-hosts.toml");

/// What a program prints, both streams, and how it ended; `None` where there is no such program.
pub(crate) fn print_of(command: &mut Command) -> Option<(String, Option<i32>)> {
    match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        other => {
            let output = other.expect("a program that runs");
            let text = [output.stdout, output.stderr].concat();
            Some((String::from_utf8_lossy(&text).into_owned(), output.status.code()))
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that could not be done is said")]
pub(crate) fn skip(what: &str) {
    eprintln!("skipped: this machine has no {what}");
}

/// Where the lab serves an address of a scenario.
pub(crate) fn there(scenario: &str, address: &str) -> IpAddr {
    let (_, relocation) = relocate(scenario).expect("a scenario without IPv6");
    relocation.there(address.parse().expect("an address"))
}

#[test]
fn the_table_says_who_answers_where() {
    let served = Served::start("scenarios/two-hosts.toml", &["--port-offset", "21000"]);
    let (stderr, code) = served.stop();
    assert_eq!(code, Some(0), "{stderr}");
    let (table, counts) = stderr.trim_end().rsplit_once('\n').expect("several lines");
    assert!(counts.ends_with("; 0 from other programs; 0 not sent, outside loopback"), "{counts}");
    insta::assert_snapshot!(table, @r"
    Two mail hosts that ask about each other
    from 2025-03-03T12:00:00Z to 2025-03-03T18:00:00Z, 1 s of the scenario a second; Ctrl-C ends it

    party               address      port           what it does
    root                127.64.0.1   21053 udp tcp  root name server
    crm-dns             127.64.0.53  21053 udp tcp  name server: crm-vendor.example hotel-brand-email.example
    address-dns         127.64.0.54  21053 udp tcp  name server: 1.64.127.in-addr.arpa northbank.example
    vendor-resolver     127.64.1.53  21053 udp tcp  resolver
    northbank-resolver  127.64.2.53  21053 udp tcp  resolver
    vendor              127.64.1.10  21025 tcp      sends mail for: hotel
                        127.64.1.29  21025 tcp      sending-host: refuses mail with 521
    northbank-mx        127.64.2.10  21025 tcp      postfix-verify that takes mail for: northbank.example
    monitor             127.64.2.20  -              asks: scheduled-poll

    Addresses: 192.0.2.0/24 is 127.64.2.0/24, 198.18.0.0/24 is 127.64.0.0/24, 198.51.100.0/24 is 127.64.1.0/24

    Try:
      dig @127.64.0.53 -p 21053 +norec crm-vendor.example SOA
      dig @127.64.2.53 -p 21053 mail1.hotel-brand-email.example
      dig @127.64.2.53 -p 21053 -x 127.64.1.29
      swaks --server 127.64.2.10:21025 --to guest1@northbank.example
      swaks --server 127.64.1.29:21025 --to someone@hotel-brand.example --quit-after BANNER

    stopped
    ");
}

#[test]
fn it_ends_with_the_scenario() {
    let text = TWO_HOSTS.replace("days = 0.25", "days = 0.01");
    assert_ne!(text, TWO_HOSTS);
    let (_dir, path) = scratch("short.toml", text.as_bytes());
    let ran = askance(&["lab", "serve", &path, "--port-offset", "21100", "--speed", "10000", "--quiet"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "ready\n", ""));
}

#[test]
fn what_cannot_be_served_is_said_with_a_way_out() {
    let check = |text: &str, more: &[&str], says: &[&str]| {
        let (_dir, path) = scratch("scenario.toml", text.as_bytes());
        let ran = askance(&[&["lab", "serve", &path], more].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        for part in says {
            assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.stderr);
        }
    };
    let six = TWO_HOSTS.replace("192.0.2.20", "2001:db8::20");
    check(&six, &[], &["lab::ipv6", "line 1", "2001:db8::20", "lab simulate"]);
    check("title = 1", &[], &["scenario::toml", "line 1"]);
    check(TWO_HOSTS, &["--port-offset", "65000"], &["net::shift", "64512"]);
    check(TWO_HOSTS, &["--port-offset", "21200", "--speed", "0"], &["net::speed"]);
    let taken = std::net::UdpSocket::bind((there(TWO_HOSTS, "198.18.0.53"), 21_353)).expect("a free port");
    check(TWO_HOSTS, &["--port-offset", "21300"], &["net::bind", "21353", "--port-offset"]);
    drop(taken);
}

/// Every shipped scenario: its file name and its text.
fn shipped() -> Vec<(String, String)> {
    let mut files: Vec<_> = root().join("scenarios").read_dir().expect("the scenarios").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let read = |entry: &std::fs::DirEntry| {
        let mut text = String::new();
        std::fs::File::open(entry.path()).and_then(|mut f| f.read_to_string(&mut text)).expect("a scenario");
        (entry.file_name().to_string_lossy().into_owned(), text)
    };
    files.iter().map(read).collect()
}

/// A scenario made ready.
fn scenario(text: &str) -> Scenario {
    Scenario::parse(text).expect("a scenario")
}
