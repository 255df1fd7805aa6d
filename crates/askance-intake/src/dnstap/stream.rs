//! Frame Streams: frames with their length, between control frames.
//!
//! A file is START, frames, STOP; several may stand in a row. What two ends of a socket said
//! (READY, ACCEPT, START, frames, STOP, FINISH) is read as well. A frame beyond
//! [`Limits::frame_octets_max`](crate::Limits) is stepped over and counted.
//!
//! # Source
//! Frame Streams `fstrm/control.h`.

use std::io::Read as _;

use askance_record::{At, Ledger, SourceId, Unit};

use crate::IntakeError;
use crate::capture::reject;
use crate::unwrap::Unwrapped;

const CONTENT_TYPE: &[u8] = b"protobuf:dnstap.Dnstap";

const ACCEPT: u32 = 1;
const START: u32 = 2;
const STOP: u32 = 3;
const READY: u32 = 4;
const FIELD_CONTENT_TYPE: u32 = 1;

/// The longest control frame that fstrm itself reads.
const CONTROL_OCTETS_MAX: u32 = 512;

/// A length beyond which a frame's header is not believed.
const FRAME_LENGTH_BELIEVED: u32 = 128 << 20;

/// Octets read at a time of what is stepped over.
const SKIPPED_AT_ONCE: u64 = 8 << 10;

const UNENDED_ASSUMED: &str =
    "the stream does not end with STOP: its writer was stopped or still writes, and messages may be missing at the end";

/// True where an input begins with a control frame that names dnstap.
pub(crate) fn begins(octets: &[u8]) -> bool {
    let Some((&[0, 0, 0, 0, l0, l1, l2, l3], rest)) = octets.split_first_chunk() else { return false };
    let len = u32::from_be_bytes([l0, l1, l2, l3]);
    let control = usize::try_from(len.min(CONTROL_OCTETS_MAX)).ok().and_then(|len| rest.get(..len));
    control.and_then(read_control).is_some_and(|control| control.opens && control.is_dnstap == Some(true))
}

/// What a control frame says.
struct Control {
    kind: u32,
    /// True where it may stand first.
    opens: bool,
    /// Whether it names dnstap among its content types; `None` where it names none.
    is_dnstap: Option<bool>,
}

/// Reads a control frame after its two lengths.
fn read_control(octets: &[u8]) -> Option<Control> {
    let word = |octets: &mut &[u8]| {
        let (word, rest) = octets.split_first_chunk()?;
        *octets = rest;
        Some(u32::from_be_bytes(*word))
    };
    let mut rest = octets;
    let kind = word(&mut rest)?;
    let mut is_dnstap = None;
    while !rest.is_empty() {
        let field = word(&mut rest)?;
        let len = usize::try_from(word(&mut rest)?).ok()?;
        let (value, after) = rest.split_at_checked(len)?;
        rest = after;
        if field == FIELD_CONTENT_TYPE {
            is_dnstap = Some(is_dnstap == Some(true) || value == CONTENT_TYPE);
        }
    }
    Some(Control { kind, opens: matches!(kind, READY | ACCEPT | START), is_dnstap })
}

/// What one step came to.
enum Step {
    /// A frame; its octets are held.
    Frame,
    /// Something that is no frame, or a frame that was refused.
    Other,
    /// The end of the input.
    End,
    /// The end of the input inside of something.
    Cut,
}

/// Reads frames.
pub(super) struct Stream {
    input: Unwrapped,
    source: SourceId,
    frame_octets_max: usize,
    /// Octets consumed so far.
    byte: u64,
    /// Frames met so far, control frames not counted.
    count: u64,
    held: Vec<u8>,
    /// True between START and STOP.
    is_started: bool,
}

impl Stream {
    /// Reads the first control frame.
    ///
    /// # Errors
    /// [`IntakeError::FrameStream`] where it is none, or not one of dnstap.
    pub(super) fn open(input: Unwrapped, source: SourceId, frame_octets_max: usize) -> Result<Self, IntakeError> {
        let (held, is_started) = (Vec::new(), false);
        let mut stream = Self { input, source, frame_octets_max, byte: 0, count: 0, held, is_started };
        let at = stream.here();
        if !stream.take(4)? || stream.held != [0; 4] {
            return Err(IntakeError::FrameStream { at, what: "it does not begin with a control frame" });
        }
        match stream.control(at, true)? {
            Step::Cut => Err(IntakeError::FrameStream { at, what: "the input ends inside its first control frame" }),
            _ => Ok(stream),
        }
    }

