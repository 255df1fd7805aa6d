//! Writing messages.

use askance_record::{Name, Rcode};
use domain::base::iana::{Class, Opcode, Rcode as WireRcode, Rtype};
use domain::base::message_builder::{MessageBuilder, PushError, RecordSectionBuilder};
use domain::base::name::{Label, ToName};
use domain::base::rdata::UnknownRecordData;
use domain::base::wire::{Compose, Composer};
use domain::base::{Name as DomainName, Serial, Ttl};
use domain::dep::octseq::builder::{OctetsBuilder, Truncate};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Ptr, Soa as WireSoa, Srv};

use super::HEADER_OCTETS;
use crate::dns::message::{Data, Message, Record};

/// Octets of an OPT pseudo-record without options.
const OPT_OCTETS: usize = 11;
/// Names within the first so many octets can be pointed at (RFC 1035 §4.1.4).
const POINTER_MAX: usize = 1 << 14;
/// Places of names remembered for compression; later names go in full.
const PLACES_MAX: usize = 64;

/// How many records of each section a message takes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Taken {
    answers: usize,
    authority: usize,
    additional: usize,
}

/// See [`Message::encode_within`].
pub(super) fn encode(message: &Message, octets_max: usize) -> Vec<u8> {
    let all = Taken {
        answers: message.answers.len(),
        authority: message.authority.len(),
        additional: message.additional.len(),
    };
    let (octets, taken) = compose(message, all, message.header.truncated, octets_max);
    if taken == all {
        return octets;
    }
    // Rare: which RRsets fit is known now, so the message is written again with these alone.
    let cut = Taken {
        answers: whole_sets(&message.answers, taken.answers),
        authority: whole_sets(&message.authority, taken.authority),
        additional: whole_sets(&message.additional, taken.additional),
    };
    let truncated = cut.answers < all.answers || cut.authority < all.authority || misses_glue(message, cut.additional);
    compose(message, cut, message.header.truncated || truncated, octets_max).0
}

/// The number of records among the first `count` that make whole sets of owner and type.
fn whole_sets(records: &[Record], mut count: usize) -> usize {
    while count > 0 && count < records.len() {
        let (last, next) = (&records[count - 1], &records[count]);
        if last.owner.key() != next.owner.key() || last.data.rtype() != next.data.rtype() {
            break;
        }
        count -= 1;
    }
    count
}

/// True for a referral whose glue of servers inside the delegated zone goes missing (RFC 9471 §2).
fn misses_glue(message: &Message, additional: usize) -> bool {
    let referral = message.header.response && !message.header.authoritative && message.answers.is_empty();
    referral
        && message.additional.iter().skip(additional).any(|glue| {
            message.authority.iter().any(|r| matches!(r.data, Data::Ns(_)) && glue.owner.is_under(r.owner.key()))
        })
}

/// Writes the first records of each section as far as they fit, and says how many did.
fn compose(message: &Message, take: Taken, truncated: bool, octets_max: usize) -> (Vec<u8>, Taken) {
    let Ok(mut builder) = MessageBuilder::from_target(CaseExact::new());
    let reserved = if message.edns.is_some() { OPT_OCTETS } else { 0 };
    let mut taken = Taken { answers: 0, authority: 0, additional: 0 };
    set_header(&mut builder, message, truncated);
    let mut questions = builder.question();
    if let Some((qname, qtype)) = &message.question {
        let qname = WireName::of(qname);
        questions
            .push((qname.as_name(), Rtype::from_int(qtype.0), Class::IN))
            .expect("no limit is set yet and one question does not overflow a count");
    }
    // The builder's limit is the first length that is too long.
    questions.set_push_limit((octets_max + 1).saturating_sub(reserved));
    let mut answers = questions.answer();
    taken.answers = push_all(&mut answers, &message.answers[..take.answers]);
    let mut authority = answers.authority();
    if taken.answers == take.answers {
        taken.authority = push_all(&mut authority, &message.authority[..take.authority]);
    }
    let mut additional = authority.additional();
    if taken.answers == take.answers && taken.authority == take.authority {
        taken.additional = push_all(&mut additional, &message.additional[..take.additional]);
    }
    if let Some(edns) = message.edns {
        additional.clear_push_limit();
        let extension = message.header.rcode.0 >> 4;
        additional
            .opt(|opt| {
                opt.set_udp_payload_size(edns.udp_octets_max);
                opt.set_dnssec_ok(edns.dnssec_ok);
                Ok(())
            })
            .expect("no limit is set and records of 11 octets and more within 65,535 do not overflow a count");
        // The low octet of the extended code opens the TTL field, six octets before the end (RFC 6891 §6.1.3).
        let mut octets = additional.finish().octets;
        let at = octets.len() - 6;
        octets[at] = extension.to_be_bytes()[1];
        return (octets, taken);
    }
    (additional.finish().octets, taken)
}

