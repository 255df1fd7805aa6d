//! What a series scored, part by part, before anything is tempered or mixed.
//!
//! Attribution goes from a series to its [`Parts`], and from parts to a [`Decision`]. Only the
//! second step depends on the calibration, so that a calibration can be fitted, and tried on
//! software that it has not seen, without scoring the lookups again.

mod nats;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::calibration::{Calibration, Class};
use crate::facts::{AS_TOLD, FACTS};
use crate::marks::PROGRAMS;
use crate::math::{LnProduct, Mixable, bans, exp_or_zero, ln_sum};
use crate::mechanism::{Family, MECHANISMS, MechanismId as M, Priors, spread};
use crate::timing::{ENGINES, tempered};

/// What leads a plainer mechanism that fits the same by less, in bans, does not head the answer.
const PLAIN_LEAD: f64 = 0.2;

/// Below this ratio, in bans, two mechanisms are not separated.
pub(crate) const SEPARATED: f64 = 1.0;
/// The share of the best below which a set across families is no answer.
const POSTERIOR_MIN: f64 = 0.8;

/// The additive parts of a series' score, nats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Sessions.
    pub sessions: u32,
    /// Whether a cache stands between the client's programs and the record.
    pub behind_cache: bool,
    /// ln of the belief that a refresh of one of its periods is tied to the TTL.
    pub ln_tied: f64,
    /// Timing, by engine.
    #[serde(with = "nats")]
    pub ln_engines: [f64; ENGINES],
    /// Marks, by program.
    #[serde(with = "nats")]
    pub ln_programs: [f64; PROGRAMS],
    /// Answers, by mechanism.
    #[serde(with = "nats")]
    pub ln_responses: [f64; MECHANISMS],
    /// Mail log and flows, by mechanism.
    #[serde(with = "nats")]
    pub ln_cross: [f64; MECHANISMS],
    /// Single facts, by kind (`FACT_NAMES`) and mechanism.
    pub ln_facts: [[f64; MECHANISMS]; FACTS],
    /// Mechanisms that cannot be the answer, whatever their score.
    pub excluded: [bool; MECHANISMS],
    /// Mechanisms that may stand in the set but cannot head it: what decides them was not seen.
    pub undecided: [bool; MECHANISMS],
}

impl Parts {
    /// Timing by engine, tempered; -inf for an engine that cannot be here.
    ///
    /// What ties a refresh to the TTL is a belief, not evidence: it is not tempered.
    pub fn tempered_engines(&self, tau: f64) -> [f64; ENGINES] {
        tempered(&self.ln_engines, self.ln_tied, tau)
    }

    /// All single facts of a mechanism, each to a power.
    ///
    /// - `k`: its index
    pub fn ln_fact(&self, k: usize, powers: &[f64; FACTS]) -> f64 {
        self.ln_facts.iter().zip(powers).map(|(fact, power)| power * fact[k]).sum()
    }

    fn mixed(&self, time: f64, marks: f64, class: &Class) -> [f64; MECHANISMS] {
        let engines = mixable(self.tempered_engines(time));
        let programs = mixable(self.ln_programs.map(|ln| ln / marks));
        core::array::from_fn(|k| {
            engines.ln_mix(weighted(&class.timing[k])) + programs.ln_mix(weighted(&class.marks[k]))
        })
    }

    /// The scores as they were measured, by [`MechanismId::ALL`](M::ALL), nats.
    pub(crate) fn measured(&self) -> [f64; MECHANISMS] {
        let mixed = self.mixed(1.0, 1.0, declared());
        core::array::from_fn(|k| mixed[k] + self.ln_responses[k] + self.ln_cross[k] + self.ln_fact(k, &AS_TOLD))
    }

    /// The same; minus infinity where excluded.
    pub fn totals(&self) -> [f64; MECHANISMS] {
        self.possible(self.measured())
    }

    /// Scores that were [`measured`](Self::measured); minus infinity where excluded.
    pub(crate) fn possible(&self, measured: [f64; MECHANISMS]) -> [f64; MECHANISMS] {
        core::array::from_fn(|k| if self.excluded[k] { f64::NEG_INFINITY } else { measured[k] })
    }

