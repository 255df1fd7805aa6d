//! Where in which input something stands.

use core::fmt;

/// The number of an input within one reading session, in the order given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// What a reader counts in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// The n-th line, from 1, as an editor counts.
    Line(u64),
    /// The n-th frame of a capture, from 1, as Wireshark counts.
    Frame(u64),
}

/// Where in which input: enough to find it again with `dd` or an editor.
///
/// `byte` counts in the *unwrapped* octets: for a compressed input it is the
/// offset after decompression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Which input.
    pub source: SourceId,
    /// Octets from the start of the unwrapped input to the start of the unit.
    pub byte: u64,
    /// The line or frame.
    pub unit: Unit,
}

impl Default for At {
    fn default() -> Self {
        Self { source: SourceId(0), byte: 0, unit: Unit::Line(0) }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(n) => write!(f, "line {n}"),
            Self::Frame(n) => write!(f, "frame {n}"),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.unit, self.byte)
    }
}
