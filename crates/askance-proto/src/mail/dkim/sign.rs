//! Signing (RFC 6376 §5).

use core::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};

use super::super::message::Message;
use super::canonical::{self, Canonical};
use super::key::subject_public_key_info;
use super::signature::Algorithm;

/// Fields that are signed where a message has them (RFC 6376 §5.4.1).
const SIGNED: &[&str] = &[
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Fields of which nobody may add one (RFC 6376 §5.4.2).
const OVERSIGNED: &[&str] = &["From", "Subject", "Date", "To"];

/// A private key that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2048 to 4096 bits in PKCS #8")]
pub struct KeyError;

/// A private key.
///
/// Signing is deterministic: Ed25519 by its nature (RFC 8032), RSA because its padding is that of PKCS #1 v1.5.
#[derive(Clone)]
pub struct SigningKey(Kind);

#[derive(Clone)]
enum Kind {
    Ed25519(Arc<Ed25519KeyPair>),
    Rsa(Arc<RsaKeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.algorithm().as_str()).finish()
    }
}

impl SigningKey {
    /// The Ed25519 key of a seed (RFC 8032 §5.1.5).
    ///
    /// # Panics
    /// Never: any 32 octets are a seed.
    pub fn ed25519_from_seed(seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 octets are a seed");
        Self(Kind::Ed25519(Arc::new(pair)))
    }

    /// An RSA key of 2048 to 4096 bits.
    ///
    /// - `der`: PKCS #8, not encrypted
    ///
    /// # Errors
    /// [`KeyError`] where it is none.
    pub fn rsa_from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        RsaKeyPair::from_pkcs8(der).map(|pair| Self(Kind::Rsa(Arc::new(pair)))).map_err(|_| KeyError)
    }

    /// The text of the TXT record that publishes the key (RFC 6376 §3.6.1).
    pub fn key_record(&self) -> String {
        match &self.0 {
            Kind::Ed25519(pair) => format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(pair.public_key().as_ref())),
            Kind::Rsa(pair) => {
                let info = subject_public_key_info(pair.public_key().as_ref());
                format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(info))
            }
        }
    }

    fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Kind::Ed25519(_) => Algorithm::Ed25519Sha256,
            Kind::Rsa(_) => Algorithm::RsaSha256,
        }
    }

    pub(super) fn sign(&self, octets: &[u8]) -> Vec<u8> {
        match &self.0 {
            Kind::Ed25519(pair) => pair.sign(digest::digest(&digest::SHA256, octets).as_ref()).as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                // The padding of PKCS #1 v1.5 draws nothing from the generator.
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature)
                    .expect("the buffer has the length of the modulus, which is at least 2048 bits");
                signature
            }
        }
    }
}

/// Signs messages for a domain.
#[derive(Clone, Debug)]
pub struct DkimSigner {
    /// The private key.
    pub key: SigningKey,
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// `i=`; none where it is the domain itself.
    pub identity: Option<String>,
    /// Form of the fields.
    pub header_form: Canonical,
    /// Form of the body.
    pub body_form: Canonical,
    /// Names of the fields to sign, each as often as the message has it. `From` is signed in any case.
    pub fields: Vec<String>,
    /// Names signed once more than the message has them, so that nobody can add one.
    pub oversigned: Vec<String>,
    /// Whether `l=` allows additions to the body.
    pub with_length: bool,
}

impl DkimSigner {
    /// A signer with relaxed forms and the fields that RFC 6376 §5.4.1 proposes.
    pub fn new(key: SigningKey, domain: &str, selector: &str) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            key,
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            identity: None,
            header_form: Canonical::Relaxed,
            body_form: Canonical::Relaxed,
            fields: owned(SIGNED),
            oversigned: owned(OVERSIGNED),
            with_length: false,
        }
    }

    /// The message with a signature on top.
    ///
    /// - `signed_at_s`: seconds since 1970-01-01 UTC for `t=`; none where the time is not told
    ///
    /// # Panics
    /// Never: the field that it writes is a field.
    pub fn sign(&self, message: &Message, signed_at_s: Option<u64>) -> Message {
        let names = self.names(message);
        let mut field = self.unsigned(message, &names, signed_at_s);
        let draft = message.with_field_on_top(&format!("{field}\r\n"));
        let own = draft.fields().next().expect("the field on top");
        let signature = self.key.sign(&canonical::signed_octets(&draft, own, &names, self.header_form));
        let digits = STANDARD.encode(signature);
        for (i, chunk) in digits.as_bytes().chunks(72).enumerate() {
            field.push_str(if i == 0 { "" } else { "\r\n  " });
            field.push_str(str::from_utf8(chunk).expect("base64 is ASCII"));
        }
        field.push_str("\r\n");
        message.with_field_on_top(&field)
    }

    /// The names for `h=`.
    fn names(&self, message: &Message) -> Vec<String> {
        let mut names = Vec::new();
        for name in &self.fields {
            names.extend(message.fields().filter(|field| field.is(name)).map(|_| name.clone()));
        }
        names.extend(self.oversigned.iter().cloned());
        if !names.iter().any(|name| name.eq_ignore_ascii_case("from")) {
            names.push("From".to_owned());
        }
        names
    }

    /// The field up to `b=`.
    fn unsigned(&self, message: &Message, names: &[String], signed_at_s: Option<u64>) -> String {
        let body = self.body_form.body(message.body());
        let mut field = format!(
            "DKIM-Signature: v=1; a={}; c={}/{};\r\n d={}; s={};",
            self.key.algorithm().as_str(),
            self.header_form.as_str(),
            self.body_form.as_str(),
            self.domain,
            self.selector,
        );
        if let Some(identity) = &self.identity {
            field.push_str(&format!(" i={identity};"));
        }
        if let Some(at) = signed_at_s {
            field.push_str(&format!(" t={at};"));
        }
        if self.with_length {
            field.push_str(&format!(" l={};", body.len()));
        }
        for (i, some) in names.chunks(5).enumerate() {
            field.push_str(if i == 0 { "\r\n h=" } else { ":\r\n  " });
            field.push_str(&some.join(":"));
        }
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, &body));
        field.push_str(&format!(";\r\n bh={hash};\r\n b="));
        field
    }
}
