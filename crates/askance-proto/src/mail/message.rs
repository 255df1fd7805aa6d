//! A message: header fields and body, built and read (RFC 5322, RFC 2045).
//!
//! A [`Message`] keeps the octets it was read from, since a signature is over those;
//! everything else is a view of them. Reading never fails: the header ends at the
//! first line that is not a field, as mail servers do it. A [`Draft`] builds one.

use core::ops::Range;

mod address;
mod coding;
mod draft;

pub use address::Address;
pub use draft::{Draft, Transfer};

/// Entities inside entities that are followed.
const DEPTH_MAX: usize = 8;
/// Leaves of one message that are looked at.
const LEAVES_MAX: usize = 256;

/// A message, or a MIME entity inside one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    octets: Vec<u8>,
    fields: Vec<Range<usize>>,
    body_at: usize,
}

impl Message {
    /// Takes octets as a message, whatever they are.
    pub fn read(octets: Vec<u8>) -> Self {
        let mut fields: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            let len = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |newline| newline + 1);
            let line = &rest[..len];
            if matches!(line, b"\r\n" | b"\n") {
                at += len;
                break;
            }
            match fields.last_mut() {
                Some(field) if matches!(line.first(), Some(b' ' | b'\t')) => field.end += len,
                _ if is_field(line) => fields.push(at..at + len),
                _ => break,
            }
            at += len;
        }
        Self { octets, fields, body_at: at }
    }

    /// All of it, as it was read.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The octets after the empty line.
    pub fn body(&self) -> &[u8] {
        &self.octets[self.body_at..]
    }

    /// The header fields, topmost first.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = Field<'_>> {
        self.fields.iter().map(|range| Field { octets: &self.octets[range.clone()] })
    }

    /// The topmost field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        self.fields().find(|field| field.is(name))
    }

    /// The addresses of all `From` fields, in order.
    pub fn authors(&self) -> Vec<Address> {
        self.fields().filter(|field| field.is("from")).flat_map(|field| Address::list(&field.unfolded())).collect()
    }

    /// The domain that all authors share, for DMARC; `None` where there is no author or several domains.
    ///
    /// # Source
    /// RFC 7489 §6.6.1: messages of several author domains are exempt.
    pub fn author_domain(&self) -> Option<String> {
        let mut domains = self.authors().into_iter().map(|author| author.domain);
        let first = domains.next()?;
        domains.all(|domain| domain == first).then_some(first)
    }

    /// The media type in lower case, without parameters (RFC 2045 §5.2: `text/plain` where nothing else is said).
    pub fn media_type(&self) -> String {
        let value = self.field("content-type").map(Field::unfolded).unwrap_or_default();
        let media = value.split(';').next().unwrap_or_default().trim();
        if media.contains('/') { media.to_ascii_lowercase() } else { "text/plain".to_owned() }
    }

    /// A parameter of `Content-Type`, without its quotes.
    ///
    /// - `name`: in lower case
    pub fn media_parameter(&self, name: &str) -> Option<String> {
        coding::parameter(&self.field("content-type")?.unfolded(), name)
    }

    /// The body without its transfer encoding (RFC 2045 §6); damage in it is stepped over.
    pub fn decoded_body(&self) -> Vec<u8> {
        let encoding = self.field("content-transfer-encoding").map(Field::unfolded).unwrap_or_default();
        match encoding.trim().to_ascii_lowercase().as_str() {
            "base64" => coding::from_base64(self.body()),
            "quoted-printable" => coding::from_quoted_printable(self.body()),
            _ => self.body().to_vec(),
        }
    }

    /// The entities that are not multipart, in order; the message itself where it is none.
    ///
    /// At most 256 of them, at most 8 levels deep; what lies deeper comes whole.
    pub fn leaves(&self) -> Vec<Self> {
        let mut leaves = Vec::new();
        self.collect_leaves(0, &mut leaves);
        leaves
    }

    fn collect_leaves(&self, depth: usize, leaves: &mut Vec<Self>) {
        let boundary = self.media_parameter("boundary").filter(|_| self.media_type().starts_with("multipart/"));
        match boundary {
            Some(boundary) if depth < DEPTH_MAX && !boundary.is_empty() => {
                for part in split_parts(self.body(), boundary.as_bytes()) {
                    if leaves.len() < LEAVES_MAX {
                        Self::read(part.to_vec()).collect_leaves(depth + 1, leaves);
                    }
                }
            }
            _ => leaves.push(self.clone()),
        }
    }

    /// The message with one more field on top.
    ///
    /// - `field`: name, colon, value and CRLF, folded
    #[must_use]
    pub fn with_field_on_top(&self, field: &str) -> Self {
        Self::read([field.as_bytes(), &self.octets].concat())
    }
}

/// True where a line begins a field: a name of printable ASCII, then a colon.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|&b| b == b':') else { return false };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// The parts between boundary lines (RFC 2046 §5.1.1), each without the line break before its boundary.
fn split_parts<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive(|&b| b == b'\n') {
        let here = at;
        at += line.len();
        let Some(tail) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary)) else { continue };
        let last = tail.starts_with(b"--");
        if !last && !tail.trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start.replace(at) {
            let part: &[u8] = &body[start..here];
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            parts.push(part.strip_suffix(b"\r").unwrap_or(part));
        }
        if last {
            return parts;
        }
    }
    // A message that was cut has no last boundary.
    parts.extend(start.and_then(|start| body.get(start..)).filter(|part| !part.is_empty()));
    parts
}

/// A header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    octets: &'a [u8],
}

impl<'a> Field<'a> {
    /// Name, colon, value and line ends, as they stand in the message.
    pub fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// The name, as spelt.
    pub fn name(self) -> &'a [u8] {
        self.octets.split(|&b| b == b':').next().unwrap_or_default().trim_ascii_end()
    }

    /// True where this is its name, in any case.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// What follows the colon, folds and line ends included.
    pub fn value(self) -> &'a [u8] {
        let colon = self.octets.iter().position(|&b| b == b':');
        colon.and_then(|colon| self.octets.get(colon + 1..)).unwrap_or_default()
    }

    /// The value in one line, without blanks around it (RFC 5322 §2.2.3); octets that are not UTF-8 are replaced.
    pub fn unfolded(self) -> String {
        let joined: Vec<u8> = self.value().iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
        String::from_utf8_lossy(&joined).trim().to_owned()
    }
}

#[cfg(test)]
mod tests;
