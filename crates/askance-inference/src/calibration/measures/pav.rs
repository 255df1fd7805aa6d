//! The best that any rising map could make of the same ratios.

use super::{Weighed, cllr, sides};

/// The ratios after pool-adjacent-violators: the best rising map, chosen with the truth known.
///
/// Equal ratios are pooled before anything else, so that the order of the input does not matter.
///
/// - returns: in the order of the input, calibrated; infinite where a pool has only one side;
///   none where one side is empty
///
/// Cost: O(n log n).
pub fn pav(weighed: &[Weighed]) -> Option<Vec<Weighed>> {
    let (targets, others) = sides(weighed);
    if targets == 0 || others == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..weighed.len()).collect();
    order.sort_by(|&a, &b| weighed[a].log10_lr.total_cmp(&weighed[b].log10_lr));
    // Pools of (targets, all), each with a share above that of the one before.
    let mut pools: Vec<(u64, u64)> = Vec::new();
    for tied in order.chunk_by(|&a, &b| weighed[a].log10_lr.total_cmp(&weighed[b].log10_lr).is_eq()) {
        let mut pool = (tied.iter().filter(|&&at| weighed[at].target).count() as u64, tied.len() as u64);
        while let Some(&(hits, all)) = pools.last() {
            // Shares compared as fractions: exact, with no rounding to decide a tie.
            if u128::from(hits) * u128::from(pool.1) < u128::from(pool.0) * u128::from(all) {
                break;
            }
            pool = (pool.0 + hits, pool.1 + all);
            pools.pop();
        }
        pools.push(pool);
    }
    let mut out = weighed.to_vec();
    let mut places = order.into_iter();
    for (hits, all) in pools {
        let odds = (hits as f64 / targets as f64) / ((all - hits) as f64 / others as f64);
        for at in places.by_ref().take(usize::try_from(all).unwrap_or(usize::MAX)) {
            out[at].log10_lr = libm::log10(odds);
        }
    }
    Some(out)
}

/// The [`cllr`] that is left after [`pav`]: what no recalibration could mend.
///
/// `cllr - cllr_min` is the loss by calibration.
pub fn cllr_min(weighed: &[Weighed]) -> Option<f64> {
    cllr(&pav(weighed)?)
}
