//! The timing engines, stepped together, and which of them each mechanism mixes.

use crate::engine::atoms::Atoms;
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
use crate::engine::walk::{Jitter, Walk};
use crate::engine::{Engine, Step};
use crate::math::{LnProduct, Mixable};
use crate::mechanism::{MECHANISMS, MechanismId as M};

/// Belief that a refresh with a common period is tied to the TTL, where that is not known.
const UNTIED: f64 = 0.05;

/// How many timing engines there are.
pub const ENGINES: usize = 18;

/// Their names in the calibration file, in the order of [`Shape`].
pub(crate) const ENGINE_NAMES: [&str; ENGINES] = [
    "poisson",
    "refresh",
    "human",
    "burst",
    "burst-cached",
    "clock",
    "walk",
    "jitter",
    "loop",
    "object",
    "excite",
    "retry",
    "mta",
    "publicity",
    "zombie",
    "atoms",
    "universal",
    "refresh-behind",
];

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
    /// A sleep drawn anew each time.
    Jitter,
    Loop,
    Object,
    Excite,
    Retry,
    Mta,
    Publicity,
    Zombie,
    /// A few sizes of gaps, freely drawn.
    Atoms,
    Universal,
    /// Refresh where a cache stands in between: a regular client that is faster than the TTL.
    RefreshBehind,
}

impl Shape {
    /// All shapes, in the order of their declaration.
    const ALL: [Self; ENGINES] = [
        Self::Poisson,
        Self::Refresh,
        Self::Human,
        Self::Burst,
        Self::BurstCached,
        Self::Clock,
        Self::Walk,
        Self::Jitter,
        Self::Loop,
        Self::Object,
        Self::Excite,
        Self::Retry,
        Self::Mta,
        Self::Publicity,
        Self::Zombie,
        Self::Atoms,
        Self::Universal,
        Self::RefreshBehind,
    ];
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
    (Shape::Universal, 0.02),
    (Shape::Atoms, 0.02),
];

const POLL: &[(Shape, f64)] = &[
    (Shape::Clock, 0.35),
    (Shape::Walk, 0.2),
    // Schedulers draw delays so that not all clients come at once.
    (Shape::Jitter, 0.12),
    // A pause of its own after a failure, say.
    (Shape::Atoms, 0.02),
    (Shape::Loop, 0.16),
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
const RESCAN: &[(Shape, f64)] = &[
    (Shape::Excite, 0.25),
    (Shape::Burst, 0.2),
    (Shape::Clock, 0.2),
    (Shape::Walk, 0.1),
    (Shape::Loop, 0.1),
    (Shape::Jitter, 0.05),
    (Shape::Poisson, 0.1),
];

/// A site comes round again after about as long as the last time, or when the queue gets to it.
const CRAWLER: &[(Shape, f64)] = &[
    (Shape::Poisson, 0.3),
    (Shape::Burst, 0.2),
    (Shape::Walk, 0.1),
    (Shape::Loop, 0.07),
    (Shape::Jitter, 0.13),
    (Shape::Clock, 0.1),
    (Shape::Universal, 0.1),
];

/// Whatever was replayed, its gaps come again; old ones fade.
const REPLAY: &[(Shape, f64)] = &[
    (Shape::Zombie, 0.35),
    (Shape::Human, 0.2),
    (Shape::Poisson, 0.15),
    (Shape::Burst, 0.15),
    (Shape::Excite, 0.1),
    (Shape::Universal, 0.05),
];

/// Whatever is sent through it, and its own polling in between: the names decide, not the timing.
const TUNNEL: &[(Shape, f64)] = &[
    (Shape::Excite, 0.2),
    (Shape::Universal, 0.15),
    (Shape::Burst, 0.1),
    (Shape::Poisson, 0.1),
    (Shape::Walk, 0.08),
    (Shape::Jitter, 0.04),
    (Shape::Loop, 0.04),
    (Shape::Clock, 0.04),
    (Shape::Atoms, 0.04),
    (Shape::Human, 0.04),
    (Shape::Retry, 0.04),
    (Shape::Mta, 0.04),
    (Shape::Refresh, 0.04),
    (Shape::BurstCached, 0.03),
    (Shape::Zombie, 0.02),
];

/// The timing of a mechanism: a mixture of engines. Starting values.
pub(crate) fn timing(m: M) -> &'static [(Shape, f64)] {
    match m {
        M::SenderVerification | M::MailAuthentication => MAIL,
        M::DeliveryRetry => DELIVERY,
        // Steady demand makes even steps of it: the next poll after the TTL, always as late or in two sizes.
        M::CacheRefresh => {
            &[(Shape::Refresh, 0.5), (Shape::BurstCached, 0.2), (Shape::Object, 0.25), (Shape::Atoms, 0.05)]
        }
        M::ScheduledPoll => POLL,
        // Where the resolver serves the last second of a TTL, an object asks twice in a row: at its floor, and a TTL later.
        M::FirewallObject => &[
            (Shape::Object, 0.43),
            (Shape::Refresh, 0.3),
            (Shape::Walk, 0.14),
            (Shape::Loop, 0.08),
            (Shape::Atoms, 0.05),
        ],
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
                (Shape::Walk, 0.1),
                (Shape::Loop, 0.05),
                (Shape::Atoms, 0.05),
            ]
        }
        M::SearchSuffixLeak => SUFFIX,
        M::Replay => REPLAY,
        M::Publicity => &[(Shape::Publicity, 1.0)],
        // The rest is for what no engine here says about an implant: never ahead of a plain sleep loop.
        M::Beacon => {
            &[
                (Shape::Jitter, 0.35),
                (Shape::Walk, 0.05),
                // Behind a cache it leaves what any poll leaves.
                (Shape::Loop, 0.08),
                (Shape::Atoms, 0.02),
                (Shape::RefreshBehind, 0.2),
                (Shape::BurstCached, 0.05),
            ]
        }
        M::Tunnel => TUNNEL,
        // A code in multiples of one tick is also a poll that leaves ticks out at random.
        M::TimingChannel => &[(Shape::Atoms, 0.7), (Shape::Universal, 0.1), (Shape::Clock, 0.1), (Shape::Loop, 0.1)],
        M::None => &[(Shape::Universal, 1.0)],
    }
}

