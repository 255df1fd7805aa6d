//! The mechanisms: names, families, priors.
//!
//! # What each rests on
//! | mechanism | evidence |
//! |---|---|
//! | sender-verification, mail-authentication, delivery-retry | timing and marks; mail log and flows where given |
//! | cache-refresh, scheduled-poll, firewall-object, human-use | timing and marks; flows where given |
//! | retry-loop, search-suffix-leak | timing, marks and answers |
//! | stored-mail-rescan, crawler | the same, and the company of other names in the same minutes, without which they cannot head an answer |
//! | replay | company, in the order in which others asked before; likewise |
//! | publicity | a wave of new clients; likewise |
//! | beacon | timing, flows, prevalence; never preferred to an ordinary poll unless the evidence favours it tenfold |
//! | tunnel | names that are made up as they are asked; preferred only if the evidence favours it tenfold |
//! | timing-channel | a few sizes of gaps, none of them the TTL, in an order that nothing foretells; without that it can stand in the set, not head it; preferred only if the evidence favours it tenfold |
//!
//! A firewall object heads an answer only where the TTL is known or flows were recorded.

mod facts;

use core::fmt;
use core::str::FromStr;

pub use facts::Facts;

/// A way in which a series of lookups comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MechanismId {
    /// A receiver looks up the name of each host that connects: PTR, then A of its answer.
    SenderVerification,
    /// SPF, DKIM, DMARC lookups for mail that names the domain.
    MailAuthentication,
    /// A sender looks up the destination for each delivery attempt, along its retry schedule.
    DeliveryRetry,
    /// A cache asks again when the TTL runs out, because demand is dense.
    CacheRefresh,
    /// A job, monitor or agent that asks by the clock or in a sleep loop.
    ScheduledPoll,
    /// A firewall or ACL that keeps a name's addresses fresh.
    FirewallObject,
    /// People at work or at home.
    HumanUse,
    /// Stored mail or logs looked through again.
    StoredMailRescan,
    /// Crawlers, scanners, prefetchers.
    Crawler,
    /// A program that asks again and again because the answer fails.
    RetryLoop,
    /// A search list appends a suffix to a name that did not resolve.
    SearchSuffixLeak,
    /// Old lookups replayed without a user.
    Replay,
    /// Curiosity after the name became known.
    Publicity,
    /// An implant that calls home.
    Beacon,
    /// Data carried in the names.
    Tunnel,
    /// Data carried in the gaps.
    TimingChannel,
    /// None of the above explains it.
    None,
}

/// How many mechanisms there are, `none` included.
pub const MECHANISMS: usize = 17;

impl MechanismId {
    /// All mechanisms; `none` stands last. Ties are broken by this order, which puts the ordinary first.
    pub const ALL: [Self; MECHANISMS] = [
        Self::SenderVerification,
        Self::MailAuthentication,
        Self::DeliveryRetry,
        Self::CacheRefresh,
        Self::ScheduledPoll,
        Self::FirewallObject,
        Self::HumanUse,
        Self::StoredMailRescan,
        Self::Crawler,
        Self::RetryLoop,
        Self::SearchSuffixLeak,
        Self::Replay,
        Self::Publicity,
        Self::Beacon,
        Self::Tunnel,
        Self::TimingChannel,
        Self::None,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SenderVerification => "sender-verification",
            Self::MailAuthentication => "mail-authentication",
            Self::DeliveryRetry => "delivery-retry",
            Self::CacheRefresh => "cache-refresh",
            Self::ScheduledPoll => "scheduled-poll",
            Self::FirewallObject => "firewall-object",
            Self::HumanUse => "human-use",
            Self::StoredMailRescan => "stored-mail-rescan",
            Self::Crawler => "crawler",
            Self::RetryLoop => "retry-loop",
            Self::SearchSuffixLeak => "search-suffix-leak",
            Self::Replay => "replay",
            Self::Publicity => "publicity",
            Self::Beacon => "beacon",
            Self::Tunnel => "tunnel",
            Self::TimingChannel => "timing-channel",
            Self::None => "none",
        }
    }

    /// The family that shares one prior and one colour.
    pub const fn family(self) -> Family {
        match self {
            Self::SenderVerification | Self::MailAuthentication | Self::DeliveryRetry => Family::Mail,
            Self::CacheRefresh | Self::ScheduledPoll | Self::FirewallObject => Family::CachePoll,
            Self::HumanUse => Family::Human,
            Self::RetryLoop | Self::SearchSuffixLeak | Self::Replay => Family::Misconfiguration,
            Self::StoredMailRescan | Self::Crawler | Self::Publicity => Family::ThirdParty,
            Self::Beacon | Self::Tunnel | Self::TimingChannel => Family::Malicious,
            Self::None => Family::None,
        }
    }

    /// True of a program that asks again by itself, after about the same time.
    pub(crate) const fn is_loop(self) -> bool {
        matches!(self, Self::ScheduledPoll | Self::FirewallObject | Self::Beacon)
    }

    /// Position in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for MechanismId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MechanismId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|m| m.as_str() == text).ok_or(())
    }
}

