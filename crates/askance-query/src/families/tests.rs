use super::*;
use crate::samples::{Source, engine, json, source};
use askance_record::Vantage;

/// The families of an archive, a member a line.
fn check(sources: &[Source<'_>]) -> String {
    let (engine, _dir) = engine(sources);
    let families = engine.families().expect("builds");
    let line = |m: &Member| {
        let part = |name: &str, value: Option<String>| value.map(|v| format!(" {name} {v}")).unwrap_or_default();
        format!(
            "{} -> {} {}{}{}{}",
            m.member,
            m.head,
            m.relation.as_str(),
            part("for", m.client.clone()),
            part("since", m.since_us.map(|us| (us / 1_000_000).to_string())),
            part("until", m.until_us.map(|us| (us / 1_000_000).to_string())),
        )
    };
    let mut out: Vec<String> = families.members().iter().map(line).collect();
    out.extend(families.notes().iter().map(|note| format!("note: {note}")));
    out.join("\n")
}

#[test]
fn a_reverse_name_belongs_to_its_ptr() {
    let lines = "
        1 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR Mail1.Hotel.example
        2 192.0.2.9 PTR 6.2.0.192.in-addr.arpa NXDOMAIN
        3 192.0.2.9 PTR b._dns-sd._udp.example NOERROR 60 PTR x.example";
    insta::assert_snapshot!(check(&[source("log", lines)]), @"5.2.0.192.in-addr.arpa -> mail1.hotel.example ptr");
}

#[test]
fn ptr_answers_of_another_source_count_and_addresses_only_without_them() {
    let queries = "
        1 192.0.2.9 PTR 5.2.0.192.in-addr.arpa
        2 192.0.2.9 PTR 7.2.0.192.in-addr.arpa
        3 192.0.2.9 PTR 8.2.0.192.in-addr.arpa";
    let answers = "
        1 192.0.2.1 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR mail1.hotel.example
        2 192.0.2.1 A other.example NOERROR 60 A 192.0.2.5
        3 192.0.2.1 A seven.example NOERROR 60 CNAME x.example 60 A 192.0.2.7
        4 192.0.2.1 A nine.example NOERROR 60 A 192.0.2.99";
    insta::assert_snapshot!(check(&[source("queries", queries), source("answers", answers)]), @"
    5.2.0.192.in-addr.arpa -> mail1.hotel.example ptr
    7.2.0.192.in-addr.arpa -> seven.example address
    ");
}

#[test]
fn a_ptr_that_changed_divides_the_time_and_one_that_alternates_is_decided() {
    let lines = "
        10 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR old.example
        20 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 50 PTR old.example
        30 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR new.example
        10 192.0.2.9 PTR 6.2.0.192.in-addr.arpa NOERROR 60 PTR a.example 60 PTR b.example
        20 192.0.2.9 PTR 6.2.0.192.in-addr.arpa NOERROR 60 PTR a.example
        30 192.0.2.9 A b.example";
    insta::assert_snapshot!(check(&[source("log", lines)]), @"
    5.2.0.192.in-addr.arpa -> new.example ptr since 30
    5.2.0.192.in-addr.arpa -> old.example ptr until 30
    6.2.0.192.in-addr.arpa -> b.example ptr
    note: 6.2.0.192.in-addr.arpa is counted with b.example, though it also belongs to a.example
    ");
}

#[test]
fn a_search_suffix_needs_the_same_client_and_a_name_that_does_not_exist() {
    let lines = "
        1 192.0.2.1 A mail1.hotel.example
        2 192.0.2.1 A mail1.hotel.example.corp.test NXDOMAIN
        3 192.0.2.2 A mail1.hotel.example.corp.test NXDOMAIN
        4 192.0.2.1 A www.shop.com
        5 192.0.2.1 A www.shop.com.cdn.net NOERROR 20 A 192.0.2.7
        6 192.0.2.1 A www.shop.com.lan";
    insta::assert_snapshot!(check(&[source("log", lines)]), @"
    mail1.hotel.example.corp.test -> mail1.hotel.example suffix for 192.0.2.1
    www.shop.com.lan -> www.shop.com suffix for 192.0.2.1
    ");
}

#[test]
fn a_name_finds_its_head() {
    let member = |member: &str, head: &str, relation, client: Option<&str>| Member {
        member: member.into(),
        head: head.into(),
        relation,
        client: client.map(str::to_owned),
        since_us: None,
        until_us: None,
    };
    let families = Families::new(
        vec![
            member("5.2.0.192.in-addr.arpa", "mail1.hotel.example", Relation::Ptr, None),
            member("5.2.0.192.in-addr.arpa.lan", "5.2.0.192.in-addr.arpa", Relation::Suffix, Some("c")),
        ],
        Vec::new(),
    );
    let families = families.with(&[("alias.example".into(), "mail1.hotel.example".into())]);
    let check = |name, client, head, relation| assert_eq!(families.head(name, client, 0), (head, relation), "{name}");
    check("5.2.0.192.in-addr.arpa", None, "mail1.hotel.example", Relation::Ptr);
    check("5.2.0.192.in-addr.arpa.lan", Some("c"), "mail1.hotel.example", Relation::Suffix);
    check("5.2.0.192.in-addr.arpa.lan", Some("d"), "5.2.0.192.in-addr.arpa.lan", Relation::Itself);
    check("_dmarc.hotel.example", None, "hotel.example", Relation::Dmarc);
    check("s1._domainkey.hotel.example", None, "hotel.example", Relation::Dkim);
    check("x_domainkey.hotel.example", None, "x_domainkey.hotel.example", Relation::Itself);
    check("alias.example", None, "mail1.hotel.example", Relation::Given);
    check("mail1.hotel.example", None, "mail1.hotel.example", Relation::Itself);
    let names = ["5.2.0.192.in-addr.arpa", "5.2.0.192.in-addr.arpa.lan", "alias.example", "mail1.hotel.example"];
    assert_eq!(families.names_of("mail1.hotel.example").into_iter().collect::<Vec<_>>(), names);
    let families = families.with(&[("mail1.hotel.example".into(), "hotel.example".into())]);
    let check = |name, relation| assert_eq!(families.head(name, Some("c"), 0), ("hotel.example", relation), "{name}");
    check("mail1.hotel.example", Relation::Given);
    check("5.2.0.192.in-addr.arpa", Relation::Ptr);
    check("5.2.0.192.in-addr.arpa.lan", Relation::Suffix);
    check("_dmarc.mail1.hotel.example", Relation::Dmarc);
    let circle = Families::default().with(&[("a".into(), "b".into()), ("b".into(), "a".into())]);
    assert_eq!(circle.head("a", None, 0), ("a", Relation::Given));
}

#[test]
fn families_are_a_table() {
    let lines = "1 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR mail1.hotel.example";
    let vantage = Vantage::Authoritative;
    let (engine, _dir) = engine(&[Source { id: "log", tap: "log", vantage, lines }]);
    insta::assert_snapshot!(json(&engine, "SELECT * FROM families"), @r#"{"member":"5.2.0.192.in-addr.arpa","head":"mail1.hotel.example","relation":"ptr","client":null,"since":null,"until":null}"#);
}
