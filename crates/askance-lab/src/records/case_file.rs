//! `case.toml`, ready for `askance investigate`.
//!
//! The keys are those of `docs/reference/case.md`; the program that reads them refuses unknown
//! ones. This crate does not depend on the reader: the test that feeds a written case to
//! `askance_case::Case::parse` stands where both are at hand, among the tests of the binary.

use askance_record::Timestamp;
use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Written;
use super::config::{MailProgram, RecordFormat, TapConfig};

/// A case.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseFile {
    /// The title.
    pub title: String,
    /// The question.
    pub question: String,
    /// The names asked about.
    pub subjects: Vec<String>,
    /// IANA zone of local times; UTC where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_zone: Option<String>,
    /// Records.
    #[serde(rename = "source")]
    pub sources: Vec<CaseSource>,
    /// People and organisations.
    #[serde(rename = "party")]
    pub parties: Vec<CaseParty>,
    /// Statements.
    #[serde(rename = "statement")]
    pub statements: Vec<CaseStatement>,
    /// What happened when.
    #[serde(rename = "event")]
    pub events: Vec<CaseEvent>,
    /// Names to compare with.
    #[serde(rename = "peer")]
    pub peers: Vec<CasePeer>,
    /// Claims and their tests.
    #[serde(rename = "claim")]
    pub claims: Vec<CaseClaim>,
}

/// A written time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseMoment {
    /// An instant.
    Instant(Timestamp),
    /// A whole day in UTC: the clock time is unknown.
    Day(Date),
}

impl From<Timestamp> for CaseMoment {
    fn from(t: Timestamp) -> Self {
        Self::Instant(t)
    }
}

impl Serialize for CaseMoment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Instant(t) => serializer.collect_str(t),
            Self::Day(day) => serializer.collect_str(day),
        }
    }
}

/// An instant or a day, as a TOML date-time or as text.
impl<'de> Deserialize<'de> for CaseMoment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::scenario::written(deserializer)?;
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::Instant(instant.into()));
        }
        let day = text.parse().map(Self::Day);
        day.map_err(|_| {
            D::Error::custom(format!("{text:?} is neither an instant such as 2016-05-04T09:30:00Z nor a day"))
        })
    }
}

/// A source of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseSource {
    /// Its name.
    pub id: String,
    /// Its path, relative to the case's folder, or a glob.
    pub path: String,
    /// Its format, or `auto`.
    pub format: String,
    /// `dns`, `csv-map`, `flow`, `mail`, `zone` or `survey`.
    pub kind: String,
    /// Where lookups were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vantage: Option<String>,
    /// Zone of stamps that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Year of stamps that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// When it recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<[CaseMoment; 2]>,
    /// Of a mail log: the address under which its host asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// SHA-256, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it can show at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keeps: Option<CaseKeeps>,
    /// Columns of a `csv-map`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<CaseMap>,
}

/// What a source can show at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseKeeps {
    /// Only these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Only names under these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Seconds that a stamp is cut to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_s: Option<f64>,
    /// Of a flow log: whose connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// Columns of a `csv-map`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CaseMap {
    /// One character, or `tab`.
    pub delimiter: String,
    /// Column names in order.
    pub columns: Vec<String>,
    /// Type of every row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qtype: Option<String>,
}

/// A person or organisation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseParty {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Addresses and prefixes that are its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// A dated, attributed statement.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseStatement {
    /// Its id.
    pub id: String,
    /// Who said it.
    pub who: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_at: Option<CaseMoment>,
    /// About what.
    pub about: String,
    /// Verbatim.
    pub text: String,
    /// Where it is recorded.
    pub source: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CaseEvent {
    /// Its id.
    pub id: String,
    /// What.
    pub what: String,
    /// The earliest it can have been.
    pub not_before: CaseMoment,
    /// The latest it can have been.
    pub not_after: CaseMoment,
    /// Where it is recorded.
    #[serde(default)]
    pub source: String,
}

/// A name to compare with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CasePeer {
    /// The name.
    pub name: String,
    /// Why it is a peer.
    pub why: String,
}

/// A claim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseClaim {
    /// Its id.
    pub id: String,
    /// Verbatim.
    pub text: String,
    /// Who makes it.
    pub by: String,
    /// Where it is recorded.
    pub source: String,
    /// Its tests.
    #[serde(rename = "test", skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<CaseTest>,
}

