//! Ways to take a series apart: what comes round after a period, and what asks for other types.

use crate::sessions::Sessions;
use crate::state::{Event, Role};

/// Sessions ahead to which differences are taken when periods are looked for.
const AHEAD: usize = 8;
/// Periods that are looked for, seconds.
const PERIOD_S: (f64, f64) = (20.0, 2.0 * 86_400.0);
/// Periods that are tried, and of those the ones that are proposed.
const PERIODS_TRIED: usize = 6;
const PERIODS_PROPOSED: usize = 2;
/// How telling a period is at least, nats: thousands of windows are looked at.
const TELLING_MIN: f64 = 14.0;
/// Missing rounds that a chain bridges; more cost as much as [`JUMP_COST`] rounds.
const ROUNDS_MAX: i32 = 8;
const JUMP_COST: f64 = 3.0;
/// Links from jump to jump, on average, and share of rounds that are there, at least.
const LINKS_MIN: usize = 25;
const FILL_MIN: f64 = 0.4;
/// Rounds that are missing, in rounds.
const MISS_COST: f64 = 0.3;

/// A way to take a series apart: for each session, whether it belongs to the first part.
pub(super) type Labels = Vec<bool>;

/// The ways that are worth a closer look, at most eight; each part has at least `least` sessions.
///
/// - `grain_s`: width of one step of the stamps
///
/// Cost: O(n log n), n sessions.
pub(super) fn proposals(all: &Sessions, grain_s: f64, least: usize) -> Vec<Labels> {
    let starts = starts_s(all);
    let chains = periods(&starts, grain_s).into_iter().filter_map(|period| chain(&starts, period, grain_s));
    let mut regular: Vec<Labels> = chains.map(|labels| by_marks(all, labels)).collect();
    regular.sort_by_key(|labels| core::cmp::Reverse(count(labels)));
    let mut out: Vec<Labels> = Vec::new();
    for labels in regular.into_iter().take(PERIODS_PROPOSED).chain(features(all)) {
        let n = count(&labels);
        let opposite = |other: &Labels| other.iter().zip(&labels).all(|(a, b)| a != b);
        if n >= least && labels.len() - n >= least && !out.iter().any(|o| *o == labels || opposite(o)) {
            out.push(labels);
        }
    }
    out
}

fn count(labels: &Labels) -> usize {
    labels.iter().filter(|&&first| first).count()
}

fn starts_s(all: &Sessions) -> Vec<f64> {
    let origin = all.sessions.first().map(|s| s.start);
    all.sessions.iter().map(|s| origin.map_or(0.0, |origin| s.start.since_s(origin))).collect()
}

/// How far from its turn a round may come, seconds.
fn tolerance(period_s: f64, grain_s: f64) -> f64 {
    1.5 + 2.0 * grain_s + 0.002 * period_s
}

/// Differences between sessions that come up much more often than their neighbours, the most telling first.
fn periods(starts: &[f64], grain_s: f64) -> Vec<f64> {
    let mut gaps: Vec<f64> = Vec::with_capacity(AHEAD * starts.len());
    for (at, from) in starts.iter().enumerate() {
        let near = starts[at + 1..].iter().take(AHEAD).map(|to| to - from);
        gaps.extend(near.filter(|g| (PERIOD_S.0..PERIOD_S.1).contains(g)));
    }
    gaps.sort_unstable_by(f64::total_cmp);
    let mut peaks: Vec<(f64, f64)> = Vec::new();
    let (mut low, mut high, mut end) = (0, 0, 0);
    for from in 0..gaps.len() {
        let width = 2.0 * tolerance(gaps[from], grain_s);
        while end < gaps.len() && gaps[end] <= gaps[from] + width {
            end += 1;
        }
        while gaps[low] < gaps[from] / 1.25 {
            low += 1;
        }
        while high < gaps.len() && gaps[high] <= gaps[from] * 1.25 {
            high += 1;
        }
        let inside = (end - from) as f64;
        let beside = (high - low) as f64 - inside;
        let expected = (beside * width / (0.45 * gaps[from] - width).max(width)).max(0.5);
        if inside > 2.0 * expected {
            let telling = inside * libm::log(inside / expected) - inside + expected;
            if telling > TELLING_MIN {
                peaks.push((telling, gaps[from + (end - from) / 2]));
            }
        }
    }
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let mut out: Vec<f64> = Vec::new();
    for (_, period) in peaks {
        if out.len() < PERIODS_TRIED && out.iter().all(|o| (o - period).abs() > 2.0 * tolerance(*o, grain_s)) {
            out.push(period);
        }
    }
    out
}

