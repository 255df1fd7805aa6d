//! What a test looks at: the lookups of one name at one tap, and when they were recorded.

use askance_inference::claims::{Coverage, Happening};
use askance_inference::state::Role;
use askance_record::Timestamp;

use crate::assemble::Working;
use crate::attribute::SourceView;
use crate::claims::cannot;
use crate::json::ClaimTest;
use crate::model::{EventSpec, TestSpec};
use crate::records::SeriesRow;

/// The lookups that a test is about.
pub(super) struct Asked<'a> {
    pub(super) tap: &'a str,
    pub(super) name: &'a str,
    /// Series of the clients that the claim names; of all where it names none.
    pub(super) rows: Vec<&'a SeriesRow>,
    /// All of them, ascending.
    pub(super) lookups: Vec<Timestamp>,
    pub(super) coverage: Coverage,
    /// Whether the case declares the coverage; else it is from the first record to the last.
    pub(super) declared: bool,
    /// Whether a series is too long for all its lookups to be at hand.
    cut: bool,
}

impl<'a> Asked<'a> {
    /// Finds what the test names: its source or the first that shows it, its name or the first subject.
    ///
    /// # Errors
    /// The test's answer where there is nothing to look at, or only a part of it.
    pub(super) fn of(working: &'a Working<'_>, test: &'a TestSpec) -> Result<Self, Box<ClaimTest>> {
        let nothing = |why: String| Err(Box::new(cannot(test, why, "a source that shows it")));
        let name = test.of.as_ref().or_else(|| working.case.subjects.first());
        let Some(name) = name else { return nothing("The case names no subject.".to_owned()) };
        let tap = test.source.as_deref().or_else(|| working.taps().first().copied());
        let Some(tap) = tap else { return nothing(format!("No source shows a lookup of {name}.")) };
        let asked = Self::at(working, tap, name, &test.clients);
        if asked.rows.is_empty() {
            let who = if test.clients.is_empty() { "" } else { " by the clients of the claim" };
            let kept = working.case.source(tap).is_none_or(|source| keeps(&source.keeps.names, name));
            let shows = if kept { "shows no" } else { "keeps other names only and could not show a" };
            return nothing(format!("Source {tap} {shows} lookup of {name}{who}."));
        }
        if asked.cut {
            let why = format!(
                "Of a series of {name} at {tap} only some days are at hand: it is too long to look at one by one."
            );
            return Err(Box::new(cannot(test, why, "the same records, cut into shorter periods")));
        }
        Ok(asked)
    }

    /// The same for a test that needs a sequence.
    ///
    /// # Errors
    /// As [`Asked::of`], and of rows that are an excerpt.
    pub(super) fn in_sequence(working: &'a Working<'_>, test: &'a TestSpec) -> Result<Self, Box<ClaimTest>> {
        let asked = Self::of(working, test)?;
        if working.attributor.is_excerpt(asked.tap) {
            let why = format!(
                "The {} lookups of {} at {} are an excerpt that somebody chose: what was left out between and around them is not \
                 known, and this test rests on it.",
                asked.lookups.len(),
                asked.name,
                asked.tap
            );
            return Err(Box::new(cannot(test, why, "the whole log of which these rows are an excerpt")));
        }
        Ok(asked)
    }

    /// The lookups of `name` at `tap` by `clients`; by all where none is named.
    pub(super) fn at(working: &'a Working<'_>, tap: &'a str, name: &'a str, clients: &[String]) -> Self {
        let view = working.attributor.view(tap);
        let mut asked = Self {
            tap,
            name,
            rows: Vec::new(),
            lookups: Vec::new(),
            coverage: Coverage::of(&view.map(SourceView::coverage).unwrap_or_default()),
            declared: view.is_some_and(|v| !v.covers.is_empty()),
            cut: false,
        };
        for (row, instants) in working.lookups(tap, name) {
            if clients.is_empty() || clients.contains(&row.client) {
                asked.cut |= instants.is_none();
                asked.rows.push(row);
                asked.lookups.extend(instants.unwrap_or_default());
            }
        }
        asked.lookups.sort_unstable();
        asked
    }

    /// The lookups of the one type that has its own TTL in a cache: addresses where they were asked for, else PTR;
    /// `None` of a series whose types are not all at hand.
    pub(super) fn of_one_type(&self) -> Option<Vec<Timestamp>> {
        if self.rows.iter().any(|row| row.state.overflowed()) {
            return None;
        }
        let of = |role: Role| {
            let events = self.rows.iter().flat_map(|row| row.state.events());
            let mut all: Vec<Timestamp> = events.filter(|e| e.role == role).map(|e| e.ts).collect();
            all.sort_unstable();
            all
        };
        Some(
            [of(Role::A), of(Role::Ptr)]
                .into_iter()
                .find(|all| !all.is_empty())
                .unwrap_or_else(|| self.lookups.clone()),
        )
    }

    /// The served TTL as answers show it, else as the test assumes it.
    pub(super) fn ttl_s(&self, working: &Working<'_>, test: &TestSpec) -> Option<u32> {
        self.rows.iter().filter_map(|row| working.attributor.ttl_s(row)).max().or(test.assumed_ttl_s)
    }
}

/// Whether a source that keeps names under these keeps this one; all where it names none.
fn keeps(tops: &[String], name: &str) -> bool {
    let under = |top: &String| {
        let top = top.trim_end_matches('.');
        top.is_empty() || name.strip_suffix(top).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    tops.is_empty() || tops.iter().any(under)
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
    let hash = crate::sha256(&canonical).to_string();
    u64::from_str_radix(hash.get(..16).unwrap_or("0"), 16).unwrap_or(0)
}

/// Variants that were tried, at least one.
pub(super) fn variants(test: &TestSpec) -> usize {
    test.variants.map_or(1, |n| n.max(1) as usize)
}
