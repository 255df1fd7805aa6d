use core::fmt::Write as _;

use askance_record::Vantage::{self, Authoritative, ResolverClient, ResolverUpstream, Stub};
use askance_record::{Lookup, SourceId};
use insta::assert_snapshot;

use super::*;
use crate::testing::{Contents, read_all, read_from};
use crate::{Format, Limits};

const CLIENT: &[u8] = &[192, 0, 2, 10];
const SERVER: &[u8] = &[192, 0, 2, 53];

/// A message under construction, field by field.
#[derive(Clone, Default)]
struct Maker(Vec<u8>);

impl Maker {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).expect("seven bits"));
    }

    fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    fn octets(mut self, field: u64, octets: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(octets.len() as u64);
        self.0.extend(octets);
        self
    }

    /// Milliseconds after the epoch of these tests, in `field` and the next, and 789 nanoseconds more.
    fn time(self, field: u64, ms: u32) -> Self {
        let mut maker = self.number(field, 1_469_000_000 + u64::from(ms / 1000));
        maker.varint((field + 1) << 3 | 5);
        maker.0.extend((ms % 1000 * 1_000_000 + 789).to_le_bytes());
        maker
    }

    /// The type, family, protocol, addresses and ports of an ordinary message.
    fn of(kind: u64) -> Self {
        let maker = Self::default().number(1, kind).number(2, 1).number(3, 1).octets(4, CLIENT).octets(5, SERVER);
        maker.number(6, 999).number(7, 53)
    }

    /// The whole frame, with an identity and a version before it.
    fn frame(&self) -> Vec<u8> {
        Self::default().octets(1, b"\xff\0 ns").octets(2, b"1.0").octets(14, &self.0).number(15, 1).0
    }
}

fn dns(id: u16, flags: u16, name: &str) -> Vec<u8> {
    let mut octets = id.to_be_bytes().to_vec();
    octets.extend(flags.to_be_bytes());
    octets.extend([0, 1, 0, 0, 0, 0, 0, 0]);
    octets.push(u8::try_from(name.len()).expect("short"));
    octets.extend(name.as_bytes());
    octets.extend([0, 0, 12, 0, 1]);
    octets
}

fn query(kind: u64, ms: u32, id: u16) -> Maker {
    Maker::of(kind).time(8, ms).octets(10, &dns(id, 0x0100, "a"))
}

fn response(kind: u64, asked_ms: Option<u32>, ms: u32, id: u16) -> Maker {
    let maker = Maker::of(kind);
    let maker = if let Some(asked_ms) = asked_ms { maker.time(8, asked_ms) } else { maker };
    maker.time(12, ms).octets(14, &dns(id, 0x8183, "a"))
}

fn stream(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = b"\0\0\0\0\0\0\0\x22\0\0\0\x02\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstap".to_vec();
    for frame in frames {
        octets.extend(u32::try_from(frame.len()).expect("short").to_be_bytes());
        octets.extend(frame);
    }
    octets.extend(b"\0\0\0\0\0\0\0\x04\0\0\0\x03");
    octets
}

fn read(frames: &[Maker]) -> Contents {
    let frames: Vec<_> = frames.iter().map(Maker::frame).collect();
    read_all(&stream(&frames), None, Limits::DEFAULT)
}

fn line(row: &Lookup) -> String {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {} {}: {} {}:{} > {} {} id {} {} {} {} rtt {}",
        row.at.unit,
        row.side.as_str(),
        row.vantage,
        (row.ts.us() - 1_469_000_000_000_000),
        row.client,
        or_dash(row.client_port.map(|port| port.to_string())),
        row.server,
        or_dash(row.transport.map(|transport| transport.to_string())),
        row.id.expect("an identifier"),
        row.qname.raw(),
        row.qtype.expect("a type"),
        or_dash(row.rcode.map(|code| code.to_string())),
        or_dash(row.rtt_us.map(|us| us.to_string())),
    )
}

