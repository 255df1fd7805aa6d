use std::fmt::Write as _;
use std::net::Ipv4Addr;

use askance_record::{SourceId, Unit};
use insta::assert_snapshot;

use super::*;

/// A bench on which messages are named by words: `q` or `r`, identifier, name, and milliseconds.
struct Bench {
    exchange: Exchange,
    ledger: Ledger,
    frame: u64,
}

impl Bench {
    fn new(pending_max: usize) -> Self {
        Self { exchange: Exchange::new(None, pending_max), ledger: Ledger::default(), frame: 0 }
    }

    fn take(&mut self, ms: i64, kind: char, id: u16, name: &str) {
        self.frame += 1;
        let at = At { source: SourceId(0), byte: self.frame, unit: Unit::Frame(self.frame) };
        let is_response = kind == 'r';
        let flags: u16 = if is_response { 0x8183 } else { 0x0100 };
        let mut octets = id.to_be_bytes().to_vec();
        octets.extend(flags.to_be_bytes());
        octets.extend([0, u8::from(!name.is_empty()), 0, 0, 0, 0, 0, 0]);
        if !name.is_empty() {
            octets.push(u8::try_from(name.len()).expect("short"));
            octets.extend(name.as_bytes());
            octets.extend([0, 0, 1, 0, 1]);
        }
        let (client, server) = (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::new(192, 0, 2, 53).into());
        let ((src, src_port), (dst, dst_port)) =
            if is_response { ((server, 53), (client, 999)) } else { ((client, 999), (server, 53)) };
        let ts = Timestamp::from_us(ms * 1000);
        let (src, dst, src_port, dst_port) = (Some(src), Some(dst), Some(src_port), Some(dst_port));
        let seen = Seen { at, ts, src, dst, src_port, dst_port, transport: Some(Transport::Udp), told: None };
        self.exchange.take(&seen, &octets, false, &mut self.ledger);
        self.exchange.expire(ts, &mut self.ledger);
        assert!(self.ledger.balances());
    }

    /// Ends the input; the rows, one a line, and what is to be said of them.
    fn end(mut self) -> String {
        while self.exchange.give_up(&mut self.ledger) {
            assert!(self.ledger.balances());
            if self.exchange.waiting.len() == 0 {
                break;
            }
        }
        let mut batch = Batch::with_room(1000);
        assert!(self.exchange.send(&mut batch));
        assert!(self.exchange.chains.is_empty(), "no chain outlives its queries");
        let mut out = String::new();
        for row in batch.lookups.as_slice() {
            let (frame, ms) = (row.at.byte, row.ts.us() / 1000);
            let (id, name, side) = (row.id.expect("set"), row.qname.raw(), row.side.as_str());
            let rtt = row.rtt_us.map_or("-".to_owned(), |us| (us / 1000).to_string());
            writeln!(out, "{id} {name} {side} frame {frame} at {ms} rtt {rtt}").expect("to memory");
        }
        let Ledger { units_in, lookups, paired, duplicates, rejected, .. } = &self.ledger;
        write!(out, "in {units_in} lookups {lookups} paired {paired} duplicates {duplicates}").expect("to memory");
        for (reason, tally) in rejected {
            write!(out, "; {reason}: {}", tally.count).expect("to memory");
        }
        out
    }
}

fn run(messages: &[(i64, char, u16, &str)]) -> String {
    let mut bench = Bench::new(8);
    for &(ms, kind, id, name) in messages {
        bench.take(ms, kind, id, name);
    }
    bench.end()
}

