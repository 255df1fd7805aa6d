//! `cargo xtask calibrate`: labelled scores in, one versioned data file out.

#![expect(clippy::print_stdout, reason = "its table is the result")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use askance_inference::calibration::{Cap, Part, Scored, Split, fit, measures};
use askance_inference::{Calibration, Decision, MechanismId, Priors};

use crate::steps::say;
use crate::tidy;

const SPLIT: &str = "corpus/mechanisms/split.toml";
const DATA: &str = "crates/askance-inference/data/calibration.toml";

/// How to call it.
pub(crate) const USAGE: &str = "\
cargo xtask calibrate SCORES.jsonl... [--edition NAME] [--dry-run]
    SCORES.jsonl is written by `askance evaluate DIR... --ablate all --scores SCORES.jsonl`";

/// Fits on the programs that the split allows, and writes the data file.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut files = Vec::new();
    let (mut edition, mut dry) = (String::new(), false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--edition" => edition.clone_from(args.next().ok_or(USAGE)?),
            "--dry-run" => dry = true,
            path => files.push(PathBuf::from(path)),
        }
    }
    if files.is_empty() {
        return Err(USAGE.to_owned());
    }
    let split = Split::parse(&tidy::read(SPLIT)?).map_err(|e| format!("{SPLIT}: {e}"))?;
    let scored = read_all(&files)?;
    let allowed = allowed(&scored, &split)?;
    let mut fitted = fit::fit(&allowed, Calibration::embedded(), &Priors::default());
    fitted.edition = if edition.is_empty() { "unnamed".to_owned() } else { edition };
    fitted.fitted_on.left_out = split.tested().map(str::to_owned).collect();
    fitted.cap = cap(&allowed, &fitted);
    println!("{}", summary(&allowed, &fitted));
    if !dry {
        let text = format!("{HEAD}{}", toml::to_string(&fitted).map_err(|e| e.to_string())?);
        std::fs::write(tidy::root().join(DATA), text).map_err(|e| format!("{DATA}: {e}"))?;
        say(&format!("wrote {DATA}"));
    }
    Ok(())
}

const HEAD: &str = "\
# How scores become what may be said. Written by `cargo xtask calibrate`; not to be edited by hand.
# Divisors of scores in nats: clamp(exp(alpha + beta ln n), 1, most), n sessions; direct: before any
# cache, cached: behind one. Offsets in nats. Caps in bans (log10).
";

/// The series that may be fitted on.
///
/// # Errors
/// A program that the split does not name: it would be neither fitted on nor tested with.
fn allowed(scored: &[Scored], split: &Split) -> Result<Vec<Scored>, String> {
    let unnamed: BTreeSet<&str> =
        scored.iter().filter(|s| split.part_of(&s.program).is_none()).map(|s| s.program.as_str()).collect();
    if !unnamed.is_empty() {
        return Err(format!("{SPLIT} names neither under fit nor under test: {unnamed:?}"));
    }
    let fit: Vec<Scored> =
        split.only(scored, Part::Fit).into_iter().filter(|s| s.origin == "recorded").cloned().collect();
    say(&format!("{} of {} scored series may be fitted on", fit.len(), scored.len()));
    if fit.is_empty() { Err("no series may be fitted on".to_owned()) } else { Ok(fit) }
}

fn read_all(files: &[PathBuf]) -> Result<Vec<Scored>, String> {
    let mut out = Vec::new();
    for path in files {
        read(path, &mut out).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(out)
}

fn read(path: &Path, out: &mut Vec<Scored>) -> Result<(), String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| e.to_string())?;
        out.push(serde_json::from_str(&line).map_err(|e| format!("line {}: {e}", at + 1))?);
    }
    Ok(())
}

/// The cap: log10(N + 1) of the configurations, narrowed by misleading cases (ELUB).
fn cap(series: &[Scored], calibration: &Calibration) -> Cap {
    let (mut for_true, mut for_false) = (Vec::new(), Vec::new());
    for s in series.iter().filter(|s| s.ablation.is_empty()) {
        let decision = Decision::of(&s.parts, calibration, &Priors::default());
        for m in MechanismId::ALL.into_iter().filter(|&m| m != MechanismId::None) {
            let lr = decision.log10_lr(m);
            if s.truth.iter().any(|t| t == m.as_str()) { for_true.push(lr) } else { for_false.push(lr) }
        }
    }
    let most = libm::log10(f64::from(calibration.fitted_on.configurations) + 1.0);
    let elub = measures::elub(&for_true, &for_false);
    let round = |x: f64| (x * 100.0).floor() / 100.0;
    Cap { low: -round((-elub.0).min(most)), high: round(elub.1.min(most)) }
}

fn summary(series: &[Scored], calibration: &Calibration) -> String {
    let right = series.iter().filter(|s| s.ablation.is_empty()).filter(|s| {
        let best = Decision::of(&s.parts, calibration, &Priors::default()).best;
        s.truth.iter().any(|t| t == best.as_str())
    });
    let mut text = String::new();
    let f = &calibration.fitted_on;
    writeln!(text, "fitted on {} series, {} configurations, {} programs", f.series, f.configurations, f.programs.len())
        .expect("writing to a String cannot fail");
    writeln!(text, "right on them (not a test): {}", right.count()).expect("writing to a String cannot fail");
    write!(text, "cap {:.2} to {:.2} bans", calibration.cap.low, calibration.cap.high)
        .expect("writing to a String cannot fail");
    text
}
