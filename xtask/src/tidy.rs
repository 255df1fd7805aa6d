//! Sizes, headings, and documents that name only what exists.

#![expect(clippy::disallowed_methods, reason = "reads the project's own small files")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::pictures;

/// A source file longer than this is refused (generated ones excepted).
const LINES_MAX: usize = 800;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// A file of the workspace as text.
pub(crate) fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))
}

/// Runs every check and reports all problems at once.
pub(crate) fn run() -> Result<(), String> {
    let mut problems = Vec::new();
    for file in rust_files(&root())? {
        check_source(&file, &mut problems)?;
    }
    check_architecture(&mut problems)?;
    check_adrs(&mut problems)?;
    check_contributing(&mut problems)?;
    check_snapshots(&mut problems)?;
    check_error_codes(&mut problems)?;
    check_root(&mut problems)?;
    pictures::check(&mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    walk(folder, &mut |path| {
        if path.extension().is_some_and(|e| e == "rs") {
            found.push(path.to_owned());
        }
    })?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(name.as_ref(), "target" | ".git" | "generated" | "out") {
                walk(&path, visit)?;
            }
        } else {
            visit(&path);
        }
    }
    Ok(())
}

fn check_source(file: &Path, problems: &mut Vec<String>) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let shown = file.strip_prefix(root()).unwrap_or(file).display().to_string();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        problems.push(format!("{shown}: {lines} lines, more than {LINES_MAX}; cut it along its subjects"));
    }
    let is_test = shown.contains("/tests");
    if !is_test && !text.trim_start().starts_with("//!") {
        problems.push(format!("{shown}: no `//!` headline that says what the room is for"));
    }
    for (n, line) in text.lines().enumerate() {
        if [concat!("#[", "ignore"), concat!("#[", "should_panic")].iter().any(|attribute| line.contains(attribute)) {
            problems.push(format!("{shown}:{}: tests run or do not exist; assert the behaviour instead", n + 1));
        }
    }
    Ok(())
}

/// Each crate is named in ARCHITECTURE.md and each name there exists.
fn check_architecture(problems: &mut Vec<String>) -> Result<(), String> {
    let text = read("ARCHITECTURE.md")?;
    let mut crates = Vec::new();
    for entry in fs::read_dir(root().join("crates")).map_err(|e| e.to_string())? {
        crates.push(entry.map_err(|e| e.to_string())?.file_name().to_string_lossy().into_owned());
    }
    for name in &crates {
        if !text.contains(&format!("`{name}`")) {
            problems.push(format!("ARCHITECTURE.md does not name `{name}`"));
        }
    }
    for word in text.split('`').skip(1).step_by(2).filter(|w| w.starts_with("askance-") && !w.contains([' ', '/', '.']))
    {
        if !crates.iter().any(|c| c == word) {
            problems.push(format!("ARCHITECTURE.md names `{word}`, which does not exist"));
        }
    }
    let lines = text.lines().count();
    if lines > 250 {
        problems.push(format!("ARCHITECTURE.md: {lines} lines, more than 250"));
    }
    Ok(())
}

fn check_adrs(problems: &mut Vec<String>) -> Result<(), String> {
    for entry in fs::read_dir(root().join("docs/adr")).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if text.lines().count() > 60 {
            problems.push(format!("docs/adr/{name}: more than 60 lines"));
        }
        for part in ["## Context", "## Decision", "## What would change our mind"] {
            if !text.contains(part) {
                problems.push(format!("docs/adr/{name}: no \"{part}\""));
            }
        }
    }
    Ok(())
}

fn check_contributing(problems: &mut Vec<String>) -> Result<(), String> {
    let lines = read("CONTRIBUTING.md")?.lines().filter(|l| l.starts_with("- ")).count();
    if lines > 20 {
        problems.push(format!("CONTRIBUTING.md: {lines} rules, more than 20"));
    }
    Ok(())
}

fn check_snapshots(problems: &mut Vec<String>) -> Result<(), String> {
    walk(&root(), &mut |path| {
        if path.to_string_lossy().ends_with(".snap.new") {
            problems.push(format!("{}: a snapshot that nobody accepted", path.display()));
        }
    })
}

/// Files of the project's folder that somebody keeps there on purpose.
const AT_ROOT: [&str; 13] = [
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// What a run left beside them would be committed with the next change.
fn check_root(problems: &mut Vec<String>) -> Result<(), String> {
    for entry in fs::read_dir(root()).map_err(|e| e.to_string())? {
        let entry = entry.map_err(|e| e.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_ok_and(|kind| kind.is_file()) && !AT_ROOT.contains(&name.as_str()) && name != ".git" {
            problems.push(format!("{name}: not a file of this folder; what a run writes belongs under out/"));
        }
    }
    Ok(())
}

/// Each stable error code of the sources stands in docs/reference/errors.md.
fn check_error_codes(problems: &mut Vec<String>) -> Result<(), String> {
    let listed = read("docs/reference/errors.md")?;
    for file in rust_files(&root().join("crates"))? {
        let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        for code in text.split('"').skip(1).step_by(2).filter(|word| is_error_code(word)) {
            if !listed.contains(&format!("`{code}`")) {
                problems.push(format!("docs/reference/errors.md does not explain `{code}`"));
            }
        }
    }
    Ok(())
}

/// `area::what`, lower case with hyphens.
fn is_error_code(word: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    word.split_once("::").is_some_and(|(area, what)| plain(area) && plain(what))
}
