//! `cargo xtask pictures`: a typical series of each mechanism, drawn for its page.
//!
//! A picture is what `askance_inference::simulate` draws with fixed settings and a fixed seed, so that
//! it says what the program takes the mechanism to look like and not what somebody remembers.
//! The same acts are shown twice: as the clients ask, and as the servers of the name see them past
//! a cache. `cargo xtask tidy` draws every picture again and compares.

mod draw;

use std::fs;

use askance_inference::simulate::{SimulateGiven, simulate};
use askance_inference::state::Event;
use askance_inference::{MechanismId as M, Observation, Rng};
use askance_record::{Timestamp, Vantage};

use crate::{steps, tidy};

/// Monday 3 March 2025, 00:00 UTC.
const START_S: i64 = 1_740_960_000;
/// What every picture shows.
const DAYS: f64 = 14.0;
/// The seed of all pictures; each mechanism draws from its own part of it.
const SEED: u64 = 1;

/// The same acts at two places.
struct Series {
    mechanism: M,
    /// Between the clients and their resolver.
    asked: Vec<Event>,
    /// At the servers of the name, past a resolver's cache.
    past_cache: Vec<Event>,
    ttl_s: u32,
}

/// Draws all pictures and writes them beside the pages.
pub(crate) fn run() -> Result<(), String> {
    for m in M::ALL {
        let path = path(m);
        fs::write(tidy::root().join(&path), picture(m)).map_err(|e| format!("{path}: {e}"))?;
        steps::say(&path);
    }
    Ok(())
}

/// Reports each committed picture that differs from what would be drawn now.
pub(crate) fn check(problems: &mut Vec<String>) {
    problems.extend(M::ALL.into_iter().filter_map(|m| stale(m, tidy::read(&path(m)).ok().as_deref())));
}

/// What is wrong with a committed picture, if anything.
fn stale(m: M, committed: Option<&str>) -> Option<String> {
    let differs = committed != Some(picture(m).as_str());
    differs.then(|| format!("{}: not what is drawn now; run `cargo xtask pictures` and look at it", path(m)))
}

fn path(m: M) -> String {
    m.about().page.replace(".md", ".svg")
}

fn picture(m: M) -> String {
    draw::draw(&series(m))
}

fn series(m: M) -> Series {
    let (acts_per_day, ttl_s, period_s) = settings(m);
    let at = |vantage: Vantage| {
        let given = SimulateGiven {
            observation: Observation::new(vantage),
            start: Timestamp::from_s(START_S),
            days: DAYS,
            acts_per_day,
            ttl_s,
            period_s,
            utc_offset_h: 0.0,
        };
        simulate(m, &mut Rng::part(SEED, m.as_str()), &given)
    };
    Series { mechanism: m, asked: at(Vantage::ResolverClient), past_cache: at(Vantage::Authoritative), ttl_s }
}

/// Acts a day, TTL and period, chosen so that two weeks show the shape.
fn settings(m: M) -> (f64, u32, f64) {
    match m {
        M::DeliveryRetry => (8.0, 3600, 3600.0),
        M::ScheduledPoll => (12.0, 3600, 1800.0),
        M::FirewallObject => (12.0, 1800, 1800.0),
        M::HumanUse => (30.0, 3600, 3600.0),
        M::Crawler => (4.0, 3600, 3600.0),
        M::RetryLoop | M::Replay | M::Publicity => (20.0, 3600, 3600.0),
        M::Beacon => (12.0, 300, 3600.0),
        // Names that are made up as they are asked are in no cache, whatever their TTL.
        M::Tunnel => (40.0, 0, 3600.0),
        _ => (12.0, 3600, 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_pictures_are_what_is_drawn() {
        let mut problems = Vec::new();
        check(&mut problems);
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn a_picture_that_differs_or_lacks_is_reported() {
        let other = picture(M::Beacon);
        assert!(
            stale(M::Tunnel, Some(&other)).is_some_and(|p| p.starts_with("docs/explanation/mechanisms/tunnel.svg"))
        );
        assert!(stale(M::Tunnel, None).is_some());
        assert_eq!(stale(M::Beacon, Some(&other)), None);
    }

    #[test]
    fn a_cache_hides_what_comes_within_the_ttl() {
        let seen = series(M::HumanUse);
        assert!(seen.past_cache.len() < seen.asked.len());
        let gaps = seen.past_cache.windows(2).filter(|w| w[0].role == w[1].role).map(|w| w[1].ts.since_s(w[0].ts));
        assert_eq!(gaps.filter(|gap| *gap < f64::from(seen.ttl_s)).count(), 0);
    }
}
