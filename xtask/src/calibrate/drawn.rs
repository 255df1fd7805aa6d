//! Series drawn from the mechanisms' own densities: each counts as one more program of its mechanism in a fit.
//!
//! Recorded programs are few, and not what is typical of a mechanism: without these a fit forgets the textbook.

use askance_inference::calibration::Scored;
use askance_inference::simulate::{SimulateGiven, simulate};
use askance_inference::{Evidence, MechanismId as M, Observation, Priors, Rng, SeriesState, attribute};
use askance_record::{Timestamp, Vantage};

/// Mechanisms that a series alone may decide.
const DRAWN: [M; 10] = [
    M::SenderVerification,
    M::MailAuthentication,
    M::DeliveryRetry,
    M::CacheRefresh,
    M::ScheduledPoll,
    M::FirewallObject,
    M::HumanUse,
    M::RetryLoop,
    M::SearchSuffixLeak,
    M::Beacon,
];
/// TTL and period in seconds, acts a day, days.
const WORLDS: [(u32, f64, f64, f64); 4] =
    [(300, 900.0, 40.0, 7.0), (3600, 1200.0, 15.0, 14.0), (600, 3600.0, 30.0, 5.0), (1800, 600.0, 20.0, 10.0)];
/// Draws in each world.
const SEEDS: u64 = 2;

/// The series, with their parts.
pub(super) fn drawn() -> Vec<Scored> {
    let mut out = Vec::new();
    for m in DRAWN {
        for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
            for (world, seed) in (0..WORLDS.len()).flat_map(|world| (0..SEEDS).map(move |seed| (world, seed))) {
                // Seeds that no test of a simulated series uses.
                out.push(one(m, vantage, world, 1_000 + seed));
            }
        }
    }
    out
}

fn one(m: M, vantage: Vantage, world: usize, seed: u64) -> Scored {
    let (ttl_s, period_s, acts_per_day, days) = WORLDS[world];
    // A Wednesday.
    let start = Timestamp::from_s(1_464_739_200);
    let observation = Observation::new(vantage);
    let given =
        SimulateGiven { observation: observation.clone(), start, days, acts_per_day, ttl_s, period_s, utc_offset_h: -4.0 };
    let mut state = SeriesState::new(1);
    for event in simulate(m, &mut Rng::new(seed), &given) {
        state.push(&event);
    }
    let evidence = Evidence { ttl_s: Some(ttl_s), ..Evidence::default() };
    let answer = attribute(&state, &observation, &evidence, &Priors::default());
    Scored {
        folder: format!("drawn-{world}-{seed}"),
        origin: "simulated".to_owned(),
        vantage: vantage.as_str().to_owned(),
        client: "192.0.2.1".to_owned(),
        name: "drawn.example".to_owned(),
        n: answer.n,
        truth: vec![m.as_str().to_owned()],
        program: "its own density".to_owned(),
        resolver: "-".to_owned(),
        ttl_s: Some(ttl_s),
        ablation: String::new(),
        parts: answer.parts,
    }
}
