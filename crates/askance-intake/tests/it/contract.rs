//! What must hold of any capture, whole, cut, damaged or unreadable.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use askance_intake::testing::{Contents, read_all, read_from, read_wire_name};
use askance_intake::{Format, IntakeError, Limits, Options, Wrapper, open};
use proptest::prelude::*;

fn captures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/captures")
}

fn octets(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut file = File::open(captures().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    file.read_to_end(&mut octets).expect("readable");
    octets
}

const SMALL: [&str; 4] = ["tcp-fastopen.pcap", "nanoseconds.pcap", "sections.pcapng", "interfaces.pcapng"];

/// Reads `octets` and then fails, as a disk does.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 if !into.is_empty() => Err(io::Error::other("the disk is gone")),
            n => Ok(n),
        }
    }
}

#[test]
fn an_input_may_fail_or_end_at_any_octet() {
    for name in SMALL {
        let whole = octets(name);
        let all = read_all(&whole, None, Limits::DEFAULT).lookups;
        for n in 0..whole.len() {
            let len = n as u64;
            let failing = Failing(Cursor::new(whole[..n].to_vec()));
            let failed = read_from(Box::new(failing), len, &Options::default());
            let error = failed.error.expect("the input fails");
            // Too short to be recognised, or else the failure itself; what was read before is kept.
            assert!(
                matches!(error, IntakeError::Read { .. }) || (n < 4 && failed.lookups.is_empty()),
                "{name} {n}: {error}"
            );
            let cut = read_all(&whole[..n], None, Limits::DEFAULT);
            assert_eq!(cut.lookups, failed.lookups, "{name} {n}");
            assert!(cut.lookups.len() <= all.len());
            if let Some(error) = cut.error {
                let early = matches!(
                    error,
                    IntakeError::Empty | IntakeError::UnknownFormat { .. } | IntakeError::CaptureHeader { .. }
                );
                assert!(early && n < 24, "{name} {n}: {error}");
            }
        }
    }
}

#[test]
fn a_wrapped_capture_is_the_capture() {
    let plain = read_all(&octets("sll2.pcap"), None, Limits::DEFAULT);
    let wrappers = [
        ("gz", Wrapper::Gzip),
        ("zst", Wrapper::Zstd),
        ("xz", Wrapper::Xz),
        ("lz4", Wrapper::Lz4),
        ("bz2", Wrapper::Bzip2),
    ];
    for (end, wrapper) in wrappers {
        let wrapped = octets(&format!("sll2.pcap.{end}"));
        let opened = open(Box::new(Cursor::new(wrapped.clone())), &Options::default()).expect("a capture");
        assert_eq!((opened.format, opened.wrappers), (Format::Pcap, vec![wrapper]));
        let Contents { lookups, ledger, error, .. } = read_all(&wrapped, None, Limits::DEFAULT);
        assert!(error.is_none(), "{end}: {error:?}");
        assert_eq!((&lookups, &ledger), (&plain.lookups, &plain.ledger), "{end}");
        // Cut in its second member: what came out before is kept, and the damage is said.
        let cut = read_all(&wrapped[..wrapped.len() - 20], None, Limits::DEFAULT);
        assert!(matches!(cut.error, Some(IntakeError::Wrapper { .. })), "{end}: {:?}", cut.error);
        assert!(!cut.lookups.is_empty() && cut.lookups.len() <= plain.lookups.len(), "{end}");
    }
}

#[test]
fn limits_cut_no_corner() {
    for entry in std::fs::read_dir(captures()).expect("the corpus") {
        let name = entry.expect("an entry").file_name().into_string().expect("ASCII");
        let tiny = read_all(&octets(&name), None, Limits::TINY);
        assert!(tiny.error.is_none() && tiny.ledger.units_in > 0, "{name}: {:?}", tiny.error);
    }
}

/// Octets of a capture with some changed, some cut out and some put in twice.
fn arb_damaged() -> impl Strategy<Value = Vec<u8>> {
    let names = std::fs::read_dir(captures()).expect("the corpus");
    let paths = names.map(|entry| entry.expect("an entry").path());
    let plain = paths.filter(|path| path.extension().is_some_and(|end| end == "pcap" || end == "pcapng"));
    let mut names: Vec<String> = plain.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    names.sort();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..6);
    let cuts = prop::collection::vec((any::<prop::sample::Index>(), 0usize..300, any::<bool>()), 0..3);
    (prop::sample::select(names), changes, cuts).prop_map(|(name, changes, cuts)| {
        let mut octets = octets(&name);
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        for (from, len, twice) in cuts {
            let from = from.index(octets.len());
            let range = from..(from + len).min(octets.len());
            if twice {
                let again = octets[range].to_vec();
                octets.splice(from..from, again);
            } else if range.len() + 30 < octets.len() {
                octets.drain(range);
            }
        }
        octets
    })
}

proptest! {
    #[test]
    fn damaged_captures_are_read_or_refused(octets in arb_damaged()) {
        for format in [None, Some(Format::Pcap)] {
            read_all(&octets, format, Limits::DEFAULT);
            read_all(&octets, format, Limits::TINY);
        }
    }

    #[test]
    fn any_octets_are_read_or_refused(
        octets in prop::collection::vec(any::<u8>(), 0..400),
        magic in prop::sample::select(vec![&b""[..], b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a"]),
    ) {
        let octets = [magic, &octets].concat();
        read_all(&octets, Some(Format::Pcap), Limits::TINY);
        read_all(&octets, None, Limits::DEFAULT);
        read_wire_name(&octets, octets.len() / 2);
    }
}

/// The fuzz targets' own corpus, replayed without the fuzzer.
#[test]
fn the_fuzz_corpus_holds() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut replayed = 0;
    for (target, run) in [
        ("capture", (|octets| drop(read_all(octets, Some(Format::Pcap), Limits::TINY))) as fn(&[u8])),
        ("dnstap", |octets| drop(read_all(octets, Some(Format::Dnstap), Limits::TINY))),
        ("name", |octets| drop(read_wire_name(octets, octets.len() / 2))),
    ] {
        for entry in std::fs::read_dir(root.join(target)).expect("the fuzz corpus") {
            let mut octets = Vec::new();
            let mut file = File::open(entry.expect("an entry").path()).expect("present");
            file.read_to_end(&mut octets).expect("readable");
            run(&octets);
            replayed += 1;
        }
    }
    assert!(replayed >= 11, "{replayed}");
}
