//! What each survivor would have made, beside the record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::GapBin;

/// The record, and what each survivor would have made through the same vantage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PredictedJson {
    /// Draws of each survivor.
    pub draws: u64,
    /// The record.
    pub observed: Profile,
    /// The survivors, the best first.
    pub survivors: Vec<SurvivorDrawn>,
}

/// A series reduced to figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Lookups over the whole span; the mean of the draws where it is of draws.
    pub n: f64,
    /// 5, 25, 50, 75 and 95 % of the gaps between bursts, seconds.
    pub gaps_s: Vec<f64>,
    /// Gaps between bursts by half octave; counts are in millionths of all.
    pub gap_bins: Vec<GapBin>,
    /// Share of lookups by role; those of none are left out.
    pub roles: BTreeMap<String, f64>,
    /// Share of lookups by hour of the week in UTC, from Monday 00:00; 168 values.
    pub week_hour_utc: Vec<f64>,
}

/// What one survivor would have made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurvivorDrawn {
    /// The mechanism.
    pub mechanism: String,
    /// 5, 25, 50, 75 and 95 % of the number of lookups.
    pub n: Vec<f64>,
    /// The mean of its draws.
    pub mean: Profile,
    /// Each figure of the record beside those of the draws.
    pub figures: Vec<FigureDrawn>,
    /// The figure that differs most; empty where none differs by more than chance and a trifle.
    pub differs: String,
    /// The instants of one draw, milliseconds since 1970, at most 240.
    pub ticks_ms: Vec<i64>,
}

/// A figure of the record beside those of the draws.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureDrawn {
    /// `count`, `gap-05` to `gap-95` (seconds), `role-A` and so on (share), `week-hour` (distance, 0 to 1).
    pub figure: String,
    /// Of the record.
    pub observed: f64,
    /// 5, 50 and 95 % of the draws.
    pub drawn: [f64; 3],
    /// Posterior-predictive tail share: of draws at least as far out as the record.
    pub tail: f64,
}
