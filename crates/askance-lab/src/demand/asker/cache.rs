//! The cache that an operating system or browser keeps for its programs.

use std::collections::BTreeMap;

use askance_proto::{Outcome, Question, Reply};
use askance_record::{RrType, Timestamp};

/// Entries after which expired ones are swept out.
const SWEEP_AT: usize = 1000;

/// Answers by name and type, for the TTL that they came with. Failures are not kept.
#[derive(Debug, Default)]
pub(super) struct LocalCache {
    kept: BTreeMap<(String, RrType), (Timestamp, Reply)>,
    sweep_at: usize,
}

impl LocalCache {
    /// The reply to a question, its TTLs counted down; `None` where it has to be asked.
    pub(super) fn get(&self, now: Timestamp, question: &Question) -> Option<Reply> {
        let (kept_at, reply) = self.kept.get(&key(question))?;
        let age_s = u32::try_from((now.us() - kept_at.us()) / 1_000_000).ok()?;
        let mut reply = reply.clone();
        for record in &mut reply.records {
            record.ttl_s = record.ttl_s.checked_sub(age_s).filter(|&left| left > 0)?;
        }
        Some(reply)
    }

    /// Keeps an answer.
    pub(super) fn put(&mut self, now: Timestamp, reply: &Reply) {
        if reply.outcome != Outcome::Answered {
            return;
        }
        if self.kept.len() >= self.sweep_at.max(SWEEP_AT) {
            self.kept.retain(|_, (kept_at, reply)| {
                let age_s = now.since_s(*kept_at);
                reply.records.iter().all(|r| f64::from(r.ttl_s) > age_s)
            });
            // So that a sweep that frees little is not made again at once.
            self.sweep_at = 2 * self.kept.len();
        }
        self.kept.insert(key(&reply.question), (now, reply.clone()));
    }
}

fn key(question: &Question) -> (String, RrType) {
    (question.qname.key().to_owned(), question.qtype)
}
