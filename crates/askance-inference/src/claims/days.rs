//! Counts by day and by week, as far as records were kept.

use super::coverage::{Coverage, DAY_US, count_in};
use super::nb::{self, Fit};

/// Days beyond which a span is a mistake in the records.
const DAYS_MAX: i64 = 36_525;
/// Scores that differ by less, in standard deviations, are the same: fits end somewhere, sums round.
pub(crate) const SAME: f64 = 1e-4;
/// Lookups that an hour of the day is given beside its own: more would call nights busier than they are.
const PSEUDO: f64 = 0.1;
/// Lookups that an hour of a weekday is given as all days have them.
const PSEUDO_DAY: f64 = 5.0;
/// A day that is covered less than this says nothing.
const SHARE_MIN: f64 = 0.05;

/// A day that was covered, counted from some anchor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    /// Days from the anchor; negative before it.
    pub(crate) at: i64,
    pub(crate) count: f64,
    /// How much of its lookups its cover lets expect; 1 where all of it was covered.
    pub(crate) share: f64,
}

impl Day {
    pub(crate) fn weekday(self) -> usize {
        weekday_of(self.at)
    }

    pub(crate) fn week(self) -> i64 {
        self.at.div_euclid(7)
    }
}

/// Covered days, counted from `anchor_us`; `None` where the span is beyond a century.
///
/// - `lookups`: ascending, covered
pub(crate) fn days(lookups: &[i64], coverage: &Coverage, anchor_us: i64) -> Option<Vec<Day>> {
    let (Some(first), Some(last)) = (coverage.first_us(), coverage.last_us()) else { return Some(Vec::new()) };
    let (from, to) = ((first - anchor_us).div_euclid(DAY_US), (last - 1 - anchor_us).div_euclid(DAY_US));
    if to - from > DAYS_MAX {
        return None;
    }
    let profile = profile(lookups, coverage, anchor_us, from..=to);
    let day = |at: i64| {
        let start = anchor_us + at * DAY_US;
        let share = match coverage.between_us(start, start + DAY_US) {
            0 => 0.0,
            DAY_US => 1.0,
            _ => {
                hours(start)
                    .zip(profile[weekday_of(at)])
                    .map(|(hour, level)| level * covered_in(coverage, hour))
                    .sum::<f64>()
                    / 24.0
            }
        };
        Day { at, count: count_in(lookups, start - 1, start + DAY_US - 1) as f64, share }
    };
    Some((from..=to).map(day).filter(|day| day.share >= SHARE_MIN).collect())
}

/// By hour of the day.
type Hours = [f64; 24];

fn weekday_of(at: i64) -> usize {
    usize::try_from(at.rem_euclid(7)).expect("below 7")
}

/// The beginnings of the hours of a day.
fn hours(start_us: i64) -> impl Iterator<Item = i64> {
    (0..24).map(move |hour| start_us + hour * (DAY_US / 24))
}

/// How much of the hour from then on is covered.
fn covered_in(coverage: &Coverage, from_us: i64) -> f64 {
    coverage.between_us(from_us, from_us + DAY_US / 24) as f64 / (DAY_US / 24) as f64
}

/// Relative rates of the hours of each weekday, mean 1: half a day of cover is worth more where lookups come at noon
/// than where they come at night.
///
/// All days together are drawn towards an even day by little, each weekday towards all days by more.
fn profile(lookups: &[i64], coverage: &Coverage, anchor_us: i64, days: core::ops::RangeInclusive<i64>) -> [Hours; 7] {
    let (mut counts, mut covered) = ([[0.0; 24]; 7], [[0.0; 24]; 7]);
    for at in days {
        let start = anchor_us + at * DAY_US;
        if coverage.between_us(start, start + DAY_US) > 0 {
            let sums = covered[weekday_of(at)].iter_mut().zip(hours(start));
            sums.for_each(|(sum, hour)| *sum += covered_in(coverage, hour));
        }
    }
    for t in lookups {
        let hour = (t - anchor_us).rem_euclid(DAY_US) / (DAY_US / 24);
        let own = &mut counts[weekday_of((t - anchor_us).div_euclid(DAY_US))];
        own[usize::try_from(hour).expect("below 24")] += 1.0;
    }
    let all = |table: &[Hours; 7]| core::array::from_fn(|hour| table.iter().map(|day| day[hour]).sum());
    let common = levels(&all(&counts), &all(&covered), &[1.0; 24], PSEUDO);
    core::array::from_fn(|day| levels(&counts[day], &covered[day], &common, PSEUDO_DAY))
}

