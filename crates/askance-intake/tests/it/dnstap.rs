//! The dnstap files of `corpus/dnstap`, message by message against what `dnstap-read` says of them, and damaged.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Cursor, Read as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;

use askance_intake::testing::{Contents, read_all, read_from};
use askance_intake::{Format, IntakeError, Limits, Options, open};
use askance_record::{Host, Lookup, Name, Side, Vantage};
use proptest::prelude::*;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    file: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    sha256: String,
    origin: String,
    licence: String,
    shows: String,
}

fn corpus(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/dnstap").join(path)
}

fn octets(path: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut file = File::open(corpus(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    file.read_to_end(&mut octets).expect("readable");
    octets
}

fn text(path: &str) -> String {
    String::from_utf8(octets(path)).expect("UTF-8")
}

fn manifest() -> Vec<Entry> {
    toml::from_str::<Manifest>(&text("MANIFEST.toml")).expect("a manifest").file
}

#[test]
fn the_manifest_lists_every_file_with_its_hash() {
    let entries = manifest();
    for entry in &entries {
        let digest = Sha256::digest(octets(&entry.path));
        let hex = digest.iter().fold(String::new(), |mut hex, b| {
            write!(hex, "{b:02x}").expect("to memory");
            hex
        });
        assert_eq!(hex, entry.sha256, "{}", entry.path);
        assert!(!entry.origin.is_empty() && !entry.licence.is_empty() && !entry.shows.is_empty());
    }
    let mut files: Vec<String> = std::fs::read_dir(corpus(""))
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().to_str().expect("ASCII").to_owned())
        .filter(|name| name.ends_with(".dnstap"))
        .collect();
    let mut listed: Vec<String> = entries.into_iter().map(|e| e.path).collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
}

/// One message in the words that both readers have in common.
type Message = String;

#[expect(clippy::too_many_arguments, reason = "the columns of one line")]
fn message(
    place: &str,
    time_ms: i64,
    client: &Host,
    client_port: Option<u16>,
    server: &Host,
    proto: &str,
    id: u16,
    question: &str,
    rcode: &str,
) -> Message {
    format!("{place} {time_ms} {client}:{client_port:?} {server} {proto} {id} {question} {rcode}")
}

/// What dnstap-read shows: messages of lookups, and how many of other opcodes.
fn seen_by_dnstap_read(path: &str) -> (Vec<Message>, u64) {
    let (mut messages, mut others) = (Vec::new(), 0);
    for line in text(&format!("expect/{path}.tsv")).lines().filter(|l| !l.starts_with('#')) {
        let f: Vec<&str> = line.split('\t').collect();
        let [kind, time_ms, client, client_port, server, _, proto, _, opcode, id, qname, qtype, qclass, rcode] = f[..]
        else {
            panic!("{line}")
        };
        if opcode != "QUERY" {
            others += 1;
            continue;
        }
        let host = |address: &str| {
            let ip = address.parse::<IpAddr>().expect("an address");
            if ip.is_unspecified() { Host::Unknown } else { Host::from(ip) }
        };
        let port = client_port.parse().expect("a port");
        let place = match kind {
            "AQ" => Vantage::Authoritative.as_str(),
            "CQ" => Vantage::ResolverClient.as_str(),
            "RQ" | "FQ" => Vantage::ResolverUpstream.as_str(),
            "RR" | "FR" => "sent",
            // BIND's name server has responses of both kinds to queries of one.
            "AR" | "CR" => "served",
            _ => panic!("{line}"),
        };
        messages.push(message(
            place,
            time_ms.parse().expect("a number"),
            &host(client),
            Some(port).filter(|&port| port != 0),
            &host(server),
            &proto.to_ascii_lowercase(),
            id.parse().expect("a number"),
            &format!("{} {qtype} {qclass}", Name::parse(qname).expect("a name").raw()),
            rcode,
        ));
    }
    (messages, others)
}

/// What intake shows, a lookup taken apart into its query and its response again.
fn seen_by_intake(contents: &Contents) -> Vec<Message> {
    let sides = contents.lookups.iter().flat_map(|row| {
        let (query, response) = (row.side != Side::Response, row.side != Side::Query);
        [query.then(|| seen(row, false)), response.then(|| seen(row, true))]
    });
    sides.flatten().collect()
}

fn seen(row: &Lookup, is_response: bool) -> Message {
    let later_us = if is_response { i64::try_from(row.rtt_us.unwrap_or(0)).expect("short") } else { 0 };
    let place = match (is_response, row.vantage) {
        (false, vantage) => vantage.as_str(),
        (true, Vantage::ResolverUpstream) => "sent",
        (true, _) => "served",
    };
    message(
        place,
        (row.ts.us() + later_us).div_euclid(1000),
        &row.client,
        row.client_port,
        &row.server,
        row.transport.expect("a transport").as_str(),
        row.id.expect("an identifier"),
        &format!("{} {} {}", row.qname.raw(), row.qtype.expect("a type"), row.qclass.expect("a class")),
        &if is_response { row.rcode.expect("a code").to_string() } else { "-".to_owned() },
    )
}

#[test]
fn every_message_is_what_dnstap_read_sees() {
    for Entry { path, .. } in manifest() {
        let contents = read_all(&octets(&path), None, Limits::DEFAULT);
        assert!(contents.error.is_none(), "{path}: {:?}", contents.error);
        let (mut theirs, others) = seen_by_dnstap_read(&path);
        let mut ours = seen_by_intake(&contents);
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{path}");
        let ledger = &contents.ledger;
        assert!(ledger.rejected.is_empty(), "{path}: {:?}", ledger.rejected);
        assert_eq!(ledger.unrelated.values().map(|tally| tally.count).sum::<u64>(), others, "{path}");
        assert_eq!(ledger.units_in, theirs.len() as u64, "{path}");
    }
}

#[test]
fn every_file_is_accounted_for() {
    let mut table = String::new();
    for Entry { path, .. } in manifest() {
        let opened = open(Box::new(Cursor::new(octets(&path))), &Options::default()).expect("a stream");
        assert_eq!(opened.format, Format::Dnstap, "{path}");
        let contents = read_all(&octets(&path), None, Limits::DEFAULT);
        let ledger = &contents.ledger;
        writeln!(table, "{path}: in {} lookups {} paired {}", ledger.units_in, ledger.lookups, ledger.paired).unwrap();
        for vantage in Vantage::ALL {
            for side in [Side::Query, Side::Response, Side::Both] {
                let n = contents.lookups.iter().filter(|row| (row.vantage, row.side) == (vantage, side)).count();
                if n > 0 {
                    writeln!(table, "  {vantage} {} {n}", side.as_str()).unwrap();
                }
            }
        }
        for (what, tally) in &ledger.unrelated {
            writeln!(table, "  unrelated {}: {what}", tally.count).unwrap();
        }
        for assumption in &ledger.assumptions {
            writeln!(table, "  assumed: {assumption}").unwrap();
        }
    }
    insta::assert_snapshot!(table, @r"
    server.dnstap: in 95 lookups 48 paired 47
      authoritative query 1
      authoritative both 47
      unrelated 2: DNS update
      assumed: stamps finer than a microsecond are cut to it
    resolver.dnstap: in 61 lookups 31 paired 30
      resolver-client both 16
      resolver-upstream query 1
      resolver-upstream both 12
      authoritative both 2
      assumed: stamps finer than a microsecond are cut to it
    unbound.dnstap: in 66 lookups 33 paired 33
      resolver-client both 17
      resolver-upstream both 16
    ");
}

/// Files of other projects, which lie beside the workspace where they are present; see `captures.rs`.
#[test]
#[expect(clippy::print_stdout, reason = "a test that skips says why")]
fn samples_of_other_projects() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/captures");
    for path in ["dns-collector/dnstap.fstrm", "compactor/test.dnstap"] {
        let Ok(mut file) = File::open(root.join(path)) else {
            println!("skipped: {path} is not there");
            continue;
        };
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).expect("readable");
        read_all(&octets, None, Limits::TINY);
        let contents = read_all(&octets, None, Limits::DEFAULT);
        let mut ours: Vec<String> = contents
            .lookups
            .iter()
            .flat_map(|row| {
                let (query, response) = (row.side != Side::Response, row.side != Side::Query);
                [query.then(|| in_short(row, false)), response.then(|| in_short(row, true))]
            })
            .flatten()
            .collect();
        let Ok(output) = Command::new("dnstap-read").env("TZ", "UTC").arg(root.join(path)).output() else {
            println!("skipped: dnstap-read is not installed");
            return;
        };
        let theirs = String::from_utf8(output.stdout).expect("ASCII");
        // `DATE TIME KIND CLIENT -> SERVER PROTO OCTETS QUESTION`
        let mut theirs: Vec<String> = theirs
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                format!("{} {} {} {}", words[1], words[2].trim_start_matches(['A', 'C']), words[3], words[8])
            })
            .collect();
        // What it cannot read is shown with question marks.
        let all = theirs.len();
        theirs.retain(|line| !line.ends_with("?/?/?"));
        let unread = (all - theirs.len()) as u64;
        ours.sort();
        theirs.sort();
        assert_eq!((ours, contents.ledger.rejected_count()), (theirs, unread), "{path}");
    }
}

