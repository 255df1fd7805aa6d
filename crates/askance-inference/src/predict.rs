//! Predicted beside observed: what each survivor would have made, seen through the same vantage.
//!
//! Each survivor is matched to the series and drawn [`DRAWS`] times through the series' own vantage. A draw is
//! reduced to the figures to which the record is reduced too ([`Profile`]), so that like stands
//! beside like: how many lookups, how far its acts lie apart, which roles it shows, at which hours of the
//! week. The share of draws as far out as the record is a posterior-predictive tail share: small where
//! the survivor does not make such a record. It is a check of one survivor, never a comparison of two.

#[cfg(test)]
mod tests;

use askance_record::{Rng, Timestamp};

use crate::attribute::{Attribution, Attributor};
use crate::mechanism::MechanismId as M;
use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::settle::MEMBERS_MAX;
use crate::settle::matched::{Fitted, Matched};
use crate::simulate::{Kept, draw};
use crate::state::{Event, Role, SeriesState, log_gap_bin};

/// Draws of each survivor.
pub const DRAWS: u32 = 60;
/// Half octaves of seconds in a histogram of gaps; the first begins at a sixteenth of a second and holds what is shorter.
pub const GAP_BINS: usize = 42;
/// The quantiles of gaps that are compared.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A longer series is drawn over as much of its span as holds about this many lookups.
const LOOKUPS_DRAWN: f64 = 1000.0;
/// Fewer days than a week have no hours of the week.
const WEEK_DAYS: f64 = 7.0;
/// A tail share below this is said to differ.
const DIFFERS: f64 = 0.05;
/// The most instants of the one draw that is shown.
const SHOWN_MAX: usize = 240;

/// A series reduced to figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Lookups over the whole span.
    pub n: f64,
    /// Gaps between sessions at [`QUANTILES`], in seconds; zeros below two sessions.
    pub gaps_s: [f64; 5],
    /// Shares of gaps between sessions by half octave of seconds.
    pub gap_bins: [f64; GAP_BINS],
    /// Shares of lookups by [`Role::ALL`].
    pub roles: [f64; Role::COUNT],
    /// Shares of lookups by hour of the week in UTC, from Monday 00:00.
    pub week_hour: [f64; 168],
}

/// A figure of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Lookups.
    Count,
    /// A quantile of gaps, by position in [`QUANTILES`].
    Gap(usize),
    /// The share of a role.
    Share(Role),
    /// Distance of the hours of the week from those of all draws, 0 to 1.
    WeekHour,
}

impl core::fmt::Display for Figure {
    /// The stable identifier: `count`, `gap-50`, `role-PTR`, `week-hour`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Count => f.write_str("count"),
            Self::Gap(k) => write!(f, "gap-{:02.0}", 100.0 * QUANTILES[*k]),
            Self::Share(role) => write!(f, "role-{}", role.as_str()),
            Self::WeekHour => f.write_str("week-hour"),
        }
    }
}

/// A figure of the record beside those of the draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// Which.
    pub figure: Figure,
    /// Of the record.
    pub observed: f64,
    /// Of the draws: 5 %, 50 % and 95 %.
    pub drawn: [f64; 3],
    /// Share of draws at least as far out, both tails; of the upper tail for a distance.
    pub share: f64,
}

/// What one survivor would have made.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The survivor.
    pub id: M,
    /// Quantiles of the number of lookups, at [`QUANTILES`].
    pub n: [f64; 5],
    /// The mean of the draws' profiles.
    pub mean: Profile,
    /// Each figure beside that of the record.
    pub tails: Vec<Tail>,
    /// The figure that differs most, where one differs by more than a trifle and more than one in
    /// twenty draws does.
    pub differs: Option<Figure>,
    /// The instants of one draw, at most 240.
    pub example: Vec<Timestamp>,
}

/// The record and what each survivor would have made.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The record.
    pub observed: Profile,
    /// The survivors, the best first.
    pub survivors: Vec<Predicted>,
}

