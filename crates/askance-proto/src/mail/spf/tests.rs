use proptest::prelude::*;

use super::*;
use crate::mail::testing::World;

mod addresses;
mod audit;
mod record;
mod suite;

fn request(client: IpAddr, mail_from: &str) -> SpfRequest {
    SpfRequest {
        client,
        helo: "mail1.sender.example".to_owned(),
        mail_from: mail_from.to_owned(),
        receiver: "mx.receiver.example".to_owned(),
        now_s: 1_456_848_000,
    }
}

/// Checks a mail from `news@hotel-brand.example`; the verdict, then the questions in order.
fn check(client: &str, records: &str) -> String {
    check_from(client, "news@hotel-brand.example", records)
}

fn check_from(client: &str, mail_from: &str, records: &str) -> String {
    let client = client.parse().expect("an address");
    let (verdict, asked) = World::parse(records).run(Spf::new(request(client, mail_from)));
    let SpfVerdict { result, explanation, mechanism, lookups, voids, .. } = verdict;
    let mechanism = mechanism.map_or(String::new(), |term| format!(" by {term}"));
    let explanation = explanation.map_or(String::new(), |text| format!(" \"{text}\""));
    let asked = asked.join("\n");
    format!("{result}{mechanism}{explanation}, lookups {lookups}, voids {voids}\n{asked}")
}

/// The text for 1, 2 and so on to `last`.
fn each(last: u32, text: impl Fn(u32) -> String) -> String {
    (1..=last).fold(String::new(), |all, n| all + &text(n))
}

