//! Whole stories, from their first second to the last.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use askance_lab::records::Sink;
use askance_lab::{Scenario, simulate};

use super::{Discard, say};
use crate::{RUNS, median};

const HOTEL_BANK: &str = include_str!("../../../scenarios/hotel-bank.toml");

/// The folder where files go.
struct Folder(PathBuf);

impl Sink for Folder {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
        Ok(Box::new(File::create(path)?))
    }
}

/// The story of a hotel and a bank: 200 days, every record of it.
pub(super) fn measure() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::parse(HOTEL_BANK)?;
    let mut steps = 0;
    let thrown_away = median(RUNS, || {
        steps = simulate(&scenario, 7, &mut Discard, &mut |_| {})?.steps;
        Ok(())
    })?;
    let folder = tempfile::tempdir()?;
    let mut octets: u64 = 0;
    let written = median(RUNS, || {
        let mut sink = Folder(folder.path().to_owned());
        octets = simulate(&scenario, 7, &mut sink, &mut |_| {})?.written.iter().map(|w| w.octets).sum();
        Ok(())
    })?;
    println!("hotel-bank.toml: {} days, {steps} events, {:.1} MB of records", scenario.days, octets as f64 / 1e6);
    say("story, records thrown away", steps, "events", thrown_away);
    say("story, records in files", steps, "events", written);
    Ok(())
}
