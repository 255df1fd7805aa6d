//! One line of delimited text as a lookup.

use askance_record::{Answer, At, Flags, Host, Lookup, Rcode, Resolution, RrClass, RrType, Side, Timestamp, Vantage};

use super::Mapped;
use super::fields::Fields;
use super::map::CsvField;
use crate::IntakeError;
use crate::stamp::NoStamp;
use crate::text::scan::{append_text, number, text_of, ttl_of, u16_of};

/// Why a line is no lookup.
pub(super) enum Refusal {
    Reason(&'static str),
    Stamp(NoStamp),
}

impl Refusal {
    pub(super) fn reason(self, at: At) -> Result<&'static str, IntakeError> {
        match self {
            Self::Reason(reason) => Ok(reason),
            Self::Stamp(why) => why.reason(at),
        }
    }
}

impl Mapped {
    /// Reads a line into `lookup`.
    pub(super) fn row(&mut self, line: &[u8], lookup: &mut Lookup) -> Result<(), Refusal> {
        let (mut has_ts, mut has_name) = (false, false);
        let mut fields = Fields::new(line, self.map.delimiter.as_bytes(), self.map.quotes, &mut self.scratch);
        for column in &self.columns {
            let Some(field) = fields.next().map_err(|_| Refusal::Reason("damaged quotes"))? else { break };
            match column {
                None => {}
                Some(CsvField::Ts) => {
                    let stamp =
                        Self::stamp(&self.form, field.trim_ascii(), self.map.resolution).map_err(Refusal::Stamp)?;
                    let ts = self.clock.settle(&stamp).map_err(Refusal::Stamp)?;
                    lookup.ts = floor(ts, self.map.resolution);
                    has_ts = true;
                }
                Some(CsvField::Qname) => {
                    let name = field.trim_ascii();
                    lookup.qname.set(name).map_err(|e| Refusal::Reason(e.as_str()))?;
                    has_name = true;
                }
                Some(field_of) => set(*field_of, field.trim_ascii(), lookup).map_err(Refusal::Reason)?,
            }
        }
        if !has_ts || !has_name {
            return Err(Refusal::Reason("too few fields"));
        }
        lookup.vantage = self.vantage.unwrap_or(Vantage::Passive);
        lookup.qtype = lookup.qtype.or(self.map.qtype);
        lookup.qclass = lookup.qclass.or(self.map.qclass);
        if lookup.rcode.is_some() || lookup.answers_known {
            lookup.side = Side::Both;
        }
        lookup.rcode = lookup.rcode.or(self.map.rcode);
        if let (Host::Unknown, Some(client)) = (&lookup.client, &self.map.client) {
            lookup.client = Host::from_text(client);
        }
        Ok(())
    }
}

/// The start of the step in which an instant lies.
fn floor(ts: Timestamp, resolution: Option<Resolution>) -> Timestamp {
    let step_us = resolution.unwrap_or_default().step_us();
    Timestamp::from_us(ts.us().div_euclid(step_us) * step_us)
}

/// Puts one field's value where it belongs; an empty one says nothing.
fn set(field: CsvField, value: &[u8], lookup: &mut Lookup) -> Result<(), &'static str> {
    if matches!(value, b"" | b"-" | b"\\N" | b"NULL") && !(field == CsvField::Qtype && value == b"NULL") {
        return Ok(());
    }
    match field {
        CsvField::Ts | CsvField::Qname => {}
        CsvField::Client => lookup.client = host(value)?,
        CsvField::Server => lookup.server = host(value)?,
        CsvField::ClientPort => lookup.client_port = Some(u16_of(value).ok_or("bad client port")?),
        CsvField::Id => lookup.id = Some(u16_of(value).ok_or("bad message identifier")?),
        CsvField::Qtype => {
            lookup.qtype = Some(coded(value, RrType::from_mnemonic, RrType).ok_or("unknown query type")?);
        }
        CsvField::Qclass => {
            lookup.qclass = Some(coded(value, RrClass::from_mnemonic, RrClass).ok_or("unknown query class")?);
        }
        CsvField::Rcode => {
            lookup.rcode = Some(coded(value, Rcode::from_mnemonic, Rcode).ok_or("unknown response code")?);
        }
        CsvField::Flags => lookup.flags = Some(flags(value)?),
        CsvField::Transport => {
            lookup.transport = Some(text_of(value).and_then(|t| t.parse().ok()).ok_or("unknown transport")?);
        }
        CsvField::Answers => answers(value, lookup),
        CsvField::Ttl => lookup.ttl_min_s = Some(ttl_of(value).ok_or("bad TTL")?),
        CsvField::Count => {
            let count = number(value).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            lookup.count = count.ok_or("bad count")?;
        }
    }
    Ok(())
}

fn host(value: &[u8]) -> Result<Host, &'static str> {
    if let Some(ip) = crate::text::scan::ip(value) {
        return Ok(Host::Ip(ip));
    }
    text_of(value).map(Host::from_text).ok_or("identity that is not UTF-8")
}

/// A mnemonic, a number, or a number with its mnemonic behind (`1 (A)`).
fn coded<T>(value: &[u8], named: impl Fn(&str) -> Option<T>, numbered: impl Fn(u16) -> T) -> Option<T> {
    let word = value.split(|&b| b == b' ').next()?;
    u16_of(word).map(numbered).or_else(|| named(text_of(word)?))
}

fn flags(value: &[u8]) -> Result<Flags, &'static str> {
    let mut flags = Flags::empty();
    for word in value.split(|b| matches!(b, b' ' | b',' | b'|' | b'+')).filter(|word| !word.is_empty()) {
        flags |= match word.to_ascii_lowercase().as_slice() {
            b"qr" => Flags::empty(),
            b"aa" => Flags::AA,
            b"tc" => Flags::TC,
            b"rd" => Flags::RD,
            b"ra" => Flags::RA,
            b"ad" => Flags::AD,
            b"cd" => Flags::CD,
            b"do" => Flags::DO,
            b"edns" => Flags::EDNS,
            b"cookie" => Flags::COOKIE,
            b"signed" => Flags::SIGNED,
            b"ecs" => Flags::ECS,
            _ => return Err("unknown flag"),
        };
    }
    Ok(flags)
}

/// Records joined by `;` or `,`; the text of a TXT record is one.
fn answers(value: &[u8], lookup: &mut Lookup) {
    lookup.answers_known = true;
    let separator = if value.contains(&b';') { b';' } else { b',' };
    let whole = lookup.qtype == Some(RrType::TXT);
    for part in value.split(|&b| b == separator && !whole) {
        let mut data = String::new();
        append_text(part.trim_ascii(), &mut data);
        if !data.is_empty() {
            lookup.answers.push(Answer { data, ..Answer::default() });
        }
    }
}
