//! How much a reader may hold.

/// Upper bounds on what a reader keeps in memory, whatever its input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line that is read, octets; a longer one is rejected and skipped.
    pub line_octets_max: usize,
    /// Longest captured frame that is read, octets.
    pub frame_octets_max: usize,
    /// Queries that wait for their response, in all.
    pub pending_max: usize,
    /// Octets held for TCP streams and IP fragments under reassembly, in all.
    pub reassembly_octets_max: usize,
    /// Wrappers inside wrappers (gzip in zstd in …).
    pub wrapper_depth_max: u32,
    /// Unwrapped octets per wrapped octet beyond which an input counts as a bomb,
    /// looked at only after the first 64 MiB.
    pub expansion_max: u64,
}

impl Limits {
    /// Limits for ordinary work.
    pub const DEFAULT: Self = Self {
        line_octets_max: 64 << 10,
        frame_octets_max: 256 << 10,
        pending_max: 1 << 18,
        reassembly_octets_max: 64 << 20,
        wrapper_depth_max: 4,
        expansion_max: 20_000,
    };

    /// Limits so small that a test or a fuzz target reaches them.
    pub const TINY: Self = Self {
        line_octets_max: 512,
        frame_octets_max: 2048,
        pending_max: 8,
        reassembly_octets_max: 8 << 10,
        wrapper_depth_max: 2,
        expansion_max: 20_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
