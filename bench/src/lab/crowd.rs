//! Crowds behind a farm of caches.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use core::net::Ipv4Addr;
use std::error::Error;

use askance_lab::demand::{Week, WeekTemplate};
use askance_lab::population::{ClientGroup, Population, PopulationConfig, PopulationName, Row};
use askance_lab::{Scenario, simulate};
use askance_proto::dns::{LastSecond, Spread};
use askance_record::{RrType, Timestamp};

use super::{Discard, forget_peak, peak_mib, say, seconds};
use crate::{RUNS, median};

/// Monday 2016-05-02, 00:00 UTC.
const START: Timestamp = Timestamp::from_s(1_462_147_200);

/// A million clients of two kinds, a hundred thousand names, four caches.
fn config() -> PopulationConfig {
    let kind = |first, template| {
        let week = Week { template, ..Week::flat() };
        ClientGroup { activity_spread: 1.0, ..ClientGroup::at(first, 500_000, week, 100.0) }
    };
    PopulationConfig {
        start: START,
        groups: vec![
            kind(Ipv4Addr::new(10, 0, 0, 0), WeekTemplate::at_work()),
            kind(Ipv4Addr::new(10, 16, 0, 0), WeekTemplate::at_home()),
        ],
        names: PopulationName::made_up(100_000, 1),
        zipf_exponent: 1.0,
        types: vec![(RrType::A, 0.6), (RrType::AAAA, 0.4)],
        caches: (1..=4).map(|n| Ipv4Addr::new(192, 0, 2, n).into()).collect(),
        spread: Spread::PerQuery,
        last_second: LastSecond::Served,
        local_slots: 0,
    }
}

/// Lookups whose rows are looked at and thrown away; memory after a tenth and at the end.
pub(super) fn measure(lookups: u64) -> Result<(), Box<dyn Error>> {
    let reset = forget_peak();
    println!(
        "\ncrowd: 1,000,000 clients, 100,000 names of 2 types, 4 caches{}",
        if reset { "" } else { " (peaks of the whole run)" }
    );
    let mut population = Population::new(config(), 7)?;
    let mut until = START;
    let (mut seen, mut before, mut spent) = (0u64, 0, 0.0);
    for goal in [lookups / 10, lookups] {
        spent += seconds(|| {
            while seen < goal {
                until = until.plus_us(60_000_000);
                population.run(until, &mut |row: Row<'_>| seen += u64::from(row.at < until));
            }
        });
        say(&format!("crowd, {seen} lookups"), seen - before, "lookups", spent);
        if let Some(peak) = peak_mib() {
            println!("{:<46} {peak:>8.1} MiB at most", "");
        }
        (before, spent) = (seen, 0.0);
    }
    let stats = population.stats();
    println!("{:<46} {:>8.1} % from the caches", "", 100.0 * stats.hits as f64 / stats.wanted as f64);
    Ok(())
}

/// The same through messages and an Unbound log, as `lab simulate` does it.
pub(super) fn measure_written() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::parse(
        r#"
        schema = "askance.scenario/1"
        title = "A crowd"
        story = "People ask."
        start = 2016-05-02T00:00:00Z
        days = 0.1

        [[population]]
        id = "people"
        clients = 50000
        first_address = "10.0.0.0"
        caches = ["192.0.2.1", "192.0.2.2"]
        names = 100000
        per_client_per_day = 100.0
        week = "flat"

        [[source]]
        id = "people"
        of = "people"
        side = "client"
        format = "unbound"
        "#,
    )?;
    let mut lookups = 0;
    let seconds = median(RUNS, || {
        let summary = simulate(&scenario, 7, &mut Discard, &mut |_| {})?;
        lookups = summary.crowd_lookups;
        assert!(summary.written.iter().all(|w| w.rows >= lookups), "every lookup is written");
        Ok(())
    })?;
    say("crowd into an Unbound log", lookups, "lookups", seconds);
    Ok(())
}
