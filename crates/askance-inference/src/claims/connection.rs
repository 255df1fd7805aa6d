//! "They look it up, so they connect."

use askance_record::Timestamp;

use super::chance::exchange_weeks;
use super::concentration::{Share, jeffreys};
use super::coverage::{Coverage, WEEK_US};

/// Weeks by which lookups are shifted to see what chance gives.
const SHIFTS: [i64; 8] = [1, -1, 2, -2, 3, -3, 4, -4];

/// How often lookups and flows go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    /// Lookups inside the joint coverage.
    pub lookups: u64,
    /// Those with a flow in the window.
    pub connected: u64,
    /// p(flow | lookup), Jeffreys interval.
    pub flow_given_lookup: Share,
    /// The same for lookups moved by whole weeks: what the hour of the week alone gives. `None`
    /// where no shifted lookup falls into the coverage.
    pub chance: Option<f64>,
    /// Flows inside the joint coverage.
    pub flows: u64,
    /// p(lookup | flow): flows with a lookup in the window before them.
    pub lookup_given_flow: Share,
    /// The window after a lookup, in seconds.
    pub window_s: f64,
    /// Share of lookups that a flow follows beyond chance, (p - chance) / (1 - chance), its interval that of p moved
    /// alike; below zero where flows avoid lookups. `None` where chance is not known or certain.
    pub beyond_chance: Option<Share>,
    /// Share of random orders of the weeks in which as many lookups are followed; `None` below eight weeks.
    pub p: Option<f64>,
}

/// Pairs lookups with flows to an address of the answer.
///
/// Behind a shared address (NAT, proxy, resolver) a flow of one host may follow the lookup of another.
///
/// - `lookups`, `flows`: instants, in any order
/// - `ttl_s`: how long the answer may be used; the window is min(T, 300) seconds, 300 if 0
/// - `coverage`: when both logs were kept; disjoint
/// - returns: `None` where no lookup lies in the coverage: not assessable
///
/// Cost: O((n + m) log m + n x weeks of a block x log m + draws x weeks).
pub fn lookup_implies_connection(
    lookups: &[Timestamp],
    flows: &[Timestamp],
    ttl_s: u32,
    coverage: &[(Timestamp, Timestamp)],
) -> Option<Connection> {
    // The last instant of a record is part of it.
    let closed: Vec<_> = coverage.iter().map(|&(a, b)| (a, b.plus_us(1))).collect();
    let coverage = Coverage::of(&closed);
    let covered = |t: Timestamp| coverage.contains(t);
    let inside = |all: &[Timestamp]| coverage.keep(all).into_iter().map(Timestamp::from_us).collect::<Vec<Timestamp>>();
    let (lookups, flows) = (inside(lookups), inside(flows));
    if lookups.is_empty() {
        return None;
    }
    let window_us = if ttl_s == 0 { 300_000_000 } else { i64::from(ttl_s.min(300)) * 1_000_000 };
    let follows = |t: Timestamp| {
        let at = flows.partition_point(|&flow| flow < t);
        flows.get(at).is_some_and(|&flow| flow <= t.plus_us(window_us))
    };
    let precedes = |t: Timestamp| {
        let at = lookups.partition_point(|&lookup| lookup <= t);
        at > 0 && lookups[at - 1] >= t.plus_us(-window_us)
    };
    let count = |all: &[Timestamp], holds: &dyn Fn(Timestamp) -> bool| all.iter().filter(|&&t| holds(t)).count() as u64;
    let connected = count(&lookups, &follows);
    let looked_up = count(&flows, &precedes);
    let (mut moved, mut by_chance) = (0u64, 0u64);
    for weeks in SHIFTS {
        let shifted: Vec<Timestamp> =
            lookups.iter().map(|t| t.plus_us(weeks * WEEK_US)).filter(|&t| covered(t)).collect();
        moved += shifted.len() as u64;
        by_chance += count(&shifted, &follows);
    }
    let acts: Vec<i64> = lookups.iter().map(|t| t.us()).collect();
    let span = (coverage.first_us().unwrap_or(0), coverage.last_us().unwrap_or(0));
    let at = Timestamp::from_us;
    let exchanged = exchange_weeks(&acts, span, |t| covered(at(t)), |t| follows(at(t)), 0);
    let flow_given_lookup = jeffreys(connected, lookups.len() as u64);
    let chance = (moved > 0).then(|| by_chance as f64 / moved as f64);
    Some(Connection {
        lookups: lookups.len() as u64,
        connected,
        flow_given_lookup,
        chance,
        flows: flows.len() as u64,
        lookup_given_flow: jeffreys(looked_up, flows.len() as u64),
        window_s: window_us as f64 / 1e6,
        beyond_chance: chance.filter(|&c| c < 1.0).map(|c| beyond(flow_given_lookup, c)),
        p: exchanged.p,
    })
}

/// What of a share chance does not give.
fn beyond(all: Share, chance: f64) -> Share {
    let of = |p: f64| (p - chance) / (1.0 - chance);
    Share { share: of(all.share), interval: (of(all.interval.0), of(all.interval.1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn check(lookups: &[i64], flows: &[i64], days: i64) -> Option<Connection> {
        let stamps = |all: &[i64]| all.iter().copied().map(Timestamp::from_s).collect::<Vec<_>>();
        let coverage = [(Timestamp::from_s(0), Timestamp::from_s(days * DAY))];
        lookup_implies_connection(&stamps(lookups), &stamps(flows), 3600, &coverage)
    }

    #[test]
    fn half_of_the_lookups_connect() {
        let lookups: Vec<i64> = (0..40).map(|d| d * DAY + 36_000 + d * 977).collect();
        let flows: Vec<i64> = lookups.iter().step_by(2).map(|t| t + 3).collect();
        let got = check(&lookups, &flows, 50).expect("covered");
        assert_eq!((got.lookups, got.connected, got.flows), (40, 20, 20));
        assert!((got.lookup_given_flow.share - 1.0).abs() < 1e-12);
        assert!(got.chance.expect("weeks") < 0.2, "{got:?}");
        let (chance, beyond) = (got.chance.expect("weeks"), got.beyond_chance.expect("weeks"));
        assert!((beyond.share - (0.5 - chance) / (1.0 - chance)).abs() < 1e-12 && beyond.interval.0 > 0.2, "{got:?}");
        assert!(got.p.expect("eight weeks") < 0.01, "{got:?}");
    }

    #[test]
    fn a_shared_rhythm_is_chance() {
        // Lookups each hour on the hour, flows each day at noon, whatever was asked.
        let lookups: Vec<i64> = (0..28 * 24).map(|h| h * 3600).collect();
        let flows: Vec<i64> = (0..28).map(|d| d * DAY + 12 * 3600 + 60).collect();
        let got = check(&lookups, &flows, 28).expect("covered");
        let chance = got.chance.expect("weeks");
        assert!((got.flow_given_lookup.share - chance).abs() < 0.01, "{got:?}");
        assert!(got.beyond_chance.expect("weeks").share.abs() < 0.01 && got.p.is_none(), "four weeks: {got:?}");
    }

    #[test]
    fn without_coverage_nothing_is_said() {
        assert_eq!(check(&[-5], &[], 1), None);
    }
}
