//! Audits: whole trees, and that they agree with verifiers.

use super::*;

/// The tree, a line a term, with what each comes to; then what was asked.
fn audit(records: &str) -> String {
    let (expansion, asked) = World::parse(records).run(SpfAudit::new("hotel-brand.example"));
    let mut shown = String::new();
    policy(&expansion.root, 0, &mut shown);
    let SpfFamilies { v4, v6 } = expansion.voids();
    let words = [(expansion.depends_on_sender(), ", depends on the sender"), (expansion.cut, ", cut")];
    let words: String = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    shown.push_str(&format!("lookups {}, voids {v4} and {v6}{words}\n{}", expansion.lookups(), asked.join(", ")));
    shown
}

fn policy(policy: &SpfPolicy, depth: usize, shown: &mut String) {
    let margin = "  ".repeat(depth);
    let outcomes: Vec<_> = policy.outcomes.iter().map(|(result, clients)| format!("{result} {clients}")).collect();
    let outcomes = if outcomes.is_empty() { "nobody comes".to_owned() } else { outcomes.join("; ") };
    shown.push_str(&format!("{margin}{}: {outcomes}\n", policy.domain));
    for fault in &policy.faults {
        shown.push_str(&format!("{margin}! {fault}\n"));
    }
    for term in &policy.terms {
        shown.push_str(&format!("{margin}- {}", term.text));
        let words = [
            (term.lookups > 0, format!(", lookups {}", term.lookups)),
            (term.voids != SpfFamilies::default(), format!(", voids {} and {}", term.voids.v4, term.voids.v6)),
            (term.by_sender, ", by sender".to_owned()),
            (!term.names.is_empty(), format!(", names {}", term.names)),
            (!term.decides.is_empty(), format!(", decides {}", term.decides)),
            (!term.reached && term.kind != SpfTermKind::Exp, ", not reached".to_owned()),
        ];
        shown.extend(words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word));
        let limits = [("", &term.stop), ("IPv4: ", &term.limits.v4), ("IPv6: ", &term.limits.v6)];
        for (family, reason) in limits {
            shown.extend(reason.iter().map(|reason| format!("; {family}{reason}")));
        }
        shown.push('\n');
        if let Some(below) = &term.policy {
            self::policy(below, depth + 1, shown);
        }
    }
}

