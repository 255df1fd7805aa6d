//! Lines of bounded length with their positions.

mod reader;

use std::io::{BufRead, ErrorKind};

use askance_record::{At, SourceId, Unit};
use memchr::memchr;

use crate::unwrap::Unwrapped;

pub(crate) use reader::{LineReader, Out, ParseLine};

/// One step of [`Lines::next`].
pub(crate) enum Line<'a> {
    /// A line without its end (LF or CRLF).
    Octets(At, &'a [u8]),
    /// A line beyond the limit was skipped; the slice is its beginning.
    TooLong(At, &'a [u8]),
    /// The input is at its end.
    End,
    /// Reading failed. What was read of the line so far is the slice.
    Failed(At, std::io::Error, &'a [u8]),
}

/// Lines of an input, each at most `line_octets_max` long.
///
/// A line that lies whole in the input's buffer is lent from there; only one that
/// crosses the buffer's end is copied.
pub(crate) struct Lines {
    input: Unwrapped,
    source: SourceId,
    line_octets_max: usize,
    held: Vec<u8>,
    /// Octets of the buffer that the line lent last occupies.
    lent: usize,
    byte: u64,
    line: u64,
}

impl Lines {
    pub(crate) fn new(input: Unwrapped, source: SourceId, line_octets_max: usize) -> Self {
        Self { input, source, line_octets_max, held: Vec::new(), lent: 0, byte: 0, line: 0 }
    }

    /// The next line. A last line without an end counts; a byte-order mark before the first does not.
    pub(crate) fn next(&mut self) -> Line<'_> {
        self.input.consume(self.lent);
        self.lent = 0;
        let at = At { source: self.source, byte: self.byte, unit: Unit::Line(self.line + 1) };
        if let Some(end) = memchr(b'\n', self.input.buffer()) {
            self.lent = end + 1;
            self.byte += self.lent as u64;
            self.line += 1;
            return finish(at, &self.input.buffer()[..end], self.line_octets_max, false);
        }
        self.next_across_buffers(at)
    }

    fn next_across_buffers(&mut self, at: At) -> Line<'_> {
        self.held.clear();
        let mut seen = 0usize;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => {
                    self.byte += seen as u64;
                    return Line::Failed(at, e, &self.held);
                }
            };
            if buffer.is_empty() {
                if seen == 0 {
                    return Line::End;
                }
                break;
            }
            let (take, ended) = memchr(b'\n', buffer).map_or((buffer.len(), false), |i| (i + 1, true));
            // Two octets more than the limit: room for the line's end, and proof that it is over.
            let keep = (self.line_octets_max + 2).saturating_sub(self.held.len()).min(take);
            self.held.extend_from_slice(&buffer[..keep]);
            self.input.consume(take);
            seen += take;
            if ended {
                break;
            }
        }
        self.byte += seen as u64;
        self.line += 1;
        let cut = self.held.len() < seen;
        let line = self.held.strip_suffix(b"\n").unwrap_or(&self.held);
        finish(at, line, self.line_octets_max, cut)
    }
}

fn finish(at: At, line: &[u8], line_octets_max: usize, cut: bool) -> Line<'_> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = if at.byte == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    if cut || line.len() > line_octets_max {
        return Line::TooLong(at, &line[..line.len().min(line_octets_max).min(160)]);
    }
    Line::Octets(at, line)
}

#[cfg(test)]
pub(crate) mod check;
#[cfg(test)]
mod tests;
