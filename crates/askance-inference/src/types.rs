//! Which types a series asks for, taken as one fact of the series.
//!
//! The walk from type to type (see [`marks`](crate::marks)) is learned from the series itself, so that a series which
//! keeps to one type soon fits a program that may ask for anything. That a host's log resolver asks for reverse names
//! and nothing else, and a crawler for addresses, is a fact about the mechanism, and is told here once.

use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::Observation;
use crate::sessions::Sessions;
use crate::state::Role;

/// Addresses alone, reverse names alone, both, MX among them, TXT of mail's policies among them, anything else among them.
const KINDS: usize = 6;
const ADDRESSES: usize = 0;
const REVERSE: usize = 1;
const BOTH: usize = 2;
const ROUTES: usize = 3;
const POLICIES: usize = 4;
const REST: usize = 5;

/// Share of the lookups from which on a kind of types counts: fewer are strays.
const SOME: f64 = 0.05;

/// How often a mechanism's series are of each kind where everything can be seen. Starting values.
fn kinds(m: M) -> [f64; KINDS] {
    match m {
        M::SenderVerification => [0.15, 0.12, 0.48, 0.2, 0.02, 0.03],
        M::MailAuthentication => [0.08, 0.01, 0.04, 0.05, 0.79, 0.03],
        M::DeliveryRetry => [0.5, 0.02, 0.03, 0.41, 0.01, 0.03],
        M::StoredMailRescan => [0.33, 0.25, 0.12, 0.1, 0.18, 0.02],
        M::HumanUse | M::Publicity | M::Crawler => [0.9, 0.01, 0.02, 0.01, 0.01, 0.05],
        M::CacheRefresh | M::ScheduledPoll | M::RetryLoop => [0.8, 0.06, 0.04, 0.04, 0.02, 0.04],
        M::FirewallObject => [0.94, 0.01, 0.01, 0.01, 0.01, 0.02],
        M::SearchSuffixLeak => [0.75, 0.05, 0.05, 0.08, 0.02, 0.05],
        M::Beacon | M::Tunnel | M::TimingChannel => [0.75, 0.03, 0.03, 0.03, 0.06, 0.1],
        M::Replay | M::None => [0.5, 0.15, 0.12, 0.08, 0.07, 0.08],
    }
}

/// The kind of types of a series, as ln of how often it is a mechanism's; 0 where only one kind could have been seen.
///
/// What a vantage cannot show is taken out: reverse names and addresses together are seen as addresses alone at
/// the server of a forward zone.
pub(crate) fn ln_types(all: &Sessions, given: &Observation) -> [f64; MECHANISMS] {
    let none = [0.0; MECHANISMS];
    if !given.types_known || all.events.is_empty() {
        return none;
    }
    if !given.forward_visible {
        // All that can be said at a server of reverse names: who asks for some is seen at all.
        return M::ALL.map(|m| libm::log(kinds(m)[REVERSE] + kinds(m)[BOTH]));
    }
    let share = |of: &[Role]| {
        let n = all.events.iter().filter(|e| of.contains(&e.role)).count();
        n as f64 / all.events.len() as f64
    };
    if share(&[Role::Generated]) > 0.5 {
        // Made-up names are of any type; what they are is told elsewhere.
        return none;
    }
    let shown = |of: &[Role]| of.iter().any(|&role| given.shows(role));
    let (addresses, reverse, rest) = (share(&FORWARD), share(&[Role::Ptr]), share(&OTHERS));
    let (routes, policies) = (share(&[Role::Mx]), share(&TEXT));
    let kind = if policies >= SOME {
        POLICIES
    } else if routes >= SOME {
        ROUTES
    } else if rest >= SOME {
        REST
    } else if reverse < SOME {
        ADDRESSES
    } else if addresses < SOME {
        REVERSE
    } else {
        BOTH
    };
    // What was seen could be seen, whatever the source's declaration says.
    let hidden = [
        (BOTH, reverse, &[Role::Ptr][..]),
        (ROUTES, routes, &[Role::Mx]),
        (POLICIES, policies, &TEXT),
        (REST, rest, &OTHERS),
    ]
    .map(|(kind, share, roles)| (kind, share == 0.0 && !shown(roles)));
    M::ALL.map(|m| libm::log(as_seen(kinds(m), &hidden)[kind]))
}

