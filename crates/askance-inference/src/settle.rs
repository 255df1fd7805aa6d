//! What would settle it: the survivors drawn through a vantage that keeps one more kind of record.
//!
//! # How it is computed
//! Each mechanism of the surviving set (at most [`MEMBERS_MAX`], the nearest) is matched to the
//! series (rate, span, period, TTL, time zone) and drawn through the series' own vantage, and
//! through the same vantage with one kind of record more. Draws are scored by the ordinary
//! [`Attributor`]: calibrated, and not capped. What a draw says is the LR of the mechanism that made
//! it against the strongest other survivor, in bans. The worth of a record is the mean of that over
//! draws and survivors, less the same without the record; both use the same draws of the client's acts.
//!
//! How many days of the record it takes is found on a ladder of spans ([`DAYS`]): the first at which
//! the expected LR of each of two survivors over the other is tenfold, and stays so.
//!
//! # What bounds the cost
//! At most [`DRAWS_MAX`] draws for each survivor and kind, and at most 64 sessions of each are scored.
//! A longer span is scored as its first 64 sessions, from a random hour of the week, and their log
//! likelihoods are scaled up to the span before they are tempered. Draws get fewer, down to four,
//! where all of them would have more than [`LOOKUPS_BUDGET`] lookups.
//!
//! # What it cannot know
//! See `docs/explanation/settle.md`: the set may lack the truth, a record may be damaged, and the
//! generators know the mechanisms as programs usually make them.

mod kinds;
pub(crate) mod matched;
#[cfg(test)]
mod tests;
mod worth;

use crate::attribute::{Attribution, Attributor};
use crate::math::student_quantile_975;
use crate::mechanism::MechanismId as M;
use crate::observe::Evidence;
use crate::state::SeriesState;

pub use kinds::RecordKind;
pub(crate) use kinds::by_rule;
use kinds::pairs;
use matched::{Fitted, Matched};
use worth::{Draws, Samples, View};

/// The most survivors that are drawn: the nearest to the best.
pub const MEMBERS_MAX: usize = 5;
/// The most draws for each survivor and kind of record.
pub const DRAWS_MAX: u32 = 16;
/// About as many lookups are scored for one series, at most.
pub const LOOKUPS_BUDGET: u64 = 24_000;
/// The spans on the ladder, in days.
pub const DAYS: [u32; 6] = [1, 3, 7, 14, 28, 56];

const DRAWS_MIN: u32 = 4;
const LADDER_DRAWS: (u32, u32) = (4, 8);
/// A pair counts as told apart further from this gain on, in bans: a factor of two.
const TOLD: f64 = 0.3;
/// The LR at which two mechanisms are separated, in bans.
const TENFOLD: f64 = 1.0;

/// A record that would help.
#[derive(Clone, Debug, PartialEq)]
pub struct Settle {
    /// What to ask for.
    pub kind: RecordKind,
    /// The surviving pairs that it would tell apart: by a factor of two or more where it was
    /// simulated, else by rule.
    pub separates: Vec<(M, M)>,
    /// What it is expected to add; `None` where it was not simulated.
    pub expected: Option<Expected>,
}

/// What a record is expected to add, by simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Expected LR of the truth against the strongest other survivor, in bans, less the same
    /// without the record; averaged over the survivors. Negative where the draws are worse off.
    pub gain_bans: f64,
    /// Its central 95 % interval, from the scatter of the draws alone.
    pub interval: (f64, f64),
    /// Days of the record until the pair that is hardest to tell apart is told tenfold; `None` where
    /// that is not within 56 days.
    pub days_needed: Option<u32>,
    /// That pair.
    pub hardest: (M, M),
    /// Each pair by itself.
    pub pairs: Vec<PairExpected>,
}

/// What a record is expected to add for two survivors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairExpected {
    /// The two, the nearer to the best first.
    pub pair: (M, M),
    /// Expected LR of the truth over the other without the record, in bans; the lesser of the two ways round.
    pub without_bans: f64,
    /// The same with it, over the same span.
    pub with_bans: f64,
    /// Days of the record until that is tenfold; `None` where it is not within 56 days.
    pub days_needed: Option<u32>,
}

/// What would settle a series, and at what cost that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Every kind of record that is missing, by falling gain.
    pub records: Vec<Settle>,
    /// The survivors that were drawn, the best first.
    pub members: Vec<M>,
    /// What was drawn and scored.
    pub cost: Cost,
}

/// What a simulation cost, counted instead of timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Draws that were scored.
    pub draws: u64,
    /// Lookups in them.
    pub lookups: u64,
}

