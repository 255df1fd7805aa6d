//! Tests of `change`.

use proptest::prelude::*;

use super::*;

fn at(us: i64) -> Timestamp {
    Timestamp::from_us(1_704_067_200_000_000 + us)
}

/// So many lookups each day, at even distances.
fn daily(counts: impl Iterator<Item = i64>) -> Vec<Timestamp> {
    (0i64..).zip(counts).flat_map(|(d, n)| (0..n).map(move |k| at(d * DAY_US + DAY_US / n.max(1) * k))).collect()
}

fn check(lookups: &[Timestamp], days: i64, when: Option<(i64, i64)>) -> Change {
    let coverage = Coverage::of(&[(at(0), at(days * DAY_US))]);
    let when = when.map(|(a, b)| (at(a * DAY_US), at(b * DAY_US)));
    change(&ChangeQuestion { lookups, coverage: &coverage, coverage_declared: true, when, variants: 1, seed: 5 })
}

/// 4 or 5 a day, then 12 or 13.
fn step(day: i64) -> i64 {
    if day < 50 { 4 + day % 2 } else { 12 + day % 2 }
}

#[test]
fn a_step_is_found_where_it_is() {
    let got = check(&daily((0..98).map(step)), 98, None);
    assert_eq!(got.points.len(), 1, "{got:?}");
    let point = got.points[0];
    assert_eq!(point.at, at(50 * DAY_US));
    assert!(point.within.0 <= point.at && point.at <= point.within.1 && point.firm, "{point:?}");
    // 12.5 over 4.5.
    assert!((point.factor - 12.5 / 4.5).abs() < 0.15, "{point:?}");
    assert_eq!(got.verdict, Verdict::Supported, "{got:?}");
    assert_eq!(got.stretches.iter().map(|s| s.n).sum::<u64>(), 225 + 600);
    assert!((got.stretches[0].per_day.value - 4.5).abs() < 0.3, "{got:?}");
}

#[test]
fn a_steady_record_has_one_stretch() {
    let got = check(&daily((0..98).map(|d| 6 + d * 7 % 3)), 98, None);
    assert_eq!((got.points.len(), got.stretches.len(), got.verdict), (0, 1, Verdict::DoesNotDiscriminate), "{got:?}");
}

#[test]
fn a_change_is_not_at_any_date_that_is_named() {
    let lookups = daily((0..98).map(step));
    assert_eq!(check(&lookups, 98, Some((48, 52))).verdict, Verdict::Supported);
    assert_eq!(check(&lookups, 98, Some((3, 4))).verdict, Verdict::CannotBeTested, "nothing before it");
    assert_eq!(check(&lookups[..20], 40, None).verdict, Verdict::CannotBeTested, "six weeks");
}

#[test]
fn weeks_are_compared_over_the_hours_that_all_of_them_cover() {
    const HOUR_US: i64 = DAY_US / 24;
    // Ten hours of each day, and all of it from the eighth week on, when the nights bring lookups of their own.
    let day = |d: i64| (at(d * DAY_US), at(d * DAY_US + if d < 49 { 10 * HOUR_US } else { DAY_US }));
    let growing = Coverage::of(&(0..98).map(day).collect::<Vec<_>>());
    let whole = Coverage::of(&[(at(0), at(98 * DAY_US))]);
    let lookups: Vec<i64> = (0..98).flat_map(|d| (0..24).map(move |h| at(d * DAY_US + h * HOUR_US + 9).us())).collect();
    let sums = |coverage: &Coverage| {
        let kept: Vec<i64> = lookups.iter().copied().filter(|&t| coverage.contains(Timestamp::from_us(t))).collect();
        alike(&kept, coverage, at(0).us()).map(|weekly| weekly.null.mu.iter().map(|mu| mu.round()).sum::<f64>())
    };
    assert_eq!(sums(&growing), Some(980.0), "ten lookups of each day");
    assert_eq!(sums(&whole), None, "all hours are alike");
    // Lookups by night alone leave nothing to compare.
    let nights: Vec<i64> =
        lookups.iter().copied().filter(|t| (t - at(0).us()).rem_euclid(DAY_US) > 12 * HOUR_US).collect();
    assert!(alike(&nights, &growing, at(0).us()).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_counts_are_answered(counts in proptest::collection::vec(0i64..9, 0..100), burst in 0i64..2000) {
        let days = i64::try_from(counts.len()).expect("few");
        let lookups = daily(counts.into_iter().chain([burst]));
        let got = check(&lookups, days + 1, None);
        prop_assert!(got.p.is_none_or(|p| p > 0.0 && p <= 1.0));
        prop_assert!(got.points.iter().all(|p| p.within.0 <= p.within.1 && p.factor >= 0.0));
        prop_assert_eq!(got.points.len() + 1, got.stretches.len().max(1));
        prop_assert!(got.stretches.is_empty() || got.stretches.iter().map(|s| s.n).sum::<u64>() == got.lookups_counted(&lookups));
    }
}

impl Change {
    /// What the stretches must add up to.
    fn lookups_counted(&self, lookups: &[Timestamp]) -> u64 {
        let (from, to) = (self.stretches[0].from, self.stretches.last().expect("some").to);
        lookups.iter().filter(|&&t| from <= t && t < to).count() as u64
    }
}
