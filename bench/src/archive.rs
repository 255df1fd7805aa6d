//! How densely the archive stores, and how fast it is written.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the edge: it measures time")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use askance_archive::{ArchiveWriter, SourceMeta, Table};
use askance_intake::{Flow, Options};
use askance_record::Batch;

/// Archives each text input of `folder` and prints octets a lookup and lookups a second.
pub(crate) fn measure(folder: &Path, records: u64) -> Result<(), Box<dyn Error>> {
    println!("\n{:<22} {:>12} {:>14} {:>16}", "archived", "records", "records/s", "octets/lookup");
    for name in ["bench.pcap", "bind-query.log", "unbound.log", "zeek-dns.log"] {
        let dir = folder.join(format!("{name}.askance"));
        let began = Instant::now();
        let octets = archive(&folder.join(name), &dir)?;
        let seconds = began.elapsed().as_secs_f64();
        let lookups = if name == "bench.pcap" { records / 2 } else { records };
        println!(
            "{name:<22} {records:>12} {:>14.0} {:>16.2}",
            records as f64 / seconds,
            octets as f64 / lookups as f64
        );
    }
    Ok(())
}

/// Reads one input into a new archive and returns the size of its lookup files.
fn archive(input: &Path, dir: &Path) -> Result<u64, Box<dyn Error>> {
    let mut opened = askance_intake::open(Box::new(File::open(input)?), &Options::default())?;
    let mut archive = ArchiveWriter::open_or_create(dir)?;
    let mut writer = archive.begin(SourceMeta {
        id: input.display().to_string(),
        format: opened.format.as_str().to_owned(),
        vantage: None,
        tap: opened.format.as_str().to_owned(),
        options: String::new(),
        resolution: None,
    });
    let mut batch = Batch::with_room(8192);
    loop {
        batch.clear();
        let flow = opened.reader.read(&mut batch)?;
        writer.push(&batch)?;
        if flow == Flow::End {
            break;
        }
    }
    writer.finish(&"0".repeat(64), 0, opened.reader.ledger())?;
    let archive = askance_archive::Archive::open(dir)?;
    Ok(archive.files(Table::Lookups).map(|(_, file)| file.octets).sum())
}
