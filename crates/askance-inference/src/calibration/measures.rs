//! How good likelihood ratios and posteriors are, where the truth is known.
//!
//! A [`Weighed`] is one proposition ("this mechanism made this series"), the likelihood ratio that
//! was given for it, and whether it is true. A [`Stated`] is one probability that was stated, and
//! whether it came true. Everything here is a pure function of such lists; none of it can tell
//! where they come from, so that the same code judges a calibration while it is fitted and after.
//!
//! # Sources
//! Cllr and PAV: Brümmer and du Preez, Computer Speech & Language 20 (2006). Empirical
//! cross-entropy: Ramos and Gonzalez-Rodriguez, Forensic Science International 230 (2013). Limits of
//! likelihood ratios: Vergeer et al., Science & Justice 56 (2016). Misleading evidence: Royall,
//! Journal of the American Statistical Association 95 (2000). All formulas are written out here.

mod classes;
mod limits;
mod pav;
mod probability;
mod rank;
mod ratio;
#[cfg(test)]
mod tests;

pub use classes::{ClassScore, Classes};
pub use limits::{Misleading, elub, misleading, upper_share};
pub use pav::{cllr_min, pav};
pub use probability::{Bin, Reliability, Stated, brier, calibration_error};
pub use rank::{Auc, auc};
pub use ratio::{Tippett, cllr, empirical_cross_entropy, tippett};

/// One proposition, the likelihood ratio that was given for it, and the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighed {
    /// Decimal logarithm of the likelihood ratio; may be infinite.
    pub log10_lr: f64,
    /// True where the proposition is true.
    pub target: bool,
}

/// How many are targets, and how many are not.
fn sides(weighed: &[Weighed]) -> (usize, usize) {
    let targets = weighed.iter().filter(|w| w.target).count();
    (targets, weighed.len() - targets)
}
