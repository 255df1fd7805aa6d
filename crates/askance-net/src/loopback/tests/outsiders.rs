//! Real programs and plain sockets that talk to the parties.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};

use askance_proto::Node;
use askance_proto::dns::{Authoritative, AuthoritativeConfig, Resolver, ResolverConfig, Software, Zone};
use askance_proto::smtp::{Listener, ListenerConfig, RefuseAt, Reply};
use askance_record::{Name, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::tls::Tls;
use super::toys::{Echo, Liner, Said, Talker, at, node};
use super::{PORTS, talker_and_liner};
use crate::{Clock, Counts, Ended, Loopback, Options, PortMap, block_on};

/// Runs nodes in real time while `outside` talks to them from a thread of its own.
fn served<T: Send + 'static>(
    nodes: Vec<Node>,
    ports: PortMap,
    outside: impl FnOnce() -> T + Send + 'static,
) -> (T, Said, Counts) {
    let mut loopback = Loopback::bind(nodes, ports, Options::default()).unwrap();
    let mut said = Said::default();
    let clock = Clock::Real { scenario_start: Timestamp::from_s(0), speed: 1.0 };
    let result = block_on(async {
        let mut result = None;
        let stop = async { result = Some(tokio::task::spawn_blocking(outside).await.unwrap()) };
        assert_eq!(loopback.run(clock, &mut said, None, stop).await.unwrap(), Ended::Stopped);
        result
    });
    (result.unwrap().unwrap(), said, loopback.counts())
}

#[test]
fn a_stranger_is_answered_though_a_party_has_its_address() {
    let nodes = vec![node("echo", "127.40.0.1", &[7], &[], Echo::default())];
    let (answer, _, counts) = served(nodes, PORTS, || {
        let socket = UdpSocket::bind("127.40.0.1:0").unwrap();
        socket.send_to(b"hello", at("127.40.0.1", 20_007)).unwrap();
        let mut buffer = [0; 100];
        let (octets, from) = socket.recv_from(&mut buffer).unwrap();
        (buffer[..octets].to_vec(), from)
    });
    assert_eq!(answer, (b"hello".to_vec(), at("127.40.0.1", 20_007)), "from the real port");
    assert_eq!((counts.from_strangers, counts.unsent, counts.datagrams), (1, 0, 0));
}

