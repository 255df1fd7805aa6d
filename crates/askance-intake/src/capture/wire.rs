//! DNS messages as they stand on the wire.
//!
//! An own reader and not the `domain` crate's: it fills recycled rows without an
//! allocation per message, reads on where a message was cut by the capture's
//! snapshot length, and names its reason when it refuses. `wire/tests.rs` holds it
//! against `domain` on the corpus and on generated and mutated messages.
//!
//! # Source
//! RFC 1035 §4 (messages), RFC 2308 §5 (negative TTL), RFC 6891 (EDNS), RFC 6895
//! (codes), RFC 7871 (client subnet), RFC 7873 (cookies), RFC 8945 (TSIG).

mod name;
mod rdata;

use askance_record::{Answer, Flags, Name, Rcode, RrClass, RrType};

pub(crate) use name::read_name;

/// Octets of a message's header.
pub(crate) const HEADER_OCTETS: usize = 12;

/// Why a message is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// The octets end before the message does.
    Ends,
    /// The message breaks a rule; the phrase is stable enough to count by.
    Rule(&'static str),
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A query or its response.
    Lookup,
    /// Something else, by its opcode.
    Other(&'static str),
}

/// What a message says, with buffers that live on from message to message.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: u16,
    pub(crate) is_response: bool,
    /// Questions announced; the first is in `qname`, `qtype`, `qclass`.
    pub(crate) questions: u16,
    pub(crate) qname: Name,
    pub(crate) qtype: Option<RrType>,
    pub(crate) qclass: Option<RrClass>,
    pub(crate) flags: Flags,
    pub(crate) rcode: Option<Rcode>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) ttl_min_s: Option<u32>,
    pub(crate) negative_ttl_s: Option<u32>,
    /// True where the octets ended after the first question and the rest is missing.
    pub(crate) rest_missing: bool,
    /// True where the answer section was read to its end.
    pub(crate) answers_whole: bool,
    /// A name under construction.
    scratch: Name,
}

