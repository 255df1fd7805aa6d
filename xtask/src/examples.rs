//! `cargo xtask examples FOLDER`: runs the worked example of each mechanism's page again.
//!
//! A page shows commands in a `sh` block and what the last of them printed in the `text` block below; of
//! an investigation only the section about its series.
//! FOLDER holds the `askance` to run. Nothing in CI runs this: outputs change with every refit, and a page
//! is to be read again when they do.

use std::fs;
use std::path::Path;
use std::process::Command;

use askance_inference::MechanismId;

use crate::{steps, tidy};

/// Runs all examples and writes their outputs into the pages; says which pages changed.
pub(crate) fn run(folder: Option<String>) -> Result<(), String> {
    let folder = folder.ok_or("cargo xtask examples FOLDER: the folder that holds `askance`")?;
    let folder = fs::canonicalize(&folder).map_err(|e| format!("{folder}: {e}"))?;
    for m in MechanismId::ALL {
        let path = m.about().page;
        let page = tidy::read(path)?;
        let fresh = refreshed(&page, |line| output(line, &folder)).map_err(|e| format!("{path}: {e}"))?;
        if fresh != page {
            fs::write(tidy::root().join(path), fresh).map_err(|e| format!("{path}: {e}"))?;
            steps::say(&format!("{path}: changed; read it again"));
        }
    }
    Ok(())
}

/// The page with the output of its last command; `run` gives what a line prints.
fn refreshed(page: &str, mut run: impl FnMut(&str) -> Result<String, String>) -> Result<String, String> {
    let (before, rest) = page.split_once("```sh\n").ok_or("no `sh` block")?;
    let (commands, rest) = rest.split_once("```\n\n```text\n").ok_or("no `text` block right after the `sh` block")?;
    let (_, after) = rest.split_once("```").ok_or("the `text` block does not end")?;
    let mut last = String::new();
    for line in commands.lines() {
        last = run(line)?;
        if line.starts_with("askance investigate ") {
            last = about_series(&last);
        }
    }
    Ok(format!("{before}```sh\n{commands}```\n\n```text\n{}\n```{after}", last.trim_end()))
}

/// The lines of the section about the series, without empty ones.
fn about_series(summary: &str) -> String {
    let is_heading = |line: &str| line.ends_with('─');
    let section = summary.lines().skip_while(|line| !line.starts_with("Series about the subject")).skip(1);
    let lines: Vec<&str> = section.take_while(|line| !is_heading(line)).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Standard output of one line in a shell at the root of the workspace.
#[expect(clippy::disallowed_methods, reason = "the edge: a command is found along PATH")]
fn output(line: &str, folder: &Path) -> Result<String, String> {
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .current_dir(tidy::root())
        .output()
        .map_err(|e| format!("{line}: {e}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|e| format!("{line}: {e}"))
    } else {
        Err(format!("{line} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

#[cfg(test)]
mod tests {
    use super::refreshed;

    #[test]
    fn the_last_output_takes_the_place_of_the_old_one() {
        let page = "a\n```sh\none\ntwo\n```\n\n```text\nold\n```\n\nb\n";
        let fresh = refreshed(page, |line| Ok(format!("out of {line}\n\n")));
        assert_eq!(fresh.as_deref(), Ok("a\n```sh\none\ntwo\n```\n\n```text\nout of two\n```\n\nb\n"));
    }

    #[test]
    fn of_an_investigation_the_series_are_shown() {
        let page = "```sh\naskance investigate x\n```\n\n```text\n```\n";
        let summary = "Answer ──\nyes\n\nSeries about the subject ──\nAt a\n\nAt b\n\nCustody ──\n";
        let fresh = refreshed(page, |_| Ok(summary.to_owned()));
        let want = "```sh\naskance investigate x\n```\n\n```text\nAt a\nAt b\n```\n";
        assert_eq!(fresh.as_deref(), Ok(want));
    }

    #[test]
    fn a_page_without_blocks_is_refused() {
        let fresh = refreshed("a\n", |_| Ok(String::new()));
        assert_eq!(fresh, Err("no `sh` block".to_owned()));
    }
}
