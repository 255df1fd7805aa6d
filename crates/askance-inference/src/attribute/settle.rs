//! Which further record would separate what is left.
//!
//! A first pass by rule: for each record that this vantage lacks, the surviving pairs
//! that it separates, and a rough expectation of how far. Simulating the survivors
//! through the missing vantage will replace the expectations.

use askance_record::Resolution;

use crate::mechanism::{Family, MechanismId as M};
use crate::observe::{Evidence, Observation};
use crate::state::{Role, SeriesState};

use crate::calibration::Calibration;

/// A record that would help.
#[derive(Clone, Debug, PartialEq)]
pub struct Settle {
    /// What to ask for.
    pub record: String,
    /// What it would show.
    pub why: String,
    /// The surviving pairs that it would tell apart.
    pub separates: Vec<(M, M)>,
    /// How far it would, in bans, if it covered the same time: a rough guess in this release.
    pub expected_log10_lr: f64,
}

/// A record that may be missing.
struct Wish {
    record: &'static str,
    why: &'static str,
    missing: bool,
    /// Bans an independent session would add.
    bans: f64,
    separates: fn(M, M) -> bool,
}

/// The records that would separate members of `set`, best first.
pub(super) fn settle(
    set: &[M],
    sessions: usize,
    given: &Observation,
    evidence: &Evidence,
    ttl_s: Option<u32>,
    state: &SeriesState,
) -> Vec<Settle> {
    let pairs: Vec<(M, M)> =
        set.iter().enumerate().flat_map(|(k, &a)| set[k + 1..].iter().map(move |&b| (a, b))).collect();
    let days = match (state.first(), state.last()) {
        (Some(first), Some(last)) => last.since_s(first) / 86_400.0,
        _ => 0.0,
    };
    // Sessions are not independent: their information grows like the tempered score.
    let worth = libm::sqrt(3.0 * (sessions.max(1)) as f64);
    let mut out: Vec<Settle> = options(given, evidence, ttl_s, days, sessions)
        .into_iter()
        .filter(|o| o.missing)
        .map(|o| {
            let separates: Vec<(M, M)> =
                pairs.iter().copied().filter(|&(a, b)| (o.separates)(a, b) || (o.separates)(b, a)).collect();
            Settle {
                record: o.record.to_owned(),
                why: o.why.to_owned(),
                separates,
                expected_log10_lr: (o.bans * worth).min(Calibration::embedded().cap.high),
            }
        })
        .filter(|s| !s.separates.is_empty())
        .collect();
    out.sort_by(|a, b| {
        b.separates.len().cmp(&a.separates.len()).then(b.expected_log10_lr.total_cmp(&a.expected_log10_lr))
    });
    out
}

fn options(given: &Observation, evidence: &Evidence, ttl_s: Option<u32>, days: f64, sessions: usize) -> [Wish; 8] {
    let behind = given.vantage.is_behind_cache();
    [
        Wish {
            record: "query log of the in-addr.arpa zone of the address (kept by the address's owner)",
            why: "a check of a mail sender asks PTR first; other uses of the name do not",
            missing: !given.shows(Role::Ptr),
            bans: 0.3,
            separates: |a, b| checks_peer(a) && !checks_peer(b),
        },
        Wish {
            record: "query log between the clients and their resolver, for the same days",
            why: "shows which host asked, every lookup instead of cache misses, and PTR, MX and TXT beside A",
            missing: behind,
            bans: 0.25,
            separates: |a, b| (a, b) != (M::ScheduledPoll, M::Beacon),
        },
        Wish {
            record: "mail log of the client's receiving and sending hosts",
            why: "a check comes within seconds of a connection; a retry comes with a delivery attempt",
            missing: evidence.mail.is_none(),
            bans: 0.3,
            separates: |a, b| a.family() == Family::Mail && b.family() != Family::Mail || a == M::DeliveryRetry,
        },
        Wish {
            record: "flow records between the client's network and the addresses of the name",
            why: "a check or a firewall object never connects; people and beacons do",
            missing: evidence.flows.is_none(),
            bans: 0.2,
            separates: |a, b| connects(a) && !connects(b) || a == M::Beacon,
        },
        Wish {
            record: "the TTL that the zone gave at the time",
            why: "refreshes and firewall objects keep to the TTL; polls keep to their own period",
            missing: ttl_s.is_none(),
            bans: 0.1,
            separates: |a, b| follows_ttl(a) != follows_ttl(b),
        },
        Wish {
            record: "time stamps to the second or finer",
            why: "order and distance inside a session show which program asks",
            missing: given.resolution > Resolution::Second,
            bans: 0.15,
            separates: |_, _| true,
        },
        Wish {
            record: "the other names that the client asked for in the same minutes",
            why: "a scan of stored mail or a crawler asks for many names at once; a replay comes from new resolvers",
            missing: evidence.population.is_none_or(|p| p.same_minute_families.is_none()),
            bans: 0.1,
            separates: |a, b| third_party(a) && !third_party(b),
        },
        Wish {
            record: "the same log for at least four weeks",
            why: "a working week, a clock and a retry schedule differ in shape, which few lookups do not show",
            missing: days < 28.0 || sessions < 60,
            bans: 0.05,
            separates: |_, _| true,
        },
    ]
}

fn checks_peer(m: M) -> bool {
    matches!(m, M::SenderVerification | M::MailAuthentication)
}

fn connects(m: M) -> bool {
    matches!(m, M::HumanUse | M::Beacon | M::DeliveryRetry | M::Crawler | M::Publicity)
}

fn follows_ttl(m: M) -> bool {
    matches!(m, M::CacheRefresh | M::FirewallObject)
}

fn third_party(m: M) -> bool {
    matches!(m, M::StoredMailRescan | M::Crawler | M::Replay | M::Publicity)
}
