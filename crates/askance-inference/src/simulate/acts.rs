//! When a client acts: one generator a mechanism.

use askance_record::Rng;

use super::{Around, Asked, SimulateGiven};
use crate::mechanism::MechanismId as M;
use crate::state::{RcodeClass, Role};

/// Seconds after the start at which the client acts.
pub(super) fn starts(m: M, rng: &mut Rng, given: &SimulateGiven, around: &Around) -> Vec<f64> {
    let end = given.days * 86_400.0;
    let mean = 86_400.0 / given.acts_per_day;
    match m {
        M::CacheRefresh => {
            let dense = f64::from(given.ttl_s) / 20.0;
            steady(rng, end, around.demand_per_day.map_or(dense, |a_day| 86_400.0 / a_day))
        }
        M::ScheduledPoll => match around.jitter {
            Some(jitter) => sleep(rng, end, given.period_s, jitter),
            None => clock(rng, end, given.period_s, 0.8),
        },
        M::FirewallObject => sleep(rng, end, f64::from(given.ttl_s.max(30)) + 1.0, 0.002),
        M::Beacon => sleep(rng, end, given.period_s, around.jitter.unwrap_or(0.2)),
        M::HumanUse => week(rng, end, mean, given),
        M::SenderVerification | M::MailAuthentication | M::SearchSuffixLeak => campaigns(rng, end, mean),
        M::DeliveryRetry => queue(rng, end, 6.0 * mean),
        M::StoredMailRescan => batches(rng, end, 10.0 * mean),
        M::TimingChannel if around.coded_gaps => coded(rng, end, mean),
        M::Crawler | M::TimingChannel | M::Tunnel | M::RetryLoop => steady(rng, end, mean),
        M::Replay | M::Publicity => fading(rng, end, given.acts_per_day * given.days),
        M::None => odd(rng, end, mean),
    }
}

fn steady(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let mut t = rng.exponential(mean);
    while t < end {
        out.push(t);
        t += rng.exponential(mean);
    }
    out
}

/// A job by the clock, up to a few seconds late.
fn clock(rng: &mut Rng, end: f64, period: f64, late: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let mut tick = rng.uniform(0.0, period).floor();
    while tick < end {
        if rng.chance(0.99) {
            out.push(tick + rng.exponential(late));
        }
        tick += period;
    }
    out
}

/// Sleep, ask, sleep; uniform jitter.
fn sleep(rng: &mut Rng, end: f64, period: f64, jitter: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let mut t = rng.uniform(0.0, period);
    while t < end {
        out.push(t);
        t += period * rng.uniform(1.0 - jitter, 1.0 + jitter) + rng.uniform(0.0, 0.2);
    }
    out
}

/// Office hours, thinned from a steady rate.
fn week(rng: &mut Rng, end: f64, mean: f64, given: &SimulateGiven) -> Vec<f64> {
    let begin_h = given.start.as_s() / 3600.0 + 72.0 + given.utc_offset_h;
    let all = steady(rng, end, mean / 4.0);
    let busy = |t: f64| {
        let hour = (begin_h + t / 3600.0).rem_euclid(168.0);
        let (day, hour) = ((hour / 24.0).floor(), hour % 24.0);
        if day < 5.0 && (9.0..18.0).contains(&hour) { 1.0 } else { 0.03 }
    };
    all.into_iter().filter(|&t| rng.chance(busy(t))).collect()
}

/// Mail that arrives in campaigns: bursts of a few minutes to hours, plus single messages.
fn campaigns(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let mut out = steady(rng, end, 2.0 * mean);
    for start in steady(rng, end, 10.0 * mean) {
        let spread = libm::exp(rng.normal() + 5.5);
        for _ in 0..rng.below(10) {
            out.push((start + rng.exponential(spread)).min(end));
        }
    }
    out.sort_by(f64::total_cmp);
    out
}

/// Messages that are deferred, and retried as Postfix does: age clamped to 300..4000 s, queue scan each 300 s.
fn queue(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let mut out = Vec::new();
    for birth in steady(rng, end, mean) {
        let mut t = birth;
        for _ in 0..12 {
            if t >= end {
                break;
            }
            out.push(t);
            let delay = (t - birth).clamp(300.0, 4000.0);
            t = ((t + delay) / 300.0).ceil() * 300.0 + rng.uniform(0.0, 2.0);
        }
    }
    out.sort_by(f64::total_cmp);
    out
}

/// A failure, then the same question every few seconds until it is answered.
pub(super) fn loops(rng: &mut Rng, end: f64, mean: f64) -> Vec<Asked> {
    let mut out = Vec::new();
    for start in steady(rng, end, mean) {
        let mut t = start;
        while t < end {
            let answered = rng.chance(0.08);
            out.push((t, Role::A, if answered { RcodeClass::NoError } else { RcodeClass::ServFail }));
            if answered {
                break;
            }
            t += 3.0 + rng.exponential(5.0);
        }
    }
    out
}

fn batches(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let mut out = Vec::new();
    for start in steady(rng, end, mean) {
        for _ in 0..8 {
            out.push(start + rng.exponential(120.0));
        }
    }
    out.sort_by(f64::total_cmp);
    out.retain(|&t| t < end);
    out
}

fn fading(rng: &mut Rng, end: f64, count: f64) -> Vec<f64> {
    let scale = 3600.0;
    let whole = libm::log1p(end / scale);
    let mut out: Vec<f64> = steady(rng, count, 1.0).iter().map(|u| scale * libm::expm1(whole * u / count)).collect();
    out.sort_by(f64::total_cmp);
    out
}

/// Four lengths of gap, one for each pair of bits of a message, as exact as a sleep is.
fn coded(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let mut t = rng.exponential(mean);
    while t < end {
        out.push(t);
        let symbol = [0.4, 0.8, 1.2, 1.6][usize::try_from(rng.below(4)).expect("below 4")];
        t += mean * symbol + rng.uniform(0.0, 0.3);
    }
    out
}

/// Gaps of many odd sizes in no order: nothing that is listed does so.
fn odd(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    // More sizes than an alphabet of symbols would have.
    let sizes = [0.004, 0.013, 0.05, 0.12, 0.31, 0.9, 2.1, 4.7].map(|size| size * mean);
    let mut out = Vec::new();
    let mut t = 0.0;
    while t < end {
        out.push(t);
        t += sizes[usize::try_from(rng.below(8)).expect("below 8")] * rng.uniform(0.97, 1.03);
    }
    out
}