impl Attributor {
    /// Draws each survivor through the vantage of the series.
    ///
    /// `none` is not drawn. A series of many lookups is drawn over a part of its span; counts are scaled
    /// up, and hours of the week are compared only where the part is whole weeks of at least four.
    ///
    /// - `of`: the attribution of `state` under `evidence` by this attributor
    /// - returns: `None` for fewer than three sessions; the same for the same series and key everywhere
    ///
    /// Cost: at most 300 draws of about a thousand lookups, none of which is scored.
    pub fn predict(&self, state: &SeriesState, evidence: &Evidence, of: &Attribution) -> Option<Predictions> {
        let fitted = Fitted::of(state, &self.given, evidence, of)?;
        let key = state.key_hash();
        let mut part = (LOOKUPS_DRAWN / state.n() as f64).min(1.0);
        // Whole weeks, so that no weekday counts twice.
        let weeks = (part * fitted.days / WEEK_DAYS).floor();
        if part < 1.0 && weeks >= 1.0 {
            part = weeks * WEEK_DAYS / fitted.days;
        }
        let kept = state.events().count() as f64;
        let observed = Profile::of(state, &self.given, state.n() as f64 / kept);
        let weekly = if part < 1.0 { weeks >= 1.0 && fitted.days >= 4.0 * WEEK_DAYS } else { fitted.days >= WEEK_DAYS };
        let members = of.set.iter().filter(|m| **m != M::None).take(MEMBERS_MAX);
        let survivors = members
            .map(|&m| {
                let mut matched = Matched::new(m, &fitted, key);
                matched.around.kept = Kept::default();
                if part < 1.0 {
                    matched.given.days *= part;
                    matched.given.observation.coverage.clear();
                }
                one(&matched, &observed, 1.0 / part, weekly, of.ttl_s.is_some(), key)
            })
            .collect();
        Some(Predictions { observed, survivors })
    }
}

/// Draws one survivor and compares.
fn one(matched: &Matched, observed: &Profile, scale: f64, weekly: bool, ttl_known: bool, key: u64) -> Predicted {
    let mut profiles = Vec::new();
    let mut example = Vec::new();
    for number in 0..DRAWS {
        let mut rng = Rng::part(key, &format!("predict {} {number}", matched.id));
        let mut matched = matched.clone();
        matched.vary(&mut rng, ttl_known);
        let events = draw(matched.id, &mut rng, &matched.given, &matched.around).events;
        if number == 0 {
            let step = events.len().div_ceil(SHOWN_MAX).max(1);
            example = events.iter().step_by(step).map(|e| e.ts).collect();
        }
        profiles.push(Profile::of(&state_of(&events, key), &matched.given.observation, scale));
    }
    let mean = mean(&profiles);
    let tails = tails(observed, &profiles, &mean, weekly);
    let counts = sorted(profiles.iter().map(|p| p.n));
    Predicted {
        id: matched.id,
        n: QUANTILES.map(|q| quantile(&counts, q)),
        differs: furthest(&tails),
        mean,
        tails,
        example,
    }
}

fn state_of(events: &[Event], key: u64) -> SeriesState {
    let mut state = SeriesState::new(key);
    for event in events {
        state.push(event);
    }
    state
}

impl Profile {
    /// - `scale`: lookups of the whole for each of the state's
    fn of(state: &SeriesState, seen: &Observation, scale: f64) -> Self {
        let all = Sessions::of(state, seen);
        let n = all.events.len() as f64;
        let mut out = Self {
            n: n * scale,
            gaps_s: [0.0; 5],
            gap_bins: [0.0; GAP_BINS],
            roles: [0.0; Role::COUNT],
            week_hour: [0.0; 168],
        };
        let pairs = all.sessions.windows(2).filter(|w| w[1].gap_known);
        let gaps = sorted(pairs.map(|w| w[1].start.since_s(w[0].start)));
        if !gaps.is_empty() {
            out.gaps_s = QUANTILES.map(|q| quantile(&gaps, q));
        }
        for &gap in &gaps {
            out.gap_bins[log_gap_bin(gap)] += 1.0 / gaps.len() as f64;
        }
        for event in &all.events {
            out.roles[usize::from(event.role.as_u8())] += 1.0 / n;
            // 1970 began on a Thursday.
            let hour = (event.ts.us().div_euclid(3_600_000_000) + 72).rem_euclid(168);
            out.week_hour[usize::try_from(hour).expect("below 168")] += 1.0 / n;
        }
        out
    }

