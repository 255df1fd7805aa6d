//! Messages as lines of text, without what differs between two runs of one story.

use core::net::{IpAddr, Ipv4Addr};
use std::fmt::Write as _;

use askance_record::Name;

use crate::dns::{Data, Message, Record};
use crate::mention::with_addresses;

/// Gives the address to write for an address.
type Mapped<'a> = &'a dyn Fn(IpAddr) -> IpAddr;

/// A DNS message on one line, without its identifier; octets that are none, escaped.
pub(super) fn message(octets: &[u8], mapped: Mapped<'_>) -> String {
    let Ok(message) = Message::decode(octets) else { return format!("not DNS: {}", octets.escape_ascii()) };
    let header = message.header;
    let mut out = String::from(if header.response { "response" } else { "query" });
    let flags = [
        (header.authoritative, "aa"),
        (header.truncated, "tc"),
        (header.recursion_desired, "rd"),
        (header.recursion_available, "ra"),
        (header.authentic_data, "ad"),
        (header.checking_disabled, "cd"),
    ];
    for (_, flag) in flags.iter().filter(|(set, _)| *set) {
        put(&mut out, flag);
    }
    if header.opcode != 0 {
        put(&mut out, &format!("opcode {}", header.opcode));
    }
    if header.response {
        put(&mut out, &header.rcode.to_string());
    }
    if let Some((qname, qtype)) = &message.question {
        put(&mut out, &format!("{}/{qtype}", name(qname, mapped).raw()));
    }
    if let Some(edns) = message.edns {
        put(&mut out, &format!("edns {}{}", edns.udp_octets_max, if edns.dnssec_ok { " do" } else { "" }));
    }
    let sections =
        [("answer", &message.answers), ("authority", &message.authority), ("additional", &message.additional)];
    for (title, records) in sections {
        if !records.is_empty() {
            let records: Vec<String> = records.iter().map(|r| record(r, mapped)).collect();
            write!(out, " | {title}: {}", records.join("; ")).expect("writing to a String cannot fail");
        }
    }
    out
}

fn put(out: &mut String, word: &str) {
    out.push(' ');
    out.push_str(word);
}

/// A record as in a master file, with the addresses that are written for its own.
fn record(record: &Record, mapped: Mapped<'_>) -> String {
    let data = match &record.data {
        Data::A(a) => address(mapped(IpAddr::V4(*a))),
        Data::Aaaa(a) => address(mapped(IpAddr::V6(*a))),
        Data::Ns(n) => Data::Ns(name(n, mapped)),
        Data::Cname(n) => Data::Cname(name(n, mapped)),
        Data::Ptr(n) => Data::Ptr(name(n, mapped)),
        Data::Txt(strings) => Data::Txt(strings.iter().map(|s| text(s, mapped)).collect()),
        other => other.clone(),
    };
    Record { owner: name(&record.owner, mapped), ttl_s: record.ttl_s, data }.to_string()
}

fn address(address: IpAddr) -> Data {
    match address {
        IpAddr::V4(a) => Data::A(a),
        IpAddr::V6(a) => Data::Aaaa(a),
    }
}

/// A name; that of a reverse lookup or of its zones, for the address that is written for its own.
fn name(name: &Name, mapped: Mapped<'_>) -> Name {
    match name.reverse_addr() {
        Some(address) => Name::of_reverse(mapped(address)),
        None if name.is_under("in-addr.arpa") => {
            let text = text(name.raw().as_bytes(), mapped);
            core::str::from_utf8(&text).ok().and_then(|t| Name::parse(t).ok()).unwrap_or_else(|| name.clone())
        }
        None => name.clone(),
    }
}

/// A text, with the addresses that are written for those that it speaks of.
pub(super) fn text(octets: &[u8], mapped: Mapped<'_>) -> Vec<u8> {
    let map = |address: Ipv4Addr| match mapped(IpAddr::V4(address)) {
        IpAddr::V4(other) => other,
        // A text has no room for another family.
        IpAddr::V6(_) => address,
    };
    with_addresses(octets, map)
}

/// Octets by lines, escaped; the line feed that ends a line is not written.
pub(super) fn lines(octets: &[u8]) -> Vec<String> {
    let ended = octets.strip_suffix(b"\n");
    let mut lines: Vec<String> = Vec::new();
    if !octets.is_empty() {
        let split = ended.unwrap_or(octets).split(|octet| *octet == b'\n');
        lines.extend(split.map(|line| line.escape_ascii().to_string()));
        if ended.is_none() {
            lines.push("(no line end)".to_owned());
        }
    }
    lines
}
