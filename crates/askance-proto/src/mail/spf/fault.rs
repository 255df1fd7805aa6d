//! What can be wrong with a policy, and where it stands.

use core::fmt;
use core::ops::Range;

use askance_record::{Name, RrType};

use crate::inquiry::Outcome;

use super::SpfResult;

/// Why a check has no verdict of the domain owner's own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpfReason {
    /// The text does not begin with `v=spf1` and a space, or the end (RFC 7208 §4.5).
    Version,
    /// An octet that is not printable ASCII (RFC 7208 §3.1, §4.6.1).
    Octet,
    /// A term that is neither a mechanism of RFC 7208 §5 nor a modifier.
    UnknownMechanism,
    /// A modifier whose name is not letters, digits, `-`, `_` and `.` after a letter (RFC 7208 §4.6.1).
    ModifierName,
    /// A second `redirect=` or `exp=` (RFC 7208 §6).
    Repeated,
    /// A mechanism or modifier without the domain that it needs.
    MissingDomain,
    /// An argument where none may stand.
    Unwanted,
    /// A `%` that begins no macro, or a macro that does not exist here (RFC 7208 §7.1).
    Macro,
    /// A domain that ends neither in a macro nor in a top label (RFC 7208 §7.1).
    TopLabel,
    /// No address of the family where one should stand (RFC 7208 §5.6).
    Address,
    /// A prefix length that is none, or longer than an address (RFC 7208 §5.6).
    Prefix,
    /// More than one policy at one domain (RFC 7208 §4.5).
    SeveralPolicies,
    /// The checked domain has no policy, or cannot have one (RFC 7208 §4.3, §4.5).
    NoPolicy,
    /// An `include` or `redirect` of a domain that has none (RFC 7208 §5.2, §6.1).
    NoTargetPolicy,
    /// More than 10 terms that take lookups (RFC 7208 §4.6.4).
    TooManyLookups,
    /// More than 2 lookups of terms that found nothing (RFC 7208 §4.6.4).
    TooManyVoids,
    /// This many exchanges, of which there may be 10 (RFC 7208 §4.6.4).
    TooManyExchanges(usize),
    /// An `include` or `redirect` of a domain whose policy led here: it ends at the limit of lookups.
    Circle,
    /// An audit that ended before this, because the policy asks for too much
    /// ([`SpfExpansion::cut`](super::SpfExpansion::cut)).
    Cut,
    /// A lookup that failed (RFC 7208 §2.6.6).
    Lookup {
        /// The name asked for.
        qname: Name,
        /// The type.
        qtype: RrType,
        /// How it failed.
        outcome: Outcome,
    },
}

impl SpfReason {
    /// The result that it means: temperror for a lookup that failed, none for [`NoPolicy`](Self::NoPolicy),
    /// permerror for all else.
    pub fn result(&self) -> SpfResult {
        match self {
            Self::Lookup { .. } => SpfResult::TempError,
            Self::NoPolicy => SpfResult::None,
            _ => SpfResult::PermError,
        }
    }

    /// The section of RFC 7208 that says so.
    pub fn section(&self) -> &'static str {
        match self {
            Self::Version | Self::SeveralPolicies | Self::NoPolicy => "4.5",
            Self::Octet | Self::UnknownMechanism | Self::ModifierName | Self::Unwanted | Self::MissingDomain => "4.6.1",
            Self::Repeated => "6",
            Self::Macro | Self::TopLabel => "7.1",
            Self::Address | Self::Prefix => "5.6",
            Self::NoTargetPolicy => "5.2",
            Self::TooManyLookups | Self::TooManyVoids | Self::TooManyExchanges(_) | Self::Circle | Self::Cut => "4.6.4",
            Self::Lookup { .. } => "2.6.6",
        }
    }
}

impl fmt::Display for SpfReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "no `v=spf1` at its beginning",
            Self::Octet => "an octet that is not printable ASCII",
            Self::UnknownMechanism => "no such mechanism",
            Self::ModifierName => "no name for a modifier",
            Self::Repeated => "a modifier that stands there before",
            Self::MissingDomain => "no domain",
            Self::Unwanted => "an argument where none may stand",
            Self::Macro => "no such macro",
            Self::TopLabel => "no top label at the end of the domain",
            Self::Address => "no address",
            Self::Prefix => "no prefix length",
            Self::SeveralPolicies => "more than one policy",
            Self::NoPolicy => "no policy",
            Self::NoTargetPolicy => "a domain without a policy",
            Self::TooManyLookups => "more than 10 terms that take lookups",
            Self::TooManyVoids => "more than 2 lookups that found nothing",
            Self::TooManyExchanges(count) => return write!(f, "{count} exchanges, more than 10"),
            Self::Circle => "a policy that leads to itself",
            Self::Cut => "an audit that ended before it",
            Self::Lookup { qname, qtype, outcome } => {
                let how = match outcome {
                    Outcome::Timeout => "was not answered",
                    _ => "failed",
                };
                return write!(f, "the lookup of {qtype} {} {how}", qname.raw());
            }
        })
    }
}

/// A term in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfPlace {
    /// The domain whose policy it stands in.
    pub domain: String,
    /// The term as the policy writes it; empty for the policy as a whole.
    pub term: String,
    /// Its octets in the record, the strings of which are joined without a gap; `0..0` for the whole.
    pub at: Range<usize>,
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfFault {
    /// What it is.
    pub reason: SpfReason,
    /// The term, as the record writes it, what is not printable escaped; empty for the record as a whole.
    pub term: String,
    /// The term's octets in the record; `0..0` for the record as a whole.
    pub at: Range<usize>,
}

impl SpfFault {
    /// A fault of the record as a whole.
    pub(super) fn whole(reason: SpfReason) -> Self {
        Self { reason, term: String::new(), at: 0..0 }
    }
}

impl fmt::Display for SpfFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.term.is_empty() {
            return write!(f, "{}", self.reason);
        }
        write!(f, "{} at octet {} (`{}`)", self.reason, self.at.start, self.term)
    }
}

impl std::error::Error for SpfFault {}
