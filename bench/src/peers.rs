//! The same capture through other programs, in the same run.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{RUNS, median};

/// Prints how many times faster our reading is than each peer's decode.
pub(crate) fn compare(capture: &Path, records: u64, ours_s: f64) -> Result<(), Box<dyn Error>> {
    let file = capture.display().to_string();
    let tcpdump: &[&str] = &["tcpdump", "-n", "-r", &file];
    let tshark: &[&str] = &[
        "tshark",
        "-n",
        "-r",
        &file,
        "-T",
        "fields",
        "-e",
        "frame.time_epoch",
        "-e",
        "ip.src",
        "-e",
        "dns.id",
        "-e",
        "dns.qry.name",
        "-e",
        "dns.qry.type",
        "-e",
        "dns.flags.rcode",
        "-e",
        "dns.resp.ttl",
    ];
    for (line, runs) in [(tcpdump, RUNS), (tshark, 1)] {
        let present = Command::new(line[0]).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !present.is_ok_and(|s| s.success()) {
            println!("{:<22} skipped: not installed", line[0]);
            continue;
        }
        let seconds = median(runs, || {
            let status = Command::new(line[0]).args(&line[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line[0]).into()) }
        })?;
        println!(
            "{:<22} {records:>12} {:>14.0} {:>9.1}x slower than ours",
            line[0],
            records as f64 / seconds,
            seconds / ours_s
        );
    }
    Ok(())
}
