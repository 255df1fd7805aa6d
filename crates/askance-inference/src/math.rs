//! Special functions, the same bits on every platform.

#[cfg(test)]
mod tests;

use core::f64::consts::{LN_10, PI};

/// e^x for densities that are mixed with a floor: below e^-60 it is zero, which skips the slow path
/// of subnormal results.
pub(crate) fn exp_or_zero(x: f64) -> f64 {
    if x < -60.0 { 0.0 } else { libm::exp(x) }
}

/// ln(e^a + e^b) without overflow.
pub(crate) fn ln_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + libm::log1p(libm::exp(low - high)) }
}

/// ln of the sum of e^x; minus infinity for nothing.
pub(crate) fn ln_sum(xs: impl Iterator<Item = f64>) -> f64 {
    xs.fold(f64::NEG_INFINITY, ln_add)
}

/// Nats to bans (log10).
pub(crate) fn bans(nats: f64) -> f64 {
    nats / LN_10
}

/// ln B(a, b).
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// Standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / core::f64::consts::SQRT_2)
}

/// ln of the density of Student's t with `nu` degrees of freedom, centred, of squared scale `scale2`.
pub(crate) fn ln_student(x: f64, nu: f64, scale2: f64) -> f64 {
    let z2 = x * x / scale2;
    libm::lgamma(0.5 * (nu + 1.0))
        - libm::lgamma(0.5 * nu)
        - 0.5 * libm::log(nu * PI * scale2)
        - 0.5 * (nu + 1.0) * libm::log1p(z2 / nu)
}

/// Distribution function of the same.
pub(crate) fn student_cdf(x: f64, nu: f64, scale2: f64) -> f64 {
    let z2 = x * x / scale2;
    let tail = 0.5 * beta_cdf(nu / (nu + z2), 0.5 * nu, 0.5);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Distribution function of Beta(a, b) at `x`: the regularised incomplete beta function.
///
/// - `x`: clamped to 0..=1; `a`, `b`: positive
///
/// # Source
/// Continued fraction DLMF 8.17.22, evaluated by the modified Lentz method.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b);
    if x < (a + 1.0) / (a + b + 2.0) {
        libm::exp(ln_front) * beta_fraction(x, a, b) / a
    } else {
        1.0 - libm::exp(ln_front) * beta_fraction(1.0 - x, b, a) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / keep(1.0 + even * d);
        c = keep(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / keep(1.0 + odd * d);
        c = keep(1.0 + odd / c);
        let delta = d * c;
        h *= delta;
        if (delta - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// The `p`-quantile of Beta(a, b).
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_cdf(x, a, b) < p)
}

/// Distribution function of Gamma(shape `a`, rate 1) at `x`.
///
/// # Source
/// Series DLMF 8.11.4 below a + 1, continued fraction DLMF 8.9.2 above.
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
pub fn gamma_cdf(x: f64, a: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let ln_front = a * libm::log(x) - x - libm::lgamma(a);
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-16 {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return sum * libm::exp(ln_front);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < 1e-300 { 1e-300 } else { d };
        c = b + an / c;
        c = if c.abs() < 1e-300 { 1e-300 } else { c };
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    1.0 - libm::exp(ln_front) * h
}

/// The `p`-quantile of Gamma(shape `a`, rate `rate`).
pub fn gamma_quantile(p: f64, a: f64, rate: f64) -> f64 {
    let mut high = a + 10.0 * libm::sqrt(a) + 10.0;
    while gamma_cdf(high, a) < p && high < 1e300 {
        high *= 2.0;
    }
    bisect(0.0, high, |x| gamma_cdf(x, a) < p) / rate
}

/// The point where `below` turns from true to false.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        if mid <= low || mid >= high {
            break;
        }
        if below(mid) {
            low = mid;
        } else {
            high = mid;
        }
    }
    0.5 * (low + high)
}

/// The p-value of a Kolmogorov-Smirnov distance `d` of `n` values from the uniform law.
///
/// # Source
/// Kolmogorov's series with the correction of Stephens 1970.
pub(crate) fn ks_p(d: f64, n: usize) -> f64 {
    let root = libm::sqrt(n as f64);
    let lambda = (root + 0.12 + 0.11 / root) * d;
    if lambda < 0.2 {
        return 1.0;
    }
    let mut sum = 0.0;
    let mut sign = 1.0;
    for k in 1..=100 {
        let k = f64::from(k);
        let term = libm::exp(-2.0 * k * k * lambda * lambda);
        sum += sign * term;
        sign = -sign;
        if term < 1e-12 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}
