//! Our checks of mail beside those of the `mail-auth` crate, which asks a name server of the lab over real sockets.
//!
//! It shares no code with ours: its own parsers, its own cryptography, and hickory's resolver. It has
//! known gaps (it passes 147 of the 203 cases of the RFC 7208 suite, ours all), so the cases here
//! keep to what both claim to do.

mod arc;
mod dkim;
mod dmarc;
mod spf;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use askance_net::{Clock, Ended, Loopback, Options, PortMap, block_on};
use askance_proto::dns::{Authoritative, AuthoritativeConfig, Verdict, Zone};
use askance_proto::mail::Message;
use askance_proto::{Inquiry, Outcome, Question, Reply, Step};
use askance_record::{Name, Timestamp};
use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};

/// So that nobody needs to be root.
const PORTS: PortMap = PortMap { offset: 20_000 };

/// The zone `example` with these records beside its SOA and NS.
fn zone(records: &str) -> Zone {
    let head = "@ 300 SOA ns hostmaster 1 7200 900 1209600 300\n@ 300 NS ns\nns 300 A 192.0.2.53\n";
    Zone::parse(&Name::parse("example").expect("a name"), &format!("{head}{records}")).expect("a zone")
}

/// One TXT record, its text cut into strings of at most 255 octets.
fn txt(owner: &str, text: &str) -> String {
    let strings: Vec<String> =
        text.as_bytes().chunks(255).map(|part| format!("\"{}\"", str::from_utf8(part).expect("ASCII"))).collect();
    format!("{owner} 300 TXT {}\n", strings.join(" "))
}

/// Lets `ask` use a verifier whose resolver knows one server: ours, at 127.40.0.`host`, with this zone.
fn with_authenticator<T>(host: u8, zone: &Zone, ask: impl AsyncFnOnce(&MessageAuthenticator) -> T) -> T {
    let address = IpAddr::from([127, 40, 0, host]);
    let config =
        AuthoritativeConfig { addresses: vec![address], zones: vec![zone.clone()], ..AuthoritativeConfig::default() };
    let nodes = vec![Authoritative::new(config).into_node("names".to_owned())];
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).expect("free ports");
    let clock = Clock::Real { scenario_start: Timestamp::from_s(1_456_848_000), speed: 1.0 };
    block_on(async {
        let authenticator = authenticator(SocketAddr::new(address, PORTS.real(53)));
        let mut answer = None;
        let asking = async { answer = Some(ask(&authenticator).await) };
        let ended = loopback.run(clock, &mut (), None, asking).await;
        assert_eq!(ended.expect("sockets that work"), Ended::Stopped);
        assert!(loopback.counts().from_strangers > 0, "the verifier never asked");
        answer.expect("the run ended because the answer was there")
    })
    .expect("a runtime")
}

fn authenticator(server: SocketAddr) -> MessageAuthenticator {
    let mut server_config = NameServerConfig::udp_and_tcp(server.ip());
    server_config.connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .map(|mut connection| {
            connection.port = server.port();
            connection
        })
        .into();
    let mut options = ResolverOpts::default();
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = Duration::from_secs(5);
    MessageAuthenticator::new(ResolverConfig::from_parts(None, Vec::new(), vec![server_config]), options)
        .expect("a resolver")
}

/// Runs one of our checks against the zone itself; names outside it cannot be resolved.
fn ours<I: Inquiry>(zone: &Zone, mut check: I) -> I::Verdict {
    let mut replies = Vec::new();
    loop {
        match check.step(&replies) {
            Step::Done(verdict) => return verdict,
            Step::Ask(questions) => replies = questions.into_iter().map(|question| answer(zone, question)).collect(),
        }
    }
}

fn answer(zone: &Zone, question: Question) -> Reply {
    let found = zone.answer(&question.qname, question.qtype);
    let outcome = match found.verdict {
        Verdict::Answer => Outcome::Answered,
        Verdict::NoData => Outcome::NoData,
        Verdict::NxDomain => Outcome::NxDomain,
        Verdict::Referral | Verdict::Outside => Outcome::Failed,
    };
    Reply { question, outcome, records: found.answers }
}

/// Replaces text in a message, everywhere.
fn changed(message: &Message, from: &str, to: &str) -> Message {
    let text = str::from_utf8(message.octets()).expect("text");
    assert!(text.contains(from), "{from:?} is not in {text}");
    Message::read(text.replace(from, to).into_bytes())
}
