//! A retry loop knows its last answer: short gaps after a failure, any gap after a success.

use crate::math::{exp_or_zero, ln_student, student_cdf};

use super::burst::{LogGap, SPREAD2_MIN};
use super::{Engine, Step};

/// Half-octave bins of a short gap, from one second to six minutes. Beyond that it is no loop.
const BINS: usize = 17;
/// The end of the last bin: 2^(BINS / 2) seconds.
const SHORT_MAX_S: f64 = 362.038_671_967_512_4;

/// Gaps by the answer before; says nothing where answers are not known.
///
/// Back-off doubles, adds or repeats: short gaps are coded in bins that learn, as in the
/// universal code. What tells a loop is that they are short after failures and only then.
#[derive(Debug)]
pub(crate) struct Retry {
    /// Counts of (long, short) gaps after a success and after a failure.
    kinds: [[f64; 2]; 2],
    short: [f64; BINS],
    long: Option<LogGap>,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self { kinds: [[5.0, 0.1], [1.0, 3.0]], short: [0.5; BINS], long: None }
    }

    /// (density, distribution) of a short gap.
    fn short(&self, g: f64) -> (f64, f64) {
        let total: f64 = self.short.iter().sum();
        let bin = bin(g);
        let (from, to) = (edge(bin), edge(bin + 1));
        let below: f64 = self.short[..bin].iter().sum();
        let inside = ((g - from) / (to - from)).clamp(0.0, 1.0);
        (self.short[bin] / total / (to - from), (below + self.short[bin] * inside) / total)
    }

    /// (density, distribution) of the next gap given the last answer; `None` where it is not known.
    fn told(&self, step: &Step) -> Option<(f64, f64)> {
        let [long, short] = self.kinds[usize::from(step.failed_before?)];
        let p_short = short / (long + short);
        if step.g < SHORT_MAX_S {
            let (density, below) = self.short(step.g);
            return Some((p_short * density, p_short * below));
        }
        let (density, below) = self.long.map_or((step.flat, 0.5), |law| {
            let (nu, scale2) = law.spread(SPREAD2_MIN);
            let x = libm::log(step.g) - law.mean;
            (exp_or_zero(ln_student(x, nu, scale2)) / step.g, student_cdf(x, nu, scale2))
        });
        Some(((1.0 - p_short) * density, p_short + (1.0 - p_short) * below))
    }
}

fn bin(g: f64) -> usize {
    let bin = (2.0 * libm::log2(g.max(1.0))).floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and clamped")]
    let bin = (bin as usize).min(BINS - 1);
    bin
}

fn edge(bin: usize) -> f64 {
    if bin == 0 { 0.0 } else { libm::exp2(0.5 * bin as f64) }
}

impl Engine for Retry {
    fn step(&mut self, step: &Step) -> f64 {
        let told = self.told(step).map_or(step.flat, |(density, _)| step.robust(density));
        let is_short = step.g < SHORT_MAX_S;
        if let Some(failed) = step.failed_before {
            self.kinds[usize::from(failed)][usize::from(is_short)] += 1.0;
        }
        if is_short {
            self.short[bin(step.g)] += 1.0;
        } else {
            let x = libm::log(step.g);
            match &mut self.long {
                Some(law) => law.learn(x),
                None => self.long = Some(LogGap::first(x)),
            }
        }
        told
    }

    fn cdf(&self, step: &Step) -> f64 {
        self.told(step).map_or(0.5, |(_, below)| below)
    }
}
