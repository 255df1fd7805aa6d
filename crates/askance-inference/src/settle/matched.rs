//! A mechanism with its parameters matched to a series: rate, span, period, TTL, time zone.

use askance_record::Rng;

use crate::attribute::Attribution;
use crate::mechanism::MechanismId as M;
use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::simulate::{Around, Kept, SimulateGiven, draw};
use crate::state::{RcodeClass, SeriesState};

/// TTLs of reverse zones that are tried where none is known, in seconds.
const PTR_TTLS_S: [u32; 3] = [3600, 14_400, 86_400];
/// TTLs that are tried for a mechanism that does not show it.
const TTLS_S: [u32; 3] = [300, 3600, 86_400];
/// The most acts that a trial may hold.
const TRIAL_ACTS_MAX: f64 = 4000.0;

/// What all mechanisms are matched to.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    pub(crate) seen: Observation,
    /// From the first lookup to the last.
    pub(crate) days: f64,
    /// Sessions a day of coverage.
    pub(crate) sessions_per_day: f64,
    start: askance_record::Timestamp,
    ttl_s: Option<u32>,
    /// The shortest usual gap between sessions, in seconds: where a TTL would show.
    least_gap_s: f64,
    period_s: f64,
    jitter: Option<f64>,
    utc_offset_h: f64,
    around: Around,
}

impl Fitted {
    /// `None` where there are fewer than three sessions, or no time between them.
    pub(crate) fn of(state: &SeriesState, seen: &Observation, evidence: &Evidence, of: &Attribution) -> Option<Self> {
        let (first, last) = (state.first()?, state.last()?);
        let all = Sessions::of(state, seen);
        let span_s = last.since_s(first);
        let covered_s = seen.covered_s(first, last);
        if all.len() < 3 || covered_s < 1.0 {
            return None;
        }
        let kept = state.events().count() as f64;
        let sessions = all.len() as f64 * (state.n() as f64 / kept);
        let mut gaps: Vec<f64> = all.sessions.windows(2).map(|w| w[1].start.since_s(w[0].start)).collect();
        gaps.sort_by(f64::total_cmp);
        let (clock, walk) = (of.rhythm.clock_locked_s, of.rhythm.sleep_loop);
        let zones = &of.rhythm.zones;
        let ttl_s = of.ttl_s.or(evidence.ttl_s);
        let sessions_per_day = (sessions - 1.0) / covered_s * 86_400.0;
        let caches = if seen.vantage.is_behind_cache() { caches(sessions_per_day, ttl_s) } else { 1 };
        // Behind a cache that outlives its ticks, a clock shows only some of them; elsewhere one that leaves out
        // most of its ticks is a slower one.
        let hidden = |tick: f64| seen.vantage.is_behind_cache() && ttl_s.is_some_and(|ttl| f64::from(ttl) > tick);
        let slower =
            |tick: f64| if hidden(tick) { tick } else { tick * (gaps[gaps.len() / 2] / tick).round().max(1.0) };
        let zone = zones.iter().fold((0, 0.0), |best, z| if z.1 > best.1 { *z } else { best });
        Some(Self {
            seen: seen.clone(),
            days: span_s / 86_400.0,
            sessions_per_day,
            start: first,
            ttl_s,
            least_gap_s: gaps[gaps.len() / 20],
            period_s: clock.map(slower).or(walk.map(|w| w.0)).unwrap_or(covered_s / (sessions - 1.0)).max(1.0),
            jitter: walk.map(|_| spread(&gaps)),
            utc_offset_h: f64::from(zone.0),
            around: Around {
                caches,
                ptr_ttl_s: evidence.ptr_ttl_s,
                ttl_shown: state.events().any(|e| e.ttl_s.is_some()),
                answer: usual_answer(state),
                coded_gaps: true,
                kept: Kept {
                    mail: evidence.mail.is_some(),
                    flows: evidence.flows.is_some(),
                    checks: !evidence.checks.is_empty(),
                    company: evidence.population.is_some_and(|p| p.same_minute_families.is_some()),
                    ttl: evidence.ttl_s.is_some(),
                },
                ..Around::default()
            },
        })
    }
}

/// As many caches as it takes to let so many sessions through: one of them lets one through in a TTL.
fn caches(sessions_per_day: f64, ttl_s: Option<u32>) -> u8 {
    let full = sessions_per_day * f64::from(ttl_s.unwrap_or(0)) / 86_400.0;
    // Prefetching in the last tenth looks like a little more than one cache.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 16")]
    let caches = (full / 1.12).ceil().clamp(1.0, 16.0) as u8;
    caches
}

/// Relative half-width of uniform jitter that gives these gaps (ascending) their middle nine tenths.
fn spread(gaps: &[f64]) -> f64 {
    let at = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in the list")]
        let k = (share * (gaps.len() - 1) as f64).round() as usize;
        gaps[k]
    };
    ((at(0.95) - at(0.05)) / (1.8 * at(0.5).max(1e-3))).clamp(0.0, 0.6)
}

