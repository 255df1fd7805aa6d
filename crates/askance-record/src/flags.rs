//! Header and EDNS flags of a lookup.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// A set of header bits and EDNS facts, as far as a record shows them.
///
/// Printed in the way `dig` does: lower case, blank-separated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(u16);

impl Flags {
    /// Authoritative answer (RFC 1035 §4.1.1).
    pub const AA: Self = Self(1);
    /// Truncated (RFC 1035 §4.1.1).
    pub const TC: Self = Self(1 << 1);
    /// Recursion desired (RFC 1035 §4.1.1).
    pub const RD: Self = Self(1 << 2);
    /// Recursion available (RFC 1035 §4.1.1).
    pub const RA: Self = Self(1 << 3);
    /// Authentic data (RFC 4035 §3.2.3).
    pub const AD: Self = Self(1 << 4);
    /// Checking disabled (RFC 4035 §3.2.2).
    pub const CD: Self = Self(1 << 5);
    /// DNSSEC OK (RFC 3225).
    pub const DO: Self = Self(1 << 6);
    /// An OPT record is present (RFC 6891).
    pub const EDNS: Self = Self(1 << 7);
    /// A DNS cookie is present (RFC 7873).
    pub const COOKIE: Self = Self(1 << 8);
    /// The message is signed (TSIG or SIG(0)).
    pub const SIGNED: Self = Self(1 << 9);
    /// An EDNS client subnet is present (RFC 7871).
    pub const ECS: Self = Self(1 << 10);

    const NAMES: [(Self, &'static str); 11] = [
        (Self::AA, "aa"),
        (Self::TC, "tc"),
        (Self::RD, "rd"),
        (Self::RA, "ra"),
        (Self::AD, "ad"),
        (Self::CD, "cd"),
        (Self::DO, "do"),
        (Self::EDNS, "edns"),
        (Self::COOKIE, "cookie"),
        (Self::SIGNED, "signed"),
        (Self::ECS, "ecs"),
    ];

    /// No flag at all.
    pub const fn empty() -> Self {
        Self(0)
    }

    /// True where every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits, for storage.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set with the given bits; unknown bits are dropped.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & 0x7ff)
    }
}

impl BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (flag, name) in Self::NAMES {
            if self.contains(flag) {
                if !first {
                    f.write_str(" ")?;
                }
                f.write_str(name)?;
                first = false;
            }
        }
        Ok(())
    }
}
