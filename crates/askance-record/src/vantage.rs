//! Where a lookup was seen.

use core::fmt;
use core::str::FromStr;

/// The place between a program and a name server at which lookups were seen.
///
/// What a line means depends on it: see `docs/glossary.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vantage {
    /// On the asking host itself: one application asked.
    Stub,
    /// Between clients and their resolver.
    ResolverClient,
    /// Between a resolver and authoritative servers, seen at the resolver: cache misses only.
    ResolverUpstream,
    /// At an authoritative server: cache misses of resolvers, for its own zones only.
    Authoritative,
    /// A union of sensors, often answers only, often without duplicates.
    Passive,
}

impl Vantage {
    /// All vantages, in the order of the path of a query.
    pub const ALL: [Self; 5] =
        [Self::Stub, Self::ResolverClient, Self::ResolverUpstream, Self::Authoritative, Self::Passive];

    /// The stable identifier, as in `--json` and `case.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stub => "stub",
            Self::ResolverClient => "resolver-client",
            Self::ResolverUpstream => "resolver-upstream",
            Self::Authoritative => "authoritative",
            Self::Passive => "passive",
        }
    }

    /// True where a resolver's cache stands between the program and the tap, so
    /// that a line is a cache miss and gaps below the TTL cannot be seen.
    pub const fn is_behind_cache(self) -> bool {
        matches!(self, Self::ResolverUpstream | Self::Authoritative | Self::Passive)
    }
}

impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Vantage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or(())
    }
}
