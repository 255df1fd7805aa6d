//! The lines of a survey's journal and results: written here, read here, documented in `docs/reference/survey.md`.

use std::net::IpAddr;

use askance_proto::smtp::{Reply, ReplyError};
use askance_proto::survey::{
    Assignment, Certificate, ConnectFailure, Finding, Heard, Plan, Recipient, Stage, Visit, VisitEnd, VisitPlan,
};
use askance_record::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the lines are, and their version.
const SCHEMA: &str = "askance.survey/1";

/// What one line of a journal says.
pub(super) enum Entry {
    /// A run begins, asking as this.
    Header(Value),
    /// A connection is about to be begun.
    Started { target: IpAddr, visit: VisitPlan, at: Timestamp },
    /// A visit was made, and another will follow.
    Visit { target: IpAddr, visit: Box<Visit> },
    /// A target has its result, after so many visits.
    Result { target: IpAddr, visits: usize },
}

#[derive(Serialize, Deserialize)]
struct StartedJson {
    #[serde(rename = "type")]
    kind: String,
    target: IpAddr,
    visit: usize,
    sender: usize,
    source: usize,
    starttls: bool,
    at: String,
    at_us: i64,
}

/// The serialisable twin of a visit.
#[derive(Serialize, Deserialize)]
struct VisitJson {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<IpAddr>,
    visit: usize,
    sender: usize,
    source: usize,
    starttls: bool,
    began: String,
    began_us: i64,
    stage: String,
    end: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateJson>,
    /// In a `result` they stand beside the visits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replies: Vec<HeardJson>,
}

/// The serialisable twin of a reply.
#[derive(Serialize, Deserialize)]
struct HeardJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visit: Option<usize>,
    stage: String,
    code: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enhanced: Option<(u8, u16, u16)>,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    delay_us: i64,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    ahead: bool,
    /// The octets in hexadecimal, where they are not what code and text make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

/// The serialisable twin of a certificate.
#[derive(Serialize, Deserialize)]
struct CertificateJson {
    names: Vec<String>,
    subject: Option<String>,
    issuer: Option<String>,
    not_after: Option<String>,
    sha256: String,
}

/// The line with which a run begins: who asks whom, why, how fast.
///
/// - `now`: time of day
pub fn header_line(plan: &Plan, now: Timestamp) -> String {
    let (request, pace) = (plan.request(), &plan.request().pace);
    json!({
        "type": "survey",
        "schema": SCHEMA,
        "began": now.to_string(),
        "asked_as": asked_as(plan),
        "helo_confirmed": request.helo_confirmed,
        "reason": request.reason,
        "ranges": request.targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "exclude": request.exclude.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "targets": plan.targets().len(),
        "connections_max": plan.connections_max(),
        "pace": {
            "in_flight_max": pace.in_flight_max,
            "per_network_max": pace.per_network_max,
            "pause_us": pace.pause_us,
            "jitter_us": pace.jitter_us,
            "gap_us": pace.gap_us,
        },
    })
    .to_string()
}

/// What must stay the same for a survey to go on: visits are told apart by their place in these lists.
pub(super) fn asked_as(plan: &Plan) -> Value {
    let request = plan.request();
    let senders: Vec<_> = request.senders.iter().map(|s| json!({ "helo": s.helo, "mail_from": s.mail_from })).collect();
    json!({
        "senders": senders,
        "sources": request.sources,
        "recipients": request.recipients,
        "relay_to": request.relay_to,
        "port": request.port,
    })
}

pub(super) fn started_line(assignment: Assignment, now: Timestamp) -> String {
    let VisitPlan { sender, source, starttls } = assignment.visit;
    let (kind, target, visit) = ("started".to_owned(), assignment.target, assignment.ordinal);
    text(&StartedJson { kind, target, visit, sender, source, starttls, at: now.to_string(), at_us: now.us() })
}

pub(super) fn visit_line(assignment: Assignment, visit: &Visit) -> String {
    let mut twin = VisitJson::of(visit, assignment.ordinal);
    twin.kind = Some("visit".to_owned());
    twin.target = Some(assignment.target);
    twin.replies = visit.replies.iter().map(|heard| HeardJson::of(heard, None)).collect();
    text(&twin)
}

