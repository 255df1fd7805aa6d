//! "B was a reaction to A", and "they were the first, so they knew".
//!
//! One pair of acts is thin evidence: how thin depends on how often such acts happen anyway, on how fast a reaction
//! would be, on what else may have caused it, and on how many pairs would have made as good a story.

use super::coverage::DAY_US;
use super::finding::{Checked, Condition, Estimate, Verdict};
use super::follows::Happening;
use crate::math::{bans, beta_quantile};

/// Scatter of the logarithm of a reaction's delay: a factor of four either way. A starting value.
const LN_SPREAD: f64 = 2.0 * core::f64::consts::LN_2;
/// Medians of a reaction's delay, in days: from an hour to a week.
const MEDIANS: (f64, f64) = (1.0 / 24.0, 7.0);
/// Steps in which medians and delays are gone through.
const STEPS: u32 = 96;
/// Delays below this are as good as none: nobody reads, decides and acts within a minute.
const LEAST_DAYS: f64 = 1.0 / 1440.0;

/// Something else that may have caused B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rival {
    /// When.
    pub at: Happening,
    /// Whether a contact with those who did B is documented.
    pub contact: bool,
}

/// What can be said of the order of two acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A came first, whatever the clock times.
    First,
    /// A came after B.
    Last,
    /// Their clock times leave it open.
    Open,
}

/// The answer of [`reaction`].
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// Which came first, as far as it is known.
    pub order: Order,
    /// Least and greatest delay in days; negative where B may have come first.
    pub delay_days: (f64, f64),
    /// Least and greatest log10 LR of "reaction" against "chance", over medians from an hour to a week and all
    /// possible delays, divided by the pairs; minus infinity where A may have come last.
    pub log10_lr: (f64, f64),
    /// The same against each rival, in the order given; `None` where the rival can only have come after B.
    pub against: Vec<Option<(f64, f64)>>,
    /// Pairs of an A and a B that would have been told as a story.
    pub variants: usize,
}

/// Weighs whether B was a reaction to A.
///
/// - `a`, `b`: the acts; clock times may be unknown
/// - `per_day`: how often acts like B happen anyway, a day; positive
/// - `pairs`: how many pairs of such acts would have been told; at least 1
/// - `rivals`: other causes; each is as slow or fast as A
///
/// A claim is supported only if the least of its ratios is: where clock times are unknown no order is assumed.
///
/// # Source
/// Inference notes, 7.4: log-normal delay of a reaction, exponential wait for chance.
pub fn reaction(a: Happening, b: Happening, per_day: f64, pairs: usize, rivals: &[Rival]) -> Reaction {
    let pairs = pairs.max(1);
    let per_day = if per_day.is_finite() { per_day.clamp(1e-6, 1e6) } else { 1e6 };
    let delay_days = delay(a, b);
    let order = order(delay_days);
    let chance = |days: f64| libm::log(per_day) - per_day * days;
    let range = over(delay_days, &|days, median| ln_density(days, median) - chance(days));
    let share = libm::log10(pairs as f64);
    let log10_lr = range.map_or((f64::NEG_INFINITY, f64::NEG_INFINITY), |(low, high)| {
        let least = if order == Order::First { bans(low) - share } else { f64::NEG_INFINITY };
        (least, bans(high) - share)
    });
    let against: Vec<Option<(f64, f64)>> = rivals.iter().map(|rival| rivalry(delay_days, delay(rival.at, b))).collect();
    // A rival with a documented contact that may explain it as well.
    let as_good = rivals.iter().zip(&against).any(|(rival, lr)| rival.contact && lr.is_some_and(|(low, _)| low < 0.0));
    let checks =
        vec![Checked::yes(Condition::OrderKnown, order != Order::Open), Checked::yes(Condition::NoRival, !as_good)];
    let verdict = match (order, as_good) {
        (Order::Open, _) => Verdict::CannotBeTested,
        (Order::Last, _) => Verdict::Contradicted,
        (Order::First, true) => Verdict::DoesNotDiscriminate,
        // Only "all of the range" is support, and only "all of the range" is refutation.
        (Order::First, false) if log10_lr.1 <= -core::f64::consts::LOG10_2 => Verdict::Contradicted,
        (Order::First, false) => Verdict::of_log10_lr(log10_lr.0.max(0.0)).under(&checks),
    };
    Reaction { verdict, checks, order, delay_days, log10_lr, against, variants: pairs }
}

fn delay(a: Happening, b: Happening) -> (f64, f64) {
    let days = |from: i64, to: i64| (to - from) as f64 / DAY_US as f64;
    let (a_to, b_to) = (a.to.us().max(a.from.us()), b.to.us().max(b.from.us()));
    (days(a_to, b.from.us()), days(a.from.us(), b_to))
}

fn order(delay_days: (f64, f64)) -> Order {
    match delay_days {
        (least, _) if least > 0.0 => Order::First,
        (_, most) if most < 0.0 => Order::Last,
        _ => Order::Open,
    }
}

