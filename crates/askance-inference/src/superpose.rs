//! Two mechanisms behind one series.
//!
//! A resolver serves more than one host, a host runs more than one program. Where two processes are laid
//! over each other, the density of the whole is the sum over all ways to tell them apart of the products of
//! both densities. The one best way is a lower bound of that sum; here its labels are paid for on top, as
//! a KT code, because it was looked for. So a pair has to earn more than either of its parts gains by
//! having its own gaps and marks.
//!
//! Ways to tell sessions apart are proposed by structure (`propose`: what comes round after a period, what
//! asks for other types), not by trying pairs of mechanisms: which pair it is follows from attributing
//! each part on its own. Two irregular processes that ask alike cannot be told apart, and are not.

mod propose;
#[cfg(test)]
mod tests;

use core::f64::consts::{LN_10, PI};

use crate::attribute::{Account, Attributor};
use crate::calibration::Calibration;
use crate::math::{bans, beta_quantile, ln_beta};
use crate::mechanism::MechanismId as M;
use crate::observe::Evidence;
use crate::rhythm::Rhythm;
use crate::sessions::Sessions;
use crate::state::SeriesState;

/// Lookups below which no pair is tried.
const LOOKUPS_MIN: u64 = 100;
/// Sessions that each part has at least.
const PART_MIN: usize = 12;

/// Two mechanisms that explain a series together better than any explains it alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The parts, that with more sessions first.
    pub parts: [Component; 2],
    /// The pair against the best single mechanism, `none` included: tempered, capped, in bans.
    pub log10_lr: f64,
}

/// One of two mechanisms behind a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// The mechanism that explains its part best.
    pub best: M,
    /// All that are not separated from it, given the part; `best` stands first.
    pub set: Vec<M>,
    /// Kept lookups of its part.
    pub n: u64,
    /// Sessions of its part.
    pub sessions: usize,
    /// Its share of the sessions.
    pub share: f64,
    /// Central 95 % interval of the share, as if each session's label were certain.
    pub share_interval: (f64, f64),
    /// Best against the mixture of the rest, on its part: tempered, capped, in bans.
    pub log10_lr: f64,
    /// The median gap as seen, seconds, of a clock or a sleep loop; longer than its own period behind a cache.
    pub period_s: Option<f64>,
}

/// A way to take the series apart, and what it is worth.
struct Split {
    parts: [(Sessions, Box<Account>); 2],
    /// Untempered, nats, labels paid for.
    total: f64,
}

/// The pair behind a series, where one is better than any single mechanism.
///
/// - `all`: the sessions of `state`; `whole`: the account of them
///
/// Cost: nothing below 100 lookups; else at most eight further passes, fewer where nothing suggests a pair.
pub(crate) fn superposition(
    by: &Attributor,
    state: &SeriesState,
    evidence: &Evidence,
    all: &Sessions,
    whole: &Account,
    calibration: &Calibration,
) -> Option<Mixture> {
    if all.events.len() < usize::try_from(LOOKUPS_MIN).unwrap_or(usize::MAX) || all.len() < 2 * PART_MIN {
        return None;
    }
    let grain_s = by.observation().resolution.step_s();
    let mut best: Option<Split> = None;
    for labels in propose::proposals(all, grain_s, PART_MIN) {
        let part = |first: bool| {
            let sessions = all.select(|at| labels[at] == first);
            let account = Box::new(by.account(state, &sessions, evidence));
            (sessions, account)
        };
        // The smaller part first: where nothing explains it, the other need not be scored.
        let smaller = 2 * labels.iter().filter(|own| **own).count() <= labels.len();
        let lesser = part(smaller);
        if lesser.1.judged.decision.best == M::None {
            continue;
        }
        let parts = [lesser, part(!smaller)];
        let n = parts.each_ref().map(|(sessions, _)| sessions.len() as f64);
        let total = parts[0].1.ln_best() + parts[1].1.ln_best() + ln_labels(n[0], n[1]);
        if may_be_two(&parts) && best.as_ref().is_none_or(|b| total > b.total) {
            best = Some(Split { parts, total });
        }
    }
    let split = best?;
    let single = M::ALL.iter().map(|&m| whole.ln_alone(m)).fold(f64::NEG_INFINITY, f64::max);
    let temper = &calibration.class(by.observation().vantage.is_behind_cache()).temper;
    let tau = temper.time.tau(u32::try_from(all.len()).unwrap_or(u32::MAX));
    let gain = (split.total - single) / tau;
    (gain > LN_10).then(|| mixture(by, state, split, bans(gain)))
}

/// ln of the KT code of a sequence of labels with these counts.
fn ln_labels(a: f64, b: f64) -> f64 {
    ln_beta(a + 0.5, b + 0.5) - libm::log(PI)
}

/// Two that are explained, and not twice the same but for polls, which may differ in period.
fn may_be_two(parts: &[(Sessions, Box<Account>); 2]) -> bool {
    let [a, b] = parts.each_ref().map(|(_, account)| account.judged.decision.best);
    a != M::None && b != M::None && (a != b || a == M::ScheduledPoll)
}

fn mixture(by: &Attributor, state: &SeriesState, split: Split, log10_gain: f64) -> Mixture {
    let of: usize = split.parts.iter().map(|(sessions, _)| sessions.len()).sum();
    let mut parts = split.parts.map(|(sessions, account)| {
        let decision = &account.judged.decision;
        let (own, rest) = (sessions.len() as f64, (of - sessions.len()) as f64);
        let rhythm = Rhythm::of(state, &sessions, &account.scores.timing);
        Component {
            best: decision.best,
            set: decision.set.clone(),
            n: account.lookups,
            sessions: sessions.len(),
            share: own / of as f64,
            share_interval: (beta_quantile(0.025, own + 0.5, rest + 0.5), beta_quantile(0.975, own + 0.5, rest + 0.5)),
            log10_lr: by.capped(account.judged.log10_lr()),
            period_s: (decision.best.is_loop() && (rhythm.clock_locked_s.is_some() || rhythm.sleep_loop.is_some()))
                .then(|| median_gap_s(&sessions)),
        }
    });
    if parts[0].sessions < parts[1].sessions {
        parts.swap(0, 1);
    }
    Mixture { parts, log10_lr: by.capped(log10_gain) }
}

fn median_gap_s(all: &Sessions) -> f64 {
    let mut gaps: Vec<f64> = all.sessions.windows(2).map(|w| w[1].start.since_s(w[0].start)).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied().unwrap_or(0.0)
}
