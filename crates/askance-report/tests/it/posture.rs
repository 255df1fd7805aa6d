//! The views of a posture: a fleet of five in plain order, the same with hostile text everywhere, and nothing at all.

use askance_mail::json::Document;
use askance_mail::{Audits, Evidence, Fleet, PostureRequest, Role, Snapshot};
use askance_record::Name;
use askance_report::{posture_html, posture_text};
use serde_json::Value;

use crate::fixture::HOSTILE;
use crate::markup::{assert_balanced, tags};
use crate::summary::assert_safe;

const HOTELS: [&str; 5] = ["brand", "seaside", "tower", "castle", "forest"];

/// Five hotels of one vendor; the first one's reverse record is stale, and one zone is not in the records.
pub(crate) fn document() -> Document {
    let apex = |name: &str| {
        format!(
            "{name}. SOA ns1.vendor.example. hostmaster.vendor.example. 1 3600 600 86400 300\n{name}. NS ns1.vendor.example.\n"
        )
    };
    let mut files = vec![(
        "vendor.example".to_owned(),
        apex("vendor.example")
            + "ns1.vendor.example. A 203.0.113.1\nspf.vendor.example. TXT \"v=spf1 ip4:203.0.113.0/24 -all\"\n",
    )];
    let mut reverse = apex("100.51.198.in-addr.arpa") + "20.100.51.198.in-addr.arpa. PTR mail1.gone-email.example.\n";
    let mut partners = apex("partner.example");
    let mut parent = apex("example");
    for (x, host) in HOTELS.iter().zip(20..) {
        let zone = format!("{x}-email.example");
        parent += &format!("{zone}. NS ns1.vendor.example.\n");
        let text = apex(&zone)
            + &format!(
                "mail1.{zone}. A 198.51.100.{host}\nmail1.{zone}. TXT \"v=spf1 include:spf.vendor.example ~all\"\n{zone}. MX 10 mx.{zone}.\n"
            );
        if *x != "forest" {
            files.push((zone, text));
        }
        if *x != "brand" {
            reverse += &format!("{host}.100.51.198.in-addr.arpa. PTR {x}1.partner.example.\n");
            partners += &format!("{x}1.partner.example. A 198.51.100.{host}\n");
        }
    }
    files.extend([("reverse".to_owned(), reverse), ("partner".to_owned(), partners), ("example".to_owned(), parent)]);
    let snapshot = Snapshot::of_files(files);
    assert_eq!(snapshot.problems, []);
    let request =
        |x: &&str| PostureRequest::new(Name::parse(&format!("mail1.{x}-email.example")).unwrap(), "zone files");
    let mut requests: Vec<PostureRequest> = HOTELS.iter().map(request).collect();
    let text = "Registrant: Hotel Brand\nSince: 2009".to_owned();
    requests[0].evidence = vec![Evidence { role: Role::Registrant, source: "rdap.txt".to_owned(), at: None, text }];
    let postures = Audits::new(requests).run(|question| snapshot.answer(question));
    let fleet = Fleet::of(&postures[0], &postures[1..]);
    let problems = vec![("notes.txt".to_owned(), "line 1: expected IPv4 address".to_owned())];
    Document { problems, ..Document::of(&postures[..1], Some(&fleet)) }
}

