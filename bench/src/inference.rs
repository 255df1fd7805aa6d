//! How fast series are attributed, on one thread.
//!
//! `cargo run --release -p askance-bench -- inference [SERIES]`: draws that many short
//! series (1,700 unless told otherwise) and a tenth as many long ones, evenly from all mechanisms under five
//! ways to see them, and attributes each. Short and long take turns. The median of seven rounds is what this machine
//! does now, the least of them what the program costs where nothing else runs.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "the edge: it measures time")]

use std::error::Error;
use std::time::Instant;

use askance_inference::simulate::{SimulateGiven, simulate};
use askance_inference::state::SeriesState;
use askance_inference::{Attributor, Evidence, MechanismId, Observation, Priors};
use askance_record::{Resolution, Rng, Timestamp, Vantage};

/// Series of the short kind where nothing else is said.
const SERIES: usize = 1_700;
/// Lookups of a short and of a long series.
const LENGTHS: [usize; 2] = [20, 200];
const ROUNDS: usize = 7;

/// (where, stamps, answers recorded, TTL and whether it is told, acts a day, period in seconds).
type Sight = (Vantage, Resolution, bool, (u32, bool), f64, f64);

const SIGHTS: [Sight; 5] = [
    (Vantage::ResolverClient, Resolution::Millisecond, true, (3600, true), 20.0, 1800.0),
    (Vantage::Authoritative, Resolution::Second, true, (3600, false), 20.0, 7200.0),
    (Vantage::ResolverUpstream, Resolution::Microsecond, true, (300, true), 60.0, 700.0),
    (Vantage::Stub, Resolution::Microsecond, false, (60, false), 500.0, 60.0),
    (Vantage::Passive, Resolution::Minute, false, (900, false), 10.0, 7200.0),
];

/// Series of one source.
struct Source {
    attributor: Attributor,
    evidence: Evidence,
    series: Vec<SeriesState>,
}

/// Draws, attributes, and prints a line for each length.
pub(crate) fn run(series: Option<&str>) -> Result<(), Box<dyn Error>> {
    let series: usize = series.map_or(Ok(SERIES), str::parse)?;
    let drawn = LENGTHS.map(|length| SIGHTS.map(|sight| draw(&sight, length, series * LENGTHS[0] / length)));
    let mut seconds = [[0.0; ROUNDS]; LENGTHS.len()];
    for round in 0..ROUNDS {
        for (sources, seconds) in drawn.iter().zip(&mut seconds) {
            let began = Instant::now();
            attribute_all(sources);
            seconds[round] = began.elapsed().as_secs_f64();
        }
    }
    for ((length, sources), mut seconds) in LENGTHS.into_iter().zip(&drawn).zip(seconds) {
        let (series, lookups) = count(sources);
        if series == 0 {
            return Err("too few series were asked for: no source has any".into());
        }
        seconds.sort_by(f64::total_cmp);
        for (which, seconds) in [("median", seconds[ROUNDS / 2]), ("least", seconds[0])] {
            let micros = 1e6 * seconds;
            println!(
                "{series:>6} series of {length:>3}, {which:<6} {:>6.2} us a lookup {:>8.1} us a series {:>6.2} core-minutes for 10^6 series",
                micros / lookups as f64,
                micros / series as f64,
                micros / series as f64 / 60.0,
            );
        }
    }
    Ok(())
}

/// About `series` series, spread over sights and mechanisms; those that show fewer than `length` lookups are left out.
fn draw(
    &(vantage, resolution, responses_visible, (ttl_s, told), acts_per_day, period_s): &Sight,
    length: usize,
    series: usize,
) -> Source {
    let observation = Observation { resolution, responses_visible, ..Observation::new(vantage) };
    let given = SimulateGiven {
        observation: observation.clone(),
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days: 3.0 * length as f64,
        acts_per_day,
        ttl_s,
        period_s,
        utc_offset_h: -4.0,
    };
    let each = series.div_ceil(SIGHTS.len() * MechanismId::ALL.len());
    let series = (0u64..).take(each).flat_map(|seed| MechanismId::ALL.map(|m| (m, seed)));
    let series = series.filter_map(|(m, seed)| {
        let events = simulate(m, &mut Rng::new(seed), &given);
        let mut state = SeriesState::new(seed);
        events.iter().take(length).for_each(|event| state.push(event));
        (events.len() >= length).then_some(state)
    });
    Source {
        series: series.collect(),
        attributor: Attributor::new(observation, Priors::default()),
        evidence: Evidence { ttl_s: told.then_some(ttl_s), ..Evidence::default() },
    }
}

fn attribute_all(sources: &[Source]) {
    for source in sources {
        for state in &source.series {
            std::hint::black_box(source.attributor.attribute(state, &source.evidence));
        }
    }
}

/// (series, lookups)
fn count(sources: &[Source]) -> (usize, u64) {
    let series = sources.iter().map(|source| source.series.len()).sum();
    (series, sources.iter().flat_map(|source| &source.series).map(SeriesState::n).sum())
}