/// ln of the density of a reaction's delay, a day.
fn ln_density(days: f64, median: f64) -> f64 {
    let z = libm::log(days / median) / LN_SPREAD;
    -0.5 * z * z - libm::log(days * LN_SPREAD) - 0.918_938_533_204_672_7
}

/// Steps between two positive numbers, both included.
fn between(low: f64, high: f64) -> impl Iterator<Item = f64> + Clone {
    let (from, width) = (libm::log(low), libm::log(high / low));
    (0..=STEPS).map(move |k| libm::exp(from + width * f64::from(k) / f64::from(STEPS)))
}

/// Least and greatest of `ln` over possible delays and medians; `None` where no delay is positive.
fn over(delay_days: (f64, f64), ln: &dyn Fn(f64, f64) -> f64) -> Option<(f64, f64)> {
    if delay_days.1 < 0.0 {
        return None;
    }
    let (least, most) = (delay_days.0.max(LEAST_DAYS), delay_days.1.max(LEAST_DAYS));
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    for days in between(least, most) {
        for median in between(MEDIANS.0, MEDIANS.1) {
            let x = ln(days, median);
            range = (range.0.min(x), range.1.max(x));
        }
    }
    Some(range)
}

/// Bans for A against a rival, the median being the same for both.
fn rivalry(own: (f64, f64), rival: (f64, f64)) -> Option<(f64, f64)> {
    if rival.1 < 0.0 {
        return None;
    }
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    for other in between(rival.0.max(LEAST_DAYS), rival.1.max(LEAST_DAYS)) {
        if let Some((low, high)) = over(own, &|days, median| ln_density(days, median) - ln_density(other, median)) {
            range = (range.0.min(low), range.1.max(high));
        }
    }
    let low = if own.0 > 0.0 { bans(range.0) } else { f64::NEG_INFINITY };
    let high = if rival.0 > 0.0 { bans(range.1) } else { f64::INFINITY };
    Some(if own.1 < 0.0 { (f64::NEG_INFINITY, f64::NEG_INFINITY) } else { (low, high) })
}

/// The answer of [`first_mover`].
#[derive(Clone, Debug, PartialEq)]
pub struct FirstMover {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// P(this client is the first | nobody knows anything): its share of all demand, with a Beta interval.
    pub chance: Option<Estimate>,
    /// P(a client as quiet as this one, or quieter, is the first).
    pub p: Option<f64>,
    /// At most so many bans for "it knew" against "somebody had to be the first", for a client that was named before
    /// anybody was first; for one chosen because it was, p counts.
    pub log10_lr_max: Option<f64>,
    /// Variants tried.
    pub variants: usize,
}

/// Weighs that one client was the first to ask for a new name.
///
/// Without knowledge, waits are exponential and compete: who asks most is first most often.
///
/// - `clients`: (lookups, seconds covered) before the new name, of all clients that the vantage can see
/// - `first`: position of the one who was first
/// - `variants`: how many "firsts" would have been told; the ratio is divided, p multiplied
pub fn first_mover(clients: &[(u64, f64)], first: usize, variants: usize) -> FirstMover {
    let variants = variants.max(1);
    let rate =
        |&(n, covered): &(u64, f64)| if covered > 0.0 { (n as f64 + 0.5) / covered.clamp(1.0, 1e12) } else { 0.0 };
    let own = clients.get(first).map_or(0.0, rate);
    let total: f64 = clients.iter().map(rate).sum();
    let checks = vec![
        Checked::yes(Condition::LookupsInside, own > 0.0 && total.is_finite()),
        Checked::at_least(Condition::Comparators, clients.len().saturating_sub(1) as f64, 1.0),
    ];
    if own <= 0.0 || !total.is_finite() {
        let verdict = Verdict::CannotBeTested;
        return FirstMover { verdict, checks, chance: None, p: None, log10_lr_max: None, variants };
    }
    let share = own / total;
    let (n, rest) = (clients[first].0, clients.iter().fold(0u64, |sum, c| sum.saturating_add(c.0)) - clients[first].0);
    let (a, b) = (n as f64 + 0.5, (rest as f64 + 0.5 * (clients.len() - 1) as f64).max(0.5));
    // Lookups to demand: as if all had been covered as long as they were on average.
    let odds = share / (1.0 - share).max(1e-12) * b / a;
    let scaled = |q: f64| {
        let x = beta_quantile(q, a, b);
        odds * x / (odds * x + 1.0 - x)
    };
    let quieter: f64 = clients.iter().map(rate).filter(|&r| r <= own).sum();
    let log10_lr = -libm::log10(share) - libm::log10(variants as f64);
    // Somebody had to be first, and is chosen after looking: of many quiet clients one is first often enough.
    let p = (quieter / total * variants as f64).clamp(f64::MIN_POSITIVE, 1.0);
    FirstMover {
        verdict: Verdict::of_p(p).under(&checks),
        checks,
        chance: Some(Estimate { value: share, interval: (scaled(0.025), scaled(0.975)) }),
        p: Some(p),
        log10_lr_max: Some(log10_lr),
        variants,
    }
}

#[cfg(test)]
mod tests;
