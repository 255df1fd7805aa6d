//! Counts that describe every lookup of a series, also those whose instants were dropped.

use std::collections::BTreeMap;

use super::event::{Event, RcodeClass, Role};
use super::{SeriesState, day_rank};

/// The most days of which a series keeps a count: eleven years.
pub(crate) const DAYS_MAX: usize = 4096;

/// Additive counts over all lookups of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Histograms {
    pub(crate) week_hour: [u32; 168],
    pub(crate) minute: [u32; 60],
    pub(crate) role: [u32; Role::COUNT],
    pub(crate) rcode: [u32; RcodeClass::COUNT],
    /// Lookups a day; of more than [`DAYS_MAX`] days the ones ranked first are kept.
    pub(crate) daily: BTreeMap<i32, u32>,
}

impl Histograms {
    pub(crate) fn empty() -> Self {
        Self {
            week_hour: [0; 168],
            minute: [0; 60],
            role: [0; Role::COUNT],
            rcode: [0; RcodeClass::COUNT],
            daily: BTreeMap::new(),
        }
    }

    pub(crate) fn of(key_hash: u64, events: &[Event]) -> Self {
        let mut all = Self::empty();
        for event in events {
            all.add(key_hash, event);
        }
        all
    }

    pub(crate) fn add(&mut self, key_hash: u64, event: &Event) {
        let minute = event.ts.us().div_euclid(60_000_000);
        bump(&mut self.week_hour[week_hour_of(event.ts.us())], 1);
        bump(&mut self.minute[usize::try_from(minute.rem_euclid(60)).expect("below 60")], 1);
        bump(&mut self.role[usize::from(event.role.as_u8())], 1);
        bump(&mut self.rcode[usize::from(event.rcode.as_u8())], 1);
        bump(self.daily.entry(event.day()).or_default(), 1);
        self.trim(key_hash);
    }

    pub(crate) fn merge(&mut self, key_hash: u64, other: &Self) {
        sum(&mut self.week_hour, &other.week_hour);
        sum(&mut self.minute, &other.minute);
        sum(&mut self.role, &other.role);
        sum(&mut self.rcode, &other.rcode);
        for (&day, &count) in &other.daily {
            bump(self.daily.entry(day).or_default(), count);
        }
        self.trim(key_hash);
    }

    /// Drops the days ranked last: a dropped day never returns, so counts of kept days are whole.
    fn trim(&mut self, key_hash: u64) {
        while self.daily.len() > DAYS_MAX {
            let last = self.daily.keys().copied().max_by_key(|&day| (day_rank(key_hash, day), day));
            self.daily.remove(&last.expect("more than zero days"));
        }
    }
}

/// Hour of the week in UTC; 0 is Monday 00:00 to 01:00.
///
/// - `us`: microseconds since 1970
pub(crate) fn week_hour_of(us: i64) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from((us.div_euclid(3_600_000_000) + 72).rem_euclid(168)).expect("below 168")
}

fn bump(count: &mut u32, by: u32) {
    *count = count.saturating_add(by);
}

fn sum(mine: &mut [u32], theirs: &[u32]) {
    for (mine, &theirs) in mine.iter_mut().zip(theirs) {
        bump(mine, theirs);
    }
}

/// Half-octave bins from 2^-4 s upward, 42 of them: the last begins at about a day.
pub(crate) fn log_gap_bin(gap_s: f64) -> usize {
    let bin = libm::floor(2.0 * libm::log2(gap_s.max(1e-9)) + 8.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=41")]
    let bin = bin.clamp(0.0, 41.0) as usize;
    bin
}

/// The histograms that reports draw.
impl SeriesState {
    /// Lookups by hour of the week in UTC; index 0 is Monday 00:00. All lookups count.
    pub fn week_hour(&self) -> [u32; 168] {
        self.with_histograms(|all| all.week_hour)
    }

    /// Lookups by minute of the hour. All lookups count.
    pub fn minute_of_hour(&self) -> [u32; 60] {
        self.with_histograms(|all| all.minute)
    }

    /// Lookups by role, indexed by [`Role::as_u8`]. All lookups count.
    pub fn roles(&self) -> [u32; Role::COUNT] {
        self.with_histograms(|all| all.role)
    }

    /// Lookups by answer, indexed by [`RcodeClass::as_u8`]. All lookups count.
    pub fn rcodes(&self) -> [u32; RcodeClass::COUNT] {
        self.with_histograms(|all| all.rcode)
    }

    /// Lookups a day, ascending: (days since 1970-01-01 UTC, count), days without lookups left out.
    ///
    /// Beyond 4096 days a pseudo-random choice of days is kept, each with its whole count.
    pub fn daily(&self) -> Vec<(i32, u32)> {
        self.with_histograms(|all| all.daily.iter().map(|(&day, &count)| (day, count)).collect())
    }

    /// Gaps between successive kept lookups in half-octave bins: bin k covers
    /// 2^(k/2-4) to 2^((k+1)/2-4) seconds, the first and last bin what lies beyond.
    pub fn log_gaps(&self) -> [u32; 42] {
        let mut bins = [0; 42];
        for stretch in self.stretches() {
            for pair in stretch.windows(2) {
                bump(&mut bins[log_gap_bin(pair[1].ts.since_s(pair[0].ts))], 1);
            }
        }
        bins
    }

    fn with_histograms<T>(&self, read: impl Fn(&Histograms) -> T) -> T {
        match &self.all {
            Some(all) => read(all),
            None => read(&Histograms::of(self.key_hash, &self.kept)),
        }
    }
}