/// Mechanisms that share a prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Mail.
    Mail,
    /// Caches and polls.
    CachePoll,
    /// People.
    Human,
    /// Something is set up wrongly.
    Misconfiguration,
    /// Somebody else's interest.
    ThirdParty,
    /// Hostile use.
    Malicious,
    /// Not explained.
    None,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 7] = [
        Self::Mail,
        Self::CachePoll,
        Self::Human,
        Self::Misconfiguration,
        Self::ThirdParty,
        Self::Malicious,
        Self::None,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::CachePoll => "cache-poll",
            Self::Human => "human",
            Self::Misconfiguration => "misconfiguration",
            Self::ThirdParty => "third-party",
            Self::Malicious => "malicious",
            Self::None => "none",
        }
    }
}

/// Prior probabilities of the families; inside a family all mechanisms are equal.
///
/// A likelihood ratio does not need them, except for the weights of the mixture of the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Priors {
    /// For the likelihood ratio against the rest and the first posterior, by [`Family::ALL`].
    pub family: [f64; 7],
    /// For the second posterior, by [`Family::ALL`]. An arbitrary example unless the user states one.
    pub operational: [f64; 7],
}

impl Default for Priors {
    /// P-family: one seventh each. P-operational: malicious 10^-3 in total, the rest shared: an
    /// arbitrary example, to be replaced by the user's own.
    fn default() -> Self {
        let mut operational = [0.999 / 6.0; 7];
        operational[Family::Malicious as usize] = 0.001;
        Self { family: [1.0 / 7.0; 7], operational }
    }
}

impl Priors {
    /// The prior of each mechanism by [`MechanismId::ALL`] under P-family; sums to 1.
    pub fn of_families(&self) -> [f64; MECHANISMS] {
        spread(&self.family)
    }
}

/// Spreads family priors evenly over their mechanisms; sums to 1.
pub(crate) fn spread(family: &[f64; 7]) -> [f64; MECHANISMS] {
    let mut out = [0.0; MECHANISMS];
    let total: f64 = family.iter().map(|p| p.max(0.0)).sum();
    for m in MechanismId::ALL {
        let members = MechanismId::ALL.iter().filter(|o| o.family() == m.family()).count();
        out[m.index()] = family[m.family() as usize].max(0.0) / total.max(1e-300) / members as f64;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_come_back() {
        for (at, m) in MechanismId::ALL.into_iter().enumerate() {
            assert_eq!((m.index(), m.as_str().parse()), (at, Ok(m)));
        }
    }

    #[test]
    fn a_prior_is_a_distribution_and_families_are_equal() {
        let prior = spread(&Priors::default().family);
        assert!((prior.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((prior[MechanismId::HumanUse.index()] - 1.0 / 7.0).abs() < 1e-12);
        assert!((prior[MechanismId::Beacon.index()] - 1.0 / 21.0).abs() < 1e-12);
    }
}