/// The line of one result: class, stage, replies, as whom, what decided and what it does not say.
pub fn result_line(plan: &Plan, finding: &Finding) -> String {
    let (request, verdict) = (plan.request(), &finding.verdict);
    let numbered = || (1..).zip(&finding.visits);
    let replies: Vec<_> = numbered()
        .flat_map(|(n, visit)| visit.replies.iter().map(move |heard| HeardJson::of(heard, Some(n))))
        .collect();
    let visits: Vec<_> = numbered().map(|(n, visit)| VisitJson::of(visit, n)).collect();
    let first = finding.visits.first();
    let identity = first.map(|visit| {
        let sender = &request.senders[visit.sender];
        json!({ "helo": sender.helo, "mail_from": sender.mail_from, "source": request.sources.get(visit.source) })
    });
    let spoke = |n: usize| finding.visits.iter().any(|visit| visit.sender == n);
    let others = request.senders.iter().enumerate().skip(1).filter(|(n, _)| spoke(*n));
    let also: Vec<_> = others.map(|(_, sender)| sender.mail_from.clone()).collect();
    json!({
        "type": "result",
        "target": finding.target,
        "port": request.port,
        "class": verdict.class.as_str(),
        "stage": verdict.stage.as_str(),
        "code": verdict.reply.as_ref().map(|reply| reply.code),
        "text": verdict.reply.as_ref().map(|reply| reply.lines.join("\n")),
        "why": verdict.why,
        "does_not_say": verdict.silent,
        "cites": verdict.cites,
        "remarks": verdict.remarks.iter().map(|remark| remark.as_str()).collect::<Vec<_>>(),
        "identity": identity,
        "also_as": also,
        "helo_confirmed": request.helo_confirmed,
        "reason": request.reason,
        "at": first.map(|visit| visit.began.to_string()),
        "replies": replies,
        "visits": visits,
    })
    .to_string()
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn read_line(line: &[u8]) -> Result<Entry, String> {
    let value: Value = serde_json::from_slice(line.trim_ascii_end())
        .map_err(|e| format!("it is not JSON from octet {} on", e.column()))?;
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "survey" if value["schema"] != SCHEMA => Err(format!("it is not of {SCHEMA}")),
        "survey" => Ok(Entry::Header(value["asked_as"].clone())),
        "started" => {
            let twin: StartedJson = serde_json::from_value(value).map_err(|e| e.to_string())?;
            let visit = VisitPlan { sender: twin.sender, source: twin.source, starttls: twin.starttls };
            Ok(Entry::Started { target: twin.target, visit, at: Timestamp::from_us(twin.at_us) })
        }
        "visit" => {
            let twin: VisitJson = serde_json::from_value(value).map_err(|e| e.to_string())?;
            let target = twin.target.ok_or("no target")?;
            let visit = twin.into_visit().ok_or("a word that no survey writes")?;
            Ok(Entry::Visit { target, visit: Box::new(visit) })
        }
        "result" => {
            let target = value["target"].as_str().and_then(|t| t.parse().ok()).ok_or("no target")?;
            let visits = value["visits"].as_array().map_or(0, Vec::len);
            Ok(Entry::Result { target, visits })
        }
        _ => Err("no type that a survey writes".to_owned()),
    }
}

fn text(twin: &impl Serialize) -> String {
    serde_json::to_string(twin).expect("texts, numbers and lists can be written")
}

impl VisitJson {
    /// Without the replies.
    fn of(visit: &Visit, ordinal: usize) -> Self {
        let (end, detail, pieces) = end_words(&visit.end);
        Self {
            kind: None,
            target: None,
            visit: ordinal,
            sender: visit.sender,
            source: visit.source,
            starttls: visit.starttls,
            began: visit.began.to_string(),
            began_us: visit.began.us(),
            stage: visit.stage.as_str().to_owned(),
            end: end.to_owned(),
            detail,
            pieces,
            certificate: visit.certificate.clone().map(CertificateJson::of),
            replies: Vec::new(),
        }
    }

    fn into_visit(self) -> Option<Visit> {
        Some(Visit {
            sender: self.sender,
            source: self.source,
            starttls: self.starttls,
            began: Timestamp::from_us(self.began_us),
            stage: Stage::parse(&self.stage)?,
            end: end_of_words(&self.end, self.detail, self.pieces)?,
            replies: self.replies.into_iter().map(HeardJson::into_heard).collect::<Option<_>>()?,
            certificate: self.certificate.map(CertificateJson::into_certificate),
        })
    }
}

