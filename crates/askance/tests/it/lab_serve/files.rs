//! Real readers of what the lab writes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::Command;

use askance_lab::records::Sink;
use askance_lab::{Story, simulate};

use super::served::content;
use super::{TWO_HOSTS, print_of, scenario, shipped, skip};
use crate::run::{askance, scratch};

#[test]
fn a_real_checker_accepts_every_zone_that_is_served() {
    let checker = ["named-checkzone", "/usr/sbin/named-checkzone"]
        .into_iter()
        .find(|p| print_of(Command::new(p).arg("-v")).is_some());
    let Some(checker) = checker else { return skip("named-checkzone") };
    let mut checked = 0;
    for (file, text) in shipped() {
        let story = Story::build(&scenario(&text), 1).expect("a story");
        for (_, zone) in &story.zones {
            let (_dir, path) = scratch("zone", zone.to_master_text().as_bytes());
            // Names of other zones would be looked up on the internet, so only the zone's own are checked.
            let strict = ["-i", "local", "-k", "fail", "-m", "fail", "-n", "fail", "-r", "fail", "-S", "fail"];
            let mut command = Command::new(checker);
            let origin = zone.origin().key();
            command.args(strict).args([if origin.is_empty() { "." } else { origin }, &path]);
            let (said, code) = print_of(&mut command).expect("it is there");
            assert_eq!(code, Some(0), "{file}: {origin}: {said}\n{}", zone.to_master_text());
            checked += 1;
        }
    }
    assert!(checked >= 50, "{checked} zones");
}

/// A folder on disk.
struct Folder(std::path::PathBuf);

impl Sink for Folder {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().expect("a file in a folder"))?;
        Ok(Box::new(BufWriter::new(File::create(path)?)))
    }
}

/// How many lines a program prints about a file that hold each of these; `None` where there is no such program.
fn counts<const N: usize>(command: &mut Command, parts: [&str; N]) -> Option<[usize; N]> {
    let (text, code) = print_of(command)?;
    assert_eq!(code, Some(0), "{text}");
    Some(parts.map(|part| text.lines().filter(|line| line.contains(part)).count()))
}

/// The rows of a file that `labels.csv` tells of: `N rows of PARTY` at the end of each line.
fn labelled(labels: &str, path: &str) -> usize {
    let of_file = labels.lines().filter(|line| line.starts_with(&format!("{path},")));
    let notes = of_file.map(|line| line.rsplit(',').next().expect("a column"));
    notes.map(|n| n.split(' ').next().and_then(|n| n.parse::<usize>().ok()).expect("a count")).sum()
}

#[test]
fn real_readers_count_what_was_written_and_what_the_labels_say() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut folder = Folder(dir.path().to_owned());
    let summary = simulate(&scenario(TWO_HOSTS), 1, &mut folder, &mut |_| {}).expect("a simulation");
    let labels = content(&dir.path().join("labels.csv"));
    let written = |id: &str| {
        let written = summary.written.iter().find(|w| w.id == id).expect("a source of the scenario");
        (written.path.clone(), usize::try_from(written.rows).expect("few"), dir.path().join(&written.path))
    };
    let ledger = |path: &std::path::Path, key: &str| {
        let archive = format!("{}.archive", path.display());
        let ran = askance(&["intake", path.to_str().expect("a plain path"), "--archive", &archive, "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        usize::try_from(ran.json()["ledger"][0][key].as_u64().expect("a count")).expect("few")
    };

    let (relative, rows, path) = written("reverse-names");
    // Authoritative queries and responses.
    match counts(Command::new("dnstap-read").arg(&path), [" AQ ", " AR ", ""]) {
        None => skip("dnstap-read"),
        Some([queries, responses, all]) => {
            assert!(all >= 20 && all == queries + responses, "{all}");
            assert_eq!((all, queries), (rows, labelled(&labels, &relative)));
            assert_eq!((all, queries), (ledger(&path, "in"), ledger(&path, "lookups")));
        }
    }

    let (relative, rows, path) = written("northbank-asks");
    let mut tshark = Command::new("tshark");
    tshark.args([
        "-n",
        "-Y",
        "dns && !_ws.malformed",
        "-T",
        "fields",
        "-e",
        "dns.flags.response",
        "-e",
        "frame.number",
    ]);
    match counts(tshark.arg("-r").arg(&path).stderr(std::process::Stdio::null()), ["0\t", "1\t", ""]) {
        None => skip("tshark"),
        Some([queries, responses, all]) => {
            assert!(all >= 200 && all == queries + responses, "{all}");
            let mut priming = Command::new("tshark");
            priming.args(["-n", "-Y", "dns.flags.response == 0 && dns.qry.name == \"<Root>\"", "-r"]);
            let [priming] = counts(priming.arg(&path).stderr(std::process::Stdio::null()), [""]).expect("just ran");
            // Priming is the resolver's own upkeep and has no label.
            assert!(priming > 0, "a resolver primes");
            assert_eq!((all, queries - priming), (rows, labelled(&labels, &relative)));
            assert_eq!((all, queries), (ledger(&path, "in"), ledger(&path, "lookups")));
        }
    }
}
