//! Messages as octets and back (RFC 1035 §4, RFC 6891), over the `domain` crate.
//!
//! Names keep their spelling on the wire: a name is compressed only against one that is
//! spelt alike, as BIND does, so that the case that a client chose (0x20) comes back to it
//! and decoding what was encoded gives the same message.

use askance_record::RrClass;
use domain::base::wire::ParseError;

use super::message::{Header, Message};

pub(super) mod decode;
pub(super) mod encode;

/// Octets of a message header (RFC 1035 §4.1.1).
pub(super) const HEADER_OCTETS: usize = 12;

/// Why octets are not a message that this crate can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The octets end within the header, a name or a record.
    #[error("message ends early")]
    Short,
    /// A name or a record breaks its format.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// More than one question; RFC 9619 forbids it.
    #[error("{0} questions in one message")]
    Questions(u16),
    /// A question or record of a class other than IN.
    #[error("class {0} instead of IN")]
    Class(RrClass),
    /// EDNS of a version other than 0 (RFC 6891 §6.1.3 answers BADVERS).
    #[error("EDNS version {0}")]
    EdnsVersion(u8),
}

impl From<ParseError> for WireError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::ShortInput => Self::Short,
            ParseError::Form(_) => Self::Malformed("name breaks the rules of compression or length"),
        }
    }
}

impl Message {
    /// The message in wire form, of at most 65,535 octets.
    ///
    /// As [`Message::encode_within`] the limit of DNS over TCP.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_within(usize::from(u16::MAX))
    }

    /// The message in wire form, with records left out and TC set where it would be longer than `octets_max`.
    ///
    /// Whole sets of records are left out, from the end. Leaving out additional records sets TC only where they
    /// are the glue of a referral that it cannot do without. Header, question and OPT are always
    /// written, at most 282 octets. A response code above 15 needs EDNS and is sent as SERVFAIL
    /// without it; a character string of more than 255 octets is cut into several.
    ///
    /// # Source
    /// RFC 2181 §9 (truncation), RFC 9471 (glue), RFC 1035 §4.1.4 (compression), RFC 3597 §4 (none in newer types).
    pub fn encode_within(&self, octets_max: usize) -> Vec<u8> {
        encode::encode(self, octets_max.min(usize::from(u16::MAX)))
    }

    /// Reads a message in wire form; octets after its last record are passed over.
    ///
    /// A TTL with its highest bit set is read as 0 (RFC 2181 §8). Names inside record types that
    /// this crate does not spell out are written uncompressed (RFC 3597 §4).
    ///
    /// # Errors
    /// [`WireError`] where the octets are no message of class IN with at most one question.
    pub fn decode(octets: &[u8]) -> Result<Self, WireError> {
        decode::decode(octets)
    }
}

impl Header {
    /// Reads the header alone, its response code without EDNS extension; `None` where there are fewer than 12 octets.
    ///
    /// What a server answers to a message that it cannot read further depends on it.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        (octets.len() >= HEADER_OCTETS).then(|| decode::header(octets))
    }
}

#[cfg(test)]
mod tests;
