//! Running cargo, step by step, with the time that each took.

#![expect(clippy::print_stderr, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the edge: it times its own steps")]

use std::process::Command;
use std::time::Instant;

use crate::{fence, licences, tidy};

/// Everything that must hold, cheapest first.
pub(crate) fn ci() -> Result<(), String> {
    step("fmt", || cargo(&["fmt", "--all", "--check"]))?;
    step("tidy", tidy::run)?;
    step("fence", fence::run)?;
    step("licences", licences::run)?;
    step("clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    step("tests", || shell(&readme_command(1)?))?;
    step("docs", || cargo_env(&["doc", "--workspace", "--no-deps", "--locked"], &[("RUSTDOCFLAGS", "-D warnings")]))?;
    step("main job", || shell(&readme_command(0)?))
}

/// What is worth running before each commit.
pub(crate) fn quick() -> Result<(), String> {
    step("fmt", || cargo(&["fmt", "--all", "--check"]))?;
    step("tidy", tidy::run)?;
    step("fence", fence::run)?;
    let light = [
        "-p",
        "askance-record",
        "-p",
        "askance-intake",
        "-p",
        "askance-inference",
        "-p",
        "askance-case",
        "-p",
        "askance-report",
    ];
    let clippy: Vec<&str> =
        ["clippy"].into_iter().chain(light).chain(["--all-targets", "--", "-D", "warnings"]).collect();
    step("clippy", || cargo(&clippy))?;
    let test: Vec<&str> = ["test"].into_iter().chain(light).collect();
    step("tests", || cargo(&test))
}

/// The n-th command of the README's front door: the first `sh` blocks, one line each.
///
/// CI runs what the README says, so that the README cannot go stale.
fn readme_command(n: usize) -> Result<String, String> {
    let readme = tidy::read("README.md")?;
    readme
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .filter(|line| line.starts_with("cargo "))
        .nth(n)
        .map(str::to_owned)
        .ok_or_else(|| format!("README.md has no command number {}", n + 1))
}

fn step(name: &str, run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    say(&format!("== {name}"));
    let began = Instant::now();
    run().map_err(|e| format!("{name}: {e}"))?;
    say(&format!("== {name} took {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}

/// Words for the person who runs this.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

fn cargo(args: &[&str]) -> Result<(), String> {
    cargo_env(args, &[])
}

fn cargo_env(args: &[&str], env: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(args).envs(env.iter().copied()).current_dir(tidy::root());
    finish(command, &format!("cargo {}", args.join(" ")))
}

fn shell(line: &str) -> Result<(), String> {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("true"));
    command.args(words).env("INSTA_UPDATE", "no").current_dir(tidy::root());
    finish(command, line)
}

fn finish(mut command: Command, line: &str) -> Result<(), String> {
    say(&format!("   {line}"));
    let status = command.status().map_err(|e| format!("{line}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line} ended with {status}")) }
}
