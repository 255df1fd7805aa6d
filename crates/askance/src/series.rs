//! From inputs to series rows: what `investigate`, `evaluate`, `hunt` and `explain` share.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use askance_archive::{Archive, ArchiveWriter};
use askance_case::json::{Example, LedgerJson, Series, Source, TallyJson};
use askance_case::{
    Attributor, Case, CaseRecords, Details, FlowRow, MailRow, SeriesRow, SourceCustody, SourceKind, SourceSpec,
    SourceView, SurveyRows,
};
use askance_query::{Engine, FlowFilter, MailFilter, SeriesFilter, SeriesKey};
use askance_record::{Timestamp, escape_terminal};

use crate::case_folder::CaseFolder;
use crate::cli::Records;
use crate::diagnose::CliError;
use crate::printer::Printer;
use crate::reading::{self, Reading};
use crate::survey;

/// How many records of a series a report quotes.
const EXAMPLES: u64 = 6;
/// The most instants that a picture is drawn from.
const INSTANTS_MAX: u64 = 4_000_000;
/// What stands for a client that the records do not name.
const NO_CLIENT: &str = "-";

/// A case with all its records read.
pub(crate) struct ReadCase {
    /// One for each `[[source]]`, with the case's id.
    pub(crate) sources: Vec<Source>,
    /// Their hashes, in the same order.
    pub(crate) custody: Vec<SourceCustody>,
    /// Series, flows, mail.
    pub(crate) records: CaseRecords,
    /// True where anything was skipped.
    pub(crate) skipped: bool,
    engine: Engine,
}

impl ReadCase {
    /// Reads all sources of a case into an archive at `dir`.
    pub(crate) fn read(folder: &CaseFolder, dir: &Path, out: &mut Printer) -> Result<Self, CliError> {
        // The archive belongs to this one investigation: sources that the case no longer names must not stay in it.
        if dir.join("manifest.json").exists() {
            std::fs::remove_dir_all(dir).map_err(|e| CliError::io(dir, e))?;
        }
        let mut archive = ArchiveWriter::open_or_create(dir)?;
        let (mut sources, mut surveys, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let mut custody = Vec::new();
        let mut skipped = false;
        for (i, spec) in folder.case.sources.iter().enumerate() {
            let mut results = Vec::new();
            let mut source = if spec.kind == SourceKind::Zone {
                // All zone files are read together, below.
                Source { kind: spec.kind.as_str().to_owned(), format: spec.format.clone(), ..Source::default() }
            } else if spec.kind == SourceKind::Survey {
                let recorded = survey::read(&folder.some_files(spec)?)?;
                results = recorded.results;
                skipped |= say_rejected(spec, &recorded.source, out);
                recorded.source
            } else if spec.is_counts() {
                let read = crate::counts::read(folder, spec)?;
                counts.extend(read.rows);
                skipped |= say_rejected(spec, &read.source, out);
                read.source
            } else {
                let inputs = folder.inputs(i, spec)?;
                let readings = reading::read_all(&inputs, &mut archive, out)?;
                for reading in readings.iter().filter(|r| r.skipped()) {
                    out.say(crate::command::account(reading).trim_end());
                    skipped = true;
                }
                pool(readings.into_iter().map(|r| r.source).collect())
            };
            source.id.clone_from(&spec.id);
            source.path.clone_from(&spec.path);
            source.keeps = askance_case::json::KeepsJson {
                addresses: Vec::new(),
                types: spec.keeps.types.clone(),
                names: spec.keeps.names.clone(),
                resolution_s: spec.keeps.resolution_s,
            };
            let hashes = folder.custody_of(spec)?;
            let sha256 = if hashes.files.is_empty() { String::new() } else { hashes.sha256.to_string() };
            source.sha256_matches = spec.sha256.as_ref().map(|s| s.eq_ignore_ascii_case(&sha256));
            if source.sha256_matches == Some(false) {
                out.say(&format!("source {}: its SHA-256 is not the one that the case declares", spec.id));
                skipped = true;
            }
            source.sha256 = sha256;
            source.root = hashes.root.to_string();
            custody.push(hashes);
            if spec.kind == SourceKind::Survey {
                surveys.push(SurveyRows::new(spec.id.clone(), source.sha256.clone(), results));
            }
            sources.push(source);
        }
        let zones = crate::zones::read(folder, out)?;
        skipped |= zones.skipped;
        drop(archive);
        let spinner = out.spinner("arranging series");
        let engine = Engine::open(dir)?;
        let records = CaseRecords { surveys, counts, configurations: zones.rows, ..records(&engine, 1)? };
        spinner.finish_and_clear();
        Ok(Self { sources, custody, records, skipped, engine })
    }

    /// What only the archive knows of a series.
    pub(crate) fn details(&self, row: &SeriesRow) -> Details {
        let instants = row.state.overflowed().then(|| instants(&self.engine, row));
        Details { examples: examples(&self.engine, row), instants }
    }

    /// What each source can show.
    pub(crate) fn views(&self, case: &Case) -> Vec<SourceView> {
        let find = |id: &str| self.sources.iter().find(|s| s.id == id);
        case.sources.iter().filter_map(|spec| Some(SourceView::of_spec(spec, find(&spec.id)?))).collect()
    }
}

/// Says which lines of a survey or a table were not read; true where there were any.
fn say_rejected(spec: &SourceSpec, source: &Source, out: &mut Printer) -> bool {
    for tally in &source.ledger.rejected {
        let lines = if tally.count == 1 { "1 line".to_owned() } else { format!("{} lines", tally.count) };
        let id = escape_terminal(&spec.id);
        out.say(&format!("source {id}: {lines} left out: {}, first at {}", tally.reason, tally.first_at));
    }
    !source.ledger.rejected.is_empty()
}

/// Loose files, or an archive, read.
pub(crate) struct ReadFiles {
    views: Vec<SourceView>,
    records: CaseRecords,
    readings: Vec<Reading>,
    /// True where anything was skipped.
    pub(crate) skipped: bool,
    /// Holds a temporary archive until the command ends.
    _scratch: Option<tempfile::TempDir>,
}

impl ReadFiles {
    pub(crate) fn read(args: &Records, min_n: u64, out: &mut Printer) -> Result<Self, CliError> {
        let (dir, scratch, readings) = match &args.archive {
            Some(dir) => (dir.clone(), None, Vec::new()),
            None => {
                let scratch = tempfile::tempdir().map_err(|e| CliError::io("the temporary folder", e))?;
                let dir = scratch.path().join("archive");
                let options = reading::intake_options(&args.options)?;
                let inputs = reading::inputs(&args.inputs, &options)?;
                let mut archive = ArchiveWriter::open_or_create(&dir)?;
                let readings = reading::read_all(&inputs, &mut archive, out)?;
                (dir, Some(scratch), readings)
            }
        };
        let spinner = out.spinner("arranging series");
        let archive = Archive::open(&dir)?;
        let views =
            archive.sources().iter().map(|entry| SourceView::of_source(&entry.tap, &source_of(entry))).collect();
        let engine = Engine::open(&dir)?;
        let records = records(&engine, min_n)?;
        spinner.finish_and_clear();
        let skipped = readings.iter().any(Reading::skipped);
        Ok(Self { views, records, readings, skipped, _scratch: scratch })
    }

