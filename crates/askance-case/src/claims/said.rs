//! From the statistics' answers to the words and numbers of the ledger.

use askance_inference::claims::{Checked, Condition, Estimate, Verdict};
use askance_record::Timestamp;

use crate::json::{Check, ClaimTest, Measure};
use crate::model::TestSpec;

/// A test's answer, with its conditions in words.
pub(super) fn answer(test: &TestSpec, verdict: Verdict, checks: &[Checked], finding: String) -> ClaimTest {
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: verdict.as_str().to_owned(),
        finding,
        checks: checks.iter().map(check).collect(),
        variants_tried: super::asked::variants(test) as u64,
        ..ClaimTest::default()
    }
}

/// A condition in words.
pub(super) fn check(checked: &Checked) -> Check {
    let about = checked.what.about();
    // What is counted, and in which unit, stands in brackets behind the sentence.
    let what = about.split(" (").next().unwrap_or(about).trim_end_matches('.');
    let unit = about.split_once("wanted: ").map_or("", |(_, rest)| rest.trim_end_matches([')', '.']));
    let counted = checked.wanted > 1.0 || (checked.found != 0.0 && (checked.found - 1.0).abs() > f64::EPSILON);
    let veto = if checked.vetoes && !checked.holds { "without it nothing can be said" } else { "" };
    let numbers = if counted {
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        // What holds below its bound is held to be at most that.
        let bound = if checked.holds == (checked.found >= checked.wanted) { "at least" } else { "at most" };
        format!("{}{unit}, wanted {bound} {}", short(checked.found), short(checked.wanted))
    } else {
        String::new()
    };
    let why = match (numbers.is_empty(), veto.is_empty()) {
        (false, false) => format!("{numbers}; {veto}"),
        (false, true) => numbers,
        _ => veto.to_owned(),
    };
    Check { what: what.to_owned(), holds: checked.holds, why, unknown: false }
}

/// Whether a condition was checked and does not hold.
pub(super) fn fails(checks: &[Checked], what: Condition) -> bool {
    checks.iter().any(|c| c.what == what && !c.holds)
}

/// A number with its interval.
pub(super) fn estimated(what: &str, estimate: &Estimate, unit: &str) -> Measure {
    let finite = |x: f64| x.is_finite().then_some(x);
    Measure {
        what: what.to_owned(),
        value: estimate.value,
        lo: finite(estimate.interval.0),
        hi: finite(estimate.interval.1),
        unit: unit.to_owned(),
    }
}

/// A number alone.
pub(super) fn number(what: &str, value: f64, unit: &str) -> Measure {
    Measure { what: what.to_owned(), value, unit: unit.to_owned(), ..Measure::default() }
}

/// A p-value, where there is one.
pub(super) fn p_value(what: &str, p: Option<f64>) -> Option<Measure> {
    p.map(|p| number(what, p, "p"))
}

/// A day, as people write it.
pub(super) fn day(t: Timestamp) -> String {
    t.to_string().chars().take(10).collect()
}

/// A count with its thousands apart, as the views write it.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with as many digits as it bears.
pub(super) fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        _ if x.fract() == 0.0 && x.abs() < 1e9 => format!("{x:.0}"),
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 1.0 => format!("{x:.1}"),
        a if a >= 0.01 => format!("{x:.2}"),
        _ => format!("{x:.4}"),
    }
}

/// A ratio in words, from bans: "4 times more likely", "3 times less likely".
pub(super) fn times(log10: f64) -> String {
    let factor = libm::exp10(log10.abs().min(6.0));
    let number = if log10.abs() > 6.0 { "more than a million".to_owned() } else { short(factor) };
    format!("{number} times {} likely", if log10 < 0.0 { "less" } else { "more" })
}
