//! Captures of other projects, where they are present, against the ledger law and tshark's count.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use askance_intake::testing::{Contents, read_from};
use askance_intake::{IntakeError, Limits, Options};

/// The samples lie beside the workspace; they are not part of it.
fn samples() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/captures");
    path.is_dir().then_some(path)
}

fn octets(path: &Path) -> Vec<u8> {
    let mut octets = Vec::new();
    File::open(path).expect("present").read_to_end(&mut octets).expect("readable");
    octets
}

fn read(path: &Path, limits: Limits) -> Contents {
    let input = File::open(path).expect("present");
    let len = input.metadata().expect("has a length").len();
    read_from(Box::new(input), len, &Options { limits, ..Options::default() })
}

#[test]
fn probe() {
    let Some(dir) = samples() else { return };
    let mut files: Vec<PathBuf> = Vec::new();
    for sub in std::fs::read_dir(dir).expect("dir") {
        for f in std::fs::read_dir(sub.expect("e").path()).expect("dir") {
            files.push(f.expect("e").path());
        }
    }
    files.sort();
    for f in files {
        let c = read(&f, Limits::DEFAULT);
        let l = &c.ledger;
        println!("{} in={} lookups={} paired={} dup={} err={:?}", f.display(), l.units_in, l.lookups, l.paired, l.duplicates, c.error);
        for (k, t) in &l.rejected { println!("    rejected {} {k} {} {}", t.count, t.first_at, t.example); }
        for (k, t) in &l.unrelated { println!("    unrelated {} {k} {}", t.count, t.first_at); }
        for a in &l.assumptions { println!("    assume {a}"); }
        let _ = octets(&f);
        read(&f, Limits::TINY);
    }
}
