//! The corpora of the fuzz targets of `fuzz/`, replayed by the laws that the targets assert, as they are and damaged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use askance_record::Rng;

#[expect(unreachable_pub, reason = "the fuzz targets use it as a library")]
#[path = "../../../../fuzz/src/laws.rs"]
mod shared;

/// Damaged copies of each file.
const COPIES: u32 = 100;

/// The corpus of a target by file name.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let mut octets = Vec::new();
            File::open(entry.path()).expect("present").read_to_end(&mut octets).expect("readable");
            (entry.file_name().to_string_lossy().into_owned(), octets)
        })
        .collect()
}

/// A number below `n`, or 0.
fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n.max(1) as u64)).expect("below a usize")
}

/// A few octets changed, cut out, doubled, or taken from another file.
fn damaged(rng: &mut Rng, octets: &[u8], other: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    // Mostly one change: what is damaged twice is seldom read any further.
    let changes = 1 + rng.below(2) * rng.below(3);
    for _ in 0..changes {
        let (a, b) = (below(rng, octets.len() + 1), below(rng, octets.len() + 1));
        let (from, to) = (a.min(b), a.max(b));
        let from_other = below(rng, other.len() + 1);
        match rng.below(12) {
            0 if from < octets.len() => octets[from] = rng.bits().to_le_bytes()[0],
            1 if from < octets.len() => octets[from] ^= 1 << rng.below(8),
            2 => drop(octets.drain(from..to.min(from + 9))),
            3 => drop(octets.splice(from..from, octets[from..to.min(from + 60)].to_vec())),
            4 => drop(octets.splice(from..from, other[from_other..other.len().min(from_other + 40)].to_vec())),
            5 => octets.truncate(to),
            _ if from < octets.len() => octets[from] = octets[from].wrapping_add(1),
            _ => octets.push(b'\n'),
        }
    }
    octets
}

#[test]
fn the_laws_hold_for_the_corpora_and_their_damaged_copies() {
    for (target, law) in shared::TARGETS {
        let corpus = corpus(target);
        let files: Vec<_> = corpus.values().collect();
        let mut rng = Rng::part(7, target);
        let (mut taken, mut refused) = (0u32, 0u32);
        for (name, octets) in &corpus {
            assert!(octets.len() <= 8_192, "{target}/{name} is too large for a seed");
            let promised = !name.starts_with("bad-");
            assert_eq!(law(octets), promised, "{target}/{name}");
            for _ in 0..COPIES {
                let other = files[below(&mut rng, files.len())];
                let copy = damaged(&mut rng, octets, other);
                if law(&copy) { taken += 1 } else { refused += 1 }
            }
        }
        assert!(taken > 0 && refused > 0, "{target}: {taken} taken, {refused} refused");
    }
}
