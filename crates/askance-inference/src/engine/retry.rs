//! A retry loop knows its last answer: short gaps after a failure, any gap after a success.

use super::burst::LogGap;
use super::{Engine, Step, half_octaves};

/// Half-octave bins of a short gap, from one second to six minutes. Beyond that it is no loop.
const BINS: usize = 17;
/// Where bins end, in seconds: 2^(1/2), 2, ..., 2^(BINS / 2).
const ENDS_S: [f64; BINS] = half_octaves(1);
const SHORT_MAX_S: f64 = ENDS_S[BINS - 1];

/// Gaps by the answer before; says nothing where answers are not known.
///
/// Back-off doubles, adds or repeats: short gaps are coded in bins that learn, as in the
/// universal code. What tells a loop is that they are short after failures and only then.
#[derive(Debug)]
pub(crate) struct Retry {
    /// Counts of (long, short) gaps after a success and after a failure.
    kinds: [[f64; 2]; 2],
    short: [f64; BINS],
    short_total: f64,
    long: Option<LogGap>,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self { kinds: [[5.0, 0.1], [1.0, 3.0]], short: [0.5; BINS], short_total: 0.5 * BINS as f64, long: None }
    }

    /// The bin of a short gap, its lower end and its width in seconds.
    fn bin(g: f64) -> (usize, f64, f64) {
        let bin = ENDS_S.partition_point(|&end| end <= g).min(BINS - 1);
        let from = if bin == 0 { 0.0 } else { ENDS_S[bin - 1] };
        (bin, from, ENDS_S[bin] - from)
    }

    /// P(the next gap is short), given the last answer; `None` where it is not known.
    fn p_short(&self, step: &Step) -> Option<f64> {
        let [long, short] = self.kinds[usize::from(step.failed_before?)];
        Some(short / (long + short))
    }

    fn density(&self, step: &Step, p_short: f64) -> f64 {
        if step.g < SHORT_MAX_S {
            let (bin, _, width) = Self::bin(step.g);
            return p_short * self.short[bin] / self.short_total / width;
        }
        (1.0 - p_short) * self.long.map_or(step.flat, |law| law.density(libm::log(step.g), step.g))
    }
}

impl Engine for Retry {
    fn step(&mut self, step: &Step) -> f64 {
        let told = self.p_short(step).map_or(step.flat, |p_short| step.robust(self.density(step, p_short)));
        let is_short = step.g < SHORT_MAX_S;
        if let Some(failed) = step.failed_before {
            self.kinds[usize::from(failed)][usize::from(is_short)] += 1.0;
        }
        if is_short {
            self.short[Self::bin(step.g).0] += 1.0;
            self.short_total += 1.0;
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
        let Some(p_short) = self.p_short(step) else { return 0.5 };
        if step.g < SHORT_MAX_S {
            let (bin, from, width) = Self::bin(step.g);
            let below: f64 = self.short[..bin].iter().sum();
            let inside = ((step.g - from) / width).clamp(0.0, 1.0);
            return p_short * (below + self.short[bin] * inside) / self.short_total;
        }
        p_short + (1.0 - p_short) * self.long.map_or(0.5, |law| law.cdf(libm::log(step.g)))
    }
}
