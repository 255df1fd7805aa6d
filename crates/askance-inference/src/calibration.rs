//! How scores become what may be said: tempers, offsets, weights and caps, as versioned data.
//!
//! The file `data/calibration.toml` is written by `cargo xtask calibrate` from labelled traffic and
//! embedded here. Nothing else in this crate decides how strongly a score speaks.

mod by_name;
pub mod measures;
mod scored;
mod split;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::facts::AS_TOLD;
pub use crate::facts::{FACT_NAMES, FACTS};
pub use crate::marks::PROGRAMS;
use crate::mechanism::MECHANISMS;
pub use crate::timing::ENGINES;
use crate::{marks, timing};

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

/// What is fitted for one class of vantage.
///
/// The weights say which engine and which program best tells a mechanism from the others once scores are
/// tempered, and the offsets what is left: neither says how common a mechanism is (ADR 0015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Divisors.
    pub temper: Temper,
    /// The power of each kind of single facts (company, waves, made-up names): the tables of how often they are seen
    /// are starting values.
    #[serde(with = "by_name::facts")]
    pub facts: [f64; FACTS],
    /// Offsets of tempered scores, nats.
    #[serde(with = "by_name::offsets")]
    pub bias: [f64; MECHANISMS],
    /// Of each mechanism, how much of it each timing engine is; rows sum to one.
    #[serde(with = "by_name::timing")]
    pub timing: [[f64; ENGINES]; MECHANISMS],
    /// Of each mechanism, how much of it each kind of program is; rows sum to one.
    #[serde(with = "by_name::marks")]
    pub marks: [[f64; PROGRAMS]; MECHANISMS],
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
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which edition of the data it is.
    pub edition: String,
    /// What it was fitted on.
    pub fitted_on: FittedOn,
    /// Before any cache.
    pub direct: Class,
    /// Behind a cache.
    pub cached: Class,
    /// Limits of likelihood ratios.
    pub cap: Cap,
}

/// The schema of a calibration file.
pub const SCHEMA: &str = "askance.calibration/3";

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
    /// for marks, single facts as the tables say, no offsets, the mixtures of the mechanisms' own densities (design:
    /// inference, 2.7). It does not depend on any earlier fit.
    pub fn starting() -> Self {
        let law = |most: f64| TemperLaw { alpha: -0.5 * libm::log(3.0), beta: 0.5, most };
        let temper = Temper { time: law(1e9), marks: law(2.0), cross: law(1e9) };
        let class = Class {
            temper,
            facts: AS_TOLD,
            bias: [0.0; MECHANISMS],
            timing: timing::declared(),
            marks: marks::declared(),
        };
        Self {
            schema: SCHEMA.to_owned(),
            edition: "uncalibrated".to_owned(),
            fitted_on: FittedOn::default(),
            direct: class.clone(),
            cached: class,
            cap: Cap { low: -2.0, high: 2.0 },
        }
    }

    /// What was fitted for a class of vantage.
    pub const fn class(&self, behind_cache: bool) -> &Class {
        if behind_cache { &self.cached } else { &self.direct }
    }

    /// The same, to be changed.
    pub const fn class_mut(&mut self, behind_cache: bool) -> &mut Class {
        if behind_cache { &mut self.cached } else { &mut self.direct }
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
    fn the_embedded_file_reads() {
        let c: Calibration = toml::from_str(EMBEDDED).expect("the embedded calibration");
        assert_eq!(c.schema, SCHEMA);
        assert!(c.cap.low < 0.0 && c.cap.high > 0.0);
        for class in [&c.direct, &c.cached] {
            let sums = class.timing.iter().map(|row| row.iter().sum::<f64>());
            for sum in sums.chain(class.marks.iter().map(|row| row.iter().sum())) {
                // Written with four digits; what a beacon leaves to no engine here is not made up for.
                assert!((0.99..1.01).contains(&sum) || (0.74..0.76).contains(&sum), "{sum}");
            }
        }
    }

    #[test]
    fn a_calibration_reads_as_it_was_written() {
        let starting = Calibration::starting();
        let text = toml::to_string(&starting).expect("a calibration");
        assert_eq!(toml::from_str::<Calibration>(&text).expect("what was written"), starting);
        for (from, to) in [("human-use", "human-abuse"), ("clock", "clocks")] {
            let renamed = text.replacen(&format!("{from} ="), &format!("{to} ="), 1);
            let e = toml::from_str::<Calibration>(&renamed).expect_err("no such name");
            assert!(e.to_string().contains(to), "{e}");
        }
    }

    #[test]
    fn a_temper_never_sharpens() {
        let law = TemperLaw { alpha: -3.0, beta: 0.5, most: 2.0 };
        assert!((law.tau(1) - 1.0).abs() < 1e-12);
        assert!((law.tau(1_000_000) - 2.0).abs() < 1e-12);
    }
}
