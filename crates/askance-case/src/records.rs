//! What the case needs from the records: plain rows, whoever stores them.

use std::net::IpAddr;

use askance_inference::{NameStream, SeriesState};
use askance_record::{MailKind, Timestamp, Vantage};

use crate::survey::SurveyRows;

/// One series, as the archive's aggregate gives it.
#[derive(Clone, Debug)]
pub struct SeriesRow {
    /// Where it was seen.
    pub vantage: Vantage,
    /// Which sources were pooled.
    pub tap: String,
    /// Who asked.
    pub client: String,
    /// The head of the name family.
    pub name: String,
    /// Lookups.
    pub n: u64,
    /// First lookup.
    pub first: Timestamp,
    /// Last lookup.
    pub last: Timestamp,
    /// Types asked for.
    pub qtypes: Vec<String>,
    /// Names of the family that occur.
    pub members: Vec<String>,
    /// Largest TTL seen in its answers, seconds.
    pub ttl_max_s: Option<u32>,
    /// Addresses in its answers.
    pub addresses: Vec<IpAddr>,
    /// The hosts that MX records in its answers name.
    pub mail_hosts: Vec<String>,
    /// What its names that are made up as they are asked look like.
    pub names: Option<NameStream>,
    /// Its events.
    pub state: SeriesState,
}

impl SeriesRow {
    /// Whether its family has this name.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        self.name == name || self.members.iter().any(|m| m == name)
    }
}

/// One flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRow {
    /// The source's id.
    pub tap: String,
    /// When it began.
    pub start: Timestamp,
    /// Who opened it.
    pub src: Option<IpAddr>,
    /// To whom.
    pub dst: Option<IpAddr>,
    /// The port there.
    pub dst_port: Option<u16>,
    /// Its protocol.
    pub proto: String,
}

/// One event of a mail log.
#[derive(Clone, Debug, PartialEq)]
pub struct MailRow {
    /// The source's id.
    pub tap: String,
    /// When.
    pub ts: Timestamp,
    /// What.
    pub kind: MailKind,
    /// The peer.
    pub peer: Option<IpAddr>,
    /// The domain of the envelope sender, lower case; empty where the line names none.
    pub from_domain: String,
    /// The domain of the recipient, lower case; empty where the line names none.
    pub to_domain: String,
}

/// How often a client asked for a name, as somebody counted; when is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountRow {
    /// The source's id.
    pub tap: String,
    /// The name.
    pub name: String,
    /// Who asked.
    pub client: String,
    /// Lookups.
    pub n: u64,
}

/// A setting of a name, and how many of its siblings have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigurationRow {
    /// The name.
    pub name: String,
    /// Which setting, such as `dmarc-missing` or `same-spf`.
    pub feature: String,
    /// What the name has, in a sentence.
    pub what: String,
    /// Siblings that have it as well.
    pub alike: u64,
    /// Siblings of which it is known.
    pub known: u64,
}

/// All records of a case.
#[derive(Clone, Debug, Default)]
pub struct CaseRecords {
    /// Series, ordered by (tap, vantage, client, name).
    pub series: Vec<SeriesRow>,
    /// Flows, in any order.
    pub flows: Vec<FlowRow>,
    /// Mail events, in any order.
    pub mail: Vec<MailRow>,
    /// Surveys, in the order of the case's sources.
    pub surveys: Vec<SurveyRows>,
    /// Counts that somebody published, in the order of their rows.
    pub counts: Vec<CountRow>,
    /// How names are set up beside their siblings, by zone files.
    pub configurations: Vec<ConfigurationRow>,
}
