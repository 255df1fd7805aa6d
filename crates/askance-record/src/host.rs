//! A party of a lookup, as the record names it.

use core::fmt;
use std::net::IpAddr;

/// A client or server as a record names it: an address where it has one, else
/// whatever identity the producer wrote (a host name, a user, a pseudonym).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// The record does not say.
    #[default]
    Unknown,
    /// An IP address; IPv4-mapped IPv6 is stored as IPv4.
    Ip(IpAddr),
    /// Any other identity.
    Named(Box<str>),
}

impl Host {
    /// Reads a record's text: an address if it is one, unknown for "" and "-".
    pub fn from_text(text: &str) -> Self {
        if text.is_empty() || text == "-" {
            return Self::Unknown;
        }
        match text.parse::<IpAddr>() {
            Ok(ip) => Self::Ip(ip.to_canonical()),
            Err(_) => Self::Named(text.into()),
        }
    }

    /// The address, where there is one.
    pub fn ip(&self) -> Option<IpAddr> {
        if let Self::Ip(ip) = self { Some(*ip) } else { None }
    }

    /// True where the record does not say.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

impl From<IpAddr> for Host {
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip.to_canonical())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.pad("-"),
            Self::Ip(ip) => fmt::Display::fmt(ip, f),
            Self::Named(text) => f.pad(text),
        }
    }
}
