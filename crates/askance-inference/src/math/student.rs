//! Student's t: what is left of a normal law whose scatter had to be learned.

use core::f64::consts::{FRAC_1_PI, FRAC_2_SQRT_PI, PI};
use std::sync::OnceLock;

use super::{beta_cdf, beta_quantile, half_powers};

/// Degrees of freedom up to which the height at the centre is kept.
const KEPT: usize = 1024;
/// Degrees of freedom up to which the distribution is summed term by term.
const SUMMED_MAX: u32 = 400;

/// The density at the centre for a scale of one: Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi)).
pub(crate) fn student_centre(nu: f64) -> f64 {
    match whole(nu) {
        Some(whole) if (whole as usize) < KEPT => centres()[whole as usize],
        _ => libm::exp(libm::lgamma(0.5 * (nu + 1.0)) - libm::lgamma(0.5 * nu)) / (nu * PI).sqrt(),
    }
}

/// By whole degrees of freedom; the first is not used.
fn centres() -> &'static [f64; KEPT] {
    static CENTRES: OnceLock<[f64; KEPT]> = OnceLock::new();
    CENTRES.get_or_init(|| {
        let mut centres = [0.0; KEPT];
        // Gamma((nu + 1) / 2) / Gamma(nu / 2), from one to the next by Gamma(x + 1) = x Gamma(x).
        let mut ratio = 0.5 * FRAC_2_SQRT_PI;
        for (nu, centre) in (1u32..).map(f64::from).zip(&mut centres[1..]) {
            *centre = ratio / (nu * PI).sqrt();
            ratio = 0.5 * nu / ratio;
        }
        centres
    })
}

/// The density with `nu` degrees of freedom, centred, of squared scale `scale2`.
///
/// - `centre`: [`student_centre`] of `nu`
#[inline]
pub(crate) fn student_density(x: f64, nu: f64, scale2: f64, centre: f64) -> f64 {
    let wide2 = nu * scale2;
    let inverse = 1.0 / (wide2 + x * x);
    let narrow = wide2 * inverse;
    let tails = match whole(nu) {
        Some(nu) => half_powers([narrow], nu)[0],
        None => libm::exp(0.5 * nu * libm::log(narrow)),
    };
    // sqrt(nu / (nu s^2 + x^2)) is the last half power over the scale s.
    centre * tails * (nu * inverse).sqrt()
}

/// The distribution function of the same.
///
/// # Source
/// Abramowitz and Stegun 26.7.3 and 26.7.4 for few degrees of freedom, 26.7.1 for many.
pub(crate) fn student_cdf(x: f64, nu: f64, scale2: f64) -> f64 {
    let z2 = x * x / scale2;
    let cos2 = nu / (nu + z2);
    let within = match whole(nu) {
        Some(whole) if whole <= SUMMED_MAX => within(whole, cos2, (z2 / (nu + z2)).sqrt()),
        _ => 1.0 - beta_cdf(cos2, 0.5 * nu, 0.5),
    };
    if x > 0.0 { 0.5 + 0.5 * within } else { 0.5 - 0.5 * within }
}

/// The upper 2.5 % point, of at least one degree of freedom.
pub(crate) fn student_quantile_975(nu: f64) -> f64 {
    // nu / (nu + t^2) is Beta(nu / 2, 1 / 2).
    let x = beta_quantile(0.05, 0.5 * nu.max(1.0), 0.5);
    libm::sqrt(nu.max(1.0) * (1.0 - x) / x.max(1e-12))
}

/// P(|T| <= t) where tan(theta) = t / sqrt(nu).
fn within(nu: u32, cos2: f64, sin: f64) -> f64 {
    let is_odd = nu & 1 == 1;
    let (mut term, mut sum) = (1.0, 0.0);
    let mut k = if is_odd { 3 } else { 2 };
    while k <= nu && term > 1e-18 {
        sum += term;
        term *= cos2 * f64::from(k - 1) / f64::from(k);
        k += 2;
    }
    if is_odd {
        let cos = cos2.sqrt();
        2.0 * FRAC_1_PI * (libm::atan2(sin, cos) + sin * cos * sum)
    } else {
        sin * sum
    }
}

/// A whole number of degrees of freedom that squaring can serve.
#[inline]
fn whole(nu: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, saturating, and compared")]
    let whole = nu as u32;
    (whole < 10_000 && f64::from(whole).total_cmp(&nu).is_eq()).then_some(whole)
}
