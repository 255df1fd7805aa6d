//! Timing engines: closed-form predictive densities of the next session start.
//!
//! Every engine predicts the next gap from the past, is scored, then learns it
//! (prequential). Each expert inside is mixed with [`EPSILON`] of a log-uniform
//! density, so that one odd gap costs a bounded amount. The first gap after a hole
//! is not scored. Cost: O(1) a session for all but the mail template engine, which
//! looks back over at most [`mta::LOOKBACK`] sessions.

pub(crate) mod atoms;
pub(crate) mod burst;
pub(crate) mod clock;
pub(crate) mod excite;
pub(crate) mod fade;
pub(crate) mod human;
pub(crate) mod mta;
pub(crate) mod object;
pub(crate) mod poisson;
pub(crate) mod rates;
pub(crate) mod retry;
pub(crate) mod universal;
pub(crate) mod walk;

pub(crate) use human::week_rates;

/// Share of the log-uniform density in every expert. A starting value.
pub(crate) const EPSILON: f64 = 0.02;
/// Share of an expert's weight that is spread over all at each step: clocks change, people travel.
const FIXED_SHARE: f64 = 0.001;

/// 2^(k/2) for `N` successive k.
const fn half_octaves<const N: usize>(first: i32) -> [f64; N] {
    let mut out = [0.0; N];
    let (mut at, mut k) = (0, first);
    while at < N {
        let mut power = if k.rem_euclid(2) == 1 { core::f64::consts::SQRT_2 } else { 1.0 };
        let mut octaves = k.div_euclid(2);
        while octaves != 0 {
            power *= if octaves > 0 { 2.0 } else { 0.5 };
            octaves -= octaves.signum();
        }
        out[at] = power;
        (at, k) = (at + 1, k + 1);
    }
    out
}

/// What an engine may know when it predicts a gap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Seconds since the first session.
    pub(crate) t: f64,
    /// Seconds since the session before, positive.
    pub(crate) g: f64,
    /// Hours since a Monday 00:00 UTC.
    pub(crate) hour: f64,
    /// Seconds since the start of the session before last, and the fourth before; infinite if none.
    pub(crate) back2: f64,
    pub(crate) back4: f64,
    /// Seconds since the last session that began with the same role; infinite if none.
    pub(crate) role_back: f64,
    /// Log-uniform density of `g`.
    pub(crate) flat: f64,
    /// Dead time that a cache in between imposes, as far as the past shows, seconds.
    pub(crate) dead: f64,
    /// Whether the last known answer of the session before was a failure.
    pub(crate) failed_before: Option<bool>,
    /// Width of one step of the stamps, seconds.
    pub(crate) grain: f64,
}

impl Step {
    /// Seconds of the gap in which a lookup was possible, given dead time `dead`.
    pub(crate) fn alive(&self, dead: f64) -> f64 {
        let since_dead = self.role_back - dead;
        since_dead.min(self.g)
    }

    /// The same given the dead time that the past shows; beyond one never below about a second, which clocks and
    /// stamps cannot tell: else what comes just as it ends, each time, has an unbounded density.
    pub(crate) fn open(&self) -> f64 {
        let alive = self.alive(self.dead).max(0.0);
        if self.dead > 0.0 { alive + 0.7 + self.grain } else { alive }
    }

    /// How much earlier than the end of its dead time a lookup may be stamped, seconds.
    pub(crate) fn slack(&self) -> f64 {
        1.0 + self.grain
    }

    /// A density mixed with the robust share.
    pub(crate) fn robust(&self, density: f64) -> f64 {
        (1.0 - EPSILON) * density + EPSILON * self.flat
    }
}

/// A family of timing models with a prior over its parameters.
pub(crate) trait Engine {
    /// The predictive density of the gap, per second; then learns it.
    fn step(&mut self, step: &Step) -> f64;

    /// A session at the far end of a hole: nothing is scored, positions are moved.
    fn skip(&mut self, _step: &Step) {}

    /// P(gap <= `step.g`) under the prediction, before `step` is learned.
    fn cdf(&self, step: &Step) -> f64;
}

/// Weights of experts, moved by Bayes' rule with a fixed share.
#[derive(Clone, Debug)]
pub(crate) struct Weights<const K: usize> {
    pub(crate) w: [f64; K],
    used: usize,
}

impl<const K: usize> Weights<K> {
    pub(crate) fn even(used: usize) -> Self {
        assert!(used > 0 && used <= K, "experts must fit their array");
        let mut w = [0.0; K];
        w[..used].fill(1.0 / used as f64);
        Self { w, used }
    }

    /// Predictive density of the mixture; moves the weights.
    pub(crate) fn mix(&mut self, densities: &[f64; K]) -> f64 {
        let used = self.used;
        let mut total = 0.0;
        for (w, f) in self.w[..used].iter_mut().zip(densities) {
            *w *= f;
            total += *w;
        }
        let (keep, share) = ((1.0 - FIXED_SHARE) / total, FIXED_SHARE / used as f64);
        if !(total > 0.0 && total.is_finite() && keep.is_finite()) {
            *self = Self::even(used);
            return f64::MIN_POSITIVE;
        }
        for w in &mut self.w[..used] {
            *w = *w * keep + share;
        }
        total
    }

    pub(crate) fn average(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.w[..self.used].iter().enumerate().map(|(k, w)| w * of(k)).sum()
    }

    /// The expert of the greatest weight; the first of equals.
    pub(crate) fn best(&self) -> usize {
        let mut best = 0;
        for (k, w) in self.w[..self.used].iter().enumerate() {
            if *w > self.w[best] {
                best = k;
            }
        }
        best
    }
}
