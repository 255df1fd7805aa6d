//! Tests of `hours`.

use proptest::prelude::*;

use super::*;

fn check(lookups: &[i64], ttl_s: u32, claimed: &[i8]) -> HoursFound {
    // Ten weeks from Monday 1 January 2024.
    let at = |s: i64| Timestamp::from_s(1_704_067_200 + s);
    let lookups: Vec<Timestamp> = lookups.iter().map(|&s| at(s)).collect();
    hours(&lookups, &Coverage::of(&[(at(0), at(70 * 86_400))]), ttl_s, claimed, 1)
}

/// Four lookups in office hours of each working day, at a distance from UTC.
fn office(offset: i64) -> Vec<i64> {
    (0..70)
        .filter(|d| d % 7 < 5)
        .flat_map(|d| [9, 11, 14, 16].map(|h| d * 86_400 + (h - offset) * 3600 + d * 37 % 3000))
        .filter(|&t| t > 0)
        .collect()
}

#[test]
fn office_hours_tell_their_zone() {
    let got = check(&office(3), 3600, &[2, 3, 4]);
    assert_eq!((got.hours, got.verdict), (Hours::OfPeople, Verdict::Supported), "{got:?}");
    let best = got.zones.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("24");
    assert!((2..=4).contains(&best.0), "{got:?}");
    assert!((got.zones.iter().map(|z| z.1).sum::<f64>() - 1.0).abs() < 1e-9);
    assert_eq!(check(&office(3), 3600, &[-5, -4]).verdict, Verdict::Contradicted);
    assert_eq!(got.person, Verdict::DoesNotDiscriminate, "mail keeps office hours too");
}

/// Rule 3 of the public case: behind a cache that is always full nobody can tell people from programs.
#[test]
fn a_full_cache_hides_who_asks() {
    let hourly: Vec<i64> = (0..70 * 24).map(|h| h * 3600 + 5).collect();
    let got = check(&hourly, 3600, &[3]);
    assert_eq!(
        (got.hours, got.verdict, got.person),
        (Hours::Unidentifiable, Verdict::CannotBeTested, Verdict::CannotBeTested)
    );
    assert!(got.busy > 0.99, "{got:?}");
}

#[test]
fn round_the_clock_is_nobody_in_particular() {
    let all: Vec<i64> = (0..70 * 5).map(|k| k * 17_280 + k * 7919 % 9000).collect();
    let got = check(&all, 3600, &[]);
    assert_eq!((got.hours, got.person), (Hours::RoundTheClock, Verdict::Contradicted), "{got:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_lookups_are_answered(lookups in proptest::collection::vec(-1000i64..7_000_000, 0..40), ttl_s: u32, claimed: Vec<i8>) {
        let got = check(&lookups, ttl_s, &claimed);
        prop_assert!(got.log10_lr.abs() <= CAP);
        prop_assert!((got.zones.iter().map(|z| z.1).sum::<f64>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn ages_and_nothing_are_answered() {
    assert_eq!(hours(&[], &Coverage::of(&[]), 0, &[], 0).verdict, Verdict::CannotBeTested);
    let ages = Coverage::of(&[(Timestamp::MIN, Timestamp::MAX)]);
    assert_eq!(hours(&[Timestamp::from_s(0)], &ages, 1, &[1], 1).verdict, Verdict::CannotBeTested);
}
