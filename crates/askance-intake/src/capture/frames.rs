//! Frames of a pcap or pcapng file, one at a time.
//!
//! An own reader and not the `pcap-parser` crate's: that one needs each block whole in
//! its buffer and grows it to whatever length a block announces; here a frame beyond
//! [`Limits::frame_octets_max`](crate::Limits) is stepped over and counted.
//! `frames/tests.rs` holds the two against each other.
//!
//! # Source
//! draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.

mod pcapng;

use std::io::{BufRead, ErrorKind};

use askance_record::{At, Ledger, SourceId, Timestamp, Unit};

use crate::IntakeError;
use crate::unwrap::{Unwrapped, peek};
use pcapng::Section;

/// A length beyond which a frame's header is not believed.
const FRAME_LENGTH_BELIEVED: u32 = 128 << 20;

/// A frame; its octets are [`Frames::octets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) at: At,
    pub(crate) ts: Timestamp,
    pub(crate) link: u16,
}

/// Reads frames.
pub(crate) struct Frames {
    input: Unwrapped,
    source: SourceId,
    frame_octets_max: usize,
    /// Octets consumed so far.
    byte: u64,
    /// Frames met so far.
    count: u64,
    held: Vec<u8>,
    /// Where in `held` the frame's octets are.
    octets: core::ops::Range<usize>,
    kind: Kind,
    /// The section of a pcapng file that is being read.
    section: Section,
    finer_noted: bool,
}

enum Kind {
    Pcap(Pcap),
    PcapNg,
}

/// What a pcap file's header says.
#[derive(Clone, Copy)]
struct Pcap {
    is_be: bool,
    units_per_s: u32,
    link: u16,
}

impl Pcap {
    const HEADER_OCTETS: usize = 24;
    const RECORD_OCTETS: usize = 16;

    /// Byte order and units per second of a file that begins so.
    fn magic(octets: &[u8]) -> Option<(bool, u32)> {
        Some(match octets.first_chunk()? {
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, 1_000_000),
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, 1_000_000),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, 1_000_000_000),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, 1_000_000_000),
            _ => return None,
        })
    }

    /// Reads a file header of 24 octets.
    fn read(octets: &[u8]) -> Result<Self, &'static str> {
        let (is_be, units_per_s) = Self::magic(octets).ok_or("no magic number of a capture")?;
        if u16_at(octets, 4, is_be) != 2 {
            return Err("a version that is not read");
        }
        // The upper half holds the length of a frame check sequence.
        let link = u16_at(octets, if is_be { 22 } else { 20 }, is_be);
        Ok(Self { is_be, units_per_s, link })
    }

    /// True where the octets of a record's header are another file's header: no frame has no octets,
    /// and `cat a.pcap b.pcap` and multi-member wrappers are common.
    fn is_next_file(octets: &[u8]) -> bool {
        Self::magic(octets).is_some_and(|(is_be, _)| {
            (u16_at(octets, 4, is_be), u16_at(octets, 6, is_be)) == (2, 4) && octets[8..16] == [0; 8]
        })
    }
}

/// How a read ended before the octets wanted were there.
enum Short {
    /// The input is at its end; so many octets were there.
    Cut(usize),
    Failed(IntakeError),
}

impl Frames {
    /// Reads the file header.
    ///
    /// # Errors
    /// [`IntakeError::CaptureHeader`] where it is none.
    pub(crate) fn open(mut input: Unwrapped, source: SourceId, frame_octets_max: usize) -> Result<Self, IntakeError> {
        let at = At { source, byte: 0, unit: Unit::Frame(0) };
        let is_ng = peek(&mut input, source)?.starts_with(&pcapng::SECTION_MAGIC);
        let kind = if is_ng { Kind::PcapNg } else { Kind::Pcap(Pcap { is_be: false, units_per_s: 1, link: 0 }) };
        let mut frames = Self {
            input,
            source,
            frame_octets_max,
            byte: 0,
            count: 0,
            held: Vec::new(),
            octets: 0..0,
            kind,
            section: Section::default(),
            finer_noted: false,
        };
        if !is_ng {
            match frames.take(Pcap::HEADER_OCTETS) {
                Ok(()) => {
                    let pcap = Pcap::read(&frames.held).map_err(|what| IntakeError::CaptureHeader { at, what })?;
                    frames.kind = Kind::Pcap(pcap);
                }
                Err(Short::Cut(_)) if Pcap::magic(&frames.held).is_none() => {
                    return Err(IntakeError::CaptureHeader { at, what: "no magic number of a capture" });
                }
                Err(Short::Cut(_)) => {
                    return Err(IntakeError::CaptureHeader { at, what: "the input ends inside it" });
                }
                Err(Short::Failed(error)) => return Err(error),
            }
        }
        Ok(frames)
    }

    /// The link type of every frame, where the file has but one.
    pub(crate) fn only_link(&self) -> Option<u16> {
        if let Kind::Pcap(pcap) = &self.kind { Some(pcap.link) } else { None }
    }

