//! What mail logs and flow records add.

use askance_record::Timestamp;

use crate::math::ln_beta;
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::state::Role;

/// Seconds around a session in which a mail connection counts as its cause: servers log the
/// connection after its name is known, and filters ask when the message is in.
const MAIL_WINDOW_S: (f64, f64) = (-30.0, 30.0);
/// A connection towards the client comes just before the check of its name.
const INBOUND_WINDOW_S: (f64, f64) = (-30.0, 5.0);
/// The PTR of a peer is asked for at the start of the dialogue that then names a sender's domain. One that is asked
/// for afterwards is that of a server which a delivery connects to.
const CHECK_WINDOW_S: (f64, f64) = (-30.0, 0.0);

/// Who delivers asks for the MX record, and at once for the addresses of the hosts that it names; a cache may answer
/// either.
const ROUTE_WINDOW_S: (f64, f64) = (-10.0, 0.5);

/// What a client does beside may run by the clock as the lookups do, each hour or each day, and meets them then. Moved
/// by whole hours or days, seconds, sessions meet it as often; what one caused of the other they do not.
const MOVES_S: [[i64; 4]; 2] = [[-7200, -3600, 3600, 7200], [-172_800, -86_400, 86_400, 172_800]];
/// Moved sessions below which their share says nothing.
const MOVED_MIN: u32 = 8;
/// Chance is never all of it: hits that must come say nothing.
const CHANCE_MOST: f64 = 0.95;

/// How many sessions had a matching record, of how many that could have had one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Matched {
    pub(crate) hits: f64,
    pub(crate) of: f64,
    /// Share of hits by chance alone: of the covered time that lies in some record's window. Of what the client does
    /// beside, the share of sessions moved by whole hours or days that find a record, where that is more.
    pub(crate) chance: f64,
}

/// What was matched, and what it adds to each mechanism, nats.
#[derive(Clone, Debug)]
pub(crate) struct Cross {
    pub(crate) ln: [f64; MECHANISMS],
    pub(crate) arrivals: Option<Matched>,
    pub(crate) deliveries: Option<Matched>,
    pub(crate) outbound: Option<Matched>,
    pub(crate) inbound: Option<Matched>,
    pub(crate) checks: Option<Matched>,
    pub(crate) routes: Option<Matched>,
}

impl Cross {
    /// - `seen`: what could be seen: a cache may have answered what goes with a lookup, and stamps may be coarse
    pub(crate) fn of(all: &Sessions, given: &Evidence, ttl_s: Option<u32>, seen: &Observation) -> Self {
        let behind_cache = seen.vantage.is_behind_cache();
        // A stamp is the start of its step: what came with the lookup may be that much later.
        let grain_s = seen.resolution.step_s();
        let matched = |coverage: &[_], records: &[_], window: (f64, f64)| {
            matched(all, coverage, records, (window.0, window.1 + grain_s))
        };
        let mut cross = Self {
            ln: [0.0; MECHANISMS],
            arrivals: None,
            deliveries: None,
            outbound: None,
            inbound: None,
            checks: None,
            routes: None,
        };
        let beside = |records: &[_], window: (f64, f64)| beside(all, records, (window.0, window.1 + grain_s));
        let asks_ptr = all.events.iter().any(|e| e.role == Role::Ptr);
        let speaks = |found: Option<Matched>| found.filter(|m| m.hits > 0.0 || given.names_a_peer);
        if let Some(mail) = &given.mail {
            cross.arrivals = speaks(matched(&mail.coverage, &mail.arrivals, MAIL_WINDOW_S));
            // A sender looks up, then delivers.
            cross.deliveries = matched(&mail.coverage, &mail.deliveries, (-5.0, 30.0));
        }
        if let Some(flows) = &given.flows {
            let wait = f64::from(ttl_s.unwrap_or(300).clamp(5, 300));
            cross.outbound = matched(&flows.coverage, &flows.from_client, (0.0, wait));
            cross.inbound = speaks(matched(&flows.coverage, &flows.to_client, INBOUND_WINDOW_S));
        }
        // Its own PTR lookups are marks already, and a mail log says the same better.
        if !asks_ptr && !given.checks.is_empty() && cross.arrivals.is_none() {
            cross.checks = beside(&given.checks, CHECK_WINDOW_S);
        }
        // Its own MX lookups are marks already.
        if !given.routes.is_empty() && all.events.iter().all(|e| e.role != Role::Mx) {
            cross.routes = beside(&given.routes, ROUTE_WINDOW_S);
        }
        for m in M::ALL {
            let sum = &mut cross.ln[m.index()];
            *sum += ln_matched(cross.arrivals, arrival(m));
            *sum += ln_matched(cross.inbound, arrival(m));
            *sum += ln_matched(cross.checks, check(m).seen(behind_cache));
            *sum += ln_matched(cross.routes, route(m).seen(behind_cache));
            if cross.deliveries.is_some_and(|d| d.hits > 0.0) {
                *sum += ln_matched(cross.deliveries, delivery(m));
            }
            *sum += ln_matched(cross.outbound, outbound(m));
        }
        cross
    }
}

