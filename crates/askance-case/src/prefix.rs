//! Address prefixes.

use std::net::IpAddr;

/// The prefix length where `text` (an address or `address/length`) contains `ip`.
pub(crate) fn matches(text: &str, ip: IpAddr) -> Option<u8> {
    let (network, length) = match text.split_once('/') {
        Some((network, length)) => (network, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let network: IpAddr = network.parse().ok()?;
    let (a, b, bits) = match (network, ip.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()) << 96, u128::from(b.to_bits()) << 96, 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return None,
    };
    let length = length.unwrap_or(bits);
    if length > bits {
        return None;
    }
    let same = length == 0 || (a ^ b) >> (128 - u32::from(length)) == 0;
    same.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let ip = "198.51.100.25".parse().expect("literal");
        assert_eq!(matches("198.51.100.0/24", ip), Some(24));
        assert_eq!(matches("198.51.100.25", ip), Some(32));
        assert_eq!(matches("0.0.0.0/0", ip), Some(0));
        assert_eq!(matches("198.51.101.0/24", ip), None);
        assert_eq!(matches("2001:db8::/32", ip), None);
        assert_eq!(matches("198.51.100.0/33", ip), None);
    }
}
