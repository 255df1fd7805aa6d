//! The second half of an audit: the result for every client, from what the walk found.
//!
//! All clients of a family go through the policy together. They part where a term
//! decides on some of them, and where an included policy lets some go early: these have
//! counted fewer lookups, so that a limit may end the evaluation for the one but not for
//! the other. Clients with equal counts go on as one [`Cohort`]; there are 33 kinds.

use std::collections::BTreeMap;

use super::super::evaluate::{LOOKUPS_MAX, VOIDS_MAX};
use super::{Outcome, SpfAddresses, SpfAsked, SpfExpansion, SpfPolicy, SpfReason, SpfResult, SpfTerm, SpfTermKind};

/// Fills in who comes where and what is decided of whom.
pub(super) fn settle(mut walked: SpfExpansion) -> SpfExpansion {
    for is_v4 in [true, false] {
        let everyone = Cohort { clients: SpfAddresses::family(is_v4), lookups: 0, voids: 0 };
        Family { is_v4 }.policy(&mut walked.root, vec![everyone]);
    }
    walked
}

/// Clients that have counted alike.
#[derive(Clone, Debug)]
struct Cohort {
    clients: SpfAddresses,
    lookups: u32,
    voids: u32,
}

impl Cohort {
    /// Those of it that are in the set, and the others.
    fn split(self, set: &SpfAddresses) -> (Self, Self) {
        let (inside, outside) = self.clients.split(set);
        (Self { clients: inside, ..self }, Self { clients: outside, ..self })
    }
}

/// Clients with what has been decided of them.
type Decided = Vec<(SpfResult, Cohort)>;

#[derive(Clone, Copy)]
struct Family {
    is_v4: bool,
}

impl Family {
    fn policy(self, policy: &mut SpfPolicy, arriving: Vec<Cohort>) -> Decided {
        let mut decided = Vec::new();
        let mut left = arriving;
        if let Some(fault) = policy.faults.first() {
            let result = fault.reason.result();
            decided.extend(left.drain(..).map(|cohort| (result, cohort)));
        }
        for term in policy.terms.iter_mut().filter(|term| term.result.is_some()) {
            left = merged(self.directive(term, left, &mut decided));
        }
        if let Some(term) = policy.terms.iter_mut().find(|term| term.kind == SpfTermKind::Redirect) {
            left = self.redirect(term, left, &mut decided);
        }
        decided.extend(left.into_iter().map(|cohort| (SpfResult::Neutral, cohort)));
        for (result, cohort) in &decided {
            policy.outcomes.entry(*result).or_default().unite(&cohort.clients);
        }
        decided
    }

    /// Takes clients past a mechanism; returns those that it does not decide on.
    fn directive(self, term: &mut SpfTerm, arriving: Vec<Cohort>, decided: &mut Decided) -> Vec<Cohort> {
        let counted = self.counted(term, arriving, decided);
        if term.by_sender {
            return counted;
        }
        match term.kind {
            SpfTermKind::Include => return self.include(term, counted, decided),
            SpfTermKind::A | SpfTermKind::Mx | SpfTermKind::Exists => {
                return counted.into_iter().filter_map(|cohort| self.asking(term, cohort, decided)).collect();
            }
            _ => {}
        }
        let names = if term.kind == SpfTermKind::All { SpfAddresses::family(self.is_v4) } else { term.names.clone() };
        let matching = |cohort: Cohort| {
            let (matched, left) = cohort.split(&names);
            term.decide(matched, decided);
            left
        };
        counted.into_iter().map(matching).collect()
    }

    /// Counts a term that takes lookups; returns those for whom it may.
    fn counted(self, term: &mut SpfTerm, arriving: Vec<Cohort>, decided: &mut Decided) -> Vec<Cohort> {
        let mut left = Vec::with_capacity(arriving.len());
        for mut cohort in arriving.into_iter().filter(|cohort| !cohort.clients.is_empty()) {
            term.reached = true;
            cohort.lookups += u32::from(term.kind.takes_lookups());
            if term.kind.takes_lookups() && cohort.lookups > LOOKUPS_MAX {
                self.end(term, SpfReason::TooManyLookups, cohort, decided);
            } else if let Some(stop) = &term.stop {
                decided.push((stop.result(), cohort));
            } else {
                left.push(cohort);
            }
        }
        left
    }

