use std::fs::File;
use std::io::{Cursor, Read as _};
use std::path::Path;

use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{Block, LegacyPcapReader, PcapBlockOwned, PcapError, PcapNGReader};

use super::*;
use crate::Limits;

/// Each frame with its octets, and the account.
type Read = (Vec<(Frame, Vec<u8>)>, Ledger);

fn frames(octets: &[u8], frame_octets_max: usize) -> Result<Read, IntakeError> {
    let input =
        crate::unwrap::unwrap(Box::new(Cursor::new(octets.to_vec())), SourceId(0), &Limits::DEFAULT, &mut Vec::new())?;
    let mut frames = Frames::open(input, SourceId(0), frame_octets_max)?;
    let (mut read, mut ledger) = (Vec::new(), Ledger::default());
    while let Some(frame) = frames.next(&mut ledger)? {
        read.push((frame, frames.octets().to_vec()));
    }
    assert!(frames.next(&mut ledger)?.is_none(), "the end stays the end");
    Ok((read, ledger))
}

/// The frames' octets as the `pcap-parser` crate sees them.
fn by_pcap_parser(octets: &[u8]) -> Vec<Vec<u8>> {
    let input = Cursor::new(octets.to_vec());
    let mut reader: Box<dyn PcapReaderIterator> = if octets.starts_with(&pcapng::SECTION_MAGIC) {
        Box::new(PcapNGReader::new(1 << 16, input).expect("well formed"))
    } else {
        Box::new(LegacyPcapReader::new(1 << 16, input).expect("well formed"))
    };
    let mut read = Vec::new();
    loop {
        match reader.next() {
            Ok((len, block)) => {
                match block {
                    PcapBlockOwned::Legacy(b) => read.push(b.data.to_vec()),
                    PcapBlockOwned::NG(Block::EnhancedPacket(b)) => read.push(b.data[..b.caplen as usize].to_vec()),
                    PcapBlockOwned::NG(Block::SimplePacket(b)) => read.push(b.data[..b.origlen as usize].to_vec()),
                    // It shows obsolete packet blocks as unknown ones.
                    PcapBlockOwned::NG(Block::Unknown(b)) if b.block_type == 2 => {
                        let len = u32::from_le_bytes(*b.data[12..].first_chunk().expect("a length"));
                        read.push(b.data[20..20 + len as usize].to_vec());
                    }
                    _ => {}
                }
                reader.consume(len);
            }
            Err(PcapError::Eof) => return read,
            Err(PcapError::Incomplete(_)) => reader.refill().expect("from memory"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn frames_are_those_that_pcap_parser_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/captures");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("ASCII").to_owned();
        // Whole files, as they stand.
        let is_plain = path.extension().is_some_and(|e| e == "pcap" || e == "pcapng");
        if !is_plain || name.starts_with("cut.") || name == "two-files.pcap" {
            continue;
        }
        let mut octets = Vec::new();
        File::open(path).expect("present").read_to_end(&mut octets).expect("readable");
        let (ours, ledger) = frames(&octets, 1 << 18).expect("well formed");
        let ours: Vec<Vec<u8>> = ours.into_iter().map(|(_, octets)| octets).collect();
        assert_eq!(ours, by_pcap_parser(&octets), "{name}");
        assert_eq!(ledger.units_in, 0, "{name}");
        compared += 1;
    }
    assert!(compared > 20, "the corpus has more captures than {compared}");
}

/// A little-endian pcap file of frames, each with a stamp in seconds and microseconds.
fn pcap(records: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut octets = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for (s, us, frame) in records {
        let len = u32::try_from(frame.len()).expect("short");
        for field in [*s, *us, len, len] {
            octets.extend(field.to_le_bytes());
        }
        octets.extend(*frame);
    }
    octets
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(body.len() + 12).expect("short").to_le_bytes();
    [&kind.to_le_bytes()[..], &total, body, &total].concat()
}

fn section() -> Vec<u8> {
    block(0x0a0d_0d0a, &[&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat())
}

fn interface(options: &[u8]) -> Vec<u8> {
    block(1, &[&[1, 0, 0, 0, 0, 0, 4, 0][..], options].concat())
}

fn enhanced(interface: u32, ticks: u64, len: u32, data: &[u8]) -> Vec<u8> {
    let (high, low) = ((ticks >> 32) as u32, (ticks & 0xffff_ffff) as u32);
    let fields = [interface, high, low, len, len].map(u32::to_le_bytes).concat();
    block(6, &[&fields[..], data].concat())
}

#[test]
fn positions_and_stamps() {
    let (read, _) = frames(&pcap(&[(1, 500_000, b"one"), (2, 7, b"two")]), 100).expect("well formed");
    let seen: Vec<(u64, Unit, i64)> = read.iter().map(|(f, _)| (f.at.byte, f.at.unit, f.ts.us())).collect();
    assert_eq!(seen, [(24, Unit::Frame(1), 1_500_000), (43, Unit::Frame(2), 2_000_007)]);
}

#[test]
fn a_frame_over_the_limit_is_stepped_over_and_counted() {
    let (read, ledger) = frames(&pcap(&[(1, 0, &[7; 200]), (2, 0, b"two")]), 100).expect("well formed");
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].0.at.unit, Unit::Frame(2));
    assert_eq!(ledger.rejected["frame over the length limit"].first_at.byte, 24);
    let ng = [section(), interface(b""), enhanced(0, 0, 5000, &[7; 5000]), enhanced(0, 0, 4, b"four")].concat();
    let (read, ledger) = frames(&ng, 100).expect("well formed");
    assert_eq!((read.len(), ledger.rejected["frame over the length limit"].count), (1, 1));
}

#[test]
fn a_length_that_no_frame_has_ends_the_input() {
    let mut octets = pcap(&[(1, 0, b"one"), (2, 0, b"two")]);
    octets[43 + 8..43 + 12].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let error = frames(&octets, 100).expect_err("damaged");
    assert!(matches!(error, IntakeError::CaptureHeader { at, .. } if at.byte == 43), "{error}");
    let mut octets = [section(), interface(b"")].concat();
    octets.extend([6, 0, 0, 0, 13, 0, 0, 0]);
    let error = frames(&octets, 100).expect_err("damaged");
    assert!(matches!(error, IntakeError::CaptureHeader { at, .. } if at.byte == 48), "{error}");
}

#[test]
fn headers_that_are_none() {
    for octets in [
        &b"\xd4\xc3\xb2\xa1\x02"[..],
        b"not a capture at all, really",
        b"\xd4\xc3\xb2\xa1\x09\x00\x04\x00................",
    ] {
        assert!(matches!(frames(octets, 100), Err(IntakeError::CaptureHeader { .. })), "{octets:?}");
    }
}

#[test]
fn two_files_in_a_row() {
    let two = [pcap(&[(1, 0, b"one")]), pcap(&[(2, 0, b"two")])].concat();
    let (read, ledger) = frames(&two, 100).expect("well formed");
    assert_eq!(read.iter().map(|(_, octets)| octets.as_slice()).collect::<Vec<_>>(), [b"one", b"two"]);
    assert_eq!((read[1].0.at.unit, read[1].0.at.byte, ledger.units_in), (Unit::Frame(2), 67, 0));
}

#[test]
fn resolutions_of_interfaces() {
    let us = |options: &[u8], ticks| {
        let ng = [section(), interface(options), enhanced(0, ticks, 4, b"four")].concat();
        let (read, ledger) = frames(&ng, 100).expect("well formed");
        (read[0].0.ts.us(), ledger.assumptions.len())
    };
    assert_eq!(us(b"", 5), (5, 0));
    assert_eq!(us(b"\x09\x00\x01\x00\x03\0\0\0", 5), (5000, 0), "milliseconds");
    assert_eq!(us(b"\x09\x00\x01\x00\x09\0\0\0", 5000), (5, 0), "nanoseconds");
    assert_eq!(us(b"\x09\x00\x01\x00\x09\0\0\0", 5001), (5, 1), "nanoseconds that are cut");
    assert_eq!(us(b"\x09\x00\x01\x00\x81\0\0\0", 3), (1_500_000, 0), "half seconds");
    assert_eq!(us(b"\x09\x00\x01\x00\x7f\0\0\0", u64::MAX), (0, 1), "finer than anything");
    assert_eq!(us(b"\x0e\x00\x08\x00\x0a\0\0\0\0\0\0\0", 5), (10_000_005, 0), "an offset");
    assert_eq!(us(b"\x00\x00\x00\x00\x09\x00\x01\x00\x03\0\0\0", 5), (5, 0), "after the end of options");
}

#[test]
fn blocks_that_do_not_fit_are_counted() {
    let short = block(6, &[0; 16]);
    let beyond = enhanced(0, 0, 40, b"four");
    let unknown = enhanced(9, 0, 4, b"four");
    let good = enhanced(0, 0, 4, b"four");
    let ng = [section(), interface(b""), short, beyond, unknown, good].concat();
    let (read, ledger) = frames(&ng, 100).expect("well formed");
    assert_eq!((read.len(), read[0].0.at.unit), (1, Unit::Frame(4)));
    let reasons: Vec<&str> = ledger.rejected.keys().copied().collect();
    assert_eq!(
        reasons,
        ["frame beyond its block", "frame of an undescribed interface", "packet block that is too short"]
    );
}
