//! Key records (RFC 6376 §3.6.1, RFC 8463 §4).

use ring::{digest, signature as ring_signature};

use super::signature::{Algorithm, Signature};
use super::tags::{self, Tags};

/// A public key and what it may be used for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    /// As ring takes it: `RSAPublicKey` of RFC 8017, or 32 octets.
    octets: Vec<u8>,
    /// Hashes or services are restricted, and SHA-256 or mail is not among them.
    pub(super) for_other_use: bool,
    /// `t=s`: the identity is in the domain itself, not below it.
    pub(super) strict: bool,
    pub(super) testing: bool,
}

/// Why a record gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyFault {
    Malformed,
    Revoked,
}

impl Key {
    pub(super) fn parse(text: &[u8]) -> Result<Self, KeyFault> {
        let text = str::from_utf8(text).map_err(|_| KeyFault::Malformed)?;
        let tags = Tags::parse(text).ok_or(KeyFault::Malformed)?;
        let versioned = tags.get("v").is_none_or(|version| version == "DKIM1" && tags.first() == Some("v"));
        let public = tags.get("p").filter(|_| versioned).ok_or(KeyFault::Malformed)?;
        if public.is_empty() {
            return Err(KeyFault::Revoked);
        }
        let der = tags::octets(public).ok_or(KeyFault::Malformed)?;
        let (algorithm, octets) = match tags.get("k").unwrap_or("rsa") {
            "rsa" => (Algorithm::RsaSha256, rsa_public_key(&der).ok_or(KeyFault::Malformed)?.to_vec()),
            "ed25519" if der.len() == 32 => (Algorithm::Ed25519Sha256, der),
            _ => return Err(KeyFault::Malformed),
        };
        let lacks =
            |tag, word: &str| tags.list(tag).is_some_and(|words| !words.iter().any(|w| *w == word || *w == "*"));
        let flag = |word| tags.list("t").is_some_and(|flags| flags.contains(&word));
        Ok(Self {
            algorithm,
            octets,
            for_other_use: lacks("h", "sha256") || lacks("s", "email"),
            strict: flag("s"),
            testing: flag("y"),
        })
    }

    /// Bits of the modulus of RSA, 256 for Ed25519; `None` where the octets are no key after all.
    pub(super) fn bits(&self) -> Option<usize> {
        match self.algorithm {
            Algorithm::RsaSha256 => {
                let (content, _) = element(&self.octets, 0x30)?;
                let (modulus, _) = element(content, 2)?;
                let at = modulus.iter().position(|octet| *octet != 0)?;
                let (first, rest) = modulus.get(at..)?.split_first()?;
                Some(rest.len() * 8 + 8 - usize::try_from(first.leading_zeros()).ok()?)
            }
            Algorithm::Ed25519Sha256 => Some(256),
        }
    }

    pub(super) fn applies_to(&self, signature: &Signature) -> bool {
        let host = signature.identity.rsplit_once('@').map_or("", |(_, host)| host);
        self.algorithm == signature.algorithm
            && !self.for_other_use
            && (!self.strict || host.eq_ignore_ascii_case(&signature.domain))
    }

    /// Whether the signature is of these octets by this key.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            // 1024 bits and more: what RFC 8301 §3.2 lets verifiers accept.
            Algorithm::RsaSha256 => {
                let rules = &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
                ring_signature::UnparsedPublicKey::new(rules, &self.octets).verify(signed, signature).is_ok()
            }
            // The hash is what is signed (RFC 8463 §3).
            Algorithm::Ed25519Sha256 => {
                let hash = digest::digest(&digest::SHA256, signed);
                let key = ring_signature::UnparsedPublicKey::new(&ring_signature::ED25519, &self.octets);
                key.verify(hash.as_ref(), signature).is_ok()
            }
        }
    }
}

/// `AlgorithmIdentifier` of `rsaEncryption` without parameters (RFC 8017 §A.1), in DER.
const RSA_ENCRYPTION: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];

/// The `RSAPublicKey` inside a `SubjectPublicKeyInfo`, or the octets themselves where they are one already.
///
/// RFC 6376 §3.6.1 names the inner form; its examples, and everybody, have the outer.
fn rsa_public_key(der: &[u8]) -> Option<&[u8]> {
    let (content, _) = element(der, 0x30)?;
    let Some(rest) = content.strip_prefix(RSA_ENCRYPTION) else { return Some(der) };
    let (bits, _) = element(rest, 3)?;
    bits.strip_prefix(&[0])
}

/// The content of a DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk::<2>()?;
    let (len, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 => rest.split_first().map(|(&len, rest)| (usize::from(len), rest))?,
        0x82 => rest.split_first_chunk::<2>().map(|(len, rest)| (usize::from(u16::from_be_bytes(*len)), rest))?,
        _ => return None,
    };
    if found == tag { rest.split_at_checked(len) } else { None }
}

/// Wraps an `RSAPublicKey` into a `SubjectPublicKeyInfo`, as key records have it.
pub(super) fn subject_public_key_info(rsa_public_key: &[u8]) -> Vec<u8> {
    let bits = encode(3, &[&[0], rsa_public_key].concat());
    encode(0x30, &[RSA_ENCRYPTION, &bits].concat())
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).expect("a key of at most 8192 bits has far fewer octets");
    let [high, low] = len.to_be_bytes();
    let head: &[u8] = match len {
        0..=0x7f => &[tag, low],
        0x80..=0xff => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, content].concat()
}
