//! What `investigate` keeps beside the case JSON: `custody.json`.

use serde::{Deserialize, Serialize};

use super::hash::NodeHash;
use super::tree::FileTree;
use super::{claim_sha256, claims_sha256};
use crate::{Case, CaseError};

/// The schema of [`Custody`].
pub const CUSTODY_SCHEMA: &str = "askance.custody/1";

/// The hashes of a case: its file, its claims, its sources in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// [`CUSTODY_SCHEMA`].
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The root over `case_sha256`, `claims_sha256` and the sources' roots, in this order.
    pub root: NodeHash,
    /// SHA-256 of `case.toml`.
    pub case_sha256: NodeHash,
    /// SHA-256 of all claims with their tests.
    pub claims_sha256: NodeHash,
    /// SHA-256 of each claim with its tests.
    pub claims: Vec<ClaimHash>,
    /// The sources, in the case's order.
    pub sources: Vec<SourceCustody>,
}

/// The hash of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimHash {
    /// Its id in the case.
    pub id: String,
    /// SHA-256 of it and its tests.
    pub sha256: NodeHash,
}

/// The hashes of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCustody {
    /// Its id in the case.
    pub id: String,
    /// SHA-256 of its file, or of its files one after the other; of nothing where it has none.
    pub sha256: NodeHash,
    /// The root over its files' roots.
    pub root: NodeHash,
    /// Its files, in order of their names.
    pub files: Vec<FileTree>,
}

impl SourceCustody {
    /// The hashes of a source.
    ///
    /// - `sha256`: of all its files, one after the other
    pub fn new(id: &str, sha256: NodeHash, files: Vec<FileTree>) -> Self {
        let root = root_over(files.iter().map(|f| f.root));
        Self { id: id.to_owned(), sha256, root, files }
    }
}

/// The hashes of a case's own texts, taken before any record is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pledge {
    case_sha256: NodeHash,
    claims_sha256: NodeHash,
    claims: Vec<ClaimHash>,
}

impl Pledge {
    /// Hashes a case's text and its claims.
    ///
    /// - `case_sha256`: of the case file
    pub fn new(case: &Case, case_sha256: NodeHash) -> Self {
        let claims = case.claims.iter().map(|c| ClaimHash { id: c.id.clone(), sha256: claim_sha256(c) }).collect();
        Self { case_sha256, claims_sha256: claims_sha256(case), claims }
    }

    /// The document, once the sources are hashed too.
    ///
    /// - `version`: the program's
    pub fn with_sources(self, version: &str, sources: Vec<SourceCustody>) -> Custody {
        let Self { case_sha256, claims_sha256, claims } = self;
        let root = root_of(case_sha256, claims_sha256, &sources);
        let (schema, version) = (CUSTODY_SCHEMA.to_owned(), version.to_owned());
        Custody { schema, version, root, case_sha256, claims_sha256, claims, sources }
    }
}

impl Custody {
    /// Reads the document and checks that it holds together: that parts give the roots of files, these the
    /// roots of sources, and these the root.
    ///
    /// # Errors
    /// [`CaseError::Custody`] where it is another document, or does not hold together.
    pub fn parse(text: &[u8]) -> Result<Self, CaseError> {
        let bad = |what: String| CaseError::Custody { what: what.into() };
        let read: Self = serde_json::from_slice(text).map_err(|e| bad(e.to_string()))?;
        if read.schema != CUSTODY_SCHEMA {
            return Err(bad(format!("schema {:?} is not read; this program reads {CUSTODY_SCHEMA:?}", read.schema)));
        }
        for source in &read.sources {
            source.files.iter().try_for_each(FileTree::check)?;
            if root_over(source.files.iter().map(|f| f.root)) != source.root {
                return Err(bad(format!("source {:?}: the files do not give the root", source.id)));
            }
        }
        if root_of(read.case_sha256, read.claims_sha256, &read.sources) != read.root {
            return Err(bad("the sources do not give the root".to_owned()));
        }
        Ok(read)
    }

    /// The source with this id.
    pub fn source(&self, id: &str) -> Option<&SourceCustody> {
        self.sources.iter().find(|s| s.id == id)
    }
}

fn root_of(case_sha256: NodeHash, claims_sha256: NodeHash, sources: &[SourceCustody]) -> NodeHash {
    root_over([case_sha256, claims_sha256].into_iter().chain(sources.iter().map(|s| s.root)))
}

/// The root of a tree whose leaves hold these hashes, 32 octets each.
fn root_over(hashes: impl Iterator<Item = NodeHash>) -> NodeHash {
    NodeHash::root(&hashes.map(|h| NodeHash::leaf(&h.0)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TreeHasher, sha256};

    const CASE: &str =
        "schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\n[[claim]]\nid = \"c\"\ntext = \"x\"\n";

    fn custody() -> Custody {
        let tree = |octets: &[u8]| {
            let mut hasher = TreeHasher::default();
            hasher.update(octets);
            hasher.finish("a.log")
        };
        let files = vec![tree(b"one"), tree(b"two")];
        let case = Case::parse(CASE).expect("a case");
        let pledge = Pledge::new(&case, sha256(CASE.as_bytes()));
        pledge.with_sources("0.1.0", vec![SourceCustody::new("a", sha256(b"onetwo"), files)])
    }

    /// The root from the hashes of texts alone, as docs/reference/custody.md tells it.
    #[test]
    fn the_root_by_hand() {
        let leaf = |data: &[u8]| sha256(&[&[0], data].concat());
        let node = |left: NodeHash, right: NodeHash| sha256(&[&[1], &left.0[..], &right.0].concat());
        let source = node(leaf(&leaf(b"one").0), leaf(&leaf(b"two").0));
        let claims = sha256(br#"[{"id":"c","text":"x","by":"","source":"","test":[]}]"#);
        let root = node(node(leaf(&sha256(CASE.as_bytes()).0), leaf(&claims.0)), leaf(&source.0));
        assert_eq!(custody().root, root);
    }

    #[test]
    fn what_is_written_is_read_and_what_is_mended_by_hand_is_not() {
        let text = serde_json::to_string(&custody()).expect("plain data");
        assert_eq!(Custody::parse(text.as_bytes()).expect("read"), custody());
        let check = |change: &dyn Fn(&mut Custody)| {
            let mut custody = custody();
            change(&mut custody);
            Custody::parse(&serde_json::to_vec(&custody).expect("plain data")).expect_err("refused").to_string()
        };
        assert_eq!(check(&|c| c.case_sha256.0[0] ^= 1), "the sources do not give the root");
        assert_eq!(check(&|c| c.sources[0].files.swap(0, 1)), "source \"a\": the files do not give the root");
        assert_eq!(check(&|c| c.sources[0].files[0].parts[0].0[0] ^= 1), "\"a.log\": the parts do not give the root");
        assert_eq!(
            check(&|c| c.schema.push('0')),
            "schema \"askance.custody/10\" is not read; this program reads \"askance.custody/1\""
        );
        let short = text.replacen(&custody().root.to_string(), "00", 1);
        let error = Custody::parse(short.as_bytes()).expect_err("refused").to_string();
        assert!(error.starts_with("a SHA-256 is 64 hexadecimal digits at line 1"), "{error}");
    }
}
