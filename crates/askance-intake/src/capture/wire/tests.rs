use askance_record::write_answers;
use domain::base::{Message as Peer, ParsedName, iana::Rtype};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Ptr, Soa, Srv, Txt};
use proptest::prelude::*;

use super::*;

/// A message: identifier 7, the given flags and counts, and what follows.
fn octets(flags: u16, counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
    let mut octets = vec![0, 7];
    for field in [flags].into_iter().chain(counts) {
        octets.extend(field.to_be_bytes());
    }
    octets.extend(rest);
    octets
}

const QUESTION: &[u8] = b"\x03www\x07example\x00\x00\x01\x00\x01";

fn read(octets: &[u8]) -> Result<Message, &'static str> {
    let mut message = Message::default();
    match message.read(octets, false)? {
        Subject::Lookup => Ok(message),
        Subject::Other(what) => Err(what),
    }
}

/// The answers of a response to `QUESTION` that holds one record with the given type and data.
#[track_caller]
fn check_data(rtype: u16, data: &[u8], expected: &str) {
    let mut rest = QUESTION.to_vec();
    rest.extend(b"\xc0\x0c");
    rest.extend(rtype.to_be_bytes());
    rest.extend(b"\x00\x01\x00\x00\x00\x3c");
    rest.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
    rest.extend(data);
    let message = read(&octets(0x8180, [1, 1, 0, 0], &rest)).expect("well formed");
    assert_eq!(message.answers[0].data, expected);
    assert_eq!((message.answers[0].ttl_s, message.ttl_min_s, &message.answers[0].owner), (Some(60), Some(60), &None));
}

