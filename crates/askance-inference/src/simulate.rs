//! Draws a series from a mechanism: what makes each one testable against itself.
//!
//! A draw has three steps: when the client acts (timing), what it asks each time (marks
//! and answers), and what a cache and the vantage let through. The generators
//! are deliberately not the engines' own densities: campaigns have bursts, jobs are
//! late, queue runners round up.

use askance_record::{Rng, Timestamp};

use crate::mechanism::MechanismId as M;
use crate::observe::Observation;
use crate::state::{Event, RcodeClass, Role};

/// What a simulated series is conditional on.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateGiven {
    /// Where it is seen.
    pub observation: Observation,
    /// When it begins.
    pub start: Timestamp,
    /// How long it lasts, in days.
    pub days: f64,
    /// Acts of the client a day, where the mechanism has no period of its own.
    pub acts_per_day: f64,
    /// TTL of every record of the family, in seconds.
    pub ttl_s: u32,
    /// Period of jobs and sleep loops, in seconds.
    pub period_s: f64,
    /// The client's clock, in hours east of UTC.
    pub utc_offset_h: f64,
}

/// Draws the lookups that `m` makes, as the vantage shows them, in time order.
///
/// `M::None` draws a process that no mechanism describes, for open-set tests.
pub fn simulate(m: M, rng: &mut Rng, given: &SimulateGiven) -> Vec<Event> {
    let mut asked = Vec::new();
    if m == M::RetryLoop {
        asked = loops(rng, given.days * 86_400.0, 12.0 * 86_400.0 / given.acts_per_day);
    } else {
        for t in starts(m, rng, given) {
            session(m, rng, t, &mut asked);
        }
    }
    asked.sort_by(|a: &(f64, Role, RcodeClass), b| a.0.total_cmp(&b.0));
    // A client that refreshes at the TTL has a cache of its own, wherever it is seen.
    let cached = m == M::CacheRefresh || given.observation.vantage.is_behind_cache();
    through(&asked, cached, given)
}

/// Seconds after the start at which the client acts.
fn starts(m: M, rng: &mut Rng, given: &SimulateGiven) -> Vec<f64> {
    let end = given.days * 86_400.0;
    let mean = 86_400.0 / given.acts_per_day;
    match m {
        M::CacheRefresh => steady(rng, end, f64::from(given.ttl_s) / 20.0),
        M::ScheduledPoll => clock(rng, end, given.period_s, 0.8),
        M::FirewallObject => sleep(rng, end, f64::from(given.ttl_s.max(30)) + 1.0, 0.002),
        M::Beacon => sleep(rng, end, given.period_s, 0.2),
        M::HumanUse => week(rng, end, mean, given),
        M::SenderVerification | M::MailAuthentication | M::SearchSuffixLeak => campaigns(rng, end, mean),
        M::DeliveryRetry => queue(rng, end, 6.0 * mean),
        M::StoredMailRescan => batches(rng, end, 10.0 * mean),
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
fn loops(rng: &mut Rng, end: f64, mean: f64) -> Vec<(f64, Role, RcodeClass)> {
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

/// Gaps of a few odd sizes in a fixed pattern, and pauses: nothing that is listed does so.
fn odd(rng: &mut Rng, end: f64, mean: f64) -> Vec<f64> {
    let sizes = [0.013 * mean, 0.31 * mean, 4.7 * mean];
    let mut out = Vec::new();
    let mut t = 0.0;
    while t < end {
        out.push(t);
        t += sizes[usize::try_from(rng.below(3)).expect("below 3")] * rng.uniform(0.97, 1.03);
    }
    out
}

/// What the client asks in one act.
fn session(m: M, rng: &mut Rng, t: f64, out: &mut Vec<(f64, Role, RcodeClass)>) {
    let ok = RcodeClass::NoError;
    let mut at = t;
    let mut ask = |rng: &mut Rng, role: Role, rcode: RcodeClass| {
        out.push((at, role, rcode));
        at += rng.uniform(0.005, 0.06);
    };
    match m {
        M::SenderVerification | M::MailAuthentication => {
            ask(rng, Role::Ptr, ok);
            ask(rng, Role::A, ok);
            if m == M::MailAuthentication {
                for role in [Role::TxtSpf, Role::TxtDkim, Role::TxtSpf, Role::TxtDmarc] {
                    ask(rng, role, ok);
                }
            }
        }
        M::DeliveryRetry => {
            for role in [Role::Mx, Role::Aaaa, Role::A] {
                ask(rng, role, if role == Role::Aaaa { RcodeClass::NoData } else { ok });
            }
        }
        M::HumanUse | M::Crawler => {
            ask(rng, Role::A, ok);
            ask(rng, Role::Aaaa, RcodeClass::NoData);
        }
        M::SearchSuffixLeak => {
            ask(rng, Role::A, RcodeClass::NxDomain);
            ask(rng, Role::SuffixVariant, RcodeClass::NxDomain);
        }
        M::StoredMailRescan => {
            ask(rng, Role::Mx, ok);
            ask(rng, Role::TxtSpf, ok);
        }
        M::Tunnel => ask(rng, Role::Generated, ok),
        M::None => {
            let roles = [Role::NsSoa, Role::A, Role::Other, Role::TxtDmarc, Role::Ptr];
            let rcodes = [ok, RcodeClass::Refused, RcodeClass::Other];
            let role = roles[usize::try_from(rng.below(5)).expect("below 5")];
            let rcode = rcodes[usize::try_from(rng.below(3)).expect("below 3")];
            ask(rng, role, rcode);
        }
        _ => ask(rng, Role::A, ok),
    }
}

/// What the cache, the vantage and the clock of the sensor let through.
fn through(asked: &[(f64, Role, RcodeClass)], cached: bool, given: &SimulateGiven) -> Vec<Event> {
    let behind = given.observation.vantage.is_behind_cache();
    let ttl = f64::from(given.ttl_s);
    let step = given.observation.resolution.step_us();
    let mut fresh_until = [f64::NEG_INFINITY; Role::COUNT];
    let mut out = Vec::new();
    for &(t, role, rcode) in asked {
        let until = &mut fresh_until[usize::from(role.as_u8())];
        if cached && t < *until {
            continue;
        }
        // A failure is not kept for the whole TTL.
        *until = t + if rcode == RcodeClass::ServFail { ttl.min(5.0) } else { ttl };
        if !given.observation.shows(role) {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a simulation")]
        let us = given.start.us() + (t * 1e6) as i64;
        let known = given.observation.responses_visible;
        out.push(Event {
            ts: Timestamp::from_us(us.div_euclid(step) * step),
            role,
            rcode: if known { rcode } else { RcodeClass::Unknown },
            cached: None,
            ttl_s: (behind && known && rcode == RcodeClass::NoError).then_some(given.ttl_s),
        });
    }
    out
}
