//! "Its configuration is odd", "it accepts mail only from them": how many of its siblings are alike.
//!
//! A setting that most of a fleet shares says nothing about the one host that a claim picks out.

use super::concentration::{Share, jeffreys};
use super::finding::{Checked, Condition, Verdict};
use crate::math::ln_choose;

/// Siblings without which a share means nothing.
const SIBLINGS: f64 = 5.0;

/// The answer of [`configuration_is_odd`] and [`accepts_only_from`].
#[derive(Clone, Debug, PartialEq)]
pub struct Odd {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// Siblings that gave an answer.
    pub siblings: u64,
    /// Those among them that are as the subject is.
    pub alike: u64,
    /// Their share; `None` without siblings.
    pub share: Option<Share>,
    /// Hypergeometric: P(the subject is so | as many of all are so, whichever); `None` where it cannot be tested.
    pub p: Option<f64>,
    /// At most so many bans for "made so on purpose" against "as its siblings are", if purpose always makes it so.
    pub log10_lr_max: Option<f64>,
    /// Settings or classes tried; p is multiplied by it, the ratio divided.
    pub variants: usize,
}

/// Whether a setting sets hosts apart from their siblings.
///
/// - `subjects`: hosts of the claim, and how many of them have the setting
/// - `siblings`: other hosts under the same operator, and how many of them have it
/// - `variants`: how many settings were looked at
///
/// # Source
/// Fisher's exact test, one-sided; the share by Jeffreys.
pub fn configuration_is_odd(subjects: (u64, u64), siblings: (u64, u64), variants: usize) -> Odd {
    let (subjects, subjects_alike) = (subjects.0, subjects.1.min(subjects.0));
    let (others, alike) = (siblings.0, siblings.1.min(siblings.0));
    let checks = vec![
        Checked::yes(Condition::SubjectAnswered, subjects_alike > 0),
        Checked::at_least(Condition::Siblings, others as f64, SIBLINGS),
    ];
    judge(checks, (subjects, subjects_alike), (others, alike), variants)
}

/// Whether a host's way to refuse sets it apart from its siblings.
///
/// - `subject`: its class in the survey; `siblings`: theirs. Classes that say nothing of the host (`unknown`,
///   `filtered`, `not-smtp`, `refused-us`, `tarpit`) do not count
/// - `sources`: from how many source addresses they were asked; from one, no choice of clients can show
/// - `variants`: how many hosts or classes were looked at
pub fn accepts_only_from(subject: &str, siblings: &[&str], sources: u32, variants: usize) -> Odd {
    let answers = |class: &str| !matches!(class, "unknown" | "filtered" | "not-smtp" | "refused-us" | "tarpit" | "");
    let others = siblings.iter().filter(|c| answers(c)).count() as u64;
    let alike = siblings.iter().filter(|&&c| answers(c) && c == subject).count() as u64;
    let checks = vec![
        Checked::yes(Condition::SubjectAnswered, answers(subject)),
        Checked::at_least(Condition::Siblings, others as f64, SIBLINGS),
        Checked::at_least(Condition::TwoSources, f64::from(sources), 2.0),
    ];
    let mut out = judge(checks, (1, 1), (others, alike), variants);
    // An open host accepts from anybody; one that never takes mail accepts from nobody: both refute "only from them".
    if out.verdict != Verdict::CannotBeTested && matches!(subject, "open" | "send-only" | "closed") {
        out.verdict = Verdict::Contradicted;
    }
    // Alike on its siblings has no weight, from however few addresses it was asked.
    if out.verdict == Verdict::CannotBeTested
        && out.checks.iter().all(|c| c.holds || c.what == Condition::TwoSources)
        && out.log10_lr_max.is_some_and(|lr| lr < core::f64::consts::LOG10_2)
    {
        out.verdict = Verdict::DoesNotDiscriminate;
    }
    out
}

fn judge(checks: Vec<Checked>, subjects: (u64, u64), siblings: (u64, u64), variants: usize) -> Odd {
    let variants = variants.max(1);
    let (others, alike) = siblings;
    let enough = checks.iter().all(|c| c.holds || c.what == Condition::TwoSources);
    let share = (others > 0).then(|| jeffreys(alike, others));
    let p = enough.then(|| (fisher(subjects, siblings) * variants as f64).min(1.0));
    let ordinary = (alike as f64 + 0.5) / (others as f64 + 1.0);
    let log10_lr_max = enough.then(|| -libm::log10(ordinary) - libm::log10(variants as f64));
    let verdict = match log10_lr_max {
        // Purpose is not the only other explanation: a ratio at its best is never a refutation.
        Some(lr) => Verdict::of_log10_lr(lr.max(0.0)).under(&checks),
        None => Verdict::CannotBeTested,
    };
    Odd { verdict, checks, siblings: others, alike, share, p, log10_lr_max, variants }
}

