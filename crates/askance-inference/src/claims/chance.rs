//! Draws that the randomisation tests share.

use askance_record::Rng;

use super::coverage::WEEK_US;

/// Random arrangements that a test draws; with the observed one p is a multiple of 1/2000.
pub(crate) const DRAWS: usize = 1999;

/// A random position below `n`, which is at least 1.
pub(crate) fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).expect("below a usize")
}

/// Fisher and Yates.
pub(crate) fn shuffle<T>(rng: &mut Rng, all: &mut [T]) {
    for at in (1..all.len()).rev() {
        all.swap(at, below(rng, at + 1));
    }
}

/// Puts a random choice of `n` of them, at most all, to the front.
pub(crate) fn draw_to_front<T>(rng: &mut Rng, all: &mut [T], n: usize) {
    for at in 0..n {
        all.swap(at, at + below(rng, all.len() - at));
    }
}

/// The share of [`DRAWS`] draws and the observed value that are at least as great; equal ones count half.
///
/// Counts of a few dozen are often equal: counted whole, they would make p too great.
///
/// - `slack`: what rounding may do to equal values
///
/// # Source
/// mid-p: Lancaster 1961.
pub(crate) fn mid_p(observed: f64, slack: f64, mut draw: impl FnMut() -> f64) -> f64 {
    let (mut greater, mut equal) = (0u32, 1u32);
    for _ in 0..DRAWS {
        let value = draw();
        if value > observed + slack {
            greater += 1;
        } else if value >= observed - slack {
            equal += 1;
        }
    }
    (f64::from(greater) + 0.5 * f64::from(equal)) / (DRAWS + 1) as f64
}

/// The central 95 % of these draws; they are sorted.
pub(crate) fn central(draws: &mut [f64]) -> (f64, f64) {
    draws.sort_by(f64::total_cmp);
    match draws.len() {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        n => (draws[n / 40], draws[n - 1 - n / 40]),
    }
}

/// Records of twice as many weeks are cut into blocks of at least so many, and acts are only exchanged within them: a
/// slow trend then matters less.
pub(crate) const BLOCK_WEEKS: i64 = 13;
/// Weeks without which an exchange shows nothing.
pub(crate) const WEEKS_MIN: usize = 8;

/// How often acts meet something at the same time, and how often they would in other weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exchanged {
    /// Share of the acts that meet it.
    pub(crate) observed: f64,
    /// The same at the same hour of all other weeks of the block; `None` without one.
    pub(crate) chance: Option<f64>,
    /// Share of random orders of the weeks with as many; `None` below [`WEEKS_MIN`].
    pub(crate) p: Option<f64>,
}

