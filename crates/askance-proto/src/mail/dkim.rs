//! DKIM signatures (RFC 6376, RFC 8463): made, checked, and the lookups a check takes.

use core::fmt;

use askance_record::RrType;

use crate::inquiry::{Inquiry, Outcome, Reply, Step};

use self::key::{Key, KeyFault};
use self::signature::Signature;
use super::message::Message;
use super::replay::{Pending, Transcript, name_of};

mod canonical;
mod key;
mod published;
mod sign;
mod signature;
mod tags;

pub use canonical::Canonical;
pub use published::{DkimKey, DkimKeyKind};
pub use sign::{DkimSigner, KeyError, SigningKey};

/// Signatures of one message that are checked; more cost lookups that a stranger chooses.
const SIGNATURES_MAX: usize = 5;

/// How the check of a signature ends (RFC 8601 §2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DkimResult {
    /// There is no signature.
    None,
    /// The message is what the domain signed.
    Pass,
    /// It is not, or no longer.
    Fail(DkimFault),
    /// The signature or its key cannot be used.
    PermError(DkimFault),
    /// The key could not be fetched; later it may be.
    TempError,
}

impl fmt::Display for DkimResult {
    /// The word of `Authentication-Results`, with the reason in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Pass => f.pad("pass"),
            Self::Fail(fault) => f.pad(&format!("fail ({})", fault.as_str())),
            Self::PermError(fault) => f.pad(&format!("permerror ({})", fault.as_str())),
            Self::TempError => f.pad("temperror"),
        }
    }
}

/// What is wrong with a signature (RFC 6376 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DkimFault {
    /// The field breaks the grammar, or lacks a tag.
    Malformed,
    /// Another version.
    Version,
    /// An algorithm that is unknown or no longer allowed (RFC 8301).
    Algorithm,
    /// No query method that is known.
    QueryMethod,
    /// `From` is not among the signed fields.
    FromNotSigned,
    /// `i=` is not in the domain.
    Identity,
    /// Its time is over.
    Expired,
    /// No key at the selector.
    NoKey,
    /// The key record breaks the grammar.
    KeyMalformed,
    /// The key is revoked.
    KeyRevoked,
    /// The key is for another algorithm, hash, service or identity.
    KeyMismatch,
    /// The body is shorter than the part that was signed.
    BodyTooShort,
    /// The body is not the one that was signed.
    BodyHash,
    /// The signature is not of these fields by this key.
    Signature,
}

impl DkimFault {
    /// A short phrase.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed signature",
            Self::Version => "unknown version",
            Self::Algorithm => "unusable algorithm",
            Self::QueryMethod => "unknown query method",
            Self::FromNotSigned => "From not signed",
            Self::Identity => "identity outside the domain",
            Self::Expired => "signature expired",
            Self::NoKey => "no key for signature",
            Self::KeyMalformed => "malformed key",
            Self::KeyRevoked => "key revoked",
            Self::KeyMismatch => "inapplicable key",
            Self::BodyTooShort => "body shorter than signed",
            Self::BodyHash => "body hash did not verify",
            Self::Signature => "signature did not verify",
        }
    }
}

/// What the check of one signature decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureVerdict {
    /// `d=`, in lower case; empty where the signature cannot be read.
    pub domain: String,
    /// `s=`; empty where the signature cannot be read.
    pub selector: String,
    /// `i=`, or `@` and the domain; empty where the signature cannot be read.
    pub identity: String,
    /// `l=`: octets of the canonical body that are signed; `None` for all.
    pub body_octets: Option<u64>,
    /// The key says `t=y`: the domain only tests (RFC 6376 §3.6.1).
    pub testing: bool,
    /// The result.
    pub result: DkimResult,
}

/// What the check of a message decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DkimVerdict {
    /// One for each signature that was checked, topmost first.
    pub signatures: Vec<SignatureVerdict>,
    /// Signatures below those, not checked.
    pub unchecked: usize,
}

impl DkimVerdict {
    /// The result for the message: pass where a signature passes, else what the topmost has.
    pub fn result(&self) -> DkimResult {
        let mut results = self.signatures.iter().map(|signature| signature.result);
        let first = results.clone().next().unwrap_or(DkimResult::None);
        results.find(|result| *result == DkimResult::Pass).unwrap_or(first)
    }

    /// The domains that signed, in order: what DMARC aligns with.
    pub fn passing_domains(&self) -> impl Iterator<Item = &str> {
        let passing = self.signatures.iter().filter(|signature| signature.result == DkimResult::Pass);
        passing.map(|signature| signature.domain.as_str())
    }
}

