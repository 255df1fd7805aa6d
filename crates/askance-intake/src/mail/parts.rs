//! Parts that lines of several mail servers share.

use std::net::IpAddr;

use askance_record::MailEvent;
use memchr::{memchr, memmem};

use crate::text::scan::{copy_text, ip, number};

/// A peer as `name[address]` or `name [address]`.
pub(super) struct Peer<'a> {
    pub(super) name: &'a [u8],
    pub(super) ip: Option<IpAddr>,
    pub(super) rest: &'a [u8],
}

impl Peer<'_> {
    pub(super) fn put(&self, event: &mut MailEvent) {
        event.peer = self.ip;
        if !matches!(self.name, b"unknown" | b"<unknown>") {
            copy_text(self.name, 255, &mut event.peer_name);
        }
    }
}

/// Reads a peer at the start of `text`.
pub(super) fn peer(text: &[u8]) -> Option<Peer<'_>> {
    let open = memchr(b'[', text)?;
    let close = open + memchr(b']', &text[open..])?;
    let inside = &text[open + 1..close];
    let name = text[..open].trim_ascii();
    // A name holds no blank; what does is another sentence.
    if name.contains(&b' ') {
        return None;
    }
    let ip = ip(inside.strip_prefix(b"IPv6:").unwrap_or(inside));
    Some(Peer { name, ip, rest: &text[close + 1..] })
}

/// The value of `key=` up to `stop`; angle brackets and quotes around it are taken off.
pub(super) fn value<'a>(text: &'a [u8], key: &[u8], stop: u8) -> Option<&'a [u8]> {
    let start = memmem::find_iter(text, key).find(|&i| i == 0 || matches!(text[i - 1], b' ' | b',' | b';'))?;
    let rest = &text[start + key.len()..];
    let bracket = match rest.first() {
        Some(b'<') => Some(b'>'),
        Some(b'"') => Some(b'"'),
        _ => None,
    };
    if let Some(bracket) = bracket
        && let Some(end) = memchr(bracket, &rest[1..])
    {
        return Some(&rest[1..=end]);
    }
    Some(&rest[..memchr(stop, rest).unwrap_or(rest.len())])
}

/// An SMTP reply code at the start of `text`.
pub(super) fn code(text: &[u8]) -> Option<u16> {
    let digits = text.get(..3)?;
    let ends = text.get(3).is_none_or(|b| matches!(b, b' ' | b'-' | b'\n' | b'"' | b')'));
    let value = u16::try_from(number(digits)?).ok()?;
    (ends && (200..600).contains(&value)).then_some(value)
}

/// The first SMTP reply code that stands at the start of a phrase.
pub(super) fn code_within(text: &[u8]) -> Option<u16> {
    let starts = text.iter().enumerate().filter(|(_, b)| matches!(b, b' ' | b'(' | b'"')).map(|(i, _)| i + 1);
    core::iter::once(0).chain(starts).find_map(|i| code(text.get(i..)?))
}