fn set_header(builder: &mut MessageBuilder<CaseExact>, message: &Message, truncated: bool) {
    let said = &message.header;
    let rcode = if said.rcode.0 > 15 && message.edns.is_none() { Rcode::SERVFAIL } else { said.rcode };
    let header = builder.header_mut();
    header.set_id(said.id);
    header.set_qr(said.response);
    header.set_opcode(Opcode::from_int(said.opcode & 15));
    header.set_aa(said.authoritative);
    header.set_tc(truncated);
    header.set_rd(said.recursion_desired);
    header.set_ra(said.recursion_available);
    header.set_ad(said.authentic_data);
    header.set_cd(said.checking_disabled);
    header.set_rcode(WireRcode::masked_from_int(rcode.0.to_be_bytes()[1]));
}

/// Pushes records until one does not fit; returns how many did.
fn push_all(section: &mut impl RecordSectionBuilder<CaseExact>, records: &[Record]) -> usize {
    records.iter().take_while(|r| push(section, r).is_ok()).count()
}

fn push(section: &mut impl RecordSectionBuilder<CaseExact>, record: &Record) -> Result<(), PushError> {
    let owner = WireName::of(&record.owner);
    let (owner, class, ttl) = (owner.as_name(), Class::IN, Ttl::from_secs(record.ttl_s));
    match &record.data {
        Data::A(a) => section.push((owner, class, ttl, A::new(*a))),
        Data::Aaaa(a) => section.push((owner, class, ttl, Aaaa::new(*a))),
        Data::Ns(n) => section.push((owner, class, ttl, Ns::new(WireName::of(n).as_name()))),
        Data::Cname(n) => section.push((owner, class, ttl, Cname::new(WireName::of(n).as_name()))),
        Data::Ptr(n) => section.push((owner, class, ttl, Ptr::new(WireName::of(n).as_name()))),
        Data::Mx { preference, exchange } => {
            section.push((owner, class, ttl, Mx::new(*preference, WireName::of(exchange).as_name())))
        }
        Data::Srv { priority, weight, port, target } => {
            section.push((owner, class, ttl, Srv::new(*priority, *weight, *port, WireName::of(target).as_name())))
        }
        Data::Soa(soa) => {
            let (mname, rname) = (WireName::of(&soa.mname), WireName::of(&soa.rname));
            let data = WireSoa::new(
                mname.as_name(),
                rname.as_name(),
                Serial(soa.serial),
                Ttl::from_secs(soa.refresh_s),
                Ttl::from_secs(soa.retry_s),
                Ttl::from_secs(soa.expire_s),
                Ttl::from_secs(soa.negative_ttl_s),
            );
            section.push((owner, class, ttl, data))
        }
        Data::Txt(strings) => section.push((owner, class, ttl, unknown(Rtype::TXT, &text(strings))?)),
        Data::Other { rtype, octets } => section.push((owner, class, ttl, unknown(Rtype::from_int(rtype.0), octets)?)),
    }
}

fn unknown(rtype: Rtype, octets: &[u8]) -> Result<UnknownRecordData<&[u8]>, PushError> {
    UnknownRecordData::from_octets(rtype, octets).map_err(|_| PushError::LimitExceeded)
}

