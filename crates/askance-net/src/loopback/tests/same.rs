//! The same parties in virtual time and over sockets: everything that is seen must be equal.

use core::future::pending;
use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeSet;

use askance_lab::{Link, World};
use askance_proto::{Actor, Input, Node, Note, Observer, Outbox, Output, StreamEvent, StreamId, Traffic, Transcript};
use askance_record::{Rng, Timestamp};

use super::{PORTS, START};
use crate::{Loopback, Options, block_on};

/// Does at every input something that chance decides, and says what it was told.
struct Chatter {
    rng: Rng,
    address: IpAddr,
    others: Vec<IpAddr>,
    streams: BTreeSet<StreamId>,
    opened: u64,
    /// What it may still do.
    deeds: u32,
    next: Option<Timestamp>,
    out: Outbox,
}

impl Chatter {
    fn pick(&mut self, n: u64) -> u64 {
        self.rng.below(n)
    }

    fn octets(&mut self) -> Vec<u8> {
        let length = if self.pick(10) == 0 { 40_000 } else { self.pick(200) };
        (0..length).map(|i| u8::try_from((i * 7 + u64::from(self.deeds)) % 256).unwrap()).collect()
    }

    fn other(&mut self, ports: &[u16]) -> SocketAddr {
        let n = self.pick(self.others.len() as u64);
        let port = ports[usize::try_from(self.pick(ports.len() as u64)).unwrap()];
        SocketAddr::new(self.others[usize::try_from(n).unwrap()], port)
    }

    fn stream(&mut self) -> Option<StreamId> {
        let n = self.pick(self.streams.len().max(1) as u64);
        self.streams.iter().nth(usize::try_from(n).unwrap()).copied()
    }

    fn act(&mut self, now: Timestamp) {
        if self.deeds == 0 {
            return;
        }
        self.deeds -= 1;
        match self.pick(8) {
            0..=2 => {
                let from = SocketAddr::new(self.address, [0, 53, 4000, 4001][usize::try_from(self.pick(4)).unwrap()]);
                let (to, octets) = (self.other(&[53, 4000, 4002]), self.octets());
                self.out.push(Output::Send { from, to, octets, cause: None });
            }
            3 => {
                self.opened += 1;
                let (id, to) = (StreamId::opened(self.opened), self.other(&[25, 25, 26]));
                self.out.push(Output::Connect { id, from: self.address, to, cause: None });
                if self.pick(4) == 0 {
                    // Before it stands.
                    self.streams.insert(id);
                }
            }
            4..=5 => {
                if let Some(id) = self.stream() {
                    let octets = self.octets();
                    self.out.push(Output::Write { id, octets });
                }
            }
            6 => {
                if let Some(id) = self.stream() {
                    self.streams.remove(&id);
                    self.out.push(Output::Close { id });
                }
            }
            _ => self.next = Some(now.plus_us(i64::try_from(self.pick(40_000)).unwrap())),
        }
    }
}

impl Actor for Chatter {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => self.deeds = 200,
            Input::Timer => self.next = Some(now.plus_us(3_000_000)),
            Input::Stream { id, event } => match event {
                StreamEvent::Accepted { .. } | StreamEvent::Connected => drop(self.streams.insert(id)),
                StreamEvent::Closed | StreamEvent::Failed(_) => drop(self.streams.remove(&id)),
                StreamEvent::Octets(_) | StreamEvent::Secured => {}
            },
            Input::Datagram { .. } => {}
        }
        self.out.push(Output::Note(Note::Story(format!("{input:?}"))));
        if matches!(input, Input::Started) {
            self.next = Some(now.plus_us(1_000));
        }
        for _ in 0..self.pick(4) {
            self.act(now);
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(self.next)
    }
}

/// Everything that an observer is told, and the transcript of it.
#[derive(Default)]
struct Seen(Vec<String>, Transcript);

impl Observer for Seen {
    fn traffic(&mut self, traffic: &Traffic<'_>) {
        self.0.push(format!("{traffic:?}"));
        self.1.traffic(traffic);
    }

    fn note(&mut self, at: Timestamp, node: &str, note: &Note) {
        self.0.push(format!("{at} {node} {note:?}"));
    }
}

fn chatters(seed: u64) -> Vec<Node> {
    let address = |n: u8| IpAddr::from([127, 50, 0, n]);
    // The last is nobody's.
    let others: Vec<IpAddr> = (1..=4).map(address).collect();
    let one = |n: u8| {
        let actor = Chatter {
            rng: Rng::part(seed, &n.to_string()),
            address: address(n),
            others: others.clone(),
            streams: BTreeSet::new(),
            opened: 0,
            deeds: 0,
            next: None,
            out: Outbox::default(),
        };
        super::node(&n.to_string(), &address(n).to_string(), &[53], &[25], actor)
    };
    (1..=3).map(one).collect()
}

#[test]
fn sockets_and_virtual_time_show_the_same() {
    let (start, until) = (Timestamp::from_s(0), Timestamp::from_s(600));
    for seed in 0..6 {
        let mut expected = Seen::default();
        let mut world = World::new(chatters(seed), start, Link::default(), seed);
        world.run(until, &mut expected).unwrap();

        let mut seen = Seen::default();
        let mut loopback = Loopback::bind(chatters(seed), PORTS, Options::default()).unwrap();
        block_on(loopback.run(START, &mut seen, Some(until), pending::<()>())).unwrap().unwrap();

        let first = expected.0.iter().zip(&seen.0).position(|(a, b)| a != b);
        assert_eq!(first.map(|i| (&expected.0[i], &seen.0[i])), None, "seed {seed}");
        assert_eq!(seen.0.len(), expected.0.len(), "seed {seed}");
        assert_eq!(seen.1.hash_hex(), expected.1.hash_hex());
        assert_eq!(loopback.counts().events, world.steps());
        assert!(loopback.counts().streams > 5 && loopback.counts().datagrams > 50, "{:?}", loopback.counts());
    }
}
