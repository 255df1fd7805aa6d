//! Tests of `one_client_or_two`.

use askance_record::Rng;
use proptest::prelude::*;

use super::*;
use crate::claims::coverage::WEEK_US;

const START: i64 = 1_704_067_200_000_000;
const S: i64 = 1_000_000;

fn stamps(all: &[i64]) -> Vec<Timestamp> {
    all.iter().map(|&t| Timestamp::from_us(START + t)).collect()
}

fn check(a: &[i64], b: &[i64], ttl_s: u32, weeks: i64) -> OneOrTwo {
    let coverage = Coverage::of(&[(Timestamp::from_us(START), Timestamp::from_us(START + weeks * WEEK_US))]);
    one_client_or_two(&stamps(a), &stamps(b), ttl_s, &coverage, 1, 1)
}

/// Waits of an hour and an exponential rest.
fn misses(seed: u64, weeks: i64, mean_s: f64) -> Vec<i64> {
    let mut rng = Rng::new(seed);
    let mut out = Vec::new();
    let mut t = 0;
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "microseconds of a few hours")]
        let wait = (rng.exponential(mean_s) * 1e6) as i64;
        t += 3600 * S + wait;
        if t >= weeks * WEEK_US {
            return out;
        }
        out.push(t);
    }
}

#[test]
fn one_cache_asks_through_either_address() {
    let all = misses(1, 10, 5000.0);
    let (a, b): (Vec<i64>, Vec<i64>) = all.iter().partition(|&&t| t / S % 3 != 0);
    let got = check(&a, &b, 3600, 10);
    assert_eq!((got.behind, got.verdict), (Behind::OneCache, Verdict::Supported), "{got:?}");
    assert!(got.early.share < 1e-9 && got.log10_lr.expect("tested") >= 1.0, "{got:?}");
}

#[test]
fn two_caches_ask_too_early_for_one() {
    let got = check(&misses(1, 10, 5000.0), &misses(2, 10, 5000.0), 3600, 10);
    assert_eq!((got.behind, got.verdict), (Behind::Two, Verdict::Contradicted), "{got:?}");
    assert!(got.early.share > 0.2 && got.together.share < 0.05, "{got:?}");
}

/// Rule 2 of the public case: one demand behind two addresses, each with its cache.
#[test]
fn one_demand_stirs_both() {
    let a = misses(1, 10, 5000.0);
    let b: Vec<i64> = a.iter().map(|t| t + S).collect();
    let got = check(&a, &b, 3600, 10);
    assert_eq!((got.behind, got.verdict), (Behind::OneDemand, Verdict::Supported), "{got:?}");
    assert!(got.together_p.expect("ten weeks") <= 0.002 && got.together.share > 0.99, "{got:?}");
}

#[test]
fn without_a_ttl_or_lookups_nothing_is_said() {
    let a = misses(1, 10, 5000.0);
    assert_eq!(check(&a, &a, 0, 10).verdict, Verdict::CannotBeTested);
    assert_eq!(check(&a, &a[..5], 3600, 10).verdict, Verdict::CannotBeTested);
    assert_eq!(check(&[], &[], u32::MAX, 0).verdict, Verdict::CannotBeTested);
    let ages = Coverage::of(&[(Timestamp::MIN, Timestamp::MAX)]);
    let got = one_client_or_two(&stamps(&a), &stamps(&a), 3600, &ages, usize::MAX, 1);
    assert_eq!(got.verdict, Verdict::CannotBeTested, "{got:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn neither_name_nor_week_matters(
        a in proptest::collection::vec(0i64..10 * WEEK_US, 10..60),
        b in proptest::collection::vec(0i64..10 * WEEK_US, 10..60),
        ttl_s in 1u32..90_000,
    ) {
        let (there, back) = (check(&a, &b, ttl_s, 10), check(&b, &a, ttl_s, 10));
        let lr = |got: &OneOrTwo| got.raw_log10_lr.expect("tested");
        prop_assert!((lr(&there) - lr(&back)).abs() < 1e-6 * (1.0 + lr(&there).abs()));
        prop_assert_eq!(there.early, back.early);
        prop_assert!(there.together_p.is_some_and(|p| p > 0.0 && p <= 1.0));
    }
}
