//! Requests for an outside time stamp.

use super::hash::NodeHash;

/// SHA-256 as an `AlgorithmIdentifier` with NULL parameters: OID 2.16.840.1.101.3.4.2.1.
const SHA256_OID: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The DER of a `TimeStampReq` for a root: version 1, SHA-256, with the authority's certificate, without
/// policy and nonce, so that the same root gives the same octets.
///
/// What is stamped are the 32 octets of the root: the message imprint is their SHA-256, as for a file that
/// holds nothing else.
///
/// # Source
/// RFC 3161 §2.4.1; the identifier is that of RFC 5754 §2.2.
pub fn timestamp_request(root: NodeHash) -> Vec<u8> {
    let algorithm = der(SEQUENCE, &[der(OBJECT_IDENTIFIER, &[SHA256_OID.to_vec()]), der(NULL, &[])]);
    let imprint = der(SEQUENCE, &[algorithm, der(OCTET_STRING, &[imprint(root).0.to_vec()])]);
    der(SEQUENCE, &[der(INTEGER, &[vec![1]]), imprint, der(BOOLEAN, &[vec![0xff]])])
}

/// The message imprint of a root: SHA-256 of its 32 octets.
pub fn imprint(root: NodeHash) -> NodeHash {
    use sha2::Digest as _;
    NodeHash(sha2::Sha256::digest(root.0).into())
}

/// One value: tag, length, content.
fn der(tag: u8, content: &[Vec<u8>]) -> Vec<u8> {
    let content = content.concat();
    let length = u8::try_from(content.len()).ok().filter(|n| *n < 0x80);
    let mut out = vec![tag, length.expect("nothing in a request is longer than 127 octets")];
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;

    fn root() -> NodeHash {
        NodeHash(core::array::from_fn(|i| u8::try_from(i).unwrap()))
    }

    #[test]
    fn the_octets_of_a_request() {
        let request = timestamp_request(root());
        let (head, rest) = request.split_at(24);
        let (imprint, tail) = rest.split_at(32);
        assert_eq!(
            head,
            b"\x30\x39\x02\x01\x01\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        );
        // SHA-256 of the octets 00 to 1f.
        let of_root = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";
        assert_eq!(NodeHash::parse(of_root).unwrap().0, imprint);
        assert_eq!(tail, b"\x01\x01\xff");
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "says that it was skipped")]
    fn openssl_writes_the_same_request_and_reads_ours() {
        let dir = tempfile::tempdir().unwrap();
        let (data, ours) = (dir.path().join("root"), dir.path().join("ours.tsq"));
        std::fs::File::create(&data).unwrap().write_all(&root().0).unwrap();
        std::fs::File::create(&ours).unwrap().write_all(&timestamp_request(root())).unwrap();
        let args = ["ts", "-query", "-sha256", "-cert", "-no_nonce", "-data"];
        let theirs = match Command::new("openssl").args(args).arg(&data).output() {
            Ok(output) => output,
            Err(error) => return eprintln!("skipped: openssl cannot be run here: {error}"),
        };
        assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
        assert_eq!(theirs.stdout, timestamp_request(root()));
        let read = Command::new("openssl").args(["ts", "-query", "-text", "-in"]).arg(&ours).output().unwrap();
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        for line in ["Version: 1", "Hash Algorithm: sha256", "Nonce: unspecified", "Certificate required: yes"] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
