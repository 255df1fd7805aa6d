//! Rows of `dns.log`.

use askance_record::{Answer, Flags, Host, Lookup, Rcode, RrClass, RrType, Side, Transport, Vantage};

use super::row::{Key, Refusal, name, ts};
use super::tsv::{Column, Schema};
use crate::stamp::Clock;
use crate::text::scan::{Scan, append_quoted, append_text, ip, mix, number, seconds_as_us, text_of, ttl_of, u16_of};

/// Records of one answer that are kept.
pub(super) const ANSWERS_MAX: usize = 256;

/// Reads a TSV row.
pub(super) fn row(
    line: &[u8],
    schema: &Schema,
    scratch: &mut Vec<u8>,
    clock: &mut Clock,
    lookup: &mut Lookup,
    key: &mut Key,
) -> Result<(), Refusal> {
    let mut ttls: &[u8] = b"";
    let n = schema.for_each(line, |column, value| {
        match column {
            Column::Answers => {
                lookup.answers_known = true;
                if value != schema.empty {
                    for item in value.split(|&b| b == schema.set_separator).take(ANSWERS_MAX) {
                        let octets = schema.octets(item, scratch);
                        answer(octets, lookup);
                    }
                }
            }
            Column::Ttls => ttls = value,
            column => field(column, schema.octets(value, scratch), clock, lookup, key)?,
        }
        Ok(())
    })?;
    if n < schema.columns.len() {
        return Err(Refusal::Reason("too few fields"));
    }
    put_ttls(ttls.split(|&b| b == schema.set_separator).map(ttl_of), lookup);
    Ok(())
}

/// Appends a record of the answer.
pub(super) fn answer(octets: &[u8], lookup: &mut Lookup) {
    let rtype = match ip(octets) {
        Some(ip) => Some(if ip.is_ipv4() { RrType::A } else { RrType::AAAA }),
        None => octets.starts_with(b"TXT ").then_some(RrType::TXT),
    };
    let mut data = String::new();
    if rtype == Some(RrType::TXT) {
        strings(octets, &mut data);
    } else {
        append_text(octets, &mut data);
    }
    lookup.answers.push(Answer { owner: None, rtype, ttl_s: None, data });
}

/// `TXT 18 v=spf1 -all TXT 3 two` as the quoted strings of the presentation form.
fn strings(octets: &[u8], data: &mut String) {
    let mut scan = Scan::new(octets);
    while scan.eat(b"TXT ") {
        let len = number(scan.up_to(b' ')).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let (string, rest) = scan.rest.split_at(len.min(scan.rest.len()));
        if !data.is_empty() {
            data.push(' ');
        }
        append_quoted(string, data);
        scan.rest = rest;
        scan.blanks();
    }
    append_text(scan.rest, data);
}

/// Gives the records their TTLs, which stand in a vector of their own.
pub(super) fn put_ttls(ttls: impl Iterator<Item = Option<u32>>, lookup: &mut Lookup) {
    for (i, ttl_s) in ttls.enumerate().filter_map(|(i, ttl)| Some((i, ttl?))) {
        if let Some(answer) = lookup.answers.get_mut(i) {
            answer.ttl_s = Some(ttl_s);
        }
        lookup.ttl_min_s = Some(lookup.ttl_min_s.map_or(ttl_s, |least| least.min(ttl_s)));
    }
}

/// Takes one field other than the vectors.
pub(super) fn field(
    column: Column,
    value: &[u8],
    clock: &mut Clock,
    lookup: &mut Lookup,
    key: &mut Key,
) -> Result<(), Refusal> {
    let bad = Refusal::Reason;
    match column {
        Column::Ts => {
            lookup.ts = ts(clock, value)?;
            key.has_ts = true;
        }
        Column::Uid => key.uid = mix(1, value),
        Column::OrigH => lookup.client = Host::Ip(ip(value).ok_or(bad("bad client address"))?),
        Column::OrigP => lookup.client_port = Some(u16_of(value).ok_or(bad("bad client port"))?),
        Column::RespH => lookup.server = Host::Ip(ip(value).ok_or(bad("bad server address"))?),
        Column::Proto => lookup.transport = text_of(value).and_then(|t| t.parse::<Transport>().ok()),
        Column::TransId => lookup.id = Some(u16_of(value).ok_or(bad("bad message identifier"))?),
        Column::Rtt => lookup.rtt_us = Some(seconds_as_us(value).ok_or(bad("bad response time"))?),
        Column::Query => {
            name(value, lookup)?;
            key.has_name = true;
        }
        Column::Qclass => lookup.qclass = Some(RrClass(u16_of(value).ok_or(bad("unknown query class"))?)),
        Column::Qtype => lookup.qtype = Some(RrType(u16_of(value).ok_or(bad("unknown query type"))?)),
        Column::QtypeName if lookup.qtype.is_none() => {
            lookup.qtype =
                if value == b"*" { Some(RrType::ANY) } else { text_of(value).and_then(RrType::from_mnemonic) };
        }
        Column::Rcode => lookup.rcode = Some(Rcode(u16_of(value).ok_or(bad("unknown response code"))?)),
        Column::RcodeName if lookup.rcode.is_none() => {
            lookup.rcode = text_of(value).and_then(Rcode::from_mnemonic);
        }
        Column::Aa => flag(Flags::AA, value, lookup)?,
        Column::Tc => flag(Flags::TC, value, lookup)?,
        Column::Rd => flag(Flags::RD, value, lookup)?,
        Column::Ra => flag(Flags::RA, value, lookup)?,
        _ => {}
    }
    Ok(())
}

fn flag(flag: Flags, value: &[u8], lookup: &mut Lookup) -> Result<(), Refusal> {
    let set = match value {
        b"T" | b"true" | b"1" => flag,
        b"F" | b"false" | b"0" => Flags::empty(),
        _ => return Err(Refusal::Reason("bad flag")),
    };
    lookup.flags = Some(lookup.flags.unwrap_or_default() | set);
    Ok(())
}

/// Settles what only the whole row tells.
pub(super) fn finish(lookup: &mut Lookup, key: &Key) -> Result<(), Refusal> {
    if !key.has_ts {
        return Err(Refusal::Reason("no time stamp"));
    }
    if !key.has_name {
        return Err(Refusal::Reason("row without a query name"));
    }
    // Zeek measures a round trip only where it saw both messages.
    lookup.side = match (lookup.rcode, lookup.rtt_us) {
        (_, Some(_)) => Side::Both,
        (Some(_), None) => Side::Response,
        (None, None) => Side::Query,
    };
    // Without answers the row shows an empty section if it shows a response at all.
    lookup.answers_known |= lookup.side != Side::Query && lookup.rcode.is_some();
    Ok(())
}

/// The vantage that a query's RD bit tells.
pub(super) fn vantage(lookup: &Lookup) -> Vantage {
    match lookup.flags {
        Some(flags) if !flags.contains(Flags::RD) => Vantage::Authoritative,
        _ => Vantage::ResolverClient,
    }
}
