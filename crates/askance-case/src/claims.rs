//! The claims ledger: each test of each claim, with its checks.

mod asked;
mod cohort;
mod complete;
mod concentration;
mod connected;
mod connection;
mod events;
mod fleet;
mod growth;
mod mechanism;
mod said;
mod statement;
#[cfg(test)]
mod tests;
mod who;

use askance_inference::claims::Verdict;

pub(crate) use said::grouped;

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
        paraphrase: claim.paraphrase,
        by: claim.by.clone(),
        said_at: claim.said_at.as_ref().map_or(String::new(), |t| t.as_str().to_owned()),
        source: claim.source.clone(),
        sha256: crate::claim_sha256(claim).to_string(),
        tests: claim.tests.iter().map(|test| run(working, &claim.id, test)).collect(),
        wording: remarks(working, &claim.text),
    }
}

/// Remarks on the words of a claim; a server of somebody who is an asker of the case is meant as the one that asked.
fn remarks(working: &Working<'_>, text: &str) -> Vec<crate::json::Wording> {
    let asker = |word: &str| {
        let named = |p: &&crate::PartySpec| p.name.to_lowercase().split_whitespace().any(|part| part == word);
        working.case.parties.iter().filter(named).any(|p| p.roles.iter().any(|r| r == "asker"))
    };
    let own = |phrase: &str| phrase.split_once("'s ").is_some_and(|(who, _)| asker(who));
    crate::wording(text).into_iter().filter(|remark| !own(&remark.phrase)).collect()
}

fn run(working: &Working<'_>, claim: &str, test: &TestSpec) -> ClaimTest {
    let found = weigh(working, claim, test);
    let found = if test.variants_unknown { of_unknown_search(found) } else { found };
    if test.source.as_deref().is_some_and(|tap| working.is_synthetic(tap)) { on_synthetic_rows(found) } else { found }
}

/// What a test says on rows that were generated shows how it works, and nothing about the claim.
fn on_synthetic_rows(found: ClaimTest) -> ClaimTest {
    let finding = format!(
        "These rows were generated and are evidence of nothing. On them the test would answer \"{}\"; its numbers are left out.",
        found.verdict
    );
    ClaimTest {
        verdict: Verdict::CannotBeTested.as_str().to_owned(),
        finding,
        measures: Vec::new(),
        checks: Vec::new(),
        synthetic: true,
        ..found
    }
}

/// The same of something that was found by a search of unknown size: whoever looks long enough finds one, so
/// that no chance of finding it can be told, and no p-value or ratio stands.
fn of_unknown_search(found: ClaimTest) -> ClaimTest {
    let measures: Vec<_> = found.measures.into_iter().filter(|m| m.unit != "p" && m.unit != "bans").collect();
    ClaimTest {
        verdict: Verdict::CannotBeTested.as_str().to_owned(),
        finding: format!(
            "How many others were looked through before this was found is not stated. Of an unknown number, how often such a thing \
             is found by chance cannot be said, so that no p-value is given{}.",
            if measures.is_empty() { "" } else { "; what was counted stands below" }
        ),
        measures,
        variants_tried: 0,
        would_change: "how many names, hosts or times were looked through, and the same numbers for each".to_owned(),
        ..found
    }
}

fn weigh(working: &Working<'_>, claim: &str, test: &TestSpec) -> ClaimTest {
    match test.kind {
        TestKind::Concentration => concentration::test(working, test),
        TestKind::LookupImpliesConnection => connection::test(working, test),
        TestKind::Connected | TestKind::NeverConnected => connected::test(working, test),
        TestKind::Statement => statement::test(working, test),
        TestKind::Mechanism => mechanism::test(working, test),
        TestKind::Rise => growth::rise(working, test),
        TestKind::Change => growth::change(working, test),
        TestKind::FollowsEvents => events::follows(working, test),
        TestKind::Reaction => events::reaction(working, claim, test),
        TestKind::FirstMover => events::first_mover(working, test),
        TestKind::Cohort => cohort::test(working, test),
        TestKind::ConfigurationIsOdd => fleet::configuration(working, test),
        TestKind::AcceptsOnlyFrom => fleet::survey(working, test),
        TestKind::OneClientOrTwo => who::one_or_two(working, test),
        TestKind::Rhythm => who::rhythm(working, test),
        TestKind::ControlledBy => who::control(working, test),
        TestKind::Complete => complete::test(working, test),
    }
}

/// A test that cannot be run on these records.
fn cannot(test: &TestSpec, why: String, would_change: &str) -> ClaimTest {
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: Verdict::CannotBeTested.as_str().to_owned(),
        finding: why,
        would_change: would_change.to_owned(),
        ..ClaimTest::default()
    }
}
