use askance_record::{Rng, Timestamp, Vantage};

use crate::attribute::Attribution;
use crate::mechanism::Priors;
use crate::observe::Observation;
use crate::simulate::{SimulateGiven, simulate};
use crate::state::Event;

use super::*;

fn given(vantage: Vantage, acts_per_day: f64, period_s: f64) -> SimulateGiven {
    SimulateGiven {
        observation: Observation::new(vantage),
        start: Timestamp::from_s(1_464_739_200),
        days: 14.0,
        acts_per_day,
        ttl_s: 3600,
        period_s,
        utc_offset_h: 2.0,
    }
}

fn judge(events: &[Event], vantage: Vantage, seed: u64) -> Attribution {
    let mut state = SeriesState::new(seed);
    for event in events {
        state.push(event);
    }
    let evidence = Evidence { ttl_s: Some(3600), ..Evidence::default() };
    Attributor::new(Observation::new(vantage), Priors::default()).attribute(&state, &evidence)
}

/// Each with its acts a day and its period, laid over each other; behind caches of their own at the authoritative server.
fn pair(parts: [(M, f64, f64); 2], vantage: Vantage, seed: u64) -> Attribution {
    let [a, b] = parts.map(|(m, acts_per_day, period_s)| {
        simulate(m, &mut Rng::part(seed, m.as_str()), &given(vantage, acts_per_day, period_s))
    });
    let all: Vec<Event> = a.iter().chain(&b).copied().collect();
    judge(&all, vantage, seed)
}

fn text(of: &Attribution) -> String {
    let Some(mixture) = &of.mixture else { return format!("one: {}", of.best) };
    let one = |c: &Component| {
        let (low, high) = c.share_interval;
        let period = c.period_s.map_or(String::new(), |p| format!(" every {p:.0} s"));
        format!("{}{period} {:.2} ({low:.2} to {high:.2})", c.best, c.share)
    };
    format!("{} + {}", one(&mixture.parts[0]), one(&mixture.parts[1]))
}

const PAIRS: [[(M, f64, f64); 2]; 7] = [
    [(M::ScheduledPoll, 0.0, 900.0), (M::SenderVerification, 20.0, 0.0)],
    [(M::ScheduledPoll, 0.0, 900.0), (M::HumanUse, 30.0, 0.0)],
    [(M::ScheduledPoll, 0.0, 3600.0), (M::MailAuthentication, 10.0, 0.0)],
    [(M::FirewallObject, 0.0, 0.0), (M::SenderVerification, 10.0, 0.0)],
    [(M::SenderVerification, 15.0, 0.0), (M::DeliveryRetry, 15.0, 0.0)],
    [(M::HumanUse, 20.0, 0.0), (M::SenderVerification, 20.0, 0.0)],
    [(M::ScheduledPoll, 0.0, 600.0), (M::ScheduledPoll, 0.0, 3500.0)],
];

fn table(vantage: Vantage) -> String {
    let line = |p: &[(M, f64, f64); 2]| format!("{} + {}: {}\n", p[0].0, p[1].0, text(&pair(*p, vantage, 2)));
    PAIRS.iter().map(line).collect()
}

#[test]
fn pairs_are_found_with_their_shares() {
    insta::assert_snapshot!(table(Vantage::ResolverClient), @"
    scheduled-poll + sender-verification: scheduled-poll every 900 s 0.82 (0.80 to 0.84) + sender-verification 0.18 (0.16 to 0.20)
    scheduled-poll + human-use: scheduled-poll every 900 s 0.74 (0.71 to 0.76) + human-use 0.26 (0.24 to 0.29)
    scheduled-poll + mail-authentication: firewall-object every 3600 s 0.66 (0.62 to 0.71) + mail-authentication 0.34 (0.29 to 0.38)
    firewall-object + sender-verification: firewall-object every 3601 s 0.67 (0.63 to 0.71) + sender-verification 0.33 (0.29 to 0.37)
    sender-verification + delivery-retry: delivery-retry 0.67 (0.63 to 0.71) + sender-verification 0.33 (0.29 to 0.37)
    human-use + sender-verification: human-use 0.51 (0.47 to 0.55) + sender-verification 0.49 (0.45 to 0.53)
    scheduled-poll + scheduled-poll: scheduled-poll every 600 s 0.83 (0.82 to 0.85) + cache-refresh 0.17 (0.15 to 0.18)
    ");
}

#[test]
fn caches_that_are_not_shared_hide_less_than_shared_ones() {
    insta::assert_snapshot!(table(Vantage::Authoritative), @"
    scheduled-poll + sender-verification: one: scheduled-poll
    scheduled-poll + human-use: scheduled-poll every 4498 s 0.73 (0.68 to 0.77) + human-use 0.27 (0.23 to 0.32)
    scheduled-poll + mail-authentication: scheduled-poll every 7199 s 0.75 (0.69 to 0.79) + mail-authentication 0.25 (0.21 to 0.31)
    firewall-object + sender-verification: one: delivery-retry
    sender-verification + delivery-retry: delivery-retry 0.69 (0.63 to 0.74) + cache-refresh 0.31 (0.26 to 0.37)
    human-use + sender-verification: one: cache-refresh
    scheduled-poll + scheduled-poll: cache-refresh 0.67 (0.63 to 0.71) + firewall-object every 7000 s 0.33 (0.29 to 0.37)
    ");
}

#[test]
fn a_pure_series_is_not_split() {
    let seeds = if slow() { 20 } else { 1 };
    let (mut split, mut all) = (Vec::new(), 0);
    for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
        for m in M::ALL.into_iter().filter(|&m| m != M::Tunnel) {
            for seed in 0..seeds {
                let given = given(vantage, if seed % 2 == 0 { 30.0 } else { 100.0 }, 1800.0);
                let got = judge(&simulate(m, &mut Rng::new(seed), &given), vantage, seed);
                all += 1;
                if got.mixture.is_some() {
                    split.push(format!("{m} {vantage} {seed}: {}", text(&got)));
                }
            }
        }
    }
    assert!(split.len() * 50 <= all, "{} of {all}: {split:#?}", split.len());
}

#[test]
fn labels_cost_what_the_code_says() {
    // KT: 1/2 for the first label, 3/4 for the same again.
    assert!((ln_labels(2.0, 0.0) - libm::log(0.375)).abs() < 1e-12);
    assert!((ln_labels(1.0, 1.0) - libm::log(0.125)).abs() < 1e-12);
}

#[expect(clippy::disallowed_methods, reason = "slow tests are asked for by a variable")]
fn slow() -> bool {
    std::env::var_os("ASKANCE_SLOW").is_some()
}
