//! Hashes that show that inputs, case and claims are what they were.

mod difference;
mod document;
mod hash;
mod stamp;
mod tree;

pub use difference::{Difference, Place, difference};
pub use document::{CUSTODY_SCHEMA, ClaimHash, Custody, Pledge, SourceCustody};
pub use hash::NodeHash;
pub use stamp::{imprint, timestamp_request};
pub use tree::{FileTree, TreeHasher};

use sha2::{Digest as _, Sha256};

use crate::{Case, ClaimSpec};

/// SHA-256 of some octets.
pub fn sha256(octets: &[u8]) -> NodeHash {
    NodeHash(Sha256::digest(octets).into())
}

/// SHA-256 of some octets, in hexadecimal.
pub fn sha256_hex(octets: &[u8]) -> String {
    sha256(octets).to_string()
}

/// SHA-256 of the case's claims and their tests, taken before any record is read, so
/// that nobody can say that a test was chosen after looking.
///
/// # Panics
/// Never: claims are plain data.
pub fn claims_sha256(case: &Case) -> NodeHash {
    sha256(&serde_json::to_vec(&case.claims).expect("claims are plain data"))
}

/// SHA-256 of one claim and its tests.
///
/// # Panics
/// Never: a claim is plain data.
pub fn claim_sha256(claim: &ClaimSpec) -> NodeHash {
    sha256(&serde_json::to_vec(claim).expect("a claim is plain data"))
}

/// The Merkle root over the SHA-256 of inputs, in order.
///
/// - `hashes`: hexadecimal SHA-256, one for each input; a text that is none counts as its own octets.
///
/// # Source
/// RFC 6962 §2.1: leaves are prefixed by 0, inner nodes by 1.
pub fn inputs_root(hashes: &[&str]) -> String {
    let leaf = |text: &&str| NodeHash::leaf(&unhex(text).unwrap_or_else(|| text.as_bytes().to_vec()));
    NodeHash::root(&hashes.iter().map(leaf).collect::<Vec<_>>()).to_string()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_rfc_6962() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(inputs_root(&[]), empty);
        // RFC 6962 test vector of certificate-transparency: one empty leaf.
        assert_eq!(inputs_root(&[""]), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        // The first two leaves of the same vectors: "" and 00.
        assert_eq!(inputs_root(&["", "00"]), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    }

    #[test]
    fn order_and_content_count() {
        let (a, b, c) = (sha256_hex(b"a"), sha256_hex(b"b"), sha256_hex(b"c"));
        assert_ne!(inputs_root(&[&a, &b, &c]), inputs_root(&[&b, &a, &c]));
        assert_ne!(inputs_root(&[&a, &b]), inputs_root(&[&a, &b, &b]));
    }
}
