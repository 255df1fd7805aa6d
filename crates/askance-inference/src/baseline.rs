//! Scores of others on the same series, to be compared with: they decide nothing here.
//!
//! [`rita`] is the beacon score that RITA v5 publishes, written anew from a description of it.
//! It was made for connections, which have sizes; lookups as they are recorded here have none, so
//! that its part for sizes is 1, which is what it gives to sizes that are all the same.
//! [`variation`] is the coefficient of variation of gaps, the oldest sign of a clock.

#[cfg(test)]
mod tests;

use askance_record::Timestamp;

/// Equal bins that the whole span is cut into.
const BINS: usize = 24;
/// The least instants and gaps that are scored, and the most lookups.
const INSTANTS_MIN: usize = 4;
const GAPS_MIN: usize = 3;
const LOOKUPS_MAX: usize = 86_400;
/// A quartile range below this, in seconds, has no skew.
const RANGE_MIN_S: f64 = 10.0;
/// The least bins with lookups for a score of duration, and for one of two modes.
const DURATION_BINS_MIN: usize = 6;
const MODES_BINS_MIN: usize = 11;
/// A run of bins that counts as all the time.
const RUN_FULL: f64 = 12.0;

/// A beacon score and its parts, 0 to 1 each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rita {
    /// Regularity of gaps.
    pub gaps: f64,
    /// Regularity of sizes: always 1, for lookups of unknown size.
    pub sizes: f64,
    /// How much of the span is covered.
    pub duration: f64,
    /// Evenness over the span.
    pub histogram: f64,
    /// Their mean, to three digits.
    pub score: f64,
}

/// RITA's beacon score.
///
/// - `instants`: of the lookups, in any order; whole seconds count, equal ones once
/// - `span`: first and last instant of the whole data set
/// - returns: none where it scores nothing: fewer than four different seconds, or too many lookups
///
/// # Source
/// Described in the documentation and release of RITA v5 (Active Countermeasures); re-implemented from
/// that description. Standard deviations are those of the whole, and the classes of the
/// two-mode score are counted over bins that have lookups: the description does not say.
pub fn rita(instants: &[Timestamp], span: (Timestamp, Timestamp)) -> Option<Rita> {
    if instants.len() >= LOOKUPS_MAX {
        return None;
    }
    let seconds = whole_seconds(instants);
    let mut gaps: Vec<f64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if seconds.len() < INSTANTS_MIN || gaps.len() < GAPS_MIN {
        return None;
    }
    gaps.sort_by(f64::total_cmp);
    let (from, to) = (span.0.us() as f64 / 1e6, span.1.us() as f64 / 1e6);
    let counts = counts(&seconds, from, to);
    let (gaps, sizes) = (regularity(&gaps), 1.0);
    let (duration, histogram) = (duration(&seconds, &counts, to - from), evenness(&counts).max(two_modes(&counts)));
    let mean = 0.25 * (gaps + sizes + duration + histogram);
    Some(Rita { gaps, sizes, duration, histogram, score: libm::round(mean * 1000.0) / 1000.0 })
}

/// How little gaps vary: `1 / (1 + sd / mean)`, 1 for a clock and a half for chance.
///
/// - `instants`: as for [`rita`]
/// - returns: none for fewer than three gaps
pub fn variation(instants: &[Timestamp]) -> Option<f64> {
    let seconds = whole_seconds(instants);
    let gaps: Vec<f64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    (gaps.len() >= GAPS_MIN).then(|| {
        let (mean, sd) = moments(&gaps);
        1.0 / (1.0 + sd / mean)
    })
}

fn whole_seconds(instants: &[Timestamp]) -> Vec<f64> {
    let mut seconds: Vec<i64> = instants.iter().map(|t| t.us().div_euclid(1_000_000)).collect();
    seconds.sort_unstable();
    seconds.dedup();
    seconds.into_iter().map(|s| s as f64).collect()
}

/// Half of how symmetric gaps are, and half of how close to their median. `sorted` has at least three.
fn regularity(sorted: &[f64]) -> f64 {
    let middle = median(sorted);
    let half = sorted.len() / 2;
    let (low, high) = (median(&sorted[..half]), median(&sorted[sorted.len() - half..]));
    let level = high - low < RANGE_MIN_S || same(middle, low) || same(middle, high);
    let skew = if level { 0.0 } else { (low + high - 2.0 * middle) / (high - low) };
    let mut off: Vec<f64> = sorted.iter().map(|g| (g - middle).abs()).collect();
    off.sort_by(f64::total_cmp);
    let close = if middle < 1.0 { 1.0 } else { ((middle - median(&off)) / middle).max(0.0) };
    f64::midpoint(1.0 - skew.abs(), close)
}

fn same(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

/// The median of sorted values; 0 for none.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 0 => f64::midpoint(sorted[half - 1], sorted[half]),
        _ => sorted[half],
    }
}

/// Lookups in each bin of the span.
fn counts(seconds: &[f64], from: f64, to: f64) -> [f64; BINS] {
    let mut out = [0.0; BINS];
    let width = ((to - from) / BINS as f64).max(1e-6);
    for second in seconds {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
        let bin = ((second - from) / width).clamp(0.0, (BINS - 1) as f64) as usize;
        out[bin] += 1.0;
    }
    out
}

fn used(counts: &[f64; BINS]) -> usize {
    counts.iter().filter(|&&n| n > 0.0).count()
}

fn duration(seconds: &[f64], counts: &[f64; BINS], span_s: f64) -> f64 {
    if used(counts) < DURATION_BINS_MIN {
        return 0.0;
    }
    let covered = (seconds[seconds.len() - 1] - seconds[0]) / span_s.max(1e-6);
    (covered.min(1.0)).max((longest_run(counts) as f64 / RUN_FULL).min(1.0))
}

/// The longest run of bins with lookups, the last bin followed by the first.
fn longest_run(counts: &[f64; BINS]) -> usize {
    let (mut best, mut run) = (0, 0);
    for at in 0..2 * BINS {
        run = if counts[at % BINS] > 0.0 { run + 1 } else { 0 };
        best = best.max(run);
    }
    best.min(BINS)
}

/// 1 less the coefficient of variation of all bins; 0 where it exceeds 1.
fn evenness(counts: &[f64; BINS]) -> f64 {
    let (mean, sd) = moments(counts);
    (1.0 - sd / mean.max(1e-9)).max(0.0)
}

/// The share of bins in the two commonest classes of height: two levels of activity are as regular as one.
fn two_modes(counts: &[f64; BINS]) -> f64 {
    let used = used(counts);
    if used < MODES_BINS_MIN {
        return 0.0;
    }
    let width = libm::ceil(0.05 * counts.iter().copied().fold(0.0, f64::max)).max(1.0);
    let mut classes: Vec<f64> = counts.iter().filter(|&&n| n > 0.0).map(|n| libm::floor(n / width)).collect();
    classes.sort_by(f64::total_cmp);
    let mut sizes: Vec<usize> = classes.chunk_by(|a, b| same(*a, *b)).map(<[f64]>::len).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let two: usize = sizes.iter().take(2).sum();
    (two as f64 / (used - 1).max(1) as f64).min(1.0)
}

/// Mean and standard deviation of the whole.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, libm::sqrt(variance))
}