const FORWARD: [Role; 4] = [Role::A, Role::Aaaa, Role::Helo, Role::SuffixVariant];
const TEXT: [Role; 3] = [Role::TxtSpf, Role::TxtDkim, Role::TxtDmarc];
const OTHERS: [Role; 2] = [Role::NsSoa, Role::Other];

/// The table as a vantage shows it, summing to one.
///
/// - `hidden`: kinds, and whether what they need beside addresses cannot be seen
fn as_seen(mut kinds: [f64; KINDS], hidden: &[(usize, bool)]) -> [f64; KINDS] {
    for &(kind, hidden) in hidden {
        if hidden {
            // What asks for other types asks for addresses, too.
            kinds[ADDRESSES] += core::mem::take(&mut kinds[kind]);
            if kind == BOTH {
                kinds[REVERSE] = 0.0;
            }
        }
    }
    let total: f64 = kinds.iter().sum();
    kinds.map(|p| p / total)
}

#[cfg(test)]
mod tests {
    use askance_record::{Timestamp, Vantage};

    use super::*;
    use crate::state::{Event, SeriesState};

    const ANYWHERE: Observation = Observation::new(Vantage::ResolverClient);
    const FORWARD_ZONE: Observation = Observation::new(Vantage::Authoritative);

    /// How much rather `m` asks for these than `other` does, nats.
    fn lead(given: &Observation, asked: &[Role], m: M, other: M) -> f64 {
        let mut state = SeriesState::new(0);
        for (k, &role) in (0i64..).zip(asked) {
            state.push(&Event::new(Timestamp::from_s(k * 600), role));
        }
        let ln = ln_types(&Sessions::of(&state, given), given);
        ln[m.index()] - ln[other.index()]
    }

    #[test]
    fn kinds_are_a_distribution() {
        for m in M::ALL {
            assert!((kinds(m).iter().sum::<f64>() - 1.0).abs() < 1e-9, "{m}");
        }
    }

    #[test]
    fn who_asks_for_reverse_names_alone_is_a_log_resolver_rather_than_a_crawler() {
        assert!(lead(&ANYWHERE, &[Role::Ptr; 5], M::StoredMailRescan, M::Crawler) > 3.0);
        assert!(lead(&ANYWHERE, &[Role::A, Role::Aaaa], M::Crawler, M::StoredMailRescan) > 0.9);
        assert!(lead(&ANYWHERE, &[Role::Ptr, Role::A], M::SenderVerification, M::DeliveryRetry) > 2.0);
        assert!(lead(&ANYWHERE, &[Role::TxtSpf, Role::A], M::MailAuthentication, M::SenderVerification) > 3.0);
        assert!(lead(&ANYWHERE, &[Role::Mx, Role::A], M::SenderVerification, M::MailAuthentication) > 1.0);
        // A stray among many is none of them.
        let mut stray = [Role::A; 30];
        stray[7] = Role::Mx;
        assert!(lead(&ANYWHERE, &stray, M::ScheduledPoll, M::DeliveryRetry) > 0.0);
    }

    #[test]
    fn what_cannot_be_seen_has_no_weight() {
        // PTR and address of a check are seen as an address alone.
        let unseen = lead(&FORWARD_ZONE, &[Role::A; 5], M::SenderVerification, M::ScheduledPoll);
        let seen = lead(&ANYWHERE, &[Role::A; 5], M::SenderVerification, M::ScheduledPoll);
        assert!(unseen > seen + 1.0, "{unseen} {seen}");
        let only_a = Observation { types_shown: Some(vec![Role::A]), ..FORWARD_ZONE };
        let untyped = Observation { types_known: false, ..ANYWHERE };
        for m in M::ALL {
            assert!(lead(&only_a, &[Role::A; 5], m, M::None).abs() < 1e-12, "{m}: nothing else is kept");
            assert!(lead(&untyped, &[Role::A; 5], m, M::None).abs() < 1e-12, "{m}: no types are known");
        }
        let reverse = Observation { forward_visible: false, ..ANYWHERE };
        assert!(lead(&reverse, &[Role::Ptr; 5], M::StoredMailRescan, M::Crawler) > 2.0, "a crawler is not seen there");
    }

    #[test]
    fn names_that_are_made_up_are_of_any_type() {
        assert!(lead(&ANYWHERE, &[Role::Generated; 9], M::Tunnel, M::Crawler).abs() < 1e-12);
    }
}
