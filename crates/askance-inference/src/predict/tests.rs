use askance_record::Vantage;

use super::*;
use crate::mechanism::Priors;
use crate::simulate::{SimulateGiven, simulate};

/// A series of `m` over four weeks, and the survivors that it is compared with.
fn check(m: M, set: &[M], seen: &Observation, seed: u64) -> Predictions {
    let given = SimulateGiven {
        observation: seen.clone(),
        start: Timestamp::from_s(1_464_739_200),
        days: 28.0,
        acts_per_day: 12.0,
        ttl_s: 3600,
        period_s: 7200.0,
        utc_offset_h: -4.0,
    };
    let state = state_of(&simulate(m, &mut Rng::new(seed), &given), 7);
    let attributor = Attributor::new(seen.clone(), Priors::default());
    let mut of = attributor.attribute(&state, &Evidence::default());
    of.set = set.to_vec();
    attributor.predict(&state, &Evidence::default(), &of).expect("enough sessions")
}

fn differs(of: &Predictions, m: M) -> Option<String> {
    of.survivors.iter().find(|p| p.id == m).expect("drawn").differs.map(|f| f.to_string())
}

#[test]
fn a_survivor_that_made_the_record_mostly_matches_it() {
    let seen = Observation::new(Vantage::Authoritative);
    let mut tails: Vec<f64> = Vec::new();
    for m in [M::HumanUse, M::CacheRefresh, M::ScheduledPoll, M::MailAuthentication] {
        for seed in 0..3 {
            let of = check(m, &[m], &seen, seed);
            tails.extend(of.survivors[0].tails.iter().map(|t| t.share));
        }
    }
    let low = tails.iter().filter(|s| **s < 0.1).count();
    assert!(4 * low < tails.len(), "{low} of {}: {tails:?}", tails.len());
}

#[test]
fn what_a_survivor_cannot_make_is_named() {
    let seen = Observation::new(Vantage::ResolverClient);
    let of = check(M::ScheduledPoll, &[M::ScheduledPoll, M::SenderVerification, M::HumanUse], &seen, 1);
    assert_eq!(differs(&of, M::ScheduledPoll), None, "{:?}", of.survivors[0].tails);
    // A poll asks for no PTR and by no office hours.
    for m in [M::SenderVerification, M::HumanUse] {
        assert!(differs(&of, m).is_some(), "{m}");
    }
    let ptr = of.survivors[1].tails.iter().find(|t| t.figure == Figure::Share(Role::Ptr)).expect("shown");
    assert!(ptr.observed <= 0.0 && ptr.drawn[0] > 0.4 && ptr.share < 0.05, "{ptr:?}");
}

#[test]
fn profiles_are_shares_and_draws_are_those_of_the_key() {
    let seen = Observation::new(Vantage::Authoritative);
    let of = check(M::HumanUse, &[M::HumanUse, M::Crawler], &seen, 2);
    for profile in of.survivors.iter().map(|p| &p.mean).chain([&of.observed]) {
        for sum in [profile.gap_bins.iter().sum::<f64>(), profile.roles.iter().sum(), profile.week_hour.iter().sum()] {
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }
    assert_eq!(of, check(M::HumanUse, &[M::HumanUse, M::Crawler], &seen, 2));
    // The rate is matched under the vantage, whatever the mechanism.
    for p in &of.survivors {
        assert!(p.n[2] > 0.6 * of.observed.n && p.n[2] < 1.6 * of.observed.n, "{}: {:?} {}", p.id, p.n, of.observed.n);
    }
}

#[test]
fn a_long_series_is_drawn_in_part_and_counted_whole() {
    let seen = Observation::new(Vantage::ResolverClient);
    let given = SimulateGiven {
        observation: seen.clone(),
        start: Timestamp::from_s(1_464_739_200),
        days: 40.0,
        acts_per_day: 300.0,
        ttl_s: 60,
        period_s: 300.0,
        utc_offset_h: 0.0,
    };
    let state = state_of(&simulate(M::ScheduledPoll, &mut Rng::new(1), &given), 7);
    let attributor = Attributor::new(seen, Priors::default());
    let mut of = attributor.attribute(&state, &Evidence::default());
    of.set = vec![M::ScheduledPoll];
    let got = attributor.predict(&state, &Evidence::default(), &of).expect("enough sessions");
    let n = state.n() as f64;
    assert!((got.survivors[0].n[2] / n - 1.0).abs() < 0.1, "{:?} {n}", got.survivors[0].n);
    assert!(got.survivors[0].tails.iter().all(|t| t.figure != Figure::WeekHour));
    assert!(got.survivors[0].example.len() <= SHOWN_MAX);
}