const GARBLED: [(ReplyError, &str); 4] = [
    (ReplyError::NoCode, "no-code"),
    (ReplyError::MixedCodes, "mixed-codes"),
    (ReplyError::LineTooLong, "line-too-long"),
    (ReplyError::TooManyLines, "too-many-lines"),
];

fn end_words(end: &VisitEnd) -> (&'static str, Option<String>, Option<u32>) {
    match end {
        VisitEnd::Answered => ("answered", None, None),
        VisitEnd::NotConnected(ConnectFailure::Refused) => ("refused", None, None),
        VisitEnd::NotConnected(ConnectFailure::Timeout) => ("timeout", None, None),
        VisitEnd::NotConnected(ConnectFailure::Unreachable) => ("unreachable", None, None),
        VisitEnd::NotConnected(ConnectFailure::Ours) => ("ours", None, None),
        VisitEnd::Dropped => ("dropped", None, None),
        VisitEnd::Silent { pieces } => ("silent", None, Some(*pieces)),
        VisitEnd::Garbled(error) => {
            let word = GARBLED.iter().find(|(e, _)| e == error).map(|(_, word)| (*word).to_owned());
            ("garbled", word, None)
        }
        VisitEnd::Flooded => ("flooded", None, None),
        VisitEnd::TlsFailed(why) => ("tls-failed", Some(why.clone()), None),
        VisitEnd::Interrupted => ("interrupted", None, None),
    }
}

fn end_of_words(end: &str, detail: Option<String>, pieces: Option<u32>) -> Option<VisitEnd> {
    Some(match end {
        "answered" => VisitEnd::Answered,
        "refused" => VisitEnd::NotConnected(ConnectFailure::Refused),
        "timeout" => VisitEnd::NotConnected(ConnectFailure::Timeout),
        "unreachable" => VisitEnd::NotConnected(ConnectFailure::Unreachable),
        "ours" => VisitEnd::NotConnected(ConnectFailure::Ours),
        "dropped" => VisitEnd::Dropped,
        "silent" => VisitEnd::Silent { pieces: pieces? },
        "garbled" => VisitEnd::Garbled(GARBLED.iter().find(|(_, word)| Some(*word) == detail.as_deref())?.0),
        "flooded" => VisitEnd::Flooded,
        "tls-failed" => VisitEnd::TlsFailed(detail?),
        "interrupted" => VisitEnd::Interrupted,
        _ => return None,
    })
}

impl HeardJson {
    fn of(heard: &Heard, visit: Option<usize>) -> Self {
        let reply = &heard.reply;
        let plain = heard.raw == reply.render();
        Self {
            visit,
            stage: heard.stage.as_str().to_owned(),
            code: reply.code,
            enhanced: reply.enhanced,
            text: reply.lines.join("\n"),
            recipient: heard.recipient.as_ref().map(|(_, address)| address.clone()),
            about: heard.recipient.as_ref().map(|(kind, _)| kind.as_str().to_owned()),
            delay_us: heard.delay_us,
            ahead: heard.ahead,
            raw: (!plain).then(|| hex(&heard.raw)),
        }
    }

    fn into_heard(self) -> Option<Heard> {
        let reply = Reply {
            code: self.code,
            enhanced: self.enhanced,
            lines: self.text.split('\n').map(str::to_owned).collect(),
        };
        let recipient = match (self.about, self.recipient) {
            (Some(kind), Some(address)) => Some((Recipient::parse(&kind)?, address)),
            _ => None,
        };
        let raw = match self.raw {
            Some(text) => octets(&text)?,
            None => reply.render(),
        };
        let stage = Stage::parse(&self.stage)?;
        Some(Heard { stage, recipient, reply, raw, delay_us: self.delay_us, ahead: self.ahead })
    }
}

impl CertificateJson {
    fn of(certificate: Certificate) -> Self {
        let Certificate { names, subject, issuer, not_after, sha256 } = certificate;
        Self { names, subject, issuer, not_after, sha256 }
    }

    fn into_certificate(self) -> Certificate {
        let Self { names, subject, issuer, not_after, sha256 } = self;
        Certificate { names, subject, issuer, not_after, sha256 }
    }
}

fn hex(octets: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).expect("below 16");
    octets.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