    /// The octets of the frame last returned.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.held[self.octets.clone()]
    }

    /// The next frame. Frames that cannot be read are counted in `ledger`.
    ///
    /// # Errors
    /// Where reading failed or the file is damaged beyond this point.
    pub(crate) fn next(&mut self, ledger: &mut Ledger) -> Result<Option<Frame>, IntakeError> {
        loop {
            let at = At { source: self.source, byte: self.byte, unit: Unit::Frame(self.count + 1) };
            let step = match &self.kind {
                Kind::Pcap(pcap) => self.next_record(*pcap, at, ledger),
                Kind::PcapNg => self.next_block(at, ledger),
            };
            match step {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(Short::Cut(0)) if self.byte == at.byte => return Ok(None),
                Err(Short::Cut(_)) => {
                    super::reject(ledger, "capture cut inside a frame", at, &self.held);
                    return Ok(None);
                }
                Err(Short::Failed(error)) => {
                    if self.byte > at.byte {
                        let is_damage = matches!(error, IntakeError::CaptureHeader { .. });
                        let reason = if is_damage { "damaged frame header" } else { "capture cut inside a frame" };
                        super::reject(ledger, reason, at, &self.held);
                    }
                    return Err(error);
                }
            }
        }
    }

    fn next_record(&mut self, pcap: Pcap, at: At, ledger: &mut Ledger) -> Result<Option<Frame>, Short> {
        self.take(Pcap::RECORD_OCTETS)?;
        if Pcap::is_next_file(&self.held) {
            self.more(Pcap::HEADER_OCTETS)?;
            let next = Pcap::read(&self.held);
            self.kind = Kind::Pcap(next.map_err(|what| damaged(at, what))?);
            return Ok(None);
        }
        let field = |i| u32_at(&self.held, i, pcap.is_be);
        let (s, units, len) = (field(0), field(4), field(8));
        self.count += 1;
        if len > FRAME_LENGTH_BELIEVED {
            return Err(damaged(at, "a frame length that no capture has"));
        }
        if len as usize > self.frame_octets_max {
            self.skip(u64::from(len))?;
            super::reject(ledger, "frame over the length limit", at, b"");
            return Ok(None);
        }
        self.take(len as usize)?;
        self.octets = 0..len as usize;
        let ticks = u128::from(s) * u128::from(pcap.units_per_s) + u128::from(units);
        let ts = self.stamp(ticks, u128::from(pcap.units_per_s), 0, ledger);
        Ok(Some(Frame { at, ts, link: pcap.link }))
    }

    /// An instant `ticks` after 1970 and `offset_s`.
    fn stamp(&mut self, ticks: u128, per_s: u128, offset_s: i64, ledger: &mut Ledger) -> Timestamp {
        let us = ticks.saturating_mul(1_000_000);
        if !self.finer_noted && !us.is_multiple_of(per_s) {
            self.finer_noted = true;
            ledger.assume(super::FINER_ASSUMED);
        }
        let us = i64::try_from(us / per_s).unwrap_or(i64::MAX);
        Timestamp::from_us(us.saturating_add(offset_s.saturating_mul(1_000_000)))
    }

    /// Replaces `held` by the next `n` octets.
    fn take(&mut self, n: usize) -> Result<(), Short> {
        self.held.clear();
        self.more(n)
    }

    /// Reads on until `held` has `n` octets.
    fn more(&mut self, n: usize) -> Result<(), Short> {
        while self.held.len() < n {
            match self.input.fill_buf() {
                Ok([]) => return Err(Short::Cut(self.held.len())),
                Ok(buffer) => {
                    let len = buffer.len().min(n - self.held.len());
                    self.held.extend_from_slice(&buffer[..len]);
                    self.input.consume(len);
                    self.byte += len as u64;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(Short::Failed(self.failed(e))),
            }
        }
        Ok(())
    }

    /// Steps over `n` octets.
    fn skip(&mut self, mut n: u64) -> Result<(), Short> {
        while n > 0 {
            match self.input.fill_buf() {
                Ok([]) => return Err(Short::Cut(0)),
                Ok(buffer) => {
                    let len = buffer.len().min(usize::try_from(n).unwrap_or(usize::MAX));
                    self.input.consume(len);
                    self.byte += len as u64;
                    n -= len as u64;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(Short::Failed(self.failed(e))),
            }
        }
        Ok(())
    }

    fn failed(&self, error: std::io::Error) -> IntakeError {
        let at = At { source: self.source, byte: self.byte, unit: Unit::Frame(self.count) };
        IntakeError::from_read(at, error)
    }
}

fn damaged(at: At, what: &'static str) -> Short {
    Short::Failed(IntakeError::CaptureHeader { at, what })
}

fn u16_at(octets: &[u8], i: usize, is_be: bool) -> u16 {
    let field = [octets[i], octets[i + 1]];
    if is_be { u16::from_be_bytes(field) } else { u16::from_le_bytes(field) }
}

fn u32_at(octets: &[u8], i: usize, is_be: bool) -> u32 {
    let field = [octets[i], octets[i + 1], octets[i + 2], octets[i + 3]];
    if is_be { u32::from_be_bytes(field) } else { u32::from_le_bytes(field) }
}

#[cfg(test)]
mod tests;
