//! Surveys of hosts on 127.0.0.0/8; each test has networks of its own.

mod journal;
mod lab;
mod pace;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use askance_proto::survey::{Finding, Identity, Known, Network, Plan, PlanRequest, Schedule};
use askance_record::Timestamp;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::{Journal, Surveyed, survey};
use crate::Clock;

/// Where hosts of these tests listen, so that nobody needs to be root.
const PORT: u16 = 21_025;
const SENDERS: [&str; 2] = ["survey@probe.example", "survey@other.example"];

fn plan(targets: &[&str], change: impl FnOnce(&mut PlanRequest)) -> Plan {
    let sender = |mail_from: &str| Identity { helo: "probe.example".to_owned(), mail_from: mail_from.to_owned() };
    let mut request = PlanRequest {
        targets: targets.iter().map(|t| t.parse().unwrap()).collect(),
        port: PORT,
        senders: SENDERS.iter().map(|s| sender(s)).collect(),
        relay_to: Some(SENDERS[0].to_owned()),
        ..PlanRequest::default()
    };
    change(&mut request);
    Plan::new(request).unwrap()
}

fn clock(speed: f64) -> Clock {
    Clock::Real { scenario_start: Timestamp::from_s(1_000_000), speed }
}

/// Runs a survey to its end; gives the findings by target.
async fn run(
    plan: Plan,
    known: BTreeMap<IpAddr, Known>,
    journal: &mut Journal,
    speed: f64,
) -> (BTreeMap<IpAddr, Finding>, Surveyed) {
    let mut schedule = Schedule::new(plan, known, 1);
    let mut findings = BTreeMap::new();
    let mut found = |finding: &Finding, _: (usize, usize)| {
        let before = findings.insert(finding.target, finding.clone());
        assert_eq!(before, None, "one result a target");
    };
    let never = core::future::pending::<()>();
    let counts = survey(&mut schedule, journal, clock(speed), never, &mut found).await.unwrap();
    (findings, counts)
}

/// What hosts saw of their visitors.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Connections now, by host and by network; and the most at a time.
    now: BTreeMap<Network, usize>,
    most: BTreeMap<Network, usize>,
    /// Commands, by host and connection.
    said: Vec<(IpAddr, String)>,
    connections: BTreeMap<IpAddr, usize>,
}

impl Seen {
    fn came(&mut self, host: IpAddr) {
        *self.connections.entry(host).or_default() += 1;
        for network in [Network::one(host), Network::neighbourhood(host)] {
            let now = self.now.entry(network).or_default();
            *now += 1;
            let most = self.most.entry(network).or_default();
            *most = (*most).max(*now);
        }
    }

    fn left(&mut self, host: IpAddr) {
        for network in [Network::one(host), Network::neighbourhood(host)] {
            *self.now.entry(network).or_default() -= 1;
        }
    }

    /// How often each host heard each reverse path.
    fn paths(&self) -> BTreeMap<(IpAddr, &str), usize> {
        let mut paths = BTreeMap::new();
        for (host, line) in self.said.iter().filter(|(_, line)| line.starts_with("MAIL")) {
            *paths.entry((*host, line.as_str())).or_default() += 1;
        }
        paths
    }
}

/// A host that greets and answers each command as `says` has it, on a task of this runtime.
async fn host(address: &str, seen: &Arc<Mutex<Seen>>, says: fn(&str) -> &'static str) {
    let address: IpAddr = address.parse().unwrap();
    let listener = TcpListener::bind(SocketAddr::new(address, PORT)).await.unwrap();
    let seen = Arc::clone(seen);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            seen.lock().unwrap().came(address);
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                loop {
                    let reply = says(line.trim_end());
                    if stream.get_mut().write_all(reply.as_bytes()).await.is_err() {
                        break;
                    }
                    line.clear();
                    if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                        break;
                    }
                    seen.lock().unwrap().said.push((address, line.trim_end().to_owned()));
                }
                seen.lock().unwrap().left(address);
            });
        }
    });
}

/// A mail server that takes everything.
fn open(command: &str) -> &'static str {
    match command.split(' ').next().unwrap_or_default() {
        "" => "220 mx.brand.example ESMTP\r\n",
        "QUIT" => "221 2.0.0 Bye\r\n",
        _ => "250 2.0.0 Ok\r\n",
    }
}