/// A test of a claim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseTest {
    /// What is tested, such as `concentration`.
    pub kind: String,
    /// The source that it is tested on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The name that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Clients that the claim names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// The period that the claim names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<[CaseMoment; 2]>,
    /// Peers that the claim names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Events that the claim names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Statements that the claim rests on or contradicts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
    /// The share that the claim names, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

impl CaseFile {
    /// The text of `case.toml`.
    ///
    /// # Panics
    /// Never: a case is made of text, numbers and tables.
    pub fn render(&self) -> String {
        #[derive(Serialize)]
        struct WithSchema<'a> {
            schema: &'static str,
            #[serde(flatten)]
            case: &'a CaseFile,
        }
        let whole = WithSchema { schema: "askance.case/1", case: self };
        toml::to_string(&whole).expect("a case is made of text, numbers and tables")
    }
}

impl CaseSource {
    /// The source that a tap is, with the hash of what it wrote.
    ///
    /// A clock offset and lost messages are not told: whoever investigates has to find out.
    pub fn of(tap: &TapConfig, written: &Written) -> Self {
        let (format, kind) = format_and_kind(tap);
        let is_dns = matches!(kind, "dns" | "csv-map");
        let named = matches!(tap.format, RecordFormat::BindQueryLog)
            || matches!(tap.format, RecordFormat::MailLog { program: MailProgram::Exim, .. });
        let map = match tap.format {
            RecordFormat::CsvList { delimiter } => Some(CaseMap {
                delimiter: if delimiter == '\t' { "tab".to_owned() } else { delimiter.to_string() },
                columns: ["ts", "qname", "client"].map(str::to_owned).to_vec(),
                qtype: match tap.keep_types.as_slice() {
                    [only] => Some(only.to_string()),
                    _ => None,
                },
            }),
            _ => None,
        };
        Self {
            id: tap.id.clone(),
            path: tap.path.clone(),
            format: format.to_owned(),
            kind: kind.to_owned(),
            vantage: is_dns.then(|| tap.vantage.to_string()),
            zone: named.then(|| "UTC".to_owned()),
            year: None,
            covers: tap.covers.iter().map(|&(from, to)| [from.into(), to.into()]).collect(),
            client: tap.at.first().filter(|_| kind == "mail").map(ToString::to_string),
            sha256: Some(written.sha256.clone()),
            keeps: keeps(tap, is_dns),
            map,
        }
    }
}

fn format_and_kind(tap: &TapConfig) -> (&'static str, &'static str) {
    match tap.format {
        RecordFormat::BindQueryLog => ("bind-query", "dns"),
        RecordFormat::UnboundLog => ("unbound", "dns"),
        RecordFormat::Dnstap => ("auto", "dns"),
        RecordFormat::Pcap => ("pcap", "dns"),
        RecordFormat::ZeekDns => ("zeek-dns", "dns"),
        RecordFormat::ZeekConn => ("zeek-conn", "flow"),
        RecordFormat::MailLog { program, .. } => match program {
            MailProgram::Postfix => ("postfix", "mail"),
            MailProgram::Exim => ("exim", "mail"),
            MailProgram::OpenSmtpd => ("opensmtpd", "mail"),
            MailProgram::Sendmail => ("sendmail", "mail"),
        },
        RecordFormat::CsvList { .. } => ("csv-map", "csv-map"),
    }
}

/// What the tap leaves out; nothing where it keeps all.
fn keeps(tap: &TapConfig, is_dns: bool) -> Option<CaseKeeps> {
    let own_us = match tap.format {
        RecordFormat::UnboundLog | RecordFormat::MailLog { program: MailProgram::Exim, .. } => 1_000_000,
        RecordFormat::BindQueryLog | RecordFormat::CsvList { .. } => 1_000,
        _ => 1,
    };
    let keeps = CaseKeeps {
        types: tap.keep_types.iter().filter(|_| is_dns).map(ToString::to_string).collect(),
        names: tap.keep_names.iter().filter(|_| is_dns).map(ToString::to_string).collect(),
        // What the stamps themselves show need not be told.
        addresses: tap
            .at
            .iter()
            .filter(|_| matches!(tap.format, RecordFormat::ZeekConn))
            .map(ToString::to_string)
            .collect(),
        resolution_s: (tap.resolution_us > own_us).then(|| tap.resolution_us as f64 / 1e6),
    };
    (keeps != CaseKeeps::default()).then_some(keeps)
}
