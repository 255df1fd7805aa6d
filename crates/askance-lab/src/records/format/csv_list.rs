//! Lists as they are published: stamp, name and client of each query.

use std::io::{self, Write};

use super::super::out::Out;
use super::super::stamp;
use super::{Exchanged, Keeper};

/// Writes such a list. Stamps show milliseconds, whatever the resolution is.
#[derive(Debug)]
pub(super) struct CsvList {
    pub(super) delimiter: char,
}

impl Keeper for CsvList {
    fn exchanged(&mut self, out: &mut Out, seen: &Exchanged<'_>) -> io::Result<()> {
        let Some((qname, _)) = seen.message.question.as_ref().filter(|_| seen.kept) else { return Ok(()) };
        if seen.message.header.response {
            return Ok(());
        }
        let (d, at, client) = (self.delimiter, stamp::millis(seen.at), seen.pair.client.ip());
        out.row();
        writeln!(out, "{at}{d}{}{d}{client}", quoted(qname.key(), d))
    }

    fn shows_responses(&self) -> bool {
        false
    }
}

/// A field in quotes where it holds the delimiter or a quote (RFC 4180).
fn quoted(field: &str, delimiter: char) -> String {
    if field.contains(delimiter) || field.contains('"') {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