/// [`timing`] as a table.
pub(crate) fn declared() -> [[f64; ENGINES]; MECHANISMS] {
    let mut table = [[0.0; ENGINES]; MECHANISMS];
    for m in M::ALL {
        for &(shape, weight) in timing(m) {
            table[m.index()][shape as usize] = weight;
        }
    }
    table
}

/// Each shape's score divided by `tau`.
///
/// - `ln_tied`: ln of the belief that a refresh with one of its periods is tied to the TTL: belief is not tempered
pub(crate) fn tempered(ln: &[f64; ENGINES], ln_tied: f64, tau: f64) -> [f64; ENGINES] {
    let belief = |shape: Shape| if shape == Shape::Object { ln_tied } else { 0.0 };
    Shape::ALL.map(|shape| belief(shape) + ln[shape as usize] / tau)
}

/// ln of a mechanism's mixture.
pub(crate) fn ln_mix(shapes: &Mixable<ENGINES>, m: M) -> f64 {
    shapes.ln_mix(timing(m).iter().map(|&(shape, weight)| (shape as usize, weight)))
}

/// The least share of a mixture that a check of its fit looks at.
const CARRIES: f64 = 1e-3;

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
    jitter: Jitter,
    common: Object,
    object: Object,
    excite: Excite,
    retry: Retry,
    mta: Mta,
    publicity: Fade,
    zombie: Fade,
    pub(crate) atoms: Atoms,
    universal: Universal,
    behind_cache: bool,
    /// False where the TTL is not known: then nothing ties a refresh to it, and `object` is no other than `common`.
    tied: bool,
    /// By engine: what it gave the gaps so far.
    scores: [LnProduct; ENGINES],
}

impl Timing {
    pub(crate) fn new(behind_cache: bool, ttl_s: Option<u32>, published_s: f64, pooled: Option<&[u32; 42]>) -> Self {
        Self {
            poisson: Poisson::default(),
            refresh: Refresh::new(ttl_s, behind_cache),
            human: Human::new(),
            burst: Burst::new(false),
            burst_cached: Burst::new(true),
            clock: Clock::new(),
            walk: Walk::new(0.002),
            jitter: Jitter::new(),
            common: Object::new(None),
            object: Object::new(ttl_s),
            excite: Excite::new(),
            retry: Retry::new(),
            mta: Mta::new(),
            publicity: Fade::new(Kind::Publicity, published_s),
            zombie: Fade::new(Kind::Zombie, 0.0),
            atoms: Atoms::default(),
            universal: Universal::new(pooled),
            behind_cache,
            tied: ttl_s.is_some(),
            scores: [LnProduct::ONE; ENGINES],
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
            &mut self.jitter,
            &mut self.common,
            &mut self.object,
            &mut self.excite,
            &mut self.retry,
            &mut self.mta,
            &mut self.publicity,
            &mut self.zombie,
            &mut self.atoms,
            &mut self.universal,
        ]
    }

