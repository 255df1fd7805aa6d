//! The claims ledger: each test of each claim, with its checks.

mod concentration;
mod connection;
mod statement;

use crate::assemble::Working;
use crate::json::{ClaimResult, ClaimTest};
use crate::model::{ClaimSpec, TestKind, TestSpec};

/// Tests every claim of a case.
pub(crate) fn test_all(working: &Working<'_>) -> Vec<ClaimResult> {
    working.case.claims.iter().map(|claim| test(working, claim)).collect()
}

fn test(working: &Working<'_>, claim: &ClaimSpec) -> ClaimResult {
    ClaimResult {
        id: claim.id.clone(),
        text: claim.text.clone(),
        by: claim.by.clone(),
        source: claim.source.clone(),
        sha256: crate::claim_sha256(claim).to_string(),
        tests: claim.tests.iter().map(|test| run(working, test)).collect(),
    }
}

fn run(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    match test.kind {
        TestKind::Concentration => concentration::test(working, test),
        TestKind::LookupImpliesConnection => connection::test(working, test),
        TestKind::Statement => statement::test(working, test),
        _ => not_tested(test),
    }
}

/// A kind that is read but has no test yet says so, visibly.
fn not_tested(test: &TestSpec) -> ClaimTest {
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: "not tested yet".to_owned(),
        finding: format!("This version has no test of the kind \"{}\"; nothing follows from that.", test.kind.as_str()),
        would_change: "a version that tests it".to_owned(),
        ..ClaimTest::default()
    }
}

/// A test that cannot be run on these records.
fn cannot(test: &TestSpec, why: String, would_change: &str) -> ClaimTest {
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: "cannot be assessed".to_owned(),
        finding: why,
        would_change: would_change.to_owned(),
        ..ClaimTest::default()
    }
}
