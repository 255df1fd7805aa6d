//! What would settle it, over all series of the subjects.

use std::collections::BTreeMap;

use super::Working;
use crate::json::{Series, SettleRow};

/// Record kinds by how far they would separate what survives, best first.
pub(super) fn rank(working: &Working<'_>) -> Vec<SettleRow> {
    let mut rows: BTreeMap<String, SettleRow> = BTreeMap::new();
    let open = |series: &Series| series.subject && (series.set.len() > 1 || series.abstained);
    for (_, wishes) in working.series.iter().zip(&working.wishes).filter(|(series, _)| open(series)) {
        for wish in wishes {
            let entry = rows.entry(wish.record.clone()).or_insert_with(|| SettleRow {
                record: wish.record.clone(),
                why: wish.why.clone(),
                ..SettleRow::default()
            });
            entry.series += 1;
            entry.expected_log10_lr = entry.expected_log10_lr.max(wish.expected_log10_lr);
            for (a, b) in &wish.separates {
                let pair = [a.as_str().to_owned(), b.as_str().to_owned()];
                if !entry.separates.contains(&pair) {
                    entry.separates.push(pair);
                }
            }
        }
    }
    let mut ranked: Vec<SettleRow> = rows.into_values().collect();
    ranked.sort_by(|a, b| {
        let weight = |r: &SettleRow| r.expected_log10_lr * r.series as f64;
        weight(b).total_cmp(&weight(a)).then_with(|| a.record.cmp(&b.record))
    });
    ranked
}