/// The longest chain of sessions that come round after `period_s`, some rounds missing.
///
/// `None` where it does not hold: a mail server's retries also come round for a while, message by message.
/// Each link is measured from the link before, so that a clock, a sleep loop and a clock that drifts all
/// make one.
fn chain(starts: &[f64], period_s: f64, grain_s: f64) -> Option<Labels> {
    let tolerance = tolerance(period_s, grain_s);
    let mut lengths: Vec<f64> = Vec::with_capacity(starts.len());
    let mut links: Vec<Option<usize>> = Vec::with_capacity(starts.len());
    // The longest chain that ends too early for a link of so many rounds.
    let mut early: Option<usize> = None;
    let mut early_end = 0;
    // By number of rounds: the first session that is not too early for such a link; sessions ascend, so these do.
    let mut first = [0; ROUNDS_MAX as usize];
    for (at, &t) in starts.iter().enumerate() {
        while early_end < at && starts[early_end] < t - f64::from(ROUNDS_MAX) * period_s {
            if early.is_none_or(|best| lengths[early_end] > lengths[best]) {
                early = Some(early_end);
            }
            early_end += 1;
        }
        let mut best = early.map_or((0.0, None), |e| ((lengths[e] - JUMP_COST).max(0.0), Some(e)));
        for (rounds, from) in (1..=ROUNDS_MAX).zip(&mut first) {
            let due = t - f64::from(rounds) * period_s;
            let slack = tolerance * (1.0 + 0.25 * f64::from(rounds - 1));
            while starts[*from] < due - slack {
                *from += 1;
            }
            for before in *from..at {
                if starts[before] > due + slack {
                    break;
                }
                let length = lengths[before] - MISS_COST * f64::from(rounds - 1);
                if length > best.0 {
                    best = (length, Some(before));
                }
            }
        }
        lengths.push(best.0 + 1.0);
        links.push(best.1.filter(|_| best.0 > 0.0));
    }
    let mut labels = vec![false; starts.len()];
    let mut at = (0..starts.len()).max_by(|&a, &b| lengths[a].total_cmp(&lengths[b]));
    let (mut rounds, mut jumps) = (0.0, 0);
    while let Some(here) = at {
        labels[here] = true;
        at = links[here];
        if let Some(before) = at {
            let since = ((starts[here] - starts[before]) / period_s).round();
            if since > f64::from(ROUNDS_MAX) {
                jumps += 1;
            } else {
                rounds += since;
            }
        }
    }
    let members = count(&labels);
    let holds = jumps * LINKS_MIN <= members && members as f64 >= FILL_MIN * rounds;
    holds.then_some(labels)
}

/// What a session asked for, each role once, and whether it failed.
fn signature(session: &[Event]) -> u32 {
    session.iter().fold(0, |set, e| set | 1 << e.role.as_u8() | u32::from(e.rcode.is_failure()) << Role::COUNT)
}

/// Takes out of the first part what fell into its rounds by chance: sessions that ask as only the second part does.
fn by_marks(all: &Sessions, mut labels: Labels) -> Labels {
    let signatures: Vec<u32> = all.sessions.iter().map(|s| signature(all.lookups(s))).collect();
    let mut counts: std::collections::BTreeMap<u32, [f64; 2]> = std::collections::BTreeMap::new();
    for (signature, &first) in signatures.iter().zip(&labels) {
        counts.entry(*signature).or_default()[usize::from(!first)] += 1.0;
    }
    let first = count(&labels) as f64;
    let second = labels.len() as f64 - first;
    for (signature, label) in signatures.iter().zip(&mut labels) {
        let [a, b] = counts[signature];
        // Twenty times as usual in the second part.
        if *label && (b + 0.5) / (second + 1.0) > 20.0 * (a + 0.5) / (first + 1.0) {
            *label = false;
        }
    }
    labels
}

/// What asks for a type that other sessions do not ask for.
fn features(all: &Sessions) -> Vec<Labels> {
    let with = |holds: fn(Role) -> bool| -> Labels {
        all.sessions.iter().map(|s| all.lookups(s).iter().any(|e| holds(e.role))).collect()
    };
    vec![
        with(|role| role == Role::Ptr),
        with(|role| matches!(role, Role::TxtSpf | Role::TxtDkim | Role::TxtDmarc)),
        with(|role| role == Role::Mx),
        with(|role| role == Role::SuffixVariant),
        with(|role| role == Role::Aaaa),
        with(|role| role == Role::Generated),
    ]
}

#[cfg(test)]
mod tests {
    use askance_record::Rng;

    use super::*;

    /// A drifting loop among independent sessions: (labels as drawn, starts).
    fn drawn(seed: u64) -> (Labels, Vec<f64>) {
        let mut rng = Rng::new(seed);
        let mut all: Vec<(f64, bool)> = Vec::new();
        let mut t = 17.0;
        while t < 86_400.0 * 7.0 {
            if rng.chance(0.97) {
                all.push((t, true));
            }
            t += 900.0 + rng.uniform(0.0, 0.4);
        }
        let mut t = 0.0;
        while t < 86_400.0 * 7.0 {
            t += rng.exponential(3600.0);
            all.push((t, false));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.into_iter().map(|(t, label)| (label, t)).unzip()
    }

    #[test]
    fn a_drifting_loop_is_found_among_others() {
        for seed in 0..5 {
            let (labels, starts) = drawn(seed);
            let found = periods(&starts, 0.0);
            assert!(found.iter().any(|p| (p - 900.2).abs() < 2.0), "{found:?}");
            let got = chain(&starts, 900.2, 0.0).expect("it holds");
            let wrong = got.iter().zip(&labels).filter(|(a, b)| a != b).count();
            assert!(wrong * 50 <= labels.len(), "{wrong} of {}", labels.len());
        }
    }

    #[test]
    fn nothing_comes_round_in_a_steady_rate() {
        let mut rng = Rng::new(1);
        let mut t = 0.0;
        let starts: Vec<f64> = (0..500)
            .map(|_| {
                t += rng.exponential(1000.0);
                t
            })
            .collect();
        assert_eq!(periods(&starts, 0.0), []);
    }

    #[test]
    fn nothing_and_one_session_make_no_chain() {
        assert_eq!(chain(&[], 60.0, 0.0), Some(Labels::new()));
        assert_eq!(chain(&[5.0], 60.0, 0.0), Some(vec![true]));
        assert_eq!(periods(&[5.0], 0.0), []);
    }
}
