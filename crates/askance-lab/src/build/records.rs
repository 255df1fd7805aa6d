//! Which records are kept of a story, and the case files that name them.

use askance_proto::Node;
use askance_record::{RrType, Vantage};

use super::{CaseDraft, name};
use crate::records::{CaseFile, MailProgram, RecordFormat, TapConfig, TapKind};
use crate::scenario::{RecordFormatSpec, Scenario, ScenarioError, Side, SourceSpec};

/// The folder of the records, beside the case files.
const FOLDER: &str = "records";

/// The taps, in the scenario's order.
pub(super) fn taps(scenario: &Scenario, nodes: &[Node], seed: u64) -> Result<Vec<TapConfig>, ScenarioError> {
    scenario.sources.iter().map(|spec| tap(scenario, spec, nodes, seed)).collect()
}

fn tap(scenario: &Scenario, spec: &SourceSpec, nodes: &[Node], seed: u64) -> Result<TapConfig, ScenarioError> {
    let wrong = |what| ScenarioError::Value { table: "source", id: spec.id.as_str().into(), what };
    let crowd = scenario.populations.iter().find(|p| p.id == spec.of);
    let node = nodes.iter().find(|n| n.id == spec.of);
    let addresses = match (crowd, node) {
        (Some(crowd), _) => crowd.caches.clone(),
        (None, Some(node)) => node.addresses.clone(),
        (None, None) => return Err(wrong("is of something that has no records")),
    };
    let is_resolver = crowd.is_some() || scenario.resolvers.iter().any(|r| r.id == spec.of);
    let is_server = spec.of == "root" || scenario.servers.iter().any(|s| s.id == spec.of);
    let (what, vantage) = match spec.side {
        Side::Client if is_resolver => (TapKind::ClientSide, Vantage::ResolverClient),
        Side::Client if is_server => (TapKind::ClientSide, Vantage::Authoritative),
        Side::Client => return Err(wrong("only resolvers and servers have clients")),
        Side::Upstream if is_resolver => (TapKind::Upstream, Vantage::ResolverUpstream),
        Side::Upstream => (TapKind::Upstream, Vantage::Stub),
        Side::Log | Side::Flows => (TapKind::Streams, Vantage::Passive),
    };
    let (format, extension) = format(scenario, spec)?;
    let path = format!("{FOLDER}/{}.{extension}", spec.id);
    let mut tap = TapConfig::new(&spec.id, &path, addresses, what, vantage, format);
    for text in &spec.keeps.types {
        let rtype = RrType::from_mnemonic(text).ok_or_else(|| wrong("keeps a type that does not exist"))?;
        tap.keep_types.push(rtype);
    }
    for text in &spec.keeps.names {
        tap.keep_names.push(name("source", &spec.id, text)?);
    }
    if let Some(step_s) = spec.keeps.resolution_s {
        tap.resolution_us = micros(step_s).ok_or_else(|| wrong("has an impossible resolution"))?.max(1);
    }
    tap.loss = spec.loss;
    tap.clock_offset_us = micros(spec.clock_offset_s).ok_or_else(|| wrong("has an impossible clock"))?;
    tap.covers = spec.covers.iter().map(|(from, until)| (from.0, until.0)).collect();
    if tap.covers.is_empty() {
        tap.covers.push((scenario.start.0, scenario.end()));
    }
    tap.seed = seed;
    Ok(tap)
}

fn format(scenario: &Scenario, spec: &SourceSpec) -> Result<(RecordFormat, &'static str), ScenarioError> {
    let fits = match spec.format {
        RecordFormatSpec::MailLog => spec.side == Side::Log,
        RecordFormatSpec::ZeekConn => spec.side == Side::Flows,
        RecordFormatSpec::Bind | RecordFormatSpec::Unbound => spec.side == Side::Client,
        RecordFormatSpec::Pcap => spec.side != Side::Log,
        _ => matches!(spec.side, Side::Client | Side::Upstream),
    };
    if !fits {
        let what = "has a format that does not fit its side";
        return Err(ScenarioError::Value { table: "source", id: spec.id.as_str().into(), what });
    }
    Ok(match spec.format {
        RecordFormatSpec::Bind => (RecordFormat::BindQueryLog, "query.log"),
        RecordFormatSpec::Unbound => (RecordFormat::UnboundLog, "unbound.log"),
        RecordFormatSpec::Dnstap => (RecordFormat::Dnstap, "dnstap"),
        RecordFormatSpec::Pcap => (RecordFormat::Pcap, "pcap"),
        RecordFormatSpec::ZeekDns => (RecordFormat::ZeekDns, "dns.log"),
        RecordFormatSpec::ZeekConn => (RecordFormat::ZeekConn, "conn.log"),
        RecordFormatSpec::List => (RecordFormat::CsvList { delimiter: '|' }, "list.txt"),
        RecordFormatSpec::MailLog => (mail_log(scenario, spec), "mail.log"),
    })
}

/// The log of a receiver is in its program's words, that of a vendor in Postfix's.
fn mail_log(scenario: &Scenario, spec: &SourceSpec) -> RecordFormat {
    let receiver = scenario.receivers.iter().find(|r| r.id == spec.of);
    let program = match receiver.map(|r| r.program.as_str()) {
        Some(p) if p.starts_with("exim") => MailProgram::Exim,
        Some("opensmtpd") => MailProgram::OpenSmtpd,
        Some("sendmail") => MailProgram::Sendmail,
        _ => MailProgram::Postfix,
    };
    let vendor = scenario.vendors.iter().find(|v| v.id == spec.of);
    let hostname = receiver.map(|r| &r.hostname).or_else(|| vendor.map(|v| &v.hostname));
    let host = hostname.map_or(spec.of.as_str(), |h| h.split('.').next().unwrap_or(h));
    RecordFormat::MailLog { node: spec.of.clone(), host: host.to_owned(), program }
}

/// The case files: what was handed over, and all records where some are withheld.
pub(super) fn cases(scenario: &Scenario) -> Vec<CaseDraft> {
    let whole = CaseFile {
        // Wherever the title is read, it says that nothing of this happened.
        title: format!("{} (simulated)", scenario.title),
        question: scenario.question.clone(),
        subjects: scenario.subjects.clone(),
        display_zone: Some(scenario.display_zone.clone()),
        sources: Vec::new(),
        parties: scenario.case.parties.clone(),
        statements: scenario.case.statements.clone(),
        events: scenario.case.events.clone(),
        peers: scenario.case.peers.clone(),
        claims: scenario.case.claims.clone(),
    };
    let (withheld, open): (Vec<_>, Vec<_>) = scenario.sources.iter().partition(|s| s.withheld);
    let ids = |specs: &[&SourceSpec]| specs.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
    let mut drafts = vec![CaseDraft { path: "case.toml", document: whole.clone(), sources: ids(&open) }];
    if !withheld.is_empty() {
        let all = scenario.sources.iter().collect::<Vec<_>>();
        drafts.push(CaseDraft { path: "case-all-records.toml", document: whole, sources: ids(&all) });
    }
    drafts
}

/// Seconds as microseconds, if they are a time at all.
#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
fn micros(s: f64) -> Option<i64> {
    (s.is_finite() && s.abs() < 1e9).then(|| libm::round(s * 1e6) as i64)
}
