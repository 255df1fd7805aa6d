//! How fast the lab is: a story in virtual time, crowds, a resolver, checks of senders.
//!
//! `cargo run --release -p askance-bench -- lab [LOOKUPS]`: the crowd makes 10^8 lookups
//! unless told otherwise, once; the rest is the median of five runs.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the edge: it measures time and reads what the kernel counted")]

mod checks;
mod crowd;
mod questions;
mod story;

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::time::Instant;

use askance_lab::records::Sink;

/// Lookups of the crowd where nothing else is said.
const LOOKUPS: u64 = 100_000_000;

/// Measures everything and prints a line for each.
pub(crate) fn run(lookups: Option<&str>) -> Result<(), Box<dyn Error>> {
    let lookups = lookups.map_or(Ok(LOOKUPS), str::parse)?;
    story::measure()?;
    crowd::measure(lookups)?;
    crowd::measure_written()?;
    questions::measure()?;
    checks::measure()
}

/// Throws away what is written.
struct Discard;

impl Sink for Discard {
    fn file(&mut self, _: &str) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(io::sink()))
    }
}

/// Seconds that something takes, once.
fn seconds(act: impl FnOnce()) -> f64 {
    let began = Instant::now();
    act();
    began.elapsed().as_secs_f64()
}

/// Prints one measurement.
fn say(what: &str, count: u64, unit: &str, seconds: f64) {
    println!("{what:<46} {seconds:>8.2} s {:>14.0} {unit}/s", count as f64 / seconds);
}

/// The most memory that this process held since the last [`forget_peak`], in MiB; `None` where the kernel does not say.
fn peak_mib() -> Option<f64> {
    let mut text = String::new();
    File::open("/proc/self/status").ok()?.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Begins the count of memory anew (proc(5): 5 in `clear_refs` resets `VmHWM`); false where the kernel has no such thing.
fn forget_peak() -> bool {
    File::create("/proc/self/clear_refs").and_then(|mut file| file.write_all(b"5")).is_ok()
}
