//! Payloads through a resolver and back, whole, with and without loss.

use std::sync::{Arc, Mutex};

use askance_proto::Cause;
use askance_proto::dns::{Software, StubConfig};
use askance_record::{Rng, RrType, Timestamp};

use super::*;
use crate::demand::testing::{Net, Seen, Shared, internet, ip, name, node, server};
use crate::demand::{Process, SleepLoop};

const SERVER: &str = "203.0.113.53";
const START: Timestamp = Timestamp::from_s(1_462_147_200);

fn file(octets: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    (0..octets).map(|_| u8::try_from(rng.below(256)).expect("an octet")).collect()
}

struct Ran {
    net: Net,
    client: Arc<Mutex<TunnelClient>>,
    server: Arc<Mutex<TunnelServer>>,
}

fn run(up: usize, down: usize, qtype: RrType, loss: f64) -> Ran {
    let config = TunnelConfig {
        id: "implant".to_owned(),
        stub: StubConfig::new(ip("192.0.2.10"), server("192.0.2.53")),
        domain: name("t.hotel-brand.example"),
        payload: file(up, 1),
        session: 7,
        qtype,
        label_octets: 63,
        window: 4,
        process: Process::Sleep(SleepLoop::every(0.5)),
        active: START..START.plus_us(86_400_000_000),
        cause: Some(Cause(3)),
        seed: 1,
    };
    let served = TunnelServerConfig {
        id: "tunnel".to_owned(),
        address: ip(SERVER),
        domain: config.domain.clone(),
        payload: file(down, 2),
        octets_max: 1 << 20,
    };
    let client = Arc::new(Mutex::new(TunnelClient::new(config)));
    let tunnel = Arc::new(Mutex::new(TunnelServer::new(served)));
    // A resolver that minimises names, and starts at the root.
    let mut nodes = internet(Software::Unbound, 3600);
    nodes.push(node("implant", "192.0.2.10", Shared(Arc::clone(&client))));
    nodes.push(node("tunnel", SERVER, Shared(Arc::clone(&tunnel))));
    let mut net = Net::new(nodes, START);
    net.loss = loss;
    net.run(START.plus_us(86_400_000_000));
    Ran { net, client, server: tunnel }
}

fn assert_through(ran: &Ran, up: usize, down: usize) {
    assert!(ran.client.lock().unwrap().is_done());
    assert_eq!(ran.server.lock().unwrap().received(7), Some(file(up, 1).as_slice()));
    assert_eq!(ran.client.lock().unwrap().received(), Some(file(down, 2).as_slice()));
}

#[test]
fn a_file_goes_up_and_another_comes_down() {
    for (qtype, up, down) in [(RrType::TXT, 5000, 3000), (RrType::NULL, 300, 4000), (RrType::TXT, 0, 0)] {
        let ran = run(up, down, qtype, 0.0);
        assert_through(&ran, up, down);
        // Every frame is a new name below the domain, asked of the resolver and of the server once.
        let is_frame = |s: &&Seen| s.message.question.as_ref().is_some_and(|(_, t)| *t == qtype);
        let mut names: Vec<_> = ran.net.queries(SERVER).filter(is_frame).map(|s| s.message.question.clone()).collect();
        let asked = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), asked);
        assert_eq!(ran.net.queries("192.0.2.53").count(), asked);
        assert!(ran.net.queries(SERVER).all(|s| s.cause == Some(Cause(3))));
        assert!(ran.net.seen.iter().all(|s| s.message.encode().len() <= 512));
    }
    let ran = run(200, 100, RrType::TXT, 0.0);
    insta::assert_snapshot!(ran.net.stories.join("\n"), @r"
    tunnel session 7: 200 octets received whole
    tunnel session 7: 200 octets sent, 100 received
    ");
    insta::assert_snapshot!(ran.net.table("192.0.2.53", START), @r"
    0.32 192.0.2.10 aadqaaaaaaaaaaaaaaaaaaaaaaaaaaaaadeb53ah4n7oyms2irma.t.hotel-brand.example TXT
    0.87 192.0.2.10 aadqaaaaaeaaaaabaaaaaam3ruqnnjcfa4q5afsjwpletov3ulzz4sqlblv2i23.qnkjpqnvp353p2ntr7xvpiz6m27wq5asbq7wdodcrhx7bhr3knfj57qxjr5zrrh.t67jc5hza52vtu35y5474vyqizoos52y3r7kskm5xjhywy6ks4ncq3wg4b6btdi.gxvzamoq7yb5ces5meaxlt42umnqivg3sp6t6ra.t.hotel-brand.example TXT
    1.38 192.0.2.10 aadqaaaaaiaaaaacaaaaaaoumsqgfdcxqsuj2cslxdomjtohjlbcs4auimx5o3d.dksv7yjnunzvjjyonxxvsvbn5xk454stdnlinno57lyhgga5ad2t7twa3u26aoz.azpbkmpjg6vgxp2sge.t.hotel-brand.example TXT
    ");
}

#[test]
fn loss_costs_time_and_not_octets() {
    for loss in [0.05, 0.3] {
        let ran = run(4000, 2000, RrType::TXT, loss);
        assert_through(&ran, 4000, 2000);
        let frames = 4000 / code::room(&name("t.hotel-brand.example"), 63);
        assert!(ran.net.queries(SERVER).count() > frames + 2);
    }
}

#[test]
fn the_server_is_authoritative_for_its_domain_alone() {
    use askance_proto::dns::Message;
    let mut tunnel = TunnelServer::new(TunnelServerConfig {
        id: "tunnel".to_owned(),
        address: ip(SERVER),
        domain: name("t.hotel-brand.example"),
        payload: Vec::new(),
        octets_max: 10,
    });
    let mut ask = |qname: &str, qtype: RrType| {
        use askance_proto::{Actor, Input, Output};
        let octets = Message::query(1, name(qname), qtype).encode();
        let (from, to) = (server("192.0.2.53"), server(SERVER));
        tunnel.handle(START, Input::Datagram { from, to, octets: &octets, cause: None });
        let Output::Send { octets, .. } = tunnel.poll() else { panic!("no answer to {qname}") };
        let m = Message::decode(&octets).unwrap();
        format!("{} {qname} {qtype}: {} answers, {} authority\n", m.header.rcode, m.answers.len(), m.authority.len())
    };
    let mut table = String::new();
    for (qname, qtype) in [
        ("t.hotel-brand.example", RrType::SOA),
        ("t.hotel-brand.example", RrType::NS),
        ("ns.t.hotel-brand.example", RrType::A),
        ("ns.t.hotel-brand.example", RrType::AAAA),
        ("nosuch.t.hotel-brand.example", RrType::TXT),
        ("aaaa.t.hotel-brand.example", RrType::A),
        ("other.example", RrType::TXT),
    ] {
        table += &ask(qname, qtype);
    }
    insta::assert_snapshot!(table, @r"
    NOERROR t.hotel-brand.example SOA: 1 answers, 0 authority
    NOERROR t.hotel-brand.example NS: 1 answers, 0 authority
    NOERROR ns.t.hotel-brand.example A: 1 answers, 0 authority
    NOERROR ns.t.hotel-brand.example AAAA: 0 answers, 1 authority
    NOERROR nosuch.t.hotel-brand.example TXT: 0 answers, 1 authority
    NOERROR aaaa.t.hotel-brand.example A: 0 answers, 1 authority
    REFUSED other.example TXT: 0 answers, 0 authority
    ");
}
