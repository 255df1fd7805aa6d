//! Domain names in presentation form.

use core::fmt;
use core::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A domain name: the key that askance compares by, and the spelling that was seen.
///
/// The key is lower-case ASCII without a final dot (the root is `.`). In both
/// spellings a dot or backslash inside a label is `\.` or `\\`, and every octet
/// that is not printable ASCII is `\DDD`, so that a name read from a capture
/// and the same name read from a log are equal, and no name can act on a terminal.
///
/// # Source
/// RFC 1035 §5.1 (escapes), RFC 4343 (case), RFC 9499 §2 (presentation format).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    key: String,
    /// The spelling seen; empty where it is the key itself.
    raw: String,
    wire_len: u16,
}

/// Why a text or a run of labels is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing where a name should stand.
    Empty,
    /// Two dots in a row, or a leading dot.
    EmptyLabel,
    /// A label of more than 63 octets.
    LabelTooLong,
    /// A name of more than 255 octets on the wire.
    NameTooLong,
    /// A backslash that starts no escape.
    BadEscape,
}

impl NameError {
    /// A short phrase, stable enough to count rejections by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty name",
            Self::EmptyLabel => "name with an empty label",
            Self::LabelTooLong => "label over 63 octets",
            Self::NameTooLong => "name over 255 octets",
            Self::BadEscape => "bad escape in a name",
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for NameError {}

impl Name {
    /// Reads a name in presentation form.
    ///
    /// # Errors
    /// [`NameError`] where the text breaks a limit of RFC 1035.
    ///
    /// # Example
    /// ```
    /// let name = askance_record::Name::parse("Mail1.Hotel-Brand.example.").unwrap();
    /// assert_eq!((name.key(), name.raw()), ("mail1.hotel-brand.example", "Mail1.Hotel-Brand.example"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut name = Self::default();
        name.set(text.as_bytes())?;
        Ok(name)
    }

    /// Replaces this name by one read in presentation form, keeping the buffers.
    ///
    /// # Errors
    /// As [`Name::parse`]; the name is then empty.
    pub fn set(&mut self, text: &[u8]) -> Result<(), NameError> {
        self.clear();
        let outcome = self.set_inner(text);
        if outcome.is_err() {
            self.clear();
        }
        outcome
    }

    fn set_inner(&mut self, text: &[u8]) -> Result<(), NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text == b"." {
            self.finish();
            return Ok(());
        }
        let mut label = [0u8; 63];
        let mut len = 0;
        let mut rest = text.iter().copied();
        while let Some(b) = rest.next() {
            let octet = match b {
                b'.' => {
                    self.push_label(&label[..len])?;
                    len = 0;
                    continue;
                }
                b'\\' => unescape(&mut rest)?,
                b => b,
            };
            *label.get_mut(len).ok_or(NameError::LabelTooLong)? = octet;
            len += 1;
        }
        if len > 0 {
            self.push_label(&label[..len])?;
        }
        self.finish();
        Ok(())
    }

    /// Empties the name, keeping its buffers; start of building from labels.
    pub fn clear(&mut self) {
        self.key.clear();
        self.raw.clear();
        self.wire_len = 1;
    }

    /// Appends one label as it stands on the wire.
    ///
    /// # Errors
    /// Empty or over-long labels, over-long names.
    /// # Panics
    /// Never: a label of at most 63 octets has a length that fits.
    pub fn push_label(&mut self, label: &[u8]) -> Result<(), NameError> {
        if label.is_empty() {
            return Err(NameError::EmptyLabel);
        }
        if label.len() > 63 {
            return Err(NameError::LabelTooLong);
        }
        self.wire_len = self.wire_len.max(1) + 1 + u16::try_from(label.len()).expect("at most 63");
        if self.wire_len > 255 {
            return Err(NameError::NameTooLong);
        }
        if !self.key.is_empty() {
            self.key.push('.');
            if !self.raw.is_empty() {
                self.raw.push('.');
            }
        }
        for &octet in label {
            if octet.is_ascii_uppercase() && self.raw.is_empty() {
                self.raw.push_str(&self.key);
                // An upper-case first octet leaves `raw` empty here; the push below fills it.
                self.raw.push(char::from(octet));
                self.key.push(char::from(octet.to_ascii_lowercase()));
                continue;
            }
            if !self.raw.is_empty() {
                push_octet(&mut self.raw, octet);
            }
            push_octet(&mut self.key, octet.to_ascii_lowercase());
        }
        Ok(())
    }

    /// Ends building from labels: a name without labels becomes the root.
    pub fn finish(&mut self) {
        if self.key.is_empty() {
            self.key.push('.');
        }
    }

    /// The key: lower case, no final dot; `.` for the root; empty only before anything was set.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The spelling seen, without a final dot.
    pub fn raw(&self) -> &str {
        if self.raw.is_empty() { &self.key } else { &self.raw }
    }

    /// The spelling seen, where it differs from the key.
    pub fn raw_if_different(&self) -> Option<&str> {
        (!self.raw.is_empty()).then_some(self.raw.as_str())
    }

    /// The labels of the key, leftmost first; none for the root.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        labels(&self.key)
    }

    /// True where this name is `zone` or stands below it. `zone` is a key.
    pub fn is_under(&self, zone: &str) -> bool {
        is_under(&self.key, zone)
    }

    /// The address that a reverse name stands for.
    ///
    /// # Source
    /// RFC 1035 §3.5, RFC 3596 §2.5.
    pub fn reverse_addr(&self) -> Option<IpAddr> {
        reverse_addr(&self.key)
    }

    /// The reverse name of an address.
    ///
    /// # Panics
    /// Never: a reverse name is well formed.
    /// # Source
    /// RFC 1035 §3.5, RFC 3596 §2.5.
    pub fn of_reverse(ip: IpAddr) -> Self {
        let mut key = String::with_capacity(74);
        match ip.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                write!(key, "{d}.{c}.{b}.{a}.in-addr.arpa").expect("writing to a String cannot fail");
            }
            IpAddr::V6(v6) => {
                for octet in v6.octets().iter().rev() {
                    write!(key, "{:x}.{:x}.", octet & 15, octet >> 4).expect("writing to a String cannot fail");
                }
                key.push_str("ip6.arpa");
            }
        }
        Self::parse(&key).expect("a reverse name is well formed")
    }
}

