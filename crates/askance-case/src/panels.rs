//! Who looks up, in which rhythm, followed by which connections.

mod configuration;
mod connection;
mod source;
mod survey;
mod weighing;
mod who;

pub(crate) use configuration::configurations;
pub(crate) use connection::connections;
pub(crate) use source::describe_source;
pub(crate) use survey::surveys;
pub(crate) use weighing::weighing;
pub(crate) use who::{Counted, counted, who};

use crate::assemble::Working;
use crate::attribute::shape;
use crate::json::RhythmPanel;

/// One panel for each tap and subject.
pub(crate) fn rhythm(working: &Working<'_>) -> Vec<RhythmPanel> {
    let mut panels = Vec::new();
    for tap in working.taps() {
        for name in &working.case.subjects {
            if let Some(panel) = rhythm_of(working, tap, name) {
                panels.push(panel);
            }
        }
    }
    panels
}

fn rhythm_of(working: &Working<'_>, tap: &str, name: &str) -> Option<RhythmPanel> {
    let rows: Vec<_> = working.at(tap, name).collect();
    let (first_row, _) = rows.first()?;
    let zone = working.attributor.zone();
    let mut week_hour = vec![0u64; 168];
    for (row, _) in &rows {
        for (slot, count) in week_hour.iter_mut().zip(shape::week_hour(&row.state, zone)) {
            *slot += count;
        }
    }
    let first = rows.iter().map(|(row, _)| row.first).min()?;
    let last = rows.iter().map(|(row, _)| row.last).max()?;
    let weeks = last.since_s(first) / 604_800.0;
    let ttl_s = rows.iter().filter_map(|(row, _)| working.attributor.ttl_s(row)).max();
    let behind_cache = first_row.vantage.is_behind_cache();
    let total: u64 = week_hour.iter().sum();
    let office: u64 =
        week_hour.iter().enumerate().filter(|(i, _)| i / 24 < 5 && (8..18).contains(&(i % 24))).map(|(_, n)| n).sum();
    let share = office as f64 / total.max(1) as f64;
    // Office hours are 50 of 168 hours: 30 % of the lookups fall there if the hour does not matter.
    let finding = format!(
        "{:.0} % of the lookups fall on weekdays from 8 to 18 h; 30 % would if the hour did not matter",
        share * 100.0
    );
    let identifiable = !behind_cache && rows.iter().any(|(_, s)| !s.abstained && s.set.len() == 1);
    Some(RhythmPanel {
        source: tap.to_owned(),
        vantage: first_row.vantage.as_str().to_owned(),
        name: name.to_owned(),
        zone: working.case.display_zone.clone(),
        week_hour,
        weeks,
        dead_time_note: match (behind_cache, ttl_s) {
            (false, _) => String::new(),
            (true, Some(ttl_s)) => format!(
                "A cache stands before this vantage: after each lookup the resolver is silent for up to {ttl_s} s, so that dense demand looks even."
            ),
            (true, None) => "A cache stands before this vantage: demand is thinned by an unknown TTL.".to_owned(),
        },
        identifiable,
        finding,
    })
}
