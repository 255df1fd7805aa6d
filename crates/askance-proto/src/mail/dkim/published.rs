//! Key records as an audit reads them, without a message.

use super::DkimFault;
use super::key::{Key, KeyFault};
use super::signature::Algorithm;

/// What a key record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DkimKey {
    /// The algorithm.
    pub kind: DkimKeyKind,
    /// Length of the key, in bits.
    pub bits: usize,
    /// `t=y`: the domain only tests (RFC 6376 §3.6.1).
    pub testing: bool,
    /// `t=s`: for the domain itself, not for names below it.
    pub strict: bool,
    /// `h=` leaves SHA-256 out, or `s=` leaves mail out.
    pub for_other_use: bool,
}

/// The algorithm of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DkimKeyKind {
    /// RSA.
    Rsa,
    /// Ed25519 (RFC 8463).
    Ed25519,
}

impl DkimKeyKind {
    /// The word of the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl DkimKey {
    /// Reads a TXT record.
    ///
    /// # Errors
    /// [`DkimFault::KeyRevoked`] where `p=` is empty, [`DkimFault::KeyMalformed`] where it is no key that a
    /// verifier could use.
    /// # Source
    /// RFC 6376 §3.6.1, RFC 8463 §4.
    ///
    /// # Example
    /// ```
    /// use askance_proto::mail::{DkimFault, DkimKey};
    /// let key = DkimKey::parse(b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap();
    /// assert_eq!((key.kind.as_str(), key.bits), ("ed25519", 256));
    /// assert_eq!(DkimKey::parse(b"v=DKIM1; p="), Err(DkimFault::KeyRevoked));
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, DkimFault> {
        let key = Key::parse(text).map_err(|fault| match fault {
            KeyFault::Malformed => DkimFault::KeyMalformed,
            KeyFault::Revoked => DkimFault::KeyRevoked,
        })?;
        let kind = match key.algorithm {
            Algorithm::RsaSha256 => DkimKeyKind::Rsa,
            Algorithm::Ed25519Sha256 => DkimKeyKind::Ed25519,
        };
        let bits = key.bits().ok_or(DkimFault::KeyMalformed)?;
        let Key { testing, strict, for_other_use, .. } = key;
        Ok(Self { kind, bits, testing, strict, for_other_use })
    }
}