    /// `a`, `mx`, `exists`: the lookups in their order, until one matches, fails or is void once too often.
    fn asking(self, term: &mut SpfTerm, cohort: Cohort, decided: &mut Decided) -> Option<Cohort> {
        let asked: Vec<SpfAsked> =
            term.asked.iter().filter(|asked| asked.concerns(term.kind, self.is_v4)).cloned().collect();
        let mut left = cohort;
        for one in asked {
            match one.outcome {
                Outcome::Failed | Outcome::Timeout => {
                    let reason = SpfReason::Lookup { qname: one.qname, qtype: one.qtype, outcome: one.outcome };
                    self.end(term, reason, left, decided);
                    return None;
                }
                Outcome::NoData | Outcome::NxDomain => {
                    left.voids += 1;
                    if left.voids > VOIDS_MAX {
                        self.end(term, SpfReason::TooManyVoids, left, decided);
                        return None;
                    }
                }
                Outcome::Answered if term.kind == SpfTermKind::Exists => {
                    term.decide(left, decided);
                    return None;
                }
                Outcome::Answered => {
                    let (matched, others) = left.split(&SpfAddresses::of_networks(one.networks));
                    term.decide(matched, decided);
                    left = others;
                }
            }
        }
        Some(left)
    }

    /// RFC 7208 §5.2.
    fn include(self, term: &mut SpfTerm, arriving: Vec<Cohort>, decided: &mut Decided) -> Vec<Cohort> {
        let mut left = Vec::new();
        for (result, cohort) in self.below(term, arriving) {
            match result {
                SpfResult::Pass => term.decide(cohort, decided),
                SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => left.push(cohort),
                SpfResult::TempError => decided.push((SpfResult::TempError, cohort)),
                SpfResult::PermError | SpfResult::None => decided.push((SpfResult::PermError, cohort)),
            }
        }
        left
    }

    /// RFC 7208 §6.1.
    fn redirect(self, term: &mut SpfTerm, arriving: Vec<Cohort>, decided: &mut Decided) -> Vec<Cohort> {
        let counted = self.counted(term, arriving, decided);
        if term.by_sender {
            return counted;
        }
        for (result, cohort) in self.below(term, counted) {
            term.decides.unite(&cohort.clients);
            decided.push((result, cohort));
        }
        Vec::new()
    }

    fn below(self, term: &mut SpfTerm, arriving: Vec<Cohort>) -> Decided {
        match &mut term.policy {
            Some(policy) => self.policy(policy, arriving),
            // Without a policy there is a reason why: `counted` lets nobody come here.
            None => Vec::new(),
        }
    }

    fn end(self, term: &mut SpfTerm, reason: SpfReason, cohort: Cohort, decided: &mut Decided) {
        decided.push((reason.result(), cohort));
        term.limits.of(self.is_v4).get_or_insert(reason);
    }
}

impl SpfTerm {
    /// A mechanism matches these clients.
    fn decide(&mut self, cohort: Cohort, decided: &mut Decided) {
        if let Some(result) = self.result.filter(|_| !cohort.clients.is_empty()) {
            self.decides.unite(&cohort.clients);
            decided.push((result, cohort));
        }
    }
}

/// One cohort for each pair of counts, without those that have nobody left.
fn merged(cohorts: Vec<Cohort>) -> Vec<Cohort> {
    let mut by_counts = BTreeMap::<(u32, u32), SpfAddresses>::new();
    for cohort in cohorts.into_iter().filter(|cohort| !cohort.clients.is_empty()) {
        by_counts.entry((cohort.lookups, cohort.voids)).or_default().unite(&cohort.clients);
    }
    by_counts.into_iter().map(|((lookups, voids), clients)| Cohort { clients, lookups, voids }).collect()
}
