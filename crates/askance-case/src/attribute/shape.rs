//! The shape of a series for its pictures: days, gaps, ticks, week.

use std::collections::BTreeMap;

use askance_inference::SeriesState;
use askance_record::Timestamp;
use jiff::tz::TimeZone;

use crate::json::{GapBin, Series};

/// The most instants that a picture gets.
const TICKS_MAX: usize = 4096;

/// Lookups by day in `zone`, days without lookups left out.
pub(super) fn daily(instants: impl Iterator<Item = Timestamp>, zone: &TimeZone) -> Vec<(String, u64)> {
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    for instant in instants {
        let date = instant.to_jiff().to_zoned(zone.clone()).date();
        *days.entry(date.to_string()).or_default() += 1;
    }
    days.into_iter().collect()
}

/// Draws a series from all its instants, where its state keeps only some days.
pub(crate) fn redraw(series: &mut Series, instants: &[Timestamp], zone: &TimeZone) {
    series.daily = daily(instants.iter().copied(), zone);
    series.ticks_ms = ticks(instants);
}

/// Lookups by hour of the week in `zone`, from Monday 00:00.
pub(crate) fn week_hour(state: &SeriesState, zone: &TimeZone) -> Vec<u64> {
    let mut hours = vec![0; 168];
    for event in state.events() {
        let local = event.ts.to_jiff().to_zoned(zone.clone());
        let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(local.hour()).unwrap_or(0);
        hours[day * 24 + hour] += 1;
    }
    hours
}

/// Gaps between lookups in half octaves of seconds, ascending; empty bins left out.
pub(super) fn gaps(state: &SeriesState) -> Vec<GapBin> {
    let mut bins: BTreeMap<i32, u64> = BTreeMap::new();
    for stretch in state.stretches() {
        for pair in stretch.windows(2) {
            let gap_s = pair[1].ts.since_s(pair[0].ts).max(0.001);
            #[expect(clippy::cast_possible_truncation, reason = "half octaves of a gap of years stay below 100")]
            let half_octave = libm::floor(2.0 * libm::log2(gap_s)) as i32;
            *bins.entry(half_octave).or_default() += 1;
        }
    }
    let edge = |half_octave: i32| libm::exp2(f64::from(half_octave) / 2.0);
    bins.into_iter().map(|(bin, count)| GapBin { from_s: edge(bin), to_s: edge(bin + 1), count }).collect()
}

/// Instants in milliseconds since 1970, thinned evenly.
pub(super) fn ticks(instants: &[Timestamp]) -> Vec<i64> {
    let step = instants.len().div_ceil(TICKS_MAX).max(1);
    instants.iter().step_by(step).map(|t| t.us().div_euclid(1000)).collect()
}
