//! Does the best mechanism fit, or is it only the least bad?

use crate::math::ks_p;
use crate::mechanism::MechanismId;

/// The p-value below which a fit is called poor.
const POOR_P: f64 = 0.001;
/// The least distance from uniform that is called poor: with thousands of lookups a
/// trifle is significant.
const POOR_D: f64 = 0.12;

/// Posterior predictive check of the timing, by time rescaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ppc {
    /// The mechanism that was checked.
    pub of: MechanismId,
    /// Gaps that were scored.
    pub gaps: usize,
    /// Kolmogorov-Smirnov distance of the rescaled gaps from uniform.
    pub ks_d: f64,
    /// Its p-value.
    pub ks_p: f64,
    /// Correlation of successive rescaled gaps; 0 where they are independent as they should be.
    pub lag1: f64,
    /// True where the fit is poor: the verdict loses one band.
    pub poor: bool,
}

impl Ppc {
    pub(crate) fn of(of: MechanismId, rescaled: &[f64]) -> Self {
        let n = rescaled.len();
        let mut sorted = rescaled.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut d: f64 = 0.0;
        for (k, u) in sorted.iter().enumerate() {
            d = d.max(u - k as f64 / n as f64).max((k as f64 + 1.0) / n as f64 - u);
        }
        let p = if n < 5 { 1.0 } else { ks_p(d, n) };
        Self { of, gaps: n, ks_d: d, ks_p: p, lag1: lag1(rescaled), poor: p < POOR_P && d > POOR_D }
    }
}

fn lag1(xs: &[f64]) -> f64 {
    if xs.len() < 5 {
        return 0.0;
    }
    let mean = xs.iter().sum::<f64>() / xs.len() as f64;
    let variance: f64 = xs.iter().map(|x| (x - mean) * (x - mean)).sum();
    let both: f64 = xs.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum();
    if variance > 0.0 { both / variance } else { 0.0 }
}
