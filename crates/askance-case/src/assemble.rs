//! Everything together: from a case and its records to the case JSON.

mod answer;
mod method;
mod settle;

use std::collections::BTreeMap;

use askance_record::Timestamp;

use crate::attribute::{Attributor, SourceView, shape};
use crate::json::{CaseHead, CaseReport, Event, Party, Peer, SCHEMA, Series, Source, Statement};
use crate::records::{CaseRecords, SeriesRow};
use crate::{Case, claims, panels};

/// What [`assemble`] is told beside case and records.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The program's version.
    pub version: String,
    /// SHA-256 of `case.toml`.
    pub case_sha256: String,
    /// SHA-256 of the claims, taken before any record was read.
    pub claims_sha256: String,
    /// The root of [`crate::Custody`].
    pub custody_root: String,
    /// The command that reproduces the report.
    pub reproduce: String,
}

/// What only the archive knows of a series.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Its first records, to look up in their source.
    pub examples: Vec<crate::json::Example>,
    /// All its instants, ascending, where its state had to leave some out.
    pub instants: Option<Vec<Timestamp>>,
}

/// What all parts of the report are made from.
pub(crate) struct Working<'a> {
    pub(crate) case: &'a Case,
    pub(crate) sources: &'a [Source],
    pub(crate) records: &'a CaseRecords,
    pub(crate) attributor: Attributor<'a>,
    /// Attributions, in the order of `records.series`.
    pub(crate) series: Vec<Series>,
    /// All instants of the series that their states hold in part, by position in `records.series`, where a picture or a
    /// claim needs them.
    pub(crate) instants: BTreeMap<usize, Vec<Timestamp>>,
}

impl Working<'_> {
    /// Rows about a subject, with their attributions.
    pub(crate) fn about_subjects(&self) -> impl Iterator<Item = (&SeriesRow, &Series)> {
        self.records.series.iter().zip(&self.series).filter(|(_, s)| s.subject)
    }

    /// Rows at one tap whose family has this name, each with all its instants, ascending; `None` for those of which
    /// only some days are held.
    pub(crate) fn lookups<'w>(
        &'w self,
        tap: &'w str,
        name: &'w str,
    ) -> impl Iterator<Item = (&'w SeriesRow, Option<Vec<Timestamp>>)> {
        self.records.series.iter().enumerate().filter(move |(_, row)| row.tap == tap && row.is_of(name)).map(
            |(at, row)| {
                let held = || (!row.state.overflowed()).then(|| row.state.events().map(|e| e.ts).collect());
                (row, self.instants.get(&at).cloned().or_else(held))
            },
        )
    }

    /// Whether a tap's rows were generated.
    pub(crate) fn is_synthetic(&self, tap: &str) -> bool {
        self.case.source(tap).is_some_and(|source| source.synthetic)
    }

    /// Rows at one tap whose family has this name, with their attributions.
    pub(crate) fn at(&self, tap: &str, name: &str) -> impl Iterator<Item = (&SeriesRow, &Series)> {
        self.records.series.iter().zip(&self.series).filter(move |(row, _)| row.tap == tap && row.is_of(name))
    }

    /// Taps that show a subject, in the order of the case's sources; what was recorded before what was generated.
    pub(crate) fn taps(&self) -> Vec<&str> {
        let shown = |id: &str| self.about_subjects().any(|(row, _)| row.tap == id);
        let mut taps: Vec<&str> = self.sources.iter().map(|s| s.id.as_str()).filter(|id| shown(id)).collect();
        taps.sort_by_key(|id| self.is_synthetic(id));
        taps
    }
}

/// Attributes all series of a case, tests its claims and fills the case JSON.
///
/// - `sources`: one for each `[[source]]`, read; with the case's id
/// - `details`: gives what only the archive knows of a series about a subject
pub fn assemble(
    case: &Case,
    sources: &[Source],
    records: &CaseRecords,
    given: &Given,
    details: &mut dyn FnMut(&SeriesRow) -> Details,
) -> CaseReport {
    let views = case
        .sources
        .iter()
        .filter_map(|spec| Some(SourceView::of_spec(spec, sources.iter().find(|s| s.id == spec.id)?)))
        .collect();
    let attributor = Attributor::new(Some(case), views, records);
    let series = records.series.iter().map(|row| attributor.series(row)).collect();
    let mut working = Working { case, sources, records, attributor, series, instants: BTreeMap::new() };
    settle::draw(&mut working);
    let claimed = case.claimed_names();
    for (at, (row, series)) in records.series.iter().zip(&mut working.series).enumerate() {
        let needed = row.state.overflowed() && claimed.iter().any(|name| row.is_of(name));
        if !series.subject && !needed {
            continue;
        }
        let details = details(row);
        if series.subject {
            series.examples = details.examples;
            if let Some(instants) = &details.instants {
                shape::redraw(series, instants, working.attributor.zone());
            }
        }
        working.instants.extend(details.instants.map(|instants| (at, instants)));
    }
    let settle = settle::rank(&working);
    let claims = claims::test_all(&working);
    CaseReport {
        schema: SCHEMA.to_owned(),
        case: head(case),
        answer: answer::answer(&working, &settle, &claims),
        sources: sources.iter().map(|s| panels::describe_source(&working, s)).collect(),
        parties: parties(case),
        statements: statements(case),
        events: events(case),
        peers: case.peers.iter().map(|p| Peer { name: p.name.clone(), why: p.why.clone() }).collect(),
        who: panels::who(&working),
        rhythm: panels::rhythm(&working),
        connections: panels::connections(&working),
        surveys: panels::surveys(&working),
        configurations: panels::configurations(&working),
        weighing: panels::weighing(&working),
        claims,
        settle,
        method: method::method(&working, given),
        series: subjects_first(working.series),
    }
}

fn subjects_first(mut series: Vec<Series>) -> Vec<Series> {
    series.sort_by_key(|s| !s.subject);
    series
}

fn head(case: &Case) -> CaseHead {
    CaseHead {
        title: case.title.clone(),
        question: case.question.clone(),
        subjects: case.subjects.clone(),
        display_zone: case.display_zone.clone(),
    }
}

fn parties(case: &Case) -> Vec<Party> {
    case.parties
        .iter()
        .map(|p| Party {
            id: p.id.clone(),
            name: p.name.clone(),
            roles: p.roles.clone(),
            addresses: p.addresses.clone(),
            source: p.source.clone(),
        })
        .collect()
}

fn statements(case: &Case) -> Vec<Statement> {
    case.statements
        .iter()
        .map(|s| Statement {
            id: s.id.clone(),
            who: s.who.clone(),
            said_at: s.said_at.as_str().to_owned(),
            about: s.about.clone(),
            text: s.text.clone(),
            source: s.source.clone(),
        })
        .collect()
}

fn events(case: &Case) -> Vec<Event> {
    case.events
        .iter()
        .map(|e| Event {
            id: e.id.clone(),
            what: e.what.clone(),
            not_before: e.not_before.start().to_string(),
            not_after: e.not_after.end().to_string(),
            clock_known: e.not_before.start() == e.not_after.end(),
            source: e.source.clone(),
        })
        .collect()
}
