//! What mail servers answered when they were asked on purpose.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// A survey that somebody made, as one source of the case holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The source's id.
    pub source: String,
    /// SHA-256 of its journal.
    pub sha256: String,
    /// When its first and its last target were visited; absent where the journal tells neither.
    pub first: Option<String>,
    /// See `first`.
    pub last: Option<String>,
    /// Targets with a result.
    pub targets: u64,
    /// Why strangers were asked, as the surveyors stated it.
    pub reasons: Vec<String>,
    /// Results for addresses of the subjects, then for their neighbours, each by address.
    pub results: Vec<SurveyResult>,
    /// Neighbours whose results are counted in `networks` and not listed in `results`.
    pub left_out: u64,
    /// Every network of the survey, ascending.
    pub networks: Vec<SurveyNetwork>,
}

/// What one target was found to be: a `result` line of `askance survey`, or a line of another program with its least fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyResult {
    /// Its address.
    pub target: String,
    /// True where answers to lookups about a subject, or a reverse name of its family, hold the address.
    pub subject: bool,
    /// The class, such as `send-only`.
    pub class: String,
    /// The stage that decided, such as `rcpt`.
    pub stage: String,
    /// Code of the reply that decided; absent where none did.
    pub code: Option<u16>,
    /// Its text; hostile.
    pub text: Option<String>,
    /// What decided, in one sentence.
    pub why: String,
    /// What this does not say, in sentences.
    pub does_not_say: Vec<String>,
    /// What the rule rests on.
    pub cites: Vec<String>,
    /// What else was seen.
    pub remarks: Vec<String>,
    /// As whom it was asked first.
    #[serde(deserialize_with = "identity")]
    pub identity: SurveyIdentity,
    /// Reverse paths of the others as whom it was asked.
    pub also_as: Vec<String>,
    /// Why a stranger was asked.
    pub reason: Option<String>,
    /// When its first visit began.
    pub at: Option<String>,
    /// What it said.
    pub replies: Vec<SurveyReply>,
}

/// Who asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyIdentity {
    /// The name at `EHLO`.
    pub helo: String,
    /// The reverse path.
    pub mail_from: String,
    /// The address that it came from; absent where the system chose.
    pub source: Option<String>,
}

/// One reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyReply {
    /// In which visit to the target.
    pub visit: u64,
    /// What it answers.
    pub stage: String,
    /// Its code; absent where the connection ended instead.
    pub code: Option<u16>,
    /// Its text; hostile.
    pub text: String,
    /// The recipient that it is about.
    pub recipient: Option<String>,
}

/// What neighbours have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurveyNetwork {
    /// A /24, or the /48 of IPv6.
    pub network: String,
    /// Targets in it that have a result.
    pub targets: u64,
    /// How many of them are of each class.
    pub classes: BTreeMap<String, u64>,
    /// True where all were told the same, apart from names, addresses and numbers.
    pub alike: bool,
}

/// An identity is an object in our lines and a mailbox in those of simpler programs.
fn identity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SurveyIdentity, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Whole(SurveyIdentity),
        Mailbox(String),
        Nobody(()),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Whole(identity) => identity,
        Either::Mailbox(mail_from) => SurveyIdentity { mail_from, ..SurveyIdentity::default() },
        Either::Nobody(()) => SurveyIdentity::default(),
    })
}