/// The rows, one a line, and the account.
fn told(contents: &Contents) -> String {
    let mut out = String::new();
    for row in &contents.lookups {
        writeln!(out, "{}", line(row)).expect("to memory");
    }
    let ledger = &contents.ledger;
    write!(out, "in {} lookups {} paired {}", ledger.units_in, ledger.lookups, ledger.paired).expect("to memory");
    for (word, tallies) in [("rejected", &ledger.rejected), ("unrelated", &ledger.unrelated)] {
        for (reason, tally) in tallies {
            write!(out, "\n{word} {} {reason}, first at {}", tally.count, tally.first_at).expect("to memory");
        }
    }
    for assumption in &ledger.assumptions {
        write!(out, "\nassumed: {assumption}").expect("to memory");
    }
    if let Some(error) = &contents.error {
        write!(out, "\nerror: {error}").expect("to memory");
    }
    out
}

#[test]
fn a_query_and_its_response_are_one_lookup() {
    let frames = [query(5, 1000, 1), query(5, 1001, 2), response(6, Some(1000), 1030, 1), response(6, None, 1031, 2)];
    assert_snapshot!(told(&read(&frames)), @r"
    frame 1 both resolver-client: 1000000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 30000
    frame 2 both resolver-client: 1001000 192.0.2.10:999 > 192.0.2.53 udp id 2 a PTR NXDOMAIN rtt 30000
    in 4 lookups 2 paired 2
    assumed: stamps finer than a microsecond are cut to it
    ");
}

#[test]
fn every_type_has_its_vantage_unless_one_is_stated() {
    let frames: Vec<_> =
        (1..=7).flat_map(|n| [query(2 * n - 1, 0, 1), response(2 * n, None, 1, 1)]).map(|f| f.frame()).collect();
    let octets = stream(&frames);
    let vantages = |vantage| {
        let input = Box::new(std::io::Cursor::new(octets.clone()));
        let contents = read_from(input, octets.len() as u64, &Options { vantage, ..Options::default() });
        assert_eq!((contents.ledger.lookups, contents.ledger.paired), (7, 7));
        contents.lookups.iter().map(|row| row.vantage).collect::<Vec<_>>()
    };
    let told = [Authoritative, ResolverUpstream, ResolverClient, ResolverUpstream, Stub, Stub, Authoritative];
    assert_eq!(vantages(None), told);
    assert_eq!(vantages(Some(Vantage::Passive)), [Vantage::Passive; 7]);
}

#[test]
fn two_places_that_see_one_exchange_are_not_mixed() {
    // A collector of a resolver and of the name server that it asks.
    let frames = [query(3, 0, 1), query(1, 5, 1), response(2, None, 6, 1), response(4, None, 11, 1)];
    assert_snapshot!(told(&read(&frames)), @r"
    frame 2 both authoritative: 5000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 1000
    frame 1 both resolver-upstream: 0 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 11000
    in 4 lookups 2 paired 2
    assumed: stamps finer than a microsecond are cut to it
    ");
    // A BIND name server's response to a query that desires recursion is a client's.
    assert_snapshot!(told(&read(&[query(1, 5, 1), response(6, None, 6, 1)])), @r"
    frame 1 both authoritative: 5000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 1000
    in 2 lookups 1 paired 1
    assumed: stamps finer than a microsecond are cut to it
    ");
}

#[test]
fn a_response_alone_tells_when_its_query_was_seen() {
    let frames = [
        response(6, Some(1000), 1030, 1),
        response(6, None, 1040, 2),
        response(6, Some(1060), 1050, 3),
        response(6, Some(1000), 1030, 1),
    ];
    assert_snapshot!(told(&read(&frames)), @r"
    frame 1 response resolver-client: 1000000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 30000
    frame 2 response resolver-client: 1040000 192.0.2.10:999 > 192.0.2.53 udp id 2 a PTR NXDOMAIN rtt -
    frame 3 response resolver-client: 1060000 192.0.2.10:999 > 192.0.2.53 udp id 3 a PTR NXDOMAIN rtt -
    frame 4 response resolver-client: 1000000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 30000
    in 4 lookups 4 paired 0
    assumed: stamps finer than a microsecond are cut to it
    assumed: some responses are stamped before their queries; no round-trip time is given for them
    ");
}

#[test]
fn a_response_that_repeats_its_query_counts_it_once() {
    let repeated = |id, flags| response(2, Some(1000), 1030, id).octets(10, &dns(id, flags, "A"));
    assert_snapshot!(told(&read(&[query(1, 1000, 1), repeated(1, 0), repeated(2, 0x0010)])), @r"
    frame 1 both authoritative: 1000000 192.0.2.10:999 > 192.0.2.53 udp id 1 a PTR NXDOMAIN rtt 30000
    frame 3 both authoritative: 1000000 192.0.2.10:999 > 192.0.2.53 udp id 2 A PTR NXDOMAIN rtt 30000
    in 4 lookups 2 paired 2
    assumed: stamps finer than a microsecond are cut to it
    ");
    // Without a time the repetition is of no use; the response stands alone.
    let untimed = response(2, None, 1030, 3).octets(10, &dns(3, 0, "A"));
    assert_snapshot!(told(&read(&[untimed])), @r"
    frame 1 response authoritative: 1030000 192.0.2.10:999 > 192.0.2.53 udp id 3 a PTR NXDOMAIN rtt -
    in 1 lookups 1 paired 0
    assumed: stamps finer than a microsecond are cut to it
    ");
}

#[test]
fn transports_and_addresses() {
    let plain =
        |protocol: u64| Maker::default().number(1, 5).number(3, protocol).time(8, 0).octets(10, &dns(1, 0, "a"));
    let v6 = [&[0x20, 1, 0x0d, 0xb8], &[0; 11][..], &[9]].concat();
    let mapped = [&[0; 10][..], &[0xff, 0xff, 192, 0, 2, 7]].concat();
    let frames = [
        plain(1).octets(4, &v6).number(6, 65535).octets(5, &mapped),
        plain(2).octets(4, &[0; 4]).octets(5, &[0; 16]).number(6, 0),
        plain(3),
        plain(4),
        plain(5),
        plain(6),
        plain(7),
        plain(8),
    ];
    assert_snapshot!(told(&read(&frames)), @r"
    frame 1 query resolver-client: 0 2001:db8::9:65535 > 192.0.2.7 udp id 1 a PTR - rtt -
    frame 2 query resolver-client: 0 -:- > - tcp id 1 a PTR - rtt -
    frame 3 query resolver-client: 0 -:- > - dot id 1 a PTR - rtt -
    frame 4 query resolver-client: 0 -:- > - doh id 1 a PTR - rtt -
    frame 5 query resolver-client: 0 -:- > - udp id 1 a PTR - rtt -
    frame 6 query resolver-client: 0 -:- > - tcp id 1 a PTR - rtt -
    frame 7 query resolver-client: 0 -:- > - doq id 1 a PTR - rtt -
    frame 8 query resolver-client: 0 -:- > - - id 1 a PTR - rtt -
    in 8 lookups 8 paired 0
    assumed: stamps finer than a microsecond are cut to it
    ");
}

#[test]
fn what_is_refused() {
    let timed = || Maker::of(5).time(8, 0);
    let frames = [
        Maker::of(5).octets(10, &dns(1, 0, "a")).frame(),
        Maker::of(6).time(8, 1).octets(14, &dns(1, 0x8180, "a")).frame(),
        timed().frame(),
        timed().octets(10, &dns(1, 0x8180, "a")).frame(),
        timed().octets(10, &dns(1, 0, "a")[..17]).frame(),
        timed().octets(10, b"").frame(),
        timed().octets(10, &dns(1, 0x2800, "a")).frame(),
        timed().octets(4, &[1, 2, 3]).octets(10, &dns(1, 0, "a")).frame(),
        timed().number(7, 65536).octets(10, &dns(1, 0, "a")).frame(),
        timed().number(8, u64::MAX).octets(10, &dns(1, 0, "a")).frame(),
        timed().number(8, 253_402_300_800).octets(10, &dns(1, 0, "a")).frame(),
        timed().number(1, 15).octets(10, &dns(1, 0, "a")).frame(),
        timed().number(1, 0).octets(10, &dns(1, 0, "a")).frame(),
        Maker::default().number(15, 1).0,
        Maker::default().octets(14, &timed().0).number(15, 2).0,
        Maker::default().octets(14, b"\x80").number(15, 1).0,
        vec![0xff; 30],
        vec![0x0b],
    ];
    let mut nanoseconds = Maker::of(5).number(8, 1);
    nanoseconds.0.extend([0x4d, 0, 0xca, 0x9a, 0x3b]);
    let frames = [&frames[..], &[nanoseconds.octets(10, &dns(1, 0, "a")).frame()]].concat();
    assert_snapshot!(told(&read_all(&stream(&frames), None, Limits::DEFAULT)), @r"
    in 17 lookups 0 paired 0
    rejected 1 address of a length that cannot be, first at frame 8 (byte 514)
    rejected 3 damaged dnstap message, first at frame 16 (byte 1043)
    rejected 2 dnstap message of an unknown type, first at frame 12 (byte 841)
    rejected 1 frame without a dnstap message, first at frame 14 (byte 995)
    rejected 1 frame without the message that its type names, first at frame 3 (byte 181)
    rejected 1 message ends inside its question, first at frame 5 (byte 310)
    rejected 1 message shorter than its header, first at frame 6 (byte 383)
    rejected 2 message without its time, first at frame 1 (byte 42)
    rejected 1 port that cannot be, first at frame 9 (byte 594)
    rejected 1 query in the field of a response, or the reverse, first at frame 4 (byte 235)
    rejected 3 time that cannot be, first at frame 10 (byte 673)
    unrelated 1 DNS update, first at frame 7 (byte 439)
    unrelated 1 dnstap frame of another type, first at frame 15 (byte 1001)
    assumed: stamps finer than a microsecond are cut to it
    ");
}

#[test]
fn unknown_fields_are_stepped_over() {
    let strange = query(5, 1000, 1).octets(11, b"\0").octets(15, b"policy").number(16, 2).number(536_870_911, 7);
    // A field of another wire type than its own is unknown, too.
    let strange = strange.octets(6, b"no port").number(14, 3);
    let mut frame = strange.frame();
    frame.extend([0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]);
    let one = read_all(&stream(&[frame]), Some(Format::Dnstap), Limits::TINY);
    let other = read(&[query(5, 1000, 1)]);
    assert_eq!(one.lookups, other.lookups);
    assert_eq!(one.ledger, other.ledger);
    // A message in two parts is one message.
    let whole = query(5, 1000, 1).0;
    let (head, tail) = whole.split_at(2);
    let parts = Maker::default().octets(14, head).octets(14, tail).number(15, 1).0;
    assert_eq!(read_all(&stream(&[parts]), None, Limits::DEFAULT).ledger.lookups, 1);
}

#[test]
fn no_more_waits_than_may() {
    let frames: Vec<_> = (0..100).map(|id| query(5, 0, id).frame()).collect();
    let contents = read_all(&stream(&frames), None, Limits::TINY);
    let ids: Vec<_> = contents.lookups.iter().filter_map(|row| row.id).collect();
    assert_eq!(ids, (0..100).collect::<Vec<_>>(), "what waits too long comes out, the oldest first");
    let octets = stream(&frames);
    let input = Box::new(std::io::Cursor::new(octets));
    let input = crate::unwrap::unwrap(input, SourceId::default(), &Limits::TINY, &mut Vec::new()).expect("not empty");
    let mut dnstap = Dnstap::open(input, &Options { limits: Limits::TINY, ..Options::default() }).expect("a stream");
    let mut batch = Batch::with_room(3);
    while dnstap.read(&mut batch).expect("well formed") == Flow::More {
        let (waiting, ready) = dnstap.exchange.held();
        assert!(waiting <= Limits::TINY.pending_max && ready <= 64, "{waiting} {ready}");
        batch.clear();
    }
    assert_eq!(dnstap.exchange.held(), (0, 0), "all came out");
}
