//! Where nothing is going on: lookups that have nothing to do with any claim.
//!
//! None of these generators is a model that a test assumes: clusters have heavy tails, waits are more regular than
//! chance, a cache stands before an office, the level grows.

use askance_inference::Rng;
use askance_inference::claims::Coverage;
use askance_record::Timestamp;

/// Monday 1 January 2024, 00:00 UTC, in seconds.
pub(super) const MONDAY_S: f64 = 1_704_067_200.0;
pub(super) const DAY_S: f64 = 86_400.0;
pub(super) const WEEK_S: f64 = 7.0 * DAY_S;

/// A kind of record in which nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    Bursty,
    Smooth,
    /// The level grows fourfold; for tests of a rise the *coverage* grows and demand stays.
    Trend,
    Diurnal,
    Short,
}

impl Scene {
    pub(super) const ALL: [Self; 5] = [Self::Bursty, Self::Smooth, Self::Trend, Self::Diurnal, Self::Short];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bursty => "bursty",
            Self::Smooth => "smooth",
            Self::Trend => "trend",
            Self::Diurnal => "diurnal",
            Self::Short => "short",
        }
    }

    pub(super) fn weeks(self) -> u32 {
        if self == Self::Short { 5 } else { 13 }
    }

    pub(super) fn end_s(self) -> f64 {
        MONDAY_S + f64::from(self.weeks()) * WEEK_S
    }
}

/// Draws of a scene for one claim.
pub(super) fn rng(scene: Scene, label: &str, seed: u64) -> Rng {
    Rng::part(seed, &format!("{} {label}", scene.name()))
}

pub(super) fn stamp(s: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "within a century of 1970")]
    let us = (s * 1e6) as i64;
    Timestamp::from_us(us)
}

/// Lookups of a scene, in seconds, ascending.
pub(super) fn lookups(scene: Scene, rng: &mut Rng) -> Vec<f64> {
    let end = scene.end_s();
    let mut all = match scene {
        Scene::Bursty => clusters(rng, end),
        Scene::Smooth => renewals(rng, end, |_| 1.0),
        Scene::Trend => renewals(rng, end, |t| libm::exp(libm::log(4.0) * (t - MONDAY_S) / (end - MONDAY_S) - 0.8)),
        Scene::Diurnal | Scene::Short => office(rng, end),
    };
    all.sort_by(f64::total_cmp);
    all
}

/// Clusters at random, about one a day; sizes of a Pareto law without a variance, cut at 200, lengths from minutes to
/// a day.
fn clusters(rng: &mut Rng, end: f64) -> Vec<f64> {
    let mut all = Vec::new();
    let mut t = MONDAY_S - DAY_S;
    loop {
        t += rng.exponential(0.9 * DAY_S);
        if t >= end {
            return all;
        }
        let size = (1.5 * libm::pow(rng.unit(), -1.0 / 1.5)).min(200.0);
        let length = (1200.0 * libm::exp(1.4 * rng.normal())).min(DAY_S);
        let mut left = size;
        while left > 0.0 {
            let at = t + rng.exponential(length);
            if at >= MONDAY_S && at < end {
                all.push(at);
            }
            left -= 1.0;
        }
    }
}

/// Waits of an Erlang law of four steps, three hours on average, divided by `level`.
fn renewals(rng: &mut Rng, end: f64, level: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut all = Vec::new();
    let mut t = MONDAY_S - DAY_S * rng.unit();
    while t < end {
        if t >= MONDAY_S {
            all.push(t);
        }
        let wait: f64 = (0..4).map(|_| rng.exponential(0.25 * 3.0 * 3600.0)).sum();
        t += wait / level(t);
    }
    all
}

/// Waits as in the smooth scene, but with a level that wanders for weeks: what no permutation of weeks allows for.
pub(super) fn swinging(scene: Scene, rng: &mut Rng) -> Vec<f64> {
    let days: Vec<f64> = (0..=scene.weeks() * 7)
        .scan(0.0, |level, _| {
            // Memory of two weeks, scatter of a third.
            *level = 0.93 * *level + 0.3 * libm::sqrt(1.0 - 0.93 * 0.93) * rng.normal();
            Some(libm::exp(*level))
        })
        .collect();
    let level = |t: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of the scene")]
        let day = ((t - MONDAY_S) / DAY_S).max(0.0) as usize;
        days.get(day).copied().unwrap_or(1.0)
    };
    renewals(rng, scene.end_s(), level)
}

/// Demand of an office, nine to six, behind a cache of an hour; holidays at random.
fn office(rng: &mut Rng, end: f64) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    let mut t = MONDAY_S;
    let mut day = (0.0, 1.0);
    loop {
        t += rng.exponential(1200.0);
        if t >= end {
            return all;
        }
        let days = (t - MONDAY_S) / DAY_S;
        if days.floor() > day.0 {
            day = (days.floor(), if rng.chance(0.03) { 0.1 } else { libm::exp(0.3 * rng.normal()) });
        }
        let hour = (days - days.floor()) * 24.0;
        let weekday = days.floor() % 7.0 < 5.0;
        let level = match (weekday, (9.0..18.0).contains(&hour)) {
            (true, true) => 0.3,
            (true, false) => 0.03,
            (false, _) => 0.02,
        };
        if rng.chance((level * day.1).min(1.0)) && all.last().is_none_or(|last| t - last > 3600.0) {
            all.push(t);
        }
    }
}

/// The whole of a scene's time.
pub(super) fn whole(scene: Scene) -> Coverage {
    Coverage::of(&[(stamp(MONDAY_S), stamp(scene.end_s()))])
}

/// Cover that grows from seven hours of each day, from six in the morning, to all of it.
pub(super) fn growing(scene: Scene) -> Coverage {
    let days = f64::from(scene.weeks()) * 7.0;
    let spans: Vec<_> = (0..scene.weeks() * 7)
        .map(|day| {
            let from = MONDAY_S + (f64::from(day) + 0.25) * DAY_S;
            (stamp(from), stamp(from + DAY_S * (0.3 + 0.7 * f64::from(day) / days)))
        })
        .collect();
    Coverage::of(&spans)
}

/// Events in office hours of working days, each in a week of its own choice.
pub(super) fn events(scene: Scene, n: usize, rng: &mut Rng) -> Vec<f64> {
    (0..n)
        .map(|_| {
            let week = rng.below(u64::from(scene.weeks())) as f64;
            let day = rng.below(5) as f64;
            MONDAY_S + week * WEEK_S + day * DAY_S + rng.uniform(9.0, 18.0) * 3600.0
        })
        .collect()
}

pub(super) fn stamps(all: &[f64]) -> Vec<Timestamp> {
    all.iter().map(|&s| stamp(s)).collect()
}
