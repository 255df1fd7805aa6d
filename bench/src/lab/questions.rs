//! A resolver that is asked in octets, with the servers that it asks.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::error::Error;

use askance_lab::{Link, World};
use askance_proto::dns::{
    Authoritative, AuthoritativeConfig, Header, Message, Resolver, ResolverConfig, Software, Zone,
};
use askance_proto::{Actor, Input, Node, Outbox, Output};
use askance_record::{Name, Rng, RrType, Timestamp};

use super::say;
use crate::{RUNS, median};

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));
const RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53));
const CROWD: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 100));

/// Names that are asked, and how often a second of virtual time.
const NAMES: u32 = 10_000;
const EVERY_US: i64 = 1_000;
const QUESTIONS: u32 = 200_000;

/// Asks for a name each millisecond, the popular ones more often.
struct Crowd {
    names: Vec<Name>,
    rng: Rng,
    asked: u32,
    answered: u32,
    next: Option<Timestamp>,
    outbox: Outbox,
}

impl Actor for Crowd {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Datagram { octets, .. } => {
                self.answered += u32::from(Header::decode(octets).is_some_and(|header| header.rcode.0 == 0));
                if self.answered == QUESTIONS {
                    self.outbox.push(Output::Note(askance_proto::Note::Story("all answered".to_owned())));
                }
            }
            Input::Started | Input::Timer | Input::Stream { .. } if self.asked < QUESTIONS => {
                // The product of two draws prefers low ranks.
                let rank = self.rng.unit() * self.rng.unit() * self.rng.unit() * f64::from(NAMES);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "below the number of names"
                )]
                let name = self.names[rank as usize].clone();
                let id = u16::try_from(self.asked % 65_536).expect("below 2^16");
                let octets = Message::query(id, name, RrType::A).encode();
                let from = SocketAddr::new(CROWD, 1024 + id % 60_000);
                self.outbox.push(Output::Send { from, to: SocketAddr::new(RESOLVER, 53), octets, cause: None });
                self.asked += 1;
                self.next = Some(now.plus_us(EVERY_US)).filter(|_| self.asked < QUESTIONS);
            }
            Input::Started | Input::Timer | Input::Stream { .. } => self.next = None,
        }
    }

    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(self.next)
    }
}

/// Counts what reaches the servers, and hears that all is answered.
#[derive(Default)]
struct Watch {
    upstream: u64,
    all_answered: bool,
}

impl askance_proto::Observer for Watch {
    fn traffic(&mut self, traffic: &askance_proto::Traffic<'_>) {
        self.upstream += u64::from(traffic.to.ip() == SERVER);
    }

    fn note(&mut self, _: Timestamp, node: &str, _: &askance_proto::Note) {
        self.all_answered |= node == "crowd";
    }
}

fn nodes(software: Software) -> Result<Vec<Node>, Box<dyn Error>> {
    let soa = "@ 300 SOA ns hostmaster 1 7200 900 1209600 300\n@ 300 NS ns\n";
    let hosts: Vec<String> = (0..NAMES).map(|n| format!("host-{n} 60 A 203.0.113.{}\n", n % 256)).collect();
    let root = Zone::parse(
        &Name::parse(".")?,
        ". 86400 SOA ns.example. h.example. 1 1 1 1 300\n. 86400 NS ns.example.\n\
        example. 86400 NS ns.example.\nns.example. 86400 A 198.18.0.1\n",
    )?;
    let zone = Zone::parse(&Name::parse("example")?, &format!("{soa}ns 86400 A 198.18.0.1\n{}", hosts.concat()))?;
    let config = AuthoritativeConfig { addresses: vec![SERVER], zones: vec![root, zone], ..Default::default() };
    let resolver =
        ResolverConfig { roots: vec![(Name::parse("ns.example")?, SERVER)], ..ResolverConfig::new(software, RESOLVER) };
    let names = (0..NAMES).map(|n| Name::parse(&format!("host-{n}.example"))).collect::<Result<_, _>>()?;
    let crowd =
        Crowd { names, rng: Rng::part(7, "crowd"), asked: 0, answered: 0, next: None, outbox: Outbox::default() };
    let crowd = Node {
        id: "crowd".to_owned(),
        addresses: vec![CROWD],
        listens_udp: Vec::new(),
        listens_tcp: Vec::new(),
        actor: Box::new(crowd),
    };
    Ok(vec![
        Authoritative::new(config).into_node("server".to_owned()),
        Resolver::new(resolver).into_node("resolver".to_owned()),
        crowd,
    ])
}

/// Questions of clients answered by each program.
pub(super) fn measure() -> Result<(), Box<dyn Error>> {
    println!("\nresolver: {NAMES} names, {QUESTIONS} questions a millisecond apart, TTL 60 s");
    for software in [Software::Unbound, Software::Bind] {
        let mut watch = Watch::default();
        let seconds = median(RUNS, || {
            watch = Watch::default();
            let start = Timestamp::from_s(1_462_147_200);
            let mut world = World::new(nodes(software)?, start, Link::default(), 7);
            world.run(start.plus_us(i64::from(QUESTIONS) * EVERY_US + 60_000_000), &mut watch)?;
            assert!(watch.all_answered, "every question is answered");
            Ok(())
        })?;
        say(&format!("resolver like {software:?}, octets to octets"), u64::from(QUESTIONS), "questions", seconds);
        println!("{:<46} {:>8.1} % asked upstream", "", 100.0 * watch.upstream as f64 / f64::from(QUESTIONS));
    }
    Ok(())
}
