//! Reading messages.

use core::net::{Ipv4Addr, Ipv6Addr};

use askance_record::{Name, Rcode, RrClass, RrType};
use domain::base::Header as WireHeader;
use domain::base::name::{Label, ParsedName, ToName};
use domain::dep::octseq::parse::{Parser, ShortInput};

use super::{HEADER_OCTETS, WireError};
use crate::dns::message::{Data, Edns, Header, Message, Record, Soa};

/// Octets of the shortest record: root owner, type, class, TTL, length.
const RECORD_OCTETS_MIN: usize = 11;

type Octets<'a> = Parser<'a, [u8]>;

impl From<ShortInput> for WireError {
    fn from(_: ShortInput) -> Self {
        Self::Short
    }
}

/// See [`Message::decode`].
pub(super) fn decode(octets: &[u8]) -> Result<Message, WireError> {
    let mut parser = Parser::from_ref(octets);
    parser.advance(HEADER_OCTETS)?;
    let count = |n: usize| u16::from_be_bytes([octets[2 * n + 4], octets[2 * n + 5]]);
    let mut message = Message { header: header(octets), ..Message::default() };
    match count(0) {
        0 => {}
        1 => message.question = Some(question(&mut parser)?),
        many => return Err(WireError::Questions(many)),
    }
    message.answers = records(&mut parser, count(1))?;
    message.authority = records(&mut parser, count(2))?;
    message.additional.reserve_exact(room(&parser, count(3)));
    for _ in 0..count(3) {
        let fixed = Fixed::read(&mut parser)?;
        if fixed.rtype != RrType::OPT {
            message.additional.push(fixed.finish()?);
            continue;
        }
        if message.edns.is_some() {
            return Err(WireError::Malformed("two OPT records"));
        }
        if !fixed.owner.is_root() {
            return Err(WireError::Malformed("OPT record with an owner"));
        }
        let [extension, version, flags, _] = fixed.ttl.to_be_bytes();
        if version != 0 {
            return Err(WireError::EdnsVersion(version));
        }
        message.edns = Some(Edns { udp_octets_max: fixed.class, dnssec_ok: flags & 0x80 != 0 });
        message.header.rcode.0 |= u16::from(extension) << 4;
    }
    Ok(message)
}

/// The header of a message of at least 12 octets.
pub(super) fn header(octets: &[u8]) -> Header {
    let wire = WireHeader::for_message_slice(octets);
    Header {
        id: wire.id(),
        response: wire.qr(),
        opcode: wire.opcode().to_int(),
        authoritative: wire.aa(),
        truncated: wire.tc(),
        recursion_desired: wire.rd(),
        recursion_available: wire.ra(),
        authentic_data: wire.ad(),
        checking_disabled: wire.cd(),
        rcode: Rcode(wire.rcode().to_int().into()),
    }
}

fn question(parser: &mut Octets<'_>) -> Result<(Name, RrType), WireError> {
    let qname = name(parser)?;
    let qtype = RrType(parser.parse_u16_be()?);
    match parser.parse_u16_be()? {
        1 => Ok((qname, qtype)),
        other => Err(WireError::Class(RrClass(other))),
    }
}

/// Room for the records that a count claims, as far as the octets can hold them.
fn room(parser: &Octets<'_>, count: u16) -> usize {
    usize::from(count).min(parser.remaining() / RECORD_OCTETS_MIN)
}

fn records(parser: &mut Octets<'_>, count: u16) -> Result<Vec<Record>, WireError> {
    let mut records = Vec::with_capacity(room(parser, count));
    for _ in 0..count {
        records.push(Fixed::read(parser)?.finish()?);
    }
    Ok(records)
}

/// A record before its data is read.
struct Fixed<'a> {
    owner: ParsedName<&'a [u8]>,
    rtype: RrType,
    class: u16,
    ttl: u32,
    data: Octets<'a>,
}

impl<'a> Fixed<'a> {
    fn read(parser: &mut Octets<'a>) -> Result<Self, WireError> {
        let owner = ParsedName::parse_ref(parser)?;
        let rtype = RrType(parser.parse_u16_be()?);
        let class = parser.parse_u16_be()?;
        let ttl = parser.parse_u32_be()?;
        let octets = parser.parse_u16_be()?;
        Ok(Self { owner, rtype, class, ttl, data: parser.parse_parser(octets.into())? })
    }