fn in_short(row: &Lookup, is_response: bool) -> String {
    let later_us = if is_response { row.rtt_us.unwrap_or(0) } else { 0 };
    let time_ms = (row.ts.us() + i64::try_from(later_us).expect("short")) / 1000 % 86_400_000;
    let (h, m, s, ms) = (time_ms / 3_600_000, time_ms / 60_000 % 60, time_ms / 1000 % 60, time_ms % 1000);
    let (kind, port) = (if is_response { "R" } else { "Q" }, row.client_port.expect("a port"));
    let (qtype, qclass) = (row.qtype.expect("a type"), row.qclass.expect("a class"));
    let question = format!("{}/{qclass}/{qtype}", row.qname.raw());
    format!("{h:02}:{m:02}:{s:02}.{ms:03} {kind} {}:{port} {question}", row.client)
}

/// Where each frame of a file ends, the control frames included.
fn ends(octets: &[u8]) -> Vec<usize> {
    let word = |at: usize| octets.get(at..at + 4).map(|w| u32::from_be_bytes(w.try_into().expect("four")) as usize);
    let (mut at, mut ends) = (0, Vec::new());
    while let Some(len) = word(at) {
        at += 4 + if len == 0 { 4 + word(at + 4).expect("a length") } else { len };
        ends.push(at);
    }
    ends
}

