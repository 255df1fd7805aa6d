//! The message of a client's line: what was asked, and what became of it.

use askance_record::{Answer, Flags, Host, Lookup, NameError, Rcode, RrClass, RrType, Side, Transport};
use memchr::memmem;

use super::super::scan::{Scan, ip, text_of, ttl_of, u16_of};

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A query came in.
    Query,
    /// A response went out.
    Response,
    /// A query was refused or failed; a response line may follow.
    Failure,
    /// Something else.
    Other,
}

/// Why a message that concerns a lookup cannot be read.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) &'static str);

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self(error.as_str())
    }
}

/// Reads a message into `lookup`.
pub(super) fn read(message: &[u8], lookup: &mut Lookup, signed: bool) -> Result<Message, Refusal> {
    let mut scan = Scan::new(message);
    if scan.eat(b"query: ") {
        question(&mut scan, lookup)?;
        sent(&mut scan, lookup, signed)?;
        return Ok(Message::Query);
    }
    if scan.eat(b"response: ") {
        question(&mut scan, lookup)?;
        response(&mut scan, lookup, signed)?;
        return Ok(Message::Response);
    }
    if scan.eat(b"answer: ") {
        question(&mut scan, lookup)?;
        sent(&mut scan, lookup, signed)?;
        scan.blanks();
        if scan.eat(b"-> ") {
            rcode(&mut scan, lookup)?;
            answers(scan.rest, lookup);
        }
        lookup.side = Side::Response;
        return Ok(Message::Response);
    }
    if scan.eat(b"query failed (") {
        return failure(scan, lookup);
    }
    for transport in [Transport::Udp, Transport::Tcp] {
        let tag: &[u8] = if transport == Transport::Udp { b"UDP: query: " } else { b"TCP: query: " };
        if scan.eat(tag) {
            lookup.transport = Some(transport);
            question(&mut scan, lookup)?;
            return appliance(scan, lookup);
        }
    }
    if message.starts_with(b"query ") && memmem::find(message, b"' denied").is_some() {
        return denied(message, lookup);
    }
    Ok(Message::Other)
}

/// `QNAME CLASS TYPE`.
fn question(scan: &mut Scan<'_>, lookup: &mut Lookup) -> Result<(), Refusal> {
    let name = scan.until(b' ').ok_or(Refusal("query cut short"))?;
    lookup.qname.set(name)?;
    let class = scan.until(b' ').ok_or(Refusal("query cut short"))?;
    let qtype = scan.up_to(b' ');
    lookup.qclass = Some(class_of(class).ok_or(Refusal("unknown query class"))?);
    lookup.qtype = Some(type_of(qtype).ok_or(Refusal("unknown query type"))?);
    Ok(())
}

/// `FLAGS (DESTADDR[#PORT])[ [ECS addr/src/scope]]` of a query.
fn sent(scan: &mut Scan<'_>, lookup: &mut Lookup, signed: bool) -> Result<(), Refusal> {
    let (mut flags, transport) = flags_of(scan.up_to(b' ')).ok_or(Refusal("bad flags"))?;
    lookup.transport = Some(transport);
    flags |= destination(scan, lookup)?;
    lookup.flags = Some(if signed { flags | Flags::SIGNED } else { flags });
    Ok(())
}

/// `(DESTADDR[#PORT])` and an ECS note; servers before 9.6 write neither.
fn destination(scan: &mut Scan<'_>, lookup: &mut Lookup) -> Result<Flags, Refusal> {
    scan.blanks();
    if scan.eat(b"(") {
        let destination = scan.until(b')').ok_or(Refusal("query cut short"))?;
        let address = Scan::new(destination).up_to(b'#');
        lookup.server = Host::Ip(ip(address).ok_or(Refusal("bad server address"))?);
    }
    scan.blanks();
    Ok(if scan.rest.starts_with(b"[ECS ") { Flags::ECS } else { Flags::empty() })
}

/// `+` or `-`, then letters: `E(n)`, S, T, D, C, V, K.
fn flags_of(text: &[u8]) -> Option<(Flags, Transport)> {
    let mut scan = Scan::new(text);
    let mut flags = Flags::empty();
    let mut transport = Transport::Udp;
    if scan.eat(b"+") {
        flags |= Flags::RD;
    } else if !scan.eat(b"-") {
        return None;
    }
    while let Some((&letter, rest)) = scan.rest.split_first() {
        scan.rest = rest;
        match letter {
            b'E' => {
                flags |= Flags::EDNS;
                if scan.eat(b"(") {
                    scan.until(b')')?;
                }
            }
            b'S' => flags |= Flags::SIGNED,
            b'T' => transport = Transport::Tcp,
            b'D' => flags |= Flags::DO,
            b'C' => flags |= Flags::CD,
            b'V' | b'K' => flags |= Flags::COOKIE,
            _ => return None,
        }
    }
    Some((flags, transport))
}

