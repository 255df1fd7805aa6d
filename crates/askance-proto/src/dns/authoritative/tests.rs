use proptest::prelude::*;

use super::*;
use crate::actor::Cause;
use crate::dns::message::Data;

const ZONE: &str = "\
$TTL 3600
@ IN SOA ns1 hostmaster 1 3600 900 1209600 600
@ IN NS ns1
ns1 IN A 192.0.2.53
mail1 300 IN A 192.0.2.25
branch IN NS ns.branch
ns.branch IN A 198.51.100.53
to-branch IN CNAME x.branch
";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn at(s: i64) -> Timestamp {
    Timestamp::from_s(1_456_848_000 + s)
}

fn zone() -> Zone {
    let mut zone = Zone::parse(&name("hotel-brand.example"), ZONE).unwrap();
    // 40 addresses: more than 512 octets.
    let many = name("many.hotel-brand.example");
    let records = (1..=40).map(|n| a(&many, n)).collect();
    zone.put(&many, RrType::A, records).unwrap();
    zone
}

fn a(owner: &Name, last: u8) -> Record {
    Record { owner: owner.clone(), ttl_s: 300, data: Data::A([192, 0, 2, last].into()) }
}

fn server(changes: Vec<(Timestamp, Change)>) -> Authoritative {
    let addresses = vec!["192.0.2.53".parse().unwrap()];
    let mut server = Authoritative::new(AuthoritativeConfig { addresses, zones: vec![zone()], changes });
    server.handle(at(0), Input::Started);
    server
}

/// `QNAME QTYPE`, the name relative to the zone unless it ends with a dot, as a query.
fn query(text: &str) -> Message {
    let (qname, qtype) = text.split_once(' ').unwrap();
    let qname = if qname.ends_with('.') { qname.to_owned() } else { format!("{qname}.hotel-brand.example") };
    Message::query(7, name(&qname), qtype.parse().unwrap())
}

/// Outputs until the server waits, and until when.
fn drain(server: &mut Authoritative) -> (Vec<Output>, Option<Timestamp>) {
    let mut outputs = Vec::new();
    loop {
        match server.poll() {
            Output::Wait { until } => return (outputs, until),
            output => outputs.push(output),
        }
    }
}

/// Code, flags and sizes of the sections.
fn show(reply: &Message) -> String {
    let h = reply.header;
    assert!(h.response && !h.recursion_available);
    let mut out = h.rcode.to_string();
    for (flag, text) in [(h.authoritative, " aa"), (h.truncated, " tc"), (h.recursion_desired, " rd")] {
        out.push_str(if flag { text } else { "" });
    }
    out + &format!(" {} {} {}", reply.answers.len(), reply.authority.len(), reply.additional.len())
}