/// The check of the signatures of one message.
///
/// It asks for one key at a time, topmost signature first, and for none where the
/// signature alone shows that it cannot pass (RFC 6376 §6.1.1). Hashes are computed at
/// its making; the message is not kept.
#[derive(Clone, Debug)]
pub struct Dkim {
    prepared: Vec<Result<Prepared, DkimResult>>,
    unchecked: usize,
    transcript: Transcript,
}

/// A signature with everything that its check needs except the key.
#[derive(Clone, Debug)]
struct Prepared {
    signature: Signature,
    /// What is wrong without asking anyone.
    fault: Option<DkimResult>,
    /// What the body says, told after the key was fetched.
    body: Result<(), DkimFault>,
    /// The canonical fields.
    signed: Vec<u8>,
}

impl Dkim {
    /// A check that has asked nothing yet.
    ///
    /// - `now_s`: seconds since 1970-01-01 UTC, for `x=`
    pub fn new(message: &Message, now_s: i64) -> Self {
        let fields: Vec<_> = message.fields().filter(|field| field.is("dkim-signature")).collect();
        let unchecked = fields.len().saturating_sub(SIGNATURES_MAX);
        let prepared = fields
            .into_iter()
            .take(SIGNATURES_MAX)
            .map(|field| {
                let signature = Signature::parse(&field.unfolded()).map_err(DkimResult::PermError)?;
                Ok(Prepared {
                    fault: signature.fault(now_s),
                    body: signature.check_body(message.body()),
                    signed: canonical::signed_octets(message, field, &signature.fields, signature.header_form),
                    signature,
                })
            })
            .collect();
        Self { prepared, unchecked, transcript: Transcript::default() }
    }
}

impl Inquiry for Dkim {
    type Verdict = DkimVerdict;

    fn step(&mut self, replies: &[Reply]) -> Step<DkimVerdict> {
        let (prepared, unchecked) = (&self.prepared, self.unchecked);
        self.transcript.step(replies, |transcript| {
            let signatures = prepared.iter().map(|one| verdict(one, transcript)).collect::<Result<_, _>>()?;
            Ok(DkimVerdict { signatures, unchecked })
        })
    }
}

fn verdict(one: &Result<Prepared, DkimResult>, transcript: &mut Transcript) -> Result<SignatureVerdict, Pending> {
    let prepared = match one {
        Ok(prepared) => prepared,
        Err(result) => {
            return Ok(SignatureVerdict {
                domain: String::new(),
                selector: String::new(),
                identity: String::new(),
                body_octets: None,
                testing: false,
                result: *result,
            });
        }
    };
    let (result, testing) = match prepared.fault {
        Some(result) => (result, false),
        None => prepared.check(transcript)?,
    };
    let signature = &prepared.signature;
    Ok(SignatureVerdict {
        domain: signature.domain.clone(),
        selector: signature.selector.clone(),
        identity: signature.identity.clone(),
        body_octets: signature.body_octets,
        testing,
        result,
    })
}

impl Prepared {
    /// Fetches the key and checks by it; also whether the domain only tests.
    fn check(&self, transcript: &mut Transcript) -> Result<(DkimResult, bool), Pending> {
        let signature = &self.signature;
        let host = format!("{}._domainkey.{}", signature.selector, signature.domain);
        let Some(name) = name_of(&host) else { return Ok((DkimResult::PermError(DkimFault::Malformed), false)) };
        let reply = transcript.ask(name, RrType::TXT)?;
        match reply.outcome {
            Outcome::Failed | Outcome::Timeout => return Ok((DkimResult::TempError, false)),
            Outcome::NoData | Outcome::NxDomain => {
                return Ok((DkimResult::PermError(DkimFault::NoKey), false));
            }
            Outcome::Answered => {}
        }
        // RFC 6376 §3.6.2.2 leaves several records undefined: the first that can be read counts.
        let mut keys = reply.texts().map(|text| Key::parse(&text));
        let Some(key) = keys.find_map(Result::ok) else {
            let revoked = reply.texts().any(|text| Key::parse(&text).err() == Some(KeyFault::Revoked));
            let fault = if revoked { DkimFault::KeyRevoked } else { DkimFault::KeyMalformed };
            return Ok((DkimResult::PermError(fault), false));
        };
        Ok((self.check_by(&key), key.testing))
    }

    fn check_by(&self, key: &Key) -> DkimResult {
        if !key.applies_to(&self.signature) {
            return DkimResult::PermError(DkimFault::KeyMismatch);
        }
        match self.body {
            Err(fault) => DkimResult::Fail(fault),
            Ok(()) if key.verifies(&self.signed, &self.signature.octets) => DkimResult::Pass,
            Ok(()) => DkimResult::Fail(DkimFault::Signature),
        }
    }
}

#[cfg(test)]
mod tests;
