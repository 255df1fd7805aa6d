//! The score of every mechanism: ln p(series | mechanism, vantage), part by part.

use askance_record::{Resolution, Timestamp};

use crate::cross::Cross;
use crate::engine::Step;
use crate::facts::ln_facts;
use crate::marks::{self, Marks, PROGRAMS, Tables};
use crate::math::{LnProduct, Mixable};
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::{Evidence, Observation};
use crate::parts::Parts;
use crate::population::{Seen, is_decided};
use crate::response::{failed_share, ln_responses};
use crate::sessions::Sessions;
use crate::state::{Event, RcodeClass, Role, SeriesState, day_of};
use crate::timing::{self, ENGINES, Shape, Timing};
use crate::types::ln_types;

/// Positions that a step needs, kept from session to session.
#[derive(Debug)]
struct Track {
    origin: Timestamp,
    last: [Option<f64>; 4],
    by_role: [Option<f64>; Role::COUNT],
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
            dead,
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
        self.by_role = [None; Role::COUNT];
        self.failed = None;
    }
}

/// What engines and programs gave the sessions so far: mixed only where a mechanism's lead is in doubt.
#[derive(Debug)]
struct Standing {
    shapes: [LnProduct; ENGINES],
    programs: [LnProduct; PROGRAMS],
}

impl Standing {
    fn of(timing: &Timing, marks: &Marks<'_>) -> Self {
        Self { shapes: timing.believed(), programs: marks.products() }
    }
}

/// ln p by mechanism and part, and what else the pass learned.
#[derive(Debug)]
pub(crate) struct Scores {
    pub(crate) timing: Box<Timing>,
    pub(crate) ln_time: [f64; MECHANISMS],
    pub(crate) ln_marks: [f64; MECHANISMS],
    /// Marks by program.
    pub(crate) ln_programs: [f64; PROGRAMS],
    pub(crate) ln_responses: [f64; MECHANISMS],
    pub(crate) cross: Cross,
    /// What engines and programs had by the end of each day, for the stability check.
    days: Vec<Standing>,
    /// The TTL that was used, in seconds.
    pub(crate) ttl_s: Option<u32>,
    /// What the types that it asks for say.
    ln_types: [f64; MECHANISMS],
    /// Share of failed answers, where ten or more are known.
    failed: Option<f64>,
    /// The grain of the stamps in seconds, where it blurs most gaps.
    pub(crate) blurred_s: Option<f64>,
    /// Whether a name was asked for with a search suffix.
    suffix: bool,
}

impl Scores {
    pub(crate) fn of(
        state: &SeriesState,
        all: &Sessions,
        given: &Observation,
        evidence: &Evidence,
        tables: &Tables,
    ) -> Self {
        let told = if given.forward_visible { evidence.ttl_s } else { evidence.ptr_ttl_s };
        let ttl_s = told.or_else(|| served_ttl(state, given));
        let mut pass = Pass::new(all, given, evidence, ttl_s);
        let fitted = tables.fitted(all, given, evidence);
        let mut marks = Marks::new(fitted.as_ref().unwrap_or(tables));
        let mut days = Vec::new();
        let mut day = None;
        let wanted = pass.timing.all();
        for at in 0..all.len() {
            let session = &all.sessions[at];
            if day.is_some_and(|day| day != day_of(session.start)) {
                days.push(Standing::of(&pass.timing, &marks));
            }
            day = Some(day_of(session.start));
            if let Some(step) = pass.next(at) {
                pass.timing.step(&step, &wanted);
            }
            marks.step(all.lookups(session));
        }
        days.push(Standing::of(&pass.timing, &marks));
        let timing = pass.timing;
        Self {
            ln_time: timing.mixed(),
            ln_marks: marks.ln(),
            timing,
            ln_programs: marks.programs(),
            ln_responses: ln_responses(all, given.responses_visible),
            cross: Cross::of(all, evidence, ttl_s, given),
            days,
            ttl_s,
            suffix: all.events.iter().any(|e| e.role == Role::SuffixVariant),
            ln_types: ln_types(all, given),
            blurred_s: blurred_s(all, given),
            failed: failed_share(all).filter(|_| given.responses_visible && all.events.len() >= 10),
        }
    }

