use std::net::Ipv4Addr;

use askance_record::{SourceId, Unit};
use proptest::prelude::*;

use super::*;

/// What streams yielded: the identifier of each message and the frame it counts as seen in, and losses.
#[derive(Debug, Default, PartialEq)]
struct Out(Vec<String>);

fn frame((at, _): When) -> u64 {
    if let Unit::Frame(n) = at.unit { n } else { 0 }
}

impl Messages for Out {
    fn message(&mut self, _: &Ends, when: When, octets: &[u8], cut: bool) {
        let id = octets.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
        self.0.push(format!("{id}{}@{}", if cut { " cut" } else { "" }, frame(when)));
    }

    fn lost(&mut self, reason: &'static str, when: When, _: &[u8]) {
        self.0.push(format!("{reason}@{}", frame(when)));
    }
}

/// A query of `len` octets after its length.
fn query(id: u16, len: usize) -> Vec<u8> {
    let mut octets = u16::try_from(len).expect("short").to_be_bytes().to_vec();
    octets.extend(id.to_be_bytes());
    octets.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    octets.extend(b"\x01a\x00\x00\x01\x00\x01");
    octets.resize(2 + len, 0);
    octets
}

/// Ten queries of different lengths, numbered from 1.
fn queries() -> Vec<u8> {
    (1..=10).flat_map(|id| query(id, 19 + usize::from(id) * 7)).collect()
}

const ISN: u32 = 0xffff_ff80; // the numbers come round early

fn segment(frame: u64, seq: usize, payload: &[u8]) -> Segment<'_> {
    Segment {
        at: At { source: SourceId(0), byte: frame, unit: Unit::Frame(frame) },
        ts: Timestamp::from_us(i64::try_from(frame).expect("small") * 1000),
        src: Ipv4Addr::new(192, 0, 2, 1).into(),
        dst: Ipv4Addr::new(192, 0, 2, 53).into(),
        src_port: 40_000,
        dst_port: 53,
        seq: ISN.wrapping_add(1).wrapping_add(u32::try_from(seq).expect("short")),
        ack: None,
        syn: false,
        fin: false,
        rst: false,
        payload,
        missing: 0,
        responses: Some(false),
    }
}

fn syn() -> Segment<'static> {
    Segment { seq: ISN, syn: true, ..segment(1, 0, b"") }
}

/// The other side's word that it has everything before `seq`.
fn ack(frame: u64, seq: usize) -> Segment<'static> {
    let there = segment(frame, seq, b"");
    let (src, dst, src_port, dst_port) = (there.dst, there.src, 53, there.src_port);
    Segment { src, dst, src_port, dst_port, ack: Some(there.seq), seq: 1, responses: Some(true), ..there }
}