/// The commonest known answer of a series; NOERROR where none is known.
fn usual_answer(state: &SeriesState) -> RcodeClass {
    let mut counts = [0u32; RcodeClass::COUNT];
    for event in state.events() {
        counts[usize::from(event.rcode.as_u8())] += 1;
    }
    let known = RcodeClass::ALL.iter().filter(|c| **c != RcodeClass::Unknown);
    let best = known.max_by_key(|c| (counts[usize::from(c.as_u8())], core::cmp::Reverse(c.as_u8())));
    best.copied().filter(|c| counts[usize::from(c.as_u8())] > 0).unwrap_or(RcodeClass::NoError)
}

/// One mechanism, ready to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Matched {
    pub(crate) id: M,
    pub(crate) given: SimulateGiven,
    pub(crate) around: Around,
}

impl Matched {
    /// Matches `id`: where it has a rate, that is found by trials under the series' own vantage.
    pub(crate) fn new(id: M, to: &Fitted, key: u64) -> Self {
        let least = to.least_gap_s.clamp(30.0, 86_400.0);
        let follows = matches!(id, M::CacheRefresh | M::FirewallObject);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 30 and 86,400")]
        let ttl_s = to.ttl_s.unwrap_or(if follows { least.round() as u32 } else { least.min(3600.0) as u32 });
        let given = SimulateGiven {
            observation: to.seen.clone(),
            start: to.start,
            days: to.days,
            acts_per_day: to.sessions_per_day,
            ttl_s,
            period_s: to.period_s,
            utc_offset_h: to.utc_offset_h,
        };
        let jitter = if id == M::Beacon { Some(to.jitter.unwrap_or(0.2)) } else { to.jitter };
        let mut out = Self { id, given, around: Around { jitter, ..to.around.clone() } };
        out.find_rate(to.sessions_per_day, &mut Rng::part(key, "rate"));
        out
    }

    /// Tries rates until the vantage shows as many sessions a day as the series has.
    ///
    /// Behind a cache a gap is the TTL and a wait for the next act (Jung, Berger, Balakrishnan 2003):
    /// there the wait is matched, since the rate of lookups hardly depends on that of dense acts.
    fn find_rate(&mut self, wanted: f64, rng: &mut Rng) {
        if matches!(self.id, M::ScheduledPoll | M::FirewallObject | M::Beacon) {
            return;
        }
        let cached = self.given.observation.vantage.is_behind_cache() || self.id == M::CacheRefresh;
        let dead_s = if cached { f64::from(self.given.ttl_s) / f64::from(self.around.caches) } else { 0.0 };
        let wait = |a_day: f64| (86_400.0 / a_day.max(1e-6) - dead_s).max(0.01 * dead_s).max(1e-3);
        // More than a hundred acts in a TTL look alike.
        let most = if cached { 100.0 * 86_400.0 / dead_s.max(5.0) } else { 20_000.0 };
        let (least, most) = (0.02 * wanted, most.max(wanted));
        let mut rate = (86_400.0 / wait(wanted)).clamp(least, most);
        for _ in 0..5 {
            self.set_rate(rate);
            let (got, _) = self.trial(&mut rng.clone());
            let step = (wait(got) / wait(wanted)).clamp(0.2, 5.0);
            if (step - 1.0).abs() < 0.03 {
                break;
            }
            rate = (rate * step).clamp(least, most);
        }
        self.set_rate(rate);
    }

    fn set_rate(&mut self, a_day: f64) {
        self.given.acts_per_day = a_day;
        if self.id == M::CacheRefresh {
            self.around.demand_per_day = Some(a_day);
        }
    }

    /// Sessions and lookups a day of coverage, by one trial over one to eight weeks.
    pub(crate) fn trial(&self, rng: &mut Rng) -> (f64, f64) {
        let rate = self.given.acts_per_day;
        let days = (300.0 / rate).clamp(7.0, 56.0).min(TRIAL_ACTS_MAX / rate).max(0.05);
        let mut given = SimulateGiven { days, ..self.given.clone() };
        given.observation.coverage.clear();
        let around = Around { kept: Kept::default(), ..self.around.clone() };
        let events = draw(self.id, rng, &given, &around).events;
        let apart = given.observation.resolution.step_s().max(2.0);
        let cuts = events.windows(2).filter(|w| w[1].ts.since_s(w[0].ts) >= apart).count();
        let sessions = if events.is_empty() { 0.0 } else { cuts as f64 + 1.0 };
        (sessions / days, events.len() as f64 / days)
    }

    /// Leaves to chance, draw by draw, what the series does not show.
    pub(crate) fn vary(&mut self, rng: &mut Rng, ttl_known: bool) {
        let one = |rng: &mut Rng, of: &[u32; 3]| of[usize::try_from(rng.below(3)).expect("below 3")];
        let (ptr, ttl) = (one(rng, &PTR_TTLS_S), one(rng, &TTLS_S));
        self.around.ptr_ttl_s.get_or_insert(ptr);
        let shows_it =
            matches!(self.id, M::CacheRefresh | M::FirewallObject) || self.given.observation.vantage.is_behind_cache();
        if !ttl_known && !shows_it {
            self.given.ttl_s = ttl;
        }
    }
}
