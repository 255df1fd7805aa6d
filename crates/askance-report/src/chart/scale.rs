//! From values to per cent of a chart's width.

/// A linear scale; also the scale of time, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    lo: f64,
    hi: f64,
    left: f64,
    right: f64,
}

impl Linear {
    /// From `lo..hi` to the whole width.
    pub fn new(lo: f64, hi: f64) -> Self {
        Self::within(lo, hi, 0.0, 100.0)
    }

    /// From `lo..hi` to `left..right` per cent of the width.
    pub fn within(lo: f64, hi: f64, left: f64, right: f64) -> Self {
        Self { lo, hi, left, right }
    }

    /// Where `x` stands, kept inside the chart.
    pub fn at(self, x: f64) -> f64 {
        let span = self.hi - self.lo;
        let part = if span > 0.0 && x.is_finite() { ((x - self.lo) / span).clamp(0.0, 1.0) } else { 0.0 };
        self.left + part * (self.right - self.left)
    }
}

/// A logarithmic scale.
#[derive(Clone, Copy, Debug)]
pub struct Log(Linear);

impl Log {
    /// From `lo..hi`, both above zero, to the whole width.
    pub fn new(lo: f64, hi: f64) -> Self {
        Self(Linear::new(libm::log10(lo), libm::log10(hi)))
    }

    /// From `lo..hi`, both above zero, to `left..right` per cent of the width.
    pub fn within(lo: f64, hi: f64, left: f64, right: f64) -> Self {
        Self(Linear::within(libm::log10(lo), libm::log10(hi), left, right))
    }

    /// Where `x` stands, kept inside the chart; what is not above zero stands at the left end.
    pub fn at(self, x: f64) -> f64 {
        if x > 0.0 { self.0.at(libm::log10(x)) } else { self.0.left }
    }
}

/// The next of 1, 2, 2.5, 5 times a power of ten at or above `x`; 1 where `x` is not above zero.
pub fn nice_ceiling(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 || x.is_infinite() {
        return 1.0;
    }
    let unit = libm::exp10(libm::log10(x).floor());
    // A hair's breadth of rounding must not jump to the next step.
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * unit).find(|c| *c >= x * (1.0 - 1e-9)).unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: impl IntoIterator<Item = f64>, expected: &[f64]) {
        let found: Vec<f64> = found.into_iter().collect();
        assert_eq!(format!("{found:.9?}"), format!("{expected:.9?}"));
    }

    #[test]
    fn a_value_outside_the_axis_stays_inside_the_chart() {
        let scale = Linear::within(0.0, 10.0, 10.0, 90.0);
        let xs = [-5.0, 0.0, 5.0, 10.0, 99.0, f64::NAN];
        check(xs.map(|x| scale.at(x)), &[10.0, 10.0, 50.0, 90.0, 90.0, 10.0]);
        check([Linear::new(3.0, 3.0).at(3.0)], &[0.0]);
        check([0.0, 1.0, 10.0, 1e9].map(|x| Log::new(1.0, 100.0).at(x)), &[0.0, 0.0, 50.0, 100.0]);
    }

    #[test]
    fn axes_end_on_round_numbers() {
        check([0.0, 0.3, 1.0, 7.0, 23.0, 1000.0].map(nice_ceiling), &[1.0, 0.5, 1.0, 10.0, 25.0, 1000.0]);
    }
}
