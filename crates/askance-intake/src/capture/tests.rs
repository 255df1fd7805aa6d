use std::fs::File;
use std::io::{Cursor, Read as _};
use std::path::Path;

use askance_record::Vantage;
use proptest::prelude::*;

use super::*;
use crate::Limits;

fn corpus(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/captures").join(name);
    let mut octets = Vec::new();
    File::open(path).expect("the corpus").read_to_end(&mut octets).expect("readable");
    octets
}

/// Reads a capture frame by frame and asserts after each that no more is held than may be.
fn check_held(octets: Vec<u8>, limits: Limits) {
    let options = Options { limits, ..Options::default() };
    let input = crate::unwrap::unwrap(Box::new(Cursor::new(octets)), options.source, &limits, &mut Vec::new())
        .expect("not empty");
    let Ok(mut capture) = Capture::open(input, &options) else { return };
    let mut batch = Batch::with_room(3);
    loop {
        batch.clear();
        let flow = capture.read(&mut batch);
        let layers = &capture.layers;
        assert!(layers.ledger.balances());
        assert!(layers.fragments.octets() + layers.streams.octets() <= limits.reassembly_octets_max);
        let (waiting, ready) = layers.exchange.held();
        assert!(waiting <= limits.pending_max);
        // A message has at least 17 octets, and a frame can release what its stream held.
        assert!(ready <= (limits.frame_octets_max + limits.reassembly_octets_max) / 17 + 64);
        if !matches!(flow, Ok(Flow::More)) {
            assert_eq!(layers.fragments.octets() + layers.streams.octets() + waiting + ready, 0, "all came out");
            return;
        }
    }
}

const TANGLED: [&str; 6] = [
    "tcp-disorder.pcap",
    "tcp-hole.pcap",
    "tcp-no-syn.pcap",
    "ipv4-fragments.pcap",
    "ipv6-fragments.pcap",
    "ethernet-udp.pcap",
];

#[test]
fn no_more_is_held_than_may_be() {
    for name in TANGLED {
        check_held(corpus(name), Limits::TINY);
        check_held(corpus(name), Limits { reassembly_octets_max: 1000, pending_max: 1, ..Limits::TINY });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Frames of several captures, each in any number and order.
    #[test]
    fn no_more_is_held_of_shuffled_frames(picks in prop::collection::vec((0usize..6, any::<prop::sample::Index>()), 1..300)) {
        let files: Vec<Vec<u8>> = TANGLED.iter().map(|name| corpus(name)).collect();
        let records: Vec<Vec<&[u8]>> = files.iter().map(|file| records(file)).collect();
        let mut octets = files[0][..24].to_vec();
        for (file, pick) in picks {
            octets.extend(records[file][pick.index(records[file].len())]);
        }
        check_held(octets, Limits::TINY);
    }
}

/// The records of a little-endian file, each with its header.
fn records(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = &file[24..];
    let mut records = Vec::new();
    while let Some(len) = rest.get(8..12) {
        let len = 16 + u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize;
        records.push(&rest[..len]);
        rest = &rest[len..];
    }
    records
}

#[test]
fn other_ports_can_be_named() {
    let read = |dns_ports: Vec<u16>| {
        let options = Options { dns_ports, ..Options::default() };
        let octets = corpus("sll2.pcap");
        let contents = crate::testing::read_from(Box::new(Cursor::new(octets)), u64::MAX, &options);
        (contents.ledger.lookups, contents.ledger.rejected_count())
    };
    let (lookups, _) = read(vec![]);
    assert!(lookups > 0);
    assert_eq!(read(vec![53]), (lookups, 0));
    assert_eq!(read(vec![5353]), (0, 0));
    assert_eq!(read(vec![53, 9953]).0, lookups);
    assert!(read(vec![53, 9953]).1 > 0, "what ticks at port 9953 is no DNS");
}

#[test]
fn the_vantage_is_told_or_inferred() {
    let octets = corpus("sll2.pcap");
    let read = |vantage| {
        let options = Options { vantage, ..Options::default() };
        crate::testing::read_from(Box::new(Cursor::new(octets.clone())), u64::MAX, &options)
    };
    let inferred = read(None);
    let mut seen: Vec<_> = inferred.lookups.iter().map(|row| row.vantage).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen, [Vantage::ResolverClient], "every query of this capture desires recursion");
    assert_eq!(inferred.ledger.assumptions.len(), 1);
    let told = read(Some(Vantage::Stub));
    assert!(told.lookups.iter().all(|row| row.vantage == Vantage::Stub));
    assert!(told.ledger.assumptions.is_empty());
}