#[test]
fn terms_ask_in_order_until_one_matches() {
    let records = "
        hotel-brand.example TXT v=spf1 a mx include:_spf.sender.example -all
        hotel-brand.example A 192.0.2.80
        hotel-brand.example MX 20 mx2.hotel-brand.example
        hotel-brand.example MX 10 mx1.hotel-brand.example
        mx1.hotel-brand.example A 192.0.2.25
        mx2.hotel-brand.example A 192.0.2.26
        _spf.sender.example TXT v=spf1 ip4:198.51.100.0/24 -all";
    insta::assert_snapshot!(check("198.51.100.7", records), @"
    pass by include:_spf.sender.example, lookups 3, voids 0
    TXT hotel-brand.example
    A hotel-brand.example
    MX hotel-brand.example
    A mx1.hotel-brand.example
    A mx2.hotel-brand.example
    TXT _spf.sender.example
    ");
    insta::assert_snapshot!(check("192.0.2.25", records), @"
    pass by mx, lookups 2, voids 0
    TXT hotel-brand.example
    A hotel-brand.example
    MX hotel-brand.example
    A mx1.hotel-brand.example
    ");
}

#[test]
fn a_typical_policy_asks_everything_of_a_client_that_it_refuses() {
    let records = "
        hotel-brand.example TXT v=spf1 include:_spf.sender.example a mx ip4:203.0.113.0/24 -all
        hotel-brand.example A 192.0.2.80
        hotel-brand.example MX 10 mx1.hotel-brand.example
        mx1.hotel-brand.example A 192.0.2.25
        _spf.sender.example TXT v=spf1 ip4:198.51.100.0/24 include:_spf2.sender.example ~all
        _spf2.sender.example TXT v=spf1 ip6:2001:db8::/32 -all";
    insta::assert_snapshot!(check("192.0.2.99", records), @"
    fail by -all, lookups 4, voids 0
    TXT hotel-brand.example
    TXT _spf.sender.example
    TXT _spf2.sender.example
    A hotel-brand.example
    MX hotel-brand.example
    A mx1.hotel-brand.example
    ");
    insta::assert_snapshot!(check("2001:db8:1::1", records), @"
    pass by include:_spf.sender.example, lookups 2, voids 0
    TXT hotel-brand.example
    TXT _spf.sender.example
    TXT _spf2.sender.example
    ");
}

/// Where the verdict comes from: each step of the path, then the reason of an error.
fn way(client: &str, records: &str) -> String {
    let client = client.parse().expect("an address");
    let (verdict, _) = World::parse(records).run(Spf::new(request(client, "news@hotel-brand.example")));
    let mut shown = verdict.result.to_string();
    for SpfPlace { domain, term, at } in &verdict.path {
        shown.push_str(&format!("\n{domain} {}..{} {term}", at.start, at.end));
    }
    if let Some(reason) = &verdict.fault {
        assert_eq!(reason.result(), verdict.result);
        shown.push_str(&format!("\n{reason} (RFC 7208 section {})", reason.section()));
    }
    shown
}

#[test]
fn the_path_leads_to_the_term_that_decided() {
    let records = "
        hotel-brand.example TXT v=spf1 a:gone.example redirect=_spf.hotel-brand.example
        _spf.hotel-brand.example TXT v=spf1 include:_spf.sender.example -all
        _spf.sender.example TXT v=spf1 -ip4:198.51.100.9 ip4:198.51.100.0/24";
    insta::assert_snapshot!(way("198.51.100.7", records), @"
    pass
    hotel-brand.example 22..55 redirect=_spf.hotel-brand.example
    _spf.hotel-brand.example 7..34 include:_spf.sender.example
    _spf.sender.example 25..44 ip4:198.51.100.0/24
    ");
    insta::assert_snapshot!(way("198.51.100.9", records), @"
    fail
    hotel-brand.example 22..55 redirect=_spf.hotel-brand.example
    _spf.hotel-brand.example 35..39 -all
    ");
    assert_eq!(way("198.51.100.7", "hotel-brand.example TXT v=spf1 ip4:192.0.2.1"), "neutral");
}

#[test]
fn an_error_says_what_is_wrong_and_where() {
    let within = |policy: &str| {
        format!("hotel-brand.example TXT v=spf1  include:_spf.sender.example -all\n_spf.sender.example TXT {policy}")
    };
    insta::assert_snapshot!(way("192.0.2.1", &within("v=spf1 a ipv4:192.0.2.1 +all")), @"
    permerror
    hotel-brand.example 8..35 include:_spf.sender.example
    _spf.sender.example 9..23 ipv4:192.0.2.1
    no such mechanism (RFC 7208 section 4.6.1)
    ");
    insta::assert_snapshot!(way("192.0.2.1", &within("v=spf1\n_spf.sender.example TXT v=spf1 -all")), @"
    permerror
    hotel-brand.example 8..35 include:_spf.sender.example
    _spf.sender.example 0..0 
    more than one policy (RFC 7208 section 4.5)
    ");
    insta::assert_snapshot!(way("192.0.2.1", &within("no policy")), @"
    permerror
    hotel-brand.example 8..35 include:_spf.sender.example
    a domain without a policy (RFC 7208 section 5.2)
    ");
    insta::assert_snapshot!(way("192.0.2.1", &within("v=spf1 mx:slow.example\nslow.example TIMEOUT")), @"
    temperror
    hotel-brand.example 8..35 include:_spf.sender.example
    _spf.sender.example 7..22 mx:slow.example
    the lookup of MX slow.example was not answered (RFC 7208 section 2.6.6)
    ");
    let exchanges = each(11, |n| format!("\nb.example MX {n} mx{n}.example"));
    insta::assert_snapshot!(way("192.0.2.1", &(within("v=spf1 mx:b.example") + &exchanges)), @"
    permerror
    hotel-brand.example 8..35 include:_spf.sender.example
    _spf.sender.example 7..19 mx:b.example
    11 exchanges, more than 10 (RFC 7208 section 4.6.4)
    ");
}

#[test]
fn a_void_of_ptr_counts_even_where_a_macro_asked_before() {
    let records = "hotel-brand.example TXT v=spf1 exists:%{p}.a.example ptr a:b.example +all";
    insta::assert_snapshot!(check("198.51.100.7", records), @"
    permerror, lookups 3, voids 3
    TXT hotel-brand.example
    PTR 7.100.51.198.in-addr.arpa
    A unknown.a.example
    A b.example
    ");
}

#[test]
fn an_empty_reverse_path_asks_for_the_helo_name() {
    let records = "mail1.sender.example TXT v=spf1 a -all\nmail1.sender.example A 198.51.100.7";
    insta::assert_snapshot!(check_from("198.51.100.7", "", records), @"
    pass by a, lookups 1, voids 0
    TXT mail1.sender.example
    A mail1.sender.example
    ");
}

#[test]
fn ptr_is_asked_once_and_its_names_are_confirmed() {
    let records = "
        hotel-brand.example TXT v=spf1 ptr:other.example exists:%{p}.ok.example ptr -all
        7.100.51.198.in-addr.arpa PTR mail1.hotel-brand.example
        7.100.51.198.in-addr.arpa PTR stale.hotel-brand.example
        7.100.51.198.in-addr.arpa PTR broken.hotel-brand.example
        mail1.hotel-brand.example A 198.51.100.7
        stale.hotel-brand.example A 192.0.2.1
        broken.hotel-brand.example SERVFAIL";
    insta::assert_snapshot!(check("198.51.100.7", records), @"
    pass by ptr, lookups 3, voids 1
    TXT hotel-brand.example
    PTR 7.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    A stale.hotel-brand.example
    A broken.hotel-brand.example
    A mail1.hotel-brand.example.ok.example
    ");
}

#[test]
fn ten_names_of_an_address_are_confirmed_at_most() {
    let mut records = "hotel-brand.example TXT v=spf1 ptr -all\nn12.hotel-brand.example A 198.51.100.7\n".to_owned();
    for n in 1..=12 {
        records.push_str(&format!("7.100.51.198.in-addr.arpa PTR n{n}.hotel-brand.example\n"));
    }
    let shown = check("198.51.100.7", &records);
    assert!(shown.starts_with("fail by -all, lookups 1, voids 0\n"), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("A n")).count(), 10);
}

#[test]
fn a_client_without_a_name_is_unknown() {
    let records = "hotel-brand.example TXT v=spf1 exists:%{p}.%{v}.example -all\nunknown.ip6.example A 127.0.0.2";
    insta::assert_snapshot!(check("2001:db8::7", records), @"
    pass by exists:%{p}.%{v}.example, lookups 1, voids 0
    TXT hotel-brand.example
    PTR 7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
    A unknown.ip6.example
    ");
}

#[test]
fn an_explanation_belongs_to_the_policy_that_fails_and_counts_for_no_limit() {
    let records = "
        hotel-brand.example TXT v=spf1 exp=never.example redirect=_spf.hotel-brand.example
        _spf.hotel-brand.example TXT v=spf1 a:gone.example a:lost.example -all exp=why.%{d}
        why._spf.hotel-brand.example TXT %{i} may not send for %{o} (%{r}, %{t}): %{S}";
    insta::assert_snapshot!(check("198.51.100.7", records), @r#"
    fail by -all "198.51.100.7 may not send for hotel-brand.example (mx.receiver.example, 1456848000): news%40hotel-brand.example", lookups 3, voids 2
    TXT hotel-brand.example
    TXT _spf.hotel-brand.example
    A gone.example
    A lost.example
    TXT why._spf.hotel-brand.example
    "#);
}

#[test]
fn limits_end_a_check() {
    let voids = "hotel-brand.example TXT v=spf1 a:a.example mx:b.example exists:c.example +all";
    insta::assert_snapshot!(check("198.51.100.7", voids), @"
    permerror, lookups 3, voids 3
    TXT hotel-brand.example
    A a.example
    MX b.example
    A c.example
    ");
    let circle = "hotel-brand.example TXT v=spf1 include:hotel-brand.example";
    assert!(check("198.51.100.7", circle).starts_with("permerror, lookups 11, voids 0\n"));
}

#[test]
fn failures_of_the_dns_are_temporary() {
    let records = "hotel-brand.example TXT v=spf1 a:slow.example +all\nslow.example TIMEOUT";
    insta::assert_snapshot!(check("198.51.100.7", records), @"
    temperror, lookups 1, voids 0
    TXT hotel-brand.example
    A slow.example
    ");
    insta::assert_snapshot!(check("198.51.100.7", "hotel-brand.example SERVFAIL"), @"
    temperror, lookups 0, voids 0
    TXT hotel-brand.example
    ");
}

#[test]
fn domains_that_cannot_have_a_policy_are_not_asked_for() {
    for mail_from in ["a@localhost", "a@[192.0.2.1]", "a@x..example", "a@h\u{f4}tel.example", "a@b c.example", "a@"] {
        assert_eq!(check_from("198.51.100.7", mail_from, ""), "none, lookups 0, voids 0\n", "{mail_from}");
    }
}

#[test]
fn macros_transform_as_the_rfc_shows() {
    // RFC 7208 §7.4, with its addresses and names.
    for (spec, expanded) in [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d99999999999999999999}", "email.example.com"),
    ] {
        let parsed = macros::MacroString::parse(spec, macros::Use::Domain).expect(spec);
        let value = |letter| {
            Ok::<_, ()>(match letter {
                macros::Letter::Sender => "strong-bad@email.example.com".to_owned(),
                macros::Letter::Local => "strong-bad".to_owned(),
                macros::Letter::Address => "192.0.2.3".to_owned(),
                macros::Letter::Family => "in-addr".to_owned(),
                _ => "email.example.com".to_owned(),
            })
        };
        assert_eq!(parsed.expand(value).as_deref(), Ok(expanded), "{spec}");
    }
    for spec in ["%", "%a", "%{", "%{}", "%{x}", "%{d0}", "%{d2rr}", "%{d*}", "%{c}"] {
        assert_eq!(macros::MacroString::parse(spec, macros::Use::Domain), Err(SpfReason::Macro), "{spec}");
    }
}

#[test]
fn expansion_is_bounded() {
    let mail_from = format!("{}@hotel-brand.example", "a".repeat(10_000));
    let records =
        format!("hotel-brand.example TXT v=spf1 -all exp=why.example\nwhy.example TXT {}", "%{s}".repeat(1_000));
    let shown = check_from("198.51.100.7", &mail_from, &records);
    assert!((16_384..40_000).contains(&shown.len()), "{}", shown.len());
}

fn terms() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "v=spf1",
        " ",
        "a",
        "mx",
        "ptr",
        "include:",
        "exists:",
        "redirect=",
        "exp=",
        "ip4:",
        "ip6:",
        "/0",
        "//0",
        "/33",
        "%{p}",
        "%{ir}",
        "%{d2r-}",
        "%",
        "-all",
        "~",
        "hotel-brand.example",
        "a.example",
        "..",
        "192.0.2.0",
        "::",
        "\u{e9}",
    ]);
    prop::collection::vec(part, 0..24).prop_map(|parts| format!("v=spf1 {}", parts.concat()))
}

proptest! {
    #[test]
    fn any_policy_ends_within_the_limits(first in terms(), second in terms(), exp in terms(), v6 in any::<bool>()) {
        let records = format!("
            hotel-brand.example TXT {first}
            hotel-brand.example MX 10 a.example
            a.example TXT {second}
            a.example A 192.0.2.9
            b.example TXT {exp}
            9.2.0.192.in-addr.arpa PTR a.example");
        let client = if v6 { "2001:db8::1" } else { "192.0.2.9" };
        let shown = check(client, &records);
        prop_assert!(shown.lines().count() < 135, "{shown}");
    }
}
