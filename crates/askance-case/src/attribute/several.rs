//! Two mechanisms, changes of mechanism, and farms: from inference to the case JSON.

use std::collections::BTreeMap;

use askance_inference::MechanismId;

use crate::json::{Caches, Component, Mixture, Segment};

fn names(set: &[MechanismId]) -> Vec<String> {
    set.iter().map(|m| m.as_str().to_owned()).collect()
}

pub(super) fn mixture(of: &askance_inference::Mixture) -> Mixture {
    let component = |c: &askance_inference::Component| Component {
        best: c.best.as_str().to_owned(),
        set: names(&c.set),
        n: c.n,
        sessions: c.sessions as u64,
        share: c.share,
        share_lo: c.share_interval.0,
        share_hi: c.share_interval.1,
        log10_lr: c.log10_lr,
        period_s: c.period_s,
    };
    Mixture { parts: of.parts.iter().map(component).collect(), log10_lr: of.log10_lr }
}

pub(super) fn segment(of: &askance_inference::Segment) -> Segment {
    Segment {
        from: of.from.to_string(),
        to: of.to.to_string(),
        n: of.n,
        sessions: of.sessions as u64,
        best: of.best.as_str().to_owned(),
        set: names(&of.set),
        log10_lr: of.log10_lr,
        abstained: of.abstained,
        firm: of.firm,
    }
}

pub(super) fn caches(of: &askance_inference::Caches) -> Caches {
    let counts = of.posterior.iter().map(|&(count, p)| (u64::from(count), p));
    let posterior: BTreeMap<u64, f64> = [(0, of.uncached)].into_iter().chain(counts).collect();
    Caches {
        best: if of.is_uncached() { 0 } else { u64::from(of.best) },
        posterior,
        dead_s: f64::from(of.dead_s),
        misses: of.misses as u64,
        role: of.role.as_str().to_owned(),
    }
}