#[test]
fn a_typical_policy_is_taken_apart() {
    let records = "
        hotel-brand.example TXT v=spf1 include:_spf.sender.example a mx/31 ip4:198.51.100.7 -all
        hotel-brand.example A 192.0.2.80
        hotel-brand.example MX 10 mx1.hotel-brand.example
        mx1.hotel-brand.example A 192.0.2.25
        mx1.hotel-brand.example AAAA 2001:db8::25
        _spf.sender.example TXT v=spf1 -ip4:198.51.100.9 ip4:198.51.100.0/28 ?all";
    insta::assert_snapshot!(audit(records), @"
    hotel-brand.example: pass 192.0.2.24/31 192.0.2.80 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30 and 2001:db8::25; fail all IPv4 but 192.0.2.24/31 192.0.2.80 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30 and all IPv6 but 2001:db8::25
    - include:_spf.sender.example, lookups 1, decides 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30
      _spf.sender.example: neutral all IPv4 but 198.51.100.0/28 and all IPv6; pass 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30; fail 198.51.100.9
      - -ip4:198.51.100.9, names 198.51.100.9, decides 198.51.100.9
      - ip4:198.51.100.0/28, names 198.51.100.0/28, decides 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30
      - ?all, decides all IPv4 but 198.51.100.0/28 and all IPv6
    - a, lookups 1, voids 0 and 1, names 192.0.2.80, decides 192.0.2.80
    - mx/31, lookups 1, names 192.0.2.24/31 and 2001:db8::25, decides 192.0.2.24/31 and 2001:db8::25
    - ip4:198.51.100.7, names 198.51.100.7
    - -all, decides all IPv4 but 192.0.2.24/31 192.0.2.80 198.51.100.0/29 198.51.100.8 198.51.100.10/31 198.51.100.12/30 and all IPv6 but 2001:db8::25
    lookups 3, voids 0 and 1
    TXT hotel-brand.example, TXT _spf.sender.example, A hotel-brand.example, AAAA hotel-brand.example, MX hotel-brand.example, A mx1.hotel-brand.example, AAAA mx1.hotel-brand.example
    ");
}

#[test]
fn terms_behind_all_and_terms_of_the_sender_are_shown_as_such() {
    let records = "
        hotel-brand.example TXT v=spf1 ptr exists:%{i}.list.example a:%{o1r}.example include:_spf.%{d} ?all a mx redirect=x.example exp=%{p}.why.example
        hotel-brand.example A 192.0.2.1
        _spf.hotel-brand.example TXT v=spf1 redirect=%{l}.users.example";
    insta::assert_snapshot!(audit(records), @"
    hotel-brand.example: neutral all IPv4 but 192.0.2.1 and all IPv6; pass 192.0.2.1
    - ptr, lookups 1, by sender
    - exists:%{i}.list.example, lookups 1, by sender
    - a:%{o1r}.example, lookups 1, voids 0 and 1, names 192.0.2.1, decides 192.0.2.1
    - include:_spf.%{d}, lookups 2
      _spf.hotel-brand.example: neutral all IPv4 but 192.0.2.1 and all IPv6
      - redirect=%{l}.users.example, lookups 1, by sender
    - ?all, decides all IPv4 but 192.0.2.1 and all IPv6
    - a, not reached
    - mx, not reached
    - redirect=x.example, not reached
    - exp=%{p}.why.example
    lookups 5, voids 0 and 1, depends on the sender
    TXT hotel-brand.example, A hotel-brand.example, AAAA hotel-brand.example, TXT _spf.hotel-brand.example
    ");
}

#[test]
fn limits_and_faults_are_found_where_they_stand() {
    let records = "
        hotel-brand.example TXT v=spf1 a:v4.example a:v4only2.example a:v4only3.example ip6:2001:db8::/32 include:bad.example ip4:192.0.2.9 -all
        v4.example A 192.0.2.1
        v4only2.example A 192.0.2.2
        v4only3.example A 192.0.2.3
        bad.example TXT v=spf1 ip4:192.0.2.4 foo all:x";
    insta::assert_snapshot!(audit(records), @"
    hotel-brand.example: pass 192.0.2.1 192.0.2.2/31; permerror all IPv4 but 192.0.2.1 192.0.2.2/31 and all IPv6
    - a:v4.example, lookups 1, voids 0 and 1, names 192.0.2.1, decides 192.0.2.1
    - a:v4only2.example, lookups 1, voids 0 and 1, names 192.0.2.2, decides 192.0.2.2
    - a:v4only3.example, lookups 1, voids 0 and 1, names 192.0.2.3, decides 192.0.2.3; IPv6: more than 2 lookups that found nothing
    - ip6:2001:db8::/32, names 2001:db8::/32
    - include:bad.example, lookups 1
      bad.example: permerror all IPv4 but 192.0.2.1 192.0.2.2/31
      ! no such mechanism at octet 21 (`foo`)
      ! an argument where none may stand at octet 25 (`all:x`)
    - ip4:192.0.2.9, names 192.0.2.9, not reached
    - -all, not reached
    lookups 4, voids 0 and 3
    TXT hotel-brand.example, A v4.example, AAAA v4.example, A v4only2.example, AAAA v4only2.example, A v4only3.example, AAAA v4only3.example, TXT bad.example
    ");
    let circle = "
        hotel-brand.example TXT v=spf1 ip4:192.0.2.1 include:b.example include:nobody.example ~all
        b.example TXT v=spf1 -ip4:192.0.2.2 redirect=hotel-brand.example";
    insta::assert_snapshot!(audit(circle), @"
    hotel-brand.example: pass 192.0.2.1; permerror all IPv4 but 192.0.2.1 and all IPv6
    - ip4:192.0.2.1, names 192.0.2.1, decides 192.0.2.1
    - include:b.example, lookups 2
      b.example: fail 192.0.2.2; permerror all IPv4 but 192.0.2.1 192.0.2.2 and all IPv6
      - -ip4:192.0.2.2, names 192.0.2.2, decides 192.0.2.2
      - redirect=hotel-brand.example, lookups 1; a policy that leads to itself
    - include:nobody.example, lookups 1; a domain without a policy
      nobody.example: nobody comes
      ! no policy
    - ~all, not reached
    lookups 3, voids 0 and 0
    TXT hotel-brand.example, TXT b.example, TXT nobody.example
    ");
}

#[test]
fn clients_that_leave_early_count_less() {
    let nine = each(9, |n| format!(" a:h{n}.example"));
    let hosts = each(9, |n| format!("\nh{n}.example A 203.0.113.{n}\nh{n}.example AAAA 2001:db8::{n}"));
    let records = format!(
        "hotel-brand.example TXT v=spf1 include:many.example a:h1.example ip4:192.0.2.0/30 ?all
        many.example TXT v=spf1 -ip4:192.0.2.1{nine}{hosts}"
    );
    let (expansion, _) = World::parse(&records).run(SpfAudit::new("hotel-brand.example"));
    assert_eq!(expansion.lookups(), 11);
    for (client, result) in [
        ("192.0.2.1", SpfResult::Pass),
        ("192.0.2.2", SpfResult::PermError),
        ("203.0.113.9", SpfResult::Pass),
        ("2001:db8::9", SpfResult::Pass),
        ("2001:db8::10", SpfResult::PermError),
    ] {
        assert_eq!(expansion.result_of(client.parse().expect("an address")), result, "{client}");
    }
}

#[test]
fn an_audit_of_a_policy_without_end_ends() {
    let mut records = String::new();
    for depth in 0..40u32 {
        let name = if depth == 0 { "hotel-brand.example".to_owned() } else { format!("n{depth}.example") };
        let includes = each(9, |n| format!(" include:n{}.example", depth * 7 + n));
        records.push_str(&format!("{name} TXT v=spf1{includes} mx -all\n"));
    }
    let world = World::parse(&records);
    let (expansion, asked) = world.run(SpfAudit::new("hotel-brand.example"));
    assert!(expansion.cut);
    assert!(asked.len() <= 341, "{}", asked.len());
    assert_eq!(expansion.result_of("192.0.2.1".parse().expect("an address")), SpfResult::PermError);
}

#[test]
fn an_audit_of_long_policies_ends() {
    let long = " ip4:192.0.2.1".repeat(4_000);
    let mut records = format!("hotel-brand.example TXT v=spf1{} -all\n", each(9, |n| format!(" include:n{n}.example")));
    records.push_str(&each(9, |n| format!("n{n}.example TXT v=spf1{long}\n")));
    let (expansion, asked) = World::parse(&records).run(SpfAudit::new("hotel-brand.example"));
    assert_eq!((expansion.cut, asked.len()), (true, 6));
    let reasons: Vec<_> = expansion.root.terms.iter().filter_map(|term| term.stop.clone()).collect();
    assert_eq!(reasons, vec![SpfReason::Cut; 4]);
    assert_eq!(expansion.passing().to_string(), "192.0.2.1");
}

#[test]
fn a_domain_without_a_policy_has_none() {
    insta::assert_snapshot!(audit("hotel-brand.example TXT hello"), @"
    hotel-brand.example: none all IPv4 and all IPv6
    ! no policy
    lookups 0, voids 0 and 0
    TXT hotel-brand.example
    ");
    insta::assert_snapshot!(audit("hotel-brand.example SERVFAIL"), @"
    hotel-brand.example: temperror all IPv4 and all IPv6
    ! the lookup of TXT hotel-brand.example failed
    lookups 0, voids 0 and 0
    TXT hotel-brand.example
    ");
    insta::assert_snapshot!(audit("hotel-brand.example TXT v=spf1\nhotel-brand.example TXT v=spf1 -all"), @"
    hotel-brand.example: permerror all IPv4 and all IPv6
    ! more than one policy
    lookups 0, voids 0 and 0
    TXT hotel-brand.example
    ");
    let (expansion, asked) = World::default().run(SpfAudit::new("localhost"));
    assert_eq!((expansion.root.faults[0].reason.clone(), asked.len()), (SpfReason::NoPolicy, 0));
}

/// A policy of terms that ask nothing about the sender, over a few names and addresses.
fn sound() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["hotel-brand", "a", "b", "c", "gone", "slow", "many"]);
    let mechanism = prop_oneof![
        name().prop_map(|name| format!("a:{name}.example")),
        name().prop_map(|name| format!("mx:{name}.example/31")),
        name().prop_map(|name| format!("include:{name}.example")),
        name().prop_map(|name| format!("include:{name}.example")),
        name().prop_map(|name| format!("exists:{name}.example")),
        (0..8u8, 29..=32u8).prop_map(|(n, bits)| format!("ip4:192.0.2.{n}/{bits}")),
        (0..8u8).prop_map(|n| format!("ip6:2001:db8::{n}/127")),
        Just("a".to_owned()),
    ];
    let qualifier = prop::sample::select(vec!["", "", "-", "~", "?"]);
    let term = (qualifier, mechanism).prop_map(|(qualifier, mechanism)| qualifier.to_owned() + &mechanism);
    let end = prop_oneof![
        Just(String::new()),
        Just("-all".to_owned()),
        name().prop_map(|name| format!("redirect={name}.example")),
    ];
    (prop::collection::vec(term, 0..6), end).prop_map(|(terms, end)| format!("v=spf1 {} {end}", terms.join(" ")))
}

proptest! {
    #[test]
    fn an_audit_says_of_every_client_what_a_verifier_says(
        own in sound(),
        others in prop::collection::vec(sound(), 3),
    ) {
        let mut records = format!("
            hotel-brand.example TXT {own}
            a.example TXT {}
            b.example TXT {}
            c.example TXT {}
            a.example A 192.0.2.1
            b.example A 192.0.2.2
            b.example AAAA 2001:db8::2
            c.example MX 10 a.example
            c.example MX 20 gone.example
            c.example MX 30 b.example
            slow.example TIMEOUT", others[0], others[1], others[2]);
        for n in 0..11 {
            records.push_str(&format!("\nmany.example MX {n} a.example"));
        }
        let world = World::parse(&records);
        let (expansion, asked) = world.run(SpfAudit::new("hotel-brand.example"));
        prop_assert!(asked.len() <= 12 * 3 + 4, "asked twice: {asked:?}");
        let clients = (0..10u8).flat_map(|n| [format!("192.0.2.{n}"), format!("2001:db8::{n}")]);
        for client in clients {
            let client = client.parse().expect("an address");
            let (verdict, _) = world.run(Spf::new(request(client, "news@hotel-brand.example")));
            if !expansion.cut {
                prop_assert_eq!(expansion.result_of(client), verdict.result, "{} in {}", client, records);
            }
        }
        let everyone: u64 = expansion.root.outcomes.values().map(SpfAddresses::count_v4).sum();
        prop_assert_eq!(everyone, 1 << 32);
    }
}
