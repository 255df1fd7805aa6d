//! Acts that come in groups: a person's sessions, the messages of a campaign.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use askance_record::{Rng, Timestamp};

use super::Act;
use crate::demand::us_of;
use crate::demand::week::{Week, WeekClock};

/// A person: sessions by the week's rhythm, several acts in each.
#[derive(Clone, Debug, PartialEq)]
pub struct Human {
    /// When the person is at it.
    pub week: Week,
    /// Sessions a day, averaged over a week.
    pub sessions_per_day: f64,
    /// Mean number of acts in a session (geometric, at least 1).
    pub acts_per_session: f64,
    /// Median time between two acts of a session, in seconds (log-normal, at most half an hour).
    pub think_s: f64,
}

/// Mail that arrives in campaigns, and single messages between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaigns {
    /// When the senders are at it.
    pub week: Week,
    /// Campaigns a week, on average.
    pub campaigns_per_week: f64,
    /// Mean number of messages of a campaign that arrive here (geometric, at least 1).
    pub messages: f64,
    /// Mean time from the start of a campaign to one of its messages, in seconds (exponential).
    pub spread_s: f64,
    /// Single messages a day, on average.
    pub singles_per_day: f64,
}

/// How the acts of a group follow one another.
#[derive(Clone, Copy, Debug)]
enum Law {
    /// Log-normal gaps of this median.
    Think { median_s: f64 },
    /// Independent exponential delays from the start, in order of time.
    Decay { mean_s: f64 },
}

/// The longest pause inside a session, in seconds.
const PAUSE_S_MAX: f64 = 1800.0;

/// Groups of acts in time order. Holds one entry for each group under way.
pub(super) struct Clusters {
    clock: WeekClock,
    rng: Rng,
    groups_per_s: f64,
    single_share: f64,
    size: f64,
    law: Law,
    end_us: i64,
    next_group: Option<i64>,
    /// (next act, number of the group, acts left)
    live: BinaryHeap<Reverse<(i64, u64, u64)>>,
    groups: u64,
    item: u64,
}

impl Human {
    pub(super) fn acts(&self, rng: Rng, start: Timestamp, end: Timestamp) -> Clusters {
        let law = Law::Think { median_s: self.think_s };
        Clusters::new(
            &self.week,
            rng,
            (self.sessions_per_day / 86_400.0, 0.0),
            (self.acts_per_session, law),
            start,
            end,
        )
    }
}

impl Campaigns {
    pub(super) fn acts(&self, rng: Rng, start: Timestamp, end: Timestamp) -> Clusters {
        let (campaigns, singles) = (self.campaigns_per_week / 604_800.0, self.singles_per_day / 86_400.0);
        let rate = campaigns + singles;
        let single_share = if rate > 0.0 { singles / rate } else { 0.0 };
        let law = Law::Decay { mean_s: self.spread_s };
        Clusters::new(&self.week, rng, (rate, single_share), (self.messages, law), start, end)
    }
}

impl Clusters {
    fn new(
        week: &Week,
        mut rng: Rng,
        (groups_per_s, single_share): (f64, f64),
        (size, law): (f64, Law),
        start: Timestamp,
        end: Timestamp,
    ) -> Self {
        let clock = WeekClock::new(week.clone(), rng.bits());
        let mut clusters = Self {
            clock,
            rng,
            groups_per_s,
            single_share,
            size,
            law,
            end_us: end.us(),
            next_group: None,
            live: BinaryHeap::new(),
            groups: 0,
            item: 0,
        };
        clusters.next_group = clusters.group_after(start.us());
        clusters
    }

    fn group_after(&mut self, us: i64) -> Option<i64> {
        if self.groups_per_s <= 0.0 {
            return None;
        }
        let exposure = self.rng.exponential(1.0 / self.groups_per_s);
        self.clock.advance(us, exposure, self.end_us)
    }

    fn gap_s(&mut self, left: u64) -> f64 {
        match self.law {
            Law::Think { median_s } => (median_s * libm::exp(self.rng.normal())).min(PAUSE_S_MAX),
            Law::Decay { mean_s } => self.rng.exponential(mean_s / left as f64),
        }
    }
}

/// At least 1, geometric, of this mean.
fn geometric(rng: &mut Rng, mean: f64) -> u64 {
    if mean <= 1.0 {
        return 1;
    }
    let more = libm::floor(libm::log(rng.unit()) / libm::log1p(-1.0 / mean));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the draw is not negative")]
    let more = more as u64;
    more.saturating_add(1)
}

impl Iterator for Clusters {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        loop {
            let first = self.live.peek().map(|Reverse((at, _, _))| *at);
            if let Some(start) = self.next_group.filter(|&g| first.is_none_or(|at| g < at)) {
                let size = if self.rng.chance(self.single_share) { 1 } else { geometric(&mut self.rng, self.size) };
                let begin = match self.law {
                    Law::Think { .. } => start,
                    Law::Decay { .. } => start + us_of(self.gap_s(size)),
                };
                self.live.push(Reverse((begin, self.groups, size)));
                self.groups += 1;
                self.next_group = self.group_after(start);
                continue;
            }
            let Reverse((at, group, left)) = self.live.pop()?;
            if left > 1 {
                let gap = self.gap_s(left - 1);
                self.live.push(Reverse((at + us_of(gap), group, left - 1)));
            }
            self.item += 1;
            return Some(Act::plain(at, self.item - 1));
        }
    }
}
