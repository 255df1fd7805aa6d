//! Call-outs: asking a sender's exchange whether the sender's address exists.

use core::net::IpAddr;
use std::collections::{BTreeMap, VecDeque};

use askance_record::Timestamp;

use crate::receiver::Program;
use crate::smtp::{ClientSession, Outcome, Reply, Stage};

/// Addresses, and domains, that are remembered, at most.
const ADDRESSES_MAX: usize = 100_000;

/// What a call-out finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOut {
    /// The exchange would take mail for the address.
    Accepted,
    /// It would not, with this reply.
    Refused(Reply),
    /// Nobody could say; with the reply that put it off, where there was one.
    Deferred(Option<Reply>),
}

/// How long findings are remembered.
///
/// # Source
/// Postfix `address_verify_*_time`: good 31 d, asked again from 7 d on; others 3 d, from 3 h on. Exim
/// `callout_*_expire`: address 24 h and 2 h; a domain whose exchange refuses all, 3 h.
#[derive(Clone, Copy, Debug)]
struct Keeping {
    good_s: u32,
    good_refresh_s: u32,
    bad_s: u32,
    bad_refresh_s: u32,
    deferred: bool,
}

const HOUR_S: u32 = 3600;
const DAY_S: u32 = 86_400;

const fn keeping(program: Program) -> Keeping {
    match program {
        Program::Postfix => Keeping {
            good_s: 31 * DAY_S,
            good_refresh_s: 7 * DAY_S,
            bad_s: 3 * DAY_S,
            bad_refresh_s: 3 * HOUR_S,
            deferred: true,
        },
        _ => Keeping {
            good_s: DAY_S,
            good_refresh_s: DAY_S,
            bad_s: 2 * HOUR_S,
            bad_refresh_s: 2 * HOUR_S,
            deferred: false,
        },
    }
}

/// How long Exim remembers that a domain's exchange refuses everybody, in seconds.
const DOMAIN_BAD_S: u32 = 3 * HOUR_S;

/// What call-outs found before.
#[derive(Clone, Debug)]
pub(super) struct CallOutCache {
    program: Program,
    addresses: BTreeMap<String, (Timestamp, CallOut)>,
    domains: BTreeMap<String, (Timestamp, CallOut)>,
}

impl CallOutCache {
    pub(super) fn new(program: Program) -> Self {
        Self { program, addresses: BTreeMap::new(), domains: BTreeMap::new() }
    }

    /// What is known of an address, and whether it is time to ask again in the background.
    pub(super) fn get(&self, now: Timestamp, address: &str) -> Option<(CallOut, bool)> {
        let keeping = keeping(self.program);
        let age_s = |at: Timestamp| now.since_s(at);
        let key = address.to_ascii_lowercase();
        if let Some((at, finding)) = self.addresses.get(&key) {
            let good = *finding == CallOut::Accepted;
            let (keep_s, refresh_s) =
                if good { (keeping.good_s, keeping.good_refresh_s) } else { (keeping.bad_s, keeping.bad_refresh_s) };
            if age_s(*at) < f64::from(keep_s) {
                return Some((finding.clone(), age_s(*at) >= f64::from(refresh_s)));
            }
        }
        let (_, domain) = key.rsplit_once('@')?;
        let (at, finding) = self.domains.get(domain)?;
        (age_s(*at) < f64::from(DOMAIN_BAD_S)).then(|| (finding.clone(), false))
    }

    /// Remembers a finding.
    ///
    /// - `stage`: where the exchange decided
    pub(super) fn put(&mut self, now: Timestamp, address: &str, finding: &CallOut, stage: Option<Stage>) {
        let kept = keeping(self.program);
        if matches!(finding, CallOut::Deferred(_)) && !kept.deferred {
            return;
        }
        for known in [&mut self.addresses, &mut self.domains] {
            if known.len() >= ADDRESSES_MAX {
                known.retain(|_, (at, _)| now.since_s(*at) < f64::from(kept.bad_refresh_s));
            }
            if known.len() >= ADDRESSES_MAX {
                known.clear(); // a flood of made-up senders: what it left behind is of no use
            }
        }
        let key = address.to_ascii_lowercase();
        let refuses_all = matches!(finding, CallOut::Refused(_)) && stage.is_some_and(|stage| stage < Stage::Rcpt);
        match key.rsplit_once('@') {
            Some((_, domain)) if refuses_all && self.program == Program::Exim => {
                self.domains.insert(domain.to_owned(), (now, finding.clone()));
            }
            _ => {
                self.addresses.insert(key, (now, finding.clone()));
            }
        }
    }
}

/// A call-out under way.
#[derive(Debug)]
pub(super) struct Calling {
    /// The address asked about.
    pub(super) address: String,
    /// The conversation.
    pub(super) session: ClientSession,
    /// The addresses to try where this one says nothing.
    pub(super) others: VecDeque<IpAddr>,
    /// Whether those who wait have been told.
    pub(super) decided: bool,
}

/// What the end of a conversation means for the address; `None` where the next exchange may say more.
pub(super) fn judge(outcome: &Outcome) -> Option<CallOut> {
    let reply = outcome.recipients.first().and_then(|r| r.reply.clone()).or_else(|| outcome.reply.clone());
    match reply {
        Some(reply) if reply.is_success() && outcome.stage >= Stage::Rcpt => Some(CallOut::Accepted),
        Some(reply) if reply.is_permanent() => Some(CallOut::Refused(reply)),
        Some(reply) if outcome.stage >= Stage::Rcpt => Some(CallOut::Deferred(Some(reply))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(program: Program, finding: &CallOut, stage: Stage, ages_s: &[u32]) -> Vec<Option<bool>> {
        let mut cache = CallOutCache::new(program);
        cache.put(Timestamp::from_s(0), "A@x.example", finding, Some(stage));
        let at = |s: &u32| cache.get(Timestamp::from_s(i64::from(*s)), "a@X.example").map(|(_, again)| again);
        ages_s.iter().map(at).collect()
    }

    #[test]
    fn findings_are_kept_as_long_as_the_programs_keep_them() {
        let refused = CallOut::Refused(Reply::new(550, "no such user"));
        let deferred = CallOut::Deferred(None);
        let of = |program, finding: &CallOut, ages: &[u32]| known(program, finding, Stage::Rcpt, ages);
        let ages = [0, 7 * DAY_S, 31 * DAY_S];
        assert_eq!(of(Program::Postfix, &CallOut::Accepted, &ages), [Some(false), Some(true), None]);
        assert_eq!(of(Program::Postfix, &refused, &[HOUR_S, 3 * HOUR_S, 3 * DAY_S]), [Some(false), Some(true), None]);
        assert_eq!(of(Program::Postfix, &deferred, &[1]), [Some(false)]);
        assert_eq!(of(Program::Exim, &CallOut::Accepted, &[DAY_S - 1, DAY_S]), [Some(false), None]);
        assert_eq!(of(Program::Exim, &refused, &[2 * HOUR_S - 1, 2 * HOUR_S]), [Some(false), None]);
        assert_eq!(of(Program::Exim, &deferred, &[1]), [None]);
        assert_eq!(known(Program::Exim, &refused, Stage::Mail, &[3 * HOUR_S - 1, 3 * HOUR_S]), [Some(false), None]);
    }
}
