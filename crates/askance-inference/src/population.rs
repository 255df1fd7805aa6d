//! What stands around a series: the company it keeps, and who else asks.
//!
//! These are single facts about a client or a family, not one a session (see [`facts`](crate::facts)). Each function
//! gives a coarse ln frequency, nats; 0 where the fact is not known.

use crate::mechanism::{Family, MechanismId as M};
use crate::observe::Population;

/// Bins of the count of other families asked for in the same minute: 0, 1-2, 3-9, 10-29, 30 and more.
const COMPANY: [f64; 4] = [0.5, 2.5, 9.5, 29.5];

/// From so many other families in the same minute on, a client goes through names.
const MANY: f64 = 5.0;
/// The same behind a cache, above what is usual there.
const MANY_ABOVE: f64 = 10.0;

/// Above this share an order is kept, or all names were asked for before.
const NEARLY_ALL: f64 = 0.8;

/// How often a mechanism's lookups stand in such company. Starting values: a host does other things
/// as well, so that company speaks for those that always have it more than against the rest.
fn company(m: M) -> [f64; 5] {
    match m {
        M::StoredMailRescan | M::Crawler | M::Replay => [0.02, 0.05, 0.18, 0.3, 0.45],
        M::HumanUse | M::Publicity => [0.25, 0.25, 0.32, 0.13, 0.05],
        m if m.family() == Family::Mail => [0.3, 0.25, 0.25, 0.14, 0.06],
        _ => [0.45, 0.25, 0.18, 0.08, 0.04],
    }
}

/// How often a mechanism's lookups stand in the same company behind a cache, above what is usual there. Starting
/// values: whole runs through many names rise above a crowd, nothing else does for long.
fn crowd(m: M) -> [f64; 5] {
    match m {
        M::StoredMailRescan | M::Crawler | M::Replay => [0.05, 0.05, 0.15, 0.35, 0.4],
        M::Tunnel => [0.3, 0.15, 0.2, 0.2, 0.15],
        m if m.family() == Family::Mail => [0.6, 0.25, 0.13, 0.015, 0.005],
        _ => [0.85, 0.1, 0.03, 0.015, 0.005],
    }
}

fn bin(others: f64) -> usize {
    COMPANY.iter().position(|&upper| others < upper).unwrap_or(COMPANY.len())
}

/// What many of the clients ask for is hardly what a beacon asks for. That few ask for it says nothing: so it is with
/// most ordinary jobs (ADR 0025).
pub(crate) fn ln_prevalence(m: M, population: &Population) -> f64 {
    let (Some(clients), Some(total)) = (population.clients_of_family, population.clients_total) else { return 0.0 };
    let widespread = total >= 20 && f64::from(clients) / f64::from(total) > 0.1;
    if m == M::Beacon && widespread { libm::log(0.1) } else { 0.0 }
}

/// The other families of the same minutes.
pub(crate) fn ln_company(m: M, population: &Population) -> f64 {
    let beside = population.same_minute_families.map_or(0.0, |others| libm::log(company(m)[bin(others)]));
    beside + population.above_usual_families.map_or(0.0, |others| libm::log(crowd(m)[bin(others)]))
}

/// Whether the client came to its names as others had.
pub(crate) fn ln_order(m: M, population: &Population) -> f64 {
    if let Some(kept) = population.order_kept.filter(|_| !in_a_usual_minute(population)) {
        // What comes in the order of others is a copy of them; anything else keeps it half the time.
        let (ahead, half) = (kept > NEARLY_ALL, kept > 0.35 && kept < 0.65);
        return libm::log(match (m, ahead, half) {
            (M::Replay, true, _) => 0.8,
            (M::StoredMailRescan, true, _) => 0.4,
            (M::Replay, false, _) | (_, true, _) => 0.1,
            (_, _, true) => 0.6,
            _ => 0.3,
        });
    }
    if (goes_through(population) || rises_above(population)) && is_copy(population) {
        // No order can be seen in what was asked in one instant. Names that nobody asked before say
        // nothing: the original need not be recorded, nor seen to come first.
        return libm::log(match m {
            M::Replay => 0.8,
            M::StoredMailRescan => 0.4,
            _ => 0.1,
        });
    }
    0.0
}

/// Whether the clients of the name are a wave of new ones.
pub(crate) fn ln_wave(m: M, population: &Population) -> f64 {
    let Some(new) = population.new_clients_share else { return 0.0 };
    libm::log(match (m, new > 0.5) {
        (M::Publicity, true) => 0.8,
        (M::Publicity, false) => 0.1,
        (_, true) => 0.15,
        (_, false) => 0.85,
    })
}

fn goes_through(population: &Population) -> bool {
    population.same_minute_families.is_some_and(|n| n >= MANY)
}

/// True where the resolver asks for far more names than it usually does while it asks for these.
fn rises_above(population: &Population) -> bool {
    population.above_usual_families.is_some_and(|n| n >= MANY_ABOVE)
}

