//! Taking a line apart, octet by octet.

use std::net::{IpAddr, Ipv4Addr};

use memchr::memchr;

/// A line and how far it has been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Steps over `prefix` if it stands here.
    pub(crate) fn eat(&mut self, prefix: &[u8]) -> bool {
        let Some(rest) = self.rest.strip_prefix(prefix) else { return false };
        self.rest = rest;
        true
    }

    /// The octets before the next `stop`, stepping over it; `None` where there is none.
    pub(crate) fn until(&mut self, stop: u8) -> Option<&'a [u8]> {
        let end = memchr(stop, self.rest)?;
        let head = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(head)
    }

    /// The octets before the next `stop`, or all that is left.
    pub(crate) fn up_to(&mut self, stop: u8) -> &'a [u8] {
        let end = memchr(stop, self.rest).unwrap_or(self.rest.len());
        let head = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        head
    }

    /// The next word, blanks around it removed; `None` at the end.
    pub(crate) fn word(&mut self) -> Option<&'a [u8]> {
        self.blanks();
        if self.rest.is_empty() {
            return None;
        }
        Some(self.up_to(b' '))
    }

    /// Steps over blanks.
    pub(crate) fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Steps over octets for which `is` holds and returns them.
    pub(crate) fn take_while(&mut self, is: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|&b| !is(b)).unwrap_or(self.rest.len());
        let head = &self.rest[..end];
        self.rest = &self.rest[end..];
        head
    }
}

/// An address, without a zone index; IPv4 inside IPv6 comes out as IPv4.
pub(crate) fn ip(text: &[u8]) -> Option<IpAddr> {
    if let Some(v4) = ipv4(text) {
        return Some(IpAddr::V4(v4));
    }
    // 45 octets are the longest IPv6 text; anything longer cannot be one.
    let text = text.split(|&b| b == b'%').next()?;
    if text.len() > 45 {
        return None;
    }
    let ip: IpAddr = text_of(text)?.parse().ok()?;
    Some(ip.to_canonical())
}

fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() > 15 {
        return None;
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split(|&b| b == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part[0] == b'0') {
            return None;
        }
        *octet = u8::try_from(number(part)?).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// A decimal number of at most 18 digits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0u64, |value, b| b.is_ascii_digit().then(|| value * 10 + u64::from(b - b'0')))
}

/// A port or message identifier.
pub(crate) fn u16_of(text: &[u8]) -> Option<u16> {
    u16::try_from(number(text)?).ok()
}

/// A whole number of seconds that may carry a fraction, such as a TTL that Zeek writes.
pub(crate) fn ttl_of(text: &[u8]) -> Option<u32> {
    u32::try_from(number(text.split(|&b| b == b'.').next()?)?).ok()
}

/// `seconds[.fraction]` as microseconds.
pub(crate) fn seconds_as_us(text: &[u8]) -> Option<u64> {
    let mut scan = Scan::new(text);
    let whole = number(scan.up_to(b'.'))?;
    let (mut us, mut weight) = (0u64, 100_000u64);
    for b in scan.rest {
        if !b.is_ascii_digit() {
            return None;
        }
        us += u64::from(b - b'0') * weight;
        weight /= 10;
    }
    whole.checked_mul(1_000_000)?.checked_add(us)
}

/// The text of octets that are UTF-8.
pub(crate) fn text_of(octets: &[u8]) -> Option<&str> {
    core::str::from_utf8(octets).ok()
}

/// Puts octets into a text, reusing its buffer; what is no UTF-8 becomes U+FFFD. At most `max` octets are taken.
pub(crate) fn copy_text(octets: &[u8], max: usize, into: &mut String) {
    into.clear();
    append_text(&octets[..octets.len().min(max)], into);
}

/// Appends octets to a text; what is no UTF-8 becomes U+FFFD.
pub(crate) fn append_text(octets: &[u8], into: &mut String) {
    for chunk in octets.utf8_chunks() {
        into.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            into.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Appends a text in double quotes, as the presentation form of a TXT record has it.
pub(crate) fn append_quoted(octets: &[u8], into: &mut String) {
    into.push('"');
    for piece in octets.split_inclusive(|b| matches!(b, b'"' | b'\\')) {
        match piece.split_last() {
            Some((&mark @ (b'"' | b'\\'), before)) => {
                append_text(before, into);
                into.push('\\');
                into.push(char::from(mark));
            }
            _ => append_text(piece, into),
        }
    }
    into.push('"');
}

/// Mixes octets into a hash that does not change between runs.
pub(crate) fn mix(hash: u64, octets: &[u8]) -> u64 {
    let mut hash = hash ^ (octets.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for chunk in octets.chunks(8) {
        let mut word = [0u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix_number(hash, u64::from_le_bytes(word));
    }
    hash
}

/// Mixes a number into a hash.
pub(crate) fn mix_number(hash: u64, number: u64) -> u64 {
    let mixed = (hash ^ number).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}

/// Mixes an address into a hash.
pub(crate) fn mix_ip(hash: u64, ip: Option<IpAddr>) -> u64 {
    match ip {
        None => mix_number(hash, 0),
        Some(IpAddr::V4(v4)) => mix_number(hash, u64::from(u32::from(v4)) | 1 << 40),
        Some(IpAddr::V6(v6)) => mix(hash, &v6.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_library_reads_them() {
        for text in ["192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::ffff:192.0.2.1", "::"] {
            assert_eq!(ip(text.as_bytes()), text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()), "{text}");
        }
        for text in ["", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "x", "1..2.3", "\u{ff}"] {
            assert_eq!(ip(text.as_bytes()), None, "{text}");
        }
        assert_eq!(ip(b"fe80::1%eth0"), "fe80::1".parse().ok());
    }

    #[test]
    fn seconds_are_read_to_the_microsecond() {
        assert_eq!(seconds_as_us(b"0.017445"), Some(17_445));
        assert_eq!(seconds_as_us(b"3"), Some(3_000_000));
        assert_eq!(seconds_as_us(b"1.5"), Some(1_500_000));
        assert_eq!(seconds_as_us(b"1.x"), None);
        assert_eq!(ttl_of(b"3600.000000"), Some(3600));
    }
}
