//! Tunnels: found, and found where there are none, per domain and day.

use std::collections::BTreeSet;

use askance_inference::MechanismId as M;
use askance_inference::calibration::measures::upper_share;
use serde::Serialize;

use super::item::Item;

/// How tunnels fare. A domain-day is one registered domain that one client asked for on one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tunnels {
    /// Labelled tunnels.
    pub series: u64,
    /// Those that were answered so.
    pub found: u64,
    /// The share.
    pub recall: Option<f64>,
    /// Domain-days without a tunnel.
    pub domain_days: u64,
    /// Those of them on which a tunnel was answered.
    pub false_days: u64,
    /// Upper 95 % bound of their share.
    pub false_upper: Option<f64>,
}

impl Tunnels {
    pub(super) fn of(items: &[&Item]) -> Self {
        let called = |item: &Item| item.answer.best == M::Tunnel && !item.answer.abstained;
        let mut out = Self::default();
        let (mut days, mut false_days) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            if item.is_true(M::Tunnel) {
                out.series += 1;
                out.found += u64::from(called(item));
            } else {
                days.extend(item.domain_days());
                if called(item) {
                    false_days.extend(item.domain_days());
                }
            }
        }
        out.recall = (out.series > 0).then(|| out.found as f64 / out.series as f64);
        (out.domain_days, out.false_days) = (days.len() as u64, false_days.len() as u64);
        out.false_upper = (!days.is_empty()).then(|| upper_share(out.false_days, out.domain_days));
        out
    }
}
