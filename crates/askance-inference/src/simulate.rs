//! Draws a series from a mechanism: what makes each one testable against itself.
//!
//! A draw has four steps: when the client acts (timing), what it asks each time (marks
//! and answers), what a cache and the vantage let through, and what other records of the
//! same days hold: connections of mail, deliveries, flows, names beside. The generators
//! are deliberately not the engines' own densities: campaigns have bursts, jobs are
//! late, queue runners round up, and whether a poll connects is settled once a draw.

mod acts;
mod asks;
mod beside;

use askance_record::{Rng, Timestamp};

use crate::mechanism::MechanismId as M;
use crate::observe::{Evidence, Observation};
use crate::state::{Event, RcodeClass, Role};

/// One question: seconds after the start, what for, and how the zone would answer.
type Asked = (f64, Role, RcodeClass);

/// What a simulated series is conditional on.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateGiven {
    /// Where it is seen.
    pub observation: Observation,
    /// When it begins.
    pub start: Timestamp,
    /// How long it lasts, in days.
    pub days: f64,
    /// Acts of the client a day, where the mechanism has no period of its own.
    pub acts_per_day: f64,
    /// TTL of every record of the family, in seconds.
    pub ttl_s: u32,
    /// Period of jobs and sleep loops, in seconds.
    pub period_s: f64,
    /// The client's clock, in hours east of UTC.
    pub utc_offset_h: f64,
}

impl SimulateGiven {
    /// The instant that lies `t` seconds after the start.
    fn at(&self, t: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a simulation")]
        self.start.plus_us((t * 1e6) as i64)
    }
}

/// What stands around the client: caches, the network, and which other records are kept.
///
/// The default is one cache, no loss and no other record.
#[derive(Clone, Debug, PartialEq)]
pub struct Around {
    /// Caches behind the client's address; each act meets one of them.
    pub caches: u8,
    /// Whether they ask again in the last tenth of a TTL, when somebody wants the name.
    pub prefetch: bool,
    /// Share of lookups that the record lost.
    pub loss: f64,
    /// TTL of PTR records, where it is not that of the rest, in seconds.
    pub ptr_ttl_s: Option<u32>,
    /// Whether the record shows the TTL that the zone gave.
    pub ttl_shown: bool,
    /// How the zone answers what it has.
    pub answer: RcodeClass,
    /// Demand on a client's own cache, a day; twenty in a TTL where absent.
    pub demand_per_day: Option<f64>,
    /// Relative half-width of the jitter of polls and beacons; polls go by the clock where absent.
    pub jitter: Option<f64>,
    /// Whether a timing channel codes its gaps in four lengths; irregular ones otherwise.
    pub coded_gaps: bool,
    /// The most lookups that are drawn.
    pub lookups_max: usize,
    /// Which other records come with the draw.
    pub kept: Kept,
}

impl Default for Around {
    fn default() -> Self {
        Self {
            caches: 1,
            prefetch: false,
            loss: 0.0,
            ptr_ttl_s: None,
            ttl_shown: true,
            answer: RcodeClass::NoError,
            demand_per_day: None,
            jitter: None,
            coded_gaps: false,
            lookups_max: usize::MAX,
            kept: Kept::default(),
        }
    }
}

/// Which other records are kept of the same days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each record is kept or not, whatever the others")]
pub struct Kept {
    /// The mail log of the client's side.
    pub mail: bool,
    /// Flow records of the client.
    pub flows: bool,
    /// Lookups of the PTR of any peer, at the same tap.
    pub checks: bool,
    /// The other names that the client asks for in the same minutes.
    pub company: bool,
    /// The TTLs of the zone.
    pub ttl: bool,
}

/// A drawn series, and what the other records of the same days say.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The lookups that the vantage shows, in time order.
    pub events: Vec<Event>,
    /// Mail, flows, checks, company and TTLs, as far as they are kept.
    pub evidence: Evidence,
}

/// Draws the lookups that `m` makes, as the vantage shows them, in time order.
///
/// `M::None` draws a process that no mechanism describes, for open-set tests.
pub fn simulate(m: M, rng: &mut Rng, given: &SimulateGiven) -> Vec<Event> {
    draw(m, rng, given, &Around::default()).events
}

/// Draws the lookups that `m` makes, and the other records that go with them.
///
/// What the other records hold follows from every act of the client, whether or not a cache hid
/// its lookups. Without caches in a farm, loss and other records, the lookups are those of
/// [`simulate`] for the same generator.
///
/// Cost: O(acts log acts).
pub fn draw(m: M, rng: &mut Rng, given: &SimulateGiven, around: &Around) -> Draw {
    let end = given.days * 86_400.0;
    let mut asked = Vec::new();
    let acts = if m == M::RetryLoop {
        asked = acts::loops(rng, end, 12.0 * 86_400.0 / given.acts_per_day);
        asked.iter().map(|a| a.0).collect()
    } else {
        let acts = acts::starts(m, rng, given, around);
        for &t in &acts {
            asks::session(m, rng, t, around.answer, &mut asked);
        }
        acts
    };
    asked.sort_by(|a, b| a.0.total_cmp(&b.0));
    // A client that refreshes at the TTL has a cache of its own, wherever it is seen.
    let cached = m == M::CacheRefresh || given.observation.vantage.is_behind_cache();
    let events = asks::through(rng, &asked, cached, given, around);
    let evidence = beside::evidence(m, rng, &acts, given, around);
    Draw { events, evidence }
}