    /// Half the sum of differences of two weeks, in bins of three hours: 0 where equal, 1 where disjoint.
    fn week_distance(&self, other: &Self) -> f64 {
        let thirds = self.week_hour.chunks(3).zip(other.week_hour.chunks(3));
        0.5 * thirds.map(|(a, b)| (a.iter().sum::<f64>() - b.iter().sum::<f64>()).abs()).sum::<f64>()
    }
}

fn mean(profiles: &[Profile]) -> Profile {
    let n = profiles.len().max(1) as f64;
    let over = |get: &dyn Fn(&Profile) -> f64| profiles.iter().map(get).sum::<f64>() / n;
    Profile {
        n: over(&|p| p.n),
        gaps_s: core::array::from_fn(|k| over(&|p| p.gaps_s[k])),
        gap_bins: core::array::from_fn(|k| over(&|p| p.gap_bins[k])),
        roles: core::array::from_fn(|k| over(&|p| p.roles[k])),
        week_hour: core::array::from_fn(|k| over(&|p| p.week_hour[k])),
    }
}

/// Each figure of the record beside those of the draws.
fn tails(observed: &Profile, drawn: &[Profile], mean: &Profile, weekly: bool) -> Vec<Tail> {
    let mut out = vec![two_sided(Figure::Count, observed.n, drawn.iter().map(|p| p.n))];
    for k in 0..QUANTILES.len() {
        out.push(two_sided(Figure::Gap(k), observed.gaps_s[k], drawn.iter().map(|p| p.gaps_s[k])));
    }
    for (k, &role) in Role::ALL.iter().enumerate() {
        let shown = observed.roles[k] > 0.0 || mean.roles[k] > 0.0;
        if shown {
            out.push(two_sided(Figure::Share(role), observed.roles[k], drawn.iter().map(|p| p.roles[k])));
        }
    }
    if weekly {
        let far = observed.week_distance(mean);
        let all = sorted(drawn.iter().map(|p| p.week_distance(mean)));
        let beyond = all.iter().filter(|d| **d >= far).count() as f64;
        let share = (beyond + 1.0) / (all.len() as f64 + 1.0);
        out.push(Tail { figure: Figure::WeekHour, observed: far, drawn: ends(&all), share });
    }
    out
}

fn two_sided(figure: Figure, observed: f64, drawn: impl Iterator<Item = f64>) -> Tail {
    let all = sorted(drawn);
    // What is equal but for rounding is as far out as the record.
    let slack = 1e-9 * observed.abs();
    let below = all.iter().filter(|x| **x <= observed + slack).count() as f64;
    let above = all.iter().filter(|x| **x >= observed - slack).count() as f64;
    let share = 2.0 * (below.min(above) + 1.0) / (all.len() as f64 + 1.0);
    Tail { figure, observed, drawn: ends(&all), share: share.min(1.0) }
}

/// True where the difference is more than a trifle: with many lookups a trifle is significant.
fn is_material(tail: &Tail) -> bool {
    let (observed, middle) = (tail.observed, tail.drawn[1]);
    match tail.figure {
        Figure::Count | Figure::Gap(_) => observed.max(middle) > 1.1 * observed.min(middle),
        Figure::Share(_) | Figure::WeekHour => (observed - middle).abs() > 0.05,
    }
}

/// The figure with the smallest tail share, and among those of equal share the one furthest from the
/// draws' median for their spread.
fn furthest(tails: &[Tail]) -> Option<Figure> {
    let far =
        |t: &Tail| (t.observed - t.drawn[1]).abs() / (t.drawn[2] - t.drawn[0]).max(1e-3 * t.observed.abs() + 1e-9);
    let mut best: Option<&Tail> = None;
    for tail in tails.iter().filter(|t| t.share < DIFFERS && is_material(t)) {
        if best.is_none_or(|b| tail.share < b.share || (tail.share <= b.share && far(tail) > far(b))) {
            best = Some(tail);
        }
    }
    best.map(|t| t.figure)
}

fn sorted(xs: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut out: Vec<f64> = xs.collect();
    out.sort_by(f64::total_cmp);
    out
}

fn ends(sorted: &[f64]) -> [f64; 3] {
    [0.05, 0.5, 0.95].map(|q| quantile(sorted, q))
}

/// The value at a share of a sorted list; zero for none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in the list")]
    let at = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}
