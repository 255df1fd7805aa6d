//! Which mechanism made a series of lookups, and how strongly the records say so.
//!
//! [`SeriesState`] gathers a series, in any order and on any number of
//! machines. [`attribute`] scores sixteen mechanisms on it, given what the vantage
//! could have shown ([`Observation`]) and what other records say ([`Evidence`]), and
//! answers with a set, a capped likelihood ratio and reasons ([`Attribution`]). [`claims`]
//! tests statements about many series. [`simulate`] draws series from each mechanism, and
//! [`settle`] draws the survivors to see which further record would tell them apart;
//! [`predict`] lays such draws beside the record.
//!
//! Pure: no input or output, no clock, no ambient randomness; all transcendental
//! functions come from `libm`, so that a score has the same bits on every platform.
//!
//! Terms: a *session* is a group of lookups less than two seconds apart; scores are
//! natural logarithms (nats) unless a name says `log10` (bans).

pub mod baseline;
pub mod calibration;
pub mod claims;
pub mod predict;
pub mod settle;
pub mod simulate;
pub mod state;
pub mod verbal;

mod attribute;
mod caches;
mod cross;
mod demand;
mod engine;
mod facts;
mod fit;
mod marks;
mod math;
mod mechanism;
mod names;
mod observe;
mod parts;
mod population;
mod response;
mod rhythm;
mod score;
mod segments;
mod sessions;
mod superpose;
mod timing;
mod types;

pub use askance_record::Rng;
pub use attribute::{Attribution, Attributor, Candidate, attribute};
pub use caches::Caches;
pub use calibration::Calibration;
pub use demand::{Demand, demand, demand_behind};
pub use fit::Ppc;
pub use math::{beta_cdf, beta_quantile, gamma_cdf, gamma_quantile, ks_p};
pub use mechanism::{Facts, Family, MECHANISMS, MechanismId, Priors};
pub use names::{NAMES_MIN, NameStream, payload_bits};
pub use observe::{Evidence, FlowEvidence, MailEvidence, Observation, Population};
pub use parts::{Decision, Parts};
pub use rhythm::Rhythm;
pub use segments::Segment;
pub use settle::Settle;
pub use state::SeriesState;
pub use superpose::{Component, Mixture};
