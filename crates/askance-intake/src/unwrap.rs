//! Transparent decompression.
//!
//! An input may be wrapped several times and a wrapper may have several members
//! (`cat a.gz b.gz`). Each layer is read through a [`Guard`], so that damage names
//! the wrapper it was found in, a cut wrapper is an error and not a silent end, and
//! a small input cannot grow without bound. What came out before is always kept.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askance_record::{At, SourceId, Unit};

use crate::{IntakeError, Limits};

/// Octets that a sniffer may count on, unless the input is shorter.
pub(crate) const PEEK_OCTETS: usize = 64 << 10;

/// Expansion is looked at only beyond this many unwrapped octets.
const EXPANSION_FREE_OCTETS: u64 = 64 << 20;

/// Memory that one xz layer may use; `xz -9` needs 65 MiB.
const XZ_MEMORY_OCTETS: u64 = 256 << 20;

const BUFFER_OCTETS: usize = 256 << 10;

/// A compression around an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// The .xz format.
    Xz,
    /// The LZ4 frame format.
    Lz4,
    /// bzip2.
    Bzip2,
}

impl Wrapper {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Bzip2 => "bzip2",
        }
    }

    /// The wrapper that an input begins with.
    fn of(begins: &[u8]) -> Option<Self> {
        match begins {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [4, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            // A block's or the end's magic must follow, or a line "BZh9..." would be taken for it.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Self::Bzip2),
            // pzstd writes skippable frames (RFC 8878 §3.1.2) before data.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, 0, 0, rest @ ..] => {
                Self::of(rest.get(usize::from(u16::from_le_bytes([*a, *b]))..)?).filter(|w| *w == Self::Zstd)
            }
            _ => None,
        }
    }
}

/// The unwrapped octets of an input, buffered; the first `fill_buf` shows at least
/// [`PEEK_OCTETS`] octets or all there are.
pub(crate) type Unwrapped = BufReader<Box<dyn Read + Send>>;

/// What went wrong below a reader, carried through `io::Error`; see [`IntakeError::from_read`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the input unwraps to more than its limits allow ({what})")]
    Bomb { what: &'static str },
    #[error("the {wrapper} wrapper is damaged after {unwrapped} unwrapped octets")]
    Wrapper { wrapper: &'static str, unwrapped: u64, source: io::Error },
    #[error(transparent)]
    Read(io::Error),
}

/// Unwraps every compression around `input`; `wrappers` receives them, outermost first.
pub(crate) fn unwrap(
    input: Box<dyn Read + Send>,
    source: SourceId,
    limits: &Limits,
    wrappers: &mut Vec<Wrapper>,
) -> Result<Unwrapped, IntakeError> {
    let wrapped = Arc::new(AtomicU64::new(0));
    let mut input = buffered(Box::new(Counted { input, octets: Arc::clone(&wrapped) }));
    loop {
        let begins = peek(&mut input, source)?;
        if begins.is_empty() {
            return Err(IntakeError::Empty);
        }
        let Some(wrapper) = Wrapper::of(begins) else {
            return Ok(input);
        };
        if wrappers.len() >= usize::try_from(limits.wrapper_depth_max).unwrap_or(usize::MAX) {
            return Err(IntakeError::Bomb { what: "wrappers inside wrappers" });
        }
        wrappers.push(wrapper);
        input = buffered(Box::new(Guard {
            decoder: decoder(wrapper, input).map_err(|e| IntakeError::from_read(start(source), e))?,
            wrapper,
            wrapped: Arc::clone(&wrapped),
            unwrapped: 0,
            expansion_max: limits.expansion_max,
        }));
    }
}

/// The octets at the start of an input, without consuming them.
pub(crate) fn peek(input: &mut Unwrapped, source: SourceId) -> Result<&[u8], IntakeError> {
    input.fill_buf().map_err(|e| IntakeError::from_read(start(source), e))
}

/// The place before anything was read.
fn start(source: SourceId) -> At {
    At { source, byte: 0, unit: Unit::Line(0) }
}

fn buffered(input: Box<dyn Read + Send>) -> Unwrapped {
    BufReader::with_capacity(BUFFER_OCTETS, Box::new(Primed { input, has_begun: false, failed: None }))
}

fn decoder(wrapper: Wrapper, input: Unwrapped) -> io::Result<Box<dyn Read + Send>> {
    Ok(match wrapper {
        Wrapper::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Wrapper::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(input)?),
        Wrapper::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_OCTETS, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
        }
        Wrapper::Lz4 => {
            Box::new(Lz4Members { frame: Some(lz4_flex::frame::FrameDecoder::new(Ending { input, ended: false })) })
        }
        Wrapper::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
    })
}

