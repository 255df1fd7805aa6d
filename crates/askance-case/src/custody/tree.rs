//! The tree over one file, built as its octets go by.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::hash::{NodeHash, leaf_hasher};
use crate::CaseError;

/// Octets of a leaf.
const LEAF_OCTETS: u64 = 1024;
/// The most parts that are kept of a file.
const PARTS_MAX: usize = 1024;

/// The tree over one file: its root, and the hashes of the parts that tell where it changed.
///
/// Leaves have `leaf_octets` octets, the last one fewer. A part is the node over the leaves of
/// `part_octets` octets, a power of two of leaves: the smallest that leaves at most 1,024 parts. The root
/// does not depend on it.
///
/// # Source
/// RFC 6962 §2.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTree {
    /// The path relative to the case folder.
    pub path: String,
    /// Octets of the file.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: NodeHash,
    /// The root over its leaves.
    pub root: NodeHash,
    /// Octets of a leaf.
    pub leaf_octets: u64,
    /// Octets of a part.
    pub part_octets: u64,
    /// The parts, in order.
    pub parts: Vec<NodeHash>,
    /// Of a text file the numbers of the first and last line that each part holds octets of, from 1. A help
    /// for the reader, outside the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<[u64; 2]>,
}

impl FileTree {
    /// Checks that the parts are as many as the size asks for, and give the root.
    ///
    /// # Errors
    /// [`CaseError::Custody`] where they do not.
    pub(super) fn check(&self) -> Result<(), CaseError> {
        let bad = |what: &str| Err(CaseError::Custody { what: format!("{:?}: {what}", self.path).into() });
        let leaves = self.part_octets.checked_div(self.leaf_octets).unwrap_or(0);
        if !leaves.is_power_of_two() || leaves * self.leaf_octets != self.part_octets {
            return bad("a part is a power of two of leaves");
        }
        if self.parts.len() as u64 != self.size.div_ceil(self.part_octets) {
            return bad("the parts are not as many as the size asks for");
        }
        if !self.lines.is_empty() && self.lines.len() != self.parts.len() {
            return bad("there are lines for other parts");
        }
        if NodeHash::root(&self.parts) != self.root {
            return bad("the parts do not give the root");
        }
        Ok(())
    }

    /// The first and last line of the parts from `first` to before `end`.
    pub(super) fn lines_of(&self, first: usize, end: usize) -> Option<[u64; 2]> {
        Some([self.lines.get(first)?[0], self.lines.get(end.checked_sub(1)?)?[1]])
    }
}

/// Builds a [`FileTree`] from octets as they come.
///
/// Cost: O(octets); it holds the parts (at most 1,024) and one node for each level of the tree.
#[derive(Clone, Debug)]
pub struct TreeHasher {
    whole: Sha256,
    size: u64,
    leaf_octets: u64,
    /// Leaves of a part, as a power of two.
    level: u32,
    /// Parts beyond which two become one; none where the size of parts is given.
    parts_max: Option<usize>,
    leaf: Sha256,
    leaf_fill: u64,
    /// Complete nodes of the part under way: their levels, descending, and hashes.
    stack: Vec<(u32, NodeHash)>,
    parts: Vec<NodeHash>,
    text: TextLines,
}

impl Default for TreeHasher {
    fn default() -> Self {
        Self::with(LEAF_OCTETS, 0, Some(PARTS_MAX))
    }
}

impl TreeHasher {
    /// A hasher with leaves of this size.
    ///
    /// - `level`: leaves of a part at first, as a power of two
    /// - `parts_max`: an even number of parts beyond which two become one; none for never
    pub(super) fn with(leaf_octets: u64, level: u32, parts_max: Option<usize>) -> Self {
        Self {
            whole: Sha256::new(),
            size: 0,
            leaf_octets,
            level,
            parts_max,
            leaf: leaf_hasher(),
            leaf_fill: 0,
            stack: Vec::new(),
            parts: Vec::new(),
            text: TextLines::default(),
        }
    }

