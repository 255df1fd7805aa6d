use proptest::prelude::*;

use super::*;
use crate::Scenario;

const TEXT: &str = r#"
title = "t"
[[server]]
addresses = ["198.51.100.53", "127.64.1.9"]
[[zone]]
name = "100.51.198.in-addr.arpa"
text = """
29 3600 PTR mail1.hotel-brand.example.
@ 300 TXT "v=spf1 ip4:198.51.100.0/28 ip4:203.0.113.7 -all"
"""
"#;

#[test]
fn every_network_moves_wherever_it_is_named() {
    let (text, relocation) = relocate(TEXT).unwrap();
    insta::assert_snapshot!(text, @r#"
    root = "127.64.3.1"

    title = "t"
    [[server]]
    addresses = ["127.64.0.53", "127.64.1.9"]
    [[zone]]
    name = "0.64.127.in-addr.arpa"
    text = """
    29 3600 PTR mail1.hotel-brand.example.
    @ 300 TXT "v=spf1 ip4:127.64.0.0/28 ip4:127.64.2.7 -all"
    """
    "#);
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    assert_eq!(relocation.there(address("198.51.100.200")), address("127.64.0.200"));
    assert_eq!(relocation.back(address("127.64.0.200")), address("198.51.100.200"));
    assert_eq!(relocation.back(address("127.64.1.9")), address("127.64.1.9"), "was there before");
    assert_eq!(relocation.there(address("192.0.2.1")), address("192.0.2.1"), "is not in the text");
    assert_eq!(relocation.nets().count(), 3);
}

#[test]
fn a_root_that_is_named_moves_and_is_not_doubled() {
    let (text, _) = relocate("root = \"198.18.0.1\"\n").unwrap();
    assert_eq!(text, "root = \"127.64.0.1\"\n");
}

#[test]
fn what_cannot_move_is_refused_with_its_line() {
    let check = |text: &str, expected: &str| assert_eq!(relocate(text).unwrap_err().to_string(), expected);
    let ipv6 = |line, what| format!("line {line}: {what} is IPv6, which has no loopback network to move to");
    check("\na = \"2001:db8::1\"", &ipv6(2, "2001:db8::1"));
    check("\u{fc}\u{fc}\n\n@ 300 TXT \"v=spf1 ip6:2001:db8::/32\"", &ipv6(3, "2001:db8::"));
    check("name = \"8.b.d.0.1.0.0.2.ip6.arpa\"", &ipv6(1, "ip6.arpa"));
    let wide = |what| format!("line 1: {what} is wider than 256 addresses and cannot be moved as a whole");
    check("ip4:198.18.0.0/15", &wide("198.18.0.0/15"));
    check("0.192.in-addr.arpa", &wide("0.192.in-addr.arpa"));
    assert!(relocate("at = 2016-09-23T13:54:55Z # ::1 ::ffff").is_err(), "an address of IPv6 by its form");
    assert!(relocate("at = 2016-09-23T13:54:55Z # ::1").is_ok(), "times are no addresses, and ::1 is loopback");
}

#[test]
fn more_than_256_networks_have_room() {
    let lines: Vec<String> = (0..600).map(|n| format!("a 10.{}.{}.7\n", n / 256, n % 256)).collect();
    let text = lines.concat();
    let (moved, relocation) = relocate(&text).unwrap();
    assert!(moved.ends_with("a 127.66.87.7\n"), "{moved}");
    assert_eq!(relocation.nets().count(), 601);
}

#[test]
fn every_scenario_that_ships_says_the_same_at_loopback() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut moved = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let text = std::io::read_to_string(std::fs::File::open(&path).unwrap()).unwrap();
        let (there, relocation) = relocate(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let scenario = Scenario::parse(&there).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let story = crate::Story::build(&scenario, 1).unwrap();
        let mut addresses = story.nodes.iter().flat_map(|n| &n.addresses);
        assert!(addresses.all(IpAddr::is_loopback), "{}", path.display());
        let original = crate::Story::build(&Scenario::parse(&text).unwrap(), 1).unwrap();
        for (a, b) in story.nodes.iter().zip(&original.nodes) {
            let back: Vec<IpAddr> = a.addresses.iter().map(|a| relocation.back(*a)).collect();
            assert_eq!((&a.id, back), (&b.id, b.addresses.clone()), "{}", path.display());
        }
        moved += 1;
    }
    assert!(moved >= 17, "{moved} scenarios");
}

/// Texts of addresses, reverse names and what stands between them.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}")),
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}.in-addr.arpa.")),
        any::<[u8; 3]>().prop_map(|[a, b, c]| format!("{a}.{b}.{c}.in-addr.arpa")),
        "[a-z]{1,8}",
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn moving_again_changes_nothing(text in texts()) {
        let (once, _) = relocate(&format!("root = \"127.0.0.1\"\n# {text}")).unwrap();
        let (twice, relocation) = relocate(&once).unwrap();
        prop_assert_eq!(&twice, &once);
        prop_assert_eq!(relocation, Relocation::default());
    }

    #[test]
    fn what_has_moved_can_be_moved_back(text in texts()) {
        let text = format!("root = \"127.0.0.1\"\n# {text}");
        let (there, relocation) = relocate(&text).unwrap();
        let back = with_addresses(there.as_bytes(), |a| match relocation.back(IpAddr::V4(a)) {
            IpAddr::V4(a) => a,
            IpAddr::V6(_) => a,
        });
        prop_assert_eq!(String::from_utf8(back).unwrap(), text);
        for mention in mentions(there.as_bytes()) {
            prop_assert!(mention.address().is_loopback());
        }
    }
}
