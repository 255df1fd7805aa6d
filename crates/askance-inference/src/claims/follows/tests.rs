//! Tests of `follows`.

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000_000;

/// Weeks from Monday 1 January 2024.
fn covers(weeks: i64) -> Coverage {
    Coverage::of(&[(at(0), at(weeks * WEEK_US))])
}

fn at(us: i64) -> Timestamp {
    Timestamp::from_us(1_704_067_200_000_000 + us)
}

fn check(lookups: &[i64], events: &[i64], windows: &[Window], weeks: i64) -> Follows {
    let (lookups, events): (Vec<_>, Vec<_>) =
        (lookups.iter().map(|&t| at(t)).collect(), events.iter().map(|&t| Happening::at(at(t))).collect());
    follows_events(&FollowsQuestion {
        lookups: &lookups,
        events: &events,
        windows,
        coverage: &covers(weeks),
        source: &[],
        named_beforehand: true,
        seed: 7,
    })
}

const HOURS_6: Window = Window { lag_us: 0, length_us: 6 * HOUR };

/// Every three hours, and one event each week on another weekday at noon.
fn steady(weeks: i64) -> (Vec<i64>, Vec<i64>) {
    let lookups = (0..weeks * 56).map(|k| k * 3 * HOUR + HOUR).collect();
    let events = (0..weeks).map(|w| w * WEEK_US + (w * 3 % 5) * DAY_US + 12 * HOUR).collect();
    (lookups, events)
}

#[test]
fn lookups_after_each_event_are_told() {
    let (mut lookups, events) = steady(13);
    lookups.extend(events.iter().flat_map(|e| (1..5).map(move |k| e + k * HOUR)));
    let got = check(&lookups, &events, &[HOURS_6], 13);
    // Two lookups in any six hours, and four more after an event; one week in thirteen is the event's own.
    assert_eq!((got.windows[0].count, got.events, got.variants), (13 * 6, 13, 1));
    assert!((got.windows[0].expected - 13.0 * (2.0 + 4.0 / 13.0)).abs() < 13.0 * 0.9, "{got:?}");
    assert_eq!((got.verdict, got.best), (Verdict::Supported, Some(0)));
    assert!(got.p.expect("tested") < 0.002 && got.windows[0].ratio.value > 1.8, "{got:?}");
}

#[test]
fn a_shared_week_is_no_answer() {
    // Lookups at noon on every working day, events at half past eleven on some.
    let noon = |day: i64| day * DAY_US + 12 * HOUR;
    let lookups: Vec<i64> = (0..13 * 7).filter(|d| d % 7 < 5).map(noon).collect();
    let events: Vec<i64> = (0..13).map(|w| noon(w * 7 + w % 5) - HOUR / 2).collect();
    let got = check(&lookups, &events, &usual_windows(), 13);
    assert_eq!(got.windows[0].followed.share.to_bits(), 1.0f64.to_bits(), "all events are followed");
    assert_eq!(got.verdict, Verdict::DoesNotDiscriminate, "{got:?}");
    assert!(got.p.expect("tested") > 0.5, "{got:?}");
}

#[test]
fn the_smallest_p_pays_for_all_windows() {
    // Three arrangements of two windows; by hand: the first is best in window 0, second in window 1.
    let sums = [5.0, 1.0, 4.0, 9.0, 3.0, 2.0];
    let (each, adjusted) = min_p(&sums, 2);
    assert_eq!(each, [1.0 / 3.0, 1.0]);
    // Two of three arrangements have a window as good as the first's window 0.
    assert_eq!(adjusted, [2.0 / 3.0, 1.0]);
}

#[test]
fn five_weeks_cannot_be_tested() {
    let (lookups, events) = steady(5);
    let got = check(&lookups, &events, &[HOURS_6], 5);
    assert_eq!((got.verdict, got.p), (Verdict::CannotBeTested, None));
    let failed: Vec<Condition> = got.checks.iter().filter(|c| !c.holds).map(|c| c.what).collect();
    assert_eq!(failed, [Condition::CoveredWeeks, Condition::EventsInside, Condition::EventsEnough]);
}

