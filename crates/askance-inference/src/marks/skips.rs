//! How often a cache answers instead, role by role.
//!
//! A lookup of a role whose answers live for T is hidden with probability lambda T / (1 + lambda T). So
//! where a PTR lives for a day and an address for minutes, a check that always asks for both shows hardly
//! any PTR upstream: E\[#PTR\] / E\[#A\] = (1 + lambda `T_A`) / (1 + lambda `T_PTR`). Where the TTLs are alike,
//! or not known, every role is hidden as often as any other.

use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::state::{RcodeClass, Role};

/// Probability that a cache answers, by role.
pub(super) type Skips = [f64; Role::COUNT];

/// Of a role whose TTL is not known. A starting value.
const UNKNOWN: f64 = 0.4;
/// TTLs that differ by less than this factor are alike.
const UNEQUAL: f64 = 1.5;
/// No role is hidden always or never.
const RANGE: (f64, f64) = (0.02, 0.95);

/// Probability that a cache holds the answer when it is wanted `per_s` times a second and lives for `ttl_s`.
///
/// # Source
/// Jung, Berger, Balakrishnan 2003: hit rate of a TTL cache under Poisson demand.
fn hidden(per_s: f64, ttl_s: f64) -> f64 {
    let wanted = per_s * ttl_s;
    (wanted / (1.0 + wanted)).clamp(RANGE.0, RANGE.1)
}

/// The roles' own probabilities, where two that were asked for have unequal TTLs; behind a cache only.
pub(super) fn skips(all: &Sessions, given: &Observation, evidence: &Evidence) -> Option<Skips> {
    if !given.vantage.is_behind_cache() {
        return None;
    }
    let mut ttls = [None; Role::COUNT];
    for &role in Role::ALL {
        if all.events.iter().any(|e| e.role == role) {
            ttls[usize::from(role.as_u8())] = ttl_of(all, evidence, role);
        }
    }
    // A PTR that is always hidden is as telling as one that is seen.
    if let Some(ttl_s) = evidence.ptr_ttl_s.filter(|_| given.shows(Role::Ptr)) {
        ttls[usize::from(Role::Ptr.as_u8())].get_or_insert(f64::from(ttl_s));
    }
    let known = || ttls.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    if high < UNEQUAL * low || low == f64::INFINITY {
        return None;
    }
    let per_s = demand_per_s(all, &ttls)?;
    Some(ttls.map(|ttl_s| ttl_s.map_or(UNKNOWN, |ttl_s| hidden(per_s, ttl_s))))
}

/// The TTL that a role's answers carry most often, or that other records give, seconds.
fn ttl_of(all: &Sessions, evidence: &Evidence, role: Role) -> Option<f64> {
    let answered = all.events.iter().filter(|e| e.role == role && e.rcode == RcodeClass::NoError);
    let mut seen: Vec<u32> = answered.filter_map(|e| e.ttl_s).collect();
    seen.sort_unstable();
    let mut best: Option<&[u32]> = None;
    for run in seen.chunk_by(|a, b| a == b) {
        if best.is_none_or(|b| run.len() > b.len()) {
            best = Some(run);
        }
    }
    let told = match role {
        Role::A | Role::Aaaa => evidence.ttl_s,
        Role::Ptr => evidence.ptr_ttl_s,
        _ => None,
    };
    best.map(|run| run[0]).or(told).map(f64::from)
}

/// The demand behind the cache, from the role that is asked for most often among those whose TTL is known.
fn demand_per_s(all: &Sessions, ttls: &[Option<f64>; Role::COUNT]) -> Option<f64> {
    let span_s = all.sessions.last()?.start.since_s(all.sessions[0].start);
    let count = |role: Role| all.events.iter().filter(|e| e.role == role).count();
    let mut best: Option<(usize, f64)> = None;
    for &role in Role::ALL {
        if let Some(ttl_s) = ttls[usize::from(role.as_u8())] {
            let n = count(role);
            if best.is_none_or(|(most, _)| n > most) {
                best = Some((n, ttl_s));
            }
        }
    }
    let (n, ttl_s) = best.filter(|_| span_s > 0.0)?;
    let n = n as f64;
    Some(n / (span_s - n * ttl_s).max(0.01 * span_s))
}