impl Attributor {
    /// Draws what survives, with and without each kind of record that is missing.
    ///
    /// `none` is never drawn: it has no way of working of its own. Where fewer than two survivors
    /// are left, or the series has fewer than three sessions, there is nothing to draw, and the
    /// records are those of [`Attribution::settle`].
    ///
    /// - `of`: the attribution of `state` under `evidence` by this attributor
    /// - returns: the same for the same series and key on every platform
    ///
    /// Cost: bounded by [`LOOKUPS_BUDGET`] lookups scored, whatever the series' length.
    pub fn settle(&self, state: &SeriesState, evidence: &Evidence, of: &Attribution) -> Settled {
        let members: Vec<M> = of.set.iter().copied().filter(|m| *m != M::None).take(MEMBERS_MAX).collect();
        let by_rule = || Settled { records: of.settle.clone(), members: members.clone(), cost: Cost::default() };
        if members.len() < 2 {
            return by_rule();
        }
        let Some(fitted) = Fitted::of(state, &self.given, evidence, of) else {
            return by_rule();
        };
        let key = state.key_hash();
        let matched: Vec<Matched> = members.iter().map(|&m| Matched::new(m, &fitted, key)).collect();
        let views = View::all(self, evidence, of, &matched, key);
        let mut draws = Draws::new(evidence, of.ttl_s.is_some(), key);
        let count = draws_for(&views, &[fitted.days], LOOKUPS_BUDGET / 2, (DRAWS_MIN, DRAWS_MAX));
        let span: Vec<Vec<Samples>> = views.iter().map(|v| draws.spans(v, &v.spans(fitted.days), count)).collect();
        let ladder: Vec<f64> = DAYS.map(f64::from).into();
        let count = draws_for(&views, &ladder, LOOKUPS_BUDGET / 2, LADDER_DRAWS);
        let rungs: Vec<Vec<Samples>> = views.iter().map(|v| draws.spans(v, &ladder, count)).collect();
        let base = &span[0][0].0[0];
        let mut records = Vec::new();
        for (v, view) in views.iter().enumerate() {
            for (slot, kind) in view.kinds().enumerate() {
                let Some((at_span, at_slot, kind)) = place(kind, slot) else { continue };
                let with = &span[v][at_span].0[at_slot];
                let climb: Vec<&[Vec<worth::Sample>]> = rungs[v].iter().map(|r| r.0[at_slot].as_slice()).collect();
                records.push(settle(kind, &members, base, with, &climb));
            }
        }
        rank(&mut records);
        Settled { records, members, cost: draws.cost }
    }
}

/// Where the samples of a kind stand: (span, slot). Longer spans are further spans of the bare view.
fn place(kind: Option<RecordKind>, slot: usize) -> Option<(usize, usize, RecordKind)> {
    match kind? {
        RecordKind::TwiceTheSpan => Some((1, 0, RecordKind::TwiceTheSpan)),
        RecordKind::FourTimesTheSpan => Some((2, 0, RecordKind::FourTimesTheSpan)),
        kind => Some((0, slot, kind)),
    }
}

/// As many draws as `budget` lookups allow, within `(least, most)`.
fn draws_for(views: &[View], spans: &[f64], budget: u64, (least, most): (u32, u32)) -> u32 {
    let each: f64 =
        views.iter().map(|v| if spans.len() == 1 { v.cost(&v.spans(spans[0])) } else { v.cost(spans) }).sum();
    let fits = (budget as f64 / each.max(1.0)).floor();
    (least..=most).rev().find(|&n| f64::from(n) <= fits).unwrap_or(least)
}

/// By falling gain; those of equal gain in the order of their kinds.
fn rank(records: &mut [Settle]) {
    let gain = |s: &Settle| s.expected.as_ref().map_or(0.0, |e| e.gain_bans);
    let order = |kind: RecordKind| RecordKind::ALL.iter().position(|k| *k == kind);
    records.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then_with(|| order(a.kind).cmp(&order(b.kind))));
}

/// What one kind of record adds, from the draws without and with it and those on the ladder.
fn settle(
    kind: RecordKind,
    members: &[M],
    without: &[Vec<worth::Sample>],
    with: &[Vec<worth::Sample>],
    climb: &[&[Vec<worth::Sample>]],
) -> Settle {
    let (gain_bans, interval) = gain(without, with, members.len());
    let at = |m: M| members.iter().position(|o| *o == m).expect("a pair is of members");
    let each: Vec<PairExpected> = pairs(members)
        .map(|pair| {
            let (a, b) = (at(pair.0), at(pair.1));
            // A rung reached by chance, with a later one that is not, does not count.
            let short = climb.iter().rposition(|samples| worth::lesser_lr(samples, a, b) < TENFOLD);
            let reached = short.map_or(0, |k| k + 1);
            PairExpected {
                pair,
                without_bans: worth::lesser_lr(without, a, b),
                with_bans: worth::lesser_lr(with, a, b),
                days_needed: DAYS.get(reached).copied(),
            }
        })
        .collect();
    let slowest = |p: &&PairExpected| (p.days_needed.unwrap_or(u32::MAX), core::cmp::Reverse(order_of(p.with_bans)));
    let hardest = each.iter().max_by_key(slowest).expect("two members make a pair");
    Settle {
        kind,
        separates: each.iter().filter(|p| p.with_bans - p.without_bans >= TOLD).map(|p| p.pair).collect(),
        expected: Some(Expected {
            gain_bans,
            interval,
            days_needed: hardest.days_needed,
            hardest: hardest.pair,
            pairs: each.clone(),
        }),
    }
}

/// A number as an integer of the same order.
fn order_of(x: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a few bans")]
    let thousandths = (x * 1000.0).round() as i64;
    thousandths
}

/// Mean gain over survivors and draws, and its 95 % interval by Student's t on paired draws.
fn gain(without: &[Vec<worth::Sample>], with: &[Vec<worth::Sample>], members: usize) -> (f64, (f64, f64)) {
    let (mut sum, mut variance, mut freedom) = (0.0, 0.0, 0.0);
    for truth in 0..members {
        let paired = without[truth].iter().zip(&with[truth]);
        let gains: Vec<f64> = paired
            .map(|(a, b)| worth::lr_of_truth(b, truth, members) - worth::lr_of_truth(a, truth, members))
            .collect();
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        sum += mean;
        variance += gains.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / (n - 1.0).max(1.0) / n;
        freedom += n - 1.0;
    }
    let k = members as f64;
    let half = student_quantile_975(freedom) * libm::sqrt(variance) / k;
    (sum / k, (sum / k - half, sum / k + half))
}
