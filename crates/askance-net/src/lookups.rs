//! Lookups over sockets: many questions to real resolvers, few at a time.
//!
//! What is asked, and which answer is believed, [`Asking`] decides; here are the sockets and the time. Each try has a
//! socket of its own, with a port that the system chooses, connected so that datagrams of others do not arrive.
//! Nobody is asked but the resolvers that the caller names: a person named them, or the system's configuration does.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use askance_proto::Question;
use askance_proto::dns::{Asking, AskingStep, Heard, Over, Taken};
use askance_record::Rng;
use rustls::crypto::ring::default_provider;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::error::NetError;

#[cfg(test)]
mod tests;

/// Largest payload of a datagram.
const DATAGRAM_OCTETS_MAX: usize = 65_535;

/// Resolvers, and how many questions are under way to them at a time.
#[derive(Clone, Debug)]
pub struct Lookups {
    servers: Arc<[SocketAddr]>,
    parallel: usize,
}

impl Lookups {
    /// Resolvers in the order in which they are asked.
    ///
    /// - `parallel`: questions under way at a time, at least 1
    pub fn new(servers: &[SocketAddr], parallel: usize) -> Self {
        Self { servers: servers.into(), parallel: parallel.max(1) }
    }

    /// Asks all questions, and says what came of each, in their order.
    ///
    /// What resolvers do, silence and nonsense included, is a value of [`Heard`].
    ///
    /// - `done`: is told each time one has its answer, so that a person sees it move
    ///
    /// # Errors
    /// [`NetError::Chance`] where the system gives no random octets.
    ///
    /// # Panics
    /// Never: a question ends in a value, whatever comes back.
    pub async fn ask(&self, questions: &[Question], done: &mut dyn FnMut()) -> Result<Vec<Heard>, NetError> {
        let mut heard: Vec<Option<Heard>> = vec![None; questions.len()];
        let (mut under_way, mut next) = (JoinSet::new(), 0);
        loop {
            while under_way.len() < self.parallel && next < questions.len() {
                let (at, servers) = (next, Arc::clone(&self.servers));
                let asking = Asking::new(questions[at].clone(), servers.len(), Rng::new(chance()?));
                under_way.spawn(async move { (at, carry(asking, &servers).await) });
                next += 1;
            }
            let Some(ended) = under_way.join_next().await else { break };
            let (at, one) = ended.expect("a lookup neither panics nor is aborted while its set lives");
            heard[at] = Some(one);
            done();
        }
        Ok(heard.into_iter().map(|one| one.expect("every question was asked")).collect())
    }
}

/// The resolvers that a resolv.conf(5) names, at port 53: three at most, as the C library has it; the one on this machine
/// where it names none. Addresses that cannot be read are passed over.
pub fn resolvers_of(resolv_conf: &str) -> Vec<SocketAddr> {
    let named = resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_server = words.next() == Some("nameserver");
        let address = words.next().filter(|_| is_server)?;
        address.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53))
    });
    let named: Vec<SocketAddr> = named.take(3).collect();
    if named.is_empty() { vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 53)] } else { named }
}

/// 64 bits that nobody can guess, for identifiers and spellings.
fn chance() -> Result<u64, NetError> {
    let mut octets = [0; 8];
    default_provider().secure_random.fill(&mut octets).map_err(|_| NetError::Chance)?;
    Ok(u64::from_le_bytes(octets))
}

/// Carries a question to its end.
async fn carry(mut asking: Asking, servers: &[SocketAddr]) -> Heard {
    loop {
        match asking.step() {
            AskingStep::Done(heard) => return heard,
            AskingStep::Send { server, over, octets, patience_us } => {
                let patience = Duration::from_micros(u64::try_from(patience_us).unwrap_or_default());
                let until = Instant::now() + patience;
                let to = servers[server];
                let took = match over {
                    Over::Udp => timeout_at(until, by_datagram(&mut asking, to, &octets)).await,
                    Over::Tcp => timeout_at(until, by_stream(&mut asking, to, &octets)).await,
                };
                // Out of time, or the way is broken: the next one.
                if !matches!(took, Ok(Ok(()))) {
                    asking.silent();
                }
            }
        }
    }
}

/// Sends a datagram, and shows what comes back until it is an answer.
async fn by_datagram(asking: &mut Asking, to: SocketAddr, octets: &[u8]) -> io::Result<()> {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(to).await?;
    socket.send(octets).await?;
    let mut buffer = vec![0; DATAGRAM_OCTETS_MAX];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if asking.heard(&buffer[..length]) == Taken::Ours {
            return Ok(());
        }
    }
}

/// Sends a query over a stream, and shows messages until one is an answer.
async fn by_stream(asking: &mut Asking, to: SocketAddr, octets: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let length = u16::try_from(octets.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes()[..], octets].concat()).await?;
    loop {
        let length = stream.read_u16().await?;
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await?;
        if asking.heard(&message) == Taken::Ours {
            return Ok(());
        }
    }
}