/// Character strings, each after its length.
fn text(strings: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(strings.iter().map(|s| s.len() + 1).sum());
    for string in strings {
        if string.is_empty() {
            octets.push(0);
        }
        for part in string.chunks(255) {
            octets.push(u8::try_from(part.len()).expect("chunks of at most 255"));
            octets.extend_from_slice(part);
        }
    }
    octets
}

/// A name in wire form.
pub(in crate::dns) struct WireName {
    octets: [u8; 255],
    len: usize,
}

impl WireName {
    /// The wire form, label by label, of the spelling seen.
    pub(in crate::dns) fn of(name: &Name) -> Self {
        let mut wire = Self { octets: [0; 255], len: 1 };
        let mut label_at = 0;
        let mut rest = if name.key() == "." { &[][..] } else { name.raw().as_bytes() };
        while let [first, tail @ ..] = rest {
            let octet = match (first, tail) {
                (b'.', _) => {
                    label_at = wire.len;
                    wire.len += 1;
                    rest = tail;
                    continue;
                }
                (b'\\', [a @ b'0'..=b'9', b, c, after @ ..]) => {
                    rest = after;
                    [a, b, c].iter().fold(0u8, |value, digit| value.wrapping_mul(10).wrapping_add(**digit - b'0'))
                }
                (b'\\', [escaped, after @ ..]) => {
                    rest = after;
                    *escaped
                }
                (octet, _) => {
                    rest = tail;
                    *octet
                }
            };
            wire.octets[wire.len] = octet;
            wire.len += 1;
            wire.octets[label_at] += 1;
        }
        if wire.octets[0] > 0 {
            wire.len += 1;
        }
        wire
    }

    /// The same for the `domain` crate.
    pub(in crate::dns) fn as_name(&self) -> &DomainName<[u8]> {
        DomainName::from_slice(&self.octets[..self.len]).expect("a Name keeps the limits of RFC 1035")
    }
}

/// The message under construction: compresses names against names that are spelt alike.
struct CaseExact {
    octets: Vec<u8>,
    /// Where names and their parents begin, ascending.
    places: [u16; PLACES_MAX],
    places_len: usize,
}

impl CaseExact {
    fn new() -> Self {
        Self { octets: Vec::with_capacity(512), places: [0; PLACES_MAX], places_len: 0 }
    }

    fn find<'a>(&self, name: &(impl Iterator<Item = &'a Label> + Clone)) -> Option<u16> {
        self.places[..self.places_len].iter().copied().find(|&place| {
            let there = Label::iter_slice(&self.octets, usize::from(place));
            name.clone().map(Label::as_slice).eq(there.map(Label::as_slice))
        })
    }

    fn remember_here(&mut self) {
        let here = self.octets.len();
        if (HEADER_OCTETS..POINTER_MAX).contains(&here) && self.places_len < PLACES_MAX {
            self.places[self.places_len] = u16::try_from(here).expect("below 2^14");
            self.places_len += 1;
        }
    }
}

impl Composer for CaseExact {
    fn append_compressed_name<N: ToName + ?Sized>(&mut self, name: &N) -> Result<(), Self::AppendError> {
        let mut labels = name.iter_labels();
        loop {
            let suffix = labels.clone();
            match labels.next() {
                Some(label) if !label.is_root() => {
                    if let Some(place) = self.find(&suffix) {
                        return (place | 0xc000).compose(self);
                    }
                    self.remember_here();
                    label.compose(self)?;
                }
                _ => return Label::root().compose(self),
            }
        }
    }

    fn can_compress(&self) -> bool {
        true
    }
}

impl OctetsBuilder for CaseExact {
    type AppendError = core::convert::Infallible;

    fn append_slice(&mut self, slice: &[u8]) -> Result<(), Self::AppendError> {
        self.octets.extend_from_slice(slice);
        Ok(())
    }
}

impl Truncate for CaseExact {
    fn truncate(&mut self, len: usize) {
        self.octets.truncate(len);
        self.places_len = self.places[..self.places_len].partition_point(|&place| usize::from(place) < len);
    }
}

impl AsRef<[u8]> for CaseExact {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl AsMut<[u8]> for CaseExact {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.octets
    }
}
