//! Canonical forms of fields and bodies (RFC 6376 §3.4), and which fields are signed (§5.4).

use std::collections::BTreeMap;

use super::super::message::{Field, Message};

/// How much a relay may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Canonical {
    /// Nothing.
    Simple,
    /// Folding, and the amount of blanks.
    #[default]
    Relaxed,
}

impl Canonical {
    /// The word of `c=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        }
    }

    /// A body in this form (RFC 6376 §3.4.3, §3.4.4).
    pub(super) fn body(self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len() + 2);
        let mut rest = body;
        while !rest.is_empty() {
            let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap_or(rest.len());
            let (line, tail) = rest.split_at(end);
            match self {
                Self::Simple => out.extend_from_slice(line),
                Self::Relaxed => {
                    push_collapsed(line, &mut out);
                    if out.last() == Some(&b' ') {
                        out.pop();
                    }
                }
            }
            out.extend_from_slice(b"\r\n");
            rest = tail.get(2..).unwrap_or_default();
        }
        while out.ends_with(b"\r\n\r\n") {
            out.truncate(out.len() - 2);
        }
        if out == b"\r\n" {
            out.clear();
        }
        if out.is_empty() && self == Self::Simple {
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    /// A field in this form (RFC 6376 §3.4.1, §3.4.2), its line end included.
    fn field(self, field: &[u8], out: &mut Vec<u8>) {
        if self == Self::Simple {
            out.extend_from_slice(field);
            return;
        }
        let colon = field.iter().position(|&b| b == b':').unwrap_or(field.len());
        let (name, value) = field.split_at(colon);
        out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
        out.push(b':');
        let unfolded: Vec<u8> = value.iter().skip(1).copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
        push_collapsed(trim_blanks(&unfolded), out);
        out.extend_from_slice(b"\r\n");
    }
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// Appends a line with each run of blanks as one space.
fn push_collapsed(line: &[u8], out: &mut Vec<u8>) {
    let mut after_blank = false;
    for &octet in line {
        let blank = is_blank(octet);
        if !blank {
            out.push(octet);
        } else if !after_blank {
            out.push(b' ');
        }
        after_blank = blank;
    }
}

/// What a signature is over: the named fields, then its own without the value of `b=`.
///
/// A name that comes again means the next field of that name from the bottom; where
/// there is none left it stands for nothing, so that adding one breaks the signature
/// (RFC 6376 §5.4.2).
pub(super) fn signed_octets(message: &Message, own: Field<'_>, names: &[String], form: Canonical) -> Vec<u8> {
    let mut by_name: BTreeMap<Vec<u8>, Vec<Field<'_>>> = BTreeMap::new();
    for field in message.fields() {
        by_name.entry(field.name().to_ascii_lowercase()).or_default().push(field);
    }
    let mut out = Vec::new();
    for name in names {
        if let Some(field) = by_name.get_mut(name.to_ascii_lowercase().as_bytes()).and_then(Vec::pop) {
            form.field(field.octets(), &mut out);
        }
    }
    form.field(&without_signature(own.octets()), &mut out);
    // The field itself is the last, without its line end (RFC 6376 §3.7).
    if out.ends_with(b"\r\n") {
        out.truncate(out.len() - 2);
    }
    out
}

/// The field with the value of `b=` cut out.
fn without_signature(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let colon = field.iter().position(|&b| b == b':').map_or(field.len(), |colon| colon + 1);
    let (name, tags) = field.split_at(colon);
    out.extend_from_slice(name);
    for (i, tag) in tags.split(|&b| b == b';').enumerate() {
        if i > 0 {
            out.push(b';');
        }
        let equals = tag.iter().position(|&b| b == b'=');
        match equals.and_then(|at| tag.split_at_checked(at + 1)) {
            Some((head, _)) if head.trim_ascii().strip_suffix(b"=").map(<[u8]>::trim_ascii) == Some(b"b") => {
                out.extend_from_slice(head);
            }
            _ => out.extend_from_slice(tag),
        }
    }
    // The value reaches to the next tag or to the line end, which is not part of it.
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}
