//! Special functions, the same bits on every platform.

mod student;
#[cfg(test)]
mod tests;

use core::f64::consts::LN_10;

pub(crate) use student::{student_cdf, student_centre, student_density, student_quantile_975};

/// e^x for densities that are mixed with a floor: below e^-60 it is zero, which skips the slow path
/// of subnormal results.
pub(crate) fn exp_or_zero(x: f64) -> f64 {
    if x < -60.0 { 0.0 } else { libm::exp(x) }
}

/// The same of many at once, none above zero: without branches, so that they are computed side by side.
///
/// Source: e^x = 2^k e^r with |r| <= ln 2 / 2, and Taylor's series of e^r up to r^13, whose rest is below 2^-57.
#[inline]
pub(crate) fn exps_or_zero<const K: usize>(mut xs: [f64; K]) -> [f64; K] {
    /// Adding it leaves a whole number in the low bits: 1.5 times 2^52.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    /// 1 / k! for k = 12 down to 0.
    const INVERSES: [f64; 13] = inverse_factorials();
    for x in &mut xs {
        let within = if *x < -60.0 { -60.0 } else { *x };
        let shifted = within * core::f64::consts::LOG2_E + WHOLE;
        let k = shifted - WHOLE;
        // ln 2 in two parts: k times the first is exact.
        let r = (within - k * 0.693_147_180_369_123_8) - k * 1.908_214_929_270_587_7e-10;
        let series = INVERSES.iter().fold(INVERSES[0] / 13.0, |sum, inverse| sum * r + inverse);
        let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
        *x = if *x < -60.0 { 0.0 } else { series * scale };
    }
    xs
}

/// 1 / 12!, 1 / 11!, ..., 1 / 0!
const fn inverse_factorials() -> [f64; 13] {
    let mut out = [1.0; 13];
    let mut k = 1;
    while k < 13 {
        out[12 - k] = out[13 - k] / k as f64;
        k += 1;
    }
    out
}

/// ln of the sum of e^x; minus infinity for nothing.
pub(crate) fn ln_sum(xs: impl Iterator<Item = f64>) -> f64 {
    let (mut top, mut sum) = (f64::NEG_INFINITY, 0.0);
    for x in xs {
        if x > top {
            sum = sum * exp_or_zero(top - x) + 1.0;
            top = x;
        } else if x != f64::NEG_INFINITY {
            sum += exp_or_zero(x - top);
        }
    }
    top + libm::log(sum)
}

/// Mixtures of the same products under many weightings.
pub(crate) struct Mixable<const K: usize> {
    products: [LnProduct; K],
    top: f64,
    /// Products over e^top.
    relative: [f64; K],
}

impl<const K: usize> Mixable<K> {
    pub(crate) fn of(products: [LnProduct; K]) -> Self {
        let top = LnProduct::top(products.iter().copied());
        Self { products, top, relative: products.map(|product| product.relative(top)) }
    }

    /// ln of the sum of w times the product over (position, w).
    pub(crate) fn ln_mix(&self, weights: impl Iterator<Item = (usize, f64)> + Clone) -> f64 {
        let sum: f64 = weights.clone().map(|(k, w)| w * self.relative[k]).sum();
        if sum > 1e-180 {
            return self.top + libm::log(sum);
        }
        // So far below the top that only logarithms can tell.
        ln_sum(weights.map(|(k, w)| libm::log(w) + self.products[k].ln()))
    }
}

/// A product of many factors, of which the logarithm is wanted now and then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LnProduct {
    ln: f64,
    /// Factors not yet in `ln`, within e^[`PENDING`](Self::PENDING) of one.
    pending: f64,
}

impl LnProduct {
    pub(crate) const ONE: Self = Self { ln: 0.0, pending: 1.0 };
    pub(crate) const ZERO: Self = Self { ln: f64::NEG_INFINITY, pending: 1.0 };
    const PENDING: f64 = 230.0;

    /// e^`ln` times `factor`.
    pub(crate) fn new(ln: f64, factor: f64) -> Self {
        let mut product = Self { ln, pending: 1.0 };
        product.times(factor);
        product
    }

