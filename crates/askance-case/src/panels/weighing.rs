//! What each source says of each hypothesis.

use std::collections::BTreeSet;

use askance_inference::MechanismId;
use askance_record::Timestamp;

use crate::assemble::Working;
use crate::attribute::SourceView;
use crate::json::{Series, Weighing, WeighingCell, WeighingColumn, WeighingRow};
use crate::records::SeriesRow;

/// Fewer lookups than this bear no number unless marks decide.
const LOOKUPS_MIN: u64 = 10;
const DAY_S: f64 = 86_400.0;

/// One for each subject that some source shows.
pub(crate) fn weighing(working: &Working<'_>) -> Vec<Weighing> {
    working.case.subjects.iter().filter_map(|name| of_subject(working, name)).collect()
}

fn of_subject(working: &Working<'_>, name: &str) -> Option<Weighing> {
    let mut out = Weighing {
        name: name.to_owned(),
        rows: MechanismId::ALL
            .into_iter()
            .map(|m| WeighingRow {
                mechanism: m.as_str().to_owned(),
                family: m.family().as_str().to_owned(),
                cells: Vec::new(),
            })
            .collect(),
        ..Weighing::default()
    };
    for tap in working.taps() {
        let shown: Vec<_> = working.at(tap, name).collect();
        if shown.is_empty() {
            continue;
        }
        add(working, &mut out, tap, &shown, false);
        if shown.iter().any(|(_, s)| s.alone.is_some()) {
            add(working, &mut out, tap, &shown, true);
        }
    }
    (!out.columns.is_empty()).then_some(out)
}

/// Adds a column and its cells.
fn add(working: &Working<'_>, out: &mut Weighing, tap: &str, shown: &[(&SeriesRow, &Series)], beside: bool) {
    let told = |s: &Series| match &s.alone {
        Some(alone) if !beside => !alone.abstained,
        _ => !s.abstained,
    };
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for row in &mut out.rows {
        let cell = cell(&row.mechanism, shown, beside);
        if let Some(lr) = cell.log10_lr {
            (least, greatest) = (least.min(lr), greatest.max(lr));
        }
        row.cells.push(cell);
    }
    out.columns.push(WeighingColumn {
        source: tap.to_owned(),
        vantage: shown[0].0.vantage.as_str().to_owned(),
        beside,
        synthetic: working.is_synthetic(tap),
        lookups: shown.iter().map(|(row, _)| row.n).sum(),
        series: shown.len() as u64,
        told: shown.iter().filter(|(_, s)| told(s)).count() as u64,
        days_with: shown.iter().flat_map(|(_, s)| s.daily.iter().map(|(day, _)| day)).collect::<BTreeSet<_>>().len()
            as u64,
        days: covered_days(working, tap),
        spread: (greatest - least).max(0.0),
    });
}

fn cell(mechanism: &str, shown: &[(&SeriesRow, &Series)], beside: bool) -> WeighingCell {
    let mut out = WeighingCell::default();
    let mut found = Vec::new();
    // A handful of lookups bears no number.
    for (_, s) in shown.iter().filter(|(_, s)| !(s.abstained && s.n < LOOKUPS_MIN)) {
        let Some(candidate) = s.candidates.iter().find(|c| c.mechanism == mechanism) else { continue };
        let alone = s.alone.as_ref().filter(|_| !beside);
        out.in_set_of += u64::from(alone.map_or(&s.set, |a| &a.set).iter().any(|m| m == mechanism));
        if candidate.excluded.is_empty() {
            found.push(alone.map_or(candidate.log10_lr, |a| a.log10_lrs.get(mechanism).copied().unwrap_or_default()));
        } else if out.excluded.is_empty() {
            out.excluded.clone_from(&candidate.excluded);
        }
    }
    found.sort_by(f64::total_cmp);
    if let (Some(lo), Some(hi)) = (found.first(), found.last()) {
        let middle = found.len() / 2;
        let median = if found.len() % 2 == 1 { found[middle] } else { f64::midpoint(found[middle - 1], found[middle]) };
        (out.log10_lr, out.lo, out.hi) = (Some(median), Some(*lo), Some(*hi));
        out.excluded.clear();
    }
    out
}

fn covered_days(working: &Working<'_>, tap: &str) -> f64 {
    let covers = working.attributor.view(tap).map(SourceView::coverage).unwrap_or_default();
    let mut covered_s = 0.0;
    let mut until: Option<Timestamp> = None;
    // Ascending by their beginning.
    for (from, to) in covers {
        let from = until.map_or(from, |end| from.max(end));
        covered_s += to.since_s(from).max(0.0);
        until = Some(until.map_or(to, |end| end.max(to)));
    }
    covered_s / DAY_S
}
