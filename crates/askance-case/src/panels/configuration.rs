//! How the subjects are set up beside their siblings.

use askance_inference::claims::jeffreys;

use crate::assemble::Working;
use crate::json::Configuration;

/// One row a setting, in the order of the records.
pub(crate) fn configurations(working: &Working<'_>) -> Vec<Configuration> {
    let rows = working.records.configurations.iter();
    rows.map(|row| {
        let share = (row.known > 0).then(|| jeffreys(row.alike, row.known));
        Configuration {
            name: row.name.clone(),
            feature: row.feature.clone(),
            what: row.what.clone(),
            alike: row.alike,
            known: row.known,
            share: share.map(|s| [s.share, s.interval.0, s.interval.1]),
            lr_max: (row.known as f64 + 1.0) / (row.alike as f64 + 0.5),
        }
    })
    .collect()
}
