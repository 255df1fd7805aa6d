//! Beacons told from caches that refresh: this program beside others' scores on the same series.

use askance_inference::MechanismId as M;
use askance_inference::calibration::measures::auc;
use serde::Serialize;

use super::item::Item;

/// Areas under the curve for beacons against caches that refresh.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Versus {
    /// Series that are beacons and nothing else.
    pub beacons: u64,
    /// Series that are refreshes and nothing else.
    pub refreshes: u64,
    /// By the difference of the two calibrated scores.
    pub askance: f64,
    /// By RITA's score; a series that it does not score counts as 0.
    pub rita: f64,
    /// By the variation of gaps; likewise.
    pub variation: f64,
    /// Series that RITA does not score.
    pub rita_unscored: u64,
    /// Refreshes that are called a beacon with a stated ratio of at least 100.
    pub called_beacon: u64,
    /// Refreshes that RITA gives at least 0.7.
    pub rita_high: u64,
}

impl Versus {
    /// - returns: none where one of the two is missing
    pub(super) fn of(items: &[&Item]) -> Option<Self> {
        let pair: Vec<&&Item> =
            items.iter().filter(|item| item.is_only(M::Beacon) || item.is_only(M::CacheRefresh)).collect();
        let refreshes = || pair.iter().filter(|item| item.is_only(M::CacheRefresh));
        let count = |n: usize| n as u64;
        let area = |score: &dyn Fn(&Item) -> f64| {
            let scored: Vec<(f64, bool)> = pair.iter().map(|item| (score(item), item.is_only(M::Beacon))).collect();
            auc(&scored)
        };
        let ours = area(&lead)?;
        Some(Self {
            beacons: count(ours.targets),
            refreshes: count(ours.others),
            askance: ours.area,
            rita: area(&|item| item.answer.rita.unwrap_or(0.0))?.area,
            variation: area(&|item| item.answer.variation.unwrap_or(0.0))?.area,
            rita_unscored: count(pair.iter().filter(|item| item.answer.rita.is_none()).count()),
            called_beacon: count(
                refreshes()
                    .filter(|item| {
                        item.answer.best == M::Beacon && !item.answer.abstained && item.answer.log10_lr >= 2.0
                    })
                    .count(),
            ),
            rita_high: count(refreshes().filter(|item| item.answer.rita.is_some_and(|score| score >= 0.7)).count()),
        })
    }
}

/// By how much the score of a beacon exceeds that of a refresh, nats.
fn lead(item: &Item) -> f64 {
    let of = |m: M| M::ALL.iter().position(|o| *o == m).map_or(f64::NEG_INFINITY, |at| item.answer.scores[at]);
    let (beacon, refresh) = (of(M::Beacon), of(M::CacheRefresh));
    // Two that are both impossible are equally so.
    if beacon.total_cmp(&refresh).is_eq() { 0.0 } else { beacon - refresh }
}