/// What a mechanism says of a session's chance of a matching record.
///
/// `none` stands for something that has nothing to do with mail: whatever comes with every
/// connection of a mail server is of the mail family, listed or not.
#[derive(Clone, Copy)]
enum Expect {
    /// Nothing to do with each other: hits by chance.
    Chance,
    /// Beta prior of the share of sessions with a match.
    Share(f64, f64),
}

impl Expect {
    /// The same of lookups: behind a cache, where one may be answered from it while the other is seen, most of them or
    /// hardly any.
    fn seen(self, behind_cache: bool) -> Self {
        match self {
            Self::Share(..) if behind_cache => Self::Share(0.5, 0.5),
            other => other,
        }
    }
}

fn arrival(m: M) -> Expect {
    match m {
        M::SenderVerification | M::MailAuthentication => Expect::Share(9.0, 1.0),
        _ => Expect::Chance,
    }
}

/// Not every check of a sender goes with a check of the peer, and a busy server does both all day.
fn check(m: M) -> Expect {
    match m {
        M::SenderVerification | M::MailAuthentication => Expect::Share(4.0, 1.0),
        _ => Expect::Chance,
    }
}

/// Addresses of a mail host that come just after the MX record which names it. Checks of a sender's domain, and SPF's
/// `mx`, ask so as well.
fn route(m: M) -> Expect {
    match m {
        M::DeliveryRetry => Expect::Share(9.0, 1.0),
        M::SenderVerification | M::MailAuthentication | M::StoredMailRescan => Expect::Share(3.0, 2.0),
        _ => Expect::Chance,
    }
}

fn delivery(m: M) -> Expect {
    match m {
        M::DeliveryRetry => Expect::Share(9.0, 1.0),
        _ => Expect::Chance,
    }
}

/// Shares of lookups that are followed by a flow: 40 % of answers are never used by people's
/// programs (Callahan, Allman, Rabinovich 2013); a name check never connects.
fn outbound(m: M) -> Expect {
    match m {
        M::SenderVerification | M::MailAuthentication | M::StoredMailRescan | M::FirewallObject | M::Replay => {
            Expect::Share(0.4, 9.6)
        }
        M::DeliveryRetry | M::Publicity => Expect::Share(6.0, 2.0),
        M::HumanUse => Expect::Share(3.0, 2.0),
        M::Beacon => Expect::Share(9.0, 1.0),
        M::Crawler => Expect::Share(8.0, 2.0),
        M::CacheRefresh => Expect::Share(1.0, 1.0),
        M::RetryLoop | M::SearchSuffixLeak | M::Tunnel => Expect::Share(0.4, 6.0),
        // A program that polls connects each time, or never.
        M::ScheduledPoll | M::TimingChannel | M::None => Expect::Share(0.5, 0.5),
    }
}

