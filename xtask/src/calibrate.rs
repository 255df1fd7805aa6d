//! `cargo xtask calibrate`: labelled scores in, one versioned data file out.

#![expect(clippy::print_stdout, reason = "its table is the result")]

mod drawn;
mod fit;
mod loss;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use askance_inference::calibration::measures::{self, Classes, Weighed};
use askance_inference::calibration::{Cap, Part, Scored, Split};
use askance_inference::{Calibration, Decision, MechanismId, Priors};

use crate::steps::say;
use crate::tidy;

const SPLIT: &str = "corpus/mechanisms/split.toml";
const DATA: &str = "crates/askance-inference/data/calibration.toml";

/// How to call it.
pub(crate) const USAGE: &str = "\
cargo xtask calibrate SCORES.jsonl... [--edition NAME] [--dry-run] [--leave-one-out]
    SCORES.jsonl is written by `askance evaluate DIR... --ablate KIND --scores SCORES.jsonl`; the edition of
    docs/accuracy.md was fitted on the kinds that it names";

/// Fits on the programs that the split allows, and writes the data file.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut files = Vec::new();
    let (mut edition, mut dry, mut leave) = (String::new(), false, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--edition" => edition.clone_from(args.next().ok_or(USAGE)?),
            "--dry-run" => dry = true,
            "--leave-one-out" => leave = true,
            path => files.push(PathBuf::from(path)),
        }
    }
    if files.is_empty() {
        return Err(USAGE.to_owned());
    }
    let split = Split::parse(&tidy::read(SPLIT)?).map_err(|e| format!("{SPLIT}: {e}"))?;
    let scored = read_all(&files)?;
    let allowed = allowed(&scored, &split)?;
    if leave {
        println!("{}", leave_one_out(&allowed)?);
        return Ok(());
    }
    let mut fitted = fit::fit(&allowed, &drawn::drawn(), &Priors::default())?;
    fitted.edition = if edition.is_empty() { "unnamed".to_owned() } else { edition };
    fitted.fitted_on.left_out = split.tested().into_iter().map(str::to_owned).collect();
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
# direct: before any cache, cached: behind one. temper: divisors of scores, clamp(exp(alpha + beta ln n), 1, most),
# n sessions. bias: offsets of tempered scores, nats. timing and marks: weights of engines and programs in each
# mechanism's mixture. cap: bans (log10).
";

/// The series that may be fitted on.
///
/// # Errors
/// A program that the split does not name: it would be neither fitted on nor tested with.
fn allowed(scored: &[Scored], split: &Split) -> Result<Vec<Scored>, String> {
    let named = |s: &&Scored| s.truth.iter().any(|t| split.names(t, &s.program));
    let single = || scored.iter().filter(|s| s.truth.len() == 1 && s.origin == "recorded");
    // Several programs behind one series, joined by a plus, count in neither part unless the split names them so.
    let unnamed: BTreeSet<(&str, &str)> = single()
        .filter(|s| !named(s) && !s.program.contains('+'))
        .map(|s| (s.truth[0].as_str(), s.program.as_str()))
        .collect();
    if !unnamed.is_empty() {
        return Err(format!("{SPLIT} names neither under fit nor under test: {unnamed:?}"));
    }
    let counts = |s: &&Scored| split.counts(Part::Fit, [(s.truth[0].as_str(), s.program.as_str())].into_iter());
    let fit: Vec<Scored> = single().filter(counts).cloned().collect();
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
///
/// One value for each configuration and mechanism, the median of its series: series of one
/// configuration are no independent cases.
fn cap(series: &[Scored], calibration: &Calibration) -> Cap {
    let mut ratios: BTreeMap<(String, MechanismId, bool), Vec<f64>> = BTreeMap::new();
    for s in series.iter().filter(|s| s.ablation.is_empty()) {
        let decision = Decision::of(&s.parts, calibration, &Priors::default());
        for m in MechanismId::ALL.into_iter().filter(|&m| m != MechanismId::None) {
            let target = s.truth.iter().any(|t| t == m.as_str());
            ratios.entry((s.configuration(), m, target)).or_default().push(decision.log10_lr(m));
        }
    }
    let weighed: Vec<Weighed> = ratios
        .into_iter()
        .map(|((_, _, target), mut lrs)| {
            lrs.sort_by(f64::total_cmp);
            Weighed { log10_lr: lrs[lrs.len() / 2], target }
        })
        .collect();
    let most = libm::log10(f64::from(calibration.fitted_on.configurations) + 1.0);
    let (low, high) = measures::elub(&weighed);
    let down = |x: f64| (x * 100.0).floor() / 100.0;
    Cap { low: -down((-low).min(most)), high: down(high.min(most)) }
}

/// What a group of series is left out by.
type Group = fn(&Scored) -> String;

/// Fits without one group after another, answers for the group that was left out, and compares.
fn leave_one_out(series: &[Scored]) -> Result<String, String> {
    let groups: [(&str, Group); 3] = [
        ("program", |s| s.program.clone()),
        ("resolver", |s| s.resolver.clone()),
        ("TTL", |s| s.ttl_s.map_or_else(|| "-".to_owned(), |ttl| ttl.to_string())),
    ];
    let drawn = drawn::drawn();
    let whole = fit::fit(series, &drawn, &Priors::default())?;
    let mut text = String::from("left out   groups  macro-F1 with it  without it  drop\n");
    for (what, of) in groups {
        let names: BTreeSet<String> = series.iter().map(of).collect();
        let (mut with, mut without) = (Classes::default(), Classes::default());
        for name in &names {
            let rest: Vec<Scored> = series.iter().filter(|s| of(s) != *name).cloned().collect();
            let fitted = fit::fit(&rest, &drawn, &Priors::default())?;
            for s in series.iter().filter(|s| s.ablation.is_empty() && of(s) == *name) {
                answer(s, &whole, &mut with);
                answer(s, &fitted, &mut without);
            }
        }
        let (a, b) = (with.macro_f1().unwrap_or(0.0), without.macro_f1().unwrap_or(0.0));
        writeln!(text, "{what:<9} {:>7} {a:>17.3} {b:>11.3} {:>5.3}", names.len(), a - b)
            .expect("writing to a String cannot fail");
    }
    Ok(text)
}

fn answer(s: &Scored, calibration: &Calibration, into: &mut Classes) {
    let best = Decision::of(&s.parts, calibration, &Priors::default()).best;
    into.add(&s.truth.iter().cloned().collect(), best.as_str());
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
