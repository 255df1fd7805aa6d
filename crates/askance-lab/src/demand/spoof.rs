//! Queries with somebody else's address as their source: the answers go to that somebody.

use core::net::{IpAddr, SocketAddr};
use core::ops::Range;

use askance_proto::dns::Message;
use askance_proto::{Actor, Cause, Input, Node, Outbox, Output};
use askance_record::{Name, Rng, RrType, Timestamp};

use super::process::{Acts, Process};

/// A sender of queries under other addresses.
///
/// Only a network that does not check source addresses lets them out (BCP 38), and only virtual time carries them here.
#[derive(Clone, Debug, PartialEq)]
pub struct SpoofConfig {
    /// Name of the node, unique.
    pub id: String,
    /// Its own address, which no query shows.
    pub address: IpAddr,
    /// The addresses that the queries claim to come from, in turn.
    pub victims: Vec<IpAddr>,
    /// The servers that are asked, at random.
    pub servers: Vec<SocketAddr>,
    /// What is asked, by the act's item.
    pub questions: Vec<(Name, RrType)>,
    /// When.
    pub process: Process,
    /// From when to when.
    pub active: Range<Timestamp>,
    /// RD in the queries: set for resolvers, as stubs do.
    pub recursion_desired: bool,
    /// Ground truth.
    pub cause: Option<Cause>,
    /// Decides everything that is left to chance.
    pub seed: u64,
}

/// The sender. See [`SpoofConfig`].
#[derive(Debug)]
pub struct SpoofedQueries {
    config: SpoofConfig,
    rng: Rng,
    acts: core::iter::Peekable<Acts>,
    sent: usize,
    outbox: Outbox,
}

impl SpoofedQueries {
    /// The sender as a node.
    pub fn node(config: SpoofConfig) -> Node {
        Node {
            id: config.id.clone(),
            addresses: vec![config.address],
            listens_udp: Vec::new(),
            listens_tcp: Vec::new(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// The sender.
    pub fn new(config: SpoofConfig) -> Self {
        let acts = config.process.acts(Rng::part(config.seed, &format!("{}/acts", config.id)), config.active.clone());
        let rng = Rng::part(config.seed, &format!("{}/queries", config.id));
        Self { config, rng, acts: acts.peekable(), sent: 0, outbox: Outbox::default() }
    }

    fn send(&mut self, item: u64) {
        let pick = |n: u64, len: usize| usize::try_from(n % (len.max(1) as u64)).expect("below a length");
        let config = &self.config;
        let question = config.questions.get(pick(item, config.questions.len()));
        let server = config.servers.get(pick(self.rng.bits(), config.servers.len()));
        let victim = config.victims.get(self.sent % config.victims.len().max(1));
        let (Some((qname, qtype)), Some(server), Some(victim)) = (question, server, victim) else { return };
        let [a, b, c, d, ..] = self.rng.bits().to_le_bytes();
        let mut query = Message::query(u16::from_le_bytes([a, b]), qname.clone(), *qtype);
        query.header.recursion_desired = config.recursion_desired;
        let port = u16::from_le_bytes([c, d]).max(1024);
        self.outbox.push(Output::Send {
            from: SocketAddr::new(*victim, port),
            to: *server,
            octets: query.encode(),
            cause: config.cause,
        });
        self.sent += 1;
    }
}

impl Actor for SpoofedQueries {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            // What is before its life began is not made up for.
            Input::Started => while self.acts.next_if(|act| act.at < now).is_some() {},
            Input::Timer => {
                while let Some(act) = self.acts.next_if(|act| act.at <= now) {
                    self.send(act.item);
                }
            }
            Input::Datagram { .. } | Input::Stream { .. } => {}
        }
    }

    fn poll(&mut self) -> Output {
        let due = self.acts.peek().map(|act| act.at);
        self.outbox.pop_or_wait(due)
    }
}
