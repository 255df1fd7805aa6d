use askance_record::{Name, Rcode, RrType};
use domain::base::Message as Peer;
use proptest::prelude::*;

use super::*;
use crate::dns::message::{Data, Edns, Record, Soa};

prop_compose! {
    /// Names of any octets, mixed case and dots inside labels included.
    fn names()(
        first in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..12), 0..3),
        suffix in prop::sample::select(vec!["", "hotel-brand.example", "Hotel-Brand.example", "a.b.c.d.example"]),
    ) -> Name {
        let mut name = Name::default();
        name.clear();
        for label in &first {
            name.push_label(label).unwrap();
        }
        for label in suffix.split('.').filter(|l| !l.is_empty()) {
            name.push_label(label.as_bytes()).unwrap();
        }
        name.finish();
        name
    }
}

fn data() -> impl Strategy<Value = Data> {
    let bytes = |max| prop::collection::vec(any::<u8>(), 0..max);
    prop_oneof![
        any::<[u8; 4]>().prop_map(|a| Data::A(a.into())),
        any::<[u8; 16]>().prop_map(|a| Data::Aaaa(a.into())),
        names().prop_map(Data::Ns),
        names().prop_map(Data::Cname),
        names().prop_map(Data::Ptr),
        (any::<u16>(), names()).prop_map(|(preference, exchange)| Data::Mx { preference, exchange }),
        prop::collection::vec(bytes(256), 0..4).prop_map(Data::Txt),
        (names(), names(), any::<[u32; 5]>()).prop_map(
            |(mname, rname, [serial, refresh_s, retry_s, expire_s, negative_ttl_s])| {
                Data::Soa(Box::new(Soa { mname, rname, serial, refresh_s, retry_s, expire_s, negative_ttl_s }))
            }
        ),
        (any::<[u16; 3]>(), names()).prop_map(|([priority, weight, port], target)| Data::Srv {
            priority,
            weight,
            port,
            target
        }),
        (prop::sample::select(vec![43, 46, 257, 65_280]), bytes(40))
            .prop_map(|(rtype, octets)| Data::Other { rtype: RrType(rtype), octets }),
    ]
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (names(), 0..=i32::MAX.unsigned_abs(), data());
    prop::collection::vec(record.prop_map(|(owner, ttl_s, data)| Record { owner, ttl_s, data }), 0..6)
}

prop_compose! {
    fn headers()(id in any::<u16>(), bits in any::<[bool; 7]>(), opcode in 0..16u8, rcode in 0..16u16) -> Header {
        let [response, authoritative, truncated, recursion_desired, recursion_available, authentic_data, checking_disabled] = bits;
        Header {
            id, response, opcode, authoritative, truncated, recursion_desired, recursion_available, authentic_data,
            checking_disabled, rcode: Rcode(rcode),
        }
    }
}

