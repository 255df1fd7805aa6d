//! DMARC (RFC 7489, RFC 9989): the policy that applies, alignment, the lookups it takes.

use core::fmt;

use crate::inquiry::{Inquiry, Reply, Step};

use super::replay::Transcript;
use super::spf::SpfResult;

mod evaluate;
mod record;

pub use record::{DmarcPolicy, DmarcRecord, Psd};

/// What a receiver knows of a message when it asks for the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcRequest {
    /// The domain of the one address in `From`.
    pub author_domain: String,
    /// The result of SPF and the domain it is for.
    pub spf: Option<(SpfResult, String)>,
    /// The domains whose DKIM signatures pass.
    pub dkim: Vec<String>,
    /// How organizational domains are found.
    pub discovery: Discovery,
    /// The draw for `pct=` (RFC 7489 §6.6.4): 0 to 99; a policy applies where it is below the percentage.
    pub draw: u8,
}

/// How the organizational domain of a name is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// By asking each parent for a record (RFC 9989 §4.10): many lookups, no list.
    #[default]
    TreeWalk,
    /// By the public suffix list compiled in (RFC 7489 §3.2): at most two lookups.
    SuffixList,
}

/// How a check ends (RFC 8601 §2.7, RFC 9989 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DmarcResult {
    /// No policy applies.
    None,
    /// SPF or DKIM passes for a domain aligned with the author's.
    Pass,
    /// Neither does.
    Fail,
    /// A lookup failed; later it may succeed.
    TempError,
    /// The author's domain cannot be asked for.
    PermError,
}

impl fmt::Display for DmarcResult {
    /// The word of `Authentication-Results`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        })
    }
}

/// What a check decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcVerdict {
    /// The result.
    pub result: DmarcResult,
    /// What the domain owner wants done with the message, tests and percentages taken into account;
    /// [`DmarcPolicy::None`] unless the result is fail.
    pub disposition: DmarcPolicy,
    /// The record that applies, and the domain that has it.
    pub record: Option<(String, DmarcRecord)>,
    /// The policy of the record for this author domain, before tests and percentages;
    /// of a message that passes without a look at `np=`.
    pub policy: Option<DmarcPolicy>,
    /// SPF passes for an aligned domain.
    pub spf_aligned: bool,
    /// DKIM passes for an aligned domain.
    pub dkim_aligned: bool,
}

/// The check of one message.
///
/// It asks for the author domain's record first. Parents follow where that has none,
/// or where alignment is relaxed and an authenticated domain other than the author's
/// has to be compared with it (RFC 9989 §4.10.2 lets the other walks be left out). The
/// same name is asked for once. Whether the author domain exists is asked, by type A,
/// only of a message that fails, where `np=` differs from the policy otherwise used.
#[derive(Clone, Debug)]
pub struct Dmarc {
    request: DmarcRequest,
    transcript: Transcript,
}

impl Dmarc {
    /// A check that has asked nothing yet.
    pub fn new(request: DmarcRequest) -> Self {
        Self { request, transcript: Transcript::default() }
    }
}

impl Inquiry for Dmarc {
    type Verdict = DmarcVerdict;

    fn step(&mut self, replies: &[Reply]) -> Step<DmarcVerdict> {
        let request = &self.request;
        self.transcript.step(replies, |transcript| evaluate::check(request, transcript))
    }
}

#[cfg(test)]
mod tests;
