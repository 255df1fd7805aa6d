//! Lookups that belong together become one session; engines time session starts, marks live inside.
//!
//! A mail server that checks a peer asks PTR, AAAA and A within milliseconds. Those
//! are one act: timing engines must see one event, not three. A gap below two
//! seconds (wider where stamps are coarse) continues a session. Where that glues a
//! long run into one session, as a fast loop would, the limit is lowered for the
//! whole series until no session lasts longer than [`SESSION_S_MAX`].

use askance_record::Timestamp;

use crate::observe::Observation;
use crate::state::{Event, Role, SeriesState};

/// The longest a session may last, in seconds.
const SESSION_S_MAX: f64 = 20.0;
/// The most lookups a session may hold.
const SESSION_LEN_MAX: usize = 96;
/// Limits that are tried in turn, in seconds; zero puts only equal instants together.
const LIMITS_S: [f64; 3] = [2.0, 0.3, 0.0];

/// One act of the client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Session {
    /// When it began.
    pub(crate) start: Timestamp,
    /// Its lookups, as a range of [`Sessions::events`].
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// True where the gap before it is whole: no dropped day and no known outage lies in it.
    pub(crate) gap_known: bool,
}

/// A series cut into sessions.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    /// All kept lookups in time order; equal instants in the order in which programs ask.
    pub(crate) events: Vec<Event>,
    pub(crate) sessions: Vec<Session>,
}

impl Sessions {
    pub(crate) fn of(state: &SeriesState, given: &Observation) -> Self {
        let mut events: Vec<Event> = state.events().collect();
        events.sort_by_key(|e| (e.ts, natural_rank(e.role)));
        let stretches: Vec<Timestamp> = state.stretches().map(|s| s[0].ts).collect();
        let step = given.resolution.step_s();
        let mut sessions = Vec::new();
        for limit in LIMITS_S {
            let limit = if step <= 1.0 && limit > 0.0 { limit + step } else { step * 0.5 };
            sessions = cut(&events, limit);
            if sessions.iter().all(|s| fits(s, &events)) || step > 1.0 {
                break;
            }
        }
        let mut holes = stretches.into_iter().peekable();
        let mut before: Option<Timestamp> = None;
        for session in &mut sessions {
            let mut whole = before.is_some_and(|before| !given.is_interrupted(before, session.start));
            while holes.next_if(|&start| start <= session.start).is_some() {
                whole = false;
            }
            session.gap_known = whole;
            before = Some(session.start);
        }
        Self { events, sessions }
    }

    pub(crate) fn lookups(&self, session: &Session) -> &[Event] {
        &self.events[session.from..session.to]
    }

    /// The sessions `from..to` as a series of their own.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        self.select(|at| (from..to).contains(&at))
    }

    /// The sessions that are `chosen`, as a series of their own; a gap is known where all that it spans are.
    pub(crate) fn select(&self, chosen: impl Fn(usize) -> bool) -> Self {
        let mut out = Self { events: Vec::new(), sessions: Vec::new() };
        let mut gap_known = false;
        for (at, session) in self.sessions.iter().enumerate() {
            gap_known &= session.gap_known;
            if chosen(at) {
                let from = out.events.len();
                out.events.extend_from_slice(self.lookups(session));
                out.sessions.push(Session { start: session.start, from, to: out.events.len(), gap_known });
                gap_known = true;
            }
        }
        out
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Share of sessions for which `holds`.
    pub(crate) fn share(&self, holds: impl Fn(&[Event]) -> bool) -> f64 {
        let hits = self.sessions.iter().filter(|s| holds(self.lookups(s))).count();
        hits as f64 / self.sessions.len().max(1) as f64
    }
}

fn fits(session: &Session, events: &[Event]) -> bool {
    let last = events[session.to - 1].ts;
    session.to - session.from <= SESSION_LEN_MAX && last.since_s(session.start) <= SESSION_S_MAX
}

fn cut(events: &[Event], limit_s: f64) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut before: Option<Timestamp> = None;
    for (at, event) in events.iter().enumerate() {
        let continues = before.is_some_and(|before| {
            let gap = event.ts.since_s(before);
            gap < limit_s || event.ts == before
        });
        match sessions.last_mut() {
            Some(session) if continues => session.to = at + 1,
            _ => sessions.push(Session { start: event.ts, from: at, to: at + 1, gap_known: false }),
        }
        before = Some(event.ts);
    }
    sessions
}

/// The order in which programs ask what carries one and the same stamp.
fn natural_rank(role: Role) -> u8 {
    match role {
        Role::Ptr => 0,
        Role::Aaaa => 1,
        Role::A => 2,
        Role::Helo => 3,
        Role::Mx => 4,
        Role::TxtSpf => 5,
        Role::TxtDkim => 6,
        Role::TxtDmarc => 7,
        Role::SuffixVariant => 8,
        Role::NsSoa => 9,
        Role::Other => 10,
        Role::Generated => 11,
    }
}

#[cfg(test)]
mod tests {
    use askance_record::{Resolution, Vantage};

    use super::*;

    fn sessions(stamps_ms: &[(i64, Role)], resolution: Resolution) -> Vec<String> {
        let mut state = SeriesState::new(0);
        for &(ms, role) in stamps_ms {
            state.push(&Event::new(Timestamp::from_us(ms * 1000), role));
        }
        let given = Observation { resolution, ..Observation::new(Vantage::ResolverClient) };
        let all = Sessions::of(&state, &given);
        let text = |s: &Session| all.lookups(s).iter().map(|e| e.role.as_str()).collect::<Vec<_>>().join(" ");
        all.sessions.iter().map(text).collect()
    }

    #[test]
    fn one_check_is_one_session() {
        let stamps = [(0, Role::Ptr), (40, Role::Aaaa), (41, Role::A), (60_000, Role::Ptr), (61_500, Role::A)];
        assert_eq!(sessions(&stamps, Resolution::Millisecond), ["PTR AAAA A", "PTR A"]);
    }

    #[test]
    fn equal_stamps_take_the_order_of_programs() {
        let stamps = [(0, Role::A), (0, Role::Ptr), (3_600_000, Role::A), (3_600_000, Role::Ptr)];
        assert_eq!(sessions(&stamps, Resolution::Second), ["PTR A", "PTR A"]);
    }

    #[test]
    fn a_fast_loop_is_many_sessions() {
        let stamps: Vec<(i64, Role)> = (0..100).map(|i| (i * 1000, Role::A)).collect();
        assert_eq!(sessions(&stamps, Resolution::Millisecond).len(), 100);
    }

    #[test]
    fn coarse_stamps_group_only_equals() {
        let stamps = [(0, Role::Ptr), (0, Role::A), (60_000, Role::Ptr)];
        assert_eq!(sessions(&stamps, Resolution::Minute), ["PTR A", "PTR"]);
    }
}
