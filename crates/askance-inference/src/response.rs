//! How lookups are answered under each mechanism.

use crate::math::ln_sum;
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::sessions::Sessions;
use crate::state::{RcodeClass, Role};

/// Answer classes that count: all but unknown.
const CLASSES: usize = RcodeClass::COUNT - 1;
/// Lookups whose answers are alike: addresses v4, v6, search variants, the rest.
const GROUPS: usize = 4;

/// ln probability of all known answers, by mechanism; zero where none is known.
///
/// A Dirichlet law for each group of roles, learned as it goes. A name that is alive and a
/// name that is gone are two laws: any mechanism may meet either, with weights of its own.
pub(crate) fn ln_responses(all: &Sessions, visible: bool) -> [f64; MECHANISMS] {
    let mut counts = [[0.0; CLASSES]; GROUPS];
    if visible {
        for event in all.events.iter().filter(|e| e.rcode != RcodeClass::Unknown) {
            counts[group(event.role)][usize::from(event.rcode.as_u8())] += 1.0;
        }
    }
    let mut ln = [0.0; MECHANISMS];
    for (group, counts) in counts.iter().enumerate().filter(|(_, counts)| counts.iter().any(|&n| n > 0.0)) {
        ln.iter_mut().zip(ln_group(counts, group)).for_each(|(sum, ln)| *sum += ln);
    }
    ln
}

/// The same for the lookups of one group.
fn ln_group(counts: &[f64; CLASSES], group: usize) -> [f64; MECHANISMS] {
    // Each law once: most mechanisms mix the same ones.
    let laws = laws(group).map(|prior| ln_dirichlet(counts, &prior));
    M::ALL.map(|m| ln_sum(shares(m).iter().map(|&(law, share)| libm::log(share) + laws[law as usize])))
}

/// Share of known answers that failed; `None` where no answer is known.
pub(crate) fn failed_share(all: &Sessions) -> Option<f64> {
    let known = all.events.iter().filter(|e| e.rcode != RcodeClass::Unknown);
    let (n, failed) = known.fold((0u32, 0u32), |(n, f), e| (n + 1, f + u32::from(e.rcode.is_failure())));
    (n > 0).then(|| f64::from(failed) / f64::from(n))
}

fn group(role: Role) -> usize {
    match role {
        Role::A | Role::Helo => 0,
        Role::Aaaa => 1,
        Role::SuffixVariant => 2,
        _ => 3,
    }
}

/// How a name may answer, by position in [`laws`].
#[derive(Clone, Copy)]
enum Law {
    Alive,
    Gone,
    Failing,
    Any,
}

/// Laws of NOERROR, NODATA, NXDOMAIN, SERVFAIL, REFUSED, other, as pseudo-counts. Starting values.
fn laws(group: usize) -> [[f64; CLASSES]; 4] {
    const GONE: [f64; CLASSES] = [0.2, 0.2, 2.0, 0.3, 0.2, 0.1];
    let alive = match group {
        1 => [0.8, 1.6, 0.4, 0.1, 0.1, 0.05],
        2 => GONE,
        _ => [2.4, 0.3, 0.4, 0.2, 0.1, 0.05],
    };
    [alive, GONE, [0.3, 0.1, 0.4, 2.0, 0.4, 0.1], [0.5; CLASSES]]
}

/// The laws that a mechanism mixes, and their shares. Starting values.
fn shares(m: M) -> [(Law, f64); 2] {
    match m {
        M::None => [(Law::Any, 0.5), (Law::Alive, 0.5)],
        M::RetryLoop => [(Law::Failing, 0.5), (Law::Gone, 0.5)],
        M::SearchSuffixLeak => [(Law::Alive, 0.3), (Law::Gone, 0.7)],
        _ => [(Law::Alive, 0.6), (Law::Gone, 0.4)],
    }
}

/// ln of the Dirichlet-multinomial probability of a sequence with these counts.
fn ln_dirichlet(counts: &[f64; CLASSES], prior: &[f64; CLASSES]) -> f64 {
    let n: f64 = counts.iter().sum();
    if n <= 0.0 {
        return 0.0;
    }
    let total: f64 = prior.iter().sum();
    let cells: f64 = counts.iter().zip(prior).map(|(&c, &a)| libm::lgamma(a + c) - libm::lgamma(a)).sum();
    libm::lgamma(total) - libm::lgamma(total + n) + cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_success_costs_what_the_prior_says() {
        let counts = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let got = libm::exp(ln_dirichlet(&counts, &[6.0, 2.0, 1.0, 0.5, 0.25, 0.25]));
        assert!((got - 0.6).abs() < 1e-12, "{got}");
    }

    #[test]
    fn failures_favour_the_retry_loop() {
        let mut counts = [0.0; CLASSES];
        counts[usize::from(RcodeClass::ServFail.as_u8())] = 30.0;
        let ln = ln_group(&counts, 0);
        assert!(ln[M::RetryLoop.index()] > ln[M::HumanUse.index()] + 1.0);
    }
}
