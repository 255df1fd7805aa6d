//! Hashes that show that inputs, case and claims are what they were.

use core::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::Case;

/// SHA-256 of some octets, in hexadecimal.
pub fn sha256_hex(octets: &[u8]) -> String {
    hex(&Sha256::digest(octets))
}

/// SHA-256 of the case's claims and their tests, taken before any record is read, so
/// that nobody can say that a test was chosen after looking.
///
/// # Panics
/// Never: claims are plain data.
pub fn claims_sha256(case: &Case) -> String {
    sha256_hex(&serde_json::to_vec(&case.claims).expect("claims are plain data"))
}

/// The Merkle root over the SHA-256 of inputs, in order.
///
/// - `hashes`: hexadecimal SHA-256, one for each input; a text that is none counts as its own octets.
///
/// # Source
/// RFC 6962 §2.1: leaves are prefixed by 0, inner nodes by 1.
pub fn inputs_root(hashes: &[&str]) -> String {
    let leaves: Vec<[u8; 32]> = hashes
        .iter()
        .map(|text| {
            let mut hasher = Sha256::new();
            hasher.update([0]);
            hasher.update(unhex(text).unwrap_or_else(|| text.as_bytes().to_vec()));
            hasher.finalize().into()
        })
        .collect();
    hex(&root(&leaves))
}

fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let mut hasher = Sha256::new();
            hasher.update([1]);
            hasher.update(root(&leaves[..split]));
            hasher.update(root(&leaves[split..]));
            hasher.finalize().into()
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut out, octet| {
        write!(out, "{octet:02x}").expect("writing to a String cannot fail");
        out
    })
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
