//! What people do in place of a test, to stand beside it.

use askance_inference::{Rng, beta_cdf, gamma_cdf};

use super::scenes::{DAY_S, MONDAY_S, Scene};

fn count(lookups: &[f64], from: f64, to: f64) -> usize {
    lookups.partition_point(|&t| t <= to) - lookups.partition_point(|&t| t <= from)
}

fn after(lookups: &[f64], events: &[f64]) -> usize {
    events.iter().map(|&t| count(lookups, t, t + DAY_S)).sum()
}

/// P(at least `k` of `k + rest`), each with this chance by itself.
pub(super) fn binomial_tail(chance: f64, k: f64, rest: f64) -> f64 {
    if k < 0.5 { 1.0 } else { beta_cdf(chance, k, rest + 1.0) }
}

/// P(at least so many | a steady rate), for the day after each event.
pub(super) fn poisson_rate(scene: Scene, lookups: &[f64], events: &[f64]) -> f64 {
    let mean = lookups.len() as f64 / (scene.end_s() - MONDAY_S) * DAY_S * events.len() as f64;
    match after(lookups, events) {
        0 => 1.0,
        // P(N >= k) of Poisson is P(Gamma(k) <= mean).
        k => gamma_cdf(mean, k as f64),
    }
}

/// All lookups moved round by the same random stretch, 199 times.
pub(super) fn circular_shift(scene: Scene, lookups: &[f64], events: &[f64], rng: &mut Rng) -> f64 {
    let observed = after(lookups, events);
    let span = scene.end_s() - MONDAY_S;
    let as_many = (0..199)
        .filter(|_| {
            let by = rng.uniform(0.0, span);
            let moved: usize = events
                .iter()
                .map(|t| {
                    let from = MONDAY_S + (t - MONDAY_S + by) % span;
                    let over = (from + DAY_S - scene.end_s()).max(0.0);
                    count(lookups, from, from + DAY_S) + count(lookups, MONDAY_S - 1.0, MONDAY_S + over)
                })
                .sum();
            moved >= observed
        })
        .count();
    (1 + as_many) as f64 / 200.0
}
