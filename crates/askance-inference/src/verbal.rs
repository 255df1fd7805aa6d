//! The only place that turns numbers into words.
//!
//! Likelihood ratios: the scale of the ENFSI Guideline for Evaluative Reporting in
//! Forensic Science (2015), with upper ends included. Posteriors: the words of
//! Intelligence Community Directive 203. The two are never mixed.

/// The ENFSI band of support, by the upper end in bans (log10 LR), ascending.
const ENFSI: [(f64, &str); 7] = [
    (core::f64::consts::LOG10_2, "does not discriminate"),
    (1.0, "weak support"),
    (2.0, "moderate support"),
    (3.0, "moderately strong support"),
    (4.0, "strong support"),
    (6.0, "very strong support"),
    (f64::INFINITY, "extremely strong support"),
];

/// What is said of a likelihood ratio below one half: the reciprocal supports the other side.
pub const AGAINST: &str = "supports the alternatives";

/// The words for a likelihood ratio.
///
/// - `log10_lr`: bans, any sign
/// - returns: the ENFSI band of support, [`AGAINST`] where the ratio favours the other side
pub fn enfsi(log10_lr: f64) -> &'static str {
    enfsi_lowered(log10_lr, 0)
}

/// The same, `steps` bands lower: for a model that fits poorly.
pub fn enfsi_lowered(log10_lr: f64, steps: usize) -> &'static str {
    if log10_lr < -ENFSI[0].0 {
        return AGAINST;
    }
    let band = ENFSI.iter().position(|&(upper, _)| log10_lr <= upper).unwrap_or(0);
    ENFSI[band.saturating_sub(steps)].1
}

/// The words for a posterior probability; outside 1 % to 99 % the outermost words are used.
///
/// Print the prior beside them.
pub fn icd203(probability: f64) -> &'static str {
    match probability {
        p if p < 0.05 => "almost no chance",
        p if p < 0.20 => "very unlikely",
        p if p < 0.45 => "unlikely",
        p if p < 0.55 => "roughly even chance",
        p if p < 0.80 => "likely",
        p if p < 0.95 => "very likely",
        _ => "almost certain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_pinned() {
        let words: Vec<&str> = [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.5, 5.0, 7.0].map(enfsi).to_vec();
        assert_eq!(
            words,
            [
                AGAINST,
                "does not discriminate",
                "weak support",
                "weak support",
                "moderate support",
                "moderate support",
                "moderately strong support",
                "strong support",
                "very strong support",
                "extremely strong support"
            ]
        );
        assert_eq!(enfsi_lowered(1.5, 1), "weak support");
        assert_eq!(enfsi_lowered(0.0, 1), "does not discriminate");
        assert_eq!(
            (icd203(0.005), icd203(0.5), icd203(0.999)),
            ("almost no chance", "roughly even chance", "almost certain")
        );
    }
}
