//! Zones as text (RFC 1035 §5).

use core::fmt;
use core::fmt::Write as _;

use askance_record::{Name, RrType};
use domain::base::iana::Class;
use domain::base::name::ToName as _;
use domain::base::rdata::ComposeRecordData as _;
use domain::dep::octseq::parse::Parser;
use domain::zonefile::inplace::{Entry, Zonefile};

use super::ZoneError;
use crate::dns::message::{Data, Record};
use crate::dns::wire::decode;
use crate::dns::wire::encode::WireName;

/// The records of a master file, in order.
pub(super) fn read(origin: &Name, text: &str) -> Result<Vec<Record>, ZoneError> {
    if let Some((line, what)) = unclosed(text) {
        return Err(ZoneError::Syntax { line, what: what.to_owned() });
    }
    let mut file = Zonefile::from(text);
    // The reader takes a last line without its end for a cut-off file.
    file.extend_from_slice(b"\n");
    file.set_origin(WireName::of(origin).as_name().to_bytes());
    file.set_default_class(Class::IN);
    let mut records = Vec::new();
    loop {
        let entry = file.next_entry().map_err(|e| syntax(&e.to_string()))?;
        // The reader stands behind the entry: at the end of its last line.
        let line = || line_at(text, file.current_offset());
        match entry {
            None => return Ok(records),
            Some(Entry::Include { .. }) => return Err(ZoneError::Include { line: line() }),
            Some(Entry::Record(scanned)) => {
                if scanned.class() != Class::IN {
                    return Err(ZoneError::Class { line: line() });
                }
                let mut octets = Vec::new();
                let Ok(()) = scanned.data().compose_rdata(&mut octets);
                let rtype = RrType(scanned.rtype().to_int());
                let refused = |e| ZoneError::Syntax { line: line(), what: format!("{e}") };
                records.push(Record {
                    owner: decode::spell(scanned.owner()).map_err(refused)?,
                    ttl_s: scanned.ttl().as_secs(),
                    data: decode::data(rtype, Parser::from_ref(&octets[..])).map_err(refused)?,
                });
            }
        }
    }
}

/// Where the text ends inside parentheses or quotes, the line where they open, and what they are.
///
/// The reader of domain 0.12.3 panics on a TXT record that the end of the file cuts so.
fn unclosed(text: &str) -> Option<(usize, &'static str)> {
    let (mut line, mut opened) = (1, Vec::new());
    let (mut quoted_at, mut in_comment) = (None, false);
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'\n' => {
                in_comment = false;
                line += 1;
            }
            _ if in_comment => {}
            b'\\' => line += usize::from(octets.next() == Some(b'\n')),
            b'"' => quoted_at = if quoted_at.is_some() { None } else { Some(line) },
            _ if quoted_at.is_some() => {}
            b';' => in_comment = true,
            b'(' => opened.push(line),
            b')' => {
                opened.pop();
            }
            _ => {}
        }
    }
    quoted_at
        .map(|line| (line, "quotes are not closed"))
        .or(opened.pop().map(|line| (line, "parentheses are not closed")))
}

/// The reader's error, which it only tells as `LINE:COLUMN: WHAT`.
///
/// It has read the end of the line when it finds the last token wrong, and then tells the next line's first column.
fn syntax(said: &str) -> ZoneError {
    let mut parts = said.splitn(3, ':');
    let mut number = || parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (line, column): (usize, usize) = (number(), number());
    let line = if column == 1 { line.saturating_sub(1) } else { line };
    ZoneError::Syntax { line, what: parts.next().unwrap_or(said).trim().to_owned() }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset.saturating_sub(1)).fold(1, |line, octet| line + usize::from(octet == b'\n'))
}

/// The record on one line of a master file, names in full.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, &self.owner)?;
        // The generic form goes with the generic name of the type, which every reader knows.
        match self.data {
            Data::Other { rtype, .. } => write!(f, " {} IN TYPE{} {}", self.ttl_s, rtype.0, self.data),
            _ => write!(f, " {} IN {} {}", self.ttl_s, self.data.rtype(), self.data),
        }
    }
}

/// The data as in a master file, names in full; types that are not spelt out as RFC 3597 §5 has them.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(a) => write!(f, "{a}"),
            Self::Aaaa(a) => write!(f, "{a}"),
            Self::Ns(n) | Self::Cname(n) | Self::Ptr(n) => write_name(f, n),
            Self::Mx { preference, exchange } => {
                write!(f, "{preference} ")?;
                write_name(f, exchange)
            }
            Self::Srv { priority, weight, port, target } => {
                write!(f, "{priority} {weight} {port} ")?;
                write_name(f, target)
            }
            Self::Soa(soa) => {
                write_name(f, &soa.mname)?;
                f.write_char(' ')?;
                write_name(f, &soa.rname)?;
                let (serial, refresh, retry) = (soa.serial, soa.refresh_s, soa.retry_s);
                write!(f, " {serial} {refresh} {retry} {} {}", soa.expire_s, soa.negative_ttl_s)
            }
            Self::Txt(strings) => write_strings(f, strings),
            Self::Other { octets, .. } => {
                write!(f, "\\# {} ", octets.len())?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// Quoted strings; longer ones are cut as they are on the wire.
fn write_strings(f: &mut fmt::Formatter<'_>, strings: &[Vec<u8>]) -> fmt::Result {
    if strings.is_empty() {
        return f.write_str("\"\"");
    }
    let parts = strings.iter().flat_map(|s| if s.is_empty() { vec![&s[..]] } else { s.chunks(255).collect() });
    for (n, part) in parts.enumerate() {
        f.write_str(if n > 0 { " \"" } else { "\"" })?;
        for octet in part {
            match octet {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*octet))?,
                b' '..=b'~' => f.write_char(char::from(*octet))?,
                _ => write!(f, "\\{octet:03}")?,
            }
        }
        f.write_char('"')?;
    }
    Ok(())
}

/// The name with a final dot, and escapes for what master files read as syntax.
fn write_name(f: &mut fmt::Formatter<'_>, name: &Name) -> fmt::Result {
    if name.key() != "." {
        let mut chars = name.raw().chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    f.write_char(c)?;
                    chars.next().map_or(Ok(()), |escaped| f.write_char(escaped))?;
                }
                '"' | ';' | '(' | ')' | '@' | '$' => write!(f, "\\{c}")?,
                c => f.write_char(c)?,
            }
        }
    }
    f.write_char('.')
}
