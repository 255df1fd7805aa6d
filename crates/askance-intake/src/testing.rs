//! Reading under assertion: what tests and fuzz targets share.
//!
//! Not part of the stable interface.

use std::io::{Cursor, Read};

use askance_record::{At, Batch, FlowRecord, Ledger, Lookup, MailEvent, Name, Unit};

use crate::{Flow, Format, IntakeError, Limits, Options, open};

/// What an input held.
#[derive(Debug, Default)]
pub struct Contents {
    /// Lookups, in the order in which they came out.
    pub lookups: Vec<Lookup>,
    /// Flows.
    pub flows: Vec<FlowRecord>,
    /// Mail events.
    pub mail: Vec<MailEvent>,
    /// The account.
    pub ledger: Ledger,
    /// How reading ended, if not well.
    pub error: Option<IntakeError>,
}

/// Reads all of `octets` and asserts what must hold for any octets: the ledger balances and counts
/// the rows that came out, positions lie inside the input, reading makes progress and ends.
///
/// # Panics
/// Where a reader breaks its contract.
pub fn read_all(octets: &[u8], format: Option<Format>, limits: Limits) -> Contents {
    let options = Options { format, limits, year: Some(2016), ..Options::default() };
    read_from(Box::new(Cursor::new(octets.to_vec())), octets.len() as u64, &options)
}

/// As [`read_all`], from any input of at most `len` octets.
///
/// # Panics
/// Where a reader breaks its contract.
pub fn read_from(input: Box<dyn Read + Send>, len: u64, options: &Options) -> Contents {
    let mut contents = Contents::default();
    let mut opened = match open(input, options) {
        Ok(opened) => opened,
        Err(error) => return Contents { error: Some(error), ..contents },
    };
    // Positions count unwrapped octets, whose number is not known here.
    let is_plain = opened.wrappers.is_empty();
    let mut batch = Batch::with_room(7);
    let mut pauses = 0;
    loop {
        let flow = opened.reader.read(&mut batch);
        assert!(batch.len() <= 7, "a reader overfills its batch");
        for at in positions(&batch) {
            assert_eq!(at.source, options.source);
            assert!(!is_plain || at.byte <= len, "position {at} lies outside the input of {len} octets");
            assert!(at.unit != Unit::Line(0), "a row without a position");
        }
        pauses = if batch.is_empty() { pauses + 1 } else { 0 };
        contents.lookups.extend_from_slice(batch.lookups.as_slice());
        contents.flows.extend_from_slice(batch.flows.as_slice());
        contents.mail.extend_from_slice(batch.mail.as_slice());
        batch.clear();
        match flow {
            Ok(Flow::More) => assert!(pauses <= 16 + len, "no progress"),
            Ok(Flow::End) => break,
            Err(error) => {
                contents.error = Some(error);
                break;
            }
        }
    }
    let ledger = opened.reader.ledger();
    assert!(ledger.balances(), "the ledger does not balance: {ledger:?}");
    assert_eq!(ledger.lookups, contents.lookups.len() as u64, "lookups counted and yielded");
    assert_eq!(ledger.flows, contents.flows.len() as u64, "flows counted and yielded");
    assert_eq!(ledger.mail, contents.mail.len() as u64, "mail events counted and yielded");
    for tally in ledger.rejected.values().chain(ledger.unrelated.values()) {
        assert!(tally.count > 0 && (!is_plain || tally.first_at.byte <= len));
    }
    contents.ledger = ledger.clone();
    contents
}

fn positions(batch: &Batch) -> impl Iterator<Item = At> {
    let lookups = batch.lookups.as_slice().iter().map(|row| row.at);
    let flows = batch.flows.as_slice().iter().map(|row| row.at);
    lookups.chain(flows).chain(batch.mail.as_slice().iter().map(|row| row.at))
}

/// Reads a name at `at` of a message and asserts that its presentation form stands for the same labels.
///
/// # Panics
/// Where it does not.
pub fn read_wire_name(octets: &[u8], at: usize) -> Option<Name> {
    let mut name = Name::default();
    let end = crate::capture::wire::read_name(octets, at, &mut name).ok()?;
    assert!(at < end && end <= octets.len(), "a name ends inside its message");
    let again = Name::parse(name.raw()).expect("a name's own spelling is one");
    assert_eq!((again.key(), again.raw()), (name.key(), name.raw()));
    Some(name)
}
