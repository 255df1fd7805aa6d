//! What is recorded of a story, in scenario files.

use serde::Deserialize;

use super::Instant;
use crate::records::{CaseClaim, CaseEvent, CaseParty, CasePeer, CaseStatement};

/// `[[source]]`: a record that somebody keeps of the story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Its id, which is also the id in the case file.
    pub id: String,
    /// Id of the node that is watched.
    pub of: String,
    /// Which of the node's traffic.
    pub side: Side,
    /// In which format.
    pub format: RecordFormatSpec,
    /// What the record keeps at all.
    #[serde(default)]
    pub keeps: KeepsSpec,
    /// Share of messages that the recorder misses.
    #[serde(default)]
    pub loss: f64,
    /// How far the recorder's clock is ahead, in seconds.
    #[serde(default)]
    pub clock_offset_s: f64,
    /// Kept by somebody and not handed over: it stands in `case-all-records.toml`, not in `case.toml`.
    #[serde(default)]
    pub withheld: bool,
    /// When it records; always, where empty.
    #[serde(default)]
    pub covers: Vec<(Instant, Instant)>,
}

/// Which traffic of a node a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// What clients ask the node: `resolver-client` of a resolver, `authoritative` of a server.
    Client,
    /// What the node asks others: `resolver-upstream` of a resolver, `stub` of any other node.
    Upstream,
    /// What the node writes to its system log.
    Log,
    /// Connections from and to the node.
    Flows,
}

/// In which format a record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordFormatSpec {
    /// BIND's query log.
    Bind,
    /// Unbound's log of queries and replies.
    Unbound,
    /// dnstap in Frame Streams.
    Dnstap,
    /// A capture.
    Pcap,
    /// Zeek's `dns.log`.
    ZeekDns,
    /// Zeek's `conn.log`.
    ZeekConn,
    /// The system log of a mail server.
    MailLog,
    /// `time|name|client`, as lists are published.
    List,
}

/// What a record keeps of what it sees.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepsSpec {
    /// Query types; all where empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// Names and what is below them; all where empty.
    #[serde(default)]
    pub names: Vec<String>,
    /// Step of its stamps, in seconds; the format's own where absent.
    #[serde(default)]
    pub resolution_s: Option<f64>,
}

/// What the case file says besides its sources; as in `case.toml`, handed on as it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseTail {
    /// People and organisations.
    #[serde(default, rename = "party")]
    pub parties: Vec<CaseParty>,
    /// Dated, attributed statements.
    #[serde(default, rename = "statement")]
    pub statements: Vec<CaseStatement>,
    /// What happened when.
    #[serde(default, rename = "event")]
    pub events: Vec<CaseEvent>,
    /// Names to compare with.
    #[serde(default, rename = "peer")]
    pub peers: Vec<CasePeer>,
    /// Claims and how to test them.
    #[serde(default, rename = "claim")]
    pub claims: Vec<CaseClaim>,
}