    /// A hasher that cuts as another tree was cut, to compare with it.
    pub(super) fn like(tree: &FileTree) -> Self {
        Self::with(tree.leaf_octets, (tree.part_octets / tree.leaf_octets).ilog2(), None)
    }

    /// Takes the next octets.
    pub fn update(&mut self, mut octets: &[u8]) {
        self.whole.update(octets);
        while !octets.is_empty() {
            if self.leaf_fill == 0 {
                self.make_room();
            }
            let room = usize::try_from(self.leaf_octets - self.leaf_fill).unwrap_or(usize::MAX);
            let (now, later) = octets.split_at(room.min(octets.len()));
            self.text.update(self.size, self.size.is_multiple_of(self.leaf_octets << self.level), now);
            self.leaf.update(now);
            self.leaf_fill += now.len() as u64;
            self.size += now.len() as u64;
            if self.leaf_fill == self.leaf_octets {
                self.end_leaf();
            }
            octets = later;
        }
    }

    /// Makes parts twice as large where there are as many as may be and one more begins.
    fn make_room(&mut self) {
        if self.stack.is_empty() && Some(self.parts.len()) == self.parts_max {
            self.parts = self.parts.chunks(2).map(NodeHash::root).collect();
            self.text.lines = self.text.lines.chunks(2).map(|two| [two[0][0], two[two.len() - 1][1]]).collect();
            self.level += 1;
        }
    }

    fn end_leaf(&mut self) {
        let hasher = core::mem::replace(&mut self.leaf, leaf_hasher());
        self.leaf_fill = 0;
        let (mut level, mut node) = (0, NodeHash(hasher.finalize().into()));
        while let Some((_, left)) = self.stack.pop_if(|(l, _)| *l == level) {
            node = NodeHash::node(left, node);
            level += 1;
        }
        if level == self.level {
            self.parts.push(node);
        } else {
            self.stack.push((level, node));
        }
    }

    /// The tree over all octets taken.
    ///
    /// - `path`: of the file, relative to the case folder
    pub fn finish(mut self, path: &str) -> FileTree {
        if self.leaf_fill > 0 {
            self.end_leaf();
        }
        let last = self.stack.drain(..).rev().map(|(_, node)| node).reduce(|right, left| NodeHash::node(left, right));
        self.parts.extend(last);
        FileTree {
            path: path.to_owned(),
            size: self.size,
            sha256: NodeHash(self.whole.finalize().into()),
            root: NodeHash::root(&self.parts),
            leaf_octets: self.leaf_octets,
            part_octets: self.leaf_octets << self.level,
            parts: self.parts,
            lines: if self.text.binary { Vec::new() } else { self.text.lines },
        }
    }
}

/// Counts the lines of what looks like text.
#[derive(Clone, Debug, Default)]
struct TextLines {
    /// True once an octet was seen that no text has; nothing is counted from then on.
    binary: bool,
    /// Ends of lines so far.
    ends: u64,
    /// First and last line of each part so far.
    lines: Vec<[u64; 2]>,
}

impl TextLines {
    /// How many octets at the start tell text from anything else.
    const LOOK_OCTETS: u64 = 1024;

    fn update(&mut self, offset: u64, begins_part: bool, octets: &[u8]) {
        if self.binary {
            return;
        }
        if offset < Self::LOOK_OCTETS && octets.iter().any(|o| *o < 0x20 && !b"\t\n\r\x0c\x1b".contains(o)) {
            self.binary = true;
            self.lines = Vec::new();
            return;
        }
        let Some((last, before)) = octets.split_last() else { return };
        if begins_part {
            self.lines.push([self.ends + 1; 2]);
        }
        self.ends += before.split(|o| *o == b'\n').count() as u64 - 1;
        if let Some(part) = self.lines.last_mut() {
            part[1] = self.ends + 1;
        }
        self.ends += u64::from(*last == b'\n');
    }
}

#[cfg(test)]
mod tests;
