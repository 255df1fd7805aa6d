//! What mail logs, flow records and the population add.

use askance_record::Timestamp;

use crate::math::ln_beta;
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::{Evidence, Population};
use crate::sessions::Sessions;
use crate::state::Role;

/// Seconds around a session in which a mail connection counts as its cause: servers log the
/// connection after its name is known, and filters ask when the message is in.
const MAIL_WINDOW_S: (f64, f64) = (-30.0, 30.0);
/// A connection towards the client comes just before the check of its name.
const INBOUND_WINDOW_S: (f64, f64) = (-30.0, 5.0);
/// The PTR of a peer is asked for at the start of the dialogue that then names a sender's domain.
const CHECK_WINDOW_S: (f64, f64) = (-30.0, 1.0);

/// How many sessions had a matching record, of how many that could have had one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Matched {
    pub(crate) hits: f64,
    pub(crate) of: f64,
    /// Share of the covered time that lies in some record's window: hits by chance alone.
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
}

impl Cross {
    pub(crate) fn of(all: &Sessions, given: &Evidence, ttl_s: Option<u32>) -> Self {
        let mut cross = Self {
            ln: [0.0; MECHANISMS],
            arrivals: None,
            deliveries: None,
            outbound: None,
            inbound: None,
            checks: None,
        };
        let asks_ptr = all.events.iter().any(|e| e.role == Role::Ptr);
        let speaks = |found: Option<Matched>| found.filter(|m| m.hits > 0.0 || given.names_a_peer);
        if let Some(mail) = &given.mail {
            cross.arrivals = speaks(matched(all, &mail.coverage, &mail.arrivals, MAIL_WINDOW_S));
            // A sender looks up, then delivers.
            cross.deliveries = matched(all, &mail.coverage, &mail.deliveries, (-5.0, 30.0));
        }
        if let Some(flows) = &given.flows {
            let wait = f64::from(ttl_s.unwrap_or(300).clamp(5, 300));
            cross.outbound = matched(all, &flows.coverage, &flows.from_client, (0.0, wait));
            cross.inbound = speaks(matched(all, &flows.coverage, &flows.to_client, INBOUND_WINDOW_S));
        }
        // Its own PTR lookups are marks already, and a mail log says the same better.
        if !asks_ptr && !given.checks.is_empty() && cross.arrivals.is_none() {
            cross.checks = matched(all, &[], &given.checks, CHECK_WINDOW_S);
        }
        for m in M::ALL {
            let sum = &mut cross.ln[m.index()];
            *sum += ln_matched(cross.arrivals, arrival(m));
            *sum += ln_matched(cross.inbound, arrival(m));
            *sum += ln_matched(cross.checks, check(m));
            if cross.deliveries.is_some_and(|d| d.hits > 0.0) {
                *sum += ln_matched(cross.deliveries, delivery(m));
            }
            *sum += ln_matched(cross.outbound, outbound(m));
            if let Some(population) = &given.population {
                *sum += ln_population(m, population);
            }
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
        M::DeliveryRetry => Expect::Share(6.0, 2.0),
        M::HumanUse => Expect::Share(3.0, 2.0),
        M::Beacon => Expect::Share(9.0, 1.0),
        M::Crawler => Expect::Share(8.0, 2.0),
        M::Publicity => Expect::Share(6.0, 2.0),
        M::CacheRefresh | M::ScheduledPoll => Expect::Share(1.0, 1.0),
        M::RetryLoop | M::SearchSuffixLeak | M::Tunnel => Expect::Share(0.4, 6.0),
        M::TimingChannel | M::None => Expect::Share(0.5, 0.5),
    }
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
    let mut records = records.to_vec();
    records.sort_unstable();
    let (mut hits, mut of) = (0u32, 0u32);
    for session in &all.sessions {
        if !coverage.is_empty() && !coverage.iter().any(|&(a, b)| a <= session.start && session.start <= b) {
            continue;
        }
        of += 1;
        let from = records.partition_point(|r| r.since_s(session.start) < window.0);
        hits += u32::from(records.get(from).is_some_and(|r| r.since_s(session.start) <= window.1));
    }
    (of > 0).then(|| {
        let (hits, of) = (f64::from(hits), f64::from(of));
        Matched { hits, of, chance: chance(all, coverage, &records, window) }
    })
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
    (busy / total.max(width)).clamp(0.0, 0.95)
}

/// Bins of the count of other families asked for in the same minute: 0, 1-2, 3-9, 10-29, 30 and more.
const COMPANY: [f64; 4] = [0.5, 2.5, 9.5, 29.5];

/// How often a mechanism's lookups stand in such company. Starting values: a host does other things
/// as well, so that company speaks for those that always have it more than against the rest.
fn company(m: M) -> [f64; 5] {
    match m {
        M::StoredMailRescan | M::Crawler | M::Replay => [0.03, 0.07, 0.2, 0.3, 0.4],
        M::HumanUse | M::Publicity => [0.2, 0.22, 0.33, 0.18, 0.07],
        _ => [0.35, 0.25, 0.2, 0.12, 0.08],
    }
}

/// Coarse frequencies of population features; each family's are counted once, not once a client.
fn ln_population(m: M, population: &Population) -> f64 {
    let mut ln = 0.0;
    if let (Some(clients), Some(total)) = (population.clients_of_family, population.clients_total) {
        let share = f64::from(clients) / f64::from(total.max(1));
        if total >= 20 && m == M::Beacon {
            ln += libm::log(if share > 0.1 {
                0.1
            } else if clients <= 3 {
                2.0
            } else {
                1.0
            });
        }
    }
    if let Some(others) = population.same_minute_families {
        let bin = COMPANY.iter().position(|&upper| others < upper).unwrap_or(COMPANY.len());
        ln += libm::log(company(m)[bin]);
    }
    if let Some(kept) = population.order_kept {
        // What comes in the order of others is a copy of them; anything else keeps it half the time.
        let (ahead, half) = (kept > 0.8, kept > 0.35 && kept < 0.65);
        ln += libm::log(match (m, ahead, half) {
            (M::Replay, true, _) => 0.8,
            (M::Replay, false, _) => 0.1,
            (M::StoredMailRescan, true, _) => 0.4,
            (_, true, _) => 0.1,
            (_, _, true) => 0.6,
            _ => 0.3,
        });
    }
    if let Some(new) = population.new_clients_share {
        ln += libm::log(match (m, new > 0.5) {
            (M::Publicity, true) => 0.8,
            (M::Publicity, false) => 0.1,
            (_, true) => 0.15,
            (_, false) => 0.85,
        });
    }
    ln
}

/// Whether what decides a mechanism was seen, without which it cannot head an answer.
///
/// Five mechanisms have the timing and the marks of others; only what stands around the series
/// tells them apart (ADR 0012).
pub(crate) fn is_decided(m: M, population: Option<&Population>) -> bool {
    let company = population.and_then(|p| p.same_minute_families).is_some_and(|n| n >= 5.0);
    match m {
        M::StoredMailRescan | M::Crawler => company,
        M::Replay => company && population.and_then(|p| p.order_kept).is_some_and(|kept| kept > 0.8),
        M::Publicity => population.and_then(|p| p.new_clients_share).is_some_and(|share| share > 0.5),
        M::TimingChannel => false,
        _ => true,
    }
}