/// How often most of what the client opens towards the answers goes to mail servers' ports. Starting values.
///
/// Some receivers try whether a sender can be written to ("callout"); monitors watch mail servers, too.
pub(crate) fn to_mail_ports(m: M) -> f64 {
    match m {
        M::DeliveryRetry => 0.97,
        M::SenderVerification => 0.5,
        M::MailAuthentication | M::ScheduledPoll | M::RetryLoop | M::CacheRefresh => 0.3,
        M::FirewallObject | M::SearchSuffixLeak | M::None => 0.2,
        M::HumanUse | M::Publicity | M::Crawler => 0.01,
        _ => 0.05,
    }
}

/// Whether most of it went there, as ln.
///
/// - `share`: of those flows
pub(crate) fn ln_mail_ports(m: M, share: f64) -> f64 {
    let mail = to_mail_ports(m);
    libm::log(if share > 0.5 { mail } else { 1.0 - mail })
}

/// How many of the connections came long after a lookup, as ln: hardly any, some, most. Starting values.
///
/// Who keeps what it was told connects again without asking; who asks in order to connect does so at once.
///
/// - `share`: of those flows
pub(crate) fn ln_late(m: M, share: f64) -> f64 {
    let bin = [0.05, 0.5].iter().position(|&upper| share < upper).unwrap_or(2);
    libm::log(
        match m {
            M::CacheRefresh => [0.2, 0.25, 0.55],
            M::HumanUse => [0.4, 0.4, 0.2],
            M::FirewallObject | M::None => [0.4, 0.3, 0.3],
            M::Beacon | M::ScheduledPoll | M::DeliveryRetry | M::TimingChannel => [0.85, 0.11, 0.04],
            _ => [0.7, 0.2, 0.1],
        }[bin],
    )
}

fn ln_matched(matched: Option<Matched>, expect: Expect) -> f64 {
    let Some(Matched { hits, of, chance }) = matched else {
        return 0.0;
    };
    let (a, b) = match expect {
        Expect::Share(a, b) => (a, b),
        Expect::Chance => (20.0 * chance + 0.1, 20.0 * (1.0 - chance) + 0.1),
    };
    ln_beta(a + hits, b + of - hits) - ln_beta(a, b)
}

/// Counts sessions inside `coverage` that have a record within `window` seconds of their start.
fn matched(
    all: &Sessions,
    coverage: &[(Timestamp, Timestamp)],
    records: &[Timestamp],
    window: (f64, f64),
) -> Option<Matched> {
    counted(all, coverage, &ascending(records), window)
}

fn ascending(records: &[Timestamp]) -> Vec<Timestamp> {
    let mut records = records.to_vec();
    records.sort_unstable();
    records
}

/// - `records`: ascending
fn counted(
    all: &Sessions,
    coverage: &[(Timestamp, Timestamp)],
    records: &[Timestamp],
    window: (f64, f64),
) -> Option<Matched> {
    let covered = |t: Timestamp| coverage.is_empty() || coverage.iter().any(|&(a, b)| a <= t && t <= b);
    let (hits, of) = found(all, covered, records, window, 0);
    let chance = chance(all, coverage, records, window);
    (of > 0).then(|| Matched { hits: f64::from(hits), of: f64::from(of), chance })
}

/// The same of what the client does beside, wherever the series is.
fn beside(all: &Sessions, records: &[Timestamp], window: (f64, f64)) -> Option<Matched> {
    let records = ascending(records);
    let found = counted(all, &[], &records, window)?;
    let by_clock = if found.hits > 0.0 { MOVES_S.map(|moves| moved(all, &records, window, moves)) } else { [0.0; 2] };
    let chance = by_clock.into_iter().fold(found.chance, f64::max).min(CHANCE_MOST);
    Some(Matched { chance, ..found })
}

