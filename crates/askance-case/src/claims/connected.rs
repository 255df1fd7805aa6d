//! "Clients that looked the name up connected to its host", and the opposite.
//!
//! Only flows show connections. That one was made does not say what it was for; that
//! none was seen is weak, because address translation and proxies hide who connects.

use askance_inference::claims::Verdict;

use crate::assemble::Working;
use crate::claims::{cannot, connection};
use crate::json::{ClaimTest, ConnectionRow, Measure};
use crate::model::{TestKind, TestSpec};

pub(crate) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let wanted = "a flow log of the clients, or of the server's side, for the same days";
    if working.sources.iter().all(|s| s.kind != "flow") {
        return cannot(
            test,
            "No flow log is among the sources: whether anybody connected to the host of the name is neither shown nor excluded.".to_owned(),
            wanted,
        );
    }
    let rows = connection::rows(working, test);
    let assessed: Vec<&ConnectionRow> = rows.iter().filter(|r| r.not_assessable.is_empty()).collect();
    if assessed.is_empty() {
        let why = rows.first().map_or("no series is about it", |r| r.not_assessable.as_str());
        return cannot(test, format!("No series can be assessed: {why}."), wanted);
    }
    let connected = assessed.iter().filter(|r| r.followed > 0).count();
    // What follows no oftener than in the same hours of other weeks may have been for another reason.
    let beyond_chance = assessed.iter().filter(|r| r.followed > 0 && r.p_lo > r.chance).count();
    let denies = test.kind == TestKind::NeverConnected;
    let whole = assessed.len() == rows.len();
    let verdict = match (connected, beyond_chance, denies) {
        // Whoever could not be assessed may have connected.
        (0, ..) if !whole => Verdict::DoesNotDiscriminate,
        (0, _, true) => Verdict::WeaklySupported,
        (0, _, false) | (_, 1.., true) => Verdict::Contradicted,
        (_, 1.., false) => Verdict::Supported,
        (..) => Verdict::DoesNotDiscriminate,
    };
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: verdict.as_str().to_owned(),
        finding: format!(
            "{connected} of {} clients have a flow to the answer's address after a lookup, {beyond_chance} of them oftener than in \
             the same hours of other weeks. A flow does not say what it was for.",
            assessed.len()
        ),
        measures: assessed.iter().map(|r| measure(r)).collect(),
        checks: vec![connection::all_assessed(assessed.len(), rows.len()), connection::hidden()],
        variants_tried: 1,
        would_change: "flows between these clients and the server that this flow log did not see".to_owned(),
        synthetic: false,
    }
}

fn measure(row: &ConnectionRow) -> Measure {
    Measure {
        what: format!("lookups followed by a flow, {} at {}", row.client, row.source),
        value: row.p,
        lo: Some(row.p_lo),
        hi: Some(row.p_hi),
        unit: "share".to_owned(),
    }
}
