//! "Whoever looks a name up connects to it."

use askance_inference::claims::Verdict;

use crate::assemble::Working;
use crate::claims::cannot;
use crate::json::{Check, ClaimTest, ConnectionRow, Measure};
use crate::model::TestSpec;
use crate::panels;

/// A lookup "means" a connection where at least this share of lookups is followed by one.
const IMPLIES: f64 = 0.9;

pub(crate) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    if working.sources.iter().all(|s| s.kind != "flow") {
        return cannot(
            test,
            "No flow log is among the sources, so it cannot be seen what followed a lookup. In a published trace of 90 homes over 14 months, 40 % of DNS responses were never used and 60 % were (Callahan, Allman, Rabinovich 2013); that is homes, not mail servers.".to_owned(),
            "a flow log of the clients, or of the server's side",
        );
    }
    let rows = rows(working, test);
    let assessed: Vec<&ConnectionRow> = rows.iter().filter(|r| r.not_assessable.is_empty()).collect();
    if assessed.is_empty() {
        let why = rows.first().map_or("no series is about it", |r| r.not_assessable.as_str());
        return cannot(test, format!("No series can be assessed: {why}."), "a flow log that covers these clients");
    }
    let never: Vec<&&ConnectionRow> = assessed.iter().filter(|r| r.followed == 0).collect();
    let implied = assessed.iter().filter(|r| r.p_lo >= IMPLIES).count();
    let refuted = assessed.iter().filter(|r| r.p_hi < IMPLIES).count();
    let verdict = match (refuted, implied) {
        (0, n) if n == assessed.len() => Verdict::Supported,
        (0, _) => Verdict::DoesNotDiscriminate,
        _ => Verdict::Contradicted,
    };
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: verdict.as_str().to_owned(),
        finding: finding(&assessed, never.len(), refuted),
        measures: assessed.iter().map(|r| measure(r)).collect(),
        checks: checks(working, &rows, assessed.len()),
        variants_tried: 1,
        would_change: "flows between these clients and the server that this flow log did not see".to_owned(),
        synthetic: false,
    }
}

/// What a test about connections looks at: of the source, clients and name that it names; generated rows only where it
/// names their source.
pub(super) fn rows(working: &Working<'_>, test: &TestSpec) -> Vec<ConnectionRow> {
    panels::connections(working)
        .into_iter()
        .filter(|r| test.source.as_ref().map_or(!working.is_synthetic(&r.source), |s| *s == r.source))
        .filter(|r| test.clients.is_empty() || test.clients.contains(&r.client))
        .filter(|r| test.of.as_ref().is_none_or(|name| about(working, r, name)))
        .collect()
}

/// What no flow log can show.
pub(super) fn hidden() -> Check {
    Check {
        what: "no address translation or proxy hides who connects".to_owned(),
        holds: false,
        why: "these records cannot show that; a hidden connection would be missed".to_owned(),
        unknown: true,
    }
}

/// Whether every series that a claim is about has a flow log beside it.
pub(super) fn all_assessed(assessed: usize, of: usize) -> Check {
    Check {
        what: "every series of the claim can be assessed".to_owned(),
        holds: assessed == of,
        why: format!("{assessed} of {of}"),
        unknown: false,
    }
}

fn about(working: &Working<'_>, row: &ConnectionRow, name: &str) -> bool {
    working.at(&row.source, name).any(|(r, _)| r.client == row.client)
}

fn finding(assessed: &[&ConnectionRow], never: usize, refuted: usize) -> String {
    let lookups: u64 = assessed.iter().map(|r| r.lookups).sum();
    let followed: u64 = assessed.iter().map(|r| r.followed).sum();
    let from: u64 = assessed.iter().map(|r| r.flows_from).sum();
    let mut text = format!(
        "Of {lookups} address lookups by {} clients inside the flow log's coverage, {followed} were followed by a connection to the answer. ",
        assessed.len()
    );
    if never > 0 {
        text += &format!("{never} clients looked the name up and never connected to it. ");
    }
    if from > 0 {
        text += &format!("The server itself connected to them {from} times. ");
    }
    text += &format!("For {refuted} of {} clients a lookup does not mean a connection.", assessed.len());
    text
}

fn measure(row: &ConnectionRow) -> Measure {
    Measure {
        what: format!("p(connection | lookup), {} at {}", row.client, row.source),
        value: row.p,
        lo: Some(row.p_lo),
        hi: Some(row.p_hi),
        unit: "share".to_owned(),
    }
}

fn checks(working: &Working<'_>, rows: &[ConnectionRow], assessed: usize) -> Vec<Check> {
    let flow_sources: Vec<&str> = working.sources.iter().filter(|s| s.kind == "flow").map(|s| s.id.as_str()).collect();
    let declared = flow_sources.iter().all(|id| working.case.source(id).is_some_and(|s| !s.covers.is_empty()));
    vec![
        Check {
            what: "the flow log declares what it covers".to_owned(),
            holds: declared,
            why: flow_sources.join(", "),
            unknown: false,
        },
        all_assessed(assessed, rows.len()),
        hidden(),
    ]
}