    fn finish(self) -> Result<Record, WireError> {
        if self.rtype == RrType::OPT {
            return Err(WireError::Malformed("OPT record outside the additional section"));
        }
        if self.class != RrClass::IN.0 {
            return Err(WireError::Class(RrClass(self.class)));
        }
        let ttl_s = if self.ttl > i32::MAX.unsigned_abs() { 0 } else { self.ttl };
        Ok(Record { owner: spell(&self.owner)?, ttl_s, data: data(self.rtype, self.data)? })
    }
}

/// Data of a record, from octets that hold nothing else.
pub(in crate::dns) fn data(rtype: RrType, mut parser: Octets<'_>) -> Result<Data, WireError> {
    let p = &mut parser;
    let data = match rtype {
        RrType::A => {
            let mut octets = [0; 4];
            p.parse_buf(&mut octets)?;
            Data::A(Ipv4Addr::from(octets))
        }
        RrType::AAAA => {
            let mut octets = [0; 16];
            p.parse_buf(&mut octets)?;
            Data::Aaaa(Ipv6Addr::from(octets))
        }
        RrType::NS => Data::Ns(name(p)?),
        RrType::CNAME => Data::Cname(name(p)?),
        RrType::PTR => Data::Ptr(name(p)?),
        RrType::MX => Data::Mx { preference: p.parse_u16_be()?, exchange: name(p)? },
        RrType::TXT => Data::Txt(strings(p)?),
        RrType::SOA => Data::Soa(Box::new(Soa {
            mname: name(p)?,
            rname: name(p)?,
            serial: p.parse_u32_be()?,
            refresh_s: p.parse_u32_be()?,
            retry_s: p.parse_u32_be()?,
            expire_s: p.parse_u32_be()?,
            negative_ttl_s: p.parse_u32_be()?,
        })),
        RrType::SRV => Data::Srv {
            priority: p.parse_u16_be()?,
            weight: p.parse_u16_be()?,
            port: p.parse_u16_be()?,
            target: name(p)?,
        },
        _ => Data::Other { rtype, octets: uncompressed(rtype, p)? },
    };
    if parser.remaining() > 0 { Err(WireError::Malformed("record data too long")) } else { Ok(data) }
}

fn strings(parser: &mut Octets<'_>) -> Result<Vec<Vec<u8>>, WireError> {
    let mut strings = Vec::new();
    while parser.remaining() > 0 {
        let octets = parser.parse_u8()?;
        strings.push(parser.parse_octets(octets.into())?.to_vec());
    }
    Ok(strings)
}

/// Data of a type that [`Data`] does not spell out, with its names written in full.
///
/// Senders may have compressed names in the types of RFC 1035 and those of RFC 3597 §4;
/// in any other type a pointer cannot be told from data.
fn uncompressed(rtype: RrType, parser: &mut Octets<'_>) -> Result<Vec<u8>, WireError> {
    let (octets_before, strings_before, names) = match rtype {
        RrType::MD | RrType::MF | RrType::MB | RrType::MG | RrType::MR | RrType::NXT => (0, 0, 1),
        RrType::MINFO | RrType::RP => (0, 0, 2),
        RrType::AFSDB | RrType::RT => (2, 0, 1),
        RrType::PX => (2, 0, 2),
        RrType::NAPTR => (4, 3, 1),
        RrType::SIG => (18, 0, 1),
        _ => (0, 0, 0),
    };
    let mut out = Vec::with_capacity(parser.remaining());
    out.extend_from_slice(parser.parse_octets(octets_before)?);
    for _ in 0..strings_before {
        let octets = parser.parse_u8()?;
        out.push(octets);
        out.extend_from_slice(parser.parse_octets(octets.into())?);
    }
    for _ in 0..names {
        for label in &ParsedName::parse_ref(parser)? {
            out.push(u8::try_from(label.len()).map_err(|_| WireError::Malformed("label too long"))?);
            out.extend_from_slice(label.as_slice());
        }
    }
    out.extend_from_slice(parser.parse_octets(parser.remaining())?);
    Ok(out)
}

fn name(parser: &mut Octets<'_>) -> Result<Name, WireError> {
    spell(&ParsedName::parse_ref(parser)?)
}

/// The name with its spelling.
pub(in crate::dns) fn spell(parsed: &impl ToName) -> Result<Name, WireError> {
    let mut name = Name::default();
    name.clear();
    for label in parsed.iter_labels().filter(|l| !l.is_root()).map(Label::as_slice) {
        name.push_label(label).map_err(|e| WireError::Malformed(e.as_str()))?;
    }
    name.finish();
    Ok(name)
}
