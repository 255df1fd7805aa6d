//! The names in a certificate: just enough of X.509 to say whom a host presents itself as.
//!
//! Nothing is verified: mail servers use certificates that nobody checks (RFC 7435). The reader walks DER values inside
//! the octets that it was given, keeps a bounded number of names, and gives `None` for anything that is not what it expects.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Most names kept of one certificate.
const NAMES_MAX: usize = 100;

/// Who a certificate is for, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// DNS names and addresses of `subjectAltName`, in order (RFC 5280 §4.2.1.6).
    pub names: Vec<String>,
    /// The common name of the subject.
    pub subject: Option<String>,
    /// The common name of the issuer.
    pub issuer: Option<String>,
    /// End of validity as the certificate writes it: `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
    pub not_after: Option<String>,
    /// SHA-256 of the whole certificate, in hexadecimal.
    pub sha256: String,
}

const INTEGER: u8 = 0x02;
const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]` of the version, `[3]` of the extensions.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// `dNSName` and `iPAddress` of a general name.
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// 2.5.4.3 and 2.5.29.17.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// - returns: `None` where the octets are no certificate
    ///
    /// # Source
    /// RFC 5280 §4.1
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let mut outer = Der(der).enter(SEQUENCE)?;
        let mut tbs = outer.enter(SEQUENCE)?;
        tbs.skip_if(VERSION);
        tbs.take_if(INTEGER)?; // serial number
        tbs.take_if(SEQUENCE)?; // algorithm
        let issuer = common_name(tbs.enter(SEQUENCE)?);
        let mut validity = tbs.enter(SEQUENCE)?;
        validity.take()?;
        let not_after = validity.take().map(|(_, time)| text(time));
        let subject = common_name(tbs.enter(SEQUENCE)?);
        tbs.take_if(SEQUENCE)?; // public key
        let mut names = Vec::new();
        while let Some((tag, value)) = tbs.take() {
            if tag == EXTENSIONS {
                alternative_names(Der(value), &mut names);
            }
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, der);
        let mut sha256 = String::new();
        for octet in digest.as_ref() {
            sha256.push_str(&format!("{octet:02x}"));
        }
        Some(Self { names, subject, issuer, not_after, sha256 })
    }
}

fn alternative_names(mut extensions: Der<'_>, names: &mut Vec<String>) {
    let Some(mut list) = extensions.enter(SEQUENCE) else { return };
    while let Some(mut extension) = list.enter(SEQUENCE) {
        if extension.take_if(OID) != Some(SUBJECT_ALT_NAME) {
            continue;
        }
        extension.skip_if(BOOLEAN);
        let Some(value) = extension.take_if(OCTET_STRING) else { continue };
        let Some(mut general) = Der(value).enter(SEQUENCE) else { continue };
        while let Some((tag, value)) = general.take().filter(|_| names.len() < NAMES_MAX) {
            match tag {
                DNS_NAME => names.push(text(value)),
                IP_ADDRESS => names.extend(address(value)),
                _ => {}
            }
        }
    }
}

fn common_name(mut name: Der<'_>) -> Option<String> {
    while let Some(mut relative) = name.enter(SET) {
        while let Some(mut attribute) = relative.enter(SEQUENCE) {
            if attribute.take_if(OID) == Some(COMMON_NAME) {
                return attribute.take().map(|(_, value)| text(value));
            }
        }
    }
    None
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).to_string());
    }
    <[u8; 16]>::try_from(octets).ok().map(|octets| Ipv6Addr::from(octets).to_string())
}

/// At most 255 characters, none of which acts.
fn text(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets.get(..255).unwrap_or(octets));
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Values one after the other (X.690 §8.1), inside a slice.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Tag and content of the next value.
    fn take(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f)).filter(|(l, _)| l.len() <= 3)?;
            (length.iter().fold(0, |n, &b| n << 8 | usize::from(b)), rest)
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    fn take_if(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = *self;
        match self.take() {
            Some((t, value)) if t == tag => Some(value),
            _ => {
                *self = before;
                None
            }
        }
    }

    fn skip_if(&mut self, tag: u8) {
        self.take_if(tag);
    }

    fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take_if(tag).map(Self)
    }
}
