//! A claim about what was said: recorded, dated, attributed, never weighed.

use crate::assemble::Working;
use crate::json::{ClaimTest, Measure};
use crate::model::{StatementSpec, TestSpec};

/// The name of who said it, where it is a party of the case.
fn name<'a>(working: &'a Working<'_>, who: &'a str) -> &'a str {
    let party = working.case.parties.iter().find(|p| p.id == who && !p.name.is_empty());
    party.map_or(who, |p| p.name.as_str())
}

/// What one speaker said on one day: in quotation marks where the words are verbatim.
fn said(working: &Working<'_>, group: &[&StatementSpec]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let words: Vec<String> = group
        .iter()
        .map(|s| if s.paraphrase { format!("{}.", s.text.trim_end_matches('.')) } else { format!("“{}”", s.text) })
        .collect();
    let tag = if first.paraphrase { ", in the editors' words" } else { "" };
    format!("{} ({}{tag}): {}", name(working, &first.who), first.said_at.as_str(), words.join(" "))
}

pub(crate) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let mut cited: Vec<_> = working
        .case
        .statements
        .iter()
        .filter(|s| test.statements.is_empty() || test.statements.contains(&s.id))
        .collect();
    // By date, each speaker's words of a day together, a line for each.
    cited.sort_by(|a, b| (a.said_at.as_str(), &a.who, a.paraphrase).cmp(&(b.said_at.as_str(), &b.who, b.paraphrase)));
    let who: std::collections::BTreeSet<&str> = cited.iter().map(|s| s.who.as_str()).collect();
    let alike = |a: &&StatementSpec, b: &&StatementSpec| {
        (&a.who, a.said_at.as_str(), a.paraphrase) == (&b.who, b.said_at.as_str(), b.paraphrase)
    };
    let listed: Vec<String> = cited.chunk_by(alike).map(|group| said(working, group)).collect();
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: "recorded".to_owned(),
        finding: if listed.is_empty() {
            "The case holds no statement that the claim refers to.".to_owned()
        } else {
            format!(
                "Statements on record, by date:\n{}\nWhat people said is no measurement; it counts for no side.",
                listed.join("\n")
            )
        },
        measures: vec![
            Measure {
                what: "statements cited".to_owned(),
                value: cited.len() as f64,
                unit: "count".to_owned(),
                ..Measure::default()
            },
            Measure {
                what: "by different parties".to_owned(),
                value: who.len() as f64,
                unit: "count".to_owned(),
                ..Measure::default()
            },
        ],
        variants_tried: 0,
        would_change: "records that bear on what the statements say".to_owned(),
        ..ClaimTest::default()
    }
}