/// True where the key `name` is the key `zone` or stands below it.
fn is_under(name: &str, zone: &str) -> bool {
    zone == "."
        || name == zone
        || name
            .strip_suffix(zone)
            .and_then(|head| head.strip_suffix('.'))
            .is_some_and(|head| !head.is_empty() && !head.ends_with('\\'))
}

fn labels(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = if key == "." { "" } else { key };
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let mut i = 0;
        while i < bytes.len() && bytes[i] != b'.' {
            i += if bytes[i] == b'\\' { 2 } else { 1 };
        }
        let (label, tail) = rest.split_at(i.min(rest.len()));
        rest = tail.strip_prefix('.').unwrap_or(tail);
        Some(label)
    })
}

fn reverse_addr(key: &str) -> Option<IpAddr> {
    if let Some(head) = key.strip_suffix(".in-addr.arpa") {
        let mut octets = [0u8; 4];
        let mut parts = head.split('.');
        for slot in octets.iter_mut().rev() {
            *slot = parts.next()?.parse().ok()?;
        }
        return parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)));
    }
    let head = key.strip_suffix(".ip6.arpa")?;
    let mut value = 0u128;
    let mut count = 0u32;
    for nibble in head.split('.') {
        if nibble.len() != 1 || count == 32 {
            return None;
        }
        value |= u128::from(u8::from_str_radix(nibble, 16).ok()?) << (4 * count);
        count += 1;
    }
    (count == 32).then(|| IpAddr::V6(Ipv6Addr::from(value)))
}

fn unescape(rest: &mut impl Iterator<Item = u8>) -> Result<u8, NameError> {
    let first = rest.next().ok_or(NameError::BadEscape)?;
    if !first.is_ascii_digit() {
        return Ok(first);
    }
    let mut value = u32::from(first - b'0');
    for _ in 0..2 {
        let digit = rest.next().filter(u8::is_ascii_digit).ok_or(NameError::BadEscape)?;
        value = value * 10 + u32::from(digit - b'0');
    }
    u8::try_from(value).map_err(|_| NameError::BadEscape)
}

fn push_octet(out: &mut String, octet: u8) {
    match octet {
        b'.' | b'\\' => {
            out.push('\\');
            out.push(char::from(octet));
        }
        0x21..=0x7e => out.push(char::from(octet)),
        octet => {
            let digits = [b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10];
            out.push('\\');
            out.extend(digits.map(char::from));
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.key)
    }
}

#[cfg(test)]
mod tests;