/// P(at least so many of the subjects have it), the total being fixed.
fn fisher((subjects, have): (u64, u64), (siblings, alike): (u64, u64)) -> f64 {
    // Beyond a million nobody counts hosts; shares say the same there.
    let scale = |n: u64| n.min(1_000_000) as f64;
    let (a, b) = (scale(subjects), scale(siblings));
    let with = scale(have) + scale(alike);
    let all = ln_choose(a + b, with);
    let mut sum = 0.0;
    let mut k = scale(have).max(with - b);
    while k <= a.min(with) {
        sum += libm::exp(ln_choose(a, k) + ln_choose(b, with - k) - all);
        k += 1.0;
    }
    sum.clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lady_and_the_tea() {
        // Fisher's own: 4 and 4 cups, 3 right: 17 of 70.
        let got = configuration_is_odd((4, 3), (4, 1), 1);
        assert_eq!(got.verdict, Verdict::CannotBeTested, "four siblings are too few");
        assert!((fisher((4, 3), (4, 1)) - 17.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn what_all_siblings_share_has_no_weight() {
        let got = configuration_is_odd((1, 1), (30, 30), 1);
        assert!(got.verdict == Verdict::DoesNotDiscriminate && got.p.expect("siblings") > 1.0 - 1e-9, "{got:?}");
        assert!(got.log10_lr_max.expect("siblings").abs() < 0.01, "{got:?}");
        // Alone among 99: 1 of 100 hosts has it, whichever that is.
        let got = configuration_is_odd((1, 1), (99, 0), 1);
        assert!((got.p.expect("siblings") - 0.01).abs() < 1e-9 && got.verdict == Verdict::Supported, "{got:?}");
        assert_eq!(
            configuration_is_odd((1, 1), (99, 0), 50).verdict,
            Verdict::WeaklySupported,
            "found after fifty looks"
        );
    }

    #[test]
    fn a_refusal_alike_on_the_whole_subnet_says_nothing() {
        let got = accepts_only_from("selective-sender", &["selective-sender"; 20], 1, 1);
        assert_eq!(got.verdict, Verdict::DoesNotDiscriminate, "{got:?}");
        let got = accepts_only_from("selective-client", &["open"; 20], 1, 1);
        assert_eq!(got.verdict, Verdict::CannotBeTested, "one source address cannot show a choice of clients");
        assert_eq!(accepts_only_from("selective-client", &["open"; 20], 2, 1).verdict, Verdict::Supported);
        assert_eq!(accepts_only_from("open", &["open"; 20], 2, 1).verdict, Verdict::Contradicted);
        assert_eq!(accepts_only_from("send-only", &["send-only"; 20], 2, 1).verdict, Verdict::Contradicted);
        assert_eq!(accepts_only_from("refused-us", &["open"; 20], 2, 1).verdict, Verdict::CannotBeTested);
        assert_eq!(accepts_only_from("send-only", &["unknown"; 20], 2, 1).verdict, Verdict::CannotBeTested);
    }

    proptest! {
        #[test]
        fn more_alike_is_never_odder(n in 5u64..60, k in 0u64..59, variants in 0usize..9) {
            let k = k.min(n - 1);
            let (fewer, more) = (configuration_is_odd((1, 1), (n, k), variants), configuration_is_odd((1, 1), (n, k + 1), variants));
            prop_assert!(more.log10_lr_max <= fewer.log10_lr_max);
            prop_assert!(more.p >= fewer.p);
            prop_assert!(fewer.p.expect("siblings") > 0.0 && more.p.expect("siblings") <= 1.0);
        }

        #[test]
        fn any_numbers_are_answered(a: u64, b: u64, n: u64, k: u64, variants: usize) {
            let got = configuration_is_odd((a % 50, b), (n, k), variants);
            prop_assert!(got.p.is_none_or(|p| p > 0.0 && p <= 1.0), "{:?}", got);
        }
    }
}
