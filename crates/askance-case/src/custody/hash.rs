//! Nodes of RFC 6962 trees.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 value: of octets, of a leaf, or of a node over two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeHash(pub [u8; 32]);

impl NodeHash {
    /// A leaf: SHA-256 of 00 and the octets.
    ///
    /// # Source
    /// RFC 6962 §2.1.
    pub fn leaf(octets: &[u8]) -> Self {
        Self(leaf_hasher().chain_update(octets).finalize().into())
    }

    /// A node over two: SHA-256 of 01 and both.
    ///
    /// # Source
    /// RFC 6962 §2.1.
    pub fn node(left: Self, right: Self) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The root over nodes that each stand for as many leaves, the last for as many or fewer:
    /// that of the whole tree, where that number is a power of two. Of none it is SHA-256 of nothing.
    ///
    /// # Source
    /// RFC 6962 §2.1: a tree is split at the largest power of two below its size.
    pub fn root(nodes: &[Self]) -> Self {
        match nodes {
            [] => Self(Sha256::digest([]).into()),
            [node] => *node,
            _ => {
                let (left, right) = nodes.split_at(nodes.len().next_power_of_two() / 2);
                Self::node(Self::root(left), Self::root(right))
            }
        }
    }

    /// Reads 64 hexadecimal digits; none where the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let mut out = [0; 32];
        for (octet, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            *octet = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(out))
    }
}

/// A hasher of one leaf, begun.
pub(super) fn leaf_hasher() -> Sha256 {
    Sha256::new().chain_update([0])
}

impl fmt::Display for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl Serialize for NodeHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a SHA-256 is 64 hexadecimal digits"))
    }
}
