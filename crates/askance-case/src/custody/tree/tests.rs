//! Trees against the definition, and against the growth of parts.

use proptest::prelude::*;

use super::*;

/// A tree in leaves of four octets and at most eight parts, the octets given in pieces.
fn small(octets: &[u8], piece: usize) -> FileTree {
    let mut hasher = TreeHasher::with(4, 0, Some(8));
    octets.chunks(piece).for_each(|piece| hasher.update(piece));
    hasher.finish("file")
}

/// RFC 6962 §2.1, word by word.
fn merkle_tree_hash(leaves: &[&[u8]]) -> NodeHash {
    if leaves.len() < 2 {
        return leaves.first().map_or(crate::sha256(b""), |leaf| NodeHash::leaf(leaf));
    }
    let mut k = 1;
    while k * 2 < leaves.len() {
        k *= 2;
    }
    NodeHash::node(merkle_tree_hash(&leaves[..k]), merkle_tree_hash(&leaves[k..]))
}

proptest! {
    #[test]
    fn the_root_is_that_of_the_definition_however_it_is_cut(
        octets in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..50,
    ) {
        let tree = small(&octets, piece);
        prop_assert_eq!(tree.root, merkle_tree_hash(&octets.chunks(4).collect::<Vec<_>>()));
        prop_assert_eq!(tree.sha256, crate::sha256(&octets));
        prop_assert!(tree.parts.len() <= 8);
        prop_assert!(tree.part_octets == 4 || octets.len() as u64 > 4 * tree.part_octets);
        prop_assert!(tree.check().is_ok());
        let like = { let mut hasher = TreeHasher::like(&tree); hasher.update(&octets); hasher.finish("file") };
        prop_assert_eq!(like, tree);
    }

    #[test]
    fn lines_are_those_that_a_reader_counts(text in "[ab\n]{1,200}", piece in 1usize..50) {
        let tree = small(text.as_bytes(), piece);
        let part = usize::try_from(tree.part_octets).unwrap();
        let line_at = |i: usize| text.as_bytes()[..i].split(|o| *o == b'\n').count() as u64;
        let expected: Vec<[u64; 2]> =
            (0..text.len()).step_by(part).map(|i| [line_at(i), line_at((i + part).min(text.len()) - 1)]).collect();
        prop_assert_eq!(tree.lines, expected);
    }
}

#[test]
fn a_file_of_each_kind() {
    let tree = |octets: &[u8]| {
        let mut hasher = TreeHasher::default();
        hasher.update(octets);
        hasher.finish("file")
    };
    let empty = tree(b"");
    assert_eq!((empty.parts.len(), empty.root, empty.lines.len()), (0, crate::sha256(b""), 0));
    assert_eq!(tree(b"one\ntwo\n").lines, [[1, 2]]);
    assert_eq!(tree(b"\x1f\x8b\x08\x00compressed").lines, [] as [[u64; 2]; 0], "no lines are counted in gzip");
    let long = tree(&vec![b'x'; (1 << 20) + 1]);
    assert_eq!((long.parts.len(), long.part_octets), (513, 2048));
}

#[test]
fn a_tree_that_does_not_hold_together_is_refused() {
    let good = small(b"octets of a file that has parts", 7);
    let check = |change: &dyn Fn(&mut FileTree)| {
        let mut tree = good.clone();
        change(&mut tree);
        tree.check().expect_err("refused").to_string()
    };
    assert_eq!(check(&|t| t.part_octets = 12), "\"file\": a part is a power of two of leaves");
    assert_eq!(check(&|t| t.leaf_octets = 0), "\"file\": a part is a power of two of leaves");
    assert_eq!(check(&|t| t.size += 4), "\"file\": the parts are not as many as the size asks for");
    assert_eq!(check(&|t| t.parts.swap(0, 1)), "\"file\": the parts do not give the root");
    assert_eq!(check(&|t| t.lines.truncate(1)), "\"file\": there are lines for other parts");
}
