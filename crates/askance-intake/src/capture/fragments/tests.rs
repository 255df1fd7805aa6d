use std::net::Ipv4Addr;

use askance_record::{SourceId, Unit};
use proptest::prelude::*;

use super::*;

fn when(frame: u64, ms: i64) -> (At, Timestamp) {
    (At { source: SourceId(0), byte: frame, unit: Unit::Frame(frame) }, Timestamp::from_us(ms * 1000))
}

/// A part of datagram `id` that starts at `from`.
fn part(id: u32, from: usize, more: bool, payload: &[u8]) -> (Packet<'_>, Fragment) {
    let (src, dst) = (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::new(192, 0, 2, 53).into());
    let fragment = Fragment { id, from, more };
    let packet = Packet { src, dst, protocol: packet::UDP, payload, missing: 0, fragment: Some(fragment) };
    (packet, fragment)
}

/// A datagram that begins with `x` is of another port.
fn is_other(_: u8, payload: &[u8]) -> bool {
    payload.starts_with(b"x")
}

struct Bench {
    fragments: Fragments,
    ledger: Ledger,
    frame: u64,
}

impl Bench {
    fn new(octets_max: usize) -> Self {
        Self { fragments: Fragments::new(octets_max), ledger: Ledger::default(), frame: 0 }
    }

    fn take(&mut self, (packet, fragment): (Packet<'_>, Fragment)) -> Option<String> {
        self.frame += 1;
        let whole = self.fragments.take(&packet, fragment, is_other, when(self.frame, 0), &mut self.ledger);
        whole.map(|whole| String::from_utf8(whole.to_vec()).expect("ASCII"))
    }

    /// Ends the input; what was refused and what was unrelated.
    fn end(mut self) -> (Vec<(&'static str, u64)>, u64) {
        while self.fragments.expire(None, &mut self.ledger) {}
        assert_eq!(self.fragments.octets(), 0, "what is held is accounted for");
        let rejected = self.ledger.rejected.iter().map(|(reason, tally)| (*reason, tally.count)).collect();
        (rejected, self.ledger.unrelated.values().map(|tally| tally.count).sum())
    }
}

#[test]
fn parts_come_in_any_order_and_twice() {
    let mut bench = Bench::new(1 << 16);
    assert_eq!(bench.take(part(1, 16, false, b"end")), None);
    assert_eq!(bench.take(part(1, 8, true, b"middle..")), None);
    assert_eq!(bench.take(part(2, 0, true, b"another.")), None);
    assert_eq!(bench.take(part(1, 8, true, b"middle..")), None);
    assert_eq!(bench.take(part(1, 0, true, b"start...")), Some("start...middle..end".to_owned()));
    assert_eq!(bench.take(part(2, 8, false, b"one")), Some("another.one".to_owned()));
    assert_eq!(bench.end(), (vec![], 0));
}

#[test]
fn overlapping_parts_are_refused_whole() {
    for odd in [
        part(1, 8, true, b"MIDDLE.."),
        part(1, 0, true, b"start...mi"),
        part(1, 16, false, b""),
        part(1, 24, true, b"far away"),
    ] {
        let mut bench = Bench::new(1 << 16);
        bench.take(part(1, 8, true, b"middle.."));
        bench.take(part(1, 16, false, b"end"));
        assert_eq!(bench.take(odd), None);
        let (rejected, _) = bench.end();
        assert_eq!(rejected.iter().map(|(_, n)| n).sum::<u64>(), 1, "{rejected:?}");
    }
    let mut bench = Bench::new(1 << 16);
    bench.take(part(1, 16, true, b"far away"));
    assert_eq!(bench.take(part(1, 8, false, b"end")), None);
    assert_eq!(bench.end(), (vec![("fragments that overlap", 1)], 0));
}

#[test]
fn datagrams_of_other_ports_are_unrelated() {
    let mut bench = Bench::new(1 << 16);
    assert_eq!(bench.take(part(1, 0, true, b"xother..")), None);
    assert_eq!(bench.take(part(1, 8, false, b"end")), None);
    // The identifier comes round again.
    assert_eq!(bench.take(part(1, 0, true, b"start...")), None);
    assert_eq!(bench.take(part(1, 8, false, b"end")), Some("start...end".to_owned()));
    assert_eq!(bench.take(part(2, 8, false, b"end")), None);
    assert_eq!(bench.take(part(2, 0, true, b"xother..")), None);
    assert_eq!(bench.end(), (vec![], 1), "the first was let go of when its identifier came again");
}

#[test]
fn waiting_ends_by_the_clock() {
    let mut bench = Bench::new(1 << 16);
    bench.take(part(1, 0, true, b"start..."));
    bench.fragments.expire(Some(Timestamp::from_us(59_000_000)), &mut bench.ledger);
    assert_eq!(bench.ledger.units_in, 0);
    bench.fragments.expire(Some(Timestamp::from_us(61_000_000)), &mut bench.ledger);
    assert_eq!(bench.ledger.rejected["fragments of which some are missing"].first_at.byte, 1);
    let mut cut = part(2, 0, true, b"start...");
    cut.0.missing = 3;
    assert_eq!(bench.take(cut), None);
    assert_eq!(bench.end().0, [("fragment cut by the snapshot length", 1), ("fragments of which some are missing", 1)]);
}

proptest! {
    #[test]
    fn what_is_held_is_bounded_and_each_datagram_is_counted(
        parts in prop::collection::vec((0u32..20, 0usize..30, any::<bool>(), 0usize..40), 1..200),
    ) {
        let mut bench = Bench::new(4000);
        for (id, at, more, len) in parts {
            bench.take(part(id, at * 8, more, &b"0123456789012345678901234567890123456789"[..len]));
            prop_assert!(bench.fragments.octets() <= 4000);
            prop_assert!(bench.ledger.balances());
        }
        bench.end();
    }
}
