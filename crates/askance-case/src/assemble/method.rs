//! Custody and method.

use askance_inference::{Calibration, Family, Priors};

use super::{Given, Working};
use crate::inputs_root;
use crate::json::Method;

pub(super) fn method(working: &Working<'_>, given: &Given) -> Method {
    let hashes: Vec<&str> = working.sources.iter().map(|s| s.sha256.as_str()).collect();
    let priors = Priors::default();
    let calibration = Calibration::embedded();
    Method {
        version: given.version.clone(),
        case_sha256: given.case_sha256.clone(),
        claims_sha256: given.claims_sha256.clone(),
        inputs_root: inputs_root(&hashes),
        custody_root: given.custody_root.clone(),
        priors: vec![
            format!("equal families: {}", describe(&priors.family)),
            format!(
                "operational (an arbitrary example, to be replaced by your own): {}",
                describe(&priors.operational)
            ),
        ],
        parameters: vec![
            format!("likelihood ratios are held between 10^{} and 10^{}", calibration.cap.low, calibration.cap.high),
            format!(
                "calibration {}: fitted on {} labelled series of {} software configurations",
                calibration.edition, calibration.fitted_on.series, calibration.fitted_on.configurations
            ),
            format!("words of support: {}", askance_inference::verbal::sources()[0]),
            format!("words of probability: {}", askance_inference::verbal::sources()[1]),
            "the set holds what the best does not beat by a factor of 10".to_owned(),
            "lookups less than 2 s apart are one session".to_owned(),
            "a flow within min(TTL, 300 s) of a lookup counts as following it".to_owned(),
        ],
        reproduce: given.reproduce.clone(),
        limits: LIMITS.iter().map(|s| (*s).to_owned()).collect(),
    }
}

const LIMITS: &[&str] = &[
    "A lookup is a question about a name. It is no connection; how many are followed by one differs by place and program.",
    "The weights were fitted on recorded programs of one system in a few days; how often they are right on programs left out of the fit is in docs/accuracy.md. They are capped so low that no answer is called strong.",
    "An adversary can copy any ordinary mechanism. \"No malicious mechanism\" speaks of these records, not of intent.",
    "A hash shows that a file is unchanged since it was taken; it does not show that the file is complete.",
];

fn describe(weights: &[f64; 7]) -> String {
    Family::ALL
        .iter()
        .zip(weights)
        .map(|(family, weight)| format!("{} {weight:.4}", family.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}