/// Stories that the octets cause and the replies to them, over UDP.
fn udp(server: &mut Authoritative, now: Timestamp, octets: &[u8]) -> Vec<String> {
    let (from, to) = ("192.0.2.1:4053".parse().unwrap(), "192.0.2.53:53".parse().unwrap());
    server.handle(now, Input::Datagram { from, to, octets, cause: Some(Cause(9)) });
    drain(server)
        .0
        .into_iter()
        .map(|output| match output {
            Output::Note(Note::Story(story)) => story,
            Output::Send { from: f, to: t, octets, cause } => {
                assert_eq!((f, t, cause), (to, from, Some(Cause(9))));
                show(&Message::decode(&octets).unwrap())
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[track_caller]
fn check(octets: &[u8], expected: &[&str]) {
    assert_eq!(udp(&mut server(Vec::new()), at(1), octets), expected);
}

#[test]
fn answers_have_aa_and_never_ra() {
    check(&query("mail1 A").encode(), &["NOERROR aa rd 1 0 0"]);
    check(&query("MAIL1 AAAA").encode(), &["NOERROR aa rd 0 1 0"]);
    check(&query("mail2 A").encode(), &["NXDOMAIN aa rd 0 1 0"]);
    check(&query("x.branch A").encode(), &["NOERROR rd 0 1 1"]);
    check(&query("to-branch A").encode(), &["NOERROR aa rd 1 1 1"]);
    check(&query("vendor.example. A").encode(), &["REFUSED rd 0 0 0"]);
    check(&query(". NS").encode(), &["REFUSED rd 0 0 0"]);
    check(&query("hotel-brand.example. AXFR").encode(), &["REFUSED rd 0 0 0"]);
}

#[test]
fn what_is_no_query_is_told_or_ignored() {
    let octets = query("mail1 A").encode();
    let changed = |at: usize, octet: u8| {
        let mut octets = octets.clone();
        octets[at] = octet;
        octets
    };
    check(&octets[..11], &[]);
    check(&octets[..20], &["FORMERR rd 0 0 0"]);
    check(&query("mail1 A").response(Rcode::NOERROR).encode(), &[]);
    check(&changed(2, 5 << 3), &["NOTIMP 0 0 0"]);
    check(&changed(5, 0), &["FORMERR rd 0 0 0"]);
    check(&Message::default().encode(), &["FORMERR 0 0 0"]);
    // Class CH, EDNS version 1.
    check(&changed(12 + 27 + 3, 3), &["REFUSED rd 0 0 0"]);
    check(&changed(octets.len() - 5, 1), &["BADVERS rd 0 0 0"]);
}

#[test]
fn the_payload_that_the_asker_takes_is_kept() {
    let mut asked = query("many A");
    check(&asked.encode(), &["NOERROR aa rd 40 0 0"]);
    asked.edns = None;
    check(&asked.encode(), &["NOERROR aa tc rd 0 0 0"]);
    asked.edns = Some(Edns { udp_octets_max: 100, dnssec_ok: true });
    check(&asked.encode(), &["NOERROR aa tc rd 0 0 0"]);
    let (reply, octets_max) = server(Vec::new()).reply(&asked.encode()).unwrap();
    assert_eq!((reply.edns.map(|e| e.dnssec_ok), octets_max), (Some(true), 512));
}

#[test]
fn zones_change_at_their_time() {
    let (brand, mail) = (name("hotel-brand.example"), name("mail1.hotel-brand.example"));
    let put = |last| Change::Put {
        zone: brand.clone(),
        owner: mail.clone(),
        rtype: RrType::A,
        records: vec![a(&mail, last)],
    };
    let remove = |rtype| Change::Remove { zone: brand.clone(), owner: mail.clone(), rtype };
    let mut server = server(vec![
        (at(70), Change::AddZone(zone())),
        (at(10), put(26)),
        (at(20), remove(Some(RrType::A))),
        (at(20), remove(None)),
        (at(30), Change::Outage { until: at(40) }),
        (at(50), Change::DeleteZone(brand.clone())),
        (at(60), put(27)),
    ]);
    let octets = query("mail1 A").encode();
    assert_eq!(udp(&mut server, at(9), &octets), ["NOERROR aa rd 1 0 0"]);
    assert_eq!(drain(&mut server), (Vec::new(), Some(at(10))));
    server.handle(at(10), Input::Timer);
    let story = "zone hotel-brand.example: put mail1.hotel-brand.example A 192.0.2.26, serial 3";
    assert_eq!(drain(&mut server), (vec![Output::Note(Note::Story(story.to_owned()))], Some(at(20))));
    // Without its timer, the server notices the time at the next input.
    assert_eq!(
        udp(&mut server, at(20), &octets),
        [
            "zone hotel-brand.example: remove mail1.hotel-brand.example A, serial 4",
            "zone hotel-brand.example: remove mail1.hotel-brand.example, nothing changed",
            "NXDOMAIN aa rd 0 1 0",
        ]
    );
    assert_eq!(udp(&mut server, at(30), &octets), ["no answers until 2016-03-01T16:00:40Z"]);
    assert_eq!(udp(&mut server, at(39), &octets), [""; 0]);
    assert_eq!(udp(&mut server, at(40), &octets), ["NXDOMAIN aa rd 0 1 0"]);
    assert_eq!(udp(&mut server, at(50), &octets), ["zone hotel-brand.example deleted", "REFUSED rd 0 0 0"]);
    let refused = "zone hotel-brand.example: put mail1.hotel-brand.example A 192.0.2.27 refused: not served here";
    assert_eq!(udp(&mut server, at(60), &octets), [refused, "REFUSED rd 0 0 0"]);
    assert_eq!(udp(&mut server, at(99), &octets), ["zone hotel-brand.example added", "NOERROR aa rd 1 0 0"]);
    assert_eq!(drain(&mut server), (Vec::new(), None));
}

#[test]
fn the_nearest_zone_answers_and_the_one_above_for_ds() {
    let child =
        Zone::parse(&name("branch.hotel-brand.example"), "@ 60 SOA ns host 1 2 3 4 5\nx A 192.0.2.1\n").unwrap();
    let mut server = server(vec![(at(1), Change::AddZone(child))]);
    let mut ask = |text| udp(&mut server, at(2), &query(text).encode()).pop().unwrap();
    assert_eq!(ask("x.branch A"), "NOERROR aa rd 1 0 0");
    let soa_owner = |text| {
        let (reply, _) = server.reply(&query(text).encode()).unwrap();
        reply.authority[0].owner.to_string()
    };
    assert_eq!(soa_owner("branch DS"), "hotel-brand.example");
    assert_eq!(soa_owner("branch MX"), "branch.hotel-brand.example");
    assert_eq!(soa_owner("hotel-brand.example. DS"), "hotel-brand.example");
}

const STREAM: StreamId = StreamId::accepted(0);

fn framed(octets: &[u8]) -> Vec<u8> {
    [&u16::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat()
}

/// Replies over one stream whose octets come in these pieces; `None` where the server closes.
fn tcp<'a>(server: &mut Authoritative, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Option<String>> {
    let (from, to) = ("192.0.2.1:4053".parse().unwrap(), "192.0.2.53:53".parse().unwrap());
    let event = StreamEvent::Accepted { from, to, cause: None };
    server.handle(at(1), Input::Stream { id: STREAM, event });
    let mut replies = Vec::new();
    for octets in pieces {
        server.handle(at(1), Input::Stream { id: STREAM, event: StreamEvent::Octets(octets) });
        for output in drain(server).0 {
            match output {
                Output::Write { id: STREAM, octets } => {
                    let mut rest = &octets[..];
                    while let Some((message, tail)) = split_message(rest) {
                        replies.push(Some(show(&Message::decode(message).unwrap())));
                        rest = tail;
                    }
                    assert_eq!(rest, b"");
                }
                Output::Close { id: STREAM } => replies.push(None),
                other => panic!("{other:?}"),
            }
        }
    }
    replies
}

proptest! {
    #[test]
    fn streams_may_be_cut_anywhere(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut many = query("many A");
        many.edns = None;
        let octets = [framed(&query("mail1 A").encode()), framed(&many.encode()), framed(b"x"), framed(&query("x A").encode())].concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(octets.len())).chain([0, octets.len()]).collect();
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|w| &octets[w[0]..w[1]]);
        let expected = ["NOERROR aa rd 1 0 0", "NOERROR aa rd 40 0 0", "NXDOMAIN aa rd 0 1 0"].map(|s| Some(s.to_owned()));
        prop_assert_eq!(tcp(&mut server(Vec::new()), pieces), expected);
    }

    #[test]
    fn hostile_input_gets_short_answers_or_none(
        octets in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut server = server(Vec::new());
        prop_assert!(udp(&mut server, at(1), &octets).len() <= 1);
        let mut asked = query("many A").encode();
        for (at, octet) in damage {
            let at = at.index(asked.len());
            asked[at] = octet;
        }
        prop_assert!(udp(&mut server, at(1), &asked).len() <= 1);
        tcp(&mut server, [&octets[..], &framed(&asked), &asked].into_iter());
    }
}

#[test]
fn a_stream_of_garbage_is_closed() {
    let garbage = framed(&[0; 5000]);
    // 13 messages of 5002 octets are under 64 KiB; the 14th is over.
    let replies = tcp(&mut server(Vec::new()), core::iter::repeat_n(&garbage[..], 20));
    assert_eq!(replies.len(), 15);
    assert_eq!(replies[13..], [Some("FORMERR 0 0 0".to_owned()), None]);
    // Length octets of 0 count as well.
    let nothing = vec![0; 100_000];
    let mut closing = server(Vec::new());
    assert_eq!(tcp(&mut closing, [&nothing[..]].into_iter()), [None]);
    assert!(closing.streams.is_empty());
}

#[test]
fn streams_are_silent_in_an_outage_and_forgotten_when_closed() {
    let mut server = server(vec![(at(1), Change::Outage { until: at(5) })]);
    server.handle(at(1), Input::Timer);
    drain(&mut server);
    let octets = framed(&query("mail1 A").encode());
    assert_eq!(tcp(&mut server, [&octets[..]].into_iter()), []);
    server.handle(at(5), Input::Stream { id: STREAM, event: StreamEvent::Octets(&octets) });
    assert_eq!(drain(&mut server).0.len(), 1);
    server.handle(at(5), Input::Stream { id: STREAM, event: StreamEvent::Closed });
    server.handle(at(5), Input::Stream { id: STREAM, event: StreamEvent::Octets(&octets) });
    assert_eq!(drain(&mut server).0.len(), 0);
}

#[test]
fn as_a_node_it_listens_on_port_53() {
    let node = server(Vec::new()).into_node("ns1".to_owned());
    let listens = vec!["192.0.2.53:53".parse().unwrap()];
    assert_eq!((node.listens_udp, node.listens_tcp), (listens.clone(), listens));
}

#[test]
fn changes_that_do_not_fit_are_told() {
    let (brand, other) = (name("hotel-brand.example"), name("brand.example"));
    let put = |owner: &Name, records| Change::Put {
        zone: brand.clone(),
        owner: owner.clone(),
        rtype: RrType::CNAME,
        records,
    };
    let alias = |owner: &Name| Record { owner: owner.clone(), ttl_s: 60, data: Data::Cname(other.clone()) };
    let ns1 = name("ns1.hotel-brand.example");
    let mut server = server(vec![
        (at(1), put(&ns1, vec![alias(&ns1)])),
        (at(1), put(&ns1, Vec::new())),
        (at(1), put(&other, Vec::new())),
        (at(1), Change::DeleteZone(other.clone())),
        (at(1), Change::AddZone(zone())),
    ]);
    assert_eq!(
        udp(&mut server, at(1), &[]),
        [
            "zone hotel-brand.example: put ns1.hotel-brand.example CNAME brand.example. refused: \
             ns1.hotel-brand.example has an alias and other records",
            "zone hotel-brand.example: put ns1.hotel-brand.example CNAME none, nothing changed",
            "zone hotel-brand.example: put brand.example CNAME none refused: brand.example is not in zone hotel-brand.example",
            "zone brand.example deletion refused: not served here",
            "zone hotel-brand.example replaced",
        ]
    );
}
