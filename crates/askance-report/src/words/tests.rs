use std::collections::BTreeMap;

use askance_case::json::{Candidate, Series};

use super::*;

fn series(best: &str, log10_lr: f64) -> Series {
    Series {
        best: best.to_owned(),
        log10_lr,
        verbal: "moderate".to_owned(),
        candidates: vec![Candidate::default()],
        ..Series::default()
    }
}

#[test]
fn a_likelihood_ratio_is_said_both_ways_round_and_weak_support_is_support() {
    for (l, expected) in [
        (
            1.6,
            "These records are about 40 times more likely if sender verification made them than if one of the \
             alternatives listed did (moderate support).",
        ),
        (
            0.5,
            "These records are about 3.2 times more likely if sender verification made them than if one of the \
             alternatives listed did (moderate support). This is support for sender verification, small.",
        ),
        (
            0.1,
            "These records are about equally likely if sender verification made them as if one of the alternatives \
             listed did (a factor of 1.3): they do not discriminate.",
        ),
        (
            -1.0,
            "These records are about 10 times less likely if sender verification made them than if one of the \
             alternatives listed did.",
        ),
    ] {
        assert_eq!(likelihood_sentence(&series("sender-verification", l)), expected);
    }
}

#[test]
fn a_posterior_never_stands_without_its_prior_nor_outside_1_to_99() {
    let mut one = series("beacon", 1.0);
    assert_eq!(posterior_sentence(&one), None);
    one.posterior = BTreeMap::from([("beacon".to_owned(), 0.9999)]);
    one.posterior_operational = BTreeMap::from([("beacon".to_owned(), 0.0001)]);
    assert_eq!(
        posterior_sentence(&one).unwrap(),
        "Beacon: almost certain (over 99\u{a0}%) with every family of mechanisms equally probable beforehand; almost no \
         chance (under 1\u{a0}%) with the operational prior."
    );
}

#[test]
fn no_word_of_the_tables_calls_a_lookup_a_connection() {
    for mechanism in &MECHANISMS {
        assert!(!mechanism.gloss.contains("connect"), "{}", mechanism.id);
        assert_eq!(Family::of(mechanism.id), mechanism.family);
    }
    assert_eq!(MECHANISMS.iter().filter(|m| m.family == Family::Mail).count(), 3);
    assert_eq!(label("<new>"), "<new>");
}

#[test]
fn lists_read_as_english() {
    let words = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    assert_eq!(listed(&words(0), "and"), "");
    assert_eq!(listed(&words(1), "and"), "0");
    assert_eq!(listed(&words(3), "and"), "0, 1 and 2");
}
