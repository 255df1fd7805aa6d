//! What earlier lines told of a session or a message, for as long as there is room.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::text::scan::mix;

/// What is remembered.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) peer: Option<IpAddr>,
    pub(super) peer_name: String,
    pub(super) from: String,
}

/// The latest sessions and messages by their identifier, at most `max`.
pub(super) struct Memory {
    known: HashMap<u64, Known>,
    order: VecDeque<u64>,
    max: usize,
}

impl Memory {
    pub(super) fn new(max: usize) -> Self {
        Self { known: HashMap::new(), order: VecDeque::new(), max: max.max(1) }
    }

    /// What is known of `id`, to add to; forgets the oldest where there is no room.
    pub(super) fn note(&mut self, id: &[u8]) -> &mut Known {
        let key = mix(7, id);
        if !self.known.contains_key(&key) {
            if self.order.len() >= self.max
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(key);
        }
        self.known.entry(key).or_default()
    }

    /// What is known of `id`.
    pub(super) fn recall(&self, id: &[u8]) -> Option<&Known> {
        self.known.get(&mix(7, id))
    }
}