impl Message {
    /// Reads one message. `cut` says that the capture kept only its beginning; such a message, and one
    /// that its server truncated (TC), is read as far as it goes if its first question is whole.
    ///
    /// # Errors
    /// The reason in words; the message's content is then unspecified.
    pub(crate) fn read(&mut self, octets: &[u8], cut: bool) -> Result<Subject, &'static str> {
        self.answers.clear();
        (self.ttl_min_s, self.negative_ttl_s, self.rest_missing) = (None, None, false);
        (self.qtype, self.qclass, self.rcode) = (None, None, None);
        let Some((header, _)) = octets.split_first_chunk::<HEADER_OCTETS>() else {
            return Err("message shorter than its header");
        };
        let field = |i: usize| u16::from_be_bytes([header[i], header[i + 1]]);
        let bits = field(2);
        self.id = field(0);
        self.is_response = bits & 0x8000 != 0;
        self.flags = header_flags(bits);
        if let Some(other) = other_opcode(bits >> 11 & 15) {
            return Ok(Subject::Other(other));
        }
        let counts = Counts { qd: field(4), an: field(6), ns: field(8), ar: field(10) };
        self.questions = counts.qd;
        let mut code = bits & 15;
        let mut at = HEADER_OCTETS;
        if counts.qd == 0 {
            self.qname.clear();
        } else {
            at = self.read_question(octets).map_err(|bad| match bad {
                Bad::Ends => "message ends inside its question",
                Bad::Rule(reason) => reason,
            })?;
        }
        match self.read_sections(octets, at, counts, &mut code) {
            Ok(()) => {}
            Err(Bad::Rule(reason)) => return Err(reason),
            Err(Bad::Ends) if counts.qd > 0 && (cut || self.flags.contains(Flags::TC)) => self.rest_missing = true,
            Err(Bad::Ends) => return Err("message ends inside a record"),
        }
        self.answers_whole = self.answers.len() == usize::from(counts.an);
        if self.is_response {
            self.rcode = Some(Rcode(code));
            let denied = self.rcode == Some(Rcode::NXDOMAIN)
                || (code == 0 && !self.answers.iter().any(|a| a.rtype == self.qtype));
            if !denied {
                self.negative_ttl_s = None;
            }
        }
        Ok(Subject::Lookup)
    }

    fn read_question(&mut self, octets: &[u8]) -> Result<usize, Bad> {
        let at = read_name(octets, HEADER_OCTETS, &mut self.qname)?;
        let fixed = octets.get(at..at + 4).ok_or(Bad::Ends)?;
        self.qtype = Some(RrType(u16::from_be_bytes([fixed[0], fixed[1]])));
        self.qclass = Some(RrClass(u16::from_be_bytes([fixed[2], fixed[3]])));
        Ok(at + 4)
    }

    fn read_sections(&mut self, octets: &[u8], mut at: usize, counts: Counts, code: &mut u16) -> Result<(), Bad> {
        for _ in 1..counts.qd {
            at = name::skip_name(octets, at)? + 4;
            if at > octets.len() {
                return Err(Bad::Ends);
            }
        }
        for _ in 0..counts.an {
            at = self.read_answer(octets, at)?;
        }
        let mut soa = None;
        for _ in 0..counts.ns {
            let (record, end) = Record::read(octets, name::skip_name(octets, at)?)?;
            if record.rtype == RrType::SOA && soa.is_none() {
                soa = record.data.last_chunk().map(|minimum| record.ttl_s.min(u32::from_be_bytes(*minimum)));
            }
            at = end;
        }
        self.negative_ttl_s = soa;
        for _ in 0..counts.ar {
            let (record, end) = Record::read(octets, name::skip_name(octets, at)?)?;
            match record.rtype {
                RrType::OPT => self.read_opt(&record, code),
                RrType::TSIG => self.flags |= Flags::SIGNED,
                // SIG(0): a SIG that covers no type (RFC 2931 §3).
                RrType::SIG if record.data.starts_with(&[0, 0]) => self.flags |= Flags::SIGNED,
                _ => {}
            }
            at = end;
        }
        Ok(())
    }

    fn read_answer(&mut self, octets: &[u8], at: usize) -> Result<usize, Bad> {
        // Nearly every owner is a pointer to the question's name.
        let own = octets.get(at..at + 2) == Some(&[0xc0, 12]);
        let after = if own { at + 2 } else { read_name(octets, at, &mut self.scratch)? };
        let (record, end) = Record::read(octets, after)?;
        let owner = (!own && self.scratch.key() != self.qname.key()).then(|| self.scratch.clone());
        let mut data = String::new();
        rdata::write(octets, &record, &mut self.scratch, &mut data)?;
        self.ttl_min_s = Some(self.ttl_min_s.map_or(record.ttl_s, |least| least.min(record.ttl_s)));
        self.answers.push(Answer { owner, rtype: Some(record.rtype), ttl_s: Some(record.ttl_s), data });
        Ok(end)
    }

    fn read_opt(&mut self, record: &Record<'_>, code: &mut u16) {
        self.flags |= Flags::EDNS;
        let [extended, _version, high, _] = record.ttl_s.to_be_bytes();
        *code = *code & 15 | u16::from(extended) << 4;
        if high & 0x80 != 0 {
            self.flags |= Flags::DO;
        }
        let mut options = record.data;
        while let [c0, c1, l0, l1, rest @ ..] = options {
            match u16::from_be_bytes([*c0, *c1]) {
                8 => self.flags |= Flags::ECS,
                10 => self.flags |= Flags::COOKIE,
                _ => {}
            }
            options = rest.get(usize::from(u16::from_be_bytes([*l0, *l1]))..).unwrap_or_default();
        }
    }
}

#[derive(Clone, Copy)]
struct Counts {
    qd: u16,
    an: u16,
    ns: u16,
    ar: u16,
}

/// A record after its owner.
struct Record<'a> {
    rtype: RrType,
    ttl_s: u32,
    data: &'a [u8],
    /// Where `data` begins in the message.
    data_at: usize,
}

impl<'a> Record<'a> {
    /// Reads the fixed part at `at`; returns the record and where it ends.
    fn read(octets: &'a [u8], at: usize) -> Result<(Self, usize), Bad> {
        let fixed = octets.get(at..at + 10).ok_or(Bad::Ends)?;
        let data_at = at + 10;
        let end = data_at + usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let data = octets.get(data_at..end).ok_or(Bad::Ends)?;
        let rtype = RrType(u16::from_be_bytes([fixed[0], fixed[1]]));
        let ttl_s = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
        Ok((Self { rtype, ttl_s, data, data_at }, end))
    }
}

fn header_flags(bits: u16) -> Flags {
    let mut flags = Flags::empty();
    for (bit, flag) in [(10, Flags::AA), (9, Flags::TC), (8, Flags::RD), (7, Flags::RA), (5, Flags::AD), (4, Flags::CD)]
    {
        if bits >> bit & 1 == 1 {
            flags |= flag;
        }
    }
    flags
}

/// What a message is that is no lookup (RFC 6895 §2.2).
fn other_opcode(opcode: u16) -> Option<&'static str> {
    Some(match opcode {
        0 => return None,
        1 => "DNS inverse query",
        2 => "DNS status",
        4 => "DNS notify",
        5 => "DNS update",
        6 => "DNS stateful operation",
        _ => "DNS message of an unassigned opcode",
    })
}

#[cfg(test)]
mod tests;
