//! The case: its file, its plan, its claims and custody, and the case JSON.
//!
//! A [`Case`] is read strictly from `case.toml`. The binary reads its sources into
//! an archive and hands series, flows and mail events to [`assemble`], which
//! attributes, tests the claims and fills a [`json::CaseReport`]. Nothing here
//! opens a file, a socket or a clock.

mod ablate;
mod assemble;
mod attribute;
mod claims;
mod company;
mod counts;
mod custody;
mod error;
mod evaluate;
mod evidence;
pub mod json;
mod labels;
mod model;
mod moment;
mod panels;
mod prefix;
mod records;
mod survey;
mod wording;

pub use ablate::{Ablated, Ablation};
pub use assemble::{Details, Given, assemble};
pub use attribute::{Attributor, SourceView};
pub use counts::read_counts;
pub use custody::{
    CUSTODY_SCHEMA, ClaimHash, Custody, Difference, FileTree, NodeHash, Place, Pledge, SourceCustody, TreeHasher,
    claim_sha256, claims_sha256, difference, imprint, inputs_root, sha256, sha256_hex, timestamp_request,
};
pub use error::CaseError;
pub use evaluate::{
    Answer, ByLookups, Confusion, Curves, EachGroup, Evaluation, EvaluationReport, Falsehood, Folder, Judged,
    LongerSeries, MechanismRow, OpenSet, Part, PriorCost, ProgramRow, Rise, Rule, Run, Split, Summary, Totals, Tunnels,
    Versus,
};
pub use labels::{Label, Origin, read_labels};
pub use model::{
    Case, ClaimSpec, EventSpec, Keeps, MapSpec, PartySpec, PeerSpec, SourceKind, SourceSpec, StatedShare,
    StatementSpec, TestKind, TestSpec,
};
pub use moment::Moment;
pub use records::{CaseRecords, ConfigurationRow, CountRow, FlowRow, MailRow, SeriesRow};
pub use survey::{SURVEY_LINE_OCTETS_MAX, SurveyLine, SurveyRows, read_survey_line, survey_network, survey_networks};
pub use wording::wording;
