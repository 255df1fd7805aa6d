//! Archives for tests, from a few words a lookup.

use std::fmt::Write as _;
use std::path::Path;

use askance_archive::{ArchiveWriter, SourceMeta};
use askance_record::{
    Answer, At, Batch, FlowRecord, Host, Ledger, Lookup, MailEvent, MailKind, Name, Rcode, RrClass, RrType, Side,
    SourceId, Timestamp, Unit, Vantage,
};
use tempfile::TempDir;

use crate::{Engine, Options};

/// A source of an archive.
pub(crate) struct Source<'a> {
    pub(crate) id: &'a str,
    pub(crate) tap: &'a str,
    pub(crate) vantage: Vantage,
    /// A lookup a line: `SECONDS CLIENT QTYPE QNAME [RCODE [TTL RTYPE DATA]...]`; `-` for a client that is not known.
    pub(crate) lines: &'a str,
}

/// A source at a resolver's clients.
pub(crate) fn source<'a>(id: &'a str, lines: &'a str) -> Source<'a> {
    Source { id, tap: id, vantage: Vantage::ResolverClient, lines }
}

pub(crate) fn lookups(source: &Source<'_>) -> Vec<Lookup> {
    let lines = source.lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.enumerate().map(|(i, line)| lookup(line, i as u64, source.vantage)).collect()
}

fn lookup(line: &str, i: u64, vantage: Vantage) -> Lookup {
    let words: Vec<&str> = line.split_whitespace().collect();
    let seconds: f64 = words[0].parse().expect("seconds");
    #[expect(clippy::cast_possible_truncation, reason = "small literals")]
    let us = (seconds * 1e6).round() as i64;
    let answers: Vec<Answer> = words[4..].get(1..).unwrap_or_default().chunks(3).map(answer).collect();
    Lookup {
        ts: Timestamp::from_us(us),
        at: At { source: SourceId(0), byte: 100 * i, unit: Unit::Line(i + 1) },
        vantage,
        client: Host::from_text(words[1]),
        qtype: RrType::from_mnemonic(words[2]),
        qclass: Some(RrClass::IN),
        qname: Name::parse(words[3]).expect("name"),
        rcode: words.get(4).map(|rcode| rcode.parse::<Rcode>().expect("rcode")),
        side: if words.len() > 4 { Side::Both } else { Side::Query },
        ttl_min_s: answers.iter().filter_map(|a| a.ttl_s).min(),
        answers_known: words.len() > 4,
        answers,
        ..Lookup::default()
    }
}

fn answer(words: &[&str]) -> Answer {
    Answer { owner: None, ttl_s: words[0].parse().ok(), rtype: words[1].parse().ok(), data: words[2].to_owned() }
}

pub(crate) fn add(dir: &Path, source: &Source<'_>, flows: &[FlowRecord], mail: &[MailEvent]) {
    let mut writer = ArchiveWriter::open_or_create(dir).expect("archive");
    let mut sink = writer.begin(SourceMeta {
        id: source.id.to_owned(),
        format: "test".to_owned(),
        vantage: Some(source.vantage),
        tap: source.tap.to_owned(),
        options: String::new(),
        resolution: None,
    });
    let lookups = lookups(source);
    let mut batch = Batch::with_room((lookups.len() + flows.len() + mail.len()).max(1));
    for lookup in &lookups {
        *batch.lookups.push() = lookup.clone();
    }
    for flow in flows {
        *batch.flows.push() = flow.clone();
    }
    for event in mail {
        *batch.mail.push() = event.clone();
    }
    sink.push(&batch).expect("push");
    let mut ledger = Ledger {
        units_in: batch.len() as u64,
        lookups: lookups.len() as u64,
        flows: flows.len() as u64,
        mail: mail.len() as u64,
        ..Ledger::default()
    };
    ledger.reject("bad name", At { unit: Unit::Line(99), ..At::default() }, b"x..y");
    sink.finish(&format!("sha of {}", source.id), 1, &ledger).expect("commit");
}

/// An engine over an archive of these sources, and the folder that holds it.
pub(crate) fn engine(sources: &[Source<'_>]) -> (Engine, TempDir) {
    let dir = tempfile::Builder::new().prefix("askance [x] é*% ").tempdir().expect("folder");
    for source in sources {
        add(dir.path(), source, &[], &[]);
    }
    if sources.is_empty() {
        ArchiveWriter::open_or_create(dir.path()).expect("archive");
    }
    let options = Options { partitions: 3, ..Options::default() };
    (Engine::open_with(dir.path(), &options).expect("readable"), dir)
}

/// The answer to a statement as JSON lines.
pub(crate) fn json(engine: &Engine, sql: &str) -> String {
    let mut out = Vec::new();
    engine.sql(sql).expect(sql).write_json_lines(&mut out).expect("runs");
    String::from_utf8(out).expect("text")
}

/// A lookup of each of the names n0 to nN, a second apart.
pub(crate) fn many(n: u32, clients: u32) -> String {
    let mut lines = String::new();
    for i in 0..n {
        writeln!(lines, "{i} 192.0.2.{} A n{i}.example", i % clients + 1).expect("writing to a String cannot fail");
    }
    lines
}

/// A reject in a mail log.
pub(crate) fn reject(seconds: i64) -> MailEvent {
    MailEvent {
        ts: Timestamp::from_s(seconds),
        kind: MailKind::Reject,
        host: "mx".into(),
        peer: "192.0.2.5".parse().ok(),
        from: "a@hotel.example".into(),
        code: Some(521),
        ..MailEvent::default()
    }
}

/// A connection to port 25.
pub(crate) fn connection(seconds: i64, src: &str, dst: &str) -> FlowRecord {
    FlowRecord {
        start: Timestamp::from_s(seconds),
        src: src.parse().ok(),
        dst: dst.parse().ok(),
        dst_port: Some(25),
        proto: "tcp".into(),
        established: Some(true),
        ..FlowRecord::default()
    }
}
