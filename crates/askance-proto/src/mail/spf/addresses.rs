//! Sets of addresses, exactly.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of both families, for instance all that a policy lets pass.
///
/// What policies say in networks, one term before the other, is kept as ranges: no
/// address is counted twice, and one that an earlier term refuses is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpfAddresses {
    v4: Ranges,
    v6: Ranges,
}

impl SpfAddresses {
    /// True where no address is in it.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// True where the address is in it; an IPv4-mapped one counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.v4.contains(u128::from(v4.to_bits())),
            IpAddr::V6(v6) => self.v6.contains(v6.to_bits()),
        }
    }

    /// How many IPv4 addresses are in it.
    ///
    /// # Panics
    /// Never: there are 2^32.
    pub fn count_v4(&self) -> u64 {
        let count: u128 = self.v4.0.iter().map(|(first, last)| last - first + 1).sum();
        u64::try_from(count).expect("at most 2^32")
    }

    /// The fewest networks that hold these addresses and no others: address and prefix length in
    /// bits, IPv4 first, ascending.
    ///
    /// # Panics
    /// Never: ranges of IPv4 addresses hold no others.
    pub fn networks(&self) -> Vec<(IpAddr, u8)> {
        let v4 = self.v4.blocks(32).map(|(first, bits)| {
            let first = u32::try_from(first).expect("ranges of IPv4 end at 2^32");
            (IpAddr::V4(Ipv4Addr::from_bits(first)), bits)
        });
        v4.chain(self.v6.blocks(128).map(|(first, bits)| (IpAddr::V6(Ipv6Addr::from_bits(first)), bits))).collect()
    }

    /// The addresses of these networks; bits beyond a prefix are ignored.
    pub(super) fn of_networks(networks: impl IntoIterator<Item = (IpAddr, u8)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (address, bits) in networks {
            match address {
                IpAddr::V4(address) => v4.push(block(u128::from(address.to_bits()), 32, bits)),
                IpAddr::V6(address) => v6.push(block(address.to_bits(), 128, bits)),
            }
        }
        Self { v4: Ranges::of(v4), v6: Ranges::of(v6) }
    }

    /// Every address of IPv4 (`true`) or of IPv6.
    pub(super) fn family(is_v4: bool) -> Self {
        let all = if is_v4 { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
        Self::of_networks([(all, 0)])
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.v4 = self.v4.with(&other.v4);
        self.v6 = self.v6.with(&other.v6);
    }

    /// Those that are also in `other`, and those that are not.
    pub(super) fn split(&self, other: &Self) -> (Self, Self) {
        let (v4_in, v4_out) = self.v4.split(&other.v4);
        let (v6_in, v6_out) = self.v6.split(&other.v6);
        (Self { v4: v4_in, v6: v6_in }, Self { v4: v4_out, v6: v6_out })
    }
}

impl fmt::Display for SpfAddresses {
    /// The networks with a space between, a single address without its prefix length; `all IPv4 but` those
    /// that are not in it where these are fewer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut joint = "";
        for (is_v4, word) in [(true, "all IPv4"), (false, "all IPv6")] {
            let (inside, outside) = Self::family(is_v4).split(self);
            let (inside, outside) = (inside.networks(), outside.networks());
            if inside.is_empty() {
                continue;
            }
            f.write_str(joint)?;
            joint = " and ";
            if outside.is_empty() {
                f.write_str(word)?;
            } else if outside.len() < inside.len() {
                write!(f, "{word} but {}", shown(&outside))?;
            } else {
                f.write_str(&shown(&inside))?;
            }
        }
        Ok(())
    }
}

fn shown(networks: &[(IpAddr, u8)]) -> String {
    let words = networks.iter().map(|(address, bits)| match (address, bits) {
        (IpAddr::V4(_), 32) | (IpAddr::V6(_), 128) => address.to_string(),
        _ => format!("{address}/{bits}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// First and last address of a network.
fn block(address: u128, width: u8, bits: u8) -> (u128, u128) {
    let host = low_bits(width.saturating_sub(bits));
    (address & !host, address | host)
}

/// A number of `count ≤ 128` ones.
fn low_bits(count: u8) -> u128 {
    u128::MAX.checked_shr(128 - u32::from(count.min(128))).unwrap_or(0)
}

/// Ascending, apart from one another by at least one address; first and last of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    fn of(mut parts: Vec<(u128, u128)>) -> Self {
        parts.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(parts.len());
        for (first, last) in parts {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, address: u128) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= address);
        after.checked_sub(1).and_then(|n| self.0.get(n)).is_some_and(|(_, last)| address <= *last)
    }

    fn with(&self, other: &Self) -> Self {
        Self::of([&self.0[..], &other.0[..]].concat())
    }

    /// What is in both, and what is in `self` alone.
    fn split(&self, other: &Self) -> (Self, Self) {
        let (mut both, mut alone) = (Vec::new(), Vec::new());
        let mut cuts = other.0.iter().peekable();
        for &(first, last) in &self.0 {
            let mut next = Some(first);
            while let Some(start) = next.filter(|start| *start <= last) {
                match cuts.peek() {
                    Some((_, cut_last)) if *cut_last < start => drop(cuts.next()),
                    Some((cut_first, cut_last)) if *cut_first <= last => {
                        if *cut_first > start {
                            alone.push((start, cut_first - 1));
                        }
                        both.push((start.max(*cut_first), last.min(*cut_last)));
                        next = last.min(*cut_last).checked_add(1);
                    }
                    _ => {
                        alone.push((start, last));
                        next = None;
                    }
                }
            }
        }
        (Self(both), Self(alone))
    }

    /// The ranges cut into networks: first address, prefix length in bits.
    fn blocks(&self, width: u8) -> impl Iterator<Item = (u128, u8)> {
        self.0.iter().flat_map(move |&(first, last)| {
            let mut next = Some(first);
            core::iter::from_fn(move || {
                let start = next.filter(|start| *start <= last)?;
                let aligned = u8::try_from(start.trailing_zeros()).expect("at most 128").min(width);
                let host = (0..=aligned).rev().find(|&host| start | low_bits(host) <= last)?;
                next = (start | low_bits(host)).checked_add(1);
                Some((start, width - host))
            })
        })
    }
}