prop_compose! {
    fn messages()(
        mut header in headers(),
        question in prop::option::of((names(), any::<u16>().prop_map(RrType))),
        answers in records(),
        authority in records(),
        additional in records(),
        edns in prop::option::of((any::<u16>(), any::<bool>(), 0..256u16)),
    ) -> Message {
        let edns = edns.map(|(udp_octets_max, dnssec_ok, extension)| {
            header.rcode.0 |= extension << 4;
            Edns { udp_octets_max, dnssec_ok }
        });
        Message { header, question, answers, authority, additional, edns }
    }
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(message in messages()) {
        let octets = message.encode();
        prop_assert!(Peer::from_octets(&octets[..]).is_ok_and(|peer| peer.additional().is_ok()));
        prop_assert_eq!(Message::decode(&octets), Ok(message));
    }

    #[test]
    fn a_limit_holds_and_leaves_a_prefix(message in messages(), octets_max in 283..1500usize) {
        let octets = message.encode_within(octets_max);
        prop_assert!(octets.len() <= octets_max);
        let cut = Message::decode(&octets).unwrap();
        prop_assert!(message.answers.starts_with(&cut.answers));
        prop_assert!(message.authority.starts_with(&cut.authority));
        prop_assert!(message.additional.starts_with(&cut.additional));
        prop_assert_eq!(cut.edns, message.edns);
        let lost = cut.answers.len() + cut.authority.len() < message.answers.len() + message.authority.len();
        prop_assert!(cut.header.truncated || !lost);
        prop_assert_eq!(message.encode().len() <= octets_max, cut.additional.len() == message.additional.len() && !lost);
    }

    #[test]
    fn hostile_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn damaged_messages_are_read_or_refused(message in messages(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), keep in any::<prop::sample::Index>()) {
        let mut octets = message.encode();
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets.truncate(keep.index(octets.len()) + 1);
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn record(owner: &str, data: Data) -> Record {
    Record { owner: name(owner), ttl_s: 300, data }
}

fn a(owner: &str, last: u8) -> Record {
    record(owner, Data::A([192, 0, 2, last].into()))
}

/// Counts of the sections and TC, as `message` comes back from `octets_max` octets.
#[track_caller]
fn check_cut(message: &Message, octets_max: usize, expected: &str) {
    let octets = message.encode_within(octets_max);
    assert!(octets.len() <= octets_max, "{} octets", octets.len());
    let cut = Message::decode(&octets).unwrap();
    let tc = if cut.header.truncated { " TC" } else { "" };
    assert_eq!(format!("{} {} {}{tc}", cut.answers.len(), cut.authority.len(), cut.additional.len()), expected);
}

#[test]
fn too_long_messages_lose_whole_sets() {
    let mut message = Message::query(1, name("hotel-brand.example"), RrType::A).response(Rcode::NOERROR);
    message.header.authoritative = true;
    message.answers = (1..=20).map(|n| a("hotel-brand.example", n)).collect();
    message.answers.extend((1..=20).map(|n| a("www.hotel-brand.example", n)));
    message.authority = vec![record("hotel-brand.example", Data::Ns(name("ns.hotel-brand.example")))];
    message.additional = vec![a("ns.hotel-brand.example", 53), a("ns2.hotel-brand.example", 53)];
    let whole = message.encode().len();
    check_cut(&message, whole, "40 1 2");
    check_cut(&message, whole - 1, "40 1 1");
    check_cut(&message, whole - 33, "40 1 0");
    check_cut(&message, whole - 60, "20 0 0 TC");
    check_cut(&message, 512, "20 0 0 TC");
    check_cut(&message, 360, "0 0 0 TC");
}

#[test]
fn glue_that_a_referral_needs_is_missed_others_are_not() {
    let mut message = Message::query(1, name("x.brand.example"), RrType::A).response(Rcode::NOERROR);
    message.authority = vec![
        record("brand.example", Data::Ns(name("ns.brand.example"))),
        record("brand.example", Data::Ns(name("ns.vendor.example"))),
    ];
    message.additional = vec![a("ns.brand.example", 1), a("ns.vendor.example", 2)];
    let whole = message.encode().len();
    check_cut(&message, whole - 1, "0 2 1");
    check_cut(&message, whole - 17, "0 2 0 TC");
}

#[track_caller]
fn check_refused(octets: &[u8], expected: &str) {
    assert_eq!(Message::decode(octets).unwrap_err().to_string(), expected);
}

#[test]
fn refusals_say_why() {
    let query = Message::query(7, name("hotel-brand.example"), RrType::A).encode();
    let changed = |at: usize, octet: u8| {
        let mut octets = query.clone();
        octets[at] = octet;
        octets
    };
    check_refused(&query[..11], "message ends early");
    check_refused(&query[..30], "message ends early");
    check_refused(&changed(5, 2), "2 questions in one message");
    check_refused(&changed(12 + 21 + 3, 3), "class CH instead of IN");
    check_refused(&changed(query.len() - 5, 1), "EDNS version 1");
    check_refused(&changed(12, 0x80), "malformed message: name breaks the rules of compression or length");
    check_refused(&changed(12, 0xc0), "malformed message: name breaks the rules of compression or length");
    let twice = [&changed(11, 2)[..], &query[query.len() - 11..]].concat();
    check_refused(&twice, "malformed message: two OPT records");
    assert_eq!(Header::decode(&query[..11]), None);
    assert_eq!(Header::decode(&query[..12]).map(|h| h.id), Some(7));
}

#[test]
fn names_in_old_types_come_out_in_full() {
    // MB and, with two names, MINFO may be compressed (RFC 3597 section 4); a new type may not.
    let head = [0, 1, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'x', 0, 0, 7, 0, 1];
    let record = |rtype: u8, data: &[u8]| {
        let fixed = [0xc0, 12, 0, rtype, 0, 1, 0, 0, 0, 9, 0, u8::try_from(data.len()).unwrap()];
        Message::decode(&[&head[..], &fixed, data].concat()).unwrap().answers.remove(0).data
    };
    let other = |rtype, octets: &[u8]| Data::Other { rtype, octets: octets.to_vec() };
    assert_eq!(record(7, &[1, b'y', 0xc0, 12]), other(RrType::MB, b"\x01y\x01x\0"));
    assert_eq!(record(14, &[0xc0, 12, 0xc0, 12]), other(RrType::MINFO, b"\x01x\0\x01x\0"));
    assert_eq!(record(43, &[0xc0, 12]), other(RrType::DS, &[0xc0, 12]));
}

#[test]
fn names_are_compressed_against_the_same_spelling_only() {
    let mut message = Message::query(1, name("WWW.Hotel-Brand.example"), RrType::A).response(Rcode::NOERROR);
    message.answers = vec![a("WWW.Hotel-Brand.example", 1)];
    let short = message.encode().len();
    message.answers = vec![a("www.hotel-brand.example", 1)];
    // All but `example` in full.
    assert_eq!(message.encode().len(), short + 16);
}

#[test]
fn what_cannot_be_said_is_said_otherwise() {
    let mut message = Message::default();
    message.header.rcode = Rcode::BADVERS;
    assert_eq!(Message::decode(&message.encode()).unwrap().header.rcode, Rcode::SERVFAIL);
    let long = vec![b'x'; 300];
    message.answers = vec![record("hotel-brand.example", Data::Txt(vec![long]))];
    let read = Message::decode(&message.encode()).unwrap();
    let Data::Txt(strings) = &read.answers[0].data else { panic!("{read:?}") };
    assert_eq!(strings.iter().map(Vec::len).collect::<Vec<_>>(), [255, 45]);
    message.answers =
        vec![record("hotel-brand.example", Data::Other { rtype: RrType(65_280), octets: vec![0; 65_536] })];
    check_cut(&message, 65_535, "0 0 0 TC");
}
