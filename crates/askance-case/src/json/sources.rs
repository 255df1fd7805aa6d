//! What the records are.

use serde::{Deserialize, Serialize};

/// One source of records and its account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its id in the case.
    pub id: String,
    /// Its path relative to the case folder.
    pub path: String,
    /// `dns`, `flow`, `mail` …
    pub kind: String,
    /// The format, declared or recognised.
    pub format: String,
    /// Compressions around it, outermost first.
    pub wrappers: Vec<String>,
    /// The vantage; empty for other kinds than lookups.
    pub vantage: String,
    /// True where the case declares the vantage.
    pub vantage_declared: bool,
    /// Declared coverage as [from, to] pairs; empty where undeclared.
    pub covers: Vec<[String; 2]>,
    /// What this vantage keeps, as the case declares it.
    pub keeps: KeepsJson,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whether that equals what the case declares; absent where the case declares none.
    pub sha256_matches: Option<bool>,
    /// The root over its files' trees, as in `custody.json`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Octets of the file.
    pub size: u64,
    /// First record.
    pub first: Option<String>,
    /// Last record.
    pub last: Option<String>,
    /// How finely its stamps are written, such as `1s`.
    pub resolution: String,
    /// The account.
    pub ledger: LedgerJson,
    /// What this vantage cannot show, one sentence each.
    pub cannot_show: Vec<String>,
    /// Why it could not be read to its end; absent where it could.
    pub error: Option<String>,
    /// True of rows that were generated.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub synthetic: bool,
    /// What the case's editors say of it: where a copy comes from, what is assumed, what is disputed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a vantage keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeepsJson {
    /// Only these types; all where empty.
    pub types: Vec<String>,
    /// Only names under these; all where empty.
    pub names: Vec<String>,
    /// Seconds that a time stamp is rounded to; absent where undeclared.
    pub resolution_s: Option<f64>,
    /// Of a flow log: whose connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// The account of one source: `in = lookups + flows + mail + paired + counts + rejected`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LedgerJson {
    /// Units that concern records.
    #[serde(rename = "in")]
    pub units_in: u64,
    /// Lookups that came out.
    pub lookups: u64,
    /// Flows that came out.
    pub flows: u64,
    /// Mail events that came out.
    pub mail: u64,
    /// Units joined to another one's lookup.
    pub paired: u64,
    /// Rows that count lookups of a client.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub counts: u64,
    /// Units refused, by reason.
    pub rejected: Vec<TallyJson>,
    /// Units about something else, outside `in`.
    pub unrelated: Vec<TallyJson>,
    /// Exact duplicates among the lookups; they stay in.
    pub duplicates: u64,
    /// What had to be assumed.
    pub assumptions: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde hands over")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// How often, and where first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TallyJson {
    /// Reason or kind.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// Where first, such as `line 17 (byte 1234)`.
    pub first_at: String,
    /// The first example; hostile text.
    pub example: String,
}

impl From<&askance_record::Ledger> for LedgerJson {
    fn from(ledger: &askance_record::Ledger) -> Self {
        let tallies = |map: &std::collections::BTreeMap<&'static str, askance_record::Tally>| {
            map.iter()
                .map(|(reason, t)| TallyJson {
                    reason: (*reason).to_owned(),
                    count: t.count,
                    first_at: t.first_at.to_string(),
                    example: t.example.clone(),
                })
                .collect()
        };
        Self {
            units_in: ledger.units_in,
            lookups: ledger.lookups,
            flows: ledger.flows,
            mail: ledger.mail,
            paired: ledger.paired,
            counts: 0,
            rejected: tallies(&ledger.rejected),
            unrelated: tallies(&ledger.unrelated),
            duplicates: ledger.duplicates,
            assumptions: ledger.assumptions.clone(),
        }
    }
}
