//! What an audit finds: a value with its reason, the record that shows it, and a way out.

use core::fmt;

use askance_record::RrType;

use crate::answer::Answer;

mod codes;

pub use codes::Code;

/// How much a finding matters to somebody who sends or receives mail under the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; many do it so.
    Info,
    /// Receivers may make a difference of it.
    Note,
    /// Some receivers refuse mail for it, or a check has no result.
    Warn,
    /// Against a standard in a way that breaks a check or a delivery.
    Fault,
}

impl Severity {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fault => "fault",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The part of a configuration that a finding is about. Where lookups of a part could not be answered, a
/// finding that is not there is unknown, not absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The records themselves: what they do not hold.
    Records,
    /// A, AAAA and aliases.
    Addresses,
    /// PTR and the way back.
    Reverse,
    /// MX and the hosts that it names.
    Mx,
    /// NS and SOA.
    Zone,
    /// SPF.
    Spf,
    /// DKIM.
    Dkim,
    /// DMARC.
    Dmarc,
    /// MTA-STS.
    MtaSts,
    /// TLS reporting.
    TlsRpt,
    /// TLSA of the exchanges.
    Dane,
    /// BIMI.
    Bimi,
    /// CAA.
    Caa,
    /// DS and DNSKEY.
    Dnssec,
}

impl Area {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Addresses => "addresses",
            Self::Reverse => "reverse",
            Self::Mx => "mx",
            Self::Zone => "zone",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::MtaSts => "mta-sts",
            Self::TlsRpt => "tls-rpt",
            Self::Dane => "dane",
            Self::Bimi => "bimi",
            Self::Caa => "caa",
            Self::Dnssec => "dnssec",
        }
    }
}

/// The lookup that shows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The name asked for.
    pub name: String,
    /// The type asked for.
    pub rtype: RrType,
    /// Its records as in a master file, or how the lookup ended. Octets that are not printable are escaped.
    pub text: String,
}

impl From<&Answer> for Shown {
    fn from(answer: &Answer) -> Self {
        Self { name: answer.qname.key().to_owned(), rtype: answer.qtype, text: answer.shown() }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is; with it come [`severity`](Code::severity), [`section`](Code::section) and
    /// [`fix`](Code::fix).
    pub code: Code,
    /// What is so, in one sentence without a verdict on anybody.
    pub what: String,
    /// The lookups that show it.
    pub records: Vec<Shown>,
}

impl fmt::Display for Finding {
    /// `fault spf-several: ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5} {}: {}", self.code.severity(), self.code, self.what)
    }
}
