//! The claims ledger.

use serde::{Deserialize, Serialize};

/// One claim and what the records say of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimResult {
    /// Its id in the case.
    pub id: String,
    /// The claim: verbatim, with brackets around what was put in, unless `paraphrase`.
    pub text: String,
    /// True where `text` is the editors' wording: a view puts it in no quotation marks.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub paraphrase: bool,
    /// Who makes it.
    pub by: String,
    /// When it was made, as precisely as known; empty where the case does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said_at: String,
    /// Where it is recorded.
    pub source: String,
    /// SHA-256 of the claim and its tests, taken before any record was read.
    pub sha256: String,
    /// Its tests.
    pub tests: Vec<ClaimTest>,
    /// Words of the claim that assume what is to be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wording: Vec<Wording>,
}

/// A phrase that assumes what is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The phrase, in lower case.
    pub phrase: String,
    /// What it assumes.
    pub why: String,
    /// What to say instead.
    pub instead: String,
}

/// One test of a claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimTest {
    /// `concentration`, `lookup-implies-connection`, `statement` …
    pub kind: String,
    /// `supported`, `weakly supported`, `does not discriminate`, `contradicted`, `cannot be tested with these records`, or
    /// `recorded`, of statements, which are never weighed.
    pub verdict: String,
    /// The finding in a sentence or two.
    pub finding: String,
    /// The numbers behind it.
    pub measures: Vec<Measure>,
    /// Validity checks.
    pub checks: Vec<Check>,
    /// How many variants of the test were tried.
    pub variants_tried: u64,
    /// What would change the verdict.
    pub would_change: String,
    /// True where it ran on generated rows.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub synthetic: bool,
}

/// One number with its interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What it is.
    pub what: String,
    /// The number.
    pub value: f64,
    /// 95 % interval, where there is one.
    pub lo: Option<f64>,
    /// See `lo`.
    pub hi: Option<f64>,
    /// `share`, `count`, `per day`, `s` …
    pub unit: String,
}

/// One validity check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is checked.
    pub what: String,
    /// Whether it holds.
    pub holds: bool,
    /// True where nothing that was recorded tells; `holds` is then false.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unknown: bool,
    /// Why, or why not.
    pub why: String,
}
