//! The score of every mechanism: ln p(series | mechanism, vantage), part by part.

use askance_record::{Resolution, Timestamp};

use crate::cross::Cross;
use crate::engine::burst::Burst;
use crate::engine::clock::Clock;
use crate::engine::fade::{Fade, Kind};
use crate::engine::human::Human;
use crate::engine::mta::Mta;
use crate::engine::object::Object;
use crate::engine::poisson::{Poisson, Refresh};
use crate::engine::retry::Retry;
use crate::engine::universal::Universal;
use crate::engine::walk::Walk;
use crate::engine::{Engine, Step};
use crate::marks::Marks;
use crate::math::{ln_add, ln_sum};
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::{Evidence, Observation};
use crate::response::ln_responses;
use crate::sessions::Sessions;
use crate::state::{Event, RcodeClass, SeriesState, day_of};

/// How many timing engines there are.
pub(crate) const ENGINES: usize = 15;

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
    (Shape::RefreshBehind, 0.2),
    (Shape::BurstCached, 0.1),
    (Shape::Burst, 0.15),
    (Shape::Poisson, 0.15),
    (Shape::Human, 0.15),
    (Shape::Mta, 0.12),
    (Shape::Clock, 0.06),
    (Shape::Walk, 0.02),
    // Mail comes as it comes.
    (Shape::Universal, 0.05),
];

/// The timing of a mechanism: a mixture of engines. Starting values.
pub(crate) fn timing(m: M) -> &'static [(Shape, f64)] {
    match m {
        M::SenderVerification | M::MailAuthentication => MAIL,
        M::DeliveryRetry => &[(Shape::Mta, 0.6), (Shape::Clock, 0.15), (Shape::Burst, 0.1), (Shape::RefreshBehind, 0.1), (Shape::Universal, 0.05)],
        M::CacheRefresh => &[(Shape::Refresh, 0.7), (Shape::BurstCached, 0.3)],
        M::ScheduledPoll => &[(Shape::Clock, 0.35), (Shape::Walk, 0.3), (Shape::Loop, 0.2), (Shape::RefreshBehind, 0.1), (Shape::BurstCached, 0.05)],
        M::FirewallObject => &[(Shape::Object, 1.0)],
        M::HumanUse => &[(Shape::Human, 0.5), (Shape::Burst, 0.15), (Shape::BurstCached, 0.1), (Shape::RefreshBehind, 0.15), (Shape::Poisson, 0.1)],
        M::StoredMailRescan => &[(Shape::Retry, 0.4), (Shape::Burst, 0.3), (Shape::Clock, 0.3)],
        M::Crawler => &[(Shape::Poisson, 0.6), (Shape::Burst, 0.4)],
        M::RetryLoop => &[(Shape::Retry, 1.0)],
        M::SearchSuffixLeak => {
            &[(Shape::Burst, 0.3), (Shape::Human, 0.2), (Shape::Poisson, 0.2), (Shape::RefreshBehind, 0.1), (Shape::Walk, 0.1), (Shape::Clock, 0.1)]
        }
        M::Replay => &[(Shape::Zombie, 0.6), (Shape::Poisson, 0.2), (Shape::Burst, 0.2)],
        M::Publicity => &[(Shape::Publicity, 1.0)],
        // The other half is for what no engine here says about an implant: never ahead of a sleep loop.
        M::Beacon => &[(Shape::Walk, 0.4), (Shape::RefreshBehind, 0.05), (Shape::BurstCached, 0.05)],
        M::Tunnel => &[(Shape::Retry, 0.6), (Shape::Universal, 0.4)],
        M::TimingChannel | M::None => &[(Shape::Universal, 1.0)],
    }
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
    retry: Retry,
    mta: Mta,
    publicity: Fade,
    zombie: Fade,
    universal: Universal,
    behind_cache: bool,
    pub(crate) ln: [f64; ENGINES],
}