    /// Multiplies by a positive factor.
    pub(crate) fn times(&mut self, factor: f64) {
        let product = self.pending * factor;
        if (1e-100..1e100).contains(&product) {
            self.pending = product;
        } else {
            self.ln += libm::log(self.pending) + libm::log(factor);
            self.pending = 1.0;
        }
    }

    pub(crate) fn ln(&self) -> f64 {
        self.ln + libm::log(self.pending)
    }

    pub(crate) fn exceeds_one(&self) -> bool {
        match self.ln.abs() {
            0.0 => self.pending > 1.0,
            far if far > Self::PENDING + 1.0 => self.ln > 0.0,
            _ => self.ln() > 0.0,
        }
    }

    /// Where [`relative`](Self::relative) may start from: the greatest of several, within e^230.
    pub(crate) fn top(products: impl Iterator<Item = Self>) -> f64 {
        products.fold(f64::NEG_INFINITY, |top, product| top.max(product.ln))
    }

    /// The product over e^`top`; zero where it lies 500 nats below the greatest.
    pub(crate) fn relative(self, top: f64) -> f64 {
        if self.ln < top { self.pending * libm::exp(self.ln - top) } else { self.pending }
    }
}

/// x^(halves / 2) of each x, by squaring.
///
/// Laws that count have such exponents. It takes a few products where a logarithm and an exponential take
/// forty; their rounding errors add up to less than `halves` units in the last place.
#[inline]
pub(crate) fn half_powers<const K: usize>(mut x: [f64; K], halves: u32) -> [f64; K] {
    let mut powers = [1.0; K];
    if halves & 1 == 1 {
        powers.iter_mut().zip(&x).for_each(|(power, x)| *power = x.sqrt());
    }
    let mut left = halves >> 1;
    while left > 0 {
        if left & 1 == 1 {
            powers.iter_mut().zip(&x).for_each(|(power, x)| *power *= x);
        }
        left >>= 1;
        for x in &mut x {
            *x *= *x;
        }
    }
    powers
}

/// The whole number nearest to a positive one below 2^51, halves up; without branches.
#[inline]
pub(crate) fn nearest_whole(x: f64) -> f64 {
    /// 2^52: beyond it there are no fractions.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let least = x + 0.5;
    let near = (least + WHOLE) - WHOLE;
    (if near > least { near - 1.0 } else { near }).max(0.0)
}

/// Nats to bans (log10).
pub(crate) fn bans(nats: f64) -> f64 {
    nats / LN_10
}

/// ln B(a, b).
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// ln of n choose k.
pub(crate) fn ln_choose(n: f64, k: f64) -> f64 {
    -libm::log1p(n) - ln_beta(k + 1.0, n - k + 1.0)
}

/// Standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / core::f64::consts::SQRT_2)
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
pub fn gamma_cdf(x: f64, a: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    gamma_cdf_given(x, a, libm::lgamma(a))
}

/// The same, given ln Gamma(`a`).
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn gamma_cdf_given(x: f64, a: f64, ln_gamma: f64) -> f64 {
    let ln_front = a * libm::log(x) - x - ln_gamma;
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
///
/// Newton's steps on the distribution function, kept inside a bracket.
pub fn gamma_quantile(p: f64, a: f64, rate: f64) -> f64 {
    let ln_gamma = libm::lgamma(a);
    let cdf = |x: f64| gamma_cdf_given(x, a, ln_gamma);
    let (mut low, mut high) = (0.0, a + 10.0 * libm::sqrt(a) + 10.0);
    while cdf(high) < p && high < 1e300 {
        high *= 2.0;
    }
    let mut x = a.min(0.5 * high);
    for _ in 0..200 {
        let off = cdf(x) - p;
        if off < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - off / libm::exp((a - 1.0) * libm::log(x) - x - ln_gamma);
        let next = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-15 * x {
            break;
        }
        x = next;
    }
    x / rate
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
pub fn ks_p(d: f64, n: usize) -> f64 {
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