/// The same with hostile text behind every text.
fn hostile() -> Document {
    fn poison(value: &mut Value) {
        match value {
            Value::String(text) => text.push_str(HOSTILE),
            Value::Array(items) => items.iter_mut().for_each(poison),
            Value::Object(fields) => fields.values_mut().for_each(poison),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = serde_json::to_value(document()).unwrap();
    poison(&mut value);
    serde_json::from_value(value).unwrap()
}

fn empty() -> Document {
    Document { postures: Vec::new(), fleet: None, problems: Vec::new(), schema: String::new() }
}

#[test]
fn no_line_is_wider_than_asked_and_nothing_acts_on_the_terminal() {
    for document in [document(), hostile(), empty()] {
        for (width, color) in [(1, false), (40, true), (72, false), (80, true), (120, false)] {
            assert_safe(&posture_text(&document, width, color), width.max(40));
        }
    }
}

/// What the text says of some facts, line by line.
fn facts(name: &str, zone: &str, heads: &[&str]) -> String {
    let soa = "hotel.example. SOA ns.hotel.example. root.hotel.example. 1 3600 600 86400 300\n";
    let snapshot = Snapshot::of_files(vec![("hotel.example".to_owned(), format!("{soa}{zone}"))]);
    assert_eq!(snapshot.problems, []);
    let request = PostureRequest::new(Name::parse(name).unwrap(), "zone files");
    let postures = Audits::new([request]).run(|question| snapshot.answer(question));
    let text = posture_text(&Document::of(&postures, None), 100, false);
    let shown = text.lines().filter(|line| heads.iter().any(|head| line.starts_with(head)));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn records_of_types_without_a_form_of_their_own_are_no_aliases() {
    let zone = "hotel.example. CAA 0 issue \"ca.example\"\nhotel.example. DNSKEY 257 3 8 AAAA\n";
    insta::assert_snapshot!(facts("hotel.example", zone, &["DNSSEC", "CAA"]), @r#"
    DNSSEC            DS unknown: not in these records; DNSKEY 1 record
    CAA               0 issue "ca.example"
    "#);
    insta::assert_snapshot!(facts("hotel.example", "hotel.example. CAA \\# 2 0005\n", &["CAA"]), @r"CAA               \# 2 0005");
    insta::assert_snapshot!(facts("hotel.example", "hotel.example. CAA 0 issue \"\\027[2J\"\n", &["CAA"]), @r#"CAA               0 issue "\x1b[2J""#);
}

#[test]
fn keys_are_unknown_where_nothing_is_known_of_their_names() {
    insta::assert_snapshot!(facts("another.example", "", &["DKIM"]), @"DKIM              unknown: nothing is known of the 26 selectors tried");
    insta::assert_snapshot!(facts("hotel.example", "", &["DKIM"]), @"DKIM              no key at the 26 selectors tried; selectors cannot be listed");
    let delegated = "default._domainkey.hotel.example. NS ns.vendor.example.\n";
    insta::assert_snapshot!(facts("hotel.example", delegated, &["DKIM"]), @"DKIM              unknown at 1 of the 26 selectors tried");
}

#[test]
fn it_reads_like_this() {
    insta::assert_snapshot!("posture_80", posture_text(&document(), 80, false));
}

#[test]
fn the_page_is_whole_and_hostile_text_does_nothing() {
    for document in [document(), hostile(), empty()] {
        let page = posture_html(&document);
        assert_balanced(&page);
        assert!(!page.contains("<script"), "it has no script");
        assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{200b}']));
        let all = tags(&page);
        for tag in &all {
            assert!(
                !["link", "img", "iframe", "object", "embed", "form", "base"].contains(&tag.name),
                "<{}>",
                tag.name
            );
            for (name, value) in &tag.attributes {
                assert!(!name.starts_with("on") && *name != "style", "{name}={value}");
            }
        }
        let ids: Vec<&str> = all.iter().flat_map(|t| &t.attributes).filter(|a| a.0 == "id").map(|a| a.1).collect();
        let links = all.iter().flat_map(|t| &t.attributes).filter(|a| a.0 == "href").map(|a| a.1);
        for link in links {
            let target = link.strip_prefix('#').expect("links stay inside");
            assert!(ids.contains(&target) || document.postures.is_empty(), "{link}");
        }
    }
    assert!(posture_html(&hostile()).contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J"));
}

/// The page and the terminal say the same: every finding, every share, every name.
#[test]
fn page_and_terminal_say_the_same() {
    let document = document();
    let page = posture_html(&document);
    let text = posture_text(&document, 400, false);
    let fleet = document.fleet.as_ref().unwrap();
    for finding in &document.postures[0].findings {
        assert!(text.contains(&finding.what), "{}", finding.what);
        assert!(page.contains(&finding.what) && page.contains(&finding.section), "{}", finding.what);
    }
    for compared in &fleet.compared {
        let share = format!("{} of {}", compared.with, compared.known);
        assert!(text.contains(&compared.feature) && text.contains(&share), "{}", compared.feature);
        assert!(page.contains(&compared.feature) && page.contains(&share), "{}", compared.feature);
    }
    for row in &fleet.rows {
        assert!(page.contains(&row.name));
    }
}