/// Counts over cover, relative, drawn towards `prior` by `pseudo` lookups an hour.
fn levels(counts: &Hours, covered: &Hours, prior: &Hours, pseudo: f64) -> Hours {
    let expected: f64 = covered.iter().zip(prior).map(|(hours, level)| hours * level).sum();
    let mean = (counts.iter().sum::<f64>() + 1e-6) / expected.max(1e-9);
    let level: Hours = core::array::from_fn(|h| (counts[h] + pseudo * prior[h]) / (covered[h] * mean + pseudo));
    let whole = level.iter().sum::<f64>() / 24.0;
    level.map(|l| l / whole.max(1e-12))
}

/// What the day of the week and the coverage say of each day, and what is left, week by week.
#[derive(Clone, Debug)]
pub(crate) struct Weekly {
    /// Weeks from the anchor.
    pub(crate) at: Vec<i64>,
    /// Standardised scores: mean 0, equal scatter where the weeks are alike.
    pub(crate) z: Vec<f64>,
    /// Square roots of what each week weighs.
    pub(crate) root: Vec<f64>,
    /// Scatter of weekly sums over Poisson's, from neighbouring weeks, at least 1.
    pub(crate) phi: f64,
    /// The fit without any change.
    pub(crate) null: Fit,
}

/// The columns of the day of the week.
pub(crate) fn weekday_row(day: &Day) -> Vec<f64> {
    (0..7).map(|d| if d == day.weekday() { 1.0 } else { 0.0 }).collect()
}

pub(crate) fn offsets(days: &[Day]) -> Vec<f64> {
    days.iter().map(|day| libm::log(day.share)).collect()
}

impl Weekly {
    /// `None` without days.
    pub(crate) fn of(days: &[Day]) -> Option<Self> {
        let rows: Vec<Vec<f64>> = days.iter().map(weekday_row).collect();
        let y: Vec<f64> = days.iter().map(|day| day.count).collect();
        let null = nb::fit(&rows, &y, &offsets(days))?;
        // (week, score, information, count, mean)
        let mut weeks: Vec<(i64, [f64; 4])> = Vec::new();
        for (day, mu) in days.iter().zip(&null.mu) {
            let scale = 1.0 + null.alpha * mu;
            if weeks.last().is_none_or(|w| w.0 != day.week()) {
                weeks.push((day.week(), [0.0; 4]));
            }
            let sums = &mut weeks.last_mut().expect("pushed").1;
            for (sum, x) in sums.iter_mut().zip([(day.count - mu) / scale, mu / scale, day.count, *mu]) {
                *sum += x;
            }
        }
        let pearson: Vec<f64> =
            weeks.iter().map(|(_, [_, _, n, mean])| (n - mean) / libm::sqrt(mean.max(1e-9))).collect();
        let steps = pearson.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum::<f64>();
        Some(Self {
            at: weeks.iter().map(|w| w.0).collect(),
            z: weeks.iter().map(|(_, [score, v, ..])| score / libm::sqrt(v.max(1e-12))).collect(),
            root: weeks.iter().map(|(_, [_, v, ..])| libm::sqrt(*v)).collect(),
            phi: (steps / (2.0 * (weeks.len().max(2) - 1) as f64)).max(1.0),
            null,
        })
    }
}
