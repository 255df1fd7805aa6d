//! Captures of other projects, where they are present: the reader's contract, and message for message
//! what tshark sees. They are no part of this project; see `corpus/` for those that are.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use askance_intake::Limits;
use askance_intake::testing::{Contents, read_all};
use askance_record::Side;

/// How many messages intake alone and tshark alone show, and why.
const DIFFERENCES: [(&str, usize, usize, &str); 5] = [
    ("malformed.pcap.xz", 0, 2, "text that is no DNS: too short for a header, and of an unassigned opcode"),
    ("dnso1tcp-bighole.pcap", 71, 0, "tshark gives up on a stream after a hole"),
    ("dnso1tcp-midmiss.pcap", 3, 0, "tshark gives up on a stream after a hole"),
    ("do1t-nosyn-1nolen.pcap", 1, 0, "the message after one whose length is missing"),
    ("dns-edns-ecs-bad.pcap", 0, 3, "messages that end inside a record"),
];

/// Captures that are not read at all, and why.
const NOT_READ: [(&str, &str); 1] = [("dns-inverse-query.pcap", "link type 10 is not read")];

/// The samples lie beside the workspace.
fn samples() -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/captures");
    let folders = std::fs::read_dir(root).ok()?;
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.expect("an entry").path()).expect("a folder"));
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("an entry").path()).collect();
    files.retain(|path| path.to_str().is_some_and(|path| path.contains(".pcap")));
    files.retain(|path| path.extension().is_some_and(|end| end != "info"));
    files.sort();
    Some(files)
}

fn octets(path: &Path) -> Vec<u8> {
    let mut octets = Vec::new();
    File::open(path).expect("present").read_to_end(&mut octets).expect("readable");
    octets
}

/// Identifier and direction of each message.
type Message = (u16, bool);

fn seen_by_intake(contents: &Contents) -> Vec<Message> {
    let sides = contents.lookups.iter().flat_map(|row| {
        let id = row.id.expect("an identifier");
        [(row.side != Side::Response).then_some((id, false)), (row.side != Side::Query).then_some((id, true))]
    });
    sides.flatten().collect()
}

/// `None` where tshark is not installed.
fn seen_by_tshark(octets: &[u8]) -> Option<Vec<Message>> {
    let mut child = Command::new("tshark")
        .args(["-r", "-", "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "dns && !icmp && !icmpv6"])
        .args(["-T", "fields", "-e", "dns.id", "-e", "dns.flags.response"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().expect("piped");
    let octets = octets.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&octets).is_ok());
    let output = child.wait_with_output().expect("it was started");
    writer.join().expect("no panic");
    let text = String::from_utf8(output.stdout).expect("ASCII");
    let line = |line: &str| {
        let (ids, responses) = line.split_once('\t').expect("two columns");
        let ids = ids.split(',').map(|id| u16::from_str_radix(id.trim_start_matches("0x"), 16).expect("hexadecimal"));
        ids.zip(responses.split(',').map(|response| response == "1")).collect::<Vec<_>>()
    };
    Some(text.lines().flat_map(line).collect())
}

fn unwrapped(path: &Path) -> Vec<u8> {
    let octets = octets(path);
    if path.extension().is_some_and(|e| e == "xz") {
        return liblzma::decode_all(octets.as_slice()).expect("whole");
    }
    octets
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that skips says why")]
fn samples_of_other_projects() {
    let Some(files) = samples() else {
        println!("skipped: ../shared/samples is not there");
        return;
    };
    for path in files {
        let name = path.file_name().and_then(|n| n.to_str()).expect("ASCII");
        let contents = read_all(&octets(&path), None, Limits::DEFAULT);
        read_all(&octets(&path), None, Limits::TINY);
        if let Some(error) = &contents.error {
            assert!(NOT_READ.contains(&(name, error.to_string().as_str())), "{name}: {error}");
            continue;
        }
        let Some(mut theirs) = seen_by_tshark(&unwrapped(&path)) else {
            println!("skipped: tshark is not installed");
            return;
        };
        let mut ours = seen_by_intake(&contents);
        ours.retain(|message| match theirs.iter().position(|other| other == message) {
            Some(i) => {
                theirs.swap_remove(i);
                false
            }
            None => true,
        });
        let known = DIFFERENCES.iter().find(|(known, ..)| *known == name).map_or((0, 0), |d| (d.1, d.2));
        assert_eq!((ours.len(), theirs.len()), known, "{name}: intake {ours:?} tshark {theirs:?}");
    }
}
