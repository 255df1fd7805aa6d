//! The case JSON: the one format that every view reads.
//!
//! `askance investigate` writes it, `askance report`, the pages and the terminal
//! summary read it and nothing else. Its schema is `askance.investigate/1`; a field
//! is only ever added. Instants are RFC 3339 in UTC. Every text may be hostile
//! (it comes from logs): a view escapes it with `askance_record::escape_*`.

mod claims;
mod predicted;
mod series;
mod sources;
mod survey;
mod weighing;

pub use claims::{Check, ClaimResult, ClaimTest, Measure, Wording};
pub use predicted::{FigureDrawn, PredictedJson, Profile, SurvivorDrawn};
pub use series::{
    Alone, Caches, Candidate, Component, Demand, Example, Fit, GapBin, Mixture, RhythmJson, Segment, Series,
    SettleDetail, SettlePair, SettleRow, ZoneWeight,
};
pub use sources::{KeepsJson, LedgerJson, Source, TallyJson};
pub use survey::{Survey, SurveyIdentity, SurveyNetwork, SurveyReply, SurveyResult};
pub use weighing::{Weighing, WeighingCell, WeighingColumn, WeighingRow};

use serde::{Deserialize, Serialize};

/// The schema of this format.
pub const SCHEMA: &str = "askance.investigate/1";

/// Everything that a report shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// What is asked, of what.
    pub case: CaseHead,
    /// The answer in the first screen.
    pub answer: Answer,
    /// What the records are.
    pub sources: Vec<Source>,
    /// People and organisations.
    pub parties: Vec<Party>,
    /// Dated, attributed statements.
    pub statements: Vec<Statement>,
    /// What happened when, as far as known.
    pub events: Vec<Event>,
    /// Names to compare with.
    pub peers: Vec<Peer>,
    /// The series about the subjects first, then the others, each by (tap, client, name).
    pub series: Vec<Series>,
    /// Who looks up, one panel for each (source, subject).
    pub who: Vec<WhoPanel>,
    /// Rhythm, one panel for each (source, subject).
    pub rhythm: Vec<RhythmPanel>,
    /// Lookups and connections, one row for each client that a flow log covers.
    pub connections: Vec<ConnectionRow>,
    /// What mail servers answered when they were asked on purpose, one entry for each survey.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surveys: Vec<Survey>,
    /// How names are set up beside their siblings, by zone files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<Configuration>,
    /// Hypotheses against evidence, one entry for each subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighing: Vec<Weighing>,
    /// The claims ledger.
    pub claims: Vec<ClaimResult>,
    /// What would settle it, best first.
    pub settle: Vec<SettleRow>,
    /// Custody and method.
    pub method: Method,
}

/// What is asked, of what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseHead {
    /// The case's title.
    pub title: String,
    /// The question.
    pub question: String,
    /// The names asked about.
    pub subjects: Vec<String>,
    /// The IANA zone in which local times are shown.
    pub display_zone: String,
}

/// The answer in the first screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// One sentence.
    pub headline: String,
    /// A few lines, each a sentence or two.
    pub lines: Vec<String>,
    /// One entry for each source that shows the subject: what survives there.
    pub by_source: Vec<SurvivingSet>,
    /// "What would settle it" in one line.
    pub settle: String,
    /// Lookups read, of all names.
    pub lookups: u64,
    /// Lookups about the subjects.
    pub lookups_about: u64,
    /// First and last lookup about the subjects; absent where there is none.
    pub first: Option<String>,
    /// See `first`.
    pub last: Option<String>,
    /// Units that were refused in all sources.
    pub rejected: u64,
}

/// The mechanisms that one source leaves for the subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurvivingSet {
    /// The source's id.
    pub source: String,
    /// Its vantage.
    pub vantage: String,
    /// How many series of the subject it shows.
    pub series: u64,
    /// How many of them abstained.
    pub abstained: u64,
    /// How many could be told from the lookups of this source alone, without mail and flow logs.
    #[serde(default)]
    pub told_alone: u64,
    /// One chip for each mechanism that is best in, or in the set of, some series.
    pub chips: Vec<Chip>,
}

/// A mechanism with its weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    /// Mechanism identifier.
    pub mechanism: String,
    /// Its family.
    pub family: String,
    /// In how many series it is best.
    pub best_in: u64,
    /// In how many series it is in the set.
    pub in_set_of: u64,
    /// Median over the series in which it is best, decimal logarithm; 0 where it is best in none.
    pub log10_lr: f64,
    /// The ENFSI words for `log10_lr`.
    pub verbal: String,
}

/// A setting of a name, and how many of its siblings have it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The name.
    pub name: String,
    /// Which setting: the code of a finding of `askance posture`, or `same-` and what.
    pub feature: String,
    /// What the name has.
    pub what: String,
    /// Siblings that have it as well.
    pub alike: u64,
    /// Siblings of which it is known.
    pub known: u64,
    /// Share of the siblings that have it, with its 95 % interval; absent without siblings.
    pub share: Option<[f64; 3]>,
    /// How much more likely it is at most if the name was set up apart from its siblings; about 1 where most share it.
    pub lr_max: f64,
}