    /// The octets of the frame last met.
    pub(super) fn octets(&self) -> &[u8] {
        &self.held
    }

    /// Where the next frame stands, with its octets in [`Stream::octets`]. Frames that cannot be read are
    /// counted in `ledger`.
    ///
    /// # Errors
    /// Where reading failed or the stream is damaged beyond this point.
    pub(super) fn next(&mut self, ledger: &mut Ledger) -> Result<Option<At>, IntakeError> {
        const CUT: &str = "stream cut inside a frame";
        loop {
            let at = self.here();
            match self.step(at, ledger) {
                Ok(Step::Frame) => return Ok(Some(at)),
                Ok(Step::Other) => {}
                Ok(Step::End) => {
                    if self.is_started {
                        ledger.assume(UNENDED_ASSUMED);
                    }
                    return Ok(None);
                }
                Ok(Step::Cut) => {
                    reject(ledger, CUT, at, &self.held);
                    self.is_started = false;
                    return Ok(None);
                }
                Err(error) => {
                    if self.byte > at.byte {
                        let is_damage = matches!(error, IntakeError::FrameStream { .. });
                        reject(ledger, if is_damage { "damaged frame header" } else { CUT }, at, &self.held);
                    }
                    return Err(error);
                }
            }
        }
    }

    fn step(&mut self, at: At, ledger: &mut Ledger) -> Result<Step, IntakeError> {
        if !self.take(4)? {
            return Ok(if self.held.is_empty() { Step::End } else { Step::Cut });
        }
        let len = self.word();
        if len == 0 {
            return self.control(at, false);
        }
        self.count += 1;
        if len > FRAME_LENGTH_BELIEVED {
            return Err(IntakeError::FrameStream { at, what: "a frame length that no stream has" });
        }
        if len as usize > self.frame_octets_max {
            if !self.skip(u64::from(len))? {
                return Ok(Step::Cut);
            }
            reject(ledger, "frame over the length limit", at, b"");
            return Ok(Step::Other);
        }
        Ok(if self.take(u64::from(len))? { Step::Frame } else { Step::Cut })
    }

    /// Reads a control frame, whose first length was read already.
    fn control(&mut self, at: At, is_first: bool) -> Result<Step, IntakeError> {
        let damaged = |what| Err(IntakeError::FrameStream { at, what });
        if !self.take(4)? {
            return Ok(Step::Cut);
        }
        let len = self.word();
        if len > CONTROL_OCTETS_MAX {
            return damaged("a control frame longer than any");
        }
        if !self.take(u64::from(len))? {
            return Ok(Step::Cut);
        }
        let Some(control) = read_control(&self.held) else { return damaged("a damaged control frame") };
        if is_first && !control.opens {
            return damaged("it begins with neither START nor READY nor ACCEPT");
        }
        if control.opens && control.is_dnstap == Some(false) {
            return damaged("its content type is not that of dnstap");
        }
        match control.kind {
            START => self.is_started = true,
            STOP => self.is_started = false,
            // READY, ACCEPT and FINISH are between the two ends; others are to be ignored.
            _ => {}
        }
        Ok(Step::Other)
    }

    fn here(&self) -> At {
        At { source: self.source, byte: self.byte, unit: Unit::Frame(self.count + 1) }
    }

    /// The four octets held, as a number.
    fn word(&self) -> u32 {
        u32::from_be_bytes(*self.held.first_chunk().expect("four octets were taken"))
    }

    /// Replaces `held` by the next `n` octets; false where the input ends before.
    fn take(&mut self, n: u64) -> Result<bool, IntakeError> {
        self.held.clear();
        let read = self.input.by_ref().take(n).read_to_end(&mut self.held);
        self.byte += self.held.len() as u64;
        match read {
            Ok(len) => Ok(len as u64 == n),
            Err(error) => {
                let at = At { source: self.source, byte: self.byte, unit: Unit::Frame(self.count) };
                Err(IntakeError::from_read(at, error))
            }
        }
    }

    /// Steps over `n` octets; false where the input ends before.
    fn skip(&mut self, mut n: u64) -> Result<bool, IntakeError> {
        while n > 0 {
            let some = n.min(SKIPPED_AT_ONCE);
            if !self.take(some)? {
                return Ok(false);
            }
            n -= some;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
