//! Servers that fail, and answers made to hurt.

use super::world::Fault;
use super::*;

const NAME: &str = "mail1.hotel-brand.example";

fn failing(config: ResolverConfig, fault: Fault, seconds: &[f64]) -> World {
    World::new(config, "mail1 60 A 192.0.2.9")
        .fault("198.18.0.3", fault)
        .asks(seconds.iter().map(|s| Ask::at(*s, NAME, RrType::A)))
}

#[test]
fn a_zone_dropped_at_its_server_is_asked_for_as_often_as_the_program_does() {
    // The failure is remembered for 5 s and for 1 s. Unbound asks the parent for the server's address the first time
    // and for the delegation the second time; then it knows that neither helps.
    check!(All, failing(config(Software::Unbound), Fault::Refuses, &[0.0, 3.0, 8.0, 20.0]), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.08 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.10 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.12 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.14 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.16 192.0.2.53->198.18.0.2 A hotel-brand.example -> NOERROR refers hotel-brand.example
    0.18 192.0.2.53->198.18.0.3 A ns1.hotel-brand.example -> REFUSED
    0.20 192.0.2.53->198.18.0.3 A ns1.hotel-brand.example -> REFUSED
    0.22 192.0.2.53->198.18.0.3 A ns1.hotel-brand.example -> REFUSED
    0.24 192.0.2.53->198.18.0.3 A ns1.hotel-brand.example -> REFUSED
    0.26 192.0.2.53->198.18.0.3 A ns1.hotel-brand.example -> REFUSED
    0.28 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    3.00 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    8.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.02 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.08 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.10 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    8.12 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    8.14 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    20.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    20.02 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    20.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    20.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    20.08 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    20.10 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    ");
    check!(All, failing(config(Software::Bind), Fault::Refuses, &[0.0, 0.5, 3.0]), @"
    0.00 192.0.2.53->198.18.0.1 NS example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 NS hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.06 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    0.50 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    3.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    3.02 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    ");
}

#[test]
fn a_silent_server_is_asked_with_growing_patience() {
    check!(All, failing(plain(Software::Unbound), Fault::Silent, &[0.0]), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    0.44 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    1.19 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    2.69 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    5.70 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    11.72 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    ");
    check!(All, failing(plain(Software::Bind), Fault::Silent, &[0.0]), @"
    0.00 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    0.84 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    1.64 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    2.44 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    4.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    7.24 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> silence
    10.00 client 198.51.100.1 A mail1.hotel-brand.example -> SERVFAIL
    ");
}

#[test]
fn another_server_of_the_zone_helps() {
    let two = |software| {
        failing(plain(software), Fault::Refuses, &[0.0, 100.0])
            .add("198.18.0.2", "example", "hotel-brand 172800 NS ns2.hotel-brand\n ns2.hotel-brand 172800 A 198.18.0.4")
            .with_zone("198.18.0.4", "hotel-brand.example", "mail1 60 A 192.0.2.9")
    };
    check!(Upstream, two(Software::Unbound), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    0.08 192.0.2.53->198.18.0.4 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    100.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    100.02 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    100.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    100.06 192.0.2.53->198.18.0.4 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    ");
    check!(Upstream, two(Software::Bind), @"
    0.00 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.4 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    100.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> REFUSED
    100.02 192.0.2.53->198.18.0.4 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    ");
}

#[test]
fn a_server_that_knows_no_edns_is_asked_without() {
    check!(Upstream, failing(plain(Software::Unbound), Fault::Plain, &[0.0, 100.0]), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> FORMERR
    0.08 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    100.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 60
    ");
}

#[test]
fn loops_of_aliases_and_delegations_end() {
    let loops = |software| {
        World::new(plain(software), "a 60 CNAME b\n b 60 CNAME a")
            .add("198.18.0.2", "example", "one 60 NS ns.two\n two 60 NS ns.one")
            .asks([Ask::at(0.0, "a.hotel-brand.example", RrType::A), Ask::at(1.0, "www.one.example", RrType::A)])
    };
    for software in [Software::Unbound, Software::Bind] {
        let lines = loops(software).run();
        let of_clients: Vec<_> = lines.iter().filter(|l| !l.is_upstream).map(|l| l.text.as_str()).collect();
        assert_eq!(of_clients.len(), 2, "{of_clients:?}");
        assert!(of_clients.iter().all(|l| l.ends_with("SERVFAIL")), "{of_clients:?}");
        assert!(lines.len() < 150, "{}", lines.len());
    }
}

#[test]
fn a_fan_of_servers_without_address_costs_a_bounded_number_of_queries() {
    let ns: Vec<String> = (0..20).map(|n| format!("fan 60 NS ns.fan{n}.victim.example.")).collect();
    let world = World::new(plain(Software::Unbound), "mail1 60 A 192.0.2.9")
        .add("198.18.0.2", "example", &ns.join("\n"))
        .add("198.18.0.2", "example", "victim 60 NS ns.victim\n ns.victim 60 A 198.18.0.7")
        .fault("198.18.0.7", Fault::Refuses);
    let lines = world.asks([Ask::at(0.0, "www.fan.example", RrType::A)]).run();
    let asked = lines.iter().filter(|l| l.is_upstream).count();
    assert!((20..=100).contains(&asked), "{asked}");
    assert!(lines.last().unwrap().text.ends_with("SERVFAIL"));
}

#[test]
fn broken_queries_are_refused_in_form() {
    let mut resolver = Resolver::new(config(Software::Unbound));
    let (from, to): (SocketAddr, SocketAddr) = ("198.51.100.1:999".parse().unwrap(), "192.0.2.53:53".parse().unwrap());
    let now = Timestamp::from_s(0);
    let mut ask = |octets: &[u8]| {
        resolver.handle(now, Input::Datagram { from, to, octets, cause: None });
        match resolver.poll() {
            Output::Send { octets, .. } => Message::decode(&octets).unwrap().header.rcode.to_string(),
            output => format!("{output:?}"),
        }
    };
    let query = Message::query(1, name("a.example"), RrType::ANY);
    let mut notify = Message::query(1, name("a.example"), RrType::A);
    notify.header.opcode = 4;
    let mut response = notify.clone();
    response.header.response = true;
    assert_eq!(ask(&query.encode()), "NOTIMP");
    assert_eq!(ask(&notify.encode()), "NOTIMP");
    assert_eq!(ask(&Message { question: None, ..query.clone() }.encode()), "FORMERR");
    assert_eq!(ask(&query.encode()[..20]), "FORMERR");
    assert_eq!(ask(&query.encode()[..5]), "Wait { until: None }");
    assert_eq!(ask(&response.encode()), "Wait { until: None }");
}

#[test]
fn clients_may_use_a_stream() {
    let mut resolver = Resolver::new(config(Software::Unbound));
    let (from, to): (SocketAddr, SocketAddr) = ("198.51.100.1:999".parse().unwrap(), "192.0.2.53:53".parse().unwrap());
    let (now, id) = (Timestamp::from_s(0), StreamId::accepted(1));
    let mut stream = |event: StreamEvent<'_>| {
        resolver.handle(now, Input::Stream { id, event });
        resolver.poll()
    };
    stream(StreamEvent::Accepted { from, to, cause: None });
    let octets = clients::framed(&Message::query(1, name("a.example"), RrType::ANY).encode());
    let twice = [&octets[..], &octets[..]].concat();
    assert_eq!(stream(StreamEvent::Octets(&twice[..9])), Output::Wait { until: None });
    let Output::Write { octets: first, .. } = stream(StreamEvent::Octets(&twice[9..])) else { panic!("no answer") };
    let Output::Write { octets: second, .. } = resolver.poll() else { panic!("no second answer") };
    assert_eq!(first, second);
    assert_eq!(Message::decode(&first[2..]).unwrap().header.rcode, Rcode::NOTIMP);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_octets_from_anywhere_break_it(
        octets in prop::collection::vec(any::<u8>(), 0..80),
        flips in prop::collection::vec((0_usize..80, any::<u8>()), 0..4),
        is_bind in any::<bool>(),
    ) {
        let software = if is_bind { Software::Bind } else { Software::Unbound };
        let mut resolver = Resolver::new(config(software));
        let (client, own): (SocketAddr, SocketAddr) = ("198.51.100.1:9".parse().unwrap(), "192.0.2.53:53".parse().unwrap());
        let now = Timestamp::from_s(0);
        let query = Message::query(1, name("a.b.example"), RrType::A).encode();
        resolver.handle(now, Input::Datagram { from: client, to: own, octets: &octets, cause: None });
        resolver.handle(now, Input::Datagram { from: client, to: own, octets: &query, cause: None });
        let mut sent = Vec::new();
        while let Output::Send { from, to, octets, .. } = resolver.poll() {
            sent.push((from, to, octets));
        }
        let (from, to, asked) = sent.pop().unwrap();
        // The query, turned into an answer and damaged.
        let mut answer = [asked, octets].concat();
        answer[2] |= 0x80;
        for (at, bits) in flips {
            if let Some(octet) = answer.get_mut(at) {
                *octet ^= bits;
            }
        }
        resolver.handle(now, Input::Datagram { from: to, to: from, octets: &answer, cause: None });
        prop_assert!(resolver.pending() <= 2);
    }
}