    /// Calibrated scores by [`MechanismId::ALL`](M::ALL), nats; minus infinity where excluded.
    pub fn scores(&self, calibration: &Calibration) -> [f64; MECHANISMS] {
        let class = calibration.class(self.behind_cache);
        let temper = &class.temper;
        let [time, marks, cross] = [temper.time, temper.marks, temper.cross].map(|law| law.tau(self.sessions));
        // A mixture of what was tempered: its weights are no evidence, and are not.
        let mixed = self.mixed(time, marks, class);
        core::array::from_fn(|k| {
            if self.excluded[k] {
                return f64::NEG_INFINITY;
            }
            let facts = self.ln_fact(k, &class.facts);
            mixed[k] + self.ln_responses[k] / marks + self.ln_cross[k] / cross + facts + class.bias[k]
        })
    }
}

/// The mixtures as the mechanisms' densities declare them.
fn declared() -> &'static Class {
    static DECLARED: OnceLock<Class> = OnceLock::new();
    DECLARED.get_or_init(|| Calibration::starting().direct)
}

fn mixable<const N: usize>(ln: [f64; N]) -> Mixable<N> {
    Mixable::of(ln.map(|ln| LnProduct::new(ln, 1.0)))
}

fn weighted(weights: &[f64]) -> impl Iterator<Item = (usize, f64)> + Clone {
    weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0)
}

/// What calibrated scores say, before it is asked whether an answer may be given.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The mechanism that may head the set.
    pub best: M,
    /// Mechanisms that the best does not beat by a factor of ten; the best stands first.
    pub set: Vec<M>,
    /// Calibrated scores, nats.
    pub scores: [f64; MECHANISMS],
    /// Posterior under the family prior.
    pub posterior: [f64; MECHANISMS],
    /// Posterior under the operational prior.
    pub operational: [f64; MECHANISMS],
    /// The best against each, bans, not capped.
    pub pairs: [f64; MECHANISMS],
    prior: [f64; MECHANISMS],
}

impl Decision {
    /// Decides on the parts of a series.
    pub fn of(parts: &Parts, calibration: &Calibration, priors: &Priors) -> Self {
        let scores = parts.scores(calibration);
        let best = best(&scores, &parts.undecided);
        let pairs = scores.map(|score| bans(scores[best.index()] - score));
        let mut set = vec![best];
        set.extend(M::ALL.into_iter().filter(|&m| m != best && pairs[m.index()] < SEPARATED));
        set[1..].sort_by(|a, b| pairs[a.index()].total_cmp(&pairs[b.index()]));
        let prior = spread(&priors.family);
        Self {
            best,
            set,
            posterior: posterior(&scores, &prior),
            operational: posterior(&scores, &spread(&priors.operational)),
            pairs,
            prior,
            scores,
        }
    }

    /// True where the set spans families and the best does not clearly lead it.
    ///
    /// All members count alike, whatever the priors of their families, but for hostile ones: those
    /// share the rhythm of an ordinary program by design, so the operational prior weighs them.
    pub fn is_split(&self) -> bool {
        let Self { best, set, scores, operational, .. } = self;
        let family = best.family();
        let counted = |m: &&M| m.family() != Family::Malicious || family == Family::Malicious;
        let rivals = set.iter().filter(counted);
        let ordinary = rivals.clone().any(|m| m.family() != family);
        let total = ln_sum(rivals.map(|m| scores[m.index()]));
        let lead = libm::exp(scores[best.index()] - total);
        // People cause mail: the two share a rhythm, whatever the weights say.
        let mail = set.iter().any(|m| m.family() == Family::Mail);
        if family == Family::Human && mail {
            return true;
        }
        let hostile = set.iter().any(|m| m.family() == Family::Malicious);
        let behind = operational[best.index()] < POSTERIOR_MIN * lead;
        (ordinary && lead < POSTERIOR_MIN) || (hostile && family != Family::Malicious && !ordinary && behind)
    }

    /// A mechanism against the mixture of the rest, bans, not capped.
    pub fn log10_lr(&self, m: M) -> f64 {
        against_rest(m, &self.scores, &self.prior)
    }

    /// The same of every mechanism, by [`MechanismId::ALL`](M::ALL).
    pub fn log10_lrs(&self) -> [f64; MECHANISMS] {
        each_against_rest(&self.scores, &self.prior)
    }
}

