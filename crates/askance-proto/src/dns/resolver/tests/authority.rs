//! A host's stub, a resolver and a real authoritative server, message by message.

use super::*;
use crate::Question;
use crate::dns::{Authoritative, AuthoritativeConfig, Change, Stub, StubConfig, Zone};

const SOA: &str = "@ 3600 SOA ns.example. hostmaster.example. 1 7200 3600 1209600 600\n@ 3600 NS ns.example.\n";

fn zone(origin: &str, records: &str) -> Zone {
    Zone::parse(&name(origin), &format!("{SOA}{records}\n")).unwrap()
}

/// One server for the root and for a zone below it, whose address record goes at 100 s.
fn authority() -> Authoritative {
    let gone =
        Change::Remove { zone: name("hotel-brand.example"), owner: name("mail1.hotel-brand.example"), rtype: None };
    Authoritative::new(AuthoritativeConfig {
        addresses: vec![ip("198.18.0.1")],
        zones: vec![
            zone(".", "example. 3600 NS ns.example.\nns.example. 3600 A 198.18.0.1"),
            zone("example", "ns 3600 A 198.18.0.1\nhotel-brand 3600 NS ns"),
            zone("hotel-brand.example", "mail1 60 A 192.0.2.9"),
        ],
        changes: vec![(Timestamp::from_s(100), gone)],
    })
}

/// The parties and the datagrams between them, each 10 ms under way.
struct Net {
    stub: Stub<()>,
    resolver: Resolver,
    authority: Authoritative,
    agenda: BTreeMap<(Timestamp, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    log: String,
}

impl Net {
    fn carry(&mut self, now: Timestamp, output: Output) {
        let Output::Send { from, to, octets, cause } = output else { return };
        let message = Message::decode(&octets).unwrap();
        // Priming is the resolver's own upkeep.
        let is_priming = message.question.as_ref().is_some_and(|(name, _)| name.key() == ".");
        assert!(is_priming || cause == Some(Cause(3)), "{message:?}");
        if !message.header.response {
            let (qname, qtype) = message.question.unwrap();
            writeln!(self.log, "{:.2} {} {qtype} {qname}", now.as_s(), from.ip()).unwrap();
        }
        let next = self.agenda.last_key_value().map_or(0, |((_, n), _)| n + 1);
        self.agenda.insert((now.plus_us(10_000), next), (from, to, octets));
    }

    /// Asks once and says what the program is told.
    fn ask(&mut self, now: Timestamp, question: Question) {
        let mut out = Outbox::default();
        self.stub.ask(now, question, (), Some(Cause(3)), &mut out);
        self.carry(now, out.pop().unwrap());
        while let Some(((now, _), (from, to, octets))) = self.agenda.pop_first() {
            let input = Input::Datagram { from, to, octets: &octets, cause: Some(Cause(3)) };
            if to.ip() == ip("192.0.2.1") {
                let reply = self.stub.handle_datagram(now, from, to, &octets, &mut out);
                while let Some(output) = out.pop() {
                    self.carry(now, output);
                }
                if let Some(((), reply)) = reply {
                    writeln!(self.log, "{:.2} {:?}", now.as_s(), reply.outcome).unwrap();
                }
                continue;
            }
            let party: &mut dyn Actor =
                if to.ip() == ip("192.0.2.53") { &mut self.resolver } else { &mut self.authority };
            party.handle(now, input);
            let outputs: Vec<Output> =
                core::iter::from_fn(|| Some(party.poll()).filter(|o| !matches!(o, Output::Wait { .. }))).collect();
            for output in outputs {
                self.carry(now, output);
            }
        }
    }
}

#[test]
fn a_deleted_address_shows_as_nxdomain_and_a_search_suffix() {
    let roots = vec![(name("ns.example"), ip("198.18.0.1"))];
    let mut stub = StubConfig::new(ip("192.0.2.1"), "192.0.2.53:53".parse().unwrap());
    stub.search = vec![name("clinic.example")];
    let mut net = Net {
        stub: Stub::new(stub, askance_record::Rng::part(1, "stub")),
        resolver: Resolver::new(ResolverConfig { roots, ..config(Software::Bind) }),
        authority: authority(),
        agenda: BTreeMap::new(),
        log: String::new(),
    };
    let question = Question::new(name("mail1.hotel-brand.example"), RrType::A).searched();
    for s in [0, 50, 200, 300] {
        net.ask(Timestamp::from_s(s), question.clone());
    }
    insta::assert_snapshot!(net.log, @"
    0.00 192.0.2.1 A mail1.hotel-brand.example
    0.01 192.0.2.53 NS example
    0.01 192.0.2.53 NS .
    0.03 192.0.2.53 NS hotel-brand.example
    0.05 192.0.2.53 A mail1.hotel-brand.example
    0.08 Answered
    50.00 192.0.2.1 A mail1.hotel-brand.example
    50.02 Answered
    200.00 192.0.2.1 A mail1.hotel-brand.example
    200.01 192.0.2.53 A mail1.hotel-brand.example
    200.04 192.0.2.1 A mail1.hotel-brand.example.clinic.example
    200.05 192.0.2.53 NS clinic.example
    200.07 192.0.2.53 A mail1.hotel-brand.example.clinic.example
    200.10 NxDomain
    300.00 192.0.2.1 A mail1.hotel-brand.example
    300.02 192.0.2.1 A mail1.hotel-brand.example.clinic.example
    300.04 NxDomain
    ");
}

#[test]
fn a_node_has_all_addresses_and_listens_on_its_own() {
    let egress = vec![ip("192.0.2.53"), ip("192.0.2.101")];
    let node = Resolver::new(ResolverConfig { egress, ..config(Software::Unbound) }).into_node("resolver".to_owned());
    assert_eq!(node.addresses, [ip("192.0.2.53"), ip("192.0.2.101")]);
    assert_eq!(node.listens_udp, ["192.0.2.53:53".parse().unwrap()]);
    assert_eq!(node.listens_tcp, node.listens_udp);
}