#[track_caller]
fn check(segments: &[Segment<'_>], expected: &[&str]) {
    let mut streams = Streams::new(1 << 20, 100);
    let mut out = Out::default();
    for segment in segments {
        streams.take(segment, &mut out);
    }
    while streams.expire(None, &mut out) {}
    assert_eq!(out.0, expected);
    assert_eq!(streams.octets(), 0, "what is held is accounted for");
}

#[test]
fn several_messages_a_segment_and_one_over_many() {
    let octets = [query(1, 20), query(2, 30), query(3, 40)].concat();
    check(&[syn(), segment(2, 0, &octets)], &["1@2", "2@2", "3@2"]);
    let parts: Vec<Segment<'_>> =
        octets.chunks(1).enumerate().map(|(i, part)| segment(2 + i as u64, i, part)).collect();
    check(&[&[syn()], &parts[..]].concat(), &["1@23", "2@55", "3@97"]);
}

#[test]
fn a_fast_open_has_its_first_message_in_the_syn() {
    let octets = query(1, 20);
    let open = Segment { payload: &octets, ..syn() };
    check(&[open], &["1@1"]);
    // The server did not take it; the client sends it again.
    check(&[open, segment(2, 0, &octets)], &["1@1"]);
}

#[test]
fn disorder_and_repetition() {
    let octets = [query(1, 20), query(2, 30), query(3, 40)].concat();
    let (a, b, c) = (segment(2, 0, &octets[..15]), segment(3, 15, &octets[15..60]), segment(4, 60, &octets[60..]));
    check(&[syn(), a, c, b], &["1@3", "2@3", "3@3"]);
    check(&[syn(), c, b, a], &["1@2", "2@2", "3@2"]);
    check(&[syn(), a, a, b, b, a, c, b, syn()], &["1@3", "2@3", "3@4"]);
    // Overlapping segments.
    check(&[syn(), segment(2, 0, &octets[..50]), segment(3, 10, &octets[10..])], &["1@2", "2@3", "3@3"]);
}

#[test]
fn a_hole_inside_one_message_costs_that_message() {
    let octets = [query(1, 20), query(2, 100), query(3, 40)].concat();
    // 22..124 is message 2; 40..80 are missing.
    let parts =
        [syn(), segment(2, 0, &octets[..40]), segment(3, 80, &octets[80..110]), segment(4, 110, &octets[110..])];
    check(&parts, &["1@2", "tcp hole@3", "3@4"]);
    // The receiver's word and a second of waiting are enough.
    let late = ack(2000, octets.len());
    check(&[&parts[..], &[late, segment(2001, 166, &query(4, 20))]].concat(), &["1@2", "tcp hole@3", "3@4", "4@2001"]);
}

#[test]
fn a_hole_over_a_boundary_ends_at_the_next_segment_that_begins_a_message() {
    let octets = queries();
    let at = |id: u16| (1..id).map(|id| 21 + usize::from(id) * 7).sum::<usize>();
    let parts = [
        syn(),
        segment(2, 0, &octets[..at(2) + 10]),
        segment(3, at(5) + 4, &octets[at(5) + 4..at(7)]), // begins inside message 5
        segment(4, at(7), &octets[at(7)..at(9)]),
    ];
    check(&parts, &["1@2", "tcp hole@3", "7@4", "8@4"]);
}

#[test]
fn a_stream_without_its_beginning() {
    let octets = [query(1, 20), query(2, 30)].concat();
    check(&[segment(2, 0, &octets)], &["1@2", "2@2"]);
    check(
        &[segment(2, 5, &octets[5..22]), segment(3, 22, &octets[22..])],
        &["tcp stream joined inside a message@2", "2@3"],
    );
    // The length in a segment of its own.
    check(&[segment(2, 0, &octets[..2]), segment(3, 2, &octets[2..9]), segment(4, 9, &octets[9..])], &["1@4", "2@4"]);
    check(&[segment(2, 3, &octets[3..5]), segment(3, 22, &octets[22..])], &["tcp hole@3", "2@3"]);
    // By disorder, from before the point where reading began.
    check(&[segment(2, 22, &octets[22..]), segment(3, 0, &octets[..22])], &["2@2", "1@3"]);
}

#[test]
fn ends_of_streams() {
    let octets = [query(1, 20), query(2, 30)].concat();
    let fin = |n| Segment { fin: true, ..segment(3, n, b"") };
    check(&[syn(), segment(2, 0, &octets), fin(54)], &["1@2", "2@2"]);
    check(&[syn(), segment(2, 0, &octets[..30]), fin(30)], &["1@2", "tcp stream ends inside a message@3"]);
    check(&[syn(), segment(2, 0, &octets[..30])], &["1@2", "tcp stream ends inside a message@2"]);
    let rst = Segment { rst: true, ..segment(3, 30, b"") };
    check(&[syn(), segment(2, 0, &octets[..30]), rst], &["1@2", "tcp stream ends inside a message@3"]);
    // The last segments repeated, and then another connection between the same ports.
    let again = Segment { seq: ISN.wrapping_add(5000), ..syn() };
    let next = segment(7, 5000, &octets);
    let over = [syn(), segment(2, 0, &octets), fin(54), segment(4, 0, &octets), fin(54)];
    check(&[&over[..], &[again, next]].concat(), &["1@2", "2@2", "1@7", "2@7"]);
    check(&[&over[..], &[next]].concat(), &["1@2", "2@2", "1@7", "2@7"]);
}

#[test]
fn a_snapshot_length_leaves_the_beginning_of_a_message() {
    let octets = [query(1, 60), query(2, 30)].concat();
    let cut = Segment { missing: 12, ..segment(2, 0, &octets[..50]) };
    check(&[syn(), cut, segment(3, 62, &octets[62..])], &["1 cut@2", "2@3"]);
    let cut = Segment { missing: 60, ..segment(2, 0, &octets[..2]) };
    check(&[syn(), cut, segment(3, 62, &octets[62..])], &["0 cut@2", "2@3"]);
    let cut = Segment { missing: 44, ..segment(2, 0, &octets[..50]) };
    check(&[syn(), cut, segment(3, 94, &query(3, 20))], &["tcp hole@2", "3@3"]);
}

#[test]
fn what_is_held_is_bounded() {
    let mut streams = Streams::new(2000, 5);
    let mut out = Out::default();
    let octets = query(1, 400);
    for n in 0..50u16 {
        let part = Segment { src_port: 1000 + n, ..segment(u64::from(n), 0, &octets[..300]) };
        streams.take(&part, &mut out);
        let early = Segment { src_port: 1000 + n, ..segment(u64::from(n), 380, &octets[380..]) };
        streams.take(&early, &mut out);
        assert!(streams.octets() <= 2000, "{}", streams.octets());
    }
    let mut limited = out.0.iter().filter(|line| line.starts_with("tcp ")).count();
    while streams.expire(None, &mut out) {}
    limited = out.0.len() - limited;
    assert!(limited > 0 && streams.octets() == 0);
    assert_eq!(out.0.len(), 50, "each stream lost one message: {:?}", out.0);
}

#[test]
fn an_endless_gap_is_bounded_by_what_one_stream_may_hold() {
    let mut streams = Streams::new(1 << 30, 5);
    let mut out = Out::default();
    streams.take(&syn(), &mut out);
    let octets = vec![0; 1400];
    for n in 0..1000 {
        streams.take(&segment(2, 10 + n * 1400, &octets), &mut out);
        assert!(streams.octets() <= (256 << 10) + 2000);
    }
}

proptest! {
    /// Whatever the cuts, the order and the repetition of segments: each message once, none lost.
    #[test]
    fn nothing_is_lost_in_disorder(
        cuts in prop::collection::btree_set(1usize..500, 0..20),
        order in prop::collection::vec(any::<prop::sample::Index>(), 30),
        with_syn in any::<bool>(),
    ) {
        let octets = queries();
        let cuts: Vec<usize> = cuts.into_iter().filter(|&c| c < octets.len()).chain([octets.len()]).collect();
        let mut from = 0;
        let mut parts: Vec<(usize, &[u8])> = Vec::new();
        for cut in cuts {
            parts.push((from, &octets[from..cut]));
            from = cut;
        }
        // Neighbours change places and some come twice; without a SYN the first stays first.
        let first = usize::from(!with_syn);
        for pick in order {
            let i = first + pick.index(parts.len());
            if i + 1 < parts.len() {
                parts.swap(i, i + 1);
            } else if let Some(&part) = parts.get(i) {
                parts.push(part);
            }
        }
        // Without a SYN, a first segment too short to show a message's head is no beginning.
        prop_assume!(with_syn || parts[0].1.len() >= 8 || parts[0].1.len() == 2);
        prop_assume!(with_syn || parts[0].0 == 0);
        let mut streams = Streams::new(1 << 20, 100);
        let mut out = Out::default();
        if with_syn {
            streams.take(&syn(), &mut out);
        }
        for (n, (seq, part)) in parts.iter().enumerate() {
            streams.take(&segment(2 + n as u64, *seq, part), &mut out);
        }
        while streams.expire(None, &mut out) {}
        let ids: Vec<&str> = out.0.iter().filter_map(|line| line.split('@').next()).collect();
        prop_assert_eq!(ids, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
        prop_assert_eq!(streams.octets(), 0);
    }

    /// Whatever is missing, no message is made up, and each loss is counted.
    #[test]
    fn what_is_missing_is_counted(missing in prop::collection::btree_set(0usize..30, 1..29)) {
        let octets = queries();
        let mut streams = Streams::new(1 << 20, 100);
        let mut out = Out::default();
        streams.take(&syn(), &mut out);
        let parts: Vec<&[u8]> = octets.chunks(octets.len() / 29).collect();
        let mut seq = 0;
        let mut gaps = 0;
        let mut after_gap = false;
        for (n, part) in parts.iter().enumerate() {
            if missing.contains(&n) {
                after_gap = true;
            } else {
                gaps += usize::from(after_gap);
                after_gap = false;
                streams.take(&segment(2 + n as u64, seq, part), &mut out);
            }
            seq += part.len();
        }
        while streams.expire(None, &mut out) {}
        let losses = out.0.iter().filter(|line| line.starts_with("tcp ")).count();
        let ids: Vec<u16> = out.0.iter().filter_map(|l| l.split('@').next().and_then(|id| id.parse().ok())).collect();
        prop_assert!(ids.is_sorted() && ids.iter().all(|id| (1..=10).contains(id)), "{:?}", out);
        prop_assert!(gaps == 0 || losses > 0, "{:?}", out);
    }
}
