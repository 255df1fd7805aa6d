//! From the root to the answer.

use super::world::Fault;
use super::*;

const ZONE: &str = "@ 300 MX mail1
    mail1 3600 A 192.0.2.9
    www 300 CNAME mail1
    shop 300 CNAME shop.elsewhere.example.
    _dmarc 300 TXT v=DMARC1;p=none";

/// A second zone whose name server stands in the first.
fn world(config: ResolverConfig) -> World {
    World::new(config, ZONE)
        .add("198.18.0.2", "example", "elsewhere 172800 NS ns9.hotel-brand.example.")
        .add("198.18.0.3", "hotel-brand.example", "ns9 60 A 198.18.0.9")
        .with_zone("198.18.0.9", "elsewhere.example", "shop 60 A 192.0.2.77")
}

#[test]
fn referrals_are_followed_and_remembered() {
    let asks =
        [Ask::at(0.0, "mail1.hotel-brand.example", RrType::A), Ask::at(1.0, "Mail1.hotel-brand.example", RrType::MX)];
    check!(All, world(plain(Software::Unbound)).asks(asks), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    0.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    1.00 192.0.2.53->198.18.0.3 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    1.02 client 198.51.100.1 MX mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 600
    ");
}

#[test]
fn aliases_are_followed_across_zones_and_servers_without_glue_looked_up() {
    check!(All, world(plain(Software::Unbound)).asks([
        Ask::at(0.0, "www.hotel-brand.example", RrType::A),
        Ask::at(1.0, "shop.hotel-brand.example", RrType::A),
        Ask::at(2.0, "shop.hotel-brand.example", RrType::A),
    ]), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A www.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A www.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A www.hotel-brand.example -> NOERROR CNAME mail1.hotel-brand.example 300 192.0.2.9 3600
    0.08 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    0.10 client 198.51.100.1 A www.hotel-brand.example -> NOERROR CNAME mail1.hotel-brand.example 300 192.0.2.9 3600
    1.00 192.0.2.53->198.18.0.3 A shop.hotel-brand.example -> NOERROR CNAME shop.elsewhere.example 300
    1.02 192.0.2.53->198.18.0.2 A shop.elsewhere.example -> NOERROR refers elsewhere.example
    1.04 192.0.2.53->198.18.0.3 A ns9.hotel-brand.example -> NOERROR 198.18.0.9 60
    1.06 192.0.2.53->198.18.0.9 A shop.elsewhere.example -> NOERROR 192.0.2.77 60
    1.08 client 198.51.100.1 A shop.hotel-brand.example -> NOERROR CNAME shop.elsewhere.example 300 192.0.2.77 60
    2.00 client 198.51.100.1 A shop.hotel-brand.example -> NOERROR CNAME shop.elsewhere.example 299 192.0.2.77 59
    ");
}

#[test]
fn minimised_queries_ask_what_nobody_asked() {
    let asks = || {
        [
            Ask::at(0.0, "_dmarc.hotel-brand.example", RrType::TXT),
            Ask::at(1.0, "a.b.mail1.hotel-brand.example", RrType::A),
        ]
    };
    check!(Upstream, world(config(Software::Unbound)).asks(asks()), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A _dmarc.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    0.08 192.0.2.53->198.18.0.3 TXT _dmarc.hotel-brand.example -> NOERROR TXT 300
    1.00 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    1.02 192.0.2.53->198.18.0.3 A b.mail1.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    1.04 192.0.2.53->198.18.0.3 A a.b.mail1.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    ");
    check!(Upstream, world(config(Software::Bind)).asks(asks()), @"
    0.00 192.0.2.53->198.18.0.1 NS example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 NS hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 TXT _dmarc.hotel-brand.example -> NOERROR TXT 300
    1.00 192.0.2.53->198.18.0.3 NS mail1.hotel-brand.example -> NOERROR soa hotel-brand.example 86400
    1.02 192.0.2.53->198.18.0.3 NS b.mail1.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    1.04 192.0.2.53->198.18.0.3 A a.b.mail1.hotel-brand.example -> NXDOMAIN soa hotel-brand.example 86400
    ");
}

#[test]
fn reverse_names_are_minimised_label_by_label() {
    let world = |software| {
        World::new(config(software), "")
            .add("198.18.0.1", ".", "in-addr.arpa. 172800 NS ns.example.")
            .with_zone("198.18.0.2", "in-addr.arpa", "10.100.51.198 60 A 192.0.2.1")
            .asks([Ask::at(0.0, "10.100.51.198.in-addr.arpa", RrType::PTR)])
    };
    check!(Upstream, world(Software::Unbound), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A arpa -> NOERROR soa . 86400
    0.04 192.0.2.53->198.18.0.1 A in-addr.arpa -> NOERROR refers in-addr.arpa
    0.06 192.0.2.53->198.18.0.2 A 198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.08 192.0.2.53->198.18.0.2 A 51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.10 192.0.2.53->198.18.0.2 A 100.51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.12 192.0.2.53->198.18.0.2 A 10.100.51.198.in-addr.arpa -> NOERROR 192.0.2.1 60
    0.14 192.0.2.53->198.18.0.2 PTR 10.100.51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    ");
    check!(Upstream, world(Software::Bind), @"
    0.00 192.0.2.53->198.18.0.1 NS arpa -> NOERROR soa . 86400
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 NS in-addr.arpa -> NOERROR refers in-addr.arpa
    0.04 192.0.2.53->198.18.0.2 NS 198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.06 192.0.2.53->198.18.0.2 NS 51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.08 192.0.2.53->198.18.0.2 NS 100.51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    0.10 192.0.2.53->198.18.0.2 PTR 10.100.51.198.in-addr.arpa -> NOERROR soa in-addr.arpa 86400
    ");
}

#[test]
fn a_long_name_is_shown_in_larger_steps() {
    let steps = |software: Software, text: &str| {
        let (zone, name) = (name("example"), name(text));
        let mut exposure = software.first_exposure(&zone, &name, RrType::A);
        let mut shown = Vec::new();
        while exposure != software::Exposure::Full {
            shown.push(exposure.question(software, &name, RrType::A).0.labels().count());
            exposure = exposure.next(software, &name, RrType::A);
        }
        shown
    };
    let long = "q.p.o.n.m.l.k.j.i.h.g.f.e.d.c.b.a.example";
    assert_eq!(steps(Software::Unbound, long), [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 17]);
    assert_eq!(steps(Software::Bind, long), [2, 3, 4, 5, 6, 7]);
    assert_eq!(steps(Software::Unbound, "a.example"), [0; 0]);
    assert_eq!(steps(Software::Unbound, "example"), [0; 0]);
}

#[test]
fn a_forwarder_asks_its_forwarders() {
    let forward_to = vec![ip("198.18.0.3")];
    let config = ResolverConfig { forward_to, ..config(Software::Unbound) };
    check!(All, world(config).asks([Ask::at(0.0, "www.hotel-brand.example", RrType::A)]), @"
    0.00 192.0.2.53->198.18.0.3 A www.hotel-brand.example -> NOERROR CNAME mail1.hotel-brand.example 300 192.0.2.9 3600
    0.02 client 198.51.100.1 A www.hotel-brand.example -> NOERROR CNAME mail1.hotel-brand.example 300 192.0.2.9 3600
    ");
}

#[test]
fn equal_questions_under_way_share_one_lookup() {
    let ask = Ask::at(0.0, "mail1.hotel-brand.example", RrType::A);
    let other = Ask { client: "198.51.100.2", at: Timestamp::from_us(5_000), ..ask.clone() };
    check!(All, world(plain(Software::Bind)).asks([ask, other]), @"
    0.00 192.0.2.53->198.18.0.1 A mail1.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 A mail1.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    0.06 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    0.06 client 198.51.100.2 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    ");
}

#[test]
fn a_truncated_answer_is_fetched_by_stream() {
    let long = format!("long 60 TXT {}", "x".repeat(1_500));
    let world = world(plain(Software::Bind)).add("198.18.0.3", "hotel-brand.example", &long);
    check!(All, world.asks([Ask::at(0.0, "long.hotel-brand.example", RrType::TXT)]), @"
    0.00 192.0.2.53->198.18.0.1 TXT long.hotel-brand.example -> NOERROR refers example
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.2 TXT long.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.04 192.0.2.53->198.18.0.3 TXT long.hotel-brand.example -> truncated
    0.08 192.0.2.53->198.18.0.3 TXT long.hotel-brand.example tcp -> NOERROR TXT 60
    0.10 client 198.51.100.1 TXT long.hotel-brand.example -> NOERROR
    ");
}

#[test]
fn false_answers_are_not_believed() {
    let mut world = world(plain(Software::Unbound)).fault("198.18.0.3", Fault::Spoofed).asks([Ask::at(
        0.0,
        "mail1.hotel-brand.example",
        RrType::A,
    )]);
    let last = world.run().pop().unwrap();
    assert_eq!(last.text, "0.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600");
    assert_eq!(world.resolver.strays(), 4);
}

#[test]
fn nobody_speaks_for_another_zone() {
    // The server of hotel-brand.example adds an address to an alias into a zone that it has no say in.
    let world = world(plain(Software::Unbound)).add(
        "198.18.0.3",
        "hotel-brand.example",
        "shop.elsewhere.example. 86400 A 203.0.113.66",
    );
    check!(Upstream, world.asks([
        Ask::at(0.0, "shop.hotel-brand.example", RrType::A),
        Ask::at(1.0, "shop.elsewhere.example", RrType::A),
    ]), @"
    0.00 192.0.2.53->198.18.0.1 NS . -> NOERROR NS 518400
    0.02 192.0.2.53->198.18.0.1 A shop.hotel-brand.example -> NOERROR refers example
    0.04 192.0.2.53->198.18.0.2 A shop.hotel-brand.example -> NOERROR refers hotel-brand.example
    0.06 192.0.2.53->198.18.0.3 A shop.hotel-brand.example -> NOERROR CNAME shop.elsewhere.example 300 203.0.113.66 86400
    0.08 192.0.2.53->198.18.0.2 A shop.elsewhere.example -> NOERROR refers elsewhere.example
    0.10 192.0.2.53->198.18.0.3 A ns9.hotel-brand.example -> NOERROR 198.18.0.9 60
    0.12 192.0.2.53->198.18.0.9 A shop.elsewhere.example -> NOERROR 192.0.2.77 60
    ");
}

#[test]
fn without_recursion_only_the_cache_answers() {
    let ask = |s: f64, recursion_desired: bool| Ask {
        recursion_desired,
        ..Ask::at(s, "mail1.hotel-brand.example", RrType::A)
    };
    let asks = || [ask(0.0, false), ask(1.0, true), ask(2.0, false)];
    let of_clients = |software: Software| {
        let lines = world(plain(software)).asks(asks()).run();
        lines.into_iter().filter(|l| !l.is_upstream).map(|l| l.text).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(of_clients(Software::Unbound), @"
    0.00 client 198.51.100.1 A mail1.hotel-brand.example -> REFUSED
    1.08 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    2.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3599
    ");
    insta::assert_snapshot!(of_clients(Software::Bind), @"
    0.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR
    1.06 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3600
    2.00 client 198.51.100.1 A mail1.hotel-brand.example -> NOERROR 192.0.2.9 3599
    ");
}