/// True of a crowd's lookups that do not stand out: what else the crowd asked for in an order says nothing of them.
fn in_a_usual_minute(population: &Population) -> bool {
    population.above_usual_families.is_some() && !rises_above(population)
}

/// True where the client came to its names as others had: in their order, or, where everything came
/// in one instant and has none, to nothing but their names.
fn is_copy(population: &Population) -> bool {
    population.order_kept.or(population.asked_before).is_some_and(|share| share > NEARLY_ALL)
}

/// What the share of failed answers says of a series as a whole, nats: most programs ask for names that exist.
///
/// - `failed`: share of the known answers; `None` where few are known
pub(crate) fn ln_failing(m: M, failed: Option<f64>) -> f64 {
    let Some(share) = failed else { return 0.0 };
    let bin = [0.1, 0.9].iter().position(|&upper| share < upper).unwrap_or(2);
    libm::log(
        match m {
            M::RetryLoop => [0.05, 0.35, 0.6],
            M::SearchSuffixLeak => [0.1, 0.4, 0.5],
            M::None => [0.4, 0.3, 0.3],
            m if m.family() == Family::Mail => [0.6, 0.3, 0.1],
            _ => [0.8, 0.13, 0.07],
        }[bin],
    )
}

/// What a series itself and its other records show of what decides a mechanism.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The gaps are an alphabet in free order.
    pub(crate) free_code: bool,
    /// The TTL is known, or flows of the client were recorded.
    pub(crate) ttl_or_flows: bool,
    /// A name was asked for with a search suffix.
    pub(crate) suffix: bool,
}

/// Whether what decides a mechanism was seen, without which it cannot head an answer.
///
/// Five mechanisms have the timing and the marks of others; only what stands around the series,
/// or an alphabet of gaps in free order, tells them apart (ADR 0014).
///
/// A firewall object that does not follow a known TTL, and of which no flow log says that it never
/// connects, is a poll to all appearance. A name that fails may be a search-suffix leak whose bare
/// name lies elsewhere, or just a name that fails.
pub(crate) fn is_decided(m: M, population: Option<&Population>, seen: Seen) -> bool {
    let company = population.is_some_and(goes_through);
    match m {
        M::StoredMailRescan | M::Crawler => company || population.is_some_and(rises_above),
        M::Replay => (company || population.is_some_and(rises_above)) && population.is_some_and(is_copy),
        M::Publicity => population.and_then(|p| p.new_clients_share).is_some_and(|share| share > 0.5),
        M::TimingChannel => seen.free_code,
        M::FirewallObject => seen.ttl_or_flows,
        M::SearchSuffixLeak => seen.suffix,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ln_around(m: M, p: &Population) -> f64 {
        ln_company(m, p) + ln_order(m, p)
    }

    const NOTHING: Seen = Seen { free_code: false, ttl_or_flows: false, suffix: false };

    #[track_caller]
    fn check(others: f64, order_kept: Option<f64>, asked_before: Option<f64>, decided: bool) {
        let population =
            Population { same_minute_families: Some(others), order_kept, asked_before, ..Population::default() };
        assert_eq!(is_decided(M::Replay, Some(&population), NOTHING), decided, "{population:?}");
        let over_poll = |p: &Population| ln_around(M::Replay, p) - ln_around(M::ScheduledPoll, p);
        let bare = Population { order_kept: None, asked_before: None, ..population };
        assert_eq!(over_poll(&population) > over_poll(&bare), decided, "what lets it head an answer speaks for it");
    }

    #[test]
    fn a_replay_goes_through_names_of_others_in_their_order_or_in_one_instant() {
        check(19.0, Some(0.9), Some(1.0), true);
        check(19.0, None, Some(0.9), true);
        check(19.0, None, Some(0.5), false);
        check(19.0, None, None, false);
        // An order that is seen and not kept is not made good by the names.
        check(19.0, Some(0.5), Some(1.0), false);
        check(2.0, None, Some(1.0), false);
    }

    #[test]
    fn behind_a_cache_an_order_counts_for_what_stands_out() {
        let population = |above| Population {
            above_usual_families: Some(above),
            order_kept: Some(0.9),
            asked_before: Some(1.0),
            ..Population::default()
        };
        let bare = |above| Population { order_kept: None, asked_before: None, ..population(above) };
        let over_poll = |p: &Population| ln_around(M::Replay, p) - ln_around(M::ScheduledPoll, p);
        assert!(is_decided(M::Replay, Some(&population(19.0)), NOTHING));
        assert!(over_poll(&population(19.0)) > over_poll(&bare(19.0)) + 2.0);
        assert!(!is_decided(M::Replay, Some(&population(2.0)), NOTHING));
        assert_eq!(ln_around(M::Replay, &population(2.0)).to_bits(), ln_around(M::Replay, &bare(2.0)).to_bits());
    }
}
