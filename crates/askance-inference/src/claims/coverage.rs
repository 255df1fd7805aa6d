//! When records were kept.

use askance_record::Timestamp;

/// Microseconds in a day and in a week.
pub(crate) const DAY_US: i64 = 86_400_000_000;
pub(crate) const WEEK_US: i64 = 7 * DAY_US;

/// Disjoint stretches of time in which a record was kept, ascending; each holds its beginning, not its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// (from, to, microseconds covered before `from`)
    spans: Vec<(i64, i64, i64)>,
}

impl Coverage {
    /// From stretches in any order; those that touch are joined, empty and reversed ones dropped.
    pub fn of(stretches: &[(Timestamp, Timestamp)]) -> Self {
        let mut sorted: Vec<(i64, i64)> =
            stretches.iter().map(|(a, b)| (a.us(), b.us())).filter(|(a, b)| a < b).collect();
        sorted.sort_unstable();
        let mut spans: Vec<(i64, i64, i64)> = Vec::new();
        for (from, to) in sorted {
            match spans.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => spans.push((from, to, 0)),
            }
        }
        let mut before = 0;
        for span in &mut spans {
            span.2 = before;
            before += span.1 - span.0;
        }
        Self { spans }
    }

    /// Its beginning, in microseconds.
    pub(crate) fn first_us(&self) -> Option<i64> {
        self.spans.first().map(|s| s.0)
    }

    /// Its end, in microseconds.
    pub(crate) fn last_us(&self) -> Option<i64> {
        self.spans.last().map(|s| s.1)
    }

    /// Microseconds covered before `t`.
    fn before_us(&self, t: i64) -> i64 {
        match self.spans.partition_point(|s| s.0 < t) {
            0 => 0,
            at => {
                let (from, to, before) = self.spans[at - 1];
                before + t.min(to) - from
            }
        }
    }

    /// Microseconds covered between two instants; 0 where they are reversed.
    pub(crate) fn between_us(&self, from: i64, to: i64) -> i64 {
        if to <= from { 0 } else { self.before_us(to) - self.before_us(from) }
    }

    /// Microseconds covered in all.
    pub(crate) fn total_us(&self) -> i64 {
        self.spans.last().map_or(0, |&(from, to, before)| before + to - from)
    }

    /// Weeks covered in all, a fraction.
    pub fn weeks(&self) -> f64 {
        self.total_us() as f64 / WEEK_US as f64
    }

    /// Whether this instant is covered.
    pub fn contains(&self, t: Timestamp) -> bool {
        let at = self.spans.partition_point(|s| s.0 <= t.us());
        at > 0 && t.us() < self.spans[at - 1].1
    }

    /// What both cover.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut joint = Vec::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.spans.get(i), other.spans.get(j)) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to {
                joint.push((Timestamp::from_us(from), Timestamp::from_us(to)));
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
        Self::of(&joint)
    }

    /// Covered instants among these, ascending, in microseconds.
    pub(crate) fn keep(&self, all: &[Timestamp]) -> Vec<i64> {
        let mut kept: Vec<i64> = all.iter().filter(|&&t| self.contains(t)).map(|t| t.us()).collect();
        kept.sort_unstable();
        kept
    }
}

/// The first of these ascending instants, and each that comes at least so long after the last one kept.
pub(crate) fn apart(sorted: &[i64], least_us: i64) -> Vec<i64> {
    let mut kept: Vec<i64> = Vec::new();
    for &t in sorted {
        if kept.last().is_none_or(|last| t - last >= least_us) {
            kept.push(t);
        }
    }
    kept
}

/// How many of these ascending instants lie in (from, to].
pub(crate) fn count_in(sorted: &[i64], from: i64, to: i64) -> usize {
    let above = |limit: i64| sorted.partition_point(|&t| t <= limit);
    above(to).saturating_sub(above(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(stretches: &[(i64, i64)]) -> Coverage {
        let stamps: Vec<_> = stretches.iter().map(|&(a, b)| (Timestamp::from_us(a), Timestamp::from_us(b))).collect();
        Coverage::of(&stamps)
    }

    #[test]
    fn stretches_are_joined_and_measured() {
        let c = covers(&[(20, 30), (0, 5), (5, 10), (28, 40), (50, 45)]);
        assert_eq!(c, covers(&[(0, 10), (20, 40)]));
        assert_eq!((c.total_us(), c.first_us(), c.last_us()), (30, Some(0), Some(40)));
        assert_eq!((c.between_us(5, 25), c.between_us(-5, 100), c.between_us(12, 18)), (10, 30, 0));
        let holds = [-1, 0, 9, 10, 20, 39, 40].map(|t| c.contains(Timestamp::from_us(t)));
        assert_eq!(holds, [false, true, true, false, true, true, false]);
        assert_eq!(c.and(&covers(&[(8, 22), (39, 60)])), covers(&[(8, 10), (20, 22), (39, 40)]));
        assert_eq!(covers(&[]).total_us(), 0);
    }

    #[test]
    fn what_follows_closely_is_one() {
        assert_eq!(apart(&[0, 4, 5, 9, 10, 30], 5), [0, 5, 10, 30]);
        assert_eq!(apart(&[], 5), [] as [i64; 0]);
    }

    #[test]
    fn a_window_excludes_its_beginning() {
        assert_eq!(count_in(&[1, 2, 2, 3, 7], 1, 3), 3);
        assert_eq!(count_in(&[1, 2, 2, 3, 7], 8, 3), 0);
    }
}
