//! What a test looks at: the lookups of one name at one tap, and when they were recorded.

use askance_inference::claims::{Coverage, Happening};
use askance_record::Timestamp;

use crate::assemble::Working;
use crate::attribute::SourceView;
use crate::model::{EventSpec, TestSpec};
use crate::records::SeriesRow;

/// The lookups that a test is about.
pub(super) struct Asked<'a> {
    pub(super) tap: &'a str,
    pub(super) name: &'a str,
    /// Series of the clients that the claim names; of all where it names none.
    pub(super) rows: Vec<&'a SeriesRow>,
    /// Ascending.
    pub(super) lookups: Vec<Timestamp>,
    pub(super) coverage: Coverage,
    /// Whether the case declares the coverage; else it is from the first record to the last.
    pub(super) declared: bool,
    /// Lookups that a long series does not hold any more.
    pub(super) dropped: u64,
}

/// What is missing where a test has nothing to look at.
pub(super) struct Missing(pub(super) String);

impl<'a> Asked<'a> {
    /// Finds what the test names: its source or the first that shows it, its name or the first subject.
    pub(super) fn of(working: &'a Working<'_>, test: &'a TestSpec) -> Result<Self, Missing> {
        let name = test.of.as_ref().or_else(|| working.case.subjects.first());
        let tap = test.source.as_deref().or_else(|| working.taps().first().copied());
        let (Some(name), Some(tap)) = (name, tap) else {
            return Err(Missing("The case names no subject, or no source shows it.".to_owned()));
        };
        let asked = Self::at(working, tap, name, &test.clients);
        if asked.rows.is_empty() {
            let who = if test.clients.is_empty() { "" } else { " by the clients of the claim" };
            return Err(Missing(format!("Source {tap} shows no lookup of {name}{who}.")));
        }
        Ok(asked)
    }

    /// The lookups of `name` at `tap` by `clients`; by all where none is named.
    pub(super) fn at(working: &'a Working<'_>, tap: &'a str, name: &'a str, clients: &[String]) -> Self {
        let named = |row: &SeriesRow| clients.is_empty() || clients.contains(&row.client);
        let rows: Vec<&SeriesRow> = working.at(tap, name).map(|(row, _)| row).filter(|row| named(row)).collect();
        let mut lookups: Vec<Timestamp> = rows.iter().flat_map(|row| row.state.events().map(|e| e.ts)).collect();
        lookups.sort_unstable();
        let view = working.attributor.view(tap);
        let dropped = rows.iter().map(|r| r.n).sum::<u64>().saturating_sub(lookups.len() as u64);
        Self {
            tap,
            name,
            rows,
            lookups,
            coverage: Coverage::of(&view.map(SourceView::coverage).unwrap_or_default()),
            declared: view.is_some_and(|v| !v.covers.is_empty()),
            dropped,
        }
    }
}

/// The events with these ids, in their order; what the case lists.
pub(super) fn events<'a>(working: &'a Working<'_>, ids: &[String]) -> Vec<&'a EventSpec> {
    ids.iter().filter_map(|id| working.case.events.iter().find(|e| e.id == *id)).collect()
}

/// When an event happened, as far as it is known.
pub(super) fn happening(event: &EventSpec) -> Happening {
    Happening { from: event.not_before.start(), to: event.not_after.end() }
}

/// A seed that the test's own text gives, so that the same case has the same numbers.
pub(super) fn seed(test: &TestSpec) -> u64 {
    let canonical = serde_json::to_vec(test).expect("a test is plain data");
    let hash = crate::sha256_hex(&canonical);
    u64::from_str_radix(hash.get(..16).unwrap_or("0"), 16).unwrap_or(0)
}

/// Variants that were tried, at least one.
pub(super) fn variants(test: &TestSpec) -> usize {
    test.variants.map_or(1, |n| n.max(1) as usize)
}
