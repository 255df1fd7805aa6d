//! Frames of a tunnel, in labels and in records.

use askance_record::{Name, mix64};

/// The alphabet of base32 (RFC 4648 §6), in lower case: names are compared without case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Octets of an upstream frame without its data.
const HEAD_OCTETS: usize = 16;

/// The sequence number of a frame that opens a session.
pub(super) const OPENING: u32 = 0;
/// The sequence number of a frame that only fetches.
pub(super) const POLL: u32 = u32::MAX;

/// What one query carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Which session.
    pub(super) session: u16,
    /// Makes each query's name new, so that no cache answers it.
    pub(super) nonce: u32,
    /// [`OPENING`], [`POLL`], or the number of the chunk, from 1.
    pub(super) seq: u32,
    /// The number of the server's chunk that the client wants next.
    pub(super) want: u32,
    /// Length and check value in an opening, a chunk otherwise.
    pub(super) data: Vec<u8>,
}

/// What one answer carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// How many chunks the server has.
    pub(super) chunks: u32,
    /// The number of the chunk in it.
    pub(super) seq: u32,
    /// The chunk; empty where there is none of that number.
    pub(super) data: Vec<u8>,
}

/// A check value for payloads.
pub(super) fn digest(octets: &[u8]) -> u64 {
    octets.iter().fold(octets.len() as u64, |h, &b| mix64(h ^ u64::from(b)))
}

fn check(octets: &[u8]) -> [u8; 2] {
    let [a, b, ..] = digest(octets).to_be_bytes();
    [a, b]
}

/// How many octets of data one name below the domain can carry.
///
/// - `label_octets`: the longest label, 1 to 63
pub(super) fn room(domain: &Name, label_octets: usize) -> usize {
    let label = label_octets.clamp(1, 63);
    // The domain's labels with a length octet each, and the root.
    let left = 255usize.saturating_sub(domain.key().len() + 2);
    let characters = left / (label + 1) * label + (left % (label + 1)).saturating_sub(1);
    (characters * 5 / 8).saturating_sub(HEAD_OCTETS)
}

impl Frame {
    /// The name that carries the frame; `None` where it does not fit below the domain.
    pub(super) fn name(&self, domain: &Name, label_octets: usize) -> Option<Name> {
        let mut octets = Vec::with_capacity(HEAD_OCTETS + self.data.len());
        octets.extend_from_slice(&self.session.to_be_bytes());
        octets.extend_from_slice(&self.nonce.to_be_bytes());
        octets.extend_from_slice(&self.seq.to_be_bytes());
        octets.extend_from_slice(&self.want.to_be_bytes());
        octets.extend_from_slice(&self.data);
        let check = check(&octets);
        octets.extend_from_slice(&check);
        let text = base32(&octets);
        let mut name = Name::default();
        name.clear();
        for label in text.chunks(label_octets.clamp(1, 63)) {
            name.push_label(label).ok()?;
        }
        for label in domain.labels() {
            name.push_label(label.as_bytes()).ok()?;
        }
        name.finish();
        Some(name)
    }

    /// Reads a frame from a name; `None` where it is not one.
    pub(super) fn read(name: &Name, domain: &Name) -> Option<Self> {
        let head = name.key().strip_suffix(domain.key())?.strip_suffix('.')?;
        let octets = unbase32(head.bytes().filter(|&b| b != b'.'))?;
        let (body, given) = octets.split_last_chunk::<2>()?;
        let (head, data) = body.split_at_checked(HEAD_OCTETS - 2)?;
        let &[s0, s1, n0, n1, n2, n3, q0, q1, q2, q3, w0, w1, w2, w3] = head else { return None };
        (check(body) == *given).then(|| Self {
            session: u16::from_be_bytes([s0, s1]),
            nonce: u32::from_be_bytes([n0, n1, n2, n3]),
            seq: u32::from_be_bytes([q0, q1, q2, q3]),
            want: u32::from_be_bytes([w0, w1, w2, w3]),
            data: data.to_vec(),
        })
    }
}

impl Answer {
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(8 + self.data.len());
        octets.extend_from_slice(&self.chunks.to_be_bytes());
        octets.extend_from_slice(&self.seq.to_be_bytes());
        octets.extend_from_slice(&self.data);
        octets
    }

    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let (&[c0, c1, c2, c3, s0, s1, s2, s3], data) = octets.split_first_chunk::<8>()?;
        let (chunks, seq) = (u32::from_be_bytes([c0, c1, c2, c3]), u32::from_be_bytes([s0, s1, s2, s3]));
        Some(Self { chunks, seq, data: data.to_vec() })
    }
}

fn base32(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len().div_ceil(5) * 8);
    for group in octets.chunks(5) {
        let mut bits = 0u64;
        for k in 0..5 {
            bits = bits << 8 | u64::from(group.get(k).copied().unwrap_or(0));
        }
        let characters = (group.len() * 8).div_ceil(5);
        text.extend((0..characters).map(|k| ALPHABET[usize::try_from(bits >> (35 - 5 * k) & 31).expect("5 bits")]));
    }
    text
}

/// `None` where a character is not of the alphabet; bits that fill no octet are dropped.
fn unbase32(text: impl IntoIterator<Item = u8>) -> Option<Vec<u8>> {
    let (mut octets, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
    for character in text {
        let value = match character {
            b'a'..=b'z' => character - b'a',
            b'2'..=b'7' => character - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            octets.push(u8::try_from(bits >> held & 0xff).expect("8 bits"));
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (octets, text) in [("", ""), ("f", "my"), ("fo", "mzxq"), ("foob", "mzxw6yq"), ("foobar", "mzxw6ytboi")] {
            assert_eq!(base32(octets.as_bytes()), text.as_bytes());
            assert_eq!(unbase32(text.bytes()), Some(octets.as_bytes().to_vec()));
        }
        assert_eq!(unbase32(*b"my1"), None);
    }

    #[test]
    fn frames_fill_a_name_and_come_back() {
        for (domain, label) in [("t.hotel-brand.example", 63), ("example", 30), ("a.very.long.tunnel.name.example", 1)]
        {
            let domain = Name::parse(domain).expect("literal");
            let data = vec![0xa5; room(&domain, label)];
            let frame = Frame { session: 7, nonce: 1, seq: 3, want: 9, data };
            let name = frame.name(&domain, label).expect("it fits");
            assert_eq!(Frame::read(&name, &domain), Some(frame.clone()));
            // One more group of characters would not fit.
            let larger = Frame { data: vec![0; frame.data.len() + 2], ..frame };
            assert_eq!(larger.name(&domain, label), None, "{domain:?}");
            // What query-name minimisation makes of it is no frame.
            let tail = Name::parse(name.key().split_once('.').expect("labels").1).expect("a name");
            assert_eq!(Frame::read(&tail, &domain), None);
            assert_eq!(Frame::read(&domain, &domain), None);
        }
    }
}