#[test]
fn an_input_may_fail_or_end_at_any_octet() {
    for Entry { path, .. } in manifest() {
        let whole = octets(&path);
        let ends: Vec<_> = ends(&whole).into_iter().take(12).collect();
        for n in 0..*ends.last().expect("frames") {
            let failing = Cursor::new(whole[..n].to_vec()).chain(Failing);
            let failed = read_from(Box::new(failing), n as u64, &Options::default());
            let error = failed.error.expect("the input fails");
            let is_told = n >= ends[0];
            assert!(matches!(error, IntakeError::Read { .. }) || !is_told, "{path} {n}: {error}");
            let cut = read_all(&whole[..n], None, Limits::DEFAULT);
            assert_eq!(cut.lookups, failed.lookups, "{path} {n}");
            assert_eq!(cut.error.is_none(), is_told, "{path} {n}: {:?}", cut.error);
            let is_between = ends.contains(&n);
            assert_eq!(cut.ledger.rejected_count(), u64::from(is_told && !is_between), "{path} {n}");
        }
    }
}

/// Fails as a disk does.
struct Failing;

impl std::io::Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

/// Frames of several files in any order, some left out, with octets changed, cut out or put in twice.
fn arb_damaged() -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<Vec<u8>> = manifest().iter().map(|entry| octets(&entry.path)).collect();
    let picks = prop::collection::vec((0..files.len(), any::<prop::sample::Index>()), 1..80);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let cuts = prop::collection::vec((any::<prop::sample::Index>(), 0usize..300, any::<bool>()), 0..3);
    (picks, changes, cuts).prop_map(move |(picks, changes, cuts)| {
        let mut octets = files[0][..42].to_vec();
        for (file, pick) in picks {
            let ends = ends(&files[file]);
            let i = pick.index(ends.len());
            let from = if i == 0 { 0 } else { ends[i - 1] };
            octets.extend(&files[file][from..ends[i]]);
        }
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
            } else {
                octets.drain(range);
            }
        }
        octets
    })
}

proptest! {
    #[test]
    fn damaged_files_are_read_or_refused(octets in arb_damaged()) {
        for format in [None, Some(Format::Dnstap)] {
            read_all(&octets, format, Limits::DEFAULT);
            read_all(&octets, format, Limits::TINY);
        }
    }

    #[test]
    fn any_frames_are_read_or_refused(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..90), 0..20)) {
        let mut octets = b"\0\0\0\0\0\0\0\x04\0\0\0\x02".to_vec();
        let n = frames.len() as u64;
        for frame in frames {
            octets.extend(u32::try_from(frame.len()).expect("short").to_be_bytes());
            octets.extend(frame);
        }
        let ledger = read_all(&octets, Some(Format::Dnstap), Limits::TINY).ledger;
        let unrelated: u64 = ledger.unrelated.values().map(|tally| tally.count).sum();
        prop_assert!(ledger.units_in + unrelated >= n, "every frame is accounted for");
    }
}
