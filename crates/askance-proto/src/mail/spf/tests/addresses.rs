//! Sets of addresses, beside sets of numbers.

use core::net::Ipv4Addr;
use std::collections::BTreeSet;

use super::*;

fn set(networks: &str) -> SpfAddresses {
    let network = |text: &str| {
        let (address, bits) = text.split_once('/').expect("a prefix");
        (address.parse().expect("an address"), bits.parse().expect("bits"))
    };
    SpfAddresses::of_networks(networks.split(' ').filter(|text| !text.is_empty()).map(network))
}

#[test]
fn networks_that_touch_are_one() {
    for (given, shown, count) in [
        ("192.0.2.0/25 192.0.2.128/25", "192.0.2.0/24", 256),
        ("192.0.2.7/24 192.0.2.9/32", "192.0.2.0/24", 256),
        ("192.0.2.1/32 192.0.2.2/32 192.0.2.3/32 192.0.2.4/32", "192.0.2.1 192.0.2.2/31 192.0.2.4", 4),
        ("10.0.0.0/0 255.255.255.255/32", "all IPv4", 1 << 32),
        ("2001:db8::/32 192.0.2.1/32 2001:db8:1::1/128 ::/128", "192.0.2.1 and :: 2001:db8::/32", 1),
        ("ffff::/0", "all IPv6", 0),
        ("0.0.0.0/1 128.0.0.0/2 192.0.0.0/3 224.0.0.0/4", "all IPv4 but 240.0.0.0/4", 15 << 28),
        ("", "", 0),
    ] {
        let set = set(given);
        assert_eq!((set.to_string().as_str(), set.count_v4()), (shown, count), "{given}");
    }
    assert!(set("192.0.2.0/24").contains("::ffff:192.0.2.9".parse().expect("an address")));
    assert!(!set("::/0").contains("192.0.2.9".parse().expect("an address")));
}

/// Networks among the 64 addresses at the upper end of IPv4, where sums overflow.
fn networks() -> impl Strategy<Value = Vec<(IpAddr, u8)>> {
    let one = (0..64u32, 26..=32u8).prop_map(|(n, bits)| (IpAddr::V4(Ipv4Addr::from_bits(u32::MAX - n)), bits));
    prop::collection::vec(one, 0..6)
}

/// Which of the 64 are in it.
fn members(contains: impl Fn(IpAddr) -> bool) -> BTreeSet<u32> {
    (u32::MAX - 63..=u32::MAX).filter(|n| contains(IpAddr::V4(Ipv4Addr::from_bits(*n)))).collect()
}

proptest! {
    #[test]
    fn sets_are_what_their_networks_hold(a in networks(), b in networks()) {
        let naive = |networks: &[(IpAddr, u8)]| {
            let within = |address: IpAddr, (network, bits): (IpAddr, u8)| match (address, network) {
                (IpAddr::V4(one), IpAddr::V4(two)) => (one.to_bits() ^ two.to_bits()) >> (32 - bits) == 0,
                _ => false,
            };
            members(|address| networks.iter().any(|&network| within(address, network)))
        };
        let set = |networks: &[(IpAddr, u8)]| SpfAddresses::of_networks(networks.iter().copied());
        let held = |set: &SpfAddresses| members(|address| set.contains(address));
        let ((in_a, in_b), (set_a, set_b)) = ((naive(&a), naive(&b)), (set(&a), set(&b)));
        prop_assert_eq!(&held(&set_a), &in_a);
        prop_assert_eq!(set_a.count_v4(), in_a.len() as u64);
        let (both, alone) = set_a.split(&set_b);
        prop_assert_eq!(held(&both), &in_a & &in_b);
        prop_assert_eq!(held(&alone), &in_a - &in_b);
        let mut united = set_a.clone();
        united.unite(&set_b);
        prop_assert_eq!(held(&united), &in_a | &in_b);
        for one in [&set_a, &both, &alone, &united] {
            prop_assert_eq!(&set(&one.networks()), one);
        }
    }
}
