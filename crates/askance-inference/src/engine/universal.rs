//! M0: a code that fits any gaps, slowly. What does not beat it explains nothing.

use crate::state::log_gap_bin;

use super::{Engine, Step, half_octaves};

const BINS: usize = 42;
/// Where bins begin, in seconds; the last ends at 64 days.
const FROM_S: [f64; 54] = half_octaves(-8);

/// The Krichevsky-Trofimov code on half-octave bins of the gap, uniform inside a bin.
#[derive(Debug)]
pub(crate) struct Universal {
    counts: [f64; BINS],
    total: f64,
}

impl Universal {
    /// - `pooled`: gap histogram of the data set; worth 20 pseudo-counts
    pub(crate) fn new(pooled: Option<&[u32; BINS]>) -> Self {
        let mut counts = [0.25; BINS];
        if let Some(pooled) = pooled {
            let all: f64 = pooled.iter().map(|&c| f64::from(c)).sum();
            for (count, &c) in counts.iter_mut().zip(pooled) {
                *count += 20.0 * f64::from(c) / all.max(1.0);
            }
        }
        let total = counts.iter().sum();
        Self { counts, total }
    }
}

impl Engine for Universal {
    fn step(&mut self, step: &Step) -> f64 {
        let bin = log_gap_bin(step.g);
        let (from, to) = ends(bin);
        let f = self.counts[bin] / self.total / (to - from);
        self.counts[bin] += 1.0;
        self.total += 1.0;
        f
    }

    fn cdf(&self, step: &Step) -> f64 {
        let bin = log_gap_bin(step.g);
        let (from, to) = ends(bin);
        let below: f64 = self.counts[..bin].iter().sum();
        (below + self.counts[bin] * ((step.g - from) / (to - from)).clamp(0.0, 1.0)) / self.total
    }
}

/// Lower and upper end of a bin, in seconds.
fn ends(bin: usize) -> (f64, f64) {
    match bin {
        0 => (0.0, FROM_S[1]),
        41 => (FROM_S[41], FROM_S[53]),
        k => (FROM_S[k], FROM_S[k + 1]),
    }
}
