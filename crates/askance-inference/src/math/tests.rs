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
    near(ln_student(0.0, 1.0, 1.0), -libm::log(PI), 1e-12);
    near(student_cdf(-2.228_138_851_964_939, 10.0, 1.0), 0.025, 1e-9);
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
    near(ln_add(-1000.0, 0.0), 0.0, 1e-14);
    assert!(ln_sum(core::iter::empty()).is_infinite());
}