/// Moves all acts of a week together to another week, so that bursts stay bursts.
///
/// - `acts`: ascending, covered; `span`: of the records
pub(crate) fn exchange_weeks(
    acts: &[i64],
    span: (i64, i64),
    covered: impl Fn(i64) -> bool,
    meets: impl Fn(i64) -> bool,
    seed: u64,
) -> Exchanged {
    let all = ((span.1 - span.0 - 1).div_euclid(WEEK_US) + 1).max(1);
    let blocks = (all / BLOCK_WEEKS).max(1);
    let length = (all + blocks - 1) / blocks;
    let week = |t: i64| (t - span.0).div_euclid(WEEK_US).clamp(0, all - 1);
    // By block: (acts that meet it, acts covered) of week i moved to week j.
    let size = usize::try_from(length).expect("at least a week");
    let all_weeks = usize::try_from(all).expect("at least a week");
    let mut tables: Vec<(i64, Vec<(u32, u32)>)> = Vec::new();
    for &t in acts {
        let (own, block) = (week(t), week(t) / length);
        if tables.last().is_none_or(|table| table.0 != block) {
            tables.push((block, vec![(0, 0); size * size]));
        }
        let cells = &mut tables.last_mut().expect("pushed").1;
        let row = usize::try_from(own % length).expect("not negative");
        for (cell, to) in cells[row * size..][..size].iter_mut().zip(block * length..) {
            let moved = t + (to - own) * WEEK_US;
            if to < all && covered(moved) {
                cell.0 += u32::from(meets(moved));
                cell.1 += 1;
            }
        }
    }
    let (mut own, mut other) = ((0u64, 0u64), (0u64, 0u64));
    let mut shares: Vec<Vec<f64>> = Vec::with_capacity(tables.len());
    for (_, cells) in &tables {
        for (at, cell) in cells.iter().enumerate() {
            let sum = if at / size == at % size { &mut own } else { &mut other };
            *sum = (sum.0 + u64::from(cell.0), sum.1 + u64::from(cell.1));
        }
        // Every week weighs alike, however many acts it has: then what all acts of a week meet more often, because
        // there is more to meet in it, adds the same to every order.
        shares.push(cells.chunks_exact(size).flat_map(row_shares).collect());
    }
    let share = |(met, n): (u64, u64)| if n == 0 { 0.0 } else { met as f64 / n as f64 };
    let mut order: Vec<usize> = (0..size).collect();
    let sum = |table: &[f64], order: &[usize]| {
        order.iter().enumerate().map(|(from, &to)| table[from * size + to]).sum::<f64>()
    };
    let observed: f64 = shares.iter().map(|table| sum(table, &order)).sum();
    let mut rng = Rng::part(seed, "weeks");
    let draw = || {
        let mut all = 0.0;
        for table in &shares {
            shuffle(&mut rng, &mut order);
            all += sum(table, &order);
        }
        all
    };
    let p = (all_weeks >= WEEKS_MIN && own.1 > 0).then(|| mid_p(observed, 1e-9, draw));
    Exchanged { observed: share(own), chance: (other.1 > 0).then(|| share(other)), p }
}

/// Shares of a week's acts that meet it in each week; what is not covered is given the mean of the others.
fn row_shares(row: &[(u32, u32)]) -> Vec<f64> {
    let covered = || row.iter().filter(|c| c.1 > 0).map(|c| f64::from(c.0) / f64::from(c.1));
    let mean = covered().sum::<f64>() / covered().count().max(1) as f64;
    row.iter().map(|c| if c.1 > 0 { f64::from(c.0) / f64::from(c.1) } else { mean }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_draws_count_half() {
        // 999 above, 1000 equal, and the observed itself: (999 + 1001 / 2) / 2000.
        let mut k = 0;
        let p = mid_p(1.0, 1e-9, || {
            k += 1;
            if k < 1000 { 2.0 } else { 1.0 }
        });
        assert!((p - (999.0 + 500.5) / 2000.0).abs() < 1e-12, "{p}");
    }

    #[test]
    fn only_the_own_week_meets() {
        // One act a week, each on another day; what it meets is there in its own week only.
        let day = WEEK_US / 7;
        let acts: Vec<i64> = (0..10).map(|w| w * WEEK_US + w % 7 * day + 5).collect();
        let met =
            exchange_weeks(&acts, (0, 10 * WEEK_US), |t| (0..10 * WEEK_US).contains(&t), |t| acts.contains(&t), 1);
        // Weeks seven apart share a day: 6 of the 90 other meetings.
        assert!(
            (met.observed - 1.0).abs() < 1e-12 && met.chance.is_some_and(|c| (c - 6.0 / 90.0).abs() < 1e-12),
            "{met:?}"
        );
        assert!(met.p.is_some_and(|p| p < 0.001), "{met:?}");
        let few = exchange_weeks(&acts[..4], (0, 4 * WEEK_US), |_| true, |_| true, 1);
        assert_eq!((few.observed.to_bits(), few.p), (1.0f64.to_bits(), None));
        assert_eq!(exchange_weeks(&[], (0, 0), |_| true, |_| true, 1).chance, None);
    }
}
