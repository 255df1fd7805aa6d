//! Probabilities that were stated, and what came true.

use askance_record::Rng;

/// A probability that was stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// The probability.
    pub p: f64,
    /// Whether it came true.
    pub right: bool,
    /// Which independent group the case belongs to; groups are numbered from 0 without holes.
    pub group: usize,
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Cases.
    pub n: u64,
    /// Mean of what was stated.
    pub stated: f64,
    /// Share that came true.
    pub came_true: f64,
    /// 95 % interval of that share, by resampling groups.
    pub interval: (f64, f64),
}

/// Stated probabilities beside what came true, in bins of equal mass.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// The bins, by rising probability; equal probabilities share a bin, so that there can be fewer.
    pub bins: Vec<Bin>,
    /// The expected calibration error: the mean over cases of |stated - came true| of their bins.
    pub ece: f64,
    /// Its 95 % interval, by resampling groups. A resample is never better calibrated than chance
    /// makes it, so that the interval lies a little high.
    pub ece_interval: (f64, f64),
    /// What the error comes to where every statement is true and the cases of a group share one fate: its mean, and
    /// what it exceeds once in twenty times. So few groups cannot show an error that is less.
    pub ece_if_true: (f64, f64),
}

/// Resamples of groups: enough for a 95 % interval.
const RESAMPLES: usize = 400;

impl Reliability {
    /// Reliability in `bins` bins of equal mass.
    ///
    /// - `seed`: of the resampling
    /// - returns: none for no cases
    ///
    /// Cost: O(n log n + 400 n).
    pub fn of(stated: &[Stated], bins: usize, seed: u64) -> Option<Self> {
        if stated.is_empty() || bins == 0 {
            return None;
        }
        let mut sorted = ascending(stated);
        let once = once(&sorted);
        let place = places(&sorted, bins);
        let sums = sums(&sorted, &place, &once, bins);
        let mut rng = Rng::new(seed);
        let (mut eces, mut shares) = (Vec::with_capacity(RESAMPLES), vec![Vec::with_capacity(RESAMPLES); bins]);
        for _ in 0..RESAMPLES {
            let mut weights = vec![0.0; once.len()];
            for _ in 0..once.len() {
                let at = usize::try_from(rng.below(once.len() as u64)).unwrap_or(0);
                weights[at] += 1.0;
            }
            let again = self::sums(&sorted, &place, &weights, bins);
            eces.push(ece(&again));
            for (share, sum) in shares.iter_mut().zip(&again).filter(|(_, sum)| sum.weight > 0.0) {
                share.push(sum.hits / sum.weight);
            }
        }
        let bins = sums.iter().zip(&mut shares).filter(|(sum, _)| sum.weight > 0.0).map(|(sum, share)| Bin {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of cases")]
            n: sum.weight as u64,
            stated: sum.p / sum.weight,
            came_true: sum.hits / sum.weight,
            interval: interval(share),
        });
        let bins = bins.collect();
        let ece_if_true = if_true(&mut sorted, &place, &once, &mut rng);
        Some(Self { bins, ece: ece(&sums), ece_interval: interval(&mut eces), ece_if_true })
    }
}

/// The expected calibration error alone, as in [`Reliability::ece`]; none for no cases.
pub fn calibration_error(stated: &[Stated], bins: usize) -> Option<f64> {
    if stated.is_empty() || bins == 0 {
        return None;
    }
    let sorted = ascending(stated);
    Some(ece(&sums(&sorted, &places(&sorted, bins), &once(&sorted), bins)))
}

fn ascending(stated: &[Stated]) -> Vec<Stated> {
    let mut sorted = stated.to_vec();
    sorted.sort_by(|a, b| a.p.total_cmp(&b.p));
    sorted
}

/// Each group once.
fn once(stated: &[Stated]) -> Vec<f64> {
    vec![1.0; stated.iter().map(|s| s.group + 1).max().unwrap_or(0)]
}

/// The error of true statements, its mean and its 95th percentile: one lot is drawn for each group, and what was stated of its
/// cases comes true where it is above the lot.
fn if_true(sorted: &mut [Stated], place: &[usize], once: &[f64], rng: &mut Rng) -> (f64, f64) {
    let bins = place.last().map_or(0, |last| last + 1);
    let mut eces: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let lots: Vec<f64> = once.iter().map(|_| rng.unit()).collect();
            for case in &mut *sorted {
                case.right = lots[case.group] < case.p;
            }
            ece(&sums(sorted, place, once, bins))
        })
        .collect();
    eces.sort_by(f64::total_cmp);
    (eces.iter().sum::<f64>() / RESAMPLES as f64, eces[(RESAMPLES - 1) * 95 / 100])
}

/// What a bin adds up to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    weight: f64,
    p: f64,
    hits: f64,
}

/// The bin of each case, by the rank of the first that states the same.
fn places(sorted: &[Stated], bins: usize) -> Vec<usize> {
    let mut out = Vec::with_capacity(sorted.len());
    for tied in sorted.chunk_by(|a, b| a.p.total_cmp(&b.p).is_eq()) {
        let bin = out.len() * bins / sorted.len();
        out.extend(core::iter::repeat_n(bin, tied.len()));
    }
    out
}

fn sums(sorted: &[Stated], place: &[usize], weights: &[f64], bins: usize) -> Vec<Sum> {
    let mut out = vec![Sum::default(); bins];
    for (case, &bin) in sorted.iter().zip(place) {
        let weight = weights[case.group];
        out[bin].weight += weight;
        out[bin].p += weight * case.p;
        out[bin].hits += if case.right { weight } else { 0.0 };
    }
    out
}

fn ece(sums: &[Sum]) -> f64 {
    let total: f64 = sums.iter().map(|s| s.weight).sum();
    sums.iter().map(|s| (s.p - s.hits).abs()).sum::<f64>() / total.max(1.0)
}

/// The middle 95 % of `values`; the whole range of a share where there are none.
fn interval(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |per_mille: usize| values[(values.len() - 1) * per_mille / 1000];
    if values.is_empty() { (0.0, 1.0) } else { (at(25), at(975)) }
}

/// The multi-class Brier score: the mean over cases of the squared distance between the stated
/// distribution and the truth; 0 at best, 2 at worst.
///
/// - `cases`: for each the stated distribution, and the true one over the same classes (several
///   true classes share 1 equally)
/// - returns: none for no cases
pub fn brier<'a>(cases: impl Iterator<Item = (&'a [f64], &'a [f64])>) -> Option<f64> {
    let (mut n, mut sum) = (0u64, 0.0);
    for (stated, truth) in cases {
        n += 1;
        sum += stated.iter().zip(truth).map(|(p, o)| (p - o) * (p - o)).sum::<f64>();
    }
    (n > 0).then(|| sum / n as f64)
}
