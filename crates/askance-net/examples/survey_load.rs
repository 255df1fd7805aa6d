//! How many hosts a second a survey asks: lab listeners on 127.0.0.0/8, politeness limits lifted.
//!
//! ```sh
//! cargo run --release -p askance-net --example survey_load -- 10000 256
//! ```
//!
//! Arguments: hosts, connections at a time. The hosts are [`Listener`]s of the lab, each with an address and a socket of
//! its own, on one thread; the survey runs on another and writes its journal to a file.

#![expect(clippy::print_stdout, reason = "a program that prints one line")]

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;

use askance_net::{Clock, Journal, block_on, survey};
use askance_proto::smtp::{Listener, ListenerConfig, RefuseAt, Reply};
use askance_proto::survey::{Identity, Network, Pace, Plan, PlanRequest, Schedule};
use askance_proto::{Actor, Input, Output, StreamEvent, StreamId};
use askance_record::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PORT: u16 = 22_025;
const START: Timestamp = Timestamp::from_s(1_700_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let hosts: u32 = arguments.next().as_deref().unwrap_or("10000").parse()?;
    let in_flight: usize = arguments.next().as_deref().unwrap_or("256").parse()?;
    let first = u32::from(Ipv4Addr::new(127, 90, 0, 1));
    let addresses: Vec<Ipv4Addr> = (first..first + hosts).map(Ipv4Addr::from).collect();
    let (ready, listening) = std::sync::mpsc::channel();
    let served = addresses.clone();
    thread::spawn(move || block_on(serve(served, ready)));
    listening.recv()??;

    let plan = Plan::new(PlanRequest {
        targets: addresses.iter().map(|a| Network::one(IpAddr::V4(*a))).collect(),
        port: PORT,
        large: true,
        senders: vec![Identity { helo: "probe.example".into(), mail_from: "survey@probe.example".into() }],
        relay_to: Some("survey@probe.example".into()),
        pace: Pace::lifted(in_flight),
        ..PlanRequest::default()
    })?;
    let mut journal = Journal::to(tempfile::tempfile()?);
    let mut schedule = Schedule::new(plan, BTreeMap::new(), 1);
    let mut classes: BTreeMap<&str, u32> = BTreeMap::new();
    let began = tokio::time::Instant::now();
    let clock = Clock::Real { scenario_start: START, speed: 1.0 };
    let never = core::future::pending::<()>();
    let surveyed = block_on(survey(&mut schedule, &mut journal, clock, never, &mut |finding, _| {
        *classes.entry(finding.verdict.class.as_str()).or_default() += 1;
    }))??;
    let took = began.elapsed().as_secs_f64();
    let rate = f64::from(hosts) / took;
    println!("{hosts} hosts, {in_flight} at a time: {took:.2} s, {rate:.0} hosts/s; {surveyed:?}; {classes:?}");
    Ok(())
}

/// Of four hosts one refuses with 521 in place of its greeting, one every recipient, and two take mail.
fn config(address: Ipv4Addr) -> ListenerConfig {
    let base = ListenerConfig {
        addresses: vec![address.into()],
        hostname: "mx.brand.example".into(),
        ..ListenerConfig::default()
    };
    match u32::from(address) % 4 {
        0 => base,
        1 => ListenerConfig { stage: RefuseAt::Rcpt, refusal: Reply::enhanced(550, (5, 7, 1), "go away"), ..base },
        _ => ListenerConfig { stage: RefuseAt::Rcpt, let_through: vec![everybody()], ..base },
    }
}

fn everybody() -> askance_proto::smtp::LetThrough {
    askance_proto::smtp::LetThrough::Client { address: Ipv4Addr::UNSPECIFIED.into(), prefix_len: 0 }
}

async fn serve(addresses: Vec<Ipv4Addr>, ready: std::sync::mpsc::Sender<std::io::Result<()>>) {
    for address in addresses {
        match TcpListener::bind(SocketAddr::new(address.into(), PORT)).await {
            Ok(listener) => drop(tokio::spawn(listen(listener, address))),
            Err(error) => return drop(ready.send(Err(error))),
        }
    }
    drop(ready.send(Ok(())));
    core::future::pending::<()>().await;
}

async fn listen(listener: TcpListener, address: Ipv4Addr) {
    while let Ok((stream, from)) = listener.accept().await {
        tokio::spawn(converse(stream, from, address));
    }
}

/// One connection, by a listener of its own.
async fn converse(mut stream: TcpStream, from: SocketAddr, address: Ipv4Addr) {
    let mut party = Listener::new(config(address));
    let (id, mut buffer) = (StreamId::accepted(0), [0; 1024]);
    let accepted = StreamEvent::Accepted { from, to: SocketAddr::new(address.into(), 25), cause: None };
    party.handle(START, Input::Stream { id, event: accepted });
    stream.set_nodelay(true).ok();
    loop {
        loop {
            match party.poll() {
                Output::Write { octets, .. } if stream.write_all(&octets).await.is_ok() => {}
                Output::Write { .. } | Output::Close { .. } => return,
                // A reply that is put off by nothing is due at once.
                Output::Wait { until: Some(until) } if until <= START => party.handle(START, Input::Timer),
                Output::Wait { .. } => break,
                _ => {}
            }
        }
        match stream.read(&mut buffer).await {
            Ok(n @ 1..) => {
                let event = StreamEvent::Octets(&buffer[..n]);
                party.handle(START, Input::Stream { id, event });
            }
            _ => return,
        }
    }
}
