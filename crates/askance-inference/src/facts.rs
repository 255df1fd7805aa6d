//! Single facts of a series: what stands around it, what its names are, how much of it failed, and to
//! what ports connections followed.
//!
//! There is one of each, however many lookups there are: they are neither multiplied nor tempered with the number of
//! lookups. The tables of how often each fact is seen are starting values; what they weigh is the calibration's power
//! of each kind.

use crate::cross::{ln_late, ln_mail_ports};
use crate::mechanism::{MECHANISMS, MechanismId as M};
use crate::names::ln_names;
use crate::observe::Evidence;
use crate::population::{ln_company, ln_failing, ln_order, ln_prevalence, ln_wave};

/// How many kinds of single facts there are.
pub const FACTS: usize = 9;
/// Powers that leave the facts as their tables say.
pub(crate) const AS_TOLD: [f64; FACTS] = [1.0; FACTS];
/// Their names in the calibration file, in the order in which they are scored.
pub const FACT_NAMES: [&str; FACTS] =
    ["prevalence", "company", "order", "wave", "names", "failing", "port", "late", "types"];

/// ln of the probability of each fact, by mechanism; 0 where it is not known.
///
/// - `failed`: share of failed answers; `None` where few are known
/// - `types`: what the types that it asks for say
pub(crate) fn ln_facts(
    evidence: &Evidence,
    failed: Option<f64>,
    types: [f64; MECHANISMS],
) -> [[f64; MECHANISMS]; FACTS] {
    let around = evidence.population.as_ref();
    let kinds =
        [ln_prevalence, ln_company, ln_order, ln_wave].map(|of| M::ALL.map(|m| around.map_or(0.0, |p| of(m, p))));
    let [prevalence, company, order, wave] = kinds;
    let ports = evidence.flows.as_ref().and_then(|flows| flows.mail_ports);
    let port = M::ALL.map(|m| ports.map_or(0.0, |share| ln_mail_ports(m, share)));
    let late = evidence.flows.as_ref().and_then(|flows| flows.late);
    let late = M::ALL.map(|m| late.map_or(0.0, |share| ln_late(m, share)));
    let names = M::ALL.map(|m| evidence.names.as_ref().map_or(0.0, |s| ln_names(m, s)));
    [prevalence, company, order, wave, names, M::ALL.map(|m| ln_failing(m, failed)), port, late, types]
}
