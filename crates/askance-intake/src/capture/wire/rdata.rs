//! RDATA in presentation form.
//!
//! Data that does not fit its type is written in the generic form of RFC 3597 §5, as is the data of
//! types that have no rule here: the octets are kept, and a server's odd record does not cost the
//! lookup it answers.

use core::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use askance_record::{Name, RrType};

use super::{Bad, Record, read_name};

/// Appends the record's data to `out`; `scratch` is a name to work with.
///
/// # Errors
/// A name inside the data that breaks the rules of compression.
pub(super) fn write(octets: &[u8], record: &Record<'_>, scratch: &mut Name, out: &mut String) -> Result<(), Bad> {
    let mut data = Data { octets, at: record.data_at, end: record.data_at + record.data.len(), scratch, out };
    if !data.write(record.rtype)? || data.at != data.end {
        out.clear();
        write!(out, r"\# {}", record.data.len()).expect(STRING);
        for (i, octet) in record.data.iter().enumerate() {
            write!(out, "{}{octet:02x}", if i == 0 { " " } else { "" }).expect(STRING);
        }
    }
    Ok(())
}

const STRING: &str = "writing to a String cannot fail";

/// Data being written, with the place up to which it has been read.
struct Data<'a> {
    octets: &'a [u8],
    at: usize,
    end: usize,
    scratch: &'a mut Name,
    out: &'a mut String,
}

impl Data<'_> {
    /// Writes by type; false where the data does not fit.
    fn write(&mut self, rtype: RrType) -> Result<bool, Bad> {
        match rtype {
            RrType::A => {
                Ok(self.take::<4>().map(|a| write!(self.out, "{}", Ipv4Addr::from(a)).expect(STRING)).is_some())
            }
            RrType::AAAA => {
                Ok(self.take::<16>().map(|a| write!(self.out, "{}", Ipv6Addr::from(a)).expect(STRING)).is_some())
            }
            RrType::NS | RrType::CNAME | RrType::PTR | RrType::DNAME => self.name(),
            RrType::MX => Ok(self.number() && self.name()?),
            RrType::SRV => Ok(self.number() && self.number() && self.number() && self.name()?),
            RrType::SOA => self.soa(),
            RrType::TXT | RrType::SPF => Ok(self.strings()),
            RrType::CAA => Ok(self.caa()),
            _ => Ok(false),
        }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, _) = self.octets.get(self.at..self.end)?.split_first_chunk::<N>()?;
        self.at += N;
        Some(*chunk)
    }

    /// A 16-bit number and a blank.
    fn number(&mut self) -> bool {
        self.take().map(|n| write!(self.out, "{} ", u16::from_be_bytes(n)).expect(STRING)).is_some()
    }

    fn name(&mut self) -> Result<bool, Bad> {
        if self.at >= self.end {
            return Ok(false);
        }
        match read_name(self.octets, self.at, self.scratch) {
            Ok(after) if after <= self.end => self.at = after,
            Ok(_) | Err(Bad::Ends) => return Ok(false),
            Err(rule) => return Err(rule),
        }
        self.out.push_str(self.scratch.raw());
        Ok(true)
    }

    fn soa(&mut self) -> Result<bool, Bad> {
        if !self.name()? {
            return Ok(false);
        }
        self.out.push(' ');
        if !self.name()? {
            return Ok(false);
        }
        for _ in 0..5 {
            let Some(n) = self.take() else { return Ok(false) };
            write!(self.out, " {}", u32::from_be_bytes(n)).expect(STRING);
        }
        Ok(true)
    }

    /// One or more character strings.
    fn strings(&mut self) -> bool {
        let start = self.at;
        while self.at < self.end {
            let len = usize::from(self.octets[self.at]);
            let from = self.at + 1;
            if from + len > self.end {
                return false;
            }
            if self.at > start {
                self.out.push(' ');
            }
            quote(&self.octets[from..from + len], self.out);
            self.at = from + len;
        }
        self.at > start
    }

    /// RFC 8659 §4.1.
    fn caa(&mut self) -> bool {
        let Some([flags, len]) = self.take() else { return false };
        let Some(tag) = self.octets[..self.end].get(self.at..self.at + usize::from(len)) else { return false };
        if tag.is_empty() || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return false;
        }
        write!(self.out, "{flags} ").expect(STRING);
        self.out.extend(tag.iter().copied().map(char::from));
        self.out.push(' ');
        quote(&self.octets[self.at + tag.len()..self.end], self.out);
        self.at = self.end;
        true
    }
}

/// A character string as RFC 1035 §5.1 writes it.
fn quote(string: &[u8], out: &mut String) {
    out.push('"');
    for &octet in string {
        match octet {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(octet));
            }
            0x20..=0x7e => out.push(char::from(octet)),
            octet => write!(out, "\\{octet:03}").expect(STRING),
        }
    }
    out.push('"');
}
