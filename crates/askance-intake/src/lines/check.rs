//! What the tests of line formats share: an input, and its rows and ledger as text.

use core::fmt::Write as _;
use std::io::{BufReader, Cursor};

use askance_record::{Batch, Host, write_answers};

use crate::unwrap::Unwrapped;
use crate::{Flow, IntakeError, Limits, Options, ReadRecords};

/// An input as `unwrap` hands it over, with a buffer so small that lines cross its end.
pub(crate) fn unwrapped(input: &str) -> Unwrapped {
    BufReader::with_capacity(64, Box::new(Cursor::new(input.as_bytes().to_vec())))
}

/// Options with the year of the case that gave the program its reason.
pub(crate) fn options() -> Options {
    Options { year: Some(2016), limits: Limits::DEFAULT, ..Options::default() }
}

/// Reads everything and shows every row and the ledger.
pub(crate) fn rows(open: impl Fn(&Options) -> Result<Box<dyn ReadRecords>, IntakeError>) -> String {
    rows_with(&options(), open)
}

/// As [`rows`], with options of one's own.
pub(crate) fn rows_with(
    options: &Options,
    open: impl Fn(&Options) -> Result<Box<dyn ReadRecords>, IntakeError>,
) -> String {
    let mut shown = String::new();
    let mut reader = match open(options) {
        Ok(reader) => reader,
        Err(error) => return format!("error: {error}"),
    };
    let mut batch = Batch::with_room(3);
    loop {
        let flow = reader.read(&mut batch);
        assert!(batch.len() <= 3, "a batch holds more than its room");
        show(&batch, &mut shown);
        batch.clear();
        match flow {
            Ok(Flow::More) => {}
            Ok(Flow::End) => break,
            Err(error) => {
                writeln!(shown, "error: {error}").unwrap();
                break;
            }
        }
    }
    let ledger = reader.ledger();
    assert!(ledger.balances(), "{ledger:?}");
    writeln!(shown, "in {} paired {} duplicates {}", ledger.units_in, ledger.paired, ledger.duplicates).unwrap();
    for (word, tallies) in [("rejected", &ledger.rejected), ("unrelated", &ledger.unrelated)] {
        for (reason, tally) in tallies {
            writeln!(shown, "{word} {} {reason}, first {}", tally.count, tally.first_at.unit).unwrap();
        }
    }
    for assumption in &ledger.assumptions {
        writeln!(shown, "assumed {assumption}").unwrap();
    }
    shown
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn show(batch: &Batch, shown: &mut String) {
    for l in batch.lookups.as_slice() {
        let port = l.client_port.map_or_else(String::new, |port| format!("#{port}"));
        write!(shown, "{} {} {} {}{port} > {} ", l.at.unit, l.ts, l.vantage, l.client, l.server).unwrap();
        write!(shown, "{} {} {} {} ", l.qname.raw(), or_dash(l.qclass), or_dash(l.qtype), l.side.as_str()).unwrap();
        write!(shown, "{} [{}] {}", or_dash(l.rcode), or_dash(l.flags), or_dash(l.transport)).unwrap();
        if let Some(id) = l.id {
            write!(shown, " id={id}").unwrap();
        }
        if let Some(rtt_us) = l.rtt_us {
            write!(shown, " rtt={rtt_us}us").unwrap();
        }
        if let Some(cached) = l.cached {
            write!(shown, " cached={cached}").unwrap();
        }
        if l.count != 1 {
            write!(shown, " count={}", l.count).unwrap();
        }
        if let Some(ttl_s) = l.ttl_min_s {
            write!(shown, " ttl={ttl_s}s").unwrap();
        }
        if l.answers_known {
            shown.push_str(" = ");
            write_answers(&l.answers, shown);
        }
        shown.push('\n');
    }
    for f in batch.flows.as_slice() {
        write!(shown, "{} {} .. {} {} ", f.at.unit, f.start, or_dash(f.end), f.proto).unwrap();
        write!(shown, "{}#{} > {}#{} ", or_dash(f.src), or_dash(f.src_port), or_dash(f.dst), or_dash(f.dst_port))
            .unwrap();
        write!(shown, "packets={} bytes={} ", or_dash(f.packets), or_dash(f.bytes)).unwrap();
        writeln!(shown, "state={:?} established={:?}", f.state, f.established).unwrap();
    }
    for m in batch.mail.as_slice() {
        let peer = m.peer.map_or(Host::Unknown, Host::from);
        write!(shown, "{} {} {} {}@{} {:?} ", m.at.unit, m.ts, m.kind, m.program, m.host, m.queue_id).unwrap();
        write!(shown, "peer={peer} {:?} helo={:?} from={:?} to={:?} ", m.peer_name, m.helo, m.from, m.to).unwrap();
        writeln!(shown, "code={} | {}", or_dash(m.code), m.text).unwrap();
    }
}
