//! How well a score ranks targets above others.

/// The area under a receiver operating characteristic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    /// P(a target scores above another) + half of P(they score the same).
    pub area: f64,
    /// Targets.
    pub targets: usize,
    /// Others.
    pub others: usize,
}

/// The area for scores, each with whether it belongs to a target.
///
/// Scores may be infinite; one that is not a number ranks with the highest.
///
/// - returns: none where one side is empty
pub fn auc(scored: &[(f64, bool)]) -> Option<Auc> {
    let targets = scored.iter().filter(|(_, target)| *target).count();
    let others = scored.len() - targets;
    if targets == 0 || others == 0 {
        return None;
    }
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let hits = tied.iter().filter(|(_, target)| *target).count() as f64;
        let rest = tied.len() as f64 - hits;
        won += hits * (below + 0.5 * rest);
        below += rest;
    }
    Some(Auc { area: won / (targets as f64 * others as f64), targets, others })
}
