//! Text formats: the samples of `corpus/logs`, damaged in every way.

use core::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;

use askance_intake::testing::{Contents, read_all, read_from};
use askance_intake::{CsvMap, Format, IntakeError, Limits, Options};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const HOTEL: &str = "delimiter=|;columns=ts,qname,client;qtype=A;resolution=1s";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/logs")
}

fn sample(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut file = File::open(folder().join(name)).expect("a file of the manifest");
    file.read_to_end(&mut octets).expect("a readable file");
    octets
}

/// Path, format and hash of each sample.
fn manifest() -> Vec<(String, Format, String)> {
    let file = BufReader::new(File::open(folder().join("MANIFEST.toml")).expect("a manifest"));
    let mut entries: Vec<[String; 3]> = Vec::new();
    for line in file.lines().map(|line| line.expect("a readable manifest")) {
        let Some((key, value)) = line.split_once(" = ") else {
            if line == "[[file]]" {
                entries.push(Default::default());
            }
            continue;
        };
        let entry = entries.last_mut().expect("a key inside an entry");
        if let Some(i) = ["path", "format", "sha256"].iter().position(|known| *known == key) {
            value.trim_matches('"').clone_into(&mut entry[i]);
        }
    }
    let format = |name: String| name.parse().expect("a format's name");
    entries.into_iter().map(|[path, name, hash]| (path, format(name), hash)).collect()
}

fn options(format: Option<Format>, limits: Limits) -> Options {
    let csv_map = (format == Some(Format::CsvMap)).then(|| CsvMap::parse(HOTEL).expect("a map"));
    Options { format, limits, csv_map, year: Some(2016), ..Options::default() }
}

fn read(octets: &[u8], format: Format, limits: Limits) -> Contents {
    let input = Box::new(Cursor::new(octets.to_vec()));
    read_from(input, octets.len() as u64, &options(Some(format), limits))
}

#[test]
fn the_manifest_tells_the_truth() {
    let entries = manifest();
    for (path, _, hash) in &entries {
        let found: String = Sha256::digest(sample(path)).iter().fold(String::new(), |mut text, octet| {
            write!(text, "{octet:02x}").expect("writing to a String cannot fail");
            text
        });
        assert_eq!(found, *hash, "{path}");
    }
    let listed =
        |name: &str| entries.iter().any(|(path, ..)| path == name) || matches!(name, "MANIFEST.toml" | "record.sh");
    for entry in folder().read_dir().expect("the folder") {
        let name = entry.expect("an entry").file_name();
        assert!(listed(&name.to_string_lossy()), "{} is not in the manifest", name.display());
    }
}

