//! What other records of the same days hold, for each mechanism.
//!
//! Shares and delays are starting values from how the programs work, not the engines' priors:
//! whether a poll connects, how busy a mail server is and how many names a page pulls in differ
//! from client to client, so that they are drawn once a draw.

use askance_record::{Rng, Timestamp};

use super::{Around, SimulateGiven};
use crate::cross::to_mail_ports;
use crate::mechanism::MechanismId as M;
use crate::observe::{Evidence, FlowEvidence, MailEvidence, Population};

/// Mail connections, deliveries or flows a day that have nothing to do with the lookups.
const UNRELATED_PER_DAY: f64 = 0.4;

/// The records that are kept, for a client that acts at `acts` (seconds after the start).
pub(super) fn evidence(m: M, rng: &mut Rng, acts: &[f64], given: &SimulateGiven, around: &Around) -> Evidence {
    let mut out = Evidence::default();
    let kept = around.kept;
    if kept.ttl {
        out.ttl_s = Some(given.ttl_s);
        out.ptr_ttl_s = Some(around.ptr_ttl_s.unwrap_or(given.ttl_s));
    }
    let coverage = vec![(given.start, given.at(given.days * 86_400.0))];
    if kept.mail {
        let mut mail = MailEvidence { coverage: coverage.clone(), ..MailEvidence::default() };
        mail.arrivals = arrivals(m, rng, acts, given);
        mail.deliveries = beside(rng, acts, given, if m == M::DeliveryRetry { 0.97 } else { 0.0 }, (0.05, 5.0));
        out.mail = Some(mail);
    }
    if kept.flows {
        let mut flows = FlowEvidence { coverage, ..FlowEvidence::default() };
        let share = connects(m, rng);
        flows.from_client = beside(rng, acts, given, share, (0.02, 2.0));
        if m == M::CacheRefresh && share > 0.0 {
            flows.from_client.extend(between(rng, acts, given));
            flows.from_client.sort_unstable();
        }
        let lookups: Vec<Timestamp> = acts.iter().map(|&t| given.at(t)).collect();
        flows.late = FlowEvidence::late_share(&flows.from_client, &lookups, given.observation.resolution.step_s());
        let mail = rng.uniform(0.0, 1.0) < to_mail_ports(m);
        flows.mail_ports = (!flows.from_client.is_empty()).then_some(f64::from(u8::from(mail)));
        flows.to_client = if checks_peer(m) { arrivals(m, rng, acts, given) } else { Vec::new() };
        out.flows = Some(flows);
    }
    if kept.checks {
        let share = if checks_peer(m) { 0.85 } else { 0.0 };
        out.checks = beside(rng, acts, given, share, (-3.0, -0.01));
    }
    if kept.company {
        let others = company(m, rng);
        let order = if copies(m, rng) { rng.uniform(0.82, 1.0) } else { 0.5 + 0.12 * rng.normal() };
        out.population = Some(Population {
            same_minute_families: Some(others),
            // Few names have no order.
            order_kept: (others >= 1.0).then_some(order.clamp(0.0, 1.0)),
            ..Population::default()
        });
    }
    out
}

const fn checks_peer(m: M) -> bool {
    matches!(m, M::SenderVerification | M::MailAuthentication)
}

/// Connections of mail from the family: before each check; by chance for the rest.
fn arrivals(m: M, rng: &mut Rng, acts: &[f64], given: &SimulateGiven) -> Vec<Timestamp> {
    // Some checks are made for a host whose log is not this one.
    beside(rng, acts, given, if checks_peer(m) { 0.93 } else { 0.0 }, (-2.0, 3.0))
}

/// Instants between the acts: what a cache answered.
fn between(rng: &mut Rng, acts: &[f64], given: &SimulateGiven) -> Vec<Timestamp> {
    let pairs = acts.windows(2).filter(|pair| pair[1] - pair[0] > 10.0);
    pairs.map(|pair| given.at(rng.uniform(pair[0] + 5.0, pair[1]))).collect()
}

/// Instants beside a share of the acts, and a few that have nothing to do with them; ascending.
fn beside(rng: &mut Rng, acts: &[f64], given: &SimulateGiven, share: f64, delay_s: (f64, f64)) -> Vec<Timestamp> {
    let mut out = Vec::new();
    if share > 0.0 {
        for &t in acts {
            if rng.chance(share) {
                out.push(given.at(t + rng.uniform(delay_s.0, delay_s.1)));
            }
        }
    }
    let mut t = rng.exponential(86_400.0 / UNRELATED_PER_DAY);
    while t < given.days * 86_400.0 {
        out.push(given.at(t));
        t += rng.exponential(86_400.0 / UNRELATED_PER_DAY);
    }
    out.sort_unstable();
    out
}

/// The share of acts after which the client connects to the name's address.
fn connects(m: M, rng: &mut Rng) -> f64 {
    match m {
        // A server that calls back to see whether a sender exists is rare.
        M::SenderVerification | M::MailAuthentication | M::SearchSuffixLeak => 0.01,
        M::DeliveryRetry => 0.95,
        M::HumanUse => rng.uniform(0.45, 0.85),
        M::Beacon => 0.97,
        // A monitor connects each time; a job that only resolves never does.
        M::ScheduledPoll => {
            if rng.chance(0.6) {
                0.97
            } else {
                0.0
            }
        }
        // Whatever wants the name so often: programs that connect, or jobs that only resolve.
        M::CacheRefresh => (rng.uniform(0.1, 0.9) - 0.3).max(0.0),
        M::Crawler => {
            if rng.chance(0.7) {
                0.8
            } else {
                0.0
            }
        }
        M::Publicity => 0.6,
        M::RetryLoop => 0.03,
        M::None => rng.unit(),
        M::FirewallObject | M::StoredMailRescan | M::Replay | M::Tunnel | M::TimingChannel => 0.0,
    }
}

/// Whether the client asks in the order in which others had asked.
fn copies(m: M, rng: &mut Rng) -> bool {
    match m {
        M::Replay => rng.chance(0.9),
        M::StoredMailRescan => rng.chance(0.4),
        _ => false,
    }
}

/// How many other families the client asks for in the same minute.
fn company(m: M, rng: &mut Rng) -> f64 {
    let around = |rng: &mut Rng, middle: f64, spread: f64| (middle * libm::exp(spread * rng.normal())).round();
    match m {
        M::StoredMailRescan | M::Replay => around(rng, 60.0, 0.8),
        M::Crawler => around(rng, 40.0, 1.3),
        M::HumanUse | M::Publicity => around(rng, 8.0, 0.7),
        // A mail server checks whoever connects: few or many, as the server is small or large.
        M::SenderVerification | M::MailAuthentication | M::DeliveryRetry => around(rng, 2.0, 1.2),
        M::CacheRefresh => around(rng, 4.0, 1.2),
        _ => around(rng, 1.0, 1.0),
    }
}