#[test]
fn data_in_presentation_form() {
    check_data(1, &[192, 0, 2, 1], "192.0.2.1");
    check_data(28, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1");
    check_data(5, b"\x04Mail\xc0\x10", "Mail.example");
    check_data(12, b"\x00", ".");
    check_data(15, b"\x00\x0a\x03mx1\xc0\x10", "10 mx1.example");
    check_data(16, b"\x03a\"b\x02\\\x07", r#""a\"b" "\\\007""#);
    check_data(99, b"\x06v=spf1", r#""v=spf1""#);
    check_data(33, b"\x00\x01\x00\x02\x13\xc4\xc0\x0c", "1 2 5060 www.example");
    check_data(257, b"\x80\x05issueca.example", r#"128 issue "ca.example""#);
    let soa = b"\xc0\x10\x01h\xc0\x10\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x05";
    check_data(6, soa, "example h.example 1 2 3 4 5");
}

#[test]
fn data_that_does_not_fit_is_kept_as_octets() {
    check_data(1, &[192, 0, 2], r"\# 3 c00002");
    check_data(1, &[192, 0, 2, 1, 9], r"\# 5 c000020109");
    check_data(5, b"", r"\# 0");
    check_data(5, b"\x04Mail", r"\# 5 044d61696c");
    check_data(15, b"\x00", r"\# 1 00");
    check_data(16, b"", r"\# 0");
    check_data(16, b"\x05abc", r"\# 4 05616263");
    check_data(257, b"\x00\x09issue", r"\# 7 00096973737565");
    check_data(65280, b"\xde\xad", r"\# 2 dead");
}

#[test]
fn what_is_refused_and_why() {
    let question = |name: &[u8]| octets(0x0100, [1, 0, 0, 0], &[name, b"\x00\x01\x00\x01"].concat());
    let name = |octets: &[u8]| read(&question(octets)).map(|m| m.qname.raw().to_owned());
    assert_eq!(name(b"\x03A.b\x07example\x00"), Ok(r"A\.b.example".to_owned()));
    assert_eq!(name(b"\x00"), Ok(".".to_owned()));
    assert_eq!(name(b"\xc0\x0c"), Err("compression loop"));
    assert_eq!(name(b"\x01a\xc0\x0c"), Err("compression loop"));
    assert_eq!(name(b"\x01a\xc0\x0e"), Err("compression loop"));
    assert_eq!(name(b"\xc0\x20\x00"), Err("compression pointer forwards"));
    assert_eq!(name(b"\x40a\x00"), Err("label of an unknown type"));
    assert_eq!(name(b"\x3fa"), Err("message ends inside its question"));
    let long = [&[63u8][..], &[b'x'; 63]].concat().repeat(4);
    assert_eq!(name(&[&long, &b"\x00"[..]].concat()), Err("name over 255 octets"));
    assert_eq!(read(b"\x00\x01\x02").err(), Some("message shorter than its header"));
    assert_eq!(read(&octets(0x0100, [1, 1, 0, 0], QUESTION)).err(), Some("message ends inside a record"));
    assert_eq!(read(&octets(0x2800, [0; 4], b"")).err(), Some("DNS update"));
    let looped = [QUESTION, b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x00\x00\x02\xc0\x29"].concat();
    assert_eq!(read(&octets(0x8180, [1, 1, 0, 0], &looped)).err(), Some("compression loop"));
}

#[test]
fn a_name_may_not_jump_for_ever() {
    // Pointers to pointers, each backwards, before the name that is read.
    let mut octets = vec![0];
    for i in 0..200u16 {
        let target = if i == 0 { 0 } else { 2 * i - 1 };
        octets.extend((0xc000 | target).to_be_bytes());
    }
    let mut name = Name::default();
    assert_eq!(read_name(&octets, 1 + 2 * 100, &mut name), Ok(3 + 2 * 100));
    assert_eq!(read_name(&octets, 1 + 2 * 199, &mut name), Err(Bad::Rule("compression loop")));
}

#[test]
fn codes_and_facts_of_edns() {
    // BADVERS (16) in two halves, DO, a cookie and a client subnet.
    let opt = b"\x00\x00\x29\x10\x00\x01\x00\x80\x00\x00\x13\x00\x0a\x00\x08\x01\x02\x03\x04\x05\x06\x07\x08\x00\x08\x00\x03\x00\x01\x00";
    let message = read(&octets(0x8180, [1, 0, 0, 1], &[QUESTION, opt].concat())).expect("well formed");
    assert_eq!(message.rcode, Some(Rcode::BADVERS));
    assert_eq!(message.flags.to_string(), "rd ra do edns cookie ecs");
    let sig0 = b"\x00\x00\x18\x00\xff\x00\x00\x00\x00\x00\x02\x00\x00";
    let message = read(&octets(0x0000, [1, 0, 0, 1], &[QUESTION, sig0].concat())).expect("well formed");
    assert_eq!((message.rcode, message.flags), (None, Flags::SIGNED));
}

#[test]
fn negative_ttl() {
    let soa = |ttl: u8| {
        let mut record = b"\xc0\x10\x00\x06\x00\x01\x00\x00\x00".to_vec();
        record.push(ttl);
        record.extend(
            b"\x00\x16\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x3c",
        );
        record
    };
    let negative = |flags, answers: &[u8], n, ttl| {
        let rest = [QUESTION, answers, &soa(ttl)].concat();
        read(&octets(flags, [1, n, 1, 0], &rest)).expect("well formed").negative_ttl_s
    };
    let a = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01";
    let cname = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x10";
    assert_eq!(negative(0x8183, b"", 0, 30), Some(30), "NXDOMAIN, the record's own TTL");
    assert_eq!(negative(0x8183, b"", 0, 90), Some(60), "NXDOMAIN, the SOA's minimum");
    assert_eq!(negative(0x8180, b"", 0, 90), Some(60), "no data");
    assert_eq!(negative(0x8180, cname, 1, 90), Some(60), "no data behind an alias");
    assert_eq!(negative(0x8180, a, 1, 90), None, "an answer");
    assert_eq!(negative(0x8182, b"", 0, 90), None, "SERVFAIL");
}

#[test]
fn a_message_that_is_cut_is_read_as_far_as_it_goes() {
    let record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01";
    let whole = octets(0x8180, [1, 2, 0, 0], &[QUESTION, record, record].concat());
    let mut message = Message::default();
    assert_eq!(message.read(&whole[..whole.len() - 3], false), Err("message ends inside a record"));
    assert_eq!(message.read(&whole[..whole.len() - 3], true), Ok(Subject::Lookup));
    let mut text = String::new();
    write_answers(&message.answers, &mut text);
    assert_eq!((text.as_str(), message.rest_missing, message.answers_whole), ("@ 60 A 192.0.2.1", true, false));
    let mut truncated = whole[..whole.len() - 3].to_vec();
    truncated[2] |= 2;
    assert_eq!(message.read(&truncated, false), Ok(Subject::Lookup), "its server cut it");
    assert_eq!(message.read(&whole[..20], true), Err("message ends inside its question"));
}

/// What a reader says of a message: the question, and each answer's owner, type, TTL and, for the types
/// that both write out, its data.
#[derive(Debug, PartialEq)]
struct Said {
    question: (String, u16, u16),
    answers: Vec<(String, u16, u32, Option<String>)>,
}

fn by_us(octets: &[u8]) -> Result<Said, &'static str> {
    let message = read(octets)?;
    if message.questions == 0 || message.rest_missing {
        return Err("not compared");
    }
    let qname = message.qname.key().to_owned();
    let answers = message.answers.iter().map(|a| {
        let owner = a.owner.as_ref().map_or(qname.clone(), |owner| owner.key().to_owned());
        let data = (!a.data.starts_with(r"\# ")).then(|| a.data.to_ascii_lowercase());
        let rtype = a.rtype.expect("set").0;
        (owner, rtype, a.ttl_s.expect("set"), data.filter(|_| ![257, 39, 99].contains(&rtype)))
    });
    let answers = answers.collect();
    let (qtype, qclass) = (message.qtype.expect("set").0, message.qclass.expect("set").0);
    Ok(Said { question: (qname, qtype, qclass), answers })
}

fn key<O: AsRef<[u8]>>(name: &ParsedName<O>) -> String {
    let mut own = Name::default();
    own.clear();
    for label in name.iter().filter(|label| !label.is_root()) {
        own.push_label(label.as_slice()).expect("domain keeps the limits");
    }
    own.finish();
    own.key().to_owned()
}

/// What the `domain` crate says; `None` where it refuses the message.
fn by_domain(octets: &[u8]) -> Option<Said> {
    let message = Peer::from_octets(octets).ok()?;
    let mut questions = message.question();
    let first = questions.next()?.ok()?;
    for question in questions {
        question.ok()?;
    }
    let mut answers = Vec::new();
    for record in message.answer().ok()? {
        let record = record.ok()?;
        macro_rules! data {
            ($type:ty, $show:expr) => {
                record.to_record::<$type>().ok().flatten().map(|r| $show(r.data()).to_ascii_lowercase())
            };
        }
        let data = match record.rtype() {
            Rtype::A => data!(A, |d: &A| d.addr().to_string()),
            Rtype::AAAA => data!(Aaaa, |d: &Aaaa| d.addr().to_string()),
            Rtype::NS => data!(Ns<_>, |d: &Ns<_>| key(d.nsdname())),
            Rtype::CNAME => data!(Cname<_>, |d: &Cname<_>| key(d.cname())),
            Rtype::PTR => data!(Ptr<_>, |d: &Ptr<_>| key(d.ptrdname())),
            Rtype::MX => data!(Mx<_>, |d: &Mx<_>| format!("{} {}", d.preference(), key(d.exchange()))),
            Rtype::SRV => data!(Srv<_>, |d: &Srv<_>| {
                format!("{} {} {} {}", d.priority(), d.weight(), d.port(), key(d.target()))
            }),
            Rtype::SOA => data!(Soa<_>, |d: &Soa<_>| {
                let times = [d.refresh(), d.retry(), d.expire(), d.minimum()].map(|t| t.as_secs().to_string());
                format!("{} {} {} {}", key(d.mname()), key(d.rname()), d.serial(), times.join(" "))
            }),
            Rtype::TXT => data!(Txt<_>, |d: &Txt<&[u8]>| {
                let mut text = Vec::new();
                for string in d.iter() {
                    text.push(
                        string.iter().fold("\"".to_owned(), |out, &b| match b {
                            b'"' | b'\\' => out + "\\" + &char::from(b).to_string(),
                            0x20..=0x7e => out + &char::from(b).to_string(),
                            b => out + &format!("\\{b:03}"),
                        }) + "\"",
                    );
                }
                text.join(" ")
            }),
            _ => None,
        };
        // `domain` reads a TXT record without a string; RFC 1035 §3.3.14 wants one.
        let data = data.filter(|text| !text.is_empty());
        answers.push((key(&record.owner()), record.rtype().to_int(), record.ttl().as_secs(), data));
    }
    for section in [message.authority().ok()?, message.additional().ok()?] {
        for record in section {
            record.ok()?;
        }
    }
    let question = (key(first.qname()), first.qtype().to_int(), first.qclass().to_int());
    Some(Said { question, answers })
}

fn arb_name() -> impl Strategy<Value = Vec<u8>> {
    let label = prop_oneof![
        4 => prop::collection::vec(prop::sample::select(b"abXY.\\\x07\xff".to_vec()), 1..6),
        1 => prop::collection::vec(any::<u8>(), 60..63),
    ];
    let end = prop_oneof![Just(vec![0]), Just(b"\xc0\x0c".to_vec()), (12u8..60).prop_map(|to| vec![0xc0, to])];
    (prop::collection::vec(label, 0..5), end).prop_map(|(labels, end)| {
        let mut name = Vec::new();
        for label in labels {
            name.push(u8::try_from(label.len()).expect("short"));
            name.extend(label);
        }
        name.extend(end);
        name
    })
}

fn arb_record() -> impl Strategy<Value = Vec<u8>> {
    let data = prop_oneof![
        (Just(1u16), prop::collection::vec(any::<u8>(), 4)),
        (Just(28), prop::collection::vec(any::<u8>(), 16)),
        (prop::sample::select(vec![2u16, 5, 12, 39]), arb_name()),
        (Just(15), arb_name().prop_map(|name| [&b"\x00\x05"[..], &name].concat())),
        (Just(33), arb_name().prop_map(|name| [&b"\x00\x05\x00\x06\x00\x07"[..], &name].concat())),
        (Just(6), (arb_name(), arb_name()).prop_map(|(m, r)| [&m[..], &r, &[1; 20]].concat())),
        (Just(16), prop::collection::vec(0u8..9, 0..30)),
        (any::<u16>(), prop::collection::vec(any::<u8>(), 0..30)),
    ];
    (arb_name(), any::<u32>(), data).prop_map(|(owner, ttl, (rtype, data))| {
        let mut record = owner;
        record.extend(rtype.to_be_bytes());
        record.extend([0, 1]);
        record.extend((ttl >> 1).to_be_bytes());
        record.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        record.extend(data);
        record
    })
}

fn arb_message() -> impl Strategy<Value = Vec<u8>> {
    let records = || prop::collection::vec(arb_record(), 0..3);
    (arb_name(), any::<u16>(), records(), records(), records()).prop_map(|(qname, qtype, an, ns, ar)| {
        let count = |section: &Vec<Vec<u8>>| u16::try_from(section.len()).expect("few");
        let counts = [1, count(&an), count(&ns), count(&ar)];
        let question = [&qname[..], &qtype.to_be_bytes(), &[0, 1]].concat();
        octets(0x8180, counts, &[question, an.concat(), ns.concat(), ar.concat()].concat())
    })
}

/// Messages on which the two readers rightly differ: `domain` follows more pointers than a name has labels,
/// and refuses nothing for a loop in data that it was not asked for.
fn compare(octets: &[u8]) -> Result<(), TestCaseError> {
    match (by_us(octets), by_domain(octets)) {
        (Ok(mut ours), Some(theirs)) => {
            // Names in data that lead back to before it and then run on beyond it: `domain` shows no data.
            for (ours, theirs) in ours.answers.iter_mut().zip(&theirs.answers) {
                ours.3 = ours.3.take().filter(|_| theirs.3.is_some());
            }
            prop_assert_eq!(ours, theirs);
        }
        (Ok(ours), None) => prop_assert!(false, "domain refuses {:?}", ours),
        (Err(reason), Some(_)) => prop_assert!(
            reason.starts_with("compression")
                || reason.starts_with("DNS ")
                || reason == "not compared"
                || IN_DATA.contains(&reason),
            "we refuse: {}",
            reason
        ),
        (Err(_), None) => {}
    }
    Ok(())
}

/// Reasons that may stem from a name inside data, where `domain` only refuses to show the data.
const IN_DATA: [&str; 2] = ["name over 255 octets", "label of an unknown type"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn reads_what_domain_reads(octets in arb_message()) {
        compare(&octets)?;
    }

    #[test]
    fn reads_what_domain_reads_of_damaged_messages(
        octets in arb_message(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut octets = octets;
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len()));
        }
        if let Some(flags) = octets.get_mut(2) {
            *flags &= !2; // TC
        }
        compare(&octets)?;
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200), cut in any::<bool>()) {
        let mut message = Message::default();
        if message.read(&octets, cut) == Ok(Subject::Lookup) && message.questions > 0 {
            prop_assert!(message.qtype.is_some() && !message.qname.key().is_empty());
        }
    }
}
