//! Queries that wait for their responses.

use std::collections::{HashMap, VecDeque};

use askance_proto::Cause;
use askance_record::Timestamp;

use super::sight::Pair;

/// How long a query waits before a response counts as one of its own.
const WAIT_US: i64 = 30_000_000;

/// Between whom a query runs, over which transport, and its identifier.
pub(super) type Key = (Pair, bool, u16);

/// A query that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) at: Timestamp,
    pub(super) cause: Option<Cause>,
    /// True where the source has a row for it.
    pub(super) has_row: bool,
}

/// Queries that wait for their responses, at most as long as [`WAIT_US`].
#[derive(Debug, Default)]
pub(super) struct Pending {
    asked: HashMap<Key, Asked>,
    order: VecDeque<(Timestamp, Key)>,
}

impl Pending {
    /// Remembers a query; one of the same key that waits still is taken as repeated.
    pub(super) fn ask(&mut self, key: Key, asked: Asked) {
        self.order.push_back((asked.at, key));
        self.asked.insert(key, asked);
    }

    /// The query that a response answers.
    pub(super) fn answer(&mut self, key: &Key) -> Option<Asked> {
        self.asked.remove(key)
    }

    /// Forgets what has waited too long.
    pub(super) fn tick(&mut self, now: Timestamp) {
        while let Some(&(at, key)) = self.order.front()
            && at.plus_us(WAIT_US) < now
        {
            self.order.pop_front();
            if self.asked.get(&key).is_some_and(|asked| asked.at == at) {
                self.asked.remove(&key);
            }
        }
    }
}
