//! What would settle it, over all series of the subjects.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askance_inference::settle::RecordKind;

use super::Working;
use crate::attribute::HELPS;
use crate::json::{Series, SettleDetail, SettleRow};
use crate::records::SeriesRow;

/// The most series whose survivors are drawn: those with most lookups.
const DRAWN_MAX: usize = 64;
/// The gain from which on a pair counts as told apart: a factor of two, in bans.
const TOLD: f64 = 0.3;

/// Draws the survivors of the subjects' series that are open.
pub(super) fn draw(working: &mut Working<'_>) {
    let open = |series: &Series| series.subject && (series.set.len() > 1 || series.abstained);
    let mut chosen: Vec<usize> = (0..working.series.len()).filter(|&i| open(&working.series[i])).collect();
    chosen.sort_by_key(|&i| (Reverse(working.series[i].n), i));
    chosen.truncate(DRAWN_MAX);
    for i in chosen {
        working.attributor.deepen(&working.records.series[i], &mut working.series[i]);
    }
}

/// Record kinds by how far they would separate what survives, best first.
pub(super) fn rank(working: &Working<'_>) -> Vec<SettleRow> {
    let mut kinds: BTreeMap<&str, Vec<&SettleDetail>> = BTreeMap::new();
    // What would settle generated rows settles nothing, unless there is nothing else.
    let about: Vec<(&SeriesRow, &Series)> = working.about_subjects().collect();
    let recorded = about.iter().any(|(row, _)| !working.is_synthetic(&row.tap));
    let counts = |row: &SeriesRow| !recorded || !working.is_synthetic(&row.tap);
    for detail in about.iter().filter(|(row, _)| counts(row)).flat_map(|(_, s)| &s.settle_detail) {
        kinds.entry(&detail.kind).or_default().push(detail);
    }
    let mut ranked: Vec<SettleRow> = kinds.values().map(|details| row(details)).collect();
    if ranked.is_empty() {
        let shown: Vec<_> = about.iter().filter(|(row, _)| counts(row)).collect();
        let excerpts = shown.iter().filter(|(row, _)| working.attributor.is_excerpt(&row.tap)).count() as u64;
        let mut rows: Vec<SettleRow> = (excerpts > 0).then(|| whole_log(excerpts)).into_iter().collect();
        rows.extend(by_rule(shown.iter().map(|(_, series)| *series)));
        return rows;
    }
    ranked.sort_by(|a, b| {
        // A record that helps many series a little is worth one that helps few much.
        let weight = |r: &SettleRow| r.expected_log10_lr * r.of as f64;
        weight(b).total_cmp(&weight(a)).then_with(|| a.kind.cmp(&b.kind))
    });
    ranked
}

/// What an excerpt lacks first.
fn whole_log(series: u64) -> SettleRow {
    SettleRow {
        kind: "whole-log".to_owned(),
        record: "the whole log of which these rows are an excerpt".to_owned(),
        why: "distances between its rows are gaps between lookups, which have weight; those of an excerpt have none"
            .to_owned(),
        expected_log10_lr: HELPS,
        series,
        ..SettleRow::default()
    }
}

/// Kinds that tell survivors apart by how they work, where nothing could be drawn: those that help most series first.
fn by_rule<'a>(series: impl Iterator<Item = &'a Series>) -> Vec<SettleRow> {
    let mut helped: Vec<(RecordKind, u64)> = RecordKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    for series in series {
        for (kind, n) in &mut helped {
            *n += u64::from(series.settle.iter().any(|record| record == kind.record()));
        }
    }
    helped.retain(|(_, n)| *n > 0);
    helped.sort_by_key(|(_, n)| Reverse(*n));
    let row = |(kind, series): (RecordKind, u64)| SettleRow {
        kind: kind.as_str().to_owned(),
        record: kind.record().to_owned(),
        why: kind.why().to_owned(),
        expected_log10_lr: HELPS,
        series,
        ..SettleRow::default()
    };
    helped.into_iter().map(row).collect()
}

