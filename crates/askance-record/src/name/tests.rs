use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expected: Result<(&str, &str), NameError>) {
    let parsed = Name::parse(text);
    let got = parsed.as_ref().map(|n| (n.key(), n.raw())).map_err(|e| *e);
    assert_eq!(got, expected);
}

#[test]
fn presentation_forms() {
    check(".", Ok((".", ".")));
    check("Example.COM.", Ok(("example.com", "Example.COM")));
    check("example.Com", Ok(("example.com", "example.Com")));
    check(r"a\.b.example", Ok((r"a\.b.example", r"a\.b.example")));
    check(r"a\046b.example", Ok((r"a\.b.example", r"a\.b.example")));
    check(r"sp\032ace.example", Ok((r"sp\032ace.example", r"sp\032ace.example")));
    check("esc\u{1b}[2J.example", Ok((r"esc\027[2j.example", r"esc\027[2J.example")));
    check("", Err(NameError::Empty));
    check("a..b", Err(NameError::EmptyLabel));
    check(".a", Err(NameError::EmptyLabel));
    check(r"a\25", Err(NameError::BadEscape));
    check(r"a\256", Err(NameError::BadEscape));
    check(&"x".repeat(64), Err(NameError::LabelTooLong));
    check(&"abcdefg.".repeat(32), Err(NameError::NameTooLong));
}

#[test]
fn reverse_names() {
    for (name, ip) in [
        ("25.100.51.198.in-addr.arpa", "198.51.100.25"),
        ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::1"),
    ] {
        let ip: IpAddr = ip.parse().expect("literal");
        assert_eq!(Name::of_reverse(ip).key(), name);
        assert_eq!(Name::parse(name).expect("literal").reverse_addr(), Some(ip));
    }
    assert_eq!(Name::parse("51.198.in-addr.arpa").expect("literal").reverse_addr(), None);
}

#[test]
fn a_dot_inside_a_label_is_no_boundary() {
    let name = Name::parse(r"a\.example").expect("literal");
    assert!(!name.is_under("example"));
    assert_eq!(name.labels().collect::<Vec<_>>(), [r"a\.example"]);
    assert!(Name::parse("a.example").expect("literal").is_under("example"));
    assert!(!Name::parse("xexample").expect("literal").is_under("example"));
}

proptest! {
    #[test]
    fn any_labels_round_trip(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..12), 0..8)) {
        let mut name = Name::default();
        name.clear();
        for label in &labels {
            name.push_label(label).expect("within limits");
        }
        name.finish();
        let raw = Name::parse(name.raw()).expect("own spelling");
        prop_assert_eq!(&raw, &name);
        prop_assert!(name.raw().bytes().all(|b| (0x21..=0x7e).contains(&b)));
        prop_assert_eq!(name.labels().count(), labels.len());
        prop_assert_eq!(name.key(), name.raw().to_ascii_lowercase());
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<Vec<u8>>()) {
        let mut name = Name::default();
        if name.set(&text).is_ok() {
            prop_assert!(!name.key().is_empty());
        } else {
            prop_assert!(name.key().is_empty());
        }
    }
}