impl Timing {
    fn new(behind_cache: bool, ttl_s: Option<u32>, published_s: f64, pooled: Option<&[u32; 42]>) -> Self {
        let mut timing = Self {
            poisson: Poisson::default(),
            refresh: Refresh::new(ttl_s),
            human: Human::new(),
            burst: Burst::new(false),
            burst_cached: Burst::new(true),
            clock: Clock::new(),
            walk: Walk::default(),
            common: Object::new(None),
            object: Object::new(ttl_s),
            retry: Retry::new(),
            mta: Mta::new(),
            publicity: Fade::new(Kind::Publicity, published_s),
            zombie: Fade::new(Kind::Zombie, 0.0),
            universal: Universal::new(pooled),
            behind_cache,
            ln: [0.0; ENGINES],
        };
        if ttl_s.is_none() {
            // Without the TTL nothing ties a refresh to it: common periods get a fifth of the belief.
            timing.ln[Shape::Object as usize] = libm::log(0.2);
        }
        timing
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
            &mut self.retry,
            &mut self.mta,
            &mut self.publicity,
            &mut self.zombie,
            &mut self.universal,
        ]
    }

    fn skip(&mut self, step: &Step) {
        for engine in self.engines() {
            engine.skip(step);
        }
    }

    fn step(&mut self, step: &Step) {
        let mut ln = self.ln;
        for (sum, engine) in ln.iter_mut().zip(self.engines()) {
            *sum += libm::log(engine.step(step).max(f64::MIN_POSITIVE));
        }
        let copy = ln[Shape::Refresh as usize];
        ln[Shape::RefreshBehind as usize] = if self.behind_cache { copy } else { f64::NEG_INFINITY };
        self.ln = ln;
    }

    fn cdf(&mut self, shape: Shape, step: &Step) -> f64 {
        let shape = if shape == Shape::RefreshBehind { Shape::Refresh } else { shape };
        self.engines()[shape as usize].cdf(step)
    }

    /// ln of a mechanism's mixture.
    pub(crate) fn ln_of(&self, m: M) -> f64 {
        ln_sum(timing(m).iter().map(|&(shape, weight)| libm::log(weight) + self.ln[shape as usize]))
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

/// Positions that a step needs, kept from session to session.
#[derive(Debug)]
struct Track {
    origin: Timestamp,
    last: [Option<f64>; 4],
    by_role: [Option<f64>; 11],
    failed: Option<bool>,
    ln_span: f64,
    grain: f64,
    behind_cache: bool,
}

impl Track {
    /// The step to the session that starts at `start` with `lookups`.
    fn step(&self, start: Timestamp, lookups: &[Event], dead: f64) -> Step {
        let t = start.since_s(self.origin);
        let back = |k: usize| self.last[k].map_or(f64::INFINITY, |before| t - before);
        // Equal or nearly equal stamps: the gap is what the stamps' grain leaves open.
        let g = back(0).min(1e12).max((0.3 * self.grain).max(1e-3));
        let role = usize::from(lookups[0].role.as_u8());
        Step {
            t,
            g,
            hour: (start.us().div_euclid(1_000_000)) as f64 / 3600.0 + 72.0,
            back2: back(1),
            back4: back(3),
            role_back: self.by_role[role].map_or(f64::INFINITY, |before| t - before),
            flat: 1.0 / (g * self.ln_span),
            dead: if self.behind_cache { dead } else { 0.0 },
            failed_before: self.failed,
            grain: self.grain,
        }
    }

    fn note(&mut self, start: Timestamp, lookups: &[Event]) {
        let t = start.since_s(self.origin);
        self.last.rotate_right(1);
        self.last[0] = Some(t);
        let known = lookups.iter().rev().find(|e| e.rcode != RcodeClass::Unknown);
        self.failed = known.map(|e| e.rcode.is_failure());
        for event in lookups {
            self.by_role[usize::from(event.role.as_u8())] = Some(t);
        }
    }

    fn forget(&mut self) {
        self.last = [None; 4];
        self.by_role = [None; 11];
        self.failed = None;
    }
}

/// ln p by mechanism and part, and what else the pass learned.
#[derive(Debug)]
pub(crate) struct Scores {
    pub(crate) timing: Timing,
    pub(crate) ln_time: [f64; MECHANISMS],
    pub(crate) ln_marks: [f64; MECHANISMS],
    pub(crate) ln_responses: [f64; MECHANISMS],
    pub(crate) cross: Cross,
    /// Time and marks by day, for the stability check.
    pub(crate) days: Vec<[f64; MECHANISMS]>,
    /// The TTL that was used, in seconds.
    pub(crate) ttl_s: Option<u32>,
}

impl Scores {
    pub(crate) fn of(state: &SeriesState, all: &Sessions, given: &Observation, evidence: &Evidence) -> Self {
        let told = if given.forward_visible { evidence.ttl_s } else { evidence.ptr_ttl_s };
        let ttl_s = told.or_else(|| served_ttl(state, given));
        let mut pass = Pass::new(all, given, evidence, ttl_s);
        let mut marks = Marks::new(given, all);
        let mut days = Vec::new();
        let mut before = [0.0; MECHANISMS];
        let mut day = None;
        for at in 0..all.len() {
            let session = &all.sessions[at];
            if day.is_some_and(|day| day != day_of(session.start)) {
                days.push(difference(&pass.totals(&marks.ln()), &mut before));
            }
            day = Some(day_of(session.start));
            if let Some(step) = pass.next(at) {
                pass.timing.step(&step);
            }
            marks.step(all.lookups(session));
        }
        days.push(difference(&pass.totals(&marks.ln()), &mut before));
        let timing = pass.timing;
        Self {
            ln_time: M::ALL.map(|m| timing.ln_of(m)),
            timing,
            ln_marks: marks.ln(),
            ln_responses: ln_responses(all, given.responses_visible),
            cross: Cross::of(all, evidence, ttl_s),
            days,
            ttl_s,
        }
    }

    /// The whole score of a mechanism, nats.
    pub(crate) fn total(&self, m: M) -> f64 {
        let k = m.index();
        self.ln_time[k] + self.ln_marks[k] + self.ln_responses[k] + self.cross.ln[k]
    }
}

fn difference(now: &[f64; MECHANISMS], before: &mut [f64; MECHANISMS]) -> [f64; MECHANISMS] {
    let out = core::array::from_fn(|k| now[k] - before[k]);
    *before = *now;
    out
}

/// One walk over the sessions.
struct Pass<'a> {
    all: &'a Sessions,
    timing: Timing,
    track: Track,
}

