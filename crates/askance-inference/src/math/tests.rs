use core::f64::consts::PI;

use super::*;

fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want}");
}

#[test]
fn beta_agrees_with_closed_forms() {
    near(beta_cdf(0.3, 1.0, 1.0), 0.3, 1e-14);
    near(beta_cdf(0.3, 2.0, 1.0), 0.09, 1e-14);
    // 1 - (1-x)^b
    near(beta_cdf(0.3, 1.0, 5.0), 1.0 - 0.16807, 1e-14);
    // Arcsine law: 2/pi asin(sqrt x).
    near(beta_cdf(0.25, 0.5, 0.5), 1.0 / 3.0, 1e-13);
    // Binomial tail: P(X >= 3), n = 10, p = 0.2.
    near(beta_cdf(0.2, 3.0, 8.0), 0.322_200_473_6, 1e-10);
    near(beta_cdf(0.5, 1e4, 1e4), 0.5, 1e-9);
}

#[test]
fn beta_quantile_undoes_its_cdf() {
    for (a, b) in [(0.5, 0.5), (3.5, 7.5), (0.5, 100.5), (2000.5, 3.5)] {
        for p in [0.025, 0.5, 0.975] {
            near(beta_cdf(beta_quantile(p, a, b), a, b), p, 1e-9);
        }
    }
    near(beta_quantile(1.0 / 3.0, 0.5, 0.5), 0.25, 1e-12);
}

#[test]
fn gamma_agrees_with_closed_forms() {
    near(gamma_cdf(1.0, 1.0), 1.0 - libm::exp(-1.0), 1e-14);
    // Chi-square with one degree of freedom at 3.841458820694124.
    near(gamma_cdf(1.920_729_410_347_062, 0.5), 0.95, 1e-12);
    // Poisson: P(N <= 4 | 10) = 1 - P(5, 10).
    near(1.0 - gamma_cdf(10.0, 5.0), 0.029_252_688_076_961_3, 1e-12);
    near(gamma_quantile(0.95, 0.5, 0.5), 3.841_458_820_694_124, 1e-9);
    near(gamma_quantile(0.5, 1e4, 2.0), 0.5 * (1e4 - 1.0 / 3.0), 0.01);
}

#[test]
fn student_and_normal() {
    near(normal_cdf(1.959_963_984_540_054), 0.975, 1e-12);
    // Cauchy.
    near(student_cdf(1.0, 1.0, 1.0), 0.75, 1e-12);
    near(student_density(0.0, 1.0, 4.0, student_centre(1.0)), 0.5 / PI, 1e-15);
    near(student_cdf(-2.228_138_851_964_939, 10.0, 1.0), 0.025, 1e-9);
    near(student_quantile_975(10.0), 2.228_138_851_964_939, 1e-9);
}

#[test]
fn student_is_one_law_however_it_is_computed() {
    for nu in [1.0, 2.0, 3.0, 8.0, 33.0, 399.0, 400.0, 401.0, 2000.0] {
        let centre = libm::exp(libm::lgamma(0.5 * (nu + 1.0)) - libm::lgamma(0.5 * nu)) / libm::sqrt(nu * PI);
        near(student_centre(nu) / centre, 1.0, 1e-12);
        for x in [-7.0, -0.3, 0.0, 0.01, 1.0, 40.0] {
            let tail = 0.5 * beta_cdf(nu / (nu + x * x / 2.0), 0.5 * nu, 0.5);
            // Next to the centre 1 - cos^2 costs the beta function half of its digits.
            near(student_cdf(x, nu, 2.0), if x > 0.0 { 1.0 - tail } else { tail }, 1e-11);
            let tails = libm::exp(-0.5 * (nu + 1.0) * libm::log1p(x * x / 2.0 / nu));
            near(student_density(x, nu, 2.0, centre), centre * tails / libm::sqrt(2.0), 1e-13);
        }
    }
}

#[test]
fn kolmogorov() {
    // The 5 % point of the limit law is 1.3581.
    near(ks_p(1.3581 / libm::sqrt(1e6), 1_000_000), 0.05, 1e-3);
    near(ks_p(0.01, 10), 1.0, 1e-12);
}

#[test]
fn sums_of_exponentials() {
    near(ln_sum([0.0, 0.0, 0.0, 0.0].into_iter()), libm::log(4.0), 1e-14);
    near(ln_sum([-1000.0, 0.0].into_iter()), 0.0, 1e-14);
    assert!(ln_sum(core::iter::empty()).is_infinite());
}

#[test]
fn exponentials_side_by_side_are_exponentials() {
    let xs = [0.0, -1e-12, -0.3, -0.35, -1.0, -17.5, -59.999, 0.0];
    for (got, x) in exps_or_zero(xs).into_iter().zip(xs) {
        near(got / libm::exp(x), 1.0, 1e-15);
    }
    assert!(exps_or_zero([-60.5, -1e300, f64::NEG_INFINITY]).iter().sum::<f64>().total_cmp(&0.0).is_eq());
}

#[test]
fn halves_go_up_and_the_rest_to_the_nearest() {
    let cases = [
        (0.0, 0.0),
        (0.2, 0.0),
        (0.499, 0.0),
        (0.5, 1.0),
        (1.5, 2.0),
        (2.5, 3.0),
        (1e12 + 0.5, 1e12 + 1.0),
        (-0.4, 0.0),
    ];
    for (x, want) in cases {
        near(nearest_whole(x), want, 1e-300);
    }
}

#[test]
fn half_powers_are_powers() {
    for halves in [0u32, 1, 2, 7, 200, 4097] {
        for x in [0.2, 0.97, 1.0] {
            near(half_powers([x], halves)[0], libm::pow(x, 0.5 * f64::from(halves)), 1e-13);
        }
    }
}

#[test]
fn a_product_and_its_logarithm_agree() {
    let factors = [1e-300, 0.5, 1e90, 1e90, 3.0, 1e-200, 1e-99];
    let mut product = LnProduct::ONE;
    let mut sum = 0.0;
    for factor in factors {
        product.times(factor);
        sum += libm::log(factor);
        near(product.ln(), sum, 1e-9);
        assert_eq!(product.exceeds_one(), sum > 0.0);
    }
    let less = LnProduct { ln: product.ln - 2.0, ..product };
    let top = LnProduct::top([less, product].into_iter());
    near(less.relative(top) / product.relative(top), libm::exp(-2.0), 1e-12);
}

#[test]
fn mixtures_hold_far_below_the_top() {
    let all = Mixable::of([
        LnProduct::ONE,
        LnProduct::new(-2001.0, core::f64::consts::E),
        LnProduct::new(-2001.0, 1.0),
        LnProduct::ZERO,
    ]);
    let mix = |weights: &[(usize, f64)]| all.ln_mix(weights.iter().copied());
    near(mix(&[(0, 0.5), (1, 0.5)]), libm::log(0.5), 1e-15);
    near(mix(&[(1, 0.5), (2, 0.5)]), -2000.0 + libm::log(0.5 * (1.0 + libm::exp(-1.0))), 1e-12);
    assert!(mix(&[(3, 1.0)]).is_infinite());
}
