//! How much a missing record is expected to tell, in words.

use askance_case::json::{SettleDetail, SettleRow};

use super::label;
use crate::format;

/// From this gain on a record is said to help: a quarter, in bans.
pub(crate) const HELPS: f64 = 0.1;

/// The words for an expected separation in bans.
pub(crate) fn separation(log10: f64) -> &'static str {
    match log10 {
        x if x < HELPS => "next to nothing",
        x if x < 0.3 => "a little",
        x if x < 0.7 => "some",
        x if x < 1.3 => "much",
        _ => "very much",
    }
}

/// Words, number and interval: "much, about 12 times (9 to 16)".
pub(crate) fn separation_phrase(log10: f64, interval: Option<[f64; 2]>) -> String {
    if !log10.is_finite() {
        return format::times(log10);
    }
    if interval.is_none() {
        return "by how mechanisms work".to_owned();
    }
    if log10 < HELPS {
        return separation(log10).to_owned();
    }
    let between = match interval {
        Some([lo, hi]) if lo.is_finite() && hi.is_finite() => {
            format!(" ({} to {})", format::factor(lo), format::factor(hi))
        }
        _ => String::new(),
    };
    format!("{}, {}{between}", separation(log10), format::times(log10))
}

/// "7 days", or "not within 56 days".
pub(crate) fn days(needed: Option<u32>) -> String {
    needed.map_or_else(|| "not within 56 days".to_owned(), |n| format::counted(u64::from(n), "day", "days"))
}

/// "beacon from scheduled poll".
pub(crate) fn pair(of: &[String; 2]) -> String {
    format!("{} from {}", label(&of[0]), label(&of[1]))
}

/// One line on a record for one series.
pub(crate) fn line(d: &SettleDetail) -> String {
    let words = separation_phrase(d.expected_log10_lr, Some([d.lo, d.hi]));
    let told = d.pairs.iter().filter(|p| p.days_needed.is_some()).count();
    format!(
        "{}: {words}. Tenfold for {told} of {}; the hardest, {}: {}.",
        format::capital(&d.record),
        format::counted(d.pairs.len() as u64, "pair", "pairs"),
        pair(&d.hardest),
        days(d.days_needed)
    )
}

/// The days that a record of a case takes, in a few words.
pub(crate) fn days_phrase(row: &SettleRow) -> String {
    if row.interval.is_none() {
        return "not simulated".to_owned();
    }
    match (row.days_first, row.days_needed) {
        (None, _) => days(None),
        (Some(first), needed) if needed == Some(first) => days(needed),
        (Some(first), needed) => format!("{} for the first pair, {} for the hardest", days(Some(first)), days(needed)),
    }
}
