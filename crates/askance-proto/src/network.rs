//! Ranges of addresses: what lies in one, where an address lies, and which hosts are neighbours.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// Addresses that share their leading bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The lowest address.
    base: IpAddr,
    prefix_len: u8,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither an address nor a range such as 192.0.2.0/24")]
pub struct NetworkError {
    /// The text.
    pub text: String,
}

/// Where an address lies, seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// This machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
    Loopback,
    /// A private network (RFC 1918, RFC 4193).
    Private,
    /// Somebody else's.
    Outside,
    /// No host has such an address: multicast, broadcast, unspecified, reserved, link-local, mapped.
    Nowhere,
}

impl Reach {
    /// Where an address lies.
    ///
    /// # Source
    /// IANA special-purpose address registries (RFC 6890)
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(a) if a.is_loopback() => Self::Loopback,
            IpAddr::V4(a) if a.is_private() => Self::Private,
            IpAddr::V4(a) => {
                let nowhere = a.octets()[0] == 0 || a.octets()[0] >= 224 || a.is_link_local();
                if nowhere { Self::Nowhere } else { Self::Outside }
            }
            IpAddr::V6(a) if a == Ipv6Addr::LOCALHOST => Self::Loopback,
            IpAddr::V6(a) if a.is_unique_local() => Self::Private,
            IpAddr::V6(a) => {
                let nowhere = a.is_multicast()
                    || a.is_unicast_link_local()
                    || a.to_ipv4().is_some() // mapped, and the old compatible form
                    || a.segments()[..4] == [0x100, 0, 0, 0]; // discard-only (RFC 6666)
                if nowhere { Self::Nowhere } else { Self::Outside }
            }
        }
    }
}

impl Network {
    /// The network of an address, its host bits cleared.
    ///
    /// - `prefix_len`: at most 32 or 128; more counts as that
    pub fn of(address: IpAddr, prefix_len: u8) -> Self {
        let prefix_len = prefix_len.min(width(address));
        let free = u32::from(width(address) - prefix_len);
        let cleared = bits(address) & u128::MAX.checked_shl(free).unwrap_or(0);
        Self { base: from_bits(cleared, address), prefix_len }
    }

    /// One address.
    pub fn one(address: IpAddr) -> Self {
        Self::of(address, 128)
    }

    /// The network within which a survey is polite: the /24 of IPv4, the /48 of IPv6.
    pub fn neighbourhood(address: IpAddr) -> Self {
        Self::of(address, if address.is_ipv4() { 24 } else { 48 })
    }

    /// True where an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.base.is_ipv4() && Self::of(address, self.prefix_len).base == self.base
    }

    /// True where its addresses are of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.base.is_ipv4()
    }

    /// All its addresses, ascending; `None` where there are more than `max`.
    pub fn addresses(&self, max: usize) -> Option<Vec<IpAddr>> {
        let (low, base) = (bits(self.base), self.base);
        let all = (self.size() <= max as u128).then(|| low..=low + (self.size() - 1))?;
        Some(all.map(|n| from_bits(n, base)).collect())
    }

    /// How many addresses it has.
    pub fn size(&self) -> u128 {
        1u128.checked_shl(u32::from(width(self.base) - self.prefix_len)).unwrap_or(u128::MAX)
    }

    /// The addresses that hosts can have: without the first and last of an IPv4 range of four or more.
    pub fn hosts(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let (low, high) = (bits(self.base), bits(self.base) + (self.size() - 1));
        let (low, high) = if self.base.is_ipv4() && self.prefix_len <= 30 { (low + 1, high - 1) } else { (low, high) };
        let base = self.base;
        (low..=high).map(move |n| from_bits(n, base))
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(a) => u128::from(a.to_bits()),
        IpAddr::V6(a) => a.to_bits(),
    }
}

fn from_bits(bits: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX))),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    }
}

/// `192.0.2.7`, or `192.0.2.0/24`; bits beyond the prefix are cleared.
impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let error = || NetworkError { text: text.chars().take(80).collect() };
        let (address, prefix_len) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let Some(prefix_len) = prefix_len else { return Ok(Self::one(address)) };
        let prefix_len = prefix_len.parse().ok().filter(|len| *len <= width(address)).ok_or_else(error)?;
        Ok(Self::of(address, prefix_len))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix_len == width(self.base) {
            return write!(f, "{}", self.base);
        }
        write!(f, "{}/{}", self.base, self.prefix_len)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_counted() {
        let check = |text: &str, expected: &str| {
            let network: Result<Network, NetworkError> = text.parse();
            let shown = network.map_or_else(
                |_| "none".to_owned(),
                |n| format!("{n} {:?}", n.addresses(300).map(|all| (all.len(), all[all.len() - 1].to_string()))),
            );
            assert_eq!(shown, expected, "{text}");
        };
        check("198.51.100.29/24", r#"198.51.100.0/24 Some((256, "198.51.100.255"))"#);
        check("198.51.100.29", r#"198.51.100.29 Some((1, "198.51.100.29"))"#);
        check("198.51.100.29/31", r#"198.51.100.28/31 Some((2, "198.51.100.29"))"#);
        check("0.0.0.0/0", "0.0.0.0/0 None");
        check("2001:db8::17/120", r#"2001:db8::/120 Some((256, "2001:db8::ff"))"#);
        check("2001:db8::/32", "2001:db8::/32 None");
        check("::/0", "::/0 None");
        check("198.51.100.0/33", "none");
        check("fleet.txt", "none");
        check("198.51.100.0/", "none");
    }
}
