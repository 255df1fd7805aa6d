use super::*;

fn at(seconds: impl IntoIterator<Item = i64>) -> Vec<Timestamp> {
    seconds.into_iter().map(|s| Timestamp::from_us(s * 1_000_000)).collect()
}

/// A span of 24 bins of one hour.
fn day() -> (Timestamp, Timestamp) {
    (Timestamp::from_us(0), Timestamp::from_us(86_400_000_000))
}

#[track_caller]
fn check(found: Option<Rita>, gaps: f64, duration: f64, histogram: f64, score: f64) {
    let found = found.expect("enough instants");
    for (part, expected) in
        [(found.gaps, gaps), (found.duration, duration), (found.histogram, histogram), (found.score, score)]
    {
        assert!((part - expected).abs() < 1e-9, "{part} is not {expected}: {found:?}");
    }
    assert!((found.sizes - 1.0).abs() < 1e-12);
}

#[test]
fn a_clock_gets_all_there_is() {
    // One an hour, in each of 24 bins: no skew, no deviation, all bins alike.
    check(rita(&at((0..24).map(|h| h * 3600 + 60)), day()), 1.0, 1.0, 1.0, 1.0);
}

#[test]
fn gaps_of_ten_twenty_and_sixty_seconds() {
    // Gaps 10, 20, 60: Q1 = 10, Q2 = 20, Q3 = 60 (the middle one left out of both halves).
    // skew = (10 + 60 - 40) / 50 = 0.6; deviations 10, 0, 40: median 10, so (20 - 10)/20 = 0.5.
    // All in one bin of 24: a deviation above the mean, evenness 0; too few bins for the rest. 1.45 / 4 = 0.3625.
    check(rita(&at([0, 10, 30, 90]), day()), f64::midpoint(0.4, 0.5), 0.0, 0.0, 0.363);
}

#[test]
fn a_narrow_range_has_no_skew() {
    // Gaps 60, 61, 66: Q3 - Q1 = 6 < 10; deviations 1, 0, 5: median 1, (61 - 1)/61.
    let close = 60.0 / 61.0;
    let score = libm::round(250.0 * (f64::midpoint(1.0, close) + 1.0)) / 1000.0;
    check(rita(&at([0, 60, 121, 187]), day()), f64::midpoint(1.0, close), 0.0, 0.0, score);
}

#[test]
fn two_levels_of_activity_are_as_regular_as_one() {
    // Twelve bins in a row: six with one lookup, six with two, twelve with none.
    let seconds = (0..12).flat_map(|h| [h * 3600, h * 3600 + 1800].into_iter().take(if h < 6 { 1 } else { 2 }));
    let found = rita(&at(seconds), day()).expect("enough");
    // Mean 18/24, squares (6 + 24)/24: sd = sqrt(1.25 - 0.5625), above the mean: evenness 0.
    // Classes of width 1: six and six of 12 bins, over 11: capped at 1.
    assert!((found.histogram - 1.0).abs() < 1e-12, "{found:?}");
    // A run of 12 counts as all the time though half the day is empty.
    assert!((found.duration - 1.0).abs() < 1e-12, "{found:?}");
}

#[test]
fn a_run_goes_round_the_end() {
    // Bins 21, 22, 23 and 0, 1, 2: a run of six; from first to last 23 of 24 hours.
    let found = rita(&at([0, 1, 2, 21, 22, 23].map(|h| h * 3600)), day()).expect("enough");
    assert!((found.duration - 23.0 / 24.0).abs() < 1e-12, "{found:?}");
    let mut counts = [0.0; BINS];
    for bin in [0, 1, 2, 21, 22, 23] {
        counts[bin] = 1.0;
    }
    assert_eq!((longest_run(&counts), longest_run(&[1.0; BINS])), (6, BINS));
}

#[test]
fn too_few_different_seconds_have_no_score() {
    assert_eq!(rita(&at([0, 0, 10, 20, 20]), day()), None);
    assert_eq!(variation(&at([0, 0, 10, 20, 20])), None);
    assert!(rita(&at([0, 10, 20, 30]), day()).is_some());
    // Parts of a second do not count.
    let halves: Vec<Timestamp> = (0..8).map(|i| Timestamp::from_us(i * 400_000)).collect();
    assert_eq!(rita(&halves, day()), None, "eight instants in three seconds are three");
}

#[test]
fn variation_is_one_for_a_clock() {
    assert!((variation(&at([0, 60, 120, 180])).expect("enough") - 1.0).abs() < 1e-12);
    // Gaps 10, 20, 60: mean 30, variance (400 + 100 + 900)/3.
    let sd = libm::sqrt(1400.0 / 3.0);
    assert!((variation(&at([0, 10, 30, 90])).expect("enough") - 1.0 / (1.0 + sd / 30.0)).abs() < 1e-12);
}
