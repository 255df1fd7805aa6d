use super::*;
use crate::samples::{add, connection, engine, reject, source};

const LINES: &str = "
    10 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR mail1.hotel.example
    11 192.0.2.9 A mail1.hotel.example NOERROR 300 A 192.0.2.5
    12 192.0.2.9 A mail1.hotel.example NOERROR 17 A 192.0.2.5
    20 192.0.2.8 A mail1.hotel.example
    21 - A mail1.hotel.example
    30 192.0.2.9 A other.example NOERROR 900 A 192.0.2.6";

#[test]
fn the_lookups_of_a_series_come_in_time_with_their_places() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    let check = |client: Option<&str>, limit| {
        let key = SeriesKey {
            tap: "log".into(),
            vantage: "resolver-client".into(),
            client: client.map(str::to_owned),
            name: "mail1.hotel.example".into(),
        };
        let mut out = Vec::new();
        engine
            .lookups_of(&key, &[], limit, &mut |row| {
                out.push(format!(
                    "{} {} {} {}",
                    row.ts.us() / 1_000_000,
                    row.at,
                    row.qtype.unwrap_or_default(),
                    row.qname
                ));
            })
            .expect("runs");
        out.join("\n")
    };
    insta::assert_snapshot!(check(Some("192.0.2.9"), 10), @"
    10 line 1 (byte 0) PTR 5.2.0.192.in-addr.arpa
    11 line 2 (byte 100) A mail1.hotel.example
    12 line 3 (byte 200) A mail1.hotel.example
    ");
    insta::assert_snapshot!(check(Some("192.0.2.9"), 1), @"10 line 1 (byte 0) PTR 5.2.0.192.in-addr.arpa");
    insta::assert_snapshot!(check(None, 10), @"21 line 5 (byte 400) A mail1.hotel.example");
}

#[test]
fn the_ttl_of_a_record_is_the_greatest_seen() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    assert_eq!(engine.ttl_of("mail1.hotel.example", RrType::A).expect("runs"), Some(300));
    assert_eq!(engine.ttl_of("mail1.hotel.example", RrType::AAAA).expect("runs"), None);
    assert_eq!(engine.ttl_of("5.2.0.192.in-addr.arpa", RrType::PTR).expect("runs"), Some(60));
}

#[test]
fn a_population_counts_the_family() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    let populations = engine.population("mail1.hotel.example", &[]).expect("runs");
    assert_eq!(populations.len(), 1);
    let clients: Vec<(Option<&str>, u64)> = populations[0].clients.iter().map(|(c, &n)| (c.as_deref(), n)).collect();
    assert_eq!(clients, [(None, 1), (Some("192.0.2.8"), 1), (Some("192.0.2.9"), 3)]);
    assert_eq!((populations[0].first, populations[0].last), (Timestamp::from_s(10), Timestamp::from_s(21)));
}

#[test]
fn flows_and_mail_come_back_as_they_went_in() {
    let dir = tempfile::tempdir().expect("folder");
    let flows = [connection(5, "192.0.2.9", "192.0.2.5"), connection(3, "192.0.2.7", "2001:db8::1")];
    let mail = [reject(4), reject(2)];
    add(dir.path(), &source("log", ""), &flows, &mail);
    let engine = Engine::open(dir.path()).expect("readable");
    let flows_of = |filter: &FlowFilter| {
        let mut out = Vec::new();
        engine.flows(filter, &mut |row| out.push(row.flow)).expect("runs");
        out
    };
    assert_eq!(flows_of(&FlowFilter::default()), [flows[1].clone(), flows[0].clone()]);
    let addresses = Some(vec!["2001:db8::1".parse().expect("literal")]);
    assert_eq!(flows_of(&FlowFilter { addresses, ..FlowFilter::default() }), [flows[1].clone()]);
    let from = Some(Timestamp::from_s(4));
    assert_eq!(flows_of(&FlowFilter { from, ..FlowFilter::default() }), [flows[0].clone()]);
    assert_eq!(flows_of(&FlowFilter { to: from, limit: Some(1), ..FlowFilter::default() }), [flows[1].clone()]);

    let mut out = Vec::new();
    let filter = MailFilter { to: from, ..MailFilter::default() };
    engine.mail(&filter, &mut |row| out.push((row.mail, row.source))).expect("runs");
    assert_eq!(out, [(mail[1].clone(), "log".to_owned())]);
}
