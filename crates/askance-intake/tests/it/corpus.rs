//! The captures of `corpus/`, message by message against what tshark sees in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use askance_intake::Limits;
use askance_intake::testing::{Contents, read_all};
use askance_record::{Lookup, Side};
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
    expect: Option<String>,
    frames: Option<u64>,
    #[serde(default)]
    rejected: BTreeMap<String, u64>,
    #[serde(default)]
    differs: Vec<Differs>,
}

/// A message that only one of the two readers shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differs {
    id: u16,
    response: bool,
    #[serde(default = "tshark")]
    shown: String,
    why: String,
}

fn tshark() -> String {
    "tshark".to_owned()
}

fn corpus(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(path)
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

/// One message, in the words that both readers have in common. Identifier and direction come first,
/// so that a difference can be named by them.
type Message = ((u16, bool), String);

/// What tshark shows: lookups, and messages of other opcodes.
fn seen_by_tshark(entry: &Entry) -> (Vec<Message>, Vec<(u16, bool)>) {
    let name = entry.path.strip_prefix("captures/").expect("a capture");
    let expect = entry.expect.clone().unwrap_or_else(|| format!("{name}.tsv"));
    let (mut messages, mut others) = (Vec::new(), Vec::new());
    for line in text(&format!("expect/{expect}")).lines().filter(|l| !l.starts_with('#')) {
        let f: Vec<&str> = line.split('\t').collect();
        let [frame, time, src, dst, sport, dport, proto, id, response, opcode, _, qname, qtype, qclass, rcode, ttls, _] =
            f[..]
        else {
            panic!("{line}")
        };
        if entry.frames.is_some_and(|frames| frame.parse::<u64>().expect("a number") > frames) {
            continue;
        }
        let key = (id.parse().expect("a number"), response == "1");
        if opcode != "0" {
            others.push(key);
            continue;
        }
        let (_, response) = key;
        let client_port = if response { dport } else { sport };
        let qname = if response { qname.to_ascii_lowercase() } else { qname.to_owned() };
        let what = format!("{time} {src} {dst} {client_port} {proto} {qname} {qtype} {qclass} {rcode} {ttls}");
        messages.push((key, what));
    }
    (messages, others)
}

/// What intake shows, a lookup taken apart into its query and its response again.
fn seen_by_intake(contents: &Contents) -> Vec<Message> {
    let mut messages = Vec::new();
    for row in &contents.lookups {
        if row.side != Side::Response {
            messages.push(message(row, false));
        }
        if row.side != Side::Query {
            messages.push(message(row, true));
        }
    }
    messages
}

fn message(row: &Lookup, response: bool) -> Message {
    let rtt_us = if row.side == Side::Both && response { row.rtt_us.expect("stamps in order") } else { 0 };
    let time = row.ts.us() + i64::try_from(rtt_us).expect("short");
    let (src, dst) = if response { (&row.server, &row.client) } else { (&row.client, &row.server) };
    let port = row.client_port.expect("a port");
    let proto = row.transport.expect("a transport");
    let qname = if response { row.qname.key() } else { row.qname.raw() };
    let (qtype, qclass) = (row.qtype.expect("a type").0, row.qclass.expect("a class").0);
    let mut what = format!("{time} {src} {dst} {port} {proto} {qname} {qtype} {qclass} ");
    if response {
        let ttls: Vec<String> = row.answers.iter().map(|a| a.ttl_s.expect("a TTL").to_string()).collect();
        let ttls = if ttls.is_empty() { "-".to_owned() } else { ttls.join(",") };
        write!(what, "{} {ttls}", row.rcode.expect("a code").0).expect("to memory");
    } else {
        what.push_str("- -");
    }
    ((row.id.expect("an identifier"), response), what)
}

/// Takes what both have out of both.
fn cancel(ours: &mut Vec<Message>, theirs: &mut Vec<Message>) {
    ours.retain(|message| match theirs.iter().position(|other| other == message) {
        Some(i) => {
            theirs.swap_remove(i);
            false
        }
        None => true,
    });
}

#[test]
fn every_message_is_what_tshark_sees() {
    let faults: String = manifest().iter().filter_map(|entry| compare(entry).err()).collect();
    assert!(faults.is_empty(), "{faults}");
}

/// Compares one capture; the differences that the manifest does not explain.
fn compare(entry: &Entry) -> Result<(), String> {
    let path = &entry.path;
    let contents = read_all(&octets(path), None, Limits::DEFAULT);
    if let Some(error) = contents.error {
        return Err(format!("{path}: {error}\n"));
    }
    let mut faults = String::new();
    let (mut theirs, mut others) = seen_by_tshark(entry);
    let mut ours = seen_by_intake(&contents);
    cancel(&mut ours, &mut theirs);
    for differs in &entry.differs {
        let side = if differs.shown == "intake" { &mut ours } else { &mut theirs };
        let named = (differs.id, differs.response);
        let place = side.iter().position(|(key, _)| *key == named);
        match (place, others.iter().position(|key| *key == named)) {
            (Some(place), _) => drop(side.remove(place)),
            (None, Some(place)) => drop(others.remove(place)),
            (None, None) => {
                writeln!(faults, "{path}: {} is no difference: {}", differs.id, differs.why).expect("to memory");
            }
        }
    }
    for (who, messages) in [("intake", ours), ("tshark", theirs)] {
        for message in messages {
            writeln!(faults, "{path}: only {who} shows {message:?}").expect("to memory");
        }
    }
    let ledger = &contents.ledger;
    let rejected = ledger.rejected.iter().map(|(reason, tally)| ((*reason).to_owned(), tally.count)).collect();
    if entry.rejected != rejected {
        writeln!(faults, "{path}: rejected {rejected:?}, not {:?}", entry.rejected).expect("to memory");
    }
    let unrelated = ledger.unrelated.iter().filter(|(what, _)| what.starts_with("DNS "));
    if unrelated.map(|(_, tally)| tally.count).sum::<u64>() != others.len() as u64 {
        writeln!(faults, "{path}: messages of other opcodes {:?}, not {others:?}", ledger.unrelated)
            .expect("to memory");
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
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
        assert_eq!(hex, entry.sha256, "{}: run corpus/record/manifest.py", entry.path);
        assert!(!entry.origin.is_empty() && !entry.licence.is_empty() && !entry.shows.is_empty());
    }
    let mut files: Vec<String> = std::fs::read_dir(corpus("captures"))
        .expect("a folder")
        .map(|e| format!("captures/{}", e.expect("an entry").file_name().to_str().expect("ASCII")))
        .collect();
    let mut listed: Vec<String> = entries.into_iter().map(|e| e.path).collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
}
