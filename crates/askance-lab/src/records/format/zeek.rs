//! What Zeek's logs have in common: header, footer, escapes, identifiers.
//!
//! # Source
//! Zeek `src/threading/formatters/Ascii.cc`, `src/logging/writers/ascii/Ascii.cc`.

use core::fmt::Write as _;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};

use askance_record::{Timestamp, mix64};

use super::super::out::Out;
use super::super::sight::Pair;
use super::super::stamp;

/// The unset field.
pub(super) const UNSET: &str = "-";

/// A log's columns, and whether its header is written.
#[derive(Debug)]
pub(super) struct Table {
    path: &'static str,
    columns: &'static [(&'static str, &'static str)],
    begun: bool,
    last: Timestamp,
}

impl Table {
    /// - `columns`: name and type of each
    pub(super) fn new(path: &'static str, columns: &'static [(&'static str, &'static str)]) -> Self {
        Self { path, columns, begun: false, last: Timestamp::default() }
    }

    /// Writes one row; before the first the header, opened at its time.
    pub(super) fn row(&mut self, out: &mut Out, now: Timestamp, fields: &[String]) -> io::Result<()> {
        assert_eq!(fields.len(), self.columns.len(), "a field for each column");
        self.begin(out, now)?;
        self.last = self.last.max(now);
        out.row();
        writeln!(out, "{}", fields.join("\t"))
    }

    fn begin(&mut self, out: &mut Out, now: Timestamp) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.last = now;
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        let types: Vec<_> = self.columns.iter().map(|(_, kind)| *kind).collect();
        writeln!(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t{UNSET}")?;
        writeln!(out, "#path\t{}\n#open\t{}", self.path, stamp::zeek(now))?;
        writeln!(out, "#fields\t{}\n#types\t{}", names.join("\t"), types.join("\t"))
    }

    /// Writes the footer, and the header where there was no row.
    pub(super) fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        self.begin(out, self.last)?;
        writeln!(out, "#close\t{}", stamp::zeek(self.last))
    }
}

/// `udp_inactivity_timeout`: a datagram flow ends with this much silence.
pub(super) const UDP_SILENCE_US: i64 = 60_000_000;

/// When each open connection began, so that all its rows bear one identifier, in both logs.
#[derive(Debug, Default)]
pub(super) struct Begun {
    open: HashMap<(Pair, bool), (Timestamp, Timestamp)>,
    /// Datagram flows in the order of their packets.
    touched: VecDeque<(Timestamp, Pair)>,
}

impl Begun {
    /// Takes a packet of a connection over TCP or not.
    pub(super) fn packet(&mut self, pair: Pair, tcp: bool, at: Timestamp) {
        while let Some(&(last, pair)) = self.touched.front()
            && last.plus_us(UDP_SILENCE_US) < at
        {
            self.touched.pop_front();
            if self.open.get(&(pair, false)).is_some_and(|open| open.1 == last) {
                self.open.remove(&(pair, false));
            }
        }
        self.open.entry((pair, tcp)).or_insert((at, at)).1 = at;
        if !tcp {
            self.touched.push_back((at, pair));
        }
    }

    /// Forgets a stream.
    pub(super) fn over(&mut self, pair: Pair) {
        self.open.remove(&(pair, true));
    }

    /// When the connection began that something is part of at `at`.
    pub(super) fn first(&self, pair: Pair, tcp: bool, at: Timestamp) -> Timestamp {
        self.open.get(&(pair, tcp)).map_or(at, |open| open.0)
    }
}

/// Time, identifier, addresses and ports: the fields that both logs begin with.
///
/// - `first`: when the connection began
pub(super) fn connection(seed: u64, at: Timestamp, first: Timestamp, pair: Pair) -> Vec<String> {
    let Pair { client, server } = pair;
    vec![
        stamp::epoch(at),
        uid(seed, pair, first),
        client.ip().to_string(),
        client.port().to_string(),
        server.ip().to_string(),
        server.port().to_string(),
    ]
}

/// A connection's identifier: `C` and 17 characters.
fn uid(seed: u64, pair: Pair, start: Timestamp) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let first = pair.number(seed ^ mix64(start.us().unsigned_abs()));
    let mut uid = String::from("C");
    for mut n in [first, mix64(first)] {
        for _ in 0..if uid.len() == 1 { 9 } else { 8 } {
            uid.push(char::from(DIGITS[usize::try_from(n % 62).expect("below 62")]));
            n /= 62;
        }
    }
    uid
}

/// A text field: separators and control characters become `\xHH`, nothing becomes `(empty)`.
///
/// - `is_item`: it stands in a vector, so that a comma is a separator too
pub(super) fn field(octets: &[u8], is_item: bool) -> String {
    if octets.is_empty() {
        return "(empty)".to_owned();
    }
    // A text that is the mark for "unset" is told from it by an escape.
    let hides = octets == UNSET.as_bytes();
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        if octet == b'\\' {
            text.push_str("\\\\");
        } else if hides || !(0x20..0x7f).contains(&octet) || (is_item && octet == b',') {
            write!(text, "\\x{octet:02x}").expect("writing to a String cannot fail");
        } else {
            text.push(char::from(octet));
        }
    }
    text
}
