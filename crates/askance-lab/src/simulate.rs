//! A scenario run in virtual time from its first second to its last, with everything that is kept of it.

use core::net::SocketAddr;
use std::io::Write as _;

use askance_proto::dns::{Data, Header, Message, Record};
use askance_proto::{Observer, Traffic, TrafficKind};
use askance_record::{Explain, Rcode, RrType, Timestamp};

use crate::build::{CaseDraft, Crowd, Story};
use crate::population::Row;
use crate::records::{CaseSource, Kept, Records, RecordsError, Sink, TapConfig, Written};
use crate::scenario::{Scenario, ScenarioError};
use crate::world::{Link, Livelock, World};

/// Virtual time between two reports of progress.
const SLICE_US: i64 = 6 * 3_600_000_000;
/// How long a query of a crowd takes to be answered from a cache and from a server, in microseconds.
const CROWD_HIT_US: i64 = 1_000;
const CROWD_MISS_US: i64 = 30_000;

/// Why a scenario cannot be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// The scenario itself.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The run.
    #[error(transparent)]
    Livelock(#[from] Livelock),
    /// What is kept of it.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A file beside the records.
    #[error("{path} cannot be written")]
    Write {
        /// Its path in the folder.
        path: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Explain for SimulateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Scenario(error) => error.code(),
            Self::Livelock(_) => "lab::livelock",
            Self::Records(_) => "lab::records",
            Self::Write { .. } => "lab::write",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Scenario(error) => error.help(),
            Self::Livelock(_) => Some("a fault of the lab: please report it with the scenario and the seed".to_owned()),
            Self::Records(_) => Some("give each source an id of its own and room to write".to_owned()),
            Self::Write { .. } => Some("choose another folder with --out".to_owned()),
        }
    }
}

/// What a simulation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Parties.
    pub nodes: usize,
    /// Events of the agenda.
    pub steps: u64,
    /// Lookups of crowds, which are not events.
    pub crowd_lookups: u64,
    /// The files of records.
    pub written: Vec<Written>,
}

/// Runs a scenario and writes its records, `labels.csv`, `story.csv` and case files.
///
/// - `seed`: the same scenario and seed give the same octets on every machine
/// - `progress`: told the time of day in the story now and then
///
/// # Errors
/// [`SimulateError`]; files may then be there in part.
pub fn simulate(
    scenario: &Scenario,
    seed: u64,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(Timestamp),
) -> Result<Summary, SimulateError> {
    let story = Story::build(scenario, seed)?;
    let nodes = story.nodes.len();
    let mut records = Records::new(story.taps.clone(), story.causes, sink)?;
    let link = Link { latency_us: i64::from(scenario.link.latency_ms) * 1000, loss: scenario.link.loss };
    let mut world = World::new(story.nodes, scenario.start.0, link, seed);
    let end = scenario.end();
    while world.now() < end {
        let until = world.now().plus_us(SLICE_US).min(end);
        world.run(until, &mut records)?;
        progress(until);
    }
    let mut crowd_lookups = 0;
    for crowd in story.crowds {
        crowd_lookups += run_crowd(crowd, end, &mut records);
    }
    let kept = records.finish()?;
    write_beside(&kept, &story.taps, &story.cases, sink)?;
    Ok(Summary { nodes, steps: world.steps(), crowd_lookups, written: kept.written().to_vec() })
}

/// Runs a population to the end and shows its messages to the records.
fn run_crowd(crowd: Crowd, end: Timestamp, records: &mut Records) -> u64 {
    let Crowd { mut population, cause, upstream, .. } = crowd;
    let stats = population.run(end, &mut |row| {
        let [id, port] = [row.client, row.client ^ 0x5bd1].map(|x| x.wrapping_mul(0x9e37_79b1) >> 16);
        let id = u16::try_from(id).expect("sixteen bits are left");
        let port = u16::try_from(port).expect("sixteen bits are left").max(1024);
        let client = SocketAddr::new(row.address, port);
        let cache = SocketAddr::new(row.cache_address, 53);
        let mut show = |from, to, sent_at: Timestamp, octets: &[u8]| {
            let kind = TrafficKind::Datagram(octets);
            records.traffic(&Traffic { sent_at, arrives_at: Some(sent_at), from, to, kind, cause: Some(cause) });
        };
        let mut query = Message::query(id, row.qname.clone(), row.qtype);
        let response = answer(&query, &row).encode();
        show(client, cache, row.at, &query.encode());
        if !row.hit {
            query.header = Header { recursion_desired: false, ..query.header };
            let (from, to) = (SocketAddr::new(row.cache_address, port), SocketAddr::new(upstream, 53));
            show(from, to, row.at, &query.encode());
            show(to, from, row.at.plus_us(CROWD_MISS_US), &answer(&query, &row).encode());
        }
        let delay = if row.hit { CROWD_HIT_US } else { CROWD_MISS_US };
        show(cache, client, row.at.plus_us(delay), &response);
    });
    stats.hits + stats.misses
}

/// The answer that a row tells of; addresses are made up from the name's number.
fn answer(query: &Message, row: &Row<'_>) -> Message {
    let mut response = query.response(row.rcode);
    response.header.recursion_available = query.header.recursion_desired;
    let [a, b, ..] = row.name.to_le_bytes();
    let data = match row.qtype {
        RrType::A => Some(Data::A([198, 19, b, a].into())),
        RrType::AAAA => Some(Data::Aaaa([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from_le_bytes([a, b])].into())),
        _ => None,
    };
    if let Some(data) = data.filter(|_| row.rcode == Rcode::NOERROR) {
        response.answers.push(Record { owner: row.qname.clone(), ttl_s: row.ttl_s, data });
    }
    response
}

/// Writes what stands beside the records: the truth, and the case files with the hashes.
fn write_beside(
    kept: &Kept,
    taps: &[TapConfig],
    cases: &[CaseDraft],
    sink: &mut dyn Sink,
) -> Result<(), SimulateError> {
    let failed = |path: &'static str| move |source| SimulateError::Write { path, source };
    let mut labels = sink.file("labels.csv").map_err(failed("labels.csv"))?;
    kept.write_labels(&mut labels).and_then(|()| labels.flush()).map_err(failed("labels.csv"))?;
    let mut story = sink.file("story.csv").map_err(failed("story.csv"))?;
    kept.write_story(&mut story).and_then(|()| story.flush()).map_err(failed("story.csv"))?;
    for draft in cases {
        let mut document = draft.document.clone();
        for (tap, written) in taps.iter().zip(kept.written()) {
            if draft.sources.contains(&tap.id) {
                document.sources.push(CaseSource::of(tap, written));
            }
        }
        let mut file = sink.file(draft.path).map_err(failed(draft.path))?;
        let text =
            format!("# Made by askance lab simulate: every row of these records is synthetic.\n{}", document.render());
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed(draft.path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
