//! `askance lab`: a story re-created, with the truth beside its records.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use askance_lab::records::Sink;
use askance_lab::{Scenario, Story, Summary};
use askance_record::escape_terminal;
use serde_json::json;

use crate::cli::{Lab, LabCheck, Simulate};
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

/// The longest scenario file that is read, in octets.
const SCENARIO_OCTETS_MAX: u64 = 16 << 20;
/// How every case file of a simulation begins; only a folder with such a file is replaced.
const MARK: &str = "# Made by askance lab simulate";

pub(crate) fn run(command: &Lab, out: &mut Printer) -> Result<Exit, CliError> {
    match command {
        Lab::Simulate(args) => simulate(args, out),
        Lab::Check(args) => check(args, out),
        Lab::Serve(args) => super::lab_serve::run(args, out),
    }
}

/// Reads a scenario file.
fn load(path: &Path) -> Result<Scenario, CliError> {
    let mut text = String::new();
    let file = File::open(path).map_err(|e| CliError::io(path, e))?;
    file.take(SCENARIO_OCTETS_MAX).read_to_string(&mut text).map_err(|e| CliError::io(path, e))?;
    Scenario::parse(&text).map_err(|e| CliError::from(e).about(path.display().to_string()))
}

fn simulate(args: &Simulate, out: &mut Printer) -> Result<Exit, CliError> {
    let scenario = load(&args.scenario)?;
    let folder = args.out.clone().unwrap_or_else(|| default_out(&args.scenario));
    let partial = Partial::begin(&folder)?;
    let bar = out.steps("simulating", whole_hours(&scenario));
    let start = scenario.start.0;
    let mut sink = FolderSink(partial.path.clone());
    let mut progress = |at: askance_record::Timestamp| bar.set_position(hours(at.us() - start.us()));
    let summary = askance_lab::simulate(&scenario, args.seed, &mut sink, &mut progress)
        .map_err(|e| CliError::from(e).about(args.scenario.display().to_string()))?;
    bar.finish_and_clear();
    partial.complete(&folder)?;
    let text = if args.json { machine(&summary, args, &folder) } else { people(&scenario, &summary, args, &folder) };
    out.data(&text).map_err(output)?;
    Ok(Exit::Done)
}

fn default_out(scenario: &Path) -> PathBuf {
    let name = scenario.file_stem().unwrap_or_default();
    Path::new("out").join(name)
}

fn whole_hours(scenario: &Scenario) -> u64 {
    hours(scenario.end().us() - scenario.start.0.us())
}

fn hours(us: i64) -> u64 {
    u64::try_from(us / 3_600_000_000).unwrap_or(0)
}

fn machine(summary: &Summary, args: &Simulate, folder: &Path) -> String {
    let files: Vec<_> = summary
        .written
        .iter()
        .map(|w| {
            json!({
                "id": w.id, "path": w.path, "sha256": w.sha256, "octets": w.octets, "rows": w.rows,
                "seen": w.seen, "missed": w.missed, "left_out": w.left_out,
            })
        })
        .collect();
    let document = json!({
        "schema": "askance.lab-simulate/1", "scenario": args.scenario.display().to_string(), "seed": args.seed,
        "out": folder.display().to_string(), "parties": summary.nodes, "events": summary.steps,
        "crowd_lookups": summary.crowd_lookups, "records": files,
    });
    format!("{document:#}\n")
}

fn people(scenario: &Scenario, summary: &Summary, args: &Simulate, folder: &Path) -> String {
    let mut text = format!("{}\n", escape_terminal(&scenario.title));
    text +=
        &format!("{} parties, {} days, {} events, seed {}\n\n", summary.nodes, scenario.days, summary.steps, args.seed);
    let withheld = |id: &str| scenario.sources.iter().any(|s| s.id == id && s.withheld);
    let width = summary.written.iter().map(|w| w.path.len()).max().unwrap_or(0);
    for w in &summary.written {
        let note = if withheld(&w.id) { "  withheld" } else { "" };
        let lost = if w.missed > 0 { format!("  {} missed", w.missed) } else { String::new() };
        text += &format!("  {:<width$}  {:>9} rows{lost}{note}\n", escape_terminal(&w.path), w.rows);
    }
    let shown = escape_terminal(&folder.display().to_string());
    text += &format!("\nlabels.csv says which mechanism made which series. Next:\n  askance investigate {shown}\n");
    text
}

