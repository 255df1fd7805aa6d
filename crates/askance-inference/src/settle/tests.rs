use askance_record::{Resolution, Rng, Timestamp, Vantage};

use super::*;
use crate::mechanism::Priors;
use crate::observe::{FlowEvidence, MailEvidence, Observation};
use crate::simulate::{SimulateGiven, simulate};
use crate::state::Role;

fn given(seen: Observation, days: f64) -> SimulateGiven {
    SimulateGiven {
        observation: seen,
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days,
        acts_per_day: 8.0,
        ttl_s: 3600,
        period_s: 7200.0,
        utc_offset_h: -4.0,
    }
}

/// Address lookups at the name server of the name, as the public records of 2016 are.
fn address_only() -> Observation {
    Observation {
        types_shown: Some(vec![Role::A]),
        resolution: Resolution::Second,
        ..Observation::new(Vantage::Authoritative)
    }
}

struct Case {
    attributor: Attributor,
    state: SeriesState,
    evidence: Evidence,
    of: Attribution,
}

/// A series of `m`, whose survivors are set to `set`.
fn case(m: M, set: &[M], seen: &Observation, evidence: Evidence) -> Case {
    let mut state = SeriesState::new(7);
    for event in simulate(m, &mut Rng::new(3), &given(seen.clone(), 14.0)) {
        state.push(&event);
    }
    let attributor = Attributor::new(seen.clone(), Priors::default());
    let mut of = attributor.attribute(&state, &evidence);
    of.set = set.to_vec();
    Case { attributor, state, evidence, of }
}

impl Case {
    fn settle(&self) -> Settled {
        self.attributor.settle(&self.state, &self.evidence, &self.of)
    }

    fn table(&self) -> String {
        use core::fmt::Write as _;
        let mut out = String::new();
        for s in self.settle().records {
            let e = s.expected.expect("simulated");
            let days = e.days_needed.map_or("never".to_owned(), |d| d.to_string());
            writeln!(out, "{:<20} {:5.2} [{:5.2}, {:5.2}] {days}", s.kind, e.gain_bans, e.interval.0, e.interval.1)
                .expect("a string takes all");
        }
        out
    }
}

#[test]
fn scratch() {
    for (m, set) in [
        (M::SenderVerification, vec![M::SenderVerification, M::CacheRefresh]),
        (M::ScheduledPoll, vec![M::ScheduledPoll, M::Beacon]),
        (M::SenderVerification, vec![M::SenderVerification, M::CacheRefresh, M::HumanUse, M::Crawler, M::DeliveryRetry]),
        (M::FirewallObject, vec![M::FirewallObject, M::ScheduledPoll]),
        (M::HumanUse, vec![M::HumanUse, M::MailAuthentication]),
    ] {
        let c = case(m, &set, &address_only(), Evidence::default());
        let t = std::time::Instant::now();
        let got = c.settle();
        println!("{m} {set:?} n={} {:?} {:?}", c.state.n(), got.cost, t.elapsed());
        println!("{}", c.table());
        for s in got.records { for p in s.expected.unwrap().pairs { println!("   {} {:?} {:.2} {:.2} {:?}", s.kind, p.pair, p.without_bans, p.with_bans, p.days_needed); } }
    }
}