/// `RCODE ancount nscount arcount FLAGS (DEST)[ECS]` of a response.
fn response(scan: &mut Scan<'_>, lookup: &mut Lookup, signed: bool) -> Result<(), Refusal> {
    rcode(scan, lookup)?;
    for _ in 0..3 {
        u16_of(scan.word().unwrap_or_default()).ok_or(Refusal("bad section counts"))?;
    }
    sent(scan, lookup, signed)?;
    lookup.side = Side::Response;
    Ok(())
}

fn rcode(scan: &mut Scan<'_>, lookup: &mut Lookup) -> Result<(), Refusal> {
    let word = scan.word().unwrap_or_default();
    lookup.rcode = Some(text_of(word).and_then(Rcode::from_mnemonic).ok_or(Refusal("unknown response code"))?);
    Ok(())
}

/// `RESULT) for NAME/CLASS/TYPE at file.c:line`.
fn failure(mut scan: Scan<'_>, lookup: &mut Lookup) -> Result<Message, Refusal> {
    let cut = Refusal("failed query cut short");
    let Some(result) = scan.until(b')') else { return Err(cut) };
    if !scan.eat(b" for ") {
        return Ok(Message::Other);
    }
    let subject = scan.up_to(b' ');
    let mut parts = subject.rsplitn(3, |&b| b == b'/');
    let (Some(qtype), Some(class), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(cut);
    };
    subject_of(name, class, qtype, lookup)?;
    // Results that are no response code, such as a time-out, do not say which code went out.
    lookup.rcode = text_of(result).and_then(Rcode::from_mnemonic);
    lookup.side = Side::Both;
    Ok(Message::Failure)
}

/// `query (cache) 'NAME/TYPE/CLASS' denied`, `query 'NAME/TYPE/CLASS' denied`.
fn denied(message: &[u8], lookup: &mut Lookup) -> Result<Message, Refusal> {
    let cut = Refusal("denied query cut short");
    let mut scan = Scan::new(message);
    if scan.until(b'\'').is_none() {
        return Err(cut);
    }
    let end = memmem::find(scan.rest, b"' denied").ok_or(cut)?;
    let mut parts = scan.rest[..end].rsplitn(3, |&b| b == b'/');
    let (Some(class), Some(qtype), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal("denied query cut short"));
    };
    subject_of(name, class, qtype, lookup)?;
    lookup.rcode = Some(Rcode::REFUSED);
    lookup.side = Side::Both;
    Ok(Message::Failure)
}

fn subject_of(name: &[u8], class: &[u8], qtype: &[u8], lookup: &mut Lookup) -> Result<(), Refusal> {
    lookup.qname.set(name)?;
    lookup.qclass = Some(class_of(class).ok_or(Refusal("unknown query class"))?);
    lookup.qtype = Some(type_of(qtype).ok_or(Refusal("unknown query type"))?);
    Ok(())
}

/// `response: RCODE FLAGS rr; rr;` after an Infoblox appliance's question.
fn appliance(mut scan: Scan<'_>, lookup: &mut Lookup) -> Result<Message, Refusal> {
    scan.blanks();
    if !scan.eat(b"response: ") {
        let (mut flags, _) = flags_of(scan.up_to(b' ')).ok_or(Refusal("bad flags"))?;
        flags |= destination(&mut scan, lookup)?;
        lookup.flags = Some(flags);
        return Ok(Message::Query);
    }
    rcode(&mut scan, lookup)?;
    let mut flags = Flags::empty();
    for letter in scan.up_to(b' ') {
        flags |= match letter {
            b'+' => Flags::RD,
            b'A' => Flags::AA,
            b't' => Flags::TC,
            b'E' => Flags::EDNS,
            b'D' => Flags::DO,
            _ => Flags::empty(),
        };
    }
    lookup.flags = Some(flags);
    answers(scan.rest, lookup);
    lookup.side = Side::Response;
    Ok(Message::Response)
}

/// `name ttl class type data;` for each record.
fn answers(text: &[u8], lookup: &mut Lookup) {
    lookup.answers_known = true;
    for record in text.split(|&b| b == b';') {
        let mut scan = Scan::new(record);
        let (Some(owner), Some(ttl), Some(_class), Some(rtype)) = (scan.word(), scan.word(), scan.word(), scan.word())
        else {
            continue;
        };
        let ttl_s = ttl_of(ttl);
        let owner = text_of(owner).and_then(|text| askance_record::Name::parse(text).ok());
        let data = text_of(scan.rest.trim_ascii()).unwrap_or_default();
        lookup.answers.push(Answer {
            owner: owner.filter(|name| name.key() != lookup.qname.key()),
            rtype: type_of(rtype),
            ttl_s,
            data: data.strip_suffix('.').filter(|d| !d.is_empty()).unwrap_or(data).to_owned(),
        });
        lookup.ttl_min_s = lookup.ttl_min_s.into_iter().chain(ttl_s).min();
    }
}

fn class_of(text: &[u8]) -> Option<RrClass> {
    if text == b"IN" {
        return Some(RrClass::IN);
    }
    if text == b"RESERVED0" {
        return Some(RrClass(0));
    }
    text_of(text).and_then(RrClass::from_mnemonic)
}

fn type_of(text: &[u8]) -> Option<RrType> {
    text_of(text).and_then(RrType::from_mnemonic)
}