#[test]
fn every_sample_is_recognised_by_its_content() {
    for (path, format, _) in manifest() {
        if format != Format::CsvMap {
            let opened = askance_intake::open(Box::new(Cursor::new(sample(&path))), &options(None, Limits::DEFAULT));
            assert_eq!(opened.map(|opened| opened.format).ok(), Some(format), "{path}");
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is the table")]
fn every_sample_is_accounted_for() {
    let mut table = String::new();
    for (path, format, _) in manifest() {
        let contents = read(&sample(&path), format, Limits::DEFAULT);
        assert!(contents.error.is_none(), "{path}: {:?}", contents.error);
        let ledger = &contents.ledger;
        write!(table, "{path}: in {}", ledger.units_in).unwrap();
        for (word, n) in [
            ("lookups", ledger.lookups),
            ("flows", ledger.flows),
            ("mail", ledger.mail),
            ("paired", ledger.paired),
            ("duplicates", ledger.duplicates),
        ] {
            if n > 0 {
                write!(table, ", {word} {n}").unwrap();
            }
        }
        table.push('\n');
        for (word, tallies) in [("rejected", &ledger.rejected), ("unrelated", &ledger.unrelated)] {
            for (reason, tally) in tallies {
                writeln!(table, "  {word} {}: {reason}", tally.count).unwrap();
            }
        }
    }
    insta::assert_snapshot!(table, @"
    bind-local.log: in 16, lookups 16
      unrelated 9: line of another category
    bind-iso8601.log: in 16, lookups 16
      unrelated 9: line of another category
    bind-iso8601-utc-denied.log: in 46, lookups 16, paired 30
      unrelated 10: line of another category
    bind-notime.log: in 36
      rejected 36: no time stamp
      unrelated 18: line of another category
    bind-resolver.log: in 120, lookups 120
    bind-authoritative.log: in 60, lookups 60
    unbound-epoch.log: in 30, lookups 15, paired 15
      unrelated 1: line of another severity
      unrelated 9: message of another kind
    unbound-ascii.log: in 30, lookups 15, paired 15
      unrelated 1: line of another severity
      unrelated 9: message of another kind
    unbound-tag.log: in 30, lookups 15, paired 15
      unrelated 2: line of another severity
      unrelated 9: message of another kind
    unbound-ascii-tagged.log: in 24, lookups 12, paired 12
      unrelated 1: line of another severity
      unrelated 1: message of another kind
    unbound-dense.log: in 78, lookups 39, paired 39
      unrelated 1: line of another severity
      unrelated 1: message of another kind
    dnsmasq-plain.log: in 64, lookups 30, paired 32
      rejected 2: name that dnsmasq did not print
      unrelated 2: answer of no query, or of one of several
      unrelated 6: message of another kind
      unrelated 10: query forwarded upstream
    dnsmasq-extra.log: in 64, lookups 30, paired 32
      rejected 2: name that dnsmasq did not print
      unrelated 2: answer of no query, or of one of several
      unrelated 6: message of another kind
      unrelated 10: query forwarded upstream
    dnsmasq-home.log: in 83, lookups 42, paired 41
      unrelated 4: message of another kind
      unrelated 33: query forwarded upstream
    exim.log: in 16, mail 16
      unrelated 1: continuation of another line
      unrelated 60: message of another kind
    opensmtpd.log: in 31, mail 31
      unrelated 9: message of another kind
    postfix-receiver.log: in 16, mail 16
      unrelated 12: connection statistics
      unrelated 4: message identifier
      unrelated 2: message of another kind
      unrelated 8: queue manager
    postfix-sender.log: in 28, mail 28
      unrelated 40: connection statistics
      unrelated 2: message of another kind
    sendmail.log: in 20, mail 20
      unrelated 3: message of another kind
    flows.csv: in 79, flows 79
      unrelated 1: header line
    zeek-dns.log: in 5, lookups 4, duplicates 1
      rejected 1: row without a query name
      unrelated 15: header or footer
    zeek-conn.json: in 2, flows 2
    hotel.csv: in 3, lookups 3
    ");
}

/// Gives one octet at a time, then fails.
struct FailsAfter {
    octets: Vec<u8>,
    at: usize,
    fails: bool,
}

impl Read for FailsAfter {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match (self.octets.get(self.at), into.first_mut()) {
            (Some(&octet), Some(slot)) => {
                *slot = octet;
                self.at += 1;
                Ok(1)
            }
            (None, _) if self.fails => Err(io::Error::other("the disk is gone")),
            _ => Ok(0),
        }
    }
}

#[test]
fn a_failure_at_any_octet_loses_nothing_before_it() {
    for (path, format, _) in manifest() {
        let octets = sample(&path);
        let octets = &octets[..octets.len().min(1200)];
        for n in 0..octets.len() {
            let input = FailsAfter { octets: octets[..n].to_vec(), at: 0, fails: true };
            let failed = read_from(Box::new(input), n as u64, &options(Some(format), Limits::DEFAULT));
            assert!(matches!(failed.error, Some(IntakeError::Read { .. })), "{path} cut at {n}: {:?}", failed.error);
            let whole_lines = octets[..n].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
            let until_then = read(&octets[..whole_lines], format, Limits::DEFAULT);
            assert_eq!(failed.lookups, until_then.lookups, "{path} cut at {n}");
            assert_eq!(failed.mail, until_then.mail, "{path} cut at {n}");
            assert_eq!(failed.flows, until_then.flows, "{path} cut at {n}");
        }
    }
}

#[test]
fn the_size_of_reads_changes_nothing() {
    for (path, format, _) in manifest() {
        let octets = sample(&path);
        let input = FailsAfter { octets: octets.clone(), at: 0, fails: false };
        let slowly = read_from(Box::new(input), octets.len() as u64, &options(Some(format), Limits::DEFAULT));
        let at_once = read(&octets, format, Limits::DEFAULT);
        assert_eq!(slowly.ledger, at_once.ledger, "{path}");
        assert_eq!(slowly.lookups, at_once.lookups, "{path}");
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_change_no_row() {
    for (path, format, _) in manifest() {
        let octets = sample(&path);
        let mut other = b"\xef\xbb\xbf".to_vec();
        for line in octets.split_inclusive(|&b| b == b'\n') {
            other.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            other.extend_from_slice(b"\r\n");
        }
        let (one, two) = (read(&octets, format, Limits::DEFAULT), read(&other, format, Limits::DEFAULT));
        let counts = |contents: &Contents| {
            let ledger = &contents.ledger;
            (ledger.units_in, ledger.lookups, ledger.flows, ledger.mail, ledger.paired, ledger.rejected_count())
        };
        assert_eq!(counts(&one), counts(&two), "{path}");
    }
}

fn text_formats() -> impl Strategy<Value = Format> {
    let formats: Vec<_> =
        Format::ALL.into_iter().filter(|f| !matches!(f, Format::Pcap | Format::PcapNg | Format::Dnstap)).collect();
    proptest::sample::select(formats)
}

fn either_limits() -> impl Strategy<Value = Limits> {
    prop_oneof![Just(Limits::TINY), Just(Limits::DEFAULT)]
}

/// What can happen to a line on its way.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Twice(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = || any::<prop::sample::Index>();
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        Just(vec![b'x'; 600]),
        Just(b"\0\r\xff".to_vec()),
        Just(b" is ".to_vec()),
        Just(b"client 192.0.2.1#1: query: ".to_vec()),
        Just(b"\"".to_vec()),
    ];
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(i, octet)| Damage::Flip(i, octet)),
        index().prop_map(Damage::Cut),
        (index(), piece).prop_map(|(i, piece)| Damage::Insert(i, piece)),
        index().prop_map(Damage::Twice),
        (index(), index()).prop_map(|(i, j)| Damage::Swap(i, j)),
    ]
}

fn damaged(mut lines: Vec<Vec<u8>>, hurts: &[(prop::sample::Index, Damage)]) -> Vec<u8> {
    for (which, hurt) in hurts {
        let n = which.index(lines.len());
        let line = &mut lines[n];
        match hurt {
            Damage::Flip(i, octet) => {
                let i = i.index(line.len().max(1));
                line.get_mut(i).into_iter().for_each(|b| *b = *octet);
            }
            Damage::Cut(i) => line.truncate(i.index(line.len() + 1)),
            Damage::Insert(i, piece) => {
                let i = i.index(line.len() + 1);
                line.splice(i..i, piece.iter().copied());
            }
            Damage::Twice(i) => {
                let again = line.clone();
                let i = i.index(lines.len() + 1);
                lines.insert(i, again);
            }
            Damage::Swap(i, j) => {
                let (i, j) = (i.index(lines.len()), j.index(lines.len()));
                lines.swap(i, j);
            }
        }
    }
    lines.join(&b'\n')
}

proptest! {
    #[test]
    fn random_lines_are_accounted_for(
        lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..12),
        format in text_formats(),
        limits in either_limits(),
    ) {
        read(&lines.join(&b'\n'), format, limits);
        read_all(&lines.join(&b'\n'), Some(format), limits);
    }

    #[test]
    fn damaged_lines_are_accounted_for(
        which in any::<prop::sample::Index>(),
        start in any::<prop::sample::Index>(),
        hurts in proptest::collection::vec((any::<prop::sample::Index>(), damage()), 0..24),
        limits in either_limits(),
    ) {
        let entries = manifest();
        let (path, format, _) = &entries[which.index(entries.len())];
        let octets = sample(path);
        let all: Vec<_> = octets.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let start = start.index(all.len());
        let lines = all[start..all.len().min(start + 40)].to_vec();
        read(&damaged(lines, &hurts), *format, limits);
    }
}