/// Sessions, each moved by `by_s` seconds, that have a record, and sessions that could have had one.
///
/// - `records`: ascending
fn found(
    all: &Sessions,
    covered: impl Fn(Timestamp) -> bool,
    records: &[Timestamp],
    window: (f64, f64),
    by_s: i64,
) -> (u32, u32) {
    let starts = all.sessions.iter().map(|session| session.start.plus_us(by_s * 1_000_000)).filter(|&t| covered(t));
    starts.fold((0, 0), |(hits, of), start| {
        let from = records.partition_point(|r| r.since_s(start) < window.0);
        (hits + u32::from(records.get(from).is_some_and(|r| r.since_s(start) <= window.1)), of + 1)
    })
}

/// Share of the sessions, moved by each of `moves_s` seconds inside the series, that find a record; none where few stay.
fn moved(all: &Sessions, records: &[Timestamp], window: (f64, f64), moves_s: [i64; 4]) -> f64 {
    let [Some(first), Some(last)] = [all.sessions.first(), all.sessions.last()] else { return 0.0 };
    let inside = |t: Timestamp| first.start <= t && t <= last.start;
    let each = moves_s.map(|by_s| found(all, inside, records, window, by_s));
    let (hits, of) = each.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if of < MOVED_MIN { 0.0 } else { f64::from(hits) / f64::from(of) }
}

/// Share of the covered time in which a session would find a record.
fn chance(all: &Sessions, coverage: &[(Timestamp, Timestamp)], records: &[Timestamp], window: (f64, f64)) -> f64 {
    let width = window.1 - window.0;
    let mut busy = 0.0;
    let mut before: Option<Timestamp> = None;
    for &record in records {
        busy += before.map_or(width, |before| record.since_s(before).min(width));
        before = Some(record);
    }
    let covered: f64 = coverage.iter().map(|(a, b)| b.since_s(*a).max(0.0)).sum();
    let span = all.sessions.last().map_or(0.0, |last| last.start.since_s(all.sessions[0].start));
    let total = if coverage.is_empty() { span } else { covered };
    (busy / total.max(width)).clamp(0.0, CHANCE_MOST)
}

#[cfg(test)]
mod tests {
    use askance_record::Vantage;

    use super::*;
    use crate::state::{Event, SeriesState};

    const MINUTE: i64 = 60;
    const DAY: i64 = 24 * 60 * MINUTE;

    /// Share of hits, and what chance would make of them, of lookups and what the client does beside, both at these
    /// seconds.
    fn matches(lookups: impl Iterator<Item = i64>, records: impl Iterator<Item = i64>) -> (f64, f64) {
        let mut state = SeriesState::new(0);
        lookups.for_each(|s| state.push(&Event::new(Timestamp::from_s(s), Role::A)));
        let sessions = Sessions::of(&state, &Observation::new(Vantage::ResolverClient));
        let records: Vec<Timestamp> = records.map(Timestamp::from_s).collect();
        let found = beside(&sessions, &records, CHECK_WINDOW_S).expect("sessions");
        (found.hits / found.of, (found.of * found.chance).round())
    }

    #[test]
    fn jobs_that_both_run_by_the_clock_meet_by_chance() {
        let every = |step: i64, from: i64| (0..3 * DAY / step).map(move |k| from + k * step);
        // Both at the full hour: 72 of 72, though a record stands in one of 120 windows.
        assert_eq!(matches(every(60 * MINUTE, 0), every(60 * MINUTE, -3)), (1.0, 68.0));
        // One each day, both at the same minute of it.
        let nightly = |from: i64| (0..20).map(move |k| from + k * DAY);
        assert_eq!(matches(nightly(0), nightly(-5)), (1.0, 19.0));
    }

    #[test]
    fn what_one_causes_of_the_other_meets_seldom_once_it_is_moved() {
        let irregular = |k: i64| k * 2417 + (k * k * 7919) % 1200;
        let (hits, chance) = matches((0..200).map(irregular), (0..200).map(|k| irregular(k) - 4));
        assert!(hits > 0.999 && chance < 10.0, "{hits} {chance}");
    }

    #[test]
    fn few_sessions_have_the_chance_of_their_log_alone() {
        assert_eq!(matches([0, 3600].into_iter(), [-3, 3597].into_iter()), (1.0, 0.0));
    }
}
