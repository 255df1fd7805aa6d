//! How scores become what may be said: tempers, offsets and caps, as versioned data.
//!
//! The file `data/calibration.toml` is written by `cargo xtask calibrate` from labelled traffic and
//! embedded here; see [`fit`] for how. Nothing else in this crate decides how strongly a score speaks.

pub mod fit;
pub mod measures;
mod scored;
mod split;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::mechanism::{MECHANISMS, MechanismId};

pub use scored::Scored;
pub use split::{Part, Split, SplitError};

/// A divisor of scores that grows with the number of sessions.
///
/// Lookups of one program are not independent and models are a little wrong, so that raw Bayes
/// factors grow without limit (design: inference, 2.7).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemperLaw {
    /// ln of the divisor at one session.
    pub alpha: f64,
    /// Its growth with ln n.
    pub beta: f64,
    /// The most it can be.
    pub most: f64,
}

impl TemperLaw {
    /// The divisor for `sessions` sessions: `clamp(exp(alpha + beta ln n), 1, most)`.
    pub fn tau(&self, sessions: u32) -> f64 {
        let ln = self.alpha + self.beta * libm::log(f64::from(sessions.max(1)));
        libm::exp(ln.min(30.0)).clamp(1.0, self.most.max(1.0))
    }
}

/// The tempers of one class of vantage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temper {
    /// Of timing.
    pub time: TemperLaw,
    /// Of marks and answers: they learn a series' own habits, so their ratios grow only like ln n.
    pub marks: TemperLaw,
    /// Of mail log, flows and population.
    pub cross: TemperLaw,
}

/// Tempers by class of vantage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tempers {
    /// Before any cache.
    pub direct: Temper,
    /// Behind a cache.
    pub cached: Temper,
}

/// The labelled traffic behind a calibration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedOn {
    /// Labelled series.
    pub series: u32,
    /// Independent software configurations (program, resolver, TTL).
    pub configurations: u32,
    /// Programs whose series were used.
    pub programs: Vec<String>,
    /// Programs that were left out, for testing.
    pub left_out: Vec<String>,
}

/// The least and the most that a likelihood ratio may say, bans.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Against.
    pub low: f64,
    /// In favour.
    pub high: f64,
}

/// Everything that stands between a score and a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Always `askance.calibration/1`.
    pub schema: String,
    /// Which edition of the data it is.
    pub edition: String,
    /// What it was fitted on.
    pub fitted_on: FittedOn,
    /// Divisors.
    pub temper: Tempers,
    /// Offsets of tempered scores by mechanism, nats.
    pub bias: BTreeMap<String, f64>,
    /// Limits of likelihood ratios.
    pub cap: Cap,
}

const EMBEDDED: &str = include_str!("../data/calibration.toml");

impl Calibration {
    /// The calibration that this build embeds.
    ///
    /// # Panics
    /// Never: a test reads the embedded file.
    pub fn embedded() -> &'static Self {
        static PARSED: OnceLock<Calibration> = OnceLock::new();
        PARSED.get_or_init(|| toml::from_str(EMBEDDED).expect("a test reads the embedded file"))
    }

    /// Where a fit starts, and what it is drawn to: max(1, sqrt(n / 3)) for timing and other records, at most 2
    /// for marks, no offsets (design: inference, 2.7). It does not depend on any earlier fit.
    pub fn starting() -> Self {
        let law = |most: f64| TemperLaw { alpha: -0.5 * libm::log(3.0), beta: 0.5, most };
        let temper = Temper { time: law(1e9), marks: law(2.0), cross: law(1e9) };
        Self {
            schema: "askance.calibration/1".to_owned(),
            edition: "uncalibrated".to_owned(),
            fitted_on: FittedOn::default(),
            temper: Tempers { direct: temper, cached: temper },
            bias: BTreeMap::new(),
            cap: Cap { low: -2.0, high: 2.0 },
        }
    }

    /// The divisors for a vantage.
    pub const fn temper(&self, behind_cache: bool) -> &Temper {
        if behind_cache { &self.temper.cached } else { &self.temper.direct }
    }

    /// Offsets by [`MechanismId::ALL`]; zero where none is listed.
    pub(crate) fn biases(&self) -> [f64; MECHANISMS] {
        MechanismId::ALL.map(|m| self.bias.get(m.as_str()).copied().unwrap_or(0.0))
    }

    /// A likelihood ratio in bans, held to what this calibration can say.
    pub fn capped(&self, log10_lr: f64) -> f64 {
        log10_lr.clamp(self.cap.low, self.cap.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_reads_and_names_mechanisms() {
        let c: Calibration = toml::from_str(EMBEDDED).expect("the embedded calibration");
        assert_eq!(c.schema, "askance.calibration/1");
        for name in c.bias.keys() {
            assert!(name.parse::<MechanismId>().is_ok(), "{name}");
        }
        assert!(c.cap.low < 0.0 && c.cap.high > 0.0);
    }

    #[test]
    fn a_temper_never_sharpens() {
        let law = TemperLaw { alpha: -3.0, beta: 0.5, most: 2.0 };
        assert!((law.tau(1) - 1.0).abs() < 1e-12);
        assert!((law.tau(1_000_000) - 2.0).abs() < 1e-12);
    }
}