/// A folder that is written beside its place and moved there when it is whole.
struct Partial {
    path: PathBuf,
    done: bool,
}

impl Partial {
    /// Looks whether the place is free or holds an earlier simulation, and begins beside it.
    fn begin(folder: &Path) -> Result<Self, CliError> {
        if folder.exists() && !is_simulation(folder) {
            let message = format!("{} exists and is no simulation", folder.display());
            return Err(CliError::usage(message, "choose another folder with --out, or move that one away"));
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.with_file_name(format!(".{name}.partial"));
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|e| CliError::io(&path, e))?;
        }
        fs::create_dir_all(&path).map_err(|e| CliError::io(&path, e))?;
        Ok(Self { path, done: false })
    }

    fn complete(mut self, folder: &Path) -> Result<(), CliError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| CliError::io(folder, e))?;
        }
        fs::rename(&self.path, folder).map_err(|e| CliError::io(folder, e))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be removed is removed at the beginning of the next run.
            let _left = fs::remove_dir_all(&self.path);
        }
    }
}

/// True where the folder is empty or its case file was made by a simulation.
fn is_simulation(folder: &Path) -> bool {
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_none()) {
        return true;
    }
    let mut head = String::new();
    let file = File::open(folder.join("case.toml"));
    file.is_ok_and(|f| f.take(MARK.len() as u64).read_to_string(&mut head).is_ok()) && head == MARK
}

/// Files below a folder, none of which is there yet.
pub(super) struct FolderSink(pub(super) PathBuf);

impl Sink for FolderSink {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        let path = self.0.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(Box::new(BufWriter::new(File::create_new(path)?)))
    }
}

fn check(args: &LabCheck, out: &mut Printer) -> Result<Exit, CliError> {
    let scenario = load(&args.scenario)?;
    let story = Story::build(&scenario, 1).map_err(|e| CliError::from(e).about(args.scenario.display().to_string()))?;
    out.data(&explanation(&scenario, &story)).map_err(output)?;
    Ok(Exit::Done)
}

/// A scenario in words.
fn explanation(scenario: &Scenario, story: &Story) -> String {
    let mut text = format!("{}\n\n", escape_terminal(&scenario.title));
    for line in scenario.story.trim().lines() {
        text += &format!("  {}\n", escape_terminal(line));
    }
    text += &format!("\nFrom {} for {} days.\n", scenario.start.0, scenario.days);
    text += "\nParties\n";
    let tables: BTreeMap<&str, &str> = scenario.node_ids().map(|(table, id)| (id, table)).collect();
    for node in &story.nodes {
        let table = tables.get(node.id.as_str()).copied().unwrap_or("server");
        let addresses: Vec<String> = node.addresses.iter().take(3).map(ToString::to_string).collect();
        let more =
            if node.addresses.len() > 3 { format!(" and {} more", node.addresses.len() - 3) } else { String::new() };
        text += &format!("  {:<15} {:<28} {}{more}\n", table, escape_terminal(&node.id), addresses.join(" "));
    }
    text += "\nWhat makes lookups, and by which mechanism\n";
    for cause in &story.causes {
        text += &format!("  {:<28} {}\n", escape_terminal(&cause.party), escape_terminal(&cause.mechanism));
    }
    text += "\nWhat is recorded\n";
    for (spec, tap) in scenario.sources.iter().zip(&story.taps) {
        let note = if spec.withheld { ", withheld" } else { "" };
        text +=
            &format!("  {:<28} of {} ({}{note})\n", escape_terminal(&tap.path), escape_terminal(&spec.of), tap.vantage);
    }
    text
}