#[test]
fn a_response_belongs_to_the_oldest_query() {
    let messages = [(0, 'q', 1, "a"), (5, 'q', 1, "a"), (9, 'r', 1, "A"), (10, 'r', 1, "a"), (11, 'r', 1, "a")];
    assert_snapshot!(run(&messages), @r"
    1 a both frame 1 at 0 rtt 9
    1 a both frame 2 at 5 rtt 5
    1 a response frame 5 at 11 rtt -
    in 5 lookups 3 paired 2 duplicates 0
    ");
}

#[test]
fn name_and_identifier_tell_queries_apart() {
    let messages =
        [(0, 'q', 1, "a"), (1, 'q', 1, "b"), (2, 'q', 2, "a"), (3, 'r', 1, "b"), (4, 'r', 2, "a"), (5, 'r', 1, "c")];
    assert_snapshot!(run(&messages), @r"
    1 b both frame 2 at 1 rtt 2
    2 a both frame 3 at 2 rtt 2
    1 c response frame 6 at 5 rtt -
    1 a query frame 1 at 0 rtt -
    in 6 lookups 4 paired 2 duplicates 0
    ");
}

#[test]
fn a_response_without_a_question_belongs_to_the_oldest_query_of_its_identifier() {
    let messages = [(0, 'q', 1, "a"), (1, 'q', 1, "b"), (2, 'r', 1, ""), (3, 'r', 7, "")];
    assert_snapshot!(run(&messages), @r"
    1 a both frame 1 at 0 rtt 2
    1 b query frame 2 at 1 rtt -
    in 4 lookups 2 paired 1 duplicates 0; response without a question or a query: 1
    ");
}

#[test]
fn waiting_ends_by_the_clock_even_when_it_is_set_back() {
    let messages = [
        (60_000, 'q', 1, "a"),
        (60_001, 'q', 2, "b"),
        (90_001, 'r', 2, "b"),
        (90_002, 'r', 1, "a"),
        (90_003, 'q', 3, "c"),
        (1000, 'q', 4, "d"),
        (1001, 'r', 3, "c"),
        (999, 'r', 4, "d"),
    ];
    assert_snapshot!(run(&messages), @r"
    2 b both frame 2 at 60001 rtt 30000
    1 a query frame 1 at 60000 rtt -
    1 a response frame 4 at 90002 rtt -
    3 c query frame 5 at 90003 rtt -
    3 c response frame 7 at 1001 rtt -
    4 d both frame 6 at 1000 rtt -
    in 8 lookups 6 paired 2 duplicates 0
    ");
}

#[test]
fn too_many_waiting_queries_give_up_the_oldest() {
    let mut bench = Bench::new(2);
    for id in 1..=5 {
        bench.take(0, 'q', id, "a");
        assert!(bench.exchange.waiting.len() <= 2);
    }
    bench.take(1, 'r', 1, "a");
    bench.take(1, 'r', 5, "a");
    assert_snapshot!(bench.end(), @r"
    1 a query frame 1 at 0 rtt -
    2 a query frame 2 at 0 rtt -
    3 a query frame 3 at 0 rtt -
    1 a response frame 6 at 1 rtt -
    5 a both frame 5 at 0 rtt 1
    4 a query frame 4 at 0 rtt -
    in 7 lookups 6 paired 1 duplicates 0
    ");
}

#[test]
fn repetitions_are_counted_and_kept() {
    let messages = [(0, 'q', 1, "a"), (0, 'q', 1, "a"), (1, 'r', 1, "a"), (1, 'r', 1, "a"), (2, 'q', 1, "a")];
    assert_snapshot!(run(&messages), @r"
    1 a both frame 1 at 0 rtt 1
    1 a both frame 2 at 0 rtt 1
    1 a query frame 5 at 2 rtt -
    in 5 lookups 3 paired 2 duplicates 1
    ");
}

#[test]
fn a_flood_of_one_identifier_is_not_searched_for_ever() {
    let mut bench = Bench::new(1000);
    for n in 0..200 {
        bench.take(0, 'q', 1, &format!("n{n}"));
    }
    bench.take(1, 'r', 1, "n10");
    bench.take(1, 'r', 1, "n190");
    let text = bench.end();
    assert!(text.contains("1 n10 both"));
    assert!(text.contains("1 n190 response") && text.contains("1 n190 query"), "beyond what is compared");
}