/// A person or organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Its id in the case.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its roles: registrant, dns-operator, address-operator, sender, receiver …
    pub roles: Vec<String>,
    /// Addresses and prefixes that the case says are its own.
    pub addresses: Vec<String>,
    /// Where its roles are recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A dated, attributed statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id in the case; empty where it has none.
    pub id: String,
    /// Who said it (a party's id or words).
    pub who: String,
    /// When, as precisely as known.
    pub said_at: String,
    /// About what.
    pub about: String,
    /// Verbatim.
    pub text: String,
    /// Where it is recorded.
    pub source: String,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id in the case.
    pub id: String,
    /// What.
    pub what: String,
    /// The earliest it can have been.
    pub not_before: String,
    /// The latest it can have been.
    pub not_after: String,
    /// False where the two differ: the clock time is unknown.
    pub clock_known: bool,
    /// Where it is recorded.
    pub source: String,
}

/// A name to compare with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// The name.
    pub name: String,
    /// Why it is a peer.
    pub why: String,
}

/// Who looks one subject up, at one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhoPanel {
    /// The source's id.
    pub source: String,
    /// Its vantage.
    pub vantage: String,
    /// The subject.
    pub name: String,
    /// The TTL that the demand correction used, seconds; absent behind no cache or where unknown.
    pub ttl_s: Option<f64>,
    /// One row for each client, most lookups first.
    pub rows: Vec<WhoRow>,
    /// Herfindahl-Hirschman index of the raw shares.
    pub hhi: f64,
    /// Upper bound (95 %) on the share of lookups by clients not seen here.
    pub unseen_mass_max: f64,
    /// What the panel cannot show.
    pub note: String,
}

/// One client's part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhoRow {
    /// The client as the source names it.
    pub client: String,
    /// The party that the case says it belongs to; empty where none.
    pub party: String,
    /// Its lookups.
    pub n: u64,
    /// Its share of lookups, 0 to 1.
    pub share: f64,
    /// 95 % interval of the share.
    pub share_lo: f64,
    /// See `share_lo`.
    pub share_hi: f64,
    /// Demand behind the cache, lookups a day; absent where unidentifiable or behind no cache.
    pub demand_per_day: Option<f64>,
    /// 95 % interval of the demand; the upper end absent where unbounded.
    pub demand_lo: Option<f64>,
    /// See `demand_lo`.
    pub demand_hi: Option<f64>,
    /// Share of the demand of all clients with identifiable demand.
    pub demand_share: Option<f64>,
    /// Why a number is absent or doubtful, in words; empty where nothing is.
    pub note: String,
}

/// Rhythm of one subject at one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RhythmPanel {
    /// The source's id.
    pub source: String,
    /// Its vantage.
    pub vantage: String,
    /// The subject.
    pub name: String,
    /// The zone of `week_hour`.
    pub zone: String,
    /// Lookups by hour of the week in `zone`, from Monday 00:00; 168 values.
    pub week_hour: Vec<u64>,
    /// How many weeks the record covers.
    pub weeks: f64,
    /// What a cache hides here, in words; empty behind no cache.
    pub dead_time_note: String,
    /// True where "human or automated" can be told here.
    pub identifiable: bool,
    /// One sentence: the finding, as a title.
    pub finding: String,
}

/// Lookups and connections of one client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// The source of the lookups.
    pub source: String,
    /// The client.
    pub client: String,
    /// The party it belongs to; empty where none.
    pub party: String,
    /// The subject.
    pub name: String,
    /// The mechanism that is best for its series.
    pub best: String,
    /// Lookups inside the flow log's coverage.
    pub lookups: u64,
    /// Of these, followed by a flow from the client to an address in the answer within `window_s`.
    pub followed: u64,
    /// Share followed, with its 95 % interval, 0 to 1.
    pub p: f64,
    /// See `p`.
    pub p_lo: f64,
    /// See `p`.
    pub p_hi: f64,
    /// What chance alone gives (same hours of other weeks), 0 to 1.
    pub chance: f64,
    /// Share of such flows that a lookup preceded; absent where there was no flow.
    pub p_lookup_given_flow: Option<f64>,
    /// Flows from the client to the answer's addresses.
    pub flows_to: u64,
    /// Flows from those addresses to the client.
    pub flows_from: u64,
    /// The window, seconds.
    pub window_s: f64,
    /// Why it cannot be assessed; empty where it can.
    pub not_assessable: String,
}

/// Custody and method.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The program's version.
    pub version: String,
    /// SHA-256 of `case.toml`.
    pub case_sha256: String,
    /// SHA-256 of the claims, taken before any record was read.
    pub claims_sha256: String,
    /// Merkle root over the inputs (RFC 6962 §2.1 over their SHA-256, in order).
    pub inputs_root: String,
    /// The root over case, claims and sources of `custody.json` beside this document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub custody_root: String,
    /// The priors, one line each.
    pub priors: Vec<String>,
    /// Every parameter, one line each.
    pub parameters: Vec<String>,
    /// The command that reproduces this report.
    pub reproduce: String,
    /// Stated limits of the method, one sentence each.
    pub limits: Vec<String>,
}
