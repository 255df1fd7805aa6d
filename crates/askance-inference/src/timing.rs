//! The timing engines, stepped together, and which of them each mechanism mixes.

use crate::engine::burst::Burst;
use crate::engine::clock::Clock;
use crate::engine::excite::Excite;
use crate::engine::fade::{Fade, Kind};
use crate::engine::human::Human;
use crate::engine::mta::Mta;
use crate::engine::object::Object;
use crate::engine::poisson::{Poisson, Refresh};
use crate::engine::retry::Retry;
use crate::engine::universal::Universal;
use crate::engine::walk::Walk;
use crate::engine::{Engine, Step};
use crate::math::ln_sum;
use crate::mechanism::MechanismId as M;

/// How many timing engines there are.
pub(crate) const ENGINES: usize = 16;

/// A timing engine, by its position in [`Timing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Poisson,
    Refresh,
    Human,
    Burst,
    /// The same beyond a cache's dead time.
    BurstCached,
    Clock,
    Walk,
    Loop,
    Object,
    Excite,
    Retry,
    Mta,
    Publicity,
    Zombie,
    Universal,
    /// Refresh where a cache stands in between: a regular client that is faster than the TTL.
    RefreshBehind,
}

/// What a mail connection's arrival may look like: campaigns, people, retries of the sender, jobs.
const MAIL: &[(Shape, f64)] = &[
    (Shape::RefreshBehind, 0.18),
    (Shape::BurstCached, 0.1),
    (Shape::Burst, 0.14),
    (Shape::Excite, 0.08),
    (Shape::Poisson, 0.12),
    (Shape::Human, 0.15),
    (Shape::Mta, 0.1),
    (Shape::Clock, 0.06),
    (Shape::Walk, 0.02),
    // Mail comes as it comes.
    (Shape::Universal, 0.05),
];

/// Deliveries begin as messages come, and go on along a schedule or a queue runner's clock.
const DELIVERY: &[(Shape, f64)] = &[
    (Shape::Mta, 0.4),
    (Shape::Clock, 0.09),
    (Shape::Burst, 0.07),
    (Shape::Excite, 0.08),
    (Shape::Poisson, 0.07),
    (Shape::Human, 0.13),
    (Shape::RefreshBehind, 0.07),
    (Shape::BurstCached, 0.05),
    (Shape::Universal, 0.04),
];

const POLL: &[(Shape, f64)] = &[
    (Shape::Clock, 0.4),
    (Shape::Walk, 0.28),
    (Shape::Loop, 0.17),
    // A poll faster than the TTL, seen behind the cache.
    (Shape::RefreshBehind, 0.1),
    (Shape::BurstCached, 0.05),
];

const HUMAN: &[(Shape, f64)] = &[
    (Shape::Human, 0.45),
    (Shape::Burst, 0.15),
    (Shape::Excite, 0.05),
    (Shape::BurstCached, 0.1),
    (Shape::RefreshBehind, 0.15),
    (Shape::Poisson, 0.1),
];

/// A search list adds to whatever asks.
const SUFFIX: &[(Shape, f64)] = &[
    (Shape::Burst, 0.2),
    (Shape::Excite, 0.1),
    (Shape::Human, 0.2),
    (Shape::Poisson, 0.2),
    (Shape::RefreshBehind, 0.1),
    (Shape::Walk, 0.1),
    (Shape::Clock, 0.1),
];

/// A pass through an archive every so often, by the clock or after a pause.
const RESCAN: &[(Shape, f64)] =
    &[(Shape::Excite, 0.3), (Shape::Burst, 0.2), (Shape::Clock, 0.25), (Shape::Walk, 0.15), (Shape::Poisson, 0.1)];

/// A site comes round again after about as long as the last time, or when the queue gets to it.
const CRAWLER: &[(Shape, f64)] =
    &[(Shape::Poisson, 0.35), (Shape::Burst, 0.2), (Shape::Walk, 0.25), (Shape::Clock, 0.1), (Shape::Universal, 0.1)];

/// Whatever was replayed, its gaps come again; old ones fade.
const REPLAY: &[(Shape, f64)] = &[
    (Shape::Zombie, 0.35),
    (Shape::Human, 0.2),
    (Shape::Poisson, 0.15),
    (Shape::Burst, 0.15),
    (Shape::Excite, 0.1),
    (Shape::Universal, 0.05),
];

/// The timing of a mechanism: a mixture of engines. Starting values.
pub(crate) fn timing(m: M) -> &'static [(Shape, f64)] {
    match m {
        M::SenderVerification | M::MailAuthentication => MAIL,
        M::DeliveryRetry => DELIVERY,
        M::CacheRefresh => &[(Shape::Refresh, 0.7), (Shape::BurstCached, 0.3)],
        M::ScheduledPoll => POLL,
        // Where the resolver serves the last second of a TTL, an object asks twice in a row: at its floor, and a TTL later.
        M::FirewallObject => &[(Shape::Object, 0.6), (Shape::Refresh, 0.25), (Shape::Walk, 0.15)],
        M::HumanUse => HUMAN,
        M::StoredMailRescan => RESCAN,
        M::Crawler => CRAWLER,
        // Behind a cache, negative answers hide all but the first try of each run.
        M::RetryLoop => {
            &[
                (Shape::Retry, 0.5),
                (Shape::Excite, 0.15),
                (Shape::RefreshBehind, 0.1),
                (Shape::BurstCached, 0.05),
                // A loop that has reached its longest delay.
                (Shape::Walk, 0.12),
                (Shape::Loop, 0.08),
            ]
        }
        M::SearchSuffixLeak => SUFFIX,
        M::Replay => REPLAY,
        M::Publicity => &[(Shape::Publicity, 1.0)],
        // The rest is for what no engine here says about an implant: never ahead of a sleep loop.
        M::Beacon => &[(Shape::Walk, 0.4), (Shape::RefreshBehind, 0.1), (Shape::BurstCached, 0.05)],
        M::Tunnel => &[(Shape::Excite, 0.6), (Shape::Universal, 0.4)],
        M::TimingChannel | M::None => &[(Shape::Universal, 1.0)],
    }
}

