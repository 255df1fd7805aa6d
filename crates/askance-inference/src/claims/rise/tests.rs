//! Tests of `rise`.

use proptest::prelude::*;

use super::*;
use crate::claims::coverage::{DAY_US, WEEK_US};

fn at(us: i64) -> Timestamp {
    Timestamp::from_us(1_704_067_200_000_000 + us)
}

/// So many lookups in each week, spread evenly.
fn weekly(counts: &[i64]) -> Vec<Timestamp> {
    (0i64..).zip(counts).flat_map(|(w, &n)| (0..n).map(move |k| at(w * WEEK_US + WEEK_US / n.max(1) * k))).collect()
}

fn check(lookups: &[Timestamp], weeks: i64, since: Option<i64>, shape: Shape) -> Rise {
    let coverage = Coverage::of(&[(at(0), at(weeks * WEEK_US))]);
    let since = since.map(|w| at(w * WEEK_US));
    let asked =
        RiseQuestion { lookups, coverage: &coverage, coverage_declared: true, since, shape, variants: 1, seed: 3 };
    rise(&asked)
}

#[test]
fn a_doubling_is_told() {
    let counts = [28, 35, 28, 21, 28, 35, 63, 56, 49, 56, 63, 56];
    let got = check(&weekly(&counts), 12, Some(6), Shape::Step);
    assert_eq!(got.verdict, Verdict::Supported, "{got:?}");
    // 343 in six weeks against 175 in six: 1.96.
    let factor = got.factor.expect("twelve weeks");
    assert!((factor.value - 343.0 / 175.0).abs() < 1e-3 && factor.interval.0 > 1.5, "{got:?}");
    // One of C(12, 6) = 924 orders puts all greater weeks last: mid-p is about half of that.
    assert!(got.p.expect("tested") < 0.003, "{got:?}");
    assert_eq!(check(&weekly(&counts), 12, None, Shape::Ramp).verdict, Verdict::Supported);
}

#[test]
fn a_fall_contradicts_a_rise() {
    let got = check(&weekly(&[56, 63, 56, 49, 56, 21, 28, 21, 28, 28]), 10, Some(5), Shape::Step);
    assert_eq!(got.verdict, Verdict::Contradicted, "{got:?}");
    assert!(got.p.expect("tested") > 0.95, "{got:?}");
}

#[test]
fn without_a_before_nothing_rose() {
    let counts = [28, 35, 63, 56, 49, 56, 63, 56];
    let got = check(&weekly(&counts), 8, Some(2), Shape::Step);
    assert_eq!((got.verdict, got.p), (Verdict::CannotBeTested, None));
    let failed: Vec<Condition> = got.checks.iter().filter(|c| !c.holds).map(|c| c.what).collect();
    assert_eq!(failed, [Condition::Baseline]);
    assert_eq!(check(&weekly(&counts), 8, Some(0), Shape::Step).verdict, Verdict::CannotBeTested);
}

#[test]
fn a_guessed_coverage_has_no_before_either() {
    let lookups = weekly(&[28; 12]);
    let coverage = Coverage::of(&[(at(0), at(12 * WEEK_US))]);
    let asked = RiseQuestion {
        lookups: &lookups,
        coverage: &coverage,
        coverage_declared: false,
        since: Some(at(6 * WEEK_US)),
        shape: Shape::Step,
        variants: 1,
        seed: 3,
    };
    assert_eq!(rise(&asked).verdict, Verdict::CannotBeTested);
}

#[test]
fn more_cover_is_no_rise() {
    // One lookup an hour throughout; six hours a day are kept at first, then all.
    let spans: Vec<_> =
        (0..84).map(|d| (at(d * DAY_US), at(d * DAY_US + if d < 42 { DAY_US / 4 } else { DAY_US }))).collect();
    let lookups: Vec<_> = (0..84 * 24).map(|h| at(h * DAY_US / 24 + 1)).collect();
    let asked = RiseQuestion {
        lookups: &lookups,
        coverage: &Coverage::of(&spans),
        coverage_declared: true,
        since: Some(at(6 * WEEK_US)),
        shape: Shape::Step,
        variants: 1,
        seed: 3,
    };
    let got = rise(&asked);
    assert_eq!(got.verdict, Verdict::DoesNotDiscriminate, "{got:?}");
    assert!((got.factor.expect("weeks").value - 1.0).abs() < 0.02, "{got:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_counts_are_answered(
        counts in proptest::collection::vec(0i64..40, 0..16),
        since in -3i64..18,
        by in 0i64..1000,
    ) {
        let weeks = i64::try_from(counts.len()).expect("few");
        let lookups = weekly(&counts);
        let got = check(&lookups, weeks, Some(since), Shape::Step);
        prop_assert!(got.p.is_none_or(|p| p > 0.0 && p <= 1.0));
        prop_assert!(got.factor.is_none_or(|f| f.interval.0 <= f.value && f.value <= f.interval.1));
        let mut later: Vec<Timestamp> = lookups.iter().map(|t| t.plus_us(by * WEEK_US)).collect();
        later.reverse();
        let coverage = Coverage::of(&[(at(by * WEEK_US), at((by + weeks) * WEEK_US))]);
        let asked = RiseQuestion {
            lookups: &later,
            coverage: &coverage,
            coverage_declared: true,
            since: Some(at((since + by) * WEEK_US)),
            shape: Shape::Step,
            variants: 1,
            seed: 3,
        };
        prop_assert_eq!(rise(&asked).p, got.p);
    }
}

#[test]
fn a_span_of_ages_is_refused() {
    let coverage = Coverage::of(&[(Timestamp::MIN, Timestamp::MAX)]);
    let asked = RiseQuestion {
        lookups: &[at(0)],
        coverage: &coverage,
        coverage_declared: true,
        since: Some(at(0)),
        shape: Shape::Ramp,
        variants: usize::MAX,
        seed: 0,
    };
    assert_eq!(rise(&asked).verdict, Verdict::CannotBeTested);
}
