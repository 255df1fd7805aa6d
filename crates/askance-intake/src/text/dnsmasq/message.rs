//! The message of a dnsmasq log line.

use std::net::IpAddr;

use askance_record::{Host, Lookup, Name, NameError, Rcode, RrType, Transport};
use memchr::memmem;

use super::super::scan::{Scan, ip, number, text_of, u16_of};

/// What `log-queries=extra` and `=proto` put before a message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tag {
    pub(super) transport: Option<Transport>,
    pub(super) serial: Option<u64>,
    pub(super) client: Option<IpAddr>,
    pub(super) client_port: Option<u16>,
}

/// What a message tells.
pub(super) enum Message<'a> {
    /// A client asked.
    Query { authoritative: bool },
    /// Part of an answer.
    Reply(Reply<'a>),
    /// Something else.
    Other(&'static str),
}

/// One line of an answer: `SOURCE NAME is VALUE`.
pub(super) struct Reply<'a> {
    name: &'a [u8],
    pub(super) value: Value<'a>,
    /// True from the cache, false from upstream, `None` from a local table.
    pub(super) cached: Option<bool>,
}

/// The value of an answer line.
pub(super) enum Value<'a> {
    Ip(IpAddr),
    /// `<TYPE>`: a record whose data is not logged.
    Type(RrType),
    /// No such data, of one type where the log tells.
    NoData(Option<RrType>),
    Rcode(Rcode),
    /// The target of a reverse name.
    Name(&'a [u8]),
    /// The text of a TXT record.
    Text(&'a [u8]),
}

impl Value<'_> {
    /// True for a record, false for an outcome.
    pub(super) fn is_record(&self) -> bool {
        !matches!(self, Self::NoData(_) | Self::Rcode(_))
    }

    /// True where this can answer a question of type `qtype`.
    pub(super) fn fits(&self, qtype: Option<RrType>) -> bool {
        let wanted = match self {
            Self::Ip(IpAddr::V4(_)) => RrType::A,
            Self::Ip(IpAddr::V6(_)) => RrType::AAAA,
            Self::Name(_) => RrType::PTR,
            Self::Text(_) => RrType::TXT,
            Self::Type(RrType::CNAME) | Self::NoData(None) | Self::Rcode(_) => return true,
            Self::NoData(Some(rtype)) | Self::Type(rtype) => *rtype,
        };
        qtype == Some(wanted) || qtype == Some(RrType::ANY)
    }
}

impl Reply<'_> {
    /// True for `reply error is SERVFAIL`, which names no query.
    pub(super) fn is_nameless(&self) -> bool {
        self.name == b"error" && matches!(self.value, Value::Rcode(_))
    }

    /// The name that the line answers for; an address stands for its reverse name.
    pub(super) fn name_into(&self, name: &mut Name) -> Result<(), NameError> {
        if let Some(ip) = ip(self.name) {
            *name = Name::of_reverse(ip);
            return Ok(());
        }
        name.set(self.name)
    }
}

/// Reads a message; a query's name, type and client go into `lookup`.
pub(super) fn read<'a>(text: &'a [u8], lookup: &mut Lookup) -> Result<(Tag, Message<'a>), &'static str> {
    let mut scan = Scan::new(text);
    let tag = tag(&mut scan);
    for (prefix, authoritative) in [(&b"query["[..], false), (b"auth[", true)] {
        if scan.eat(prefix) {
            query(scan, lookup)?;
            return Ok((tag, Message::Query { authoritative }));
        }
    }
    Ok((tag, other(scan.rest)))
}

/// `[UDP |TCP ][SERIAL [ADDR/PORT ]]`.
fn tag(scan: &mut Scan<'_>) -> Tag {
    let mut tag = Tag::default();
    if scan.eat(b"UDP ") {
        tag.transport = Some(Transport::Udp);
    } else if scan.eat(b"TCP ") {
        tag.transport = Some(Transport::Tcp);
    }
    let mut ahead = *scan;
    let Some(serial) = ahead.until(b' ').and_then(number) else {
        return tag;
    };
    tag.serial = Some(serial);
    *scan = ahead;
    let word = ahead.up_to(b' ');
    let mut parts = Scan::new(word);
    if let (Some(client), Some(port)) = (parts.until(b'/').and_then(ip), u16_of(parts.rest)) {
        (tag.client, tag.client_port) = (Some(client), Some(port));
        *scan = ahead;
    }
    tag
}

/// `TYPE] NAME from CLIENT`.
fn query(mut scan: Scan<'_>, lookup: &mut Lookup) -> Result<(), &'static str> {
    let qtype = scan.until(b']').ok_or("query cut short")?;
    lookup.qtype = Some(type_of(qtype).ok_or("unknown query type")?);
    scan.eat(b" ");
    let end = memmem::rfind(scan.rest, b" from ").ok_or("query cut short")?;
    let (name, client) = (&scan.rest[..end], &scan.rest[end + b" from ".len()..]);
    if name == b"<name unprintable>" {
        return Err("name that dnsmasq did not print");
    }
    lookup.qname.set(name).map_err(NameError::as_str)?;
    lookup.client = Host::Ip(ip(client.trim_ascii()).ok_or("bad client address")?);
    Ok(())
}

/// A record type, `type=NNN` where dnsmasq knows no name for it.
fn type_of(text: &[u8]) -> Option<RrType> {
    match text.strip_prefix(b"type=") {
        Some(value) => u16_of(value).map(RrType),
        None => text_of(text).and_then(RrType::from_mnemonic),
    }
}

fn other(text: &[u8]) -> Message<'_> {
    let mut scan = Scan::new(text);
    let cached = match scan.up_to(b' ') {
        b"forwarded" => return Message::Other("query forwarded upstream"),
        b"reply" => Some(false),
        b"cached" | b"cached-stale" => Some(true),
        b"config" | b"DHCP" => None,
        b"gravity" | b"exactly" | b"regex" | b"special" if scan.up_to(b' ').is_ascii() => None,
        source if source.first() == Some(&b'/') => None,
        source if source.starts_with(b"dnssec-") => return Message::Other("query of the validator"),
        b"validation" => return Message::Other("outcome of validation"),
        _ => return Message::Other("message of another kind"),
    };
    // A text may hold ` is ` too, and does so more often than a name.
    let Some(end) = memmem::find(scan.rest, b" is ") else {
        return Message::Other("message of another kind");
    };
    let (name, value) = (&scan.rest[..end], &scan.rest[end + b" is ".len()..]);
    match value_of(value, ip(name).is_some()) {
        Some(value) => Message::Reply(Reply { name, value, cached }),
        None => Message::Other("answer of another kind"),
    }
}

fn value_of(text: &[u8], reverse: bool) -> Option<Value<'_>> {
    // `NXDOMAIN (EDE: filtered)`: what follows the blank explains.
    let word = Scan::new(text).up_to(b' ');
    if let Some(ip) = ip(word) {
        return Some(Value::Ip(ip));
    }
    if let Some(rtype) = word.strip_prefix(b"<").and_then(|t| t.strip_suffix(b">")) {
        return type_of(rtype).map(Value::Type);
    }
    Some(match word {
        b"NODATA" => Value::NoData(None),
        b"NODATA-IPv4" => Value::NoData(Some(RrType::A)),
        b"NODATA-IPv6" => Value::NoData(Some(RrType::AAAA)),
        b"" => return None,
        word => match text_of(word).and_then(Rcode::from_mnemonic) {
            Some(rcode) => Value::Rcode(rcode),
            None if reverse => Value::Name(word),
            None => Value::Text(text),
        },
    })
}