/// ln of a mechanism's mixture of engines, each one's score divided by `tau` before it is mixed.
///
/// - `tied`: ln of the belief that a refresh with one of its periods is tied to the TTL
pub(crate) fn ln_engines(m: M, ln: &[f64; ENGINES], tied: f64, tau: f64) -> f64 {
    let tied = |shape: Shape| if shape == Shape::Object { tied } else { 0.0 };
    let of = |&(shape, weight): &(Shape, f64)| libm::log(weight) + tied(shape) + ln[shape as usize] / tau;
    ln_sum(timing(m).iter().map(of))
}

/// All engines, stepped together.
#[derive(Debug)]
pub(crate) struct Timing {
    poisson: Poisson,
    pub(crate) refresh: Refresh,
    pub(crate) human: Human,
    burst: Burst,
    burst_cached: Burst,
    pub(crate) clock: Clock,
    pub(crate) walk: Walk,
    common: Object,
    object: Object,
    excite: Excite,
    retry: Retry,
    mta: Mta,
    publicity: Fade,
    zombie: Fade,
    universal: Universal,
    behind_cache: bool,
    /// ln of the belief that a refresh with one of its periods is tied to the TTL.
    ln_tied: f64,
    pub(crate) ln: [f64; ENGINES],
}

impl Timing {
    pub(crate) fn new(behind_cache: bool, ttl_s: Option<u32>, published_s: f64, pooled: Option<&[u32; 42]>) -> Self {
        Self {
            poisson: Poisson::default(),
            refresh: Refresh::new(ttl_s),
            human: Human::new(),
            burst: Burst::new(false),
            burst_cached: Burst::new(true),
            clock: Clock::new(),
            walk: Walk::new(),
            common: Object::new(None),
            object: Object::new(ttl_s),
            excite: Excite::new(),
            retry: Retry::new(),
            mta: Mta::new(),
            publicity: Fade::new(Kind::Publicity, published_s),
            zombie: Fade::new(Kind::Zombie, 0.0),
            universal: Universal::new(pooled),
            behind_cache,
            // Without the TTL nothing ties a refresh to it: common periods get a twentieth of the belief.
            ln_tied: if ttl_s.is_some() { 0.0 } else { libm::log(0.05) },
            ln: [0.0; ENGINES],
        }
    }

    /// The engines in the order of [`Shape`], without the one that is a copy.
    fn engines(&mut self) -> [&mut dyn Engine; ENGINES - 1] {
        [
            &mut self.poisson,
            &mut self.refresh,
            &mut self.human,
            &mut self.burst,
            &mut self.burst_cached,
            &mut self.clock,
            &mut self.walk,
            &mut self.common,
            &mut self.object,
            &mut self.excite,
            &mut self.retry,
            &mut self.mta,
            &mut self.publicity,
            &mut self.zombie,
            &mut self.universal,
        ]
    }

    pub(crate) fn skip(&mut self, step: &Step) {
        for engine in self.engines() {
            engine.skip(step);
        }
    }

    /// Scores and learns a gap, with the engines that are `wanted`.
    pub(crate) fn step(&mut self, step: &Step, wanted: &[bool; ENGINES]) {
        let mut ln = self.ln;
        for ((sum, engine), _) in ln.iter_mut().zip(self.engines()).zip(wanted).filter(|(_, wanted)| **wanted) {
            *sum += libm::log(engine.step(step).max(f64::MIN_POSITIVE));
        }
        let copy = ln[Shape::Refresh as usize];
        ln[Shape::RefreshBehind as usize] = if self.behind_cache { copy } else { f64::NEG_INFINITY };
        self.ln = ln;
    }

    pub(crate) fn cdf(&mut self, shape: Shape, step: &Step) -> f64 {
        let shape = if shape == Shape::RefreshBehind { Shape::Refresh } else { shape };
        self.engines()[shape as usize].cdf(step)
    }

    /// ln of a mechanism's mixture.
    pub(crate) fn ln_of(&self, m: M) -> f64 {
        ln_engines(m, &self.ln, self.ln_tied, 1.0)
    }

    /// ln of the belief that a refresh with one of its periods is tied to the TTL.
    pub(crate) const fn ln_tied(&self) -> f64 {
        self.ln_tied
    }

    /// The engine that carries a mechanism's score.
    pub(crate) fn carrier(&self, m: M) -> Shape {
        let mut best = timing(m)[0];
        let value = |(shape, weight): (Shape, f64)| libm::log(weight) + self.ln[shape as usize];
        for &entry in timing(m) {
            if value(entry) > value(best) {
                best = entry;
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timings_are_at_most_a_distribution() {
        for m in M::ALL {
            let sum: f64 = timing(m).iter().map(|t| t.1).sum();
            let want = if m == M::Beacon { 0.55 } else { 1.0 };
            assert!((sum - want).abs() < 1e-9, "{m}: {sum}");
        }
    }
}
