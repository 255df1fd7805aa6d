//! The edge table of ARCHITECTURE.md, checked from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::tidy;

/// Crate, our crates that it may use, and packages that it must never reach.
const EDGES: &[(&str, &[&str], &[&str])] = &[
    ("askance-record", &[], &["tokio", "arrow", "datafusion", "axum", "serde"]),
    ("askance-intake", &["askance-record"], &["tokio", "arrow", "arrow-array", "datafusion"]),
    ("askance-inference", &["askance-record"], &["tokio", "arrow", "arrow-array", "datafusion", "serde_json"]),
    ("askance-archive", &["askance-record"], &["tokio", "datafusion"]),
    ("askance-query", &["askance-record", "askance-archive", "askance-inference"], &["axum"]),
    ("askance-case", &["askance-record", "askance-inference"], &["tokio", "datafusion", "axum", "arrow-array"]),
    ("askance-report", &["askance-record", "askance-case", "askance-mail"], &["tokio", "datafusion", "arrow-array"]),
    ("askance-proto", &["askance-record"], &["tokio", "datafusion", "arrow-array"]),
    ("askance-lab", &["askance-record", "askance-proto"], &["tokio", "datafusion", "arrow-array"]),
    (
        "askance-mail",
        &["askance-record", "askance-proto", "askance-inference"],
        &["tokio", "datafusion", "arrow-array", "serde_json"],
    ),
    ("askance-net", &["askance-record", "askance-proto"], &["datafusion", "arrow-array"]),
    (
        "askance",
        &[
            "askance-record",
            "askance-intake",
            "askance-inference",
            "askance-archive",
            "askance-query",
            "askance-case",
            "askance-report",
            "askance-proto",
            "askance-lab",
            "askance-mail",
            "askance-net",
        ],
        &[],
    ),
    (
        "askance-bench",
        &[
            "askance-record",
            "askance-intake",
            "askance-archive",
            "askance-query",
            "askance-inference",
            "askance-proto",
            "askance-lab",
        ],
        &[],
    ),
    ("xtask", &["askance-record", "askance-inference", "askance-report"], &["tokio", "datafusion", "arrow-array"]),
];

/// Checks that no crate reaches what its row forbids, and that each crate has a row.
pub(crate) fn run() -> Result<(), String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(tidy::root())
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
    let graph = Graph::read(&metadata);
    for member in &graph.members {
        let row = EDGES.iter().find(|(name, ..)| name == member);
        let (_, ours, banned) = row.ok_or_else(|| format!("{member} has no row in xtask/src/fence.rs"))?;
        for direct in graph.edges.get(member).into_iter().flatten() {
            if graph.members.contains(direct) && !ours.contains(&direct.as_str()) {
                return Err(format!("{member} must not use {direct}; see ARCHITECTURE.md, Edges"));
            }
        }
        let reached = reach(member)?;
        if let Some(hit) = banned.iter().find(|ban| reached.contains(**ban)) {
            return Err(format!("{member} must not reach {hit}; see ARCHITECTURE.md, Edges"));
        }
    }
    Ok(())
}

/// Normal (not dev, not build) dependencies by package name.
struct Graph {
    members: BTreeSet<String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read(metadata: &Value) -> Self {
        let name_of = |id: &str| {
            metadata["packages"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|p| p["id"] == id)
                .and_then(|p| p["name"].as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let members = metadata["workspace_members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str())
            .map(name_of)
            .collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().into_iter().flatten() {
            let from = name_of(node["id"].as_str().unwrap_or_default());
            for dep in node["deps"].as_array().into_iter().flatten() {
                let normal = dep["dep_kinds"].as_array().into_iter().flatten().any(|k| k["kind"].is_null());
                if normal {
                    let to = name_of(dep["pkg"].as_str().unwrap_or_default());
                    edges.entry(from.clone()).or_default().insert(to);
                }
            }
        }
        Self { members, edges }
    }
}

/// Packages that a crate reaches when it is built alone: the features of its neighbours do not count.
fn reach(member: &str) -> Result<BTreeSet<String>, String> {
    let output = Command::new("cargo")
        .args(["tree", "--locked", "-p", member, "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(tidy::root())
        .output()
        .map_err(|e| format!("cargo tree: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().skip(1).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}