#[test]
fn a_stranger_may_cut_what_it_writes_and_close_its_half() {
    let nodes = vec![node("liner", "127.41.0.1", &[], &[25], Liner::default())];
    let (answer, said, _) = served(nodes, PORTS, || {
        let mut stream = TcpStream::connect(at("127.41.0.1", 20_025)).unwrap();
        stream.set_nodelay(true).unwrap();
        for octet in b"HELO x\r\nRSET\r\n" {
            stream.write_all(&[*octet]).unwrap();
        }
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert_eq!(answer, "HELO x\r\nRSET\r\n");
    assert_eq!(said.notes.len(), 2, "{:?}", said.notes);
    assert!(said.notes[0].contains("accepted 127.") && said.notes[0].ends_with("at port 25"), "{:?}", said.notes);
    assert!(said.notes[1].ends_with("Closed"), "{:?}", said.notes);
}

/// Runs nodes in real time until one says something that ends so.
fn served_until(nodes: Vec<Node>, text: &'static str) -> Counts {
    run_until(Loopback::bind(nodes, PORTS, Options::default()).unwrap(), text)
}

fn run_until(mut loopback: Loopback, text: &'static str) -> Counts {
    let (told, stop) = tokio::sync::oneshot::channel();
    let mut said = Said { awaits: Some((text, told)), ..Said::default() };
    let clock = Clock::Real { scenario_start: Timestamp::from_s(0), speed: 1.0 };
    assert_eq!(block_on(loopback.run(clock, &mut said, None, stop)).unwrap().unwrap(), Ended::Stopped);
    loopback.counts()
}

#[test]
fn parties_reach_each_other_in_real_time_too() {
    let counts = served_until(talker_and_liner(42, b"HELO x\r\nQUIT\r\n", 3), "talker: Closed");
    assert_eq!((counts.streams, counts.from_strangers, counts.strays), (1, 0, 0));
}

#[test]
fn a_party_reaches_a_program_outside() {
    let listener = std::net::TcpListener::bind("127.43.0.9:0").unwrap();
    let to = listener.local_addr().unwrap();
    let talker = Talker { to, says: vec![b"HELO x\r\n".to_vec()], ..Talker::new("127.43.0.1") };
    let outside = std::thread::spawn(move || {
        let (mut stream, from) = listener.accept().unwrap();
        let mut line = [0; 8];
        stream.read_exact(&mut line).unwrap();
        stream.write_all(b"250 OK\r\n").unwrap();
        (from.ip(), line)
    });
    served_until(vec![node("talker", "127.43.0.1", &[], &[], talker)], "talker: Closed");
    assert_eq!(outside.join().unwrap(), (at("127.43.0.1", 0).ip(), *b"HELO x\r\n"));
}

#[test]
fn a_program_outside_that_does_not_listen_refuses() {
    let talker = Talker { to: at("127.44.0.9", 1), ..Talker::new("127.44.0.1") };
    served_until(vec![node("talker", "127.44.0.1", &[], &[], talker)], "failed Refused");
}

/// What a program prints for these arguments; `None` where there is no such program.
fn print_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = match std::process::Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

#[expect(clippy::print_stderr, reason = "a test that could not be done is said")]
fn skip(program: &str) {
    eprintln!("skipped: this machine has no {program}");
}

/// What dig prints of the answer of a server at a shifted port.
fn dig(server: &str, more: &[&str]) -> Option<String> {
    let server = format!("@{server}");
    let mut arguments = vec![&*server, "-p", "20053", "+tries=1", "+time=5", "+noall", "+comments", "+answer"];
    arguments.extend(more);
    print_of("dig", &arguments)
}

/// A name server at an address, with one zone.
fn name_server(address: &str) -> Node {
    let origin = Name::parse("hotel-brand.example").unwrap();
    let zone = "\
@ 300 IN SOA ns1 hostmaster 2016030101 7200 900 1209600 60
@ 300 IN NS ns1
ns1 300 IN A 192.0.2.53
mail 300 IN A 192.0.2.25
";
    let zones = vec![Zone::parse(&origin, zone).unwrap()];
    let addresses = vec![address.parse().unwrap()];
    Authoritative::new(AuthoritativeConfig { addresses, zones, changes: Vec::new() }).into_node("ns1".to_owned())
}

#[test]
fn a_real_dig_is_answered() {
    let ask = |more: &[&str]| dig("127.45.0.1", more);
    let (answers, _, counts) = served(vec![name_server("127.45.0.1")], PORTS, move || {
        Some([
            ask(&["mail.hotel-brand.example", "A"])?,
            ask(&["nobody.hotel-brand.example", "A"])?,
            ask(&["+tcp", "mail.hotel-brand.example", "A"])?,
            ask(&["hotel-brand.example", "AXFR"])?,
        ])
    });
    let Some([address, nobody, tcp, transfer]) = answers else {
        return skip("dig");
    };
    let found = "mail.hotel-brand.example. 300\tIN\tA\t192.0.2.25";
    assert!(address.contains(found) && address.contains("flags: qr aa"), "{address}");
    assert!(nobody.contains("status: NXDOMAIN") && nobody.contains("flags: qr aa"), "{nobody}");
    assert!(tcp.contains(found), "{tcp}");
    assert!(transfer.contains("Transfer failed"), "{transfer}");
    assert_eq!((counts.from_strangers, counts.strays, counts.unsent), (4, 0, 0));
}

#[test]
fn a_real_dig_asks_a_resolver_that_asks_a_name_server() {
    let root = "\
@ 300 IN SOA ns1.hotel-brand.example. hostmaster.hotel-brand.example. 1 7200 900 1209600 60
@ 300 IN NS ns1.hotel-brand.example.
ns1.hotel-brand.example. 300 IN A 127.49.0.1
mail.hotel-brand.example. 300 IN A 192.0.2.25
";
    let zones = vec![Zone::parse(&Name::parse(".").unwrap(), root).unwrap()];
    let addresses = vec![at("127.49.0.1", 0).ip()];
    let server = Authoritative::new(AuthoritativeConfig { addresses, zones, changes: Vec::new() });
    let config = ResolverConfig {
        roots: vec![(Name::parse("ns1.hotel-brand.example").unwrap(), at("127.49.0.1", 0).ip())],
        ..ResolverConfig::new(Software::Unbound, at("127.49.0.2", 0).ip())
    };
    let resolver = node("resolver", "127.49.0.2", &[53], &[53], Resolver::new(config));
    let nodes = vec![server.into_node("root".to_owned()), resolver];
    let ask = || dig("127.49.0.2", &["mail.hotel-brand.example", "A"]);
    let (answers, _, counts) = served(nodes, PORTS, move || Some([ask()?, ask()?]));
    let Some([first, second]) = answers else { return skip("dig") };
    for answer in [&first, &second] {
        assert!(answer.contains("mail.hotel-brand.example.") && answer.contains("192.0.2.25"), "{answer}");
        assert!(answer.contains("flags: qr rd ra"), "{answer}");
    }
    assert_eq!((counts.from_strangers, counts.strays), (2, 0));
    assert!(counts.datagrams >= 2, "{counts:?}");
}

#[test]
fn a_real_swaks_is_turned_away() {
    let config = ListenerConfig {
        addresses: vec![at("127.48.0.1", 0).ip()],
        hostname: "mail.hotel-brand.example".to_owned(),
        stage: RefuseAt::Rcpt,
        refusal: Reply::new(550, "no mail for {recipient}"),
        ..ListenerConfig::default()
    };
    let listener = node("listener", "127.48.0.1", &[], &[25], Listener::new(config));
    let (printed, _, counts) = served(vec![listener], PORTS, || {
        let (from, to) = ("a@sender.example", "b@hotel-brand.example");
        print_of("swaks", &["--server", "127.48.0.1:20025", "--from", from, "--to", to, "--timeout", "5"])
    });
    let Some(printed) = printed else { return skip("swaks") };
    assert!(printed.contains("220 mail.hotel-brand.example"), "{printed}");
    assert!(printed.contains("<** 550 no mail for b@hotel-brand.example"), "{printed}");
    assert_eq!((counts.from_strangers, counts.strays), (1, 0));
}

#[test]
fn a_stranger_may_begin_tls() {
    let liner = Liner { secure: true, greeting: b"220\r\n".to_vec(), ..Liner::default() };
    let nodes = vec![node("liner", "127.46.0.1", &[], &[25], liner)];
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let client = async {
        let mut plain = tokio::net::TcpStream::connect(at("127.46.0.1", 20_025)).await.unwrap();
        plain.write_all(b"STARTTLS\r\n").await.unwrap();
        let mut answer = [0; 15];
        plain.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"220\r\nSTARTTLS\r\n");
        let mut secured = Tls::new("mail.example").unwrap().secure(plain, false).await.unwrap();
        secured.write_all(b"QUIT\r\n").await.unwrap();
        let mut rest = String::new();
        secured.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "220\r\nQUIT\r\n", "and then a proper end of TLS");
    };
    let mut said = Said::default();
    let clock = Clock::Real { scenario_start: Timestamp::from_s(0), speed: 1.0 };
    assert_eq!(block_on(loopback.run(clock, &mut said, None, client)).unwrap().unwrap(), Ended::Stopped);
    assert!(said.notes[1].ends_with("liner: secured"), "{:?}", said.notes);
}

#[test]
fn a_stranger_that_fails_to_begin_tls_is_gone() {
    let liner = Liner { secure: true, ..Liner::default() };
    let nodes = vec![node("liner", "127.47.0.1", &[], &[25], liner)];
    let loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let outside = std::thread::spawn(|| {
        // The socket listens already, though nobody accepts yet.
        let mut stream = TcpStream::connect(at("127.47.0.1", 20_025)).unwrap();
        stream.write_all(b"STARTTLS\r\n").unwrap();
        stream.read_exact(&mut [0; 10]).unwrap();
        stream.write_all(b"QUIT\r\n").unwrap();
        let mut rest = Vec::new();
        // An alert, and then the end, which may be a reset.
        stream.read_to_end(&mut rest).ok();
        rest
    });
    run_until(loopback, "liner: Closed");
    assert_ne!(outside.join().unwrap(), b"QUIT\r\n");
}