    /// By how much time and marks of each day that has sessions favour `best` over `other`, nats.
    pub(crate) fn leads_by_day(&self, best: M, other: M) -> Vec<f64> {
        let mut before = 0.0;
        let lead = |day: &Standing| {
            let (shapes, programs) = (Mixable::of(day.shapes), Mixable::of(day.programs));
            let ln = |m| timing::ln_mix(&shapes, m) + marks::ln_mix(&programs, m);
            let now = ln(best) - ln(other);
            now - core::mem::replace(&mut before, now)
        };
        self.days.iter().map(lead).collect()
    }

    /// The parts, as the calibration takes them.
    ///
    /// - `excluded`: what cannot be the answer, by [`M::ALL`]
    pub(crate) fn parts(
        &self,
        sessions: usize,
        given: &Observation,
        evidence: &Evidence,
        excluded: [bool; MECHANISMS],
    ) -> Parts {
        let seen = Seen {
            free_code: self.timing.atoms.is_free_code(self.ttl_s),
            ttl_or_flows: self.ttl_s.is_some() || self.cross.outbound.is_some(),
            suffix: self.suffix,
        };
        Parts {
            undecided: M::ALL.map(|m| !is_decided(m, evidence.population.as_ref(), seen)),
            sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
            behind_cache: given.vantage.is_behind_cache(),
            ln_tied: self.timing.ln_tied(),
            ln_engines: self.timing.shapes(),
            ln_programs: self.ln_programs,
            ln_responses: self.ln_responses,
            ln_cross: self.cross.ln,
            ln_facts: ln_facts(evidence, self.failed, self.ln_types),
            excluded,
        }
    }
}

/// Stamps as coarse as that show order and number, and hardly any rhythm.
const BLURRED_S: f64 = 60.0;
/// Grains that most gaps must span to have a rhythm.
const GRAINS: f64 = 4.0;

/// The grain of the stamps, where it is coarse and most gaps between sessions span few of them.
fn blurred_s(all: &Sessions, given: &Observation) -> Option<f64> {
    let grain = given.resolution.step_s();
    let gaps = || all.sessions.windows(2).filter(|pair| pair[1].gap_known);
    let short = gaps().filter(|pair| pair[1].start.since_s(pair[0].start) < GRAINS * grain).count();
    (grain >= BLURRED_S && 2 * short > gaps().count()).then_some(grain)
}

/// One walk over the sessions.
struct Pass<'a> {
    all: &'a Sessions,
    timing: Box<Timing>,
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
            by_role: [None; Role::COUNT],
            failed: None,
            ln_span: libm::log1p(span) + 7.0,
            grain: if given.resolution == Resolution::Microsecond { 0.0 } else { given.resolution.step_s() },
            behind_cache: given.vantage.is_behind_cache(),
        };
        Self {
            all,
            timing: Box::new(Timing::new(track.behind_cache, ttl_s, published, evidence.pooled_log_gaps.as_ref())),
            track,
        }
    }

    /// The step to session `at`, if the gap before it can be scored; moves all positions on.
    fn next(&mut self, at: usize) -> Option<Step> {
        let session = &self.all.sessions[at];
        let lookups = self.all.lookups(session);
        let dead = if self.track.behind_cache { self.timing.refresh.dead_s() } else { 0.0 };
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
}

/// u = F(gap | past) of each scored gap under the engines that carry one mechanism: uniform if the mechanism fits.
pub(crate) fn rescaled_gaps(
    m: M,
    all: &Sessions,
    given: &Observation,
    evidence: &Evidence,
    ttl_s: Option<u32>,
    carriers: &[bool; ENGINES],
) -> Vec<f64> {
    let mut pass = Pass::new(all, given, evidence, ttl_s);
    let mut out = Vec::with_capacity(all.len());
    let mut stepped = *carriers;
    // From this one all learn the dead time that a cache imposes.
    stepped[Shape::Refresh as usize] |= pass.track.behind_cache;
    for at in 0..all.len() {
        if let Some(step) = pass.next(at) {
            out.push(pass.timing.cdf(m, &step, carriers).clamp(0.0, 1.0));
            pass.timing.step(&step, &stepped);
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
    let mut ttls: Vec<u32> = state
        .events()
        .filter(|e| e.rcode == RcodeClass::NoError || !given.responses_visible)
        .filter_map(|e| e.ttl_s)
        .collect();
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