    pub(crate) fn skip(&mut self, step: &Step) {
        for engine in self.engines() {
            engine.skip(step);
        }
    }

    /// The engine whose score a shape's is; `None` for a shape that cannot be here.
    fn engine_of(&self, shape: Shape) -> Option<Shape> {
        match shape {
            Shape::RefreshBehind => self.behind_cache.then_some(Shape::Refresh),
            Shape::Object if !self.tied => Some(Shape::Loop),
            own => Some(own),
        }
    }

    /// The engines behind all shapes.
    pub(crate) fn all(&self) -> [bool; ENGINES] {
        let mut wanted = [false; ENGINES];
        for engine in Shape::ALL.into_iter().filter_map(|shape| self.engine_of(shape)) {
            wanted[engine as usize] = true;
        }
        wanted
    }

    /// Scores and learns a gap, with the engines that are `wanted`.
    pub(crate) fn step(&mut self, step: &Step, wanted: &[bool; ENGINES]) {
        let mut scores = self.scores;
        for ((score, engine), _) in scores.iter_mut().zip(self.engines()).zip(wanted).filter(|(_, wanted)| **wanted) {
            score.times(engine.step(step).max(f64::MIN_POSITIVE));
        }
        self.scores = scores;
    }

    /// How much each engine counts in a mechanism's mixture now, of those that are `wanted`; sums to one.
    fn shares(&self, m: M, wanted: &[bool; ENGINES]) -> [f64; ENGINES] {
        let parts = timing(m).iter().filter_map(|&(shape, weight)| Some((self.engine_of(shape)? as usize, weight)));
        let parts = parts.filter(|(engine, _)| wanted[*engine]);
        let top = LnProduct::top(parts.clone().map(|(engine, _)| self.scores[engine]));
        let mut shares = [0.0; ENGINES];
        for (engine, weight) in parts {
            shares[engine] += weight * self.scores[engine].relative(top);
        }
        let total: f64 = shares.iter().sum();
        shares.map(|share| share / total)
    }

    /// The engines that carry a mechanism: what the others add to its mixture is below any digit of a check.
    pub(crate) fn carriers(&self, m: M) -> [bool; ENGINES] {
        self.shares(m, &self.all()).map(|share| share >= CARRIES)
    }

    /// P(gap <= `step.g`) under a mechanism's mixture of the engines that are `wanted`, before `step` is learned.
    pub(crate) fn cdf(&mut self, m: M, step: &Step, wanted: &[bool; ENGINES]) -> f64 {
        let shares = self.shares(m, wanted);
        let used = shares.into_iter().zip(self.engines()).filter(|(share, _)| *share >= CARRIES);
        let (below, of) =
            used.fold((0.0, 0.0), |(below, of), (share, engine)| (below + share * engine.cdf(step), of + share));
        below / of
    }

    /// ln of what a shape gave the gaps so far.
    pub(crate) fn ln(&self, shape: Shape) -> f64 {
        self.engine_of(shape).map_or(f64::NEG_INFINITY, |engine| self.scores[engine as usize].ln())
    }

    /// What each shape gave the gaps so far.
    fn products(&self) -> [LnProduct; ENGINES] {
        Shape::ALL.map(|shape| self.engine_of(shape).map_or(LnProduct::ZERO, |engine| self.scores[engine as usize]))
    }

    /// ln of it.
    pub(crate) fn shapes(&self) -> [f64; ENGINES] {
        self.products().map(|product| product.ln())
    }

    /// ln of the belief that a refresh with one of its periods is tied to the TTL.
    pub(crate) fn ln_tied(&self) -> f64 {
        if self.tied { 0.0 } else { libm::log(UNTIED) }
    }

    /// What each shape gave the gaps so far, with the belief that a refresh is tied to the TTL.
    pub(crate) fn believed(&self) -> [LnProduct; ENGINES] {
        let mut products = self.products();
        if !self.tied {
            products[Shape::Object as usize].times(UNTIED);
        }
        products
    }

    /// ln of each mechanism's mixture.
    pub(crate) fn mixed(&self) -> [f64; MECHANISMS] {
        let shapes = Mixable::of(self.believed());
        M::ALL.map(|m| ln_mix(&shapes, m))
    }

    /// The engine that carries a mechanism's score.
    pub(crate) fn carrier(&self, m: M) -> Shape {
        let mut best = timing(m)[0];
        let value = |(shape, weight): (Shape, f64)| libm::log(weight) + self.ln(shape);
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
            let want = if m == M::Beacon { 0.75 } else { 1.0 };
            assert!((sum - want).abs() < 1e-9, "{m}: {sum}");
        }
    }
}
