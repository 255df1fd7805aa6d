//! The `DKIM-Signature` field (RFC 6376 §3.5, §6.1.1).

use ring::digest;

use super::canonical::Canonical;
use super::tags::{self, Tags};
use super::{DkimFault, DkimResult};

/// How a signature is made (RFC 6376 §3.3, RFC 8463).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    RsaSha256,
    Ed25519Sha256,
}

impl Algorithm {
    /// The word of `a=`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

/// A signature that obeys the grammar.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) algorithm: Algorithm,
    /// `b=`, decoded.
    pub(super) octets: Vec<u8>,
    body_hash: Vec<u8>,
    pub(super) header_form: Canonical,
    body_form: Canonical,
    pub(super) domain: String,
    pub(super) selector: String,
    pub(super) identity: String,
    pub(super) fields: Vec<String>,
    pub(super) body_octets: Option<u64>,
    methods: Option<Vec<String>>,
    signed_at_s: Option<u64>,
    expires_s: Option<u64>,
}

impl Signature {
    /// Reads the unfolded value of the field.
    pub(super) fn parse(value: &str) -> Result<Self, DkimFault> {
        use DkimFault::{Algorithm as UnknownAlgorithm, Malformed, Version};
        let tags = Tags::parse(value).ok_or(Malformed)?;
        if tags.get("v").ok_or(Malformed)? != "1" {
            return Err(Version);
        }
        let algorithm = match tags.get("a").ok_or(Malformed)? {
            "rsa-sha256" => Algorithm::RsaSha256,
            "ed25519-sha256" => Algorithm::Ed25519Sha256,
            _ => return Err(UnknownAlgorithm),
        };
        let (header, body) = match tags.get("c") {
            None => ("simple", "simple"),
            Some(forms) => forms.split_once('/').unwrap_or((forms, "simple")),
        };
        let domain = tags.get("d").filter(|d| is_plain(d)).ok_or(Malformed)?.to_ascii_lowercase();
        let fields = tags.list("h").filter(|names| !names.contains(&"")).ok_or(Malformed)?;
        Ok(Self {
            algorithm,
            octets: tags.get("b").and_then(tags::octets).filter(|b| !b.is_empty()).ok_or(Malformed)?,
            body_hash: tags.get("bh").and_then(tags::octets).ok_or(Malformed)?,
            header_form: Canonical::parse(header.trim()).ok_or(Malformed)?,
            body_form: Canonical::parse(body.trim()).ok_or(Malformed)?,
            selector: tags.get("s").filter(|s| is_plain(s)).ok_or(Malformed)?.to_owned(),
            identity: tags.get("i").map_or_else(|| format!("@{domain}"), str::to_owned),
            domain,
            fields: fields.into_iter().map(str::to_owned).collect(),
            body_octets: number(&tags, "l")?,
            methods: tags.list("q").map(|methods| methods.into_iter().map(str::to_owned).collect()),
            signed_at_s: number(&tags, "t")?,
            expires_s: number(&tags, "x")?,
        })
    }

    /// What rules the signature out before its key is asked for (RFC 6376 §6.1.1).
    pub(super) fn fault(&self, now_s: i64) -> Option<DkimResult> {
        let host = self.identity.rsplit_once('@').map(|(_, host)| host.to_ascii_lowercase());
        let inside = host.is_some_and(|host| {
            host == self.domain || host.strip_suffix(&self.domain).is_some_and(|below| below.ends_with('.'))
        });
        let early = self.signed_at_s.zip(self.expires_s).is_some_and(|(signed, expires)| expires <= signed);
        let over = self.expires_s.is_some_and(|expires| i64::try_from(expires).is_ok_and(|expires| expires < now_s));
        if self.methods.as_ref().is_some_and(|methods| !methods.iter().any(|method| method == "dns/txt")) {
            Some(DkimResult::PermError(DkimFault::QueryMethod))
        } else if !self.fields.iter().any(|name| name.eq_ignore_ascii_case("from")) {
            Some(DkimResult::PermError(DkimFault::FromNotSigned))
        } else if !inside {
            Some(DkimResult::PermError(DkimFault::Identity))
        } else if early {
            Some(DkimResult::PermError(DkimFault::Malformed))
        } else if over {
            Some(DkimResult::Fail(DkimFault::Expired))
        } else {
            None
        }
    }

    /// Whether the body is the one signed.
    pub(super) fn check_body(&self, body: &[u8]) -> Result<(), DkimFault> {
        let mut canonical = self.body_form.body(body);
        if let Some(octets) = self.body_octets {
            let octets = usize::try_from(octets).unwrap_or(usize::MAX);
            if octets > canonical.len() {
                return Err(DkimFault::BodyTooShort);
            }
            canonical.truncate(octets);
        }
        let hash = digest::digest(&digest::SHA256, &canonical);
        if hash.as_ref() == self.body_hash { Ok(()) } else { Err(DkimFault::BodyHash) }
    }
}

/// True for what can stand in a name that is asked for; other alphabets come as A-labels (RFC 8616).
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn number(tags: &Tags<'_>, name: &str) -> Result<Option<u64>, DkimFault> {
    let Some(digits) = tags.get(name) else { return Ok(None) };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DkimFault::Malformed);
    }
    // Up to 76 digits are allowed (RFC 6376 §3.5); what does not fit is later than anything.
    Ok(Some(digits.parse().unwrap_or(u64::MAX)))
}
