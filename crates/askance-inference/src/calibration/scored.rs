//! Labelled series with their parts: what a calibration is fitted and tested on.

use serde::{Deserialize, Serialize};

use crate::parts::Parts;

/// One labelled series as `askance evaluate --scores` writes it, a JSON object a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// The labelled folder's name.
    pub folder: String,
    /// `recorded` from real programs, or `simulated`.
    pub origin: String,
    /// The vantage.
    pub vantage: String,
    /// The client.
    pub client: String,
    /// The head of the name family.
    pub name: String,
    /// Lookups.
    pub n: u64,
    /// The labels; more than one where two processes share the series.
    pub truth: Vec<String>,
    /// The software that asked; several are joined by `+`.
    pub program: String,
    /// The resolver.
    pub resolver: String,
    /// TTL of the name's records, in seconds.
    pub ttl_s: Option<u32>,
    /// What was taken away before it was scored; empty for nothing.
    pub ablation: String,
    /// What it scored.
    pub parts: Parts,
}

impl Scored {
    /// The software configuration, which is the unit of independence: program, resolver, TTL.
    pub fn configuration(&self) -> String {
        let ttl = self.ttl_s.map_or_else(|| "-".to_owned(), |ttl| ttl.to_string());
        format!("{}/{}/{ttl}", self.program, self.resolver)
    }
}
