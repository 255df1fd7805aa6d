//! "They ask in Moscow's office hours", "a person does this", "a machine does".
//!
//! A cache lets one lookup through for each TTL, however many people stand behind it. What is left of their hours
//! is compared with a demand that never sleeps, behind the same cache. Hours of people do not prove people: mail and
//! the programs of office machines keep the same hours.

#[cfg(test)]
mod tests;

use askance_record::Timestamp;

use super::coverage::{Coverage, apart};
use super::exposure::Exposure;
use super::finding::{Checked, Condition, Verdict};
use crate::engine::week_rates;
use crate::math::{bans, ln_sum};

/// Lookups without which hours show nothing.
const LOOKUPS_MIN: f64 = 10.0;
/// Share of the time in which the cache could not have asked, beyond which demand cannot be told.
const BUSY_MAX: f64 = 0.9;
/// Lookups within this are one visit.
const VISIT_US: i64 = 1_800_000_000;
/// The most that is said of a ratio, in bans: a starting value.
const CAP: f64 = 2.0;

/// What the hours look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// People's hours, in some zone; programs on their machines keep them as well.
    OfPeople,
    /// Round the clock.
    RoundTheClock,
    /// Not identifiable with these records.
    Unidentifiable,
}

/// The answer of [`hours`].
#[derive(Clone, Debug, PartialEq)]
pub struct HoursFound {
    /// Of "these zones' hours"; without zones of "people's hours".
    pub verdict: Verdict,
    /// Of "a person, not a machine": contradicted by a demand round the clock, never supported by hours alone.
    pub person: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// What they look like.
    pub hours: Hours,
    /// People's hours against round the clock, bans, tempered and capped.
    pub log10_lr: f64,
    /// P(local time = UTC + h | people's hours), h from -11 to 12; tempered.
    pub zones: [(i8, f64); 24],
    /// The claimed zones against all others, bans; `None` without a claimed zone or without people's hours.
    pub zone_log10_lr: Option<f64>,
    /// Share of covered time in which a cache of this TTL would not have asked.
    pub busy: f64,
    /// Zones or readings tried.
    pub variants: usize,
}

/// Weighs the hours of a series behind its cache.
///
/// - `ttl_s`: dead time of the cache; 0 where lookups are seen before it
/// - `claimed`: offsets from UTC in hours that the claim speaks of, -11 to 12; may be empty
/// - `variants`: how many zones or readings were tried; ratios are divided by it
///
/// # Source
/// Inference notes, 2.3 (E1, a week template in 24 zones) and 1 (dead time); tempering 2.7.
pub fn hours(lookups: &[Timestamp], coverage: &Coverage, ttl_s: u32, claimed: &[i8], variants: usize) -> HoursFound {
    let variants = variants.max(1);
    let cache_us = i64::from(ttl_s) * 1_000_000;
    let kept = coverage.keep(lookups);
    let busy = kept.len() as f64 * cache_us as f64 / (coverage.total_us().max(1) as f64);
    // A visit of many lookups is one act; a cache of half an hour would have shown it so.
    let dead_us = cache_us.max(VISIT_US);
    // Behind a longer cache what comes too early stays, and costs every reading alike.
    let times = apart(&kept, VISIT_US);
    let temper = libm::sqrt(times.len() as f64 / 3.0).max(1.0);
    let score = |level: &[f64; 168]| Exposure::new(coverage, level).map(|e| e.ln_density(&times, dead_us));
    let flat = score(&[1.0; 168]);
    let mut zones = [(0, 0.0); 24];
    for (k, zone) in (0i8..).zip(&mut zones) {
        let offset = k - 11;
        let of = |week: &[f64; 168]| score(&local(week, offset)).unwrap_or(f64::NEG_INFINITY);
        *zone = (offset, (ln_sum(week_rates().iter().map(of)) - core::f64::consts::LN_2) / temper);
    }
    let all = ln_sum(zones.iter().map(|z| z.1)) - libm::log(24.0);
    let ratio = flat.filter(|f| f.is_finite()).map_or(0.0, |flat| bans(all - flat / temper));
    for zone in &mut zones {
        zone.1 = if all.is_finite() { libm::exp(zone.1 - all) / 24.0 } else { 1.0 / 24.0 };
    }
    let share = libm::log10(variants as f64);
    let log10_lr = if ratio > 0.0 { (ratio - share).max(0.0) } else { ratio }.clamp(-CAP, CAP);
    let checks = vec![
        Checked::at_least(Condition::LookupsInside, times.len() as f64, LOOKUPS_MIN),
        Checked::yes(Condition::SpanUsable, flat.is_some()),
        Checked { found: busy, wanted: BUSY_MAX, ..Checked::yes(Condition::DemandIdentifiable, busy <= BUSY_MAX) },
    ];
    let possible = checks.iter().all(|c| c.holds);
    let hours = match log10_lr {
        _ if !possible => Hours::Unidentifiable,
        lr if lr >= 1.0 => Hours::OfPeople,
        lr if lr <= -1.0 => Hours::RoundTheClock,
        _ => Hours::Unidentifiable,
    };
    let zone_log10_lr = zone_ratio(&zones, claimed).filter(|_| hours == Hours::OfPeople).map(|lr| lr - share);
    let verdict = match (possible, zone_log10_lr) {
        (false, _) => Verdict::CannotBeTested,
        (true, Some(lr)) => Verdict::of_log10_lr(lr.clamp(-CAP, CAP)),
        (true, None) if claimed.is_empty() => Verdict::of_log10_lr(log10_lr),
        (true, None) => Verdict::DoesNotDiscriminate,
    };
    let person = match hours {
        _ if !possible => Verdict::CannotBeTested,
        Hours::RoundTheClock => Verdict::Contradicted,
        Hours::OfPeople | Hours::Unidentifiable => Verdict::DoesNotDiscriminate,
    };
    HoursFound { verdict, person, checks, hours, log10_lr, zones, zone_log10_lr, busy, variants }
}

/// A week in local time as UTC sees it.
fn local(week: &[f64; 168], offset: i8) -> [f64; 168] {
    core::array::from_fn(|hour| {
        let local = (i64::try_from(hour).expect("below 168") + i64::from(offset)).rem_euclid(168);
        week[usize::try_from(local).expect("below 168")]
    })
}

/// Odds of the claimed zones over what even odds were.
fn zone_ratio(zones: &[(i8, f64); 24], claimed: &[i8]) -> Option<f64> {
    let inside = |z: &&(i8, f64)| claimed.contains(&z.0);
    let k = zones.iter().filter(inside).count();
    if k == 0 || k == 24 {
        return None;
    }
    let p: f64 = zones.iter().filter(inside).map(|z| z.1).sum();
    let even = k as f64 / (24 - k) as f64;
    Some(libm::log10((p / (1.0 - p).max(1e-12) / even).max(1e-12)))
}