impl<'a> Pass<'a> {
    fn new(all: &'a Sessions, given: &Observation, evidence: &Evidence, ttl_s: Option<u32>) -> Self {
        let origin = all.sessions.first().map_or(Timestamp::MIN, |s| s.start);
        let span = all.sessions.last().map_or(0.0, |s| s.start.since_s(origin)).max(86_400.0);
        let published = evidence.published.first().map_or(0.0, |tau| tau.since_s(origin));
        let track = Track {
            origin,
            last: [None; 4],
            by_role: [None; 11],
            failed: None,
            ln_span: libm::log1p(span) + 7.0,
            grain: if given.resolution == Resolution::Microsecond { 0.0 } else { given.resolution.step_s() },
            behind_cache: given.vantage.is_behind_cache(),
        };
        Self { all, timing: Timing::new(given.vantage.is_behind_cache(), ttl_s, published, evidence.pooled_log_gaps.as_ref()), track }
    }

    /// The step to session `at`, if the gap before it can be scored; moves all positions on.
    fn next(&mut self, at: usize) -> Option<Step> {
        let session = &self.all.sessions[at];
        let lookups = self.all.lookups(session);
        let dead = self.timing.refresh.dead_s();
        let step = self.track.step(session.start, lookups, dead);
        if !session.gap_known {
            if at > 0 {
                self.timing.skip(&step);
            }
            self.track.forget();
        }
        self.track.note(session.start, lookups);
        session.gap_known.then_some(step)
    }

    fn totals(&self, ln_marks: &[f64; MECHANISMS]) -> [f64; MECHANISMS] {
        M::ALL.map(|m| self.timing.ln_of(m) + ln_marks[m.index()])
    }
}

/// u = F(gap | past) of each scored gap under one mechanism: uniform if the mechanism fits.
pub(crate) fn rescaled_gaps(m: M, all: &Sessions, given: &Observation, evidence: &Evidence, ttl_s: Option<u32>) -> Vec<f64> {
    let mut pass = Pass::new(all, given, evidence, ttl_s);
    let mut out = Vec::with_capacity(all.len());
    for at in 0..all.len() {
        if let Some(step) = pass.next(at) {
            let mut ln_weights = f64::NEG_INFINITY;
            for &(shape, w) in timing(m) {
                ln_weights = ln_add(ln_weights, libm::log(w) + pass.timing.ln[shape as usize]);
            }
            let mut u = 0.0;
            for &(shape, w) in timing(m) {
                let weight = libm::exp(libm::log(w) + pass.timing.ln[shape as usize] - ln_weights);
                u += weight * pass.timing.cdf(shape, &step);
            }
            out.push(u.clamp(0.0, 1.0));
            pass.timing.step(&step);
        }
    }
    out
}

/// The TTL that the server gives, as far as the series shows it.
///
/// At an authoritative server or upstream of a resolver each answer carries it: the
/// commonest. Below a cache the remaining TTL is seen: the largest, if five answers agree
/// to that order.
fn served_ttl(state: &SeriesState, given: &Observation) -> Option<u32> {
    let mut ttls: Vec<u32> =
        state.events().filter(|e| e.rcode == RcodeClass::NoError || !given.responses_visible).filter_map(|e| e.ttl_s).collect();
    ttls.sort_unstable();
    if given.vantage.is_behind_cache() {
        let mut best: Option<(usize, u32)> = None;
        for run in ttls.chunk_by(|a, b| a == b) {
            if best.is_none_or(|(n, _)| run.len() > n) {
                best = Some((run.len(), run[0]));
            }
        }
        return best.map(|(_, ttl)| ttl);
    }
    ttls.last().copied().filter(|_| ttls.len() >= 5)
}