    /// Attributes every series.
    pub(crate) fn attribute(&self) -> Vec<Series> {
        let attributor = Attributor::new(None, self.views.clone(), &self.records);
        self.records.series.iter().map(|row| attributor.series(row)).collect()
    }

    /// Attributes the series that are wanted, and draws what survives of each.
    pub(crate) fn attribute_in_depth(&self, wanted: impl Fn(&SeriesRow) -> bool) -> Vec<Series> {
        let attributor = Attributor::new(None, self.views.clone(), &self.records);
        self.records.series.iter().filter(|row| wanted(row)).map(|row| attributor.series_in_depth(row)).collect()
    }

    /// Says what was skipped or assumed.
    pub(crate) fn say_accounts(&self, out: &mut Printer) {
        for reading in self.readings.iter().filter(|r| r.skipped() || !r.source.ledger.assumptions.is_empty()) {
            out.say(crate::command::account(reading).trim_end());
        }
    }
}

/// An archived source as the case JSON shows it, as far as views need.
fn source_of(entry: &askance_archive::SourceEntry) -> Source {
    let kind = entry.format.parse::<askance_intake::Format>().map_or("dns", askance_intake::Format::kind);
    Source {
        id: entry.id.clone(),
        kind: kind.to_owned(),
        format: entry.format.clone(),
        first: entry.first().map(|t| t.to_string()),
        last: entry.last().map(|t| t.to_string()),
        ..Source::default()
    }
}

/// Several files of one source as one.
fn pool(mut parts: Vec<Source>) -> Source {
    let Some(mut whole) = parts.pop() else { return Source::default() };
    while let Some(part) = parts.pop() {
        whole.size += part.size;
        whole.first = earlier(whole.first, part.first);
        whole.last = later(whole.last, part.last);
        whole.error = whole.error.or(part.error);
        add(&mut whole.ledger, part.ledger);
    }
    whole
}

/// RFC 3339 in UTC of one form sorts as text does only for equal digits; compare instants.
fn earlier(a: Option<String>, b: Option<String>) -> Option<String> {
    [a, b].into_iter().flatten().min_by_key(|t| t.parse::<jiff::Timestamp>().ok())
}

fn later(a: Option<String>, b: Option<String>) -> Option<String> {
    [a, b].into_iter().flatten().max_by_key(|t| t.parse::<jiff::Timestamp>().ok())
}

fn add(whole: &mut LedgerJson, part: LedgerJson) {
    whole.units_in += part.units_in;
    whole.lookups += part.lookups;
    whole.flows += part.flows;
    whole.mail += part.mail;
    whole.paired += part.paired;
    whole.duplicates += part.duplicates;
    for (mine, theirs) in [(&mut whole.rejected, part.rejected), (&mut whole.unrelated, part.unrelated)] {
        for tally in theirs {
            match mine.iter_mut().find(|t: &&mut TallyJson| t.reason == tally.reason) {
                Some(known) => known.count += tally.count,
                None => mine.push(tally),
            }
        }
    }
    for assumption in part.assumptions {
        if !whole.assumptions.contains(&assumption) {
            whole.assumptions.push(assumption);
        }
    }
}

/// Everything that attribution needs, out of an archive.
fn records(engine: &Engine, min_n: u64) -> Result<CaseRecords, CliError> {
    let mut out = CaseRecords::default();
    let filter = SeriesFilter { min_n, ..SeriesFilter::default() };
    engine.series(&filter, &mut |row| {
        let Ok(vantage) = row.key.vantage.parse() else { return };
        out.series.push(SeriesRow {
            vantage,
            tap: row.key.tap,
            client: row.key.client.unwrap_or_else(|| NO_CLIENT.to_owned()),
            name: row.key.name,
            n: row.n,
            first: row.first,
            last: row.last,
            qtypes: row.qtypes,
            members: row.members,
            ttl_max_s: row.ttl_max_s,
            addresses: row.answers_a,
            mail_hosts: row.mail_hosts,
            names: row.names,
            state: row.state,
        });
    })?;
    let addresses = addresses(&out.series);
    let heads: BTreeSet<&str> = out.series.iter().map(|row| row.name.as_str()).collect();
    let taps: BTreeMap<&str, &str> = engine.sources().iter().map(|s| (s.id.as_str(), s.tap.as_str())).collect();
    let tap = |source: &str| taps.get(source).map_or_else(|| source.to_owned(), |tap| (*tap).to_owned());
    engine.flows(&FlowFilter::default(), &mut |row| {
        let concerns = |ip: Option<IpAddr>| ip.is_some_and(|ip| addresses.contains(&ip));
        if concerns(row.flow.src) || concerns(row.flow.dst) {
            out.flows.push(FlowRow {
                tap: tap(&row.source),
                start: row.flow.start,
                src: row.flow.src,
                dst: row.flow.dst,
                dst_port: row.flow.dst_port,
                proto: row.flow.proto,
            });
        }
    })?;
    engine.mail(&MailFilter::default(), &mut |row| {
        let domain = |mailbox: &str| mailbox.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        let (from_domain, to_domain) = (domain(&row.mail.from), domain(&row.mail.to));
        let concerns = row.mail.peer.is_some_and(|peer| addresses.contains(&peer));
        if concerns || heads.contains(from_domain.as_str()) || heads.contains(to_domain.as_str()) {
            out.mail.push(MailRow {
                tap: tap(&row.source),
                ts: row.mail.ts,
                kind: row.mail.kind,
                peer: row.mail.peer,
                from_domain,
                to_domain,
            });
        }
    })?;
    Ok(out)
}

/// All addresses that some family stands for: flows and mail of others are left where they are.
fn addresses(series: &[SeriesRow]) -> BTreeSet<IpAddr> {
    let reverse = |name: &String| askance_record::Name::parse(name).ok()?.reverse_addr();
    series.iter().flat_map(|row| row.addresses.iter().copied().chain(row.members.iter().filter_map(reverse))).collect()
}

fn key_of(row: &SeriesRow) -> SeriesKey {
    SeriesKey {
        tap: row.tap.clone(),
        vantage: row.vantage.as_str().to_owned(),
        client: (row.client != NO_CLIENT).then(|| row.client.clone()),
        name: row.name.clone(),
    }
}

/// All instants of a series, for its pictures.
fn instants(engine: &Engine, row: &SeriesRow) -> Vec<Timestamp> {
    let mut out = Vec::new();
    let found = engine.lookups_of(&key_of(row), &[], INSTANTS_MAX, &mut |lookup| out.push(lookup.ts));
    // Pictures illustrate; where they cannot be redrawn the kept days are shown.
    if found.is_err() { row.state.events().map(|e| e.ts).collect() } else { out }
}

fn examples(engine: &Engine, row: &SeriesRow) -> Vec<Example> {
    let mut out = Vec::new();
    let found = engine.lookups_of(&key_of(row), &[], EXAMPLES, &mut |lookup| {
        let parts = [
            Some(lookup.qname_raw.as_str()),
            lookup.qtype.as_deref(),
            lookup.rcode.as_deref(),
            lookup.answers.as_deref(),
        ];
        out.push(Example {
            ts: lookup.ts.to_string(),
            source: lookup.source.clone(),
            at_byte: lookup.at.byte,
            text: parts.into_iter().flatten().collect::<Vec<_>>().join(" "),
        });
    });
    // Examples illustrate; a report without them is still whole.
    if found.is_err() { Vec::new() } else { out }
}
