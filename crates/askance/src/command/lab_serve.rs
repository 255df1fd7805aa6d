//! `askance lab serve`: a scenario's parties on this machine's loopback, for real programs to talk to.

mod table;

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use askance_lab::records::{Records, RecordsError, Sink};
use askance_lab::{Scenario, SimulateError, Story, relocate};
use askance_net::{Clock, Ended, Loopback, NetError, Options, PortMap};
use askance_proto::Observer;
use askance_record::escape_terminal;

use crate::cli::LabServe;
use crate::command::Exit;
use crate::command::lab::FolderSink;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

/// The largest scenario that is read, octets.
const SCENARIO_OCTETS_MAX: u64 = 16 << 20;
/// Where parties told their story.
const STORY: &str = "story.csv";

pub(crate) fn run(args: &LabServe, out: &mut Printer) -> Result<Exit, CliError> {
    let about = args.scenario.display().to_string();
    let text = read(&args.scenario)?;
    // Read as it stands first, so that an error is shown with the line that the person wrote.
    Scenario::parse(&text).map_err(|e| CliError::from(e).about(&about))?;
    let (text, relocation) = relocate(&text).map_err(|e| CliError::from(e).about(&about))?;
    let scenario = Scenario::parse(&text).map_err(|e| CliError::from(e).about(&about))?;
    let story = Story::build(&scenario, args.seed).map_err(|e| CliError::from(e).about(&about))?;
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(NetError::Speed { speed: args.speed }.into());
    }
    let ports = PortMap { offset: args.port_offset };
    let table = table::of(&scenario, &story, &relocation, ports, args.speed);
    let options = Options { latency_us: i64::from(scenario.link.latency_ms) * 1_000, ..Options::default() };
    let loopback = Loopback::bind(story.nodes, ports, options)?;
    let clock = Clock::Real { scenario_start: scenario.start.0, speed: args.speed };
    let mut served = Served { loopback, clock, until: scenario.end(), table };
    match &args.records {
        None => served.run(&mut (), out)?,
        Some(dir) => {
            let mut folder = FolderSink(dir.clone());
            let mut records = Records::new(story.taps, story.causes, &mut folder).map_err(kept)?;
            served.run(&mut records, out)?;
            finish(records, &mut folder, out)?;
        }
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let opened = File::open(path).map_err(|e| CliError::io(path, e))?;
    let size = opened.take(SCENARIO_OCTETS_MAX + 1).read_to_string(&mut text).map_err(|e| CliError::io(path, e))?;
    if size as u64 > SCENARIO_OCTETS_MAX {
        let error = CliError::usage("a scenario has at most 16 MiB", "serve a smaller story");
        return Err(error.about(path.display().to_string()));
    }
    Ok(text)
}

/// Parties whose sockets are open.
struct Served {
    loopback: Loopback,
    clock: Clock,
    until: askance_record::Timestamp,
    table: String,
}

impl Served {
    /// Says who is where and that all sockets are open, and serves until the end.
    fn run(&mut self, observer: &mut dyn Observer, out: &mut Printer) -> Result<(), CliError> {
        let serving = async {
            let mut stop = pin!(askance_net::interrupted());
            // The first poll listens for signals: from here on one ends the run in order, also before its first event.
            if let Poll::Ready(early) = poll_fn(|cx| Poll::Ready(stop.as_mut().poll(cx))).await {
                early?;
                return Ok(Ended::Stopped);
            }
            out.say(&self.table);
            out.data("ready\n").and_then(|()| out.flush()).map_err(output)?;
            let mut failed = None;
            let ended = self.loopback.run(self.clock, observer, Some(self.until), async {
                failed = stop.as_mut().await.err();
            });
            let ended = ended.await?;
            failed.map_or(Ok(ended), |error: NetError| Err(CliError::from(error)))
        };
        let ended = askance_net::block_on(serving)??;
        out.say(match ended {
            Ended::Stopped => "stopped",
            Ended::Until | Ended::Quiet => "the scenario has ended",
        });
        let counts = self.loopback.counts();
        out.say(&format!(
            "{} datagrams and {} streams between the parties; {} from other programs; {} not sent, outside loopback",
            counts.datagrams, counts.streams, counts.from_strangers, counts.outside
        ));
        Ok(())
    }
}

/// Ends the records, and writes what parties told beside them. No labels: sockets carry no truth.
fn finish(records: Records, folder: &mut FolderSink, out: &mut Printer) -> Result<(), CliError> {
    let kept_records = records.finish().map_err(kept)?;
    let story = folder.0.join(STORY);
    let write = |folder: &mut FolderSink| {
        let mut file = folder.file(STORY)?;
        kept_records.write_story(&mut file)?;
        file.flush()
    };
    write(folder).map_err(|e| CliError::io(&story, e))?;
    for written in kept_records.written() {
        let path = folder.0.join(&written.path).display().to_string();
        out.say(&format!("{}: {} rows", escape_terminal(&path), written.rows));
    }
    Ok(())
}

fn kept(error: RecordsError) -> CliError {
    SimulateError::Records(error).into()
}
