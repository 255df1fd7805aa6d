//! Tests of `cohort`.

use proptest::prelude::*;

use super::*;

const DAY_S: f64 = 86_400.0;

fn at(days: i64) -> Timestamp {
    Timestamp::from_s(1_704_067_200 + days * 86_400)
}

fn member(counts: &[f64]) -> Member {
    let days = i64::try_from(counts.len()).expect("few") * 7;
    Member {
        periods: counts.iter().map(|&count| Period { count, covered_s: 7.0 * DAY_S }).collect(),
        vantages: vec!["b".to_owned(), "a".to_owned()],
        cover: 0.95,
        ttl_s: 300,
        role: "sending host".to_owned(),
        operator: "Mailer".to_owned(),
        contract: Some((at(-10), at(400))),
        observed: (at(0), at(days)),
    }
}

fn failed(got: &Cohort) -> Vec<Condition> {
    got.checks.iter().filter(|c| !c.holds).map(|c| c.what).collect()
}

/// One week of exposure each.
fn once(count: f64) -> Vec<Period> {
    vec![Period { count, covered_s: 7.0 * DAY_S }]
}

#[test]
fn two_rates_as_another_program_tests_them() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
    // scipy 1.17.1: binom.sf(15, 20, 0.5) + binom.pmf(15, 20, 0.5) / 2.
    near(e_test(&once(15.0), &once(5.0), Side::More), 0.013_301_849_365_234);
    // A third of the exposure: binom.sf(9, 18, 1/3) + half of the mass at 9.
    let twice = vec![Period { count: 9.0, covered_s: 14.0 * DAY_S }];
    near(e_test(&once(9.0), &twice, Side::More), 0.075_475_226_092_134);
    near(e_test(&once(5.0), &once(15.0), Side::Fewer), 0.013_301_849_365_234);
    near(e_test(&once(15.0), &once(5.0), Side::Differs), 0.026_603_698_730_469);
    assert!((e_test(&once(0.0), &once(0.0), Side::More) - 1.0).abs() < 1e-12);
}

#[test]
fn more_scatter_is_less_proof() {
    // The same totals in weeks of 0 or 10: six times Poisson's scatter and more.
    let own: Vec<Period> = [0.0, 10.0, 0.0, 5.0].iter().flat_map(|&c| once(c)).collect();
    let other: Vec<Period> = [0.0, 5.0, 0.0, 0.0].iter().flat_map(|&c| once(c)).collect();
    let p = e_test(&own, &other, Side::More);
    assert!(p > 0.09 && p < 0.25, "{p}");
}

#[test]
fn a_busy_subject_stands_out_of_its_cohort() {
    let peers: Vec<Member> = (0..20).map(|k| member(&[f64::from(20 + k % 5); 8])).collect();
    let got = cohort(&member(&[60.0; 8]), &peers, Side::More, true, 1, 1);
    assert_eq!((got.verdict, got.rank_p), (Verdict::WeaklySupported, Some(1.0 / 21.0)), "{got:?}");
    assert!(got.p.expect("tested") < 0.01 && (got.ratio.value - 60.0 / 22.0).abs() < 1e-9, "{got:?}");
    let got = cohort(&member(&[22.0; 8]), &peers, Side::More, true, 1, 1);
    assert_eq!(got.verdict, Verdict::DoesNotDiscriminate, "{got:?}");
    let got = cohort(&member(&[5.0; 8]), &peers, Side::More, true, 1, 1);
    assert_eq!(got.verdict, Verdict::Contradicted, "{got:?}");
}

/// Rule 7 of the public case: the control's window starts after the subject's contract ended.
#[test]
fn a_control_outside_of_the_contract_is_vetoed() {
    let subject = member(&[60.0; 8]);
    let mut control = member(&[20.0; 8]);
    control.observed = (at(390), at(446));
    let got = cohort(&subject, &[control], Side::More, true, 1, 1);
    assert_eq!((got.verdict, got.p, got.rank_p), (Verdict::CannotBeTested, None, None));
    assert_eq!(failed(&got), [Condition::SameContract, Condition::Comparators]);
}

#[test]
fn what_is_not_alike_vetoes() {
    let check = |change: fn(&mut Member)| {
        let mut peers = vec![member(&[20.0; 8]); 6];
        change(&mut peers[3]);
        let got = cohort(&member(&[60.0; 8]), &peers, Side::More, true, 1, 1);
        assert_eq!(got.verdict, Verdict::CannotBeTested, "{got:?}");
        failed(&got)
    };
    assert_eq!(check(|m| m.contract = None), [Condition::SameContract]);
    assert_eq!(check(|m| m.operator = "Another".to_owned()), [Condition::SameContract]);
    assert_eq!(check(|m| m.vantages.truncate(1)), [Condition::SameVantage]);
    assert_eq!(check(|m| m.cover = 0.5), [Condition::SameCoverage]);
    assert_eq!(check(|m| m.ttl_s = 3600), [Condition::SameTtl]);
    assert_eq!(check(|m| m.role = "web".to_owned()), [Condition::SameRole]);
    assert_eq!(check(|m| m.periods.truncate(3)), [Condition::Exposure, Condition::PeriodsKnown]);
    let same = |m: &mut Member| m.vantages.reverse();
    let mut peers = vec![member(&[20.0; 8]); 6];
    same(&mut peers[0]);
    assert!(failed(&cohort(&member(&[60.0; 8]), &peers, Side::More, true, 1, 1)).is_empty(), "order is no difference");
}

#[test]
fn nobody_to_compare_with() {
    let got = cohort(&member(&[60.0; 8]), &[], Side::Differs, true, 1, 1);
    assert_eq!((got.verdict, got.p), (Verdict::CannotBeTested, None));
    let nobody = Member { periods: vec![], ..member(&[1.0]) };
    assert_eq!(
        cohort(&nobody, core::slice::from_ref(&nobody), Side::More, true, 0, 1).verdict,
        Verdict::CannotBeTested
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn p_is_a_share_and_ranks_do_not_depend_on_the_order(
        own in proptest::collection::vec(0.0f64..1e5, 4..9),
        peers in proptest::collection::vec(proptest::collection::vec(0.0f64..1e3, 4..9), 1..9),
    ) {
        let whole = |c: &[f64]| member(&c.iter().map(|x| x.round()).collect::<Vec<f64>>());
        let subject = whole(&own);
        let mut all: Vec<Member> = peers.iter().map(|p| whole(p)).collect();
        for side in [Side::More, Side::Fewer, Side::Differs] {
            let got = cohort(&subject, &all, side, true, 1, 1);
            prop_assert!(got.p.is_some_and(|p| p > 0.0 && p <= 1.0), "{:?}", got);
            prop_assert!(got.rank_p.is_some_and(|p| p >= 1.0 / (1.0 + all.len() as f64) && p <= 1.0));
            all.reverse();
            prop_assert_eq!(cohort(&subject, &all, side, true, 1, 1).rank_p, got.rank_p);
        }
    }

    #[test]
    fn totals_of_any_size_are_tested(own in 0.0f64..1e12, other in 0.0f64..1e12) {
        let p = e_test(&once(own), &once(other), Side::More);
        prop_assert!(p > 0.0 && p <= 1.0);
    }
}
