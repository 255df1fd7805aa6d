//! The only place that turns numbers into words.
//!
//! The scales are data with their sources, `data/verbal.toml`: likelihood ratios by the ENFSI
//! guideline, with upper ends included; posteriors by Intelligence Community Directive 203, with
//! upper ends excluded. The two are never mixed.

use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scales {
    #[expect(dead_code, reason = "checked by a test, read by people")]
    schema: String,
    likelihood_ratio: Support,
    posterior: Chance,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Support {
    source: String,
    /// What is said of a ratio below one half: the reciprocal supports the other side.
    against: String,
    bands: Vec<Band>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chance {
    source: String,
    bands: Vec<Band>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    upper: f64,
    words: String,
}

fn scales() -> &'static Scales {
    static SCALES: OnceLock<Scales> = OnceLock::new();
    SCALES.get_or_init(|| toml::from_str(include_str!("../data/verbal.toml")).expect("a test reads the embedded file"))
}

/// Where the two scales come from: likelihood ratios, posteriors.
pub fn sources() -> [&'static str; 2] {
    [&scales().likelihood_ratio.source, &scales().posterior.source]
}

/// The words for a likelihood ratio.
///
/// - `log10_lr`: bans, any sign
/// - returns: the band of support; other words where the ratio favours the other side
pub fn enfsi(log10_lr: f64) -> &'static str {
    enfsi_lowered(log10_lr, 0)
}

/// The same, `steps` bands lower: for a model that fits poorly.
pub fn enfsi_lowered(log10_lr: f64, steps: usize) -> &'static str {
    let Support { bands, against, .. } = &scales().likelihood_ratio;
    if log10_lr < -bands[0].upper {
        return against;
    }
    let band = bands.iter().position(|band| log10_lr <= band.upper).unwrap_or(0);
    &bands[band.saturating_sub(steps)].words
}

/// The words for a posterior probability; outside 1 % to 99 % the outermost words are used.
///
/// Print the prior beside them.
pub fn icd203(probability: f64) -> &'static str {
    let bands = &scales().posterior.bands;
    let band = bands.iter().find(|band| probability < band.upper);
    band.or(bands.last()).map_or("", |band| &band.words)
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
                "supports the alternatives",
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
