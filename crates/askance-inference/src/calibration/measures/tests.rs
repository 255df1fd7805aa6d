use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn weighed(targets: &[f64], others: &[f64]) -> Vec<Weighed> {
    let of = |xs: &[f64], target| xs.iter().map(move |&log10_lr| Weighed { log10_lr, target }).collect::<Vec<_>>();
    [of(targets, true), of(others, false)].concat()
}

#[track_caller]
fn check(found: Option<f64>, expected: f64) {
    let found = found.expect("both sides have cases");
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// The table that `tests/expect.py` reads, and what scikit-learn says of it.
fn table() -> impl Iterator<Item = [&'static str; 4]> {
    let rows = include_str!("tests/weighed.csv").lines().skip(1);
    rows.map(|row| row.split(',').collect::<Vec<_>>().try_into().expect("four columns"))
}

#[track_caller]
fn learnt(name: &str) -> f64 {
    let rows = include_str!("tests/expect.csv").lines();
    let mut found = rows.filter_map(|row| row.split_once(',')).filter(|(key, _)| *key == name);
    found.next().expect("the script wrote it").1.parse().expect("a number")
}

#[test]
fn as_scikit_learn_has_it() {
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let all: Vec<Weighed> = table().map(|[x, t, ..]| Weighed { log10_lr: number(x), target: t == "1" }).collect();
    check(cllr(&all), learnt("cllr"));
    check(cllr_min(&all), learnt("cllr_min"));
    let scored: Vec<(f64, bool)> = all.iter().map(|w| (w.log10_lr, w.target)).collect();
    check(auc(&scored).map(|a| a.area), learnt("auc"));
    let both: Vec<([f64; 2], [f64; 2])> = all
        .iter()
        .map(|w| {
            let p = libm::exp10(w.log10_lr) / (1.0 + libm::exp10(w.log10_lr));
            ([p, 1.0 - p], if w.target { [1.0, 0.0] } else { [0.0, 1.0] })
        })
        .collect();
    check(brier(both.iter().map(|(p, o)| (p.as_slice(), o.as_slice()))), learnt("brier"));
    let mut classes = Classes::default();
    for [_, _, truth, answer] in table() {
        classes.add(&BTreeSet::from([truth.to_owned()]), answer);
    }
    check(classes.macro_accuracy(), learnt("macro_accuracy"));
    check(classes.macro_f1(), learnt("macro_f1"));
}

#[test]
fn a_ratio_of_one_costs_one_bit_and_a_wrong_one_more() {
    check(cllr(&weighed(&[0.0, 0.0], &[0.0])), 1.0);
    // Ten to one for the truth and ten to one against it: log2(1.1) and log2(11).
    check(cllr(&weighed(&[1.0], &[-1.0])), 0.137_503_523_749_935);
    check(cllr(&weighed(&[-1.0], &[1.0])), 3.459_431_618_637_297);
    check(cllr(&weighed(&[f64::INFINITY], &[f64::NEG_INFINITY])), 0.0);
    assert_eq!(cllr(&weighed(&[400.0], &[-400.0])), Some(0.0), "no overflow");
    assert_eq!((cllr(&weighed(&[1.0], &[])), cllr(&[])), (None, None));
    // Prior odds of 1:9 and a ratio of 1: the entropy of (0.1, 0.9) in bits.
    check(empirical_cross_entropy(&weighed(&[0.0], &[0.0]), -libm::log10(9.0)), 0.468_995_593_589_281);
}

#[test]
fn pav_pools_what_falls_and_what_is_equal() {
    // Ascending: other, target, other, target; the middle two fall and are pooled at 1:1.
    let found = pav(&weighed(&[0.5, 3.0], &[-1.0, 0.7])).expect("both sides");
    assert_eq!(found.iter().map(|w| w.log10_lr).collect::<Vec<_>>(), [0.0, f64::INFINITY, f64::NEG_INFINITY, 0.0]);
    // Two of four propositions cost nothing, two a bit each: half a bit on each side.
    check(cllr_min(&weighed(&[0.5, 3.0], &[-1.0, 0.7])), 0.5);
    // Equal ratios cannot be told apart, in whatever order they come.
    check(cllr_min(&weighed(&[1.0], &[1.0])), 1.0);
}

#[test]
fn curves_count_what_reaches_a_threshold() {
    let found = tippett(&weighed(&[2.0, 0.5], &[-1.0, 0.5, 0.0, -2.0]), &[0.5, 1.0]).expect("both sides");
    let at = |log10_lr, targets, others| Tippett { log10_lr, targets, others };
    assert_eq!(found, [at(0.5, 1.0, 0.25), at(1.0, 0.5, 0.0)]);
}

#[test]
fn an_upper_bound_needs_three_thousand_cases_for_one_in_a_thousand() {
    // None in n: 1 - 0.05^(1/n).
    check(Some(upper_share(0, 3000)), 1.0 - libm::pow(0.05, 1.0 / 3000.0));
    assert!(upper_share(0, 3000) < 0.001 && upper_share(0, 2900) > 0.001);
    // Clopper and Pearson's table: 1 in 10, one-sided 95 %: 0.394.
    assert!((upper_share(1, 10) - 0.3942).abs() < 1e-4, "{}", upper_share(1, 10));
    assert_eq!((upper_share(0, 0), upper_share(5, 5)).0.to_bits(), 1f64.to_bits());
}

#[test]
fn misleading_ratios_are_counted_on_the_other_side_only() {
    let found = misleading(&weighed(&[5.0], &[3.0, 2.9, f64::NEG_INFINITY]), 3.0);
    assert_eq!((found.hits, found.of), (1, 3));
    assert!(!found.holds(), "one of three is more than one of a thousand");
    assert!(misleading(&weighed(&[5.0], &[2.9, 0.0]), 3.0).holds());
}

#[test]
fn limits_grow_with_cases_and_not_with_strength() {
    // 99 others, all far below; with the misleading one added 1 in 100: 10^t / 100 <= 1 up to t = 2.
    let strong = weighed(&[9.0; 50], &[-9.0; 99]);
    let (low, high) = elub(&strong);
    assert!((high - 2.0).abs() < 0.011 && (low + libm::log10(51.0)).abs() < 0.011, "{low} {high}");
    // Nothing was stated above 100: nothing above it is known to pay.
    let (_, high) = elub(&weighed(&[1.0; 50], &[-9.0; 999]));
    assert!((high - 1.0).abs() < 0.011, "{high}");
    // Ratios that say the opposite of the truth may say nothing.
    assert_eq!(elub(&weighed(&[-2.0; 30], &[2.0; 30])), (0.0, 0.0));
    assert_eq!(elub(&[]), (0.0, 0.0));
}

#[test]
fn ties_win_half() {
    let found = auc(&[(1.0, true), (1.0, false), (0.0, false), (f64::NEG_INFINITY, true)]).expect("both sides");
    // Of four pairs one is tied, one is won and two are lost.
    check(Some(found.area), 1.5 / 4.0);
    assert_eq!((found.targets, found.others), (2, 2));
}

#[test]
fn a_case_of_two_classes_is_one_of_the_class_that_was_named() {
    let mut classes = Classes::default();
    let set = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<BTreeSet<_>>();
    classes.add(&set(&["a", "b"]), "a");
    classes.add(&set(&["a"]), "b");
    classes.add(&set(&["b"]), "b");
    // a: 1 of 2; b: 1 of 1.
    check(classes.macro_accuracy(), f64::midpoint(0.5, 1.0));
    // a: precision 1, recall 1/2; b: precision 1/2, recall 1: 2/3 both.
    check(classes.macro_f1(), 2.0 / 3.0);
    // Where none is named it is half a case of each: a 1 of 2.5, b 1 of 1.5.
    classes.add(&set(&["a", "b"]), "c");
    check(classes.macro_accuracy(), f64::midpoint(1.0 / 2.5, 1.0 / 1.5));
    assert_eq!(classes.of["c"].f1(), None, "a name without cases has no score of its own");
}

fn stated(p: f64, right: bool, group: usize) -> Stated {
    Stated { p, right, group }
}

#[test]
fn bins_have_equal_mass_and_ties_stay_together() {
    let cases = [stated(0.2, false, 0), stated(0.9, true, 1), stated(0.4, true, 2), stated(0.9, false, 3)];
    let found = Reliability::of(&cases, 2, 1).expect("cases");
    let shown: Vec<(u64, f64, f64)> = found.bins.iter().map(|b| (b.n, b.stated, b.came_true)).collect();
    assert_eq!(shown.len(), 2);
    assert_eq!((shown[0].0, shown[1].0), (2, 2));
    check(Some(shown[0].1), 0.3);
    check(Some(shown[0].2), 0.5);
    // (2 |0.3 - 0.5| + 2 |0.9 - 0.5|) / 4
    check(Some(found.ece), 0.3);
    check(calibration_error(&cases, 2), 0.3);
    assert_eq!(calibration_error(&[], 2), None);
    let same = Reliability::of(&[stated(0.7, true, 0), stated(0.7, false, 0)], 10, 1).expect("cases");
    assert_eq!(same.bins.len(), 1, "equal probabilities share a bin");
    assert_eq!(Reliability::of(&[], 10, 1), None);
}

#[test]
fn one_group_has_no_spread_and_many_have_some() {
    let of = |groups: usize| {
        let cases: Vec<Stated> = (0..400).map(|i| stated(0.5, i % 2 == 0, i % groups)).collect();
        Reliability::of(&cases, 10, 7).expect("cases").bins[0].interval
    };
    assert_eq!(of(1), (0.5, 0.5));
    let (low, high) = of(399);
    assert!(low < 0.47 && high > 0.53 && low > 0.40 && high < 0.60, "{low} {high}");
}

#[test]
fn true_statements_of_few_groups_err_as_well() {
    let of = |groups: usize| {
        let cases: Vec<Stated> = (0..400).map(|i| stated(0.5, false, i % groups)).collect();
        Reliability::of(&cases, 10, 7).expect("cases").ece_if_true
    };
    // All come true, or none.
    assert_eq!(of(1), (0.5, 0.5));
    let (mean, upper) = of(400);
    // The mean distance of a share of 400 tosses from a half: sqrt(2 / pi) 0.025; 95 %: 1.96 times 0.025.
    assert!((mean - 0.02).abs() < 0.003 && (upper - 0.049).abs() < 0.01, "{mean} {upper}");
}

#[test]
fn a_stated_truth_scores_nothing_and_a_stated_falsehood_two() {
    let truth = [1.0, 0.0];
    check(brier([(&[1.0, 0.0][..], &truth[..])].into_iter()), 0.0);
    check(brier([(&[0.0, 1.0][..], &truth[..]), (&[0.5, 0.5][..], &truth[..])].into_iter()), f64::midpoint(2.0, 0.5));
}

fn any_weighed() -> impl Strategy<Value = Vec<Weighed>> {
    let one = (-40i32..40, any::<bool>()).prop_map(|(x, target)| Weighed { log10_lr: f64::from(x) / 10.0, target });
    proptest::collection::vec(one, 2..60).prop_filter("both sides", |w| {
        let (targets, others) = sides(w);
        targets > 0 && others > 0
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No rising map does better than PAV, and rising maps do not move it.
    #[test]
    fn pav_is_the_best_rising_map(all in any_weighed(), scale in 0.1f64..3.0, shift in -2f64..2.0) {
        let least = cllr_min(&all).expect("both sides");
        let mapped: Vec<Weighed> = all.iter().map(|w| Weighed { log10_lr: scale * w.log10_lr + shift, ..*w }).collect();
        prop_assert!(least <= cllr(&mapped).expect("both sides") + 1e-12);
        prop_assert!((cllr_min(&mapped).expect("both sides") - least).abs() < 1e-9);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&least));
    }

    /// Turning scores and truth round leaves the area; turning one of them round mirrors it.
    #[test]
    fn the_area_is_symmetric(all in any_weighed()) {
        let of = |sign: f64, flip: bool| {
            let scored: Vec<(f64, bool)> = all.iter().map(|w| (sign * w.log10_lr, w.target != flip)).collect();
            auc(&scored).expect("both sides").area
        };
        prop_assert!((of(1.0, false) - of(-1.0, true)).abs() < 1e-12);
        prop_assert!((of(1.0, false) + of(-1.0, false) - 1.0).abs() < 1e-12);
    }
}