/// Makes the first read long enough to sniff, whatever a pipe hands out at a time.
struct Primed {
    input: Box<dyn Read + Send>,
    has_begun: bool,
    /// An error met after the first octets; it follows them.
    failed: Option<io::Error>,
}

impl Read for Primed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.has_begun {
            return self.input.read(into);
        }
        let mut len = 0;
        while len < into.len().min(PEEK_OCTETS) {
            match self.input.read(&mut into[len..]) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if len == 0 => return Err(e),
                Err(e) => {
                    self.failed = Some(e);
                    break;
                }
            }
        }
        self.has_begun = true;
        Ok(len)
    }
}

/// Counts the octets of the outermost wrapper and marks its errors as the input's own.
struct Counted {
    input: Box<dyn Read + Send>,
    octets: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.input.read(into) {
            Ok(n) => {
                self.octets.fetch_add(n as u64, Ordering::Relaxed);
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => Err(io::Error::other(Fault::Read(e))),
        }
    }
}

/// One layer of decompression with its limit and its name in errors.
struct Guard {
    decoder: Box<dyn Read + Send>,
    wrapper: Wrapper,
    wrapped: Arc<AtomicU64>,
    unwrapped: u64,
    expansion_max: u64,
}

impl Read for Guard {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = match self.decoder.read(into) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(e),
            Err(e) if is_fault(&e) => return Err(e),
            Err(source) => {
                let (wrapper, unwrapped) = (self.wrapper.as_str(), self.unwrapped);
                return Err(io::Error::other(Fault::Wrapper { wrapper, unwrapped, source }));
            }
        };
        self.unwrapped += n as u64;
        if self.unwrapped > EXPANSION_FREE_OCTETS
            && self.unwrapped / self.expansion_max.max(1) > self.wrapped.load(Ordering::Relaxed)
        {
            return Err(io::Error::other(Fault::Bomb { what: "expansion" }));
        }
        Ok(n)
    }
}

/// True where a layer below has said already what is wrong.
fn is_fault(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Fault>)
}

/// Notes whether its reader met the end, so that a cut LZ4 frame is told from a whole one.
struct Ending {
    input: Unwrapped,
    ended: bool,
}

impl Read for Ending {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(into)?;
        self.ended |= n == 0 && !into.is_empty();
        Ok(n)
    }
}

/// LZ4 frames in a row. The decoder reports the end of a frame and a frame that is cut between
/// two blocks in the same way; only in the second case has it met the end of input. Each frame
/// gets a decoder of its own, because one that has read a frame trips over another block size.
struct Lz4Members {
    /// The frame under way; `None` at the end.
    frame: Option<lz4_flex::frame::FrameDecoder<Ending>>,
}

impl Read for Lz4Members {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            let n = frame.read(into)?;
            if n > 0 || into.is_empty() {
                return Ok(n);
            }
            if frame.get_ref().ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let is_last = frame.get_mut().input.fill_buf()?.is_empty();
            let frame = self.frame.take().filter(|_| !is_last);
            self.frame = frame.map(|frame| lz4_flex::frame::FrameDecoder::new(frame.into_inner()));
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests;