/// One kind over the series that lack it; never empty.
fn row(details: &[&SettleDetail]) -> SettleRow {
    let n = details.len() as f64;
    let mean = details.iter().map(|d| d.expected_log10_lr).sum::<f64>() / n;
    // The series' draws are independent of each other.
    let half = |d: &&SettleDetail| (d.hi - d.lo) * (d.hi - d.lo) / 4.0;
    let half = libm::sqrt(details.iter().map(half).sum()) / n;
    let mut separates: Vec<[String; 2]> = Vec::new();
    for told in details.iter().flat_map(|d| &d.pairs).filter(|p| p.with_log10_lr - p.without_log10_lr >= TOLD) {
        let swapped = [told.pair[1].clone(), told.pair[0].clone()];
        if !separates.contains(&told.pair) && !separates.contains(&swapped) {
            separates.push(told.pair.clone());
        }
    }
    let soonest = |d: &&SettleDetail| d.pairs.iter().filter_map(|p| p.days_needed).min();
    SettleRow {
        kind: details[0].kind.clone(),
        record: details[0].record.clone(),
        why: details[0].why.clone(),
        separates,
        expected_log10_lr: mean,
        interval: Some([mean - half, mean + half]),
        days_needed: median_days(details.iter().map(|d| d.days_needed)),
        days_first: median_days(details.iter().map(soonest)),
        hardest: commonest(details.iter().map(|d| &d.hardest)),
        series: details.iter().filter(|d| d.expected_log10_lr >= HELPS).count() as u64,
        of: details.len() as u64,
    }
}

/// The days after which half of the series are there; those that never are count as the longest.
fn median_days(days: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let mut days: Vec<u32> = days.map(|d| d.unwrap_or(u32::MAX)).collect();
    days.sort_unstable();
    days.get(days.len().saturating_sub(1) / 2).copied().filter(|d| *d != u32::MAX)
}

/// The pair that occurs most often; the first of those in the order of their names.
fn commonest<'a>(pairs: impl Iterator<Item = &'a [String; 2]>) -> Option<[String; 2]> {
    let mut counts: BTreeMap<&[String; 2], usize> = BTreeMap::new();
    for pair in pairs {
        *counts.entry(pair).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(pair, n)| (*n, Reverse(*pair))).map(|(pair, _)| pair.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::SettlePair;

    fn detail(gain: f64, days: [Option<u32>; 2]) -> SettleDetail {
        let names = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let pair =
            |pair, days_needed, with_log10_lr| SettlePair { pair, without_log10_lr: 0.1, with_log10_lr, days_needed };
        SettleDetail {
            kind: "mail-log".to_owned(),
            expected_log10_lr: gain,
            lo: gain - 0.3,
            hi: gain + 0.3,
            days_needed: days[1],
            hardest: names("cache-refresh", "human-use"),
            pairs: vec![
                pair(names("sender-verification", "human-use"), days[0], 0.1 + gain),
                pair(names("cache-refresh", "human-use"), days[1], 0.2),
            ],
            ..SettleDetail::default()
        }
    }

    #[test]
    fn a_row_is_the_mean_of_its_series_and_never_the_luckiest() {
        let details = [
            detail(1.2, [Some(3), Some(14)]),
            detail(0.0, [None, None]),
            detail(0.9, [Some(7), None]),
            detail(0.7, [Some(1), None]),
        ];
        let row = row(&details.iter().collect::<Vec<_>>());
        assert!((row.expected_log10_lr - 0.7).abs() < 1e-12);
        // Four independent half-widths of 0.3: 0.3 * sqrt(4) / 4.
        let [lo, hi] = row.interval.expect("simulated");
        assert!((hi - lo - 0.3).abs() < 1e-12, "{lo} {hi}");
        assert_eq!((row.days_needed, row.days_first), (None, Some(3)));
        assert_eq!((row.series, row.of), (3, 4));
        assert_eq!(row.separates, [["sender-verification".to_owned(), "human-use".to_owned()]]);
        assert_eq!(row.hardest, Some(["cache-refresh".to_owned(), "human-use".to_owned()]));
    }
}
