//! What another vantage saw of the same questions.

use core::cmp::Ordering;

use super::{NEAR_US, Row};
use crate::claims::coverage::Coverage;
use crate::claims::finding::Estimate;

/// Clocks further apart than this are not two clocks of one time.
const OFFSET_MAX_US: i64 = 120_000_000;

/// Two vantages laid beside each other.
pub(super) struct Compared {
    /// Rows of the other vantage: whether this one lacks them.
    pub(super) missing_here: Vec<(u32, bool)>,
    /// Rows of this vantage: whether the other lacks them.
    pub(super) missing_there: Vec<(u32, bool)>,
    /// Their clock less ours.
    pub(super) offset_us: Option<i64>,
    /// Rows that (both, this one alone, the other alone) saw.
    pub(super) pairs: (u64, u64, u64),
}

/// Pairs rows of equal client and question, one to one, within two seconds after the clocks are set alike.
pub(super) fn compare(here: &[Row], there: &[Row], joint: &Coverage) -> Compared {
    let key = |r: &Row| (r.client, r.question, r.t.us());
    let inside = |rows: &[Row]| {
        let mut kept: Vec<(u32, u32, i64)> = rows.iter().filter(|r| joint.contains(r.t)).map(key).collect();
        kept.sort_unstable();
        kept
    };
    let (own, other) = (inside(here), inside(there));
    let offset_us = offset(&own, &other);
    let by = offset_us.unwrap_or(0);
    let mut out = Compared { missing_here: Vec::new(), missing_there: Vec::new(), offset_us, pairs: (0, 0, 0) };
    let (mut i, mut j) = (0, 0);
    loop {
        let ours_to_theirs = match (own.get(i), other.get(j)) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| match a.2 - (b.2 - by) {
                gap if (-NEAR_US..=NEAR_US).contains(&gap) => Ordering::Equal,
                gap => gap.cmp(&0),
            }),
        };
        match ours_to_theirs {
            Ordering::Less => {
                out.missing_there.push((own[i].0, true));
                out.pairs.1 += 1;
                i += 1;
            }
            Ordering::Greater => {
                out.missing_here.push((other[j].0, true));
                out.pairs.2 += 1;
                j += 1;
            }
            Ordering::Equal => {
                out.missing_there.push((own[i].0, false));
                out.missing_here.push((other[j].0, false));
                out.pairs.0 += 1;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
}

/// The median of "nearest row there, less ours".
fn offset(own: &[(u32, u32, i64)], other: &[(u32, u32, i64)]) -> Option<i64> {
    let mut lags: Vec<i64> = own
        .iter()
        .filter_map(|&(client, question, t)| {
            let at = other.partition_point(|&o| o < (client, question, t));
            let near = |at: usize| other.get(at).filter(|o| (o.0, o.1) == (client, question)).map(|o| o.2 - t);
            let (before, after) = (at.checked_sub(1).and_then(near), near(at));
            before.into_iter().chain(after).min_by_key(|lag| lag.abs()).filter(|lag| lag.abs() <= OFFSET_MAX_US)
        })
        .collect();
    if lags.is_empty() {
        return None;
    }
    let middle = lags.len() / 2;
    Some(*lags.select_nth_unstable(middle).1)
}

/// How many there were in all, from what two vantages saw: clients, or clients by day, not lookups.
///
/// Where both see the same popular clients the estimate is too low.
///
/// - `first`, `second`: seen by each; `both`: seen by both, at most either
/// - returns: the estimate, its interval log-normal in what nobody saw
///
/// # Source
/// Chapman 1951; variance Seber 1970; interval Chao 1987.
pub fn chapman(first: u64, second: u64, both: u64) -> Estimate {
    let both = both.min(first).min(second);
    let (n1, n2, m) = (first as f64, second as f64, both as f64);
    let value = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0;
    let variance = (n1 + 1.0) * (n2 + 1.0) * (n1 - m) * (n2 - m) / ((m + 1.0) * (m + 1.0) * (m + 2.0));
    let seen = n1 + n2 - m;
    let unseen = value - seen;
    if unseen <= 0.0 {
        return Estimate { value, interval: (seen, seen) };
    }
    let spread = libm::exp(1.96 * libm::sqrt(libm::log1p(variance / (unseen * unseen))));
    Estimate { value, interval: (seen + unseen / spread, seen + unseen * spread) }
}

/// Which of several statements of the same share cannot all be right: pairs whose roundings do not meet.
///
/// They are reported as disagreeing; an average of different cuts is the share of nothing.
///
/// - `quoted`: (share in percent, digits after the point as it was printed)
pub fn disagree(quoted: &[(f64, u8)]) -> Vec<(usize, usize)> {
    let ends = |&(share, digits): &(f64, u8)| {
        let half = 0.5 * libm::pow(10.0, -f64::from(digits));
        (share - half, share + half)
    };
    let mut pairs = Vec::new();
    for (i, a) in quoted.iter().enumerate() {
        for (j, b) in quoted.iter().enumerate().skip(i + 1) {
            let ((a_low, a_high), (b_low, b_high)) = (ends(a), ends(b));
            if a_high < b_low - 1e-9 || b_high < a_low - 1e-9 {
                pairs.push((i, j));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use askance_record::Timestamp;

    use super::*;

    fn row(client: u32, s: i64) -> Row {
        Row { client, cache: client, question: 0, t: Timestamp::from_s(s), remaining_s: None }
    }

    #[test]
    fn rows_are_paired_once_after_the_clocks_are_set() {
        let all = Coverage::of(&[(Timestamp::from_s(0), Timestamp::from_s(100_000))]);
        let here: Vec<Row> = (1..40).map(|k| row(1, k * 1000)).collect();
        // Thirty seconds ahead; the third is lost, the fifth comes twice.
        let mut there: Vec<Row> = (1..40).filter(|&k| k != 3).map(|k| row(1, k * 1000 + 30)).collect();
        there.push(row(1, 5031));
        let got = compare(&here, &there, &all);
        assert_eq!((got.offset_us, got.pairs), (Some(30_000_000), (38, 1, 1)));
    }

    #[test]
    fn chapman_of_the_textbook() {
        // 200 marked, 250 caught, 50 of them marked: 201 * 251 / 51 - 1 = 988.2.
        let got = chapman(200, 250, 50);
        assert!((got.value - (201.0 * 251.0 / 51.0 - 1.0)).abs() < 1e-9, "{got:?}");
        assert!(got.interval.0 > 400.0 && got.interval.0 < got.value && got.value < got.interval.1, "{got:?}");
        assert_eq!(chapman(7, 7, 7).interval, (7.0, 7.0));
        assert!(chapman(u64::MAX, u64::MAX, 0).value.is_finite());
    }

    #[test]
    fn three_shares_that_disagree() {
        // 79.3, 80 and 87 %: from differing cuts.
        assert_eq!(disagree(&[(79.3, 1), (80.0, 0), (87.0, 0)]), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(disagree(&[(79.6, 1), (80.0, 0)]), []);
    }
}