/// LR(m) = `p(D|m) / sum over j != m of w_j p(D|j)`, with w the prior shares of the rest; bans.
pub(crate) fn against_rest(m: M, scores: &[f64; MECHANISMS], prior: &[f64; MECHANISMS]) -> f64 {
    let others = M::ALL.into_iter().filter(|&j| j != m);
    let rest = 1.0 - prior[m.index()];
    let mixture = ln_sum(others.map(|j| libm::log(prior[j.index()] / rest) + scores[j.index()]));
    let own = scores[m.index()];
    if own == f64::NEG_INFINITY { f64::NEG_INFINITY } else { bans(own - mixture) }
}

/// [`against_rest`] of every mechanism at once, by [`MechanismId::ALL`](M::ALL).
///
/// Cost: an exponential and a logarithm each.
fn each_against_rest(scores: &[f64; MECHANISMS], prior: &[f64; MECHANISMS]) -> [f64; MECHANISMS] {
    let joint: [f64; MECHANISMS] = core::array::from_fn(|k| libm::log(prior[k]) + scores[k]);
    let top = (0..MECHANISMS).fold(0, |top, k| if joint[k] > joint[top] { k } else { top });
    let relative = joint.map(|ln| exp_or_zero(ln - joint[top]));
    core::array::from_fn(|m| {
        if m == top {
            // The rest may be so far below it that only a sum of their own keeps their digits.
            return against_rest(M::ALL[m], scores, prior);
        }
        let rest: f64 = (0..MECHANISMS).filter(|&j| j != m).map(|j| relative[j]).sum();
        bans(scores[m] - joint[top] - libm::log(rest / (1.0 - prior[m])))
    })
}

/// The mechanism with the greatest score that may be an answer.
///
/// A hostile one must beat every ordinary one tenfold, those that cannot head an answer among them: without
/// that, an ordinary explanation stands first.
fn best(scores: &[f64; MECHANISMS], undecided: &[bool; MECHANISMS]) -> M {
    let top = |allowed: &dyn Fn(M) -> bool| {
        let mut best = M::None;
        for m in M::ALL.into_iter().filter(|m| allowed(*m)) {
            let ahead = scores[m.index()] > scores[best.index()];
            let tied = scores[m.index()].total_cmp(&scores[best.index()]).is_eq() && m < best;
            if ahead || tied {
                best = m;
            }
        }
        best
    };
    let ordinary = |m: M| m.family() != Family::Malicious;
    let decided = |m: M| !undecided[m.index()];
    let any = top(&decided);
    let lead = |a: M, b: M| bans(scores[a.index()] - scores[b.index()]);
    if ordinary(any) || lead(any, top(&ordinary)) >= SEPARATED {
        return plain_first(any, scores);
    }
    plain_first(top(&|m| ordinary(m) && decided(m)), scores)
}

/// A plain poll or a refresh fits whatever a firewall's object does, and a plain poll a queue's runs by the clock.
fn plain_first(best: M, scores: &[f64; MECHANISMS]) -> M {
    let plainer: &[M] = match best {
        M::FirewallObject => &[M::ScheduledPoll, M::CacheRefresh],
        M::DeliveryRetry => &[M::ScheduledPoll],
        _ => &[],
    };
    let lead = |m: &M| bans(scores[best.index()] - scores[m.index()]);
    let nearest = plainer.iter().copied().min_by(|a, b| lead(a).total_cmp(&lead(b)));
    nearest.filter(|m| lead(m) < PLAIN_LEAD).unwrap_or(best)
}

fn posterior(scores: &[f64; MECHANISMS], prior: &[f64; MECHANISMS]) -> [f64; MECHANISMS] {
    let joint: [f64; MECHANISMS] = core::array::from_fn(|k| libm::log(prior[k]) + scores[k]);
    let top = joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let relative = joint.map(|x| libm::exp(x - top));
    let total: f64 = relative.iter().sum();
    relative.map(|x| x / total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_at_once_are_each_for_itself(
            scores in proptest::array::uniform17(-2000.0f64..10.0),
            shares in proptest::array::uniform17(0.001f64..1.0),
        ) {
            let total: f64 = shares.iter().sum();
            let prior = shares.map(|share| share / total);
            for (m, got) in M::ALL.into_iter().zip(each_against_rest(&scores, &prior)) {
                let want = against_rest(m, &scores, &prior);
                prop_assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "{m}: {got} {want}");
            }
        }
    }
}
