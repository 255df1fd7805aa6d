//! Golden series: a change that is only meant to be faster moves no score.
//!
//! Each mechanism is drawn under two of five ways to see it, and all its scores are
//! pinned to ten digits. A change of a model, of a prior or of the generator moves them: then the
//! snapshot is taken anew, and the change says why.

use core::fmt::Write as _;

use askance_inference::simulate::{SimulateGiven, simulate};
use askance_inference::state::SeriesState;
use askance_inference::{Attribution, Attributor, Evidence, MechanismId, Observation, Priors, Rng};
use askance_record::{Resolution, Timestamp, Vantage};

/// Lookups of a series.
const LOOKUPS: usize = 60;

/// One way to see a client, and how busy it is.
struct Sight {
    vantage: Vantage,
    resolution: Resolution,
    responses_visible: bool,
    ttl_s: u32,
    ttl_known: bool,
    acts_per_day: f64,
    period_s: f64,
}

const SIGHTS: [Sight; 5] = [
    Sight {
        vantage: Vantage::ResolverClient,
        resolution: Resolution::Millisecond,
        responses_visible: true,
        ttl_s: 3600,
        ttl_known: true,
        acts_per_day: 20.0,
        period_s: 1800.0,
    },
    Sight {
        vantage: Vantage::Authoritative,
        resolution: Resolution::Second,
        responses_visible: true,
        ttl_s: 3600,
        ttl_known: false,
        acts_per_day: 20.0,
        period_s: 7200.0,
    },
    Sight {
        vantage: Vantage::ResolverUpstream,
        resolution: Resolution::Microsecond,
        responses_visible: true,
        ttl_s: 300,
        ttl_known: true,
        acts_per_day: 60.0,
        period_s: 700.0,
    },
    Sight {
        vantage: Vantage::Stub,
        resolution: Resolution::Microsecond,
        responses_visible: false,
        ttl_s: 60,
        ttl_known: false,
        acts_per_day: 500.0,
        period_s: 60.0,
    },
    Sight {
        vantage: Vantage::Passive,
        resolution: Resolution::Minute,
        responses_visible: false,
        ttl_s: 900,
        ttl_known: false,
        acts_per_day: 10.0,
        period_s: 7200.0,
    },
];

fn judge(m: MechanismId, seed: u64, sight: &Sight) -> Attribution {
    let observation = Observation {
        resolution: sight.resolution,
        responses_visible: sight.responses_visible,
        ..Observation::new(sight.vantage)
    };
    let given = SimulateGiven {
        observation: observation.clone(),
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days: 30.0,
        acts_per_day: sight.acts_per_day,
        ttl_s: sight.ttl_s,
        period_s: sight.period_s,
        utc_offset_h: -4.0,
    };
    let mut state = SeriesState::new(1);
    for event in simulate(m, &mut Rng::new(seed), &given).iter().take(LOOKUPS) {
        state.push(event);
    }
    let evidence = Evidence { ttl_s: sight.ttl_known.then_some(sight.ttl_s), ..Evidence::default() };
    Attributor::new(observation, Priors::default()).attribute(&state, &evidence)
}

/// Two lines a series: what is answered, and ln p by mechanism in the order of their declaration.
fn line(m: MechanismId, seed: u64, sight: &Sight) -> String {
    let got = judge(m, seed, sight);
    let set: Vec<&str> = got.set.iter().map(|m| m.as_str()).collect();
    let mut candidates = got.candidates;
    candidates.sort_by_key(|c| c.id);
    let mut out = format!("{m} at {}: {} ks {:.9e}\n ", sight.vantage.as_str(), set.join(" "), got.fit.ks_d);
    for candidate in candidates {
        write!(out, " {:.9e}", candidate.ln_total).expect("a string takes all");
    }
    out
}

#[test]
fn scores_stay_as_they_are() {
    let lines: Vec<String> = (0usize..)
        .zip(MechanismId::ALL)
        .flat_map(|(k, m)| [(k, m, 0), (k, m, 2)])
        .map(|(k, m, shift)| line(m, k as u64, &SIGHTS[(k + shift) % SIGHTS.len()]))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
