use askance_record::{Resolution, Vantage};

use crate::rng::Rng;
use crate::simulate::{SimulateGiven, simulate};
use crate::state::Event;

use super::*;

fn given(vantage: Vantage) -> SimulateGiven {
    SimulateGiven {
        observation: Observation::new(vantage),
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days: 14.0,
        acts_per_day: 20.0,
        ttl_s: 3600,
        period_s: 1800.0,
        utc_offset_h: -4.0,
    }
}

fn state_of(events: &[Event]) -> SeriesState {
    let mut state = SeriesState::new(1);
    for event in events {
        state.push(event);
    }
    state
}

fn judge(m: M, seed: u64, given: &SimulateGiven) -> Attribution {
    let events = simulate(m, &mut Rng::new(seed), given);
    attribute(&state_of(&events), &given.observation, &Evidence::default(), &Priors::default())
}

/// mechanism, how often it was best, how often in the set, mean set size, over ten seeds.
fn table(given: &SimulateGiven, of: &[M]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for &m in of {
        let answers: Vec<Attribution> = (0..10).map(|seed| judge(m, seed, given)).collect();
        let best = answers.iter().filter(|a| a.best == m).count();
        let set = answers.iter().filter(|a| a.set.contains(&m)).count();
        let size = answers.iter().map(|a| a.set.len()).sum::<usize>();
        let n = answers.iter().map(|a| a.n).sum::<u64>() / 10;
        writeln!(out, "{m:<20} n {n:>5} best {best:>2} set {set:>2} size {:.1} {:?}", size as f64 / 10.0, answers[0].set).expect("a string");
    }
    out
}

#[test]
fn show() {
    let well = [M::SenderVerification, M::MailAuthentication, M::DeliveryRetry, M::CacheRefresh, M::ScheduledPoll, M::FirewallObject, M::HumanUse, M::RetryLoop, M::SearchSuffixLeak, M::Beacon, M::None];
    for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
        eprintln!("{vantage}\n{}", table(&given(vantage), &well));
    }
}
