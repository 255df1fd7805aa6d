//! Tests of `reaction`.

use askance_record::Timestamp;
use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3600;

fn at(hours: i64) -> Happening {
    Happening::at(Timestamp::from_s(hours * HOUR))
}

/// Some time of a day that is known.
fn day(day: i64) -> Happening {
    Happening { from: Timestamp::from_s(day * 24 * HOUR), to: Timestamp::from_s((day + 1) * 24 * HOUR) }
}

#[test]
fn a_day_later_as_another_program_weighs_it() {
    // scipy 1.17.1: log10(lognorm.pdf(1, ln 4, scale=m) / (0.1 exp(-0.1))), m from an hour to a week.
    let got = reaction(at(0), at(24), 0.1, 1, &[]);
    assert!((got.log10_lr.0 + 0.638_727).abs() < 1e-5 && (got.log10_lr.1 - 0.502_417).abs() < 1e-5, "{got:?}");
    assert_eq!((got.order, got.verdict), (Order::First, Verdict::DoesNotDiscriminate));
    // Ten pairs that would have been told: one ban less.
    let ten = reaction(at(0), at(24), 0.1, 10, &[]);
    assert!((ten.log10_lr.1 - got.log10_lr.1 + 1.0).abs() < 1e-9, "{ten:?}");
    assert_eq!(ten.verdict, Verdict::Contradicted, "as good a story is found by chance");
}

#[test]
fn rare_acts_soon_after_are_support() {
    // An hour later, where such acts come once in five years.
    let got = reaction(at(0), at(1), 0.0005, 1, &[]);
    assert!(got.log10_lr.0 >= 1.0 && got.verdict == Verdict::Supported, "{got:?}");
}

/// Rule 5 of the public case: acts whose clock times are unknown are never ranked.
#[test]
fn unknown_clock_times_give_no_order() {
    let acts = [day(3), day(3), day(3)];
    for a in acts {
        for b in acts {
            let got = reaction(a, b, 0.001, 1, &[]);
            assert_eq!((got.order, got.verdict), (Order::Open, Verdict::CannotBeTested));
            assert!(got.log10_lr.0.is_infinite() && got.log10_lr.1.is_finite(), "{got:?}");
        }
    }
    assert_eq!(reaction(day(3), day(5), 0.01, 1, &[]).order, Order::First);
    assert_eq!(reaction(day(5), day(3), 0.01, 1, &[]).verdict, Verdict::Contradicted);
}

#[test]
fn a_rival_with_a_contact_takes_the_weight() {
    let check = |contact: bool| reaction(at(0), at(48), 0.001, 1, &[Rival { at: at(46), contact }]);
    // The same delay ratio at any median: the closer one is better at short medians.
    let got = check(true);
    let (low, high) = got.against[0].expect("it came before");
    assert!(low < 0.0 && high > low, "{got:?}");
    assert_eq!(got.verdict, Verdict::DoesNotDiscriminate);
    assert_eq!(check(false).verdict, reaction(at(0), at(48), 0.001, 1, &[]).verdict, "told, but not decisive");
    assert_eq!(reaction(at(0), at(48), 0.001, 1, &[Rival { at: at(60), contact: true }]).against, [None]);
}

#[test]
fn whoever_asks_most_is_first_most_often() {
    let week = 7.0 * 86_400.0;
    let got = first_mover(&[(600, week), (300, week), (100, week)], 0, 1);
    let chance = got.chance.expect("lookups");
    // 600.5 of 1001.5.
    assert!(
        (chance.value - 600.5 / 1001.5).abs() < 1e-12 && chance.interval.0 < 0.6 && chance.interval.1 > 0.6,
        "{got:?}"
    );
    assert_eq!((got.verdict, got.p), (Verdict::DoesNotDiscriminate, Some(1.0)));
    let got = first_mover(&[(6000, week), (3000, week), (10, week)], 2, 1);
    assert!(got.p.expect("lookups") < 0.01 && got.verdict == Verdict::Supported, "{got:?}");
    assert_eq!(first_mover(&[(6000, week), (3000, week), (10, week)], 2, 100).verdict, Verdict::DoesNotDiscriminate);
    assert_eq!(first_mover(&[], 0, 1).verdict, Verdict::CannotBeTested);
    assert_eq!(first_mover(&[(1, 0.0)], 0, 1).verdict, Verdict::CannotBeTested);
}

proptest! {
    #[test]
    fn wider_times_never_narrow_a_range(
        a in 0i64..500, b in 0i64..500, wider in 0i64..100, per_day in 1e-4f64..10.0, by in -1000i64..1000,
    ) {
        let exact = reaction(at(a), at(b), per_day, 1, &[]);
        let blurred = Happening { from: Timestamp::from_s((a - wider) * HOUR), to: Timestamp::from_s((a + wider) * HOUR) };
        let loose = reaction(blurred, at(b), per_day, 1, &[]);
        // The grid over delays is finite: a hair of slack.
        prop_assert!(loose.log10_lr.0 <= exact.log10_lr.0 + 1e-2);
        prop_assert!(loose.log10_lr.1 >= exact.log10_lr.1 - 1e-2);
        let moved = reaction(at(a + by), at(b + by), per_day, 1, &[]);
        prop_assert_eq!(moved.log10_lr, exact.log10_lr);
    }

    #[test]
    fn any_numbers_are_answered(
        a: i64, b: i64, c: i64, per_day: f64, pairs: usize,
        clients in proptest::collection::vec((any::<u64>(), any::<f64>()), 0..6), first in 0usize..7,
    ) {
        let us = |t: i64| Happening::at(Timestamp::from_us(t));
        let rival = Rival { at: us(c), contact: true };
        let got = reaction(us(a), us(b), per_day, pairs, &[rival]);
        prop_assert!(!got.log10_lr.0.is_nan() && !got.log10_lr.1.is_nan());
        let got = first_mover(&clients, first, pairs);
        prop_assert!(got.p.is_none_or(|p| p > 0.0 && p <= 1.0), "{:?}", got);
    }
}
