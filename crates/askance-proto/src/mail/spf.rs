//! Sender Policy Framework (RFC 7208): the verdict, and the lookups it takes.

use core::fmt;
use core::net::IpAddr;

use crate::inquiry::{Inquiry, Question, Reply, Step};

use super::replay::Transcript;

mod addresses;
mod audit;
mod evaluate;
mod fault;
mod macros;
mod record;

pub use addresses::SpfAddresses;
pub use audit::{SpfAsked, SpfAudit, SpfExpansion, SpfFamilies, SpfPolicy, SpfTerm, SpfTermKind};
pub use fault::{SpfFault, SpfPlace, SpfReason};
pub use record::SpfRecord;

/// What a receiver knows when it checks a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfRequest {
    /// The client's address; an IPv4-mapped one counts as IPv4.
    pub client: IpAddr,
    /// What it said in HELO or EHLO.
    pub helo: String,
    /// The reverse-path without brackets; empty stands for `postmaster@` the HELO name (RFC 7208 §2.4).
    pub mail_from: String,
    /// The name of the receiver, for `%{r}`.
    pub receiver: String,
    /// Seconds since 1970-01-01 UTC, for `%{t}`.
    pub now_s: i64,
}

impl SpfRequest {
    /// The domain whose policy is asked for: of the reverse-path, or of HELO where that is empty.
    pub fn domain(&self) -> &str {
        match self.mail_from.rsplit_once('@') {
            Some((_, domain)) => domain,
            None if self.mail_from.is_empty() => &self.helo,
            None => &self.mail_from,
        }
    }

    fn local(&self) -> &str {
        match self.mail_from.rsplit_once('@') {
            Some((local, _)) if !local.is_empty() => local,
            _ => "postmaster",
        }
    }
}

/// How a check ends (RFC 7208 §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpfResult {
    /// No policy, or no domain that could have one.
    None,
    /// The policy says nothing about the client.
    Neutral,
    /// The client may send for the domain.
    Pass,
    /// It may not.
    Fail,
    /// It probably may not.
    SoftFail,
    /// A lookup failed; later it may succeed.
    TempError,
    /// The policy cannot be read, or asks for too many lookups.
    PermError,
}

impl fmt::Display for SpfResult {
    /// The word of `Authentication-Results` (RFC 8601 §2.7.2).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        })
    }
}

/// What a check decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfVerdict {
    /// The result.
    pub result: SpfResult,
    /// The domain owner's explanation of a fail, expanded (RFC 7208 §6.2).
    pub explanation: Option<String>,
    /// The term that decided, as the policy of the checked domain (or the one it redirects to) writes it.
    pub mechanism: Option<String>,
    /// That term and what led to it, outermost first: `include:` and `redirect=`, each in its policy. Empty
    /// where no term decided. Of an error, the way to the term that is at fault.
    pub path: Vec<SpfPlace>,
    /// Why it is an error; where, the last of [`path`](Self::path) says.
    pub fault: Option<SpfReason>,
    /// Terms evaluated that take lookups; more than 10 are an error (RFC 7208 §4.6.4).
    pub lookups: u32,
    /// Lookups of terms that found nothing; more than 2 are an error (RFC 7208 §4.6.4).
    pub voids: u32,
}

/// The check of one sender: `check_host()` of RFC 7208 §4.
///
/// It asks one question at a time, in the order of the policy's terms; TXT only, never
/// the abandoned type SPF. A term that is evaluated twice asks twice: whether that
/// reaches the network is for the cache below to say. PTR is asked once at most.
/// A domain that is not ASCII has no policy; it must come as A-labels.
#[derive(Clone, Debug)]
pub struct Spf {
    request: SpfRequest,
    transcript: Transcript,
}

impl Spf {
    /// A check that has asked nothing yet.
    pub fn new(mut request: SpfRequest) -> Self {
        request.client = request.client.to_canonical();
        Self { request, transcript: Transcript::default() }
    }

    /// Runs the check to its end, each question answered at once: from a zone file, a snapshot, a table.
    ///
    /// # Example
    /// ```
    /// use askance_proto::dns::{Data, Record};
    /// use askance_proto::mail::{Spf, SpfRequest, SpfResult};
    /// use askance_proto::{Outcome, Reply};
    /// let check = Spf::new(SpfRequest {
    ///     client: "192.0.2.25".parse().unwrap(),
    ///     helo: "mail1.hotel-brand.example".to_owned(),
    ///     mail_from: "news@hotel-brand.example".to_owned(),
    ///     receiver: "mx.receiver.example".to_owned(),
    ///     now_s: 1_456_848_000,
    /// });
    /// let verdict = check.run(|question| {
    ///     let data = Data::Txt(vec![b"v=spf1 ip4:192.0.2.0/28 -all".to_vec()]);
    ///     let records = vec![Record { owner: question.qname.clone(), ttl_s: 300, data }];
    ///     Reply { question: question.clone(), outcome: Outcome::Answered, records }
    /// });
    /// assert_eq!((verdict.result, verdict.path.len()), (SpfResult::Fail, 1));
    /// assert_eq!((verdict.path[0].term.as_str(), verdict.path[0].at.clone()), ("-all", 24..28));
    /// ```
    pub fn run(self, answer: impl FnMut(&Question) -> Reply) -> SpfVerdict {
        drive(self, answer)
    }
}

/// Answers every question of a check until it is done.
fn drive<I: Inquiry>(mut check: I, mut answer: impl FnMut(&Question) -> Reply) -> I::Verdict {
    let mut replies = Vec::new();
    loop {
        match check.step(&replies) {
            Step::Done(verdict) => return verdict,
            Step::Ask(questions) => replies = questions.iter().map(&mut answer).collect(),
        }
    }
}

impl Inquiry for Spf {
    type Verdict = SpfVerdict;

    fn step(&mut self, replies: &[Reply]) -> Step<SpfVerdict> {
        let request = &self.request;
        self.transcript.step(replies, |transcript| evaluate::check(request, transcript))
    }
}

#[cfg(test)]
mod tests;
