//! Lines out of a stream that is cut anywhere.

use std::collections::VecDeque;

/// Longest line that is taken, in octets, its end included; RFC 5321 §4.5.3.1 asks for 512 and 1000.
pub(crate) const LINE_OCTETS_MAX: usize = 2000;

/// Octets that wait to be taken as lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineBuffer {
    octets: VecDeque<u8>,
    /// Octets at the front known to hold no line end, so that slow input costs O(n).
    searched: usize,
    /// True while the rest of an over-long line is being dropped.
    dropping: bool,
}

/// What stands at the front of a [`LineBuffer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end (CR LF, or LF alone).
    Whole(Vec<u8>),
    /// A line over [`LINE_OCTETS_MAX`]; told once, dropped up to its end.
    TooLong,
}

impl LineBuffer {
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.octets.extend(octets);
    }

    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Everything that waits, in order; the buffer is then empty.
    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        self.searched = 0;
        self.octets.drain(..).collect()
    }

    /// The next line; `None` until its end has come.
    pub(crate) fn take(&mut self) -> Option<Line> {
        loop {
            let end = self.octets.range(self.searched..).position(|&b| b == b'\n').map(|at| at + self.searched);
            let Some(end) = end else {
                self.searched = self.octets.len();
                if self.dropping {
                    self.octets.clear();
                    self.searched = 0;
                } else if self.octets.len() > LINE_OCTETS_MAX {
                    self.clear();
                    self.dropping = true;
                    return Some(Line::TooLong);
                }
                return None;
            };
            let mut line: Vec<u8> = self.octets.drain(..=end).collect();
            self.searched = 0;
            if core::mem::take(&mut self.dropping) {
                continue;
            }
            if line.len() > LINE_OCTETS_MAX {
                return Some(Line::TooLong);
            }
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Some(Line::Whole(line));
        }
    }
}