#[test]
fn unknown_clock_times_and_late_lists_weaken() {
    let (mut lookups, events) = steady(13);
    lookups.extend(events.iter().flat_map(|e| (1..9).map(move |k| e + k * HOUR)));
    let lookups: Vec<_> = lookups.iter().map(|&t| at(t)).collect();
    let day = |e: &i64| Happening { from: at(e / DAY_US * DAY_US), to: at((e / DAY_US + 1) * DAY_US) };
    let events: Vec<Happening> = events.iter().map(day).collect();
    let asked = FollowsQuestion {
        lookups: &lookups,
        events: &events,
        windows: &[HOURS_6],
        coverage: &covers(13),
        source: &[],
        named_beforehand: false,
        seed: 7,
    };
    let got = follows_events(&asked);
    assert_eq!(got.verdict, Verdict::WeaklySupported, "{got:?}");
    let failed: Vec<Condition> = got.checks.iter().filter(|c| !c.holds).map(|c| c.what).collect();
    assert_eq!(failed, [Condition::TimesKnown, Condition::NamedBeforehand]);
}

#[test]
fn crowded_events_are_one_affair() {
    let (lookups, _) = steady(13);
    // Five crises, three events each.
    let events: Vec<i64> =
        (0..5).flat_map(|k| (0..3).map(move |j| k * 16 * DAY_US + j * 12 * HOUR + 9 * HOUR)).collect();
    let got = check(&lookups, &events, &[HOURS_6], 13);
    assert_eq!((got.events, got.affairs), (15, 5), "{got:?}");
}

#[test]
fn hostile_sizes_are_answered() {
    let wide = Window { lag_us: i64::MIN, length_us: i64::MAX };
    let far = Window { lag_us: i64::MAX, length_us: i64::MAX };
    let (lookups, events) = steady(13);
    for windows in [&[][..], &[wide][..], &[far][..], &[Window { lag_us: 0, length_us: 0 }][..]] {
        let got = check(&lookups, &events, windows, 13);
        assert_eq!((got.verdict, got.p), (Verdict::CannotBeTested, None), "{windows:?}");
    }
    assert_eq!(check(&[], &[], &[HOURS_6], 0).verdict, Verdict::CannotBeTested);
    let got = check(&[1], &[1], &[HOURS_6], 13);
    assert_eq!((got.verdict, got.p), (Verdict::DoesNotDiscriminate, Some(1.0)));
    let many: Vec<i64> = (0..6000).collect();
    assert_eq!(check(&lookups, &many, &[HOURS_6], 13).verdict, Verdict::CannotBeTested, "no list has so many events");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn p_is_a_share_and_neither_order_nor_whole_weeks_matter(
        lookups in proptest::collection::vec(0i64..10 * WEEK_US, 1..200),
        events in proptest::collection::vec(0i64..10 * WEEK_US, 1..12),
        weeks in 0i64..200,
    ) {
        let windows = [HOURS_6, Window { lag_us: -DAY_US, length_us: DAY_US }];
        let got = check(&lookups, &events, &windows, 10);
        prop_assert!(got.p.is_none_or(|p| p > 0.0 && p <= 1.0));
        for w in &got.windows {
            prop_assert!(w.p > 0.0 && w.p <= w.p_adjusted + 1e-12 && w.p_adjusted <= 1.0);
        }
        let (mut back, mut later) = (lookups.clone(), events.clone());
        back.reverse();
        later.reverse();
        prop_assert_eq!(&check(&back, &later, &windows, 10), &got);
        // Everything a few weeks later is the same question.
        let by = weeks * WEEK_US;
        let moved = |all: &[i64]| all.iter().map(|&t| at(t + by)).collect::<Vec<_>>();
        let coverage = Coverage::of(&[(at(by), at(by + 10 * WEEK_US))]);
        let moved_events: Vec<Happening> = moved(&events).into_iter().map(Happening::at).collect();
        let asked = FollowsQuestion {
            lookups: &moved(&lookups),
            events: &moved_events,
            windows: &windows,
            coverage: &coverage,
            source: &[],
            named_beforehand: true,
            seed: 7,
        };
        let shifted = follows_events(&asked);
        prop_assert_eq!(shifted.windows.len(), got.windows.len());
        prop_assert_eq!(shifted.p, got.p);
    }
}
