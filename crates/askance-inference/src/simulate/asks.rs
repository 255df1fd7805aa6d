//! What a client asks when it acts, and what cache, vantage and clock let through.

use askance_record::{Rng, Timestamp};

use super::{Around, Asked, SimulateGiven};
use crate::mechanism::MechanismId as M;
use crate::state::{Event, RcodeClass, Role};

/// What the client asks in one act.
///
/// - `ok`: how the zone answers what it has
pub(super) fn session(m: M, rng: &mut Rng, t: f64, ok: RcodeClass, out: &mut Vec<Asked>) {
    let mut at = t;
    let mut ask = |rng: &mut Rng, role: Role, rcode: RcodeClass| {
        out.push((at, role, rcode));
        at += rng.uniform(0.005, 0.06);
    };
    match m {
        M::SenderVerification | M::MailAuthentication => {
            ask(rng, Role::Ptr, ok);
            ask(rng, Role::A, ok);
            if m == M::MailAuthentication {
                for role in [Role::TxtSpf, Role::TxtDkim, Role::TxtSpf, Role::TxtDmarc] {
                    ask(rng, role, ok);
                }
            }
        }
        M::DeliveryRetry => {
            for role in [Role::Mx, Role::Aaaa, Role::A] {
                ask(rng, role, if role == Role::Aaaa { RcodeClass::NoData } else { ok });
            }
        }
        M::HumanUse | M::Crawler => {
            ask(rng, Role::A, ok);
            ask(rng, Role::Aaaa, RcodeClass::NoData);
        }
        M::SearchSuffixLeak => {
            ask(rng, Role::A, RcodeClass::NxDomain);
            ask(rng, Role::SuffixVariant, RcodeClass::NxDomain);
        }
        M::StoredMailRescan => {
            ask(rng, Role::Mx, ok);
            ask(rng, Role::TxtSpf, ok);
        }
        M::Tunnel => ask(rng, Role::Generated, ok),
        M::None => {
            let roles = [Role::NsSoa, Role::A, Role::Other, Role::TxtDmarc, Role::Ptr];
            let rcodes = [ok, RcodeClass::Refused, RcodeClass::Other];
            let role = roles[usize::try_from(rng.below(5)).expect("below 5")];
            let rcode = rcodes[usize::try_from(rng.below(3)).expect("below 3")];
            ask(rng, role, rcode);
        }
        _ => ask(rng, Role::A, ok),
    }
}

/// What the caches, the vantage and the clock of the sensor let through.
///
/// - `cached`: whether a cache stands between the client's programs and the record
pub(super) fn through(
    rng: &mut Rng,
    asked: &[Asked],
    cached: bool,
    given: &SimulateGiven,
    around: &Around,
) -> Vec<Event> {
    let seen = &given.observation;
    let step = seen.resolution.step_us();
    let mut farm = vec![[f64::NEG_INFINITY; Role::COUNT]; usize::from(around.caches.max(1))];
    let mut out = Vec::new();
    // The lookups of one act go to one cache.
    let (mut at_cache, mut before) = (0, f64::NEG_INFINITY);
    for &(t, role, rcode) in asked {
        if farm.len() > 1 && t - before > 1.0 {
            at_cache = usize::try_from(rng.below(farm.len() as u64)).expect("an index");
        }
        before = t;
        let ttl_s = if role == Role::Ptr { around.ptr_ttl_s.unwrap_or(given.ttl_s) } else { given.ttl_s };
        let ttl = f64::from(ttl_s);
        let until = &mut farm[at_cache][usize::from(role.as_u8())];
        let early = if around.prefetch { 0.1 * ttl } else { 0.0 };
        // A name that was never asked before is in no cache.
        if cached && role != Role::Generated && t < *until - early {
            continue;
        }
        // A failure is not kept for the whole TTL.
        *until = t + if rcode == RcodeClass::ServFail { ttl.min(5.0) } else { ttl };
        if !seen.shows(role) || (around.loss > 0.0 && rng.chance(around.loss)) {
            continue;
        }
        let ts = given.at(t);
        let up = |&(from, to): &(Timestamp, Timestamp)| from <= ts && ts <= to;
        if !seen.coverage.is_empty() && !seen.coverage.iter().any(up) {
            continue;
        }
        let told = seen.vantage.is_behind_cache() && seen.responses_visible && rcode == RcodeClass::NoError;
        out.push(Event {
            ts: Timestamp::from_us(ts.us().div_euclid(step) * step),
            role,
            rcode: if seen.responses_visible { rcode } else { RcodeClass::Unknown },
            cached: None,
            ttl_s: (told && around.ttl_shown).then_some(ttl_s),
        });
        if out.len() >= around.lookups_max {
            break;
        }
    }
    out
}
