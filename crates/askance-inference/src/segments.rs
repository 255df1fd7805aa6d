//! A change of mechanism inside a series.
//!
//! Cuts are proposed where the rate, the mix of marks or the mix of gaps changes (`pelt`, `units`). That alone
//! is no change of mechanism: people go on holiday, a zone fails. So each stretch between cuts is attributed on
//! its own, and neighbours are joined again unless two mechanisms explain them better than any one
//! mechanism does with parameters of its own in each, tenfold. The same stretches stand on both sides of that
//! comparison, so that only the mechanism is compared; that there is a change at all, and where, has to pay
//! for itself in the untempered score.

mod pelt;
#[cfg(test)]
mod tests;
mod units;

use core::f64::consts::LN_10;

use askance_record::Timestamp;

use crate::attribute::{Account, Attributor};
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::observe::Evidence;
use crate::sessions::Sessions;
use crate::state::SeriesState;

pub(crate) use pelt::cheapest_cut;
use units::{SEGMENT_SESSIONS, Units};

/// The most stretches that are attributed; where more cuts are proposed, fewer are asked for.
const STRETCHES_MAX: usize = 6;
/// ln n of the number of units that a cut must save, and the same for a cut that is beyond doubt.
const STRICT: f64 = 2.0;
const STRICTER: f64 = 3.0;

/// A stretch of a series that one mechanism explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its first lookup.
    pub from: Timestamp,
    /// Its last lookup.
    pub to: Timestamp,
    /// Kept lookups in it.
    pub n: u64,
    /// Sessions in it.
    pub sessions: usize,
    /// The mechanism that explains it best; see `abstained`.
    pub best: M,
    /// All that are not separated from the best, which stands first.
    pub set: Vec<M>,
    /// Best against the mixture of the rest: tempered, capped, in bans.
    pub log10_lr: f64,
    /// True where the stretch alone does not allow an answer.
    pub abstained: bool,
    /// True where its beginning is also found under the stricter penalty, 3 ln n; true of the first.
    pub firm: bool,
}

/// A stretch and its account.
struct Stretch {
    /// Sessions.
    from: usize,
    to: usize,
    account: Account,
}

impl Stretch {
    fn scores(&self) -> &[f64; MECHANISMS] {
        &self.account.judged.decision.scores
    }

    fn best(&self) -> M {
        self.account.judged.decision.best
    }
}

/// The segments of a series; empty where one mechanism describes all of it as well.
///
/// - `all`: the sessions of `state`; `whole`: the account of them
///
/// Cost: nothing below 40 sessions; where a change is found, at most about six further passes.
pub(crate) fn segments(
    by: &Attributor,
    state: &SeriesState,
    evidence: &Evidence,
    all: &Sessions,
    whole: &Account,
) -> Vec<Segment> {
    let Some(units) = Units::of(all, by.observation()) else { return Vec::new() };
    let cuts = proposals(&units, STRICT);
    if cuts.is_empty() {
        return Vec::new();
    }
    let stretch = |from: usize, to: usize| {
        let part = all.slice(from, to);
        let (first, last) = (part.sessions[0].start, part.events[part.events.len() - 1].ts);
        let account = by.account(state, &part, &evidence.within(first, last));
        Stretch { from, to, account }
    };
    let bounds: Vec<usize> = [0].into_iter().chain(cuts).chain([all.len()]).collect();
    let mut stretches: Vec<Stretch> = bounds.windows(2).map(|w| stretch(w[0], w[1])).collect();
    while let Some((at, gain)) = least_gain(&stretches) {
        if gain >= LN_10 {
            break;
        }
        if stretches.len() == 2 {
            // One stretch would be left, which is the whole.
            return Vec::new();
        }
        let joined = stretch(stretches[at].from, stretches[at + 1].to);
        stretches.splice(at..at + 2, [joined]);
    }
    if !describes_better(&stretches, whole, units.len()) {
        return Vec::new();
    }
    let firm = proposals(&units, STRICTER);
    stretches.iter().map(|s| segment(by, all, s, &firm)).collect()
}

/// Proposed cuts, as the first session of each segment but the first; each side holds enough sessions.
fn proposals(units: &Units, strictness: f64) -> Vec<usize> {
    let mut penalty = units.penalty(strictness);
    loop {
        let cuts = cheapest_cut(units.len(), units.least, penalty, |a, b| units.cost(a, b));
        let end = units.first_session(units.len());
        let mut kept: Vec<usize> = Vec::new();
        for at in cuts.into_iter().map(|unit| units.first_session(unit)) {
            let before = kept.last().copied().unwrap_or(0);
            if at - before >= SEGMENT_SESSIONS && end - at >= SEGMENT_SESSIONS {
                kept.push(at);
            }
        }
        if kept.len() < STRETCHES_MAX {
            return kept;
        }
        penalty *= 1.5;
    }
}

/// The neighbours that gain least from being explained by two mechanisms instead of one, and that gain, nats.
fn least_gain(stretches: &[Stretch]) -> Option<(usize, f64)> {
    let gains = stretches.windows(2).enumerate().map(|(at, pair)| {
        let [a, b] = [pair[0].scores(), pair[1].scores()];
        let one = M::ALL.iter().map(|m| a[m.index()] + b[m.index()]).fold(f64::NEG_INFINITY, f64::max);
        let same = pair[0].best() == pair[1].best();
        let gain = a[pair[0].best().index()] + b[pair[1].best().index()] - one;
        (at, if same { f64::NEG_INFINITY } else { gain })
    });
    gains.min_by(|x, y| x.1.total_cmp(&y.1))
}

/// True where the segments' own scores beat the score of the whole, and pay for their number and places.
fn describes_better(stretches: &[Stretch], whole: &Account, units: usize) -> bool {
    let sum: f64 = stretches.iter().map(|s| s.account.ln_best()).sum();
    let cuts = stretches.len() as f64 - 1.0;
    sum - STRICT * cuts * libm::log(units as f64) > whole.ln_best()
}

fn segment(by: &Attributor, all: &Sessions, stretch: &Stretch, firm: &[usize]) -> Segment {
    let decision = &stretch.account.judged.decision;
    let (first, last) = (&all.sessions[stretch.from], &all.sessions[stretch.to - 1]);
    let near = |at: &usize| at.abs_diff(stretch.from) <= SEGMENT_SESSIONS;
    Segment {
        from: first.start,
        to: all.events[last.to - 1].ts,
        n: stretch.account.lookups,
        sessions: stretch.to - stretch.from,
        best: decision.best,
        set: decision.set.clone(),
        log10_lr: by.capped(stretch.account.judged.log10_lr()),
        abstained: stretch.account.is_silent(),
        firm: stretch.from == 0 || firm.iter().any(near),
    }
}
