//! Lists of tags and values (RFC 6376 §3.2).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Padding is optional in the grammar of RFC 6376 §2.10.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The tags of a list, in order.
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// Reads a list; `None` where it breaks the grammar or names a tag twice.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let mut items = text.split(';').peekable();
        while let Some(item) = items.next() {
            if item.trim().is_empty() && items.peek().is_none() {
                break;
            }
            let (name, value) = item.split_once('=')?;
            let name = name.trim();
            let mut letters = name.bytes();
            let named = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
                && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_');
            // A list with thousands of tags is no signature; comparing each with each would be slow.
            if !named || tags.len() >= 64 || tags.iter().any(|(known, _)| *known == name) {
                return None;
            }
            tags.push((name, value.trim()));
        }
        Some(Self(tags))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The name of the first tag.
    pub(super) fn first(&self) -> Option<&'a str> {
        self.0.first().map(|(name, _)| *name)
    }

    /// The elements of a value with colons between them, without blanks.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&'a str>> {
        self.get(name).map(|value| value.split(':').map(str::trim).collect())
    }
}

/// Octets of base64 with blanks anywhere.
pub(super) fn octets(value: &str) -> Option<Vec<u8>> {
    let digits: String = value.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    UNPADDED.decode(digits).ok()
}
