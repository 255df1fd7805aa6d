use askance_record::{Rng, Vantage};

use crate::mechanism::Priors;
use crate::observe::Observation;
use crate::simulate::{SimulateGiven, simulate};
use crate::state::Event;

use super::*;

/// A draw of each mechanism for so many days, one after the other.
fn draw(parts: &[(M, f64)], seed: u64, vantage: Vantage, acts_per_day: f64) -> Vec<Segment> {
    let mut start = Timestamp::from_s(1_464_739_200);
    let mut state = SeriesState::new(seed);
    let observation = Observation::new(vantage);
    for (k, &(m, days)) in parts.iter().enumerate() {
        let given = SimulateGiven {
            observation: observation.clone(),
            start,
            days,
            acts_per_day,
            ttl_s: 3600,
            period_s: 1800.0,
            utc_offset_h: 2.0,
        };
        let events: Vec<Event> = simulate(m, &mut Rng::part(seed, &format!("{k}")), &given);
        for event in &events {
            state.push(event);
        }
        #[expect(clippy::cast_possible_truncation, reason = "days of a test")]
        let us = (days * 86_400e6) as i64;
        start = start.plus_us(us);
    }
    let evidence = Evidence { ttl_s: Some(3600), ..Evidence::default() };
    Attributor::new(observation, Priors::default()).attribute(&state, &evidence).segments
}

fn text(segments: &[Segment]) -> String {
    if segments.is_empty() {
        return "no change".to_owned();
    }
    let start = Timestamp::from_s(1_464_739_200);
    let one = |s: &Segment| {
        let mark = if s.abstained { "?" } else { "" };
        format!("{:.1}..{:.1} {}{mark}", s.from.since_s(start) / 86_400.0, s.to.since_s(start) / 86_400.0, s.best)
    };
    segments.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn table(vantage: Vantage) -> String {
    let changes = [
        (M::ScheduledPoll, M::HumanUse),
        (M::HumanUse, M::SenderVerification),
        (M::SenderVerification, M::DeliveryRetry),
        (M::FirewallObject, M::ScheduledPoll),
        (M::ScheduledPoll, M::RetryLoop),
        (M::MailAuthentication, M::CacheRefresh),
    ];
    let line = |&(a, b): &(M, M)| format!("{a} {b}: {}\n", text(&draw(&[(a, 20.0), (b, 15.0)], 3, vantage, 20.0)));
    changes.iter().map(line).collect()
}

#[test]
fn a_change_of_mechanism_is_found_where_it_is() {
    insta::assert_snapshot!(table(Vantage::ResolverClient), @"
    scheduled-poll human-use: 0.0..20.0 scheduled-poll?, 20.0..34.7 human-use?
    human-use sender-verification: 0.3..20.0 human-use?, 20.1..35.0 sender-verification?
    sender-verification delivery-retry: 0.0..20.0 sender-verification?, 20.4..35.0 delivery-retry
    firewall-object scheduled-poll: no change
    scheduled-poll retry-loop: 0.0..20.0 scheduled-poll?, 20.8..33.3 retry-loop
    mail-authentication cache-refresh: 0.0..20.0 mail-authentication, 20.0..35.0 cache-refresh
    ");
}

#[test]
fn behind_a_cache_less_is_found() {
    insta::assert_snapshot!(table(Vantage::Authoritative), @"
    scheduled-poll human-use: 0.0..20.0 scheduled-poll?, 20.0..34.7 human-use?
    human-use sender-verification: no change
    sender-verification delivery-retry: 0.0..20.0 cache-refresh?, 20.4..35.0 delivery-retry
    firewall-object scheduled-poll: no change
    scheduled-poll retry-loop: 0.0..20.0 scheduled-poll?, 20.8..33.3 retry-loop
    mail-authentication cache-refresh: 0.0..20.0 mail-authentication, 20.0..35.0 cache-refresh?
    ");
}

#[test]
fn one_mechanism_is_one_segment() {
    let mut found = Vec::new();
    for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
        for m in M::ALL.into_iter().filter(|m| *m != M::Tunnel) {
            for seed in 0..if slow() { 20 } else { 1 } {
                let got = draw(&[(m, 30.0)], seed, vantage, 20.0);
                if !got.is_empty() {
                    found.push(format!("{m} {vantage} {seed}: {}", text(&got)));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn more_of_the_same_is_no_change() {
    for m in [M::HumanUse, M::SenderVerification, M::MailAuthentication] {
        let mut state = SeriesState::new(1);
        let observation = Observation::new(Vantage::ResolverClient);
        for (k, acts_per_day) in [(0, 8.0), (1, 60.0)] {
            let given = SimulateGiven {
                observation: observation.clone(),
                start: Timestamp::from_s(1_464_739_200 + k * 21 * 86_400),
                days: 21.0,
                acts_per_day,
                ttl_s: 3600,
                period_s: 1800.0,
                utc_offset_h: 2.0,
            };
            for event in simulate(m, &mut Rng::new(5), &given) {
                state.push(&event);
            }
        }
        let got = Attributor::new(observation, Priors::default()).attribute(&state, &Evidence::default());
        assert!(got.segments.is_empty(), "{m}: {}", text(&got.segments));
    }
}

#[test]
fn within_three_days_blocks_of_sessions_are_cut() {
    let got = draw(&[(M::ScheduledPoll, 3.0), (M::RetryLoop, 3.0)], 4, Vantage::ResolverClient, 60.0);
    insta::assert_snapshot!(text(&got), @"0.0..3.1 scheduled-poll?, 3.1..6.0 retry-loop");
}

#[expect(clippy::disallowed_methods, reason = "slow tests are asked for by a variable")]
fn slow() -> bool {
    std::env::var_os("ASKANCE_SLOW").is_some()
}
