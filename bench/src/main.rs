//! How fast intake reads and how densely the archive stores, beside peers in the same run; how fast the lab is;
//! how fast series are attributed.
//!
//! `cargo run --release -p askance-bench -- [RECORDS]` makes its inputs (the same
//! octets every time), reads each five times and prints the median. Peers
//! (`tcpdump`, `tshark`) run on the same file in alternation where they are installed.
//! `cargo run --release -p askance-bench -- lab [LOOKUPS]` measures the lab instead,
//! `-- inference [SERIES]` the attribution of series.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the edge: it measures time")]

mod archive;
mod inference;
mod inputs;
mod lab;
mod peers;

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use askance_intake::{Flow, Options};
use askance_record::Batch;

/// Runs of each measurement; the median counts.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = std::env::args().nth(2);
    match std::env::args().nth(1).as_deref() {
        Some("lab") => return lab::run(asked.as_deref()),
        Some("inference") => return inference::run(asked.as_deref()),
        _ => {}
    }
    let records: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    println!("{:<22} {:>12} {:>14} {:>10}", "input", "records", "records/s", "lookups");
    let capture = folder.path().join("bench.pcap");
    inputs::pcap(&capture, records)?;
    let ours = measure("pcap", &capture, records)?;
    for (name, make) in inputs::TEXTS {
        let path = folder.path().join(name);
        make(&path, records)?;
        measure(name, &path, records)?;
    }
    peers::compare(&capture, records, ours)?;
    archive::measure(folder.path(), records)
}

/// Reads `path` [`RUNS`] times; prints and returns the median of seconds.
fn measure(name: &str, path: &Path, records: u64) -> Result<f64, Box<dyn Error>> {
    let mut lookups = 0;
    let seconds = median(RUNS, || {
        lookups = read_all(path)?;
        Ok(())
    })?;
    println!("{name:<22} {records:>12} {:>14.0} {lookups:>10}", records as f64 / seconds);
    Ok(seconds)
}

/// Reads an input to its end and returns how many rows came out.
fn read_all(path: &Path) -> Result<u64, Box<dyn Error>> {
    let mut opened = askance_intake::open(Box::new(File::open(path)?), &Options::default())?;
    let mut batch = Batch::with_room(8192);
    loop {
        batch.clear();
        if opened.reader.read(&mut batch)? == Flow::End {
            break;
        }
    }
    let ledger = opened.reader.ledger();
    assert!(ledger.balances(), "the ledger of {} does not balance", path.display());
    Ok(ledger.lookups + ledger.flows)
}

/// The median of the seconds that `run` takes.
pub(crate) fn median(runs: usize, mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut seconds = Vec::with_capacity(runs);
    for _ in 0..runs {
        let began = Instant::now();
        run()?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[seconds.len() / 2])
}
