//! What else the visits showed, beside the class.

use crate::survey::visit::{Recipient, Stage, Visit, VisitEnd};
use crate::survey::wording::{Wording, names_reader};

/// What else the visits showed. Each is stable and has a page row in `docs/reference/survey.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remark {
    /// A reply took long.
    SlowReply,
    /// The text of a refusal names its reader while its code speaks of the host.
    TextNamesUs,
    /// Lines ended by LF alone (RFC 5321 §2.3.8 forbids it).
    BareLineFeed,
    /// Octets outside ASCII in a reply (RFC 5321 §4.2 allows none).
    EightBit,
    /// A reply came before its question.
    SpokeAhead,
    /// `RCPT` for an address in the surveyor's own domain was accepted. No message was sent: whether it would be passed
    /// on is not known.
    AcceptsForeignRecipient,
    /// TLS was offered and did not come about.
    TlsFailed,
    /// TLS was offered and refused when asked for.
    TlsRefused,
    /// It has no `EHLO`.
    NoEhlo,
    /// It asks for a log-in.
    AsksForLogIn,
    /// A reply with 521 or 556, the codes of hosts and domains that take no mail (RFC 7504).
    Rfc7504,
    /// It closed before it answered.
    Dropped,
    /// A run ended in the middle of a visit; it was not repeated.
    Interrupted,
}

impl Remark {
    /// Every remark.
    pub const ALL: [Self; 13] = [
        Self::SlowReply,
        Self::TextNamesUs,
        Self::BareLineFeed,
        Self::EightBit,
        Self::SpokeAhead,
        Self::AcceptsForeignRecipient,
        Self::TlsFailed,
        Self::TlsRefused,
        Self::NoEhlo,
        Self::AsksForLogIn,
        Self::Rfc7504,
        Self::Dropped,
        Self::Interrupted,
    ];

    /// The word in results, stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowReply => "slow-reply",
            Self::TextNamesUs => "text-names-us",
            Self::BareLineFeed => "bare-line-feed",
            Self::EightBit => "eight-bit",
            Self::SpokeAhead => "spoke-ahead",
            Self::AcceptsForeignRecipient => "accepts-foreign-recipient",
            Self::TlsFailed => "tls-failed",
            Self::TlsRefused => "tls-refused",
            Self::NoEhlo => "no-ehlo",
            Self::AsksForLogIn => "asks-for-log-in",
            Self::Rfc7504 => "rfc-7504",
            Self::Dropped => "dropped",
            Self::Interrupted => "interrupted",
        }
    }

    /// The remarks on some visits, in the order of [`ALL`](Self::ALL).
    pub(super) fn all_of(visits: &[Visit], slow_us: i64) -> Vec<Self> {
        Self::ALL.into_iter().filter(|remark| visits.iter().any(|visit| remark.fits(visit, slow_us))).collect()
    }

    fn fits(self, visit: &Visit, slow_us: i64) -> bool {
        let mut heard = visit.replies.iter();
        match self {
            Self::SlowReply => heard.any(|h| h.delay_us >= slow_us),
            Self::TextNamesUs => {
                heard.any(|h| h.reply.is_permanent() && !Wording::of(&h.reply).about_us() && names_reader(&h.reply))
            }
            Self::BareLineFeed => {
                heard.any(|h| h.raw == b"\n" || h.raw.windows(2).any(|w| w[1] == b'\n' && w[0] != b'\r'))
            }
            Self::EightBit => heard.any(|h| !h.raw.is_ascii()),
            Self::SpokeAhead => heard.any(|h| h.ahead),
            Self::AcceptsForeignRecipient => {
                let mut asked = visit.recipients();
                asked.any(|(kind, _, h)| kind == Recipient::Foreign && h.reply.is_success())
            }
            Self::TlsFailed => matches!(visit.end, VisitEnd::TlsFailed(_)),
            Self::TlsRefused => heard.any(|h| h.stage == Stage::StartTls && !h.reply.is_success()),
            Self::NoEhlo => heard.any(|h| h.stage == Stage::Helo && h.reply.is_success()),
            Self::AsksForLogIn => {
                heard.any(|h| h.reply.code == 530 || Wording::of(&h.reply) == Wording::LogIn && !h.reply.is_success())
            }
            Self::Rfc7504 => heard.any(|h| matches!(h.reply.code, 521 | 556)),
            Self::Dropped => visit.end == VisitEnd::Dropped,
            Self::Interrupted => visit.end == VisitEnd::Interrupted,
        }
    }
}
