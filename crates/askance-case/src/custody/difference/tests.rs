//! Changed files: what is found, and what is said.

use proptest::prelude::*;

use super::*;

/// A tree in leaves of four octets and at most eight parts.
fn small(octets: &[u8]) -> FileTree {
    let mut hasher = TreeHasher::with(4, 0, Some(8));
    hasher.update(octets);
    hasher.finish("file")
}

fn find(then: &[u8], now: &[u8]) -> Option<Difference> {
    let open = &mut |at: u64| Ok(&now[usize::try_from(at).unwrap()..]);
    difference(&small(then), now.len() as u64, open).expect("memory can be read")
}

fn usize_of(range: [u64; 2]) -> std::ops::Range<usize> {
    usize::try_from(range[0]).unwrap()..usize::try_from(range[1]).unwrap()
}

/// Whatever stands outside the places is the same, in order.
fn outside(octets: &[u8], places: impl Iterator<Item = [u64; 2]>) -> Vec<u8> {
    let mut out = octets.to_vec();
    for place in places.collect::<Vec<_>>().into_iter().rev() {
        out.drain(usize_of(place));
    }
    out
}

proptest! {
    #[test]
    fn one_octet_changed_is_found_in_its_part_and_no_other(
        mut octets in proptest::collection::vec(any::<u8>(), 1..400), at in any::<prop::sample::Index>(), by in 1u8..,
    ) {
        let (then, at) = (octets.clone(), at.index(octets.len()));
        octets[at] ^= by;
        let found = find(&then, &octets).expect("it differs");
        let part = small(&then).part_octets;
        let first = at as u64 / part * part;
        let end = (first + part).min(then.len() as u64);
        prop_assert_eq!((found.parts_differ, found.places.len()), (1, 1));
        prop_assert_eq!((found.places[0].then, found.places[0].now), ([first, end], [first, end]));
    }

    #[test]
    fn every_change_lies_in_the_places(
        then in proptest::collection::vec(0u8..3, 0..120),
        cut in any::<prop::sample::Index>(), gone in 0usize..40, new in proptest::collection::vec(0u8..3, 0..40),
    ) {
        let mut now = then.clone();
        let at = cut.index(then.len() + 1);
        now.splice(at..(at + gone).min(then.len()), new);
        match find(&then, &now) {
            None => prop_assert_eq!(then, now),
            Some(found) => {
                prop_assert_ne!(&then, &now);
                let same = outside(&then, found.places.iter().map(|p| p.then));
                prop_assert_eq!(same, outside(&now, found.places.iter().map(|p| p.now)));
            }
        }
    }
}

/// Twelve lines of six octets each: parts have 16.
const LINES: &[u8] = b"aaaaa\nbbbbb\nccccc\nddddd\neeeee\nfffff\nggggg\nhhhhh\niiiii\njjjjj\nkkkkk\nlllll\n";

fn said(then: &[u8], now: &[u8]) -> String {
    find(then, now).expect("it differs").to_string()
}

#[test]
fn a_line_changed_in_place() {
    let now = String::from_utf8_lossy(LINES).replace("ddddd", "ddxdd").replace("jjjjj", "xxxxx");
    insta::assert_snapshot!(said(LINES, now.as_bytes()), @"
    octets 16 to 31 (lines 3 to 6) differ
    octets 48 to 63 (lines 9 to 11) differ
    2 of 5 parts of 16 octets
    ");
}

#[test]
fn a_line_taken_out() {
    let now = String::from_utf8_lossy(LINES).replace("ddddd\n", "");
    insta::assert_snapshot!(said(LINES, now.as_bytes()), @"
    octets 16 to 31 (lines 3 to 6) are now 10 octets;
    what follows is as it was, 6 octets earlier
    1 of 5 parts of 16 octets
    ");
}

#[test]
fn a_line_put_in() {
    let now = String::from_utf8_lossy(LINES).replace("ddddd\n", "ddddd\nnew\n");
    insta::assert_snapshot!(said(LINES, now.as_bytes()), @"
    octets 16 to 31 (lines 3 to 6) are now 20 octets;
    what follows is as it was, 4 octets later
    1 of 5 parts of 16 octets
    ");
    insta::assert_snapshot!(said(LINES, &[b"new\n", LINES].concat()), @"
    4 octets new at octet 0;
    what follows is as it was, 4 octets later
    ");
}

#[test]
fn whole_parts_taken_out() {
    insta::assert_snapshot!(said(LINES, &[&LINES[..16], &LINES[48..]].concat()), @"
    octets 16 to 47 (lines 3 to 8) are gone;
    what follows is as it was, 32 octets earlier
    2 of 5 parts of 16 octets
    ");
}

#[test]
fn cut_short_and_longer() {
    insta::assert_snapshot!(said(LINES, &LINES[..32]), @"
    cut short by 40 octets (lines 6 to 12):
    the first 32 are as they were
    3 of 5 parts of 16 octets
    ");
    insta::assert_snapshot!(said(LINES, &LINES[..50]), @"
    octets 48 to 71 (lines 9 to 12) are now 2 octets;
    nothing follows
    2 of 5 parts of 16 octets
    ");
    insta::assert_snapshot!(said(LINES, &LINES[32..]), @"
    octets 0 to 31 (lines 1 to 6) are gone;
    what follows is as it was, 32 octets earlier
    2 of 5 parts of 16 octets
    ");
    insta::assert_snapshot!(said(LINES, &[LINES, b"m\n"].concat()), @"longer by 2 octets: the first 72 are as they were");
}

#[test]
fn empty_then_or_now() {
    insta::assert_snapshot!(said(b"", b"x\n"), @"it was empty and has 2 octets now");
    insta::assert_snapshot!(said(LINES, b""), @"
    it is empty now and had 72 octets
    5 of 5 parts of 16 octets
    ");
    assert_eq!(find(b"", b""), None);
}

#[test]
fn what_is_no_text_has_no_lines_and_many_places_are_counted() {
    let then: Vec<u8> = (0u8..=255).cycle().take(4096).collect();
    let mut hasher = TreeHasher::with(4, 0, None);
    hasher.update(&then);
    let tree = hasher.finish("file");
    let mut now = then.clone();
    now.iter_mut().step_by(100).for_each(|octet| *octet ^= 1);
    let found = difference(&tree, 4096, &mut |at| Ok(&now[usize::try_from(at).unwrap()..])).unwrap().unwrap();
    insta::assert_snapshot!(found, @"
    octets 0 to 3 differ
    octets 100 to 103 differ
    octets 200 to 203 differ
    octets 300 to 303 differ
    octets 400 to 403 differ
    octets 500 to 503 differ
    octets 600 to 603 differ
    octets 700 to 703 differ
    and at 33 more places, the last of which ends at octet 4,003
    41 of 1,024 parts of 4 octets
    ");
}

#[test]
fn a_reading_that_fails_is_told() {
    let broken = &mut |_: u64| Err::<&[u8], _>(io::Error::other("gone"));
    assert_eq!(difference(&small(LINES), 3, broken).expect_err("fails").to_string(), "gone");
}
