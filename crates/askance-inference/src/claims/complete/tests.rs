//! Tests of `complete`.

use proptest::prelude::*;

use super::*;

fn row(client: u32, s: i64, remaining_s: Option<u32>) -> Row {
    Row { client, cache: client, question: 0, t: Timestamp::from_s(s), remaining_s }
}

fn all() -> Coverage {
    Coverage::of(&[(Timestamp::from_s(0), Timestamp::from_s(40 * 86_400))])
}

fn check(rows: &[Row], ttl_s: Option<u32>, are_misses: bool, second: Option<&[Row]>) -> Completeness {
    let coverage = all();
    let second = second.map(|rows| (rows, &coverage));
    complete(&CompletenessQuestion { rows, ttl_s, are_misses, coverage: &coverage, second })
}

/// Each 90 minutes a fresh answer, 20 and 40 minutes later what is left of its hour.
fn answers(client: u32) -> Vec<Row> {
    (1..600)
        .flat_map(|k| {
            let made = k * 5400 + i64::from(client);
            [(0, 3600), (1200, 2400), (2400, 1200)].map(|(later, left)| row(client, made + later, Some(left)))
        })
        .collect()
}

#[test]
fn every_answer_tells_when_it_was_fetched() {
    let whole: Vec<Row> = [answers(1), answers(2)].concat();
    let got = check(&whole, Some(3600), false, None);
    assert_eq!(got.verdict, Verdict::DoesNotDiscriminate, "nothing proves that nothing is missing");
    assert!((got.refreshes_seen.expect("TTLs").share - 1.0).abs() < 1e-12, "{got:?}");
    // Every tenth row of the second client is gone: a third of these told when the cache had asked.
    let cut: Vec<Row> =
        whole.iter().enumerate().filter(|(i, r)| r.client == 1 || i % 10 != 0).map(|(_, r)| *r).collect();
    let got = check(&cut, Some(3600), false, None);
    assert_eq!(got.verdict, Verdict::Contradicted);
    let noticed: Vec<(u32, Kind, u64)> =
        got.found.iter().filter(|f| f.noticed).map(|f| (f.client, f.kind, f.odd)).collect();
    assert_eq!(noticed, [(2, Kind::RefreshMissing, 60)]);
}

#[test]
fn misses_alone_show_copies_and_moves_but_no_deletion() {
    let misses: Vec<Row> = answers(1)
        .into_iter()
        .filter(|r| r.remaining_s == Some(3600))
        .map(|r| Row { remaining_s: None, ..r })
        .collect();
    let got = check(&misses, Some(3600), true, None);
    assert_eq!(got.knowable, Knowable { deletion: false, duplication: true, shift: true });
    assert_eq!(got.verdict, Verdict::CannotBeTested, "{got:?}");
    let moved: Vec<Row> = misses
        .iter()
        .enumerate()
        .map(|(i, r)| Row { t: r.t.plus_us(if i % 10 == 3 { 3_000_000_000 } else { 0 }), ..*r })
        .collect();
    let got = check(&moved, Some(3600), true, None);
    assert_eq!(got.found.iter().filter(|f| f.noticed).map(|f| f.kind).collect::<Vec<_>>(), [Kind::TooEarly]);
    assert_eq!(got.verdict, Verdict::Contradicted);
}

#[test]
fn several_caches_are_no_edit() {
    // Two caches of one client, half an hour apart.
    let mut rows: Vec<Row> = Vec::new();
    for k in 1..600 {
        rows.extend([row(1, k * 5400, None), row(1, k * 5400 + 1800, None)]);
    }
    let got = check(&rows, Some(3600), true, None);
    assert_eq!(
        (got.several_caches.as_slice(), got.found.iter().any(|f| f.noticed)),
        ([1].as_slice(), false),
        "{got:?}"
    );
}

#[test]
fn times_alone_cannot_show_it() {
    let rows: Vec<Row> = answers(1).into_iter().map(|r| Row { remaining_s: None, ..r }).collect();
    let got = check(&rows, None, false, None);
    assert_eq!(got.knowable, Knowable { deletion: false, duplication: false, shift: false });
    assert_eq!(got.verdict, Verdict::CannotBeTested);
    assert_eq!(check(&[], None, true, Some(&[])).verdict, Verdict::CannotBeTested);
}

#[test]
fn another_vantage_shows_what_is_gone() {
    let full: Vec<Row> =
        [answers(1), answers(2)].concat().into_iter().map(|r| Row { remaining_s: None, ..r }).collect();
    let cut: Vec<Row> =
        full.iter().enumerate().filter(|(i, r)| r.client == 2 || i % 10 != 0).map(|(_, r)| *r).collect();
    let got = check(&cut, None, false, Some(&full));
    let noticed: Vec<(u32, Kind)> = got.found.iter().filter(|f| f.noticed).map(|f| (f.client, f.kind)).collect();
    assert_eq!(noticed, [(1, Kind::MissingHere)]);
    assert_eq!(got.pairs, Some((cut.len() as u64, 0, (full.len() - cut.len()) as u64)));
    assert_eq!(got.clock_offset_s, Some(0.0));
    assert!(check(&full, None, false, Some(&full)).found.iter().all(|f| !f.noticed));
}

/// P(Binomial(20, 0.02) >= 3) = 0.007069: scipy 1.17.1, binom.sf(2, 20, 0.02).
#[test]
fn two_percent_are_usual() {
    assert!((at_least(3, 20, 0.02) - 0.007_068).abs() < 1e-4, "{}", at_least(3, 20, 0.02));
    assert!((at_least(0, 20, 0.02) - 1.0).abs() < 1e-12);
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (0u32..3, 0u32..2, 0i64..3_400_000, proptest::option::of(any::<u32>()));
    let row = one.prop_map(|(client, question, s, remaining_s)| Row { question, ..row(client, s, remaining_s) });
    proptest::collection::vec(row, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_does_not_matter_and_shares_are_shares(rows in rows(), ttl: Option<u32>, second in rows(), are_misses: bool) {
        let got = check(&rows, ttl, are_misses, Some(&second));
        prop_assert!(got.found.iter().all(|f| f.p > 0.0 && f.p <= 1.0 && f.odd <= f.of));
        let (both, here, there) = got.pairs.expect("two");
        prop_assert_eq!((both + here, both + there), (rows.len() as u64, second.len() as u64));
        let mut back = rows;
        back.reverse();
        prop_assert_eq!(check(&back, ttl, are_misses, Some(&second)), got);
    }
}
