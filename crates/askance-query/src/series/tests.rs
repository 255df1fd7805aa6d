use askance_archive::{ArchiveWriter, SourceMeta};
use askance_record::{Batch, Host, Ledger, Lookup, Name, RrType, Vantage};

use super::*;
use crate::Options;
use crate::samples::{Source, engine, source};

/// The series that pass a filter, a line each: key, n, first, last, types, names, TTL, addresses, roles.
fn check(sources: &[Source<'_>], filter: &SeriesFilter) -> String {
    let (engine, _dir) = engine(sources);
    let mut out = Vec::new();
    let mut keys = Vec::new();
    let n = engine
        .series(filter, &mut |row| {
            let roles: Vec<String> = row
                .state
                .events()
                .map(|e| format!("{}@{}={}", e.role.as_str(), e.ts.us() / 1_000_000, e.rcode.as_str()))
                .collect();
            out.push(format!(
                "{}/{}/{}/{} n={} {}..{} {} ({}) ttl={:?} {:?}\n    {}\n",
                row.key.tap,
                row.key.vantage,
                row.key.client.as_deref().unwrap_or("-"),
                row.key.name,
                row.n,
                row.first.us() / 1_000_000,
                row.last.us() / 1_000_000,
                row.qtypes.join("+"),
                row.members.join(" "),
                row.ttl_max_s,
                row.answers_a,
                roles.join(" "),
            ));
            keys.push(row.key);
        })
        .expect("runs");
    assert_eq!(n, keys.len() as u64);
    out.concat()
}

const MAIL_CHECK: &str = "
    10 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR mail1.hotel.example
    11 192.0.2.9 A mail1.hotel.example NOERROR 300 A 192.0.2.5
    12 192.0.2.9 TXT mail1.hotel.example NOERROR
    13 192.0.2.9 TXT _dmarc.mail1.hotel.example NXDOMAIN
    14 192.0.2.9 TXT s1._domainkey.mail1.hotel.example SERVFAIL
    15 192.0.2.9 A mail1.hotel.example.corp.test NXDOMAIN
    20 192.0.2.8 A mail1.hotel.example
    21 192.0.2.8 A mail1.hotel.example
    30 - MX other.example NOERROR";

#[test]
fn a_family_is_one_series_a_client() {
    insta::assert_snapshot!(check(&[source("log", MAIL_CHECK)], &SeriesFilter::default()), @"
    log/resolver-client/-/other.example n=1 30..30 MX (other.example) ttl=None []
        MX@30=NODATA
    log/resolver-client/192.0.2.8/mail1.hotel.example n=2 20..21 A (mail1.hotel.example) ttl=None []
        A@20=unknown A@21=unknown
    log/resolver-client/192.0.2.9/mail1.hotel.example n=6 10..15 A+PTR+TXT (5.2.0.192.in-addr.arpa _dmarc.mail1.hotel.example mail1.hotel.example mail1.hotel.example.corp.test s1._domainkey.mail1.hotel.example) ttl=Some(300) [192.0.2.5]
        PTR@10=NOERROR A@11=NOERROR TXT-spf@12=NODATA TXT-dmarc@13=NXDOMAIN TXT-dkim@14=SERVFAIL suffix-variant@15=NXDOMAIN
    ");
}

#[test]
fn taps_and_vantages_are_not_mixed_and_sources_of_a_tap_are_pooled() {
    let one = |id, tap, vantage, lines| Source { id, tap, vantage, lines };
    let sources = [
        one("monday", "t1", Vantage::ResolverClient, "1 192.0.2.9 A a.example"),
        one("tuesday", "t1", Vantage::ResolverClient, "2 192.0.2.9 A a.example"),
        one("other", "t2", Vantage::ResolverClient, "3 192.0.2.9 A a.example"),
        one("auth", "t1", Vantage::Authoritative, "4 192.0.2.9 A a.example"),
    ];
    insta::assert_snapshot!(check(&sources, &SeriesFilter::default()), @"
    t1/authoritative/192.0.2.9/a.example n=1 4..4 A (a.example) ttl=None []
        A@4=unknown
    t1/resolver-client/192.0.2.9/a.example n=2 1..2 A (a.example) ttl=None []
        A@1=unknown A@2=unknown
    t2/resolver-client/192.0.2.9/a.example n=1 3..3 A (a.example) ttl=None []
        A@3=unknown
    ");
}

#[test]
fn a_filter_narrows() {
    let names = Some(vec!["mail1.hotel.example".to_owned()]);
    let filter = SeriesFilter { names: names.clone(), min_n: 3, ..SeriesFilter::default() };
    insta::assert_snapshot!(check(&[source("log", MAIL_CHECK)], &filter), @"
    log/resolver-client/192.0.2.9/mail1.hotel.example n=6 10..15 A+PTR+TXT (5.2.0.192.in-addr.arpa _dmarc.mail1.hotel.example mail1.hotel.example mail1.hotel.example.corp.test s1._domainkey.mail1.hotel.example) ttl=Some(300) [192.0.2.5]
        PTR@10=NOERROR A@11=NOERROR TXT-spf@12=NODATA TXT-dmarc@13=NXDOMAIN TXT-dkim@14=SERVFAIL suffix-variant@15=NXDOMAIN
    ");
    let filter = SeriesFilter { names, clients: Some(vec!["192.0.2.8".to_owned()]), ..SeriesFilter::default() };
    insta::assert_snapshot!(check(&[source("log", MAIL_CHECK)], &filter), @"
    log/resolver-client/192.0.2.8/mail1.hotel.example n=2 20..21 A (mail1.hotel.example) ttl=None []
        A@20=unknown A@21=unknown
    ");
    let filter = SeriesFilter { taps: Some(vec!["it's another".to_owned()]), ..SeriesFilter::default() };
    assert_eq!(check(&[source("log", MAIL_CHECK)], &filter), "");
    let filter = SeriesFilter {
        names: Some(vec!["hotel.example".to_owned()]),
        extra_families: vec![("mail1.hotel.example".to_owned(), "hotel.example".to_owned())],
        ..SeriesFilter::default()
    };
    insta::assert_snapshot!(check(&[source("log", MAIL_CHECK)], &filter), @"
    log/resolver-client/192.0.2.8/hotel.example n=2 20..21 A (mail1.hotel.example) ttl=None []
        A@20=unknown A@21=unknown
    log/resolver-client/192.0.2.9/hotel.example n=6 10..15 A+PTR+TXT (5.2.0.192.in-addr.arpa _dmarc.mail1.hotel.example mail1.hotel.example mail1.hotel.example.corp.test s1._domainkey.mail1.hotel.example) ttl=Some(300) [192.0.2.5]
        PTR@10=NOERROR A@11=NOERROR TXT-spf@12=NODATA TXT-dmarc@13=NXDOMAIN TXT-dkim@14=SERVFAIL suffix-variant@15=NXDOMAIN
    ");
}

/// A million lookups with `ASKANCE_SLOW`, fewer without; the same series on one core and on many.
#[test]
fn the_number_of_cores_does_not_show() {
    let slow = slow();
    let rows: u64 = if slow { 1_000_000 } else { 20_000 };
    let dir = tempfile::tempdir().expect("folder");
    let mut writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    let meta = SourceMeta {
        id: "big".into(),
        format: "test".into(),
        vantage: Some(Vantage::ResolverClient),
        tap: "big".into(),
        options: String::new(),
        resolution: None,
    };
    let mut sink = writer.begin(meta);
    let mut batch = Batch::with_room(4096);
    for i in 0..rows {
        if batch.room() == 0 {
            sink.push(&batch).expect("push");
            batch.clear();
        }
        let x = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        *batch.lookups.push() = Lookup {
            ts: Timestamp::from_us(i64::try_from(i * 86_400).expect("small")),
            client: Host::Named(format!("c{}", x % 97).into()),
            qname: Name::parse(&format!("www.n{}.example", (x / 97) % (rows / 400))).expect("name"),
            qtype: Some(RrType::A),
            vantage: Vantage::ResolverClient,
            ..Lookup::default()
        };
    }
    sink.push(&batch).expect("push");
    sink.finish("x", 1, &Ledger { units_in: rows, lookups: rows, ..Ledger::default() }).expect("commit");
    let series = |partitions| {
        let options = Options { partitions, ..Options::default() };
        let engine = Engine::open_with(dir.path(), &options).expect("readable");
        let started = now();
        let mut all = Vec::new();
        engine.series(&SeriesFilter { min_n: 2, ..SeriesFilter::default() }, &mut |row| all.push(row)).expect("runs");
        if slow {
            tell(&format!(
                "{} series of {rows} lookups on {partitions} partitions: {:.1?}",
                all.len(),
                started.elapsed()
            ));
        }
        all
    };
    let one = series(1);
    assert!(one == series(4), "the same series whatever the number of partitions");
    assert!(one.is_sorted_by_key(|row| row.key.clone()));
    assert!(one.len() > 100 && one.iter().all(|row| row.n >= 2));
}

#[expect(clippy::disallowed_methods, reason = "slow tests are asked for by a variable")]
fn slow() -> bool {
    std::env::var_os("ASKANCE_SLOW").is_some()
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[expect(clippy::print_stderr, reason = "a measurement to read")]
fn tell(text: &str) {
    eprintln!("{text}");
}

#[test]
fn names_made_up_as_they_are_asked_are_one_series_with_and_without_a_filter() {
    let line = |i: u32| format!("{i} 192.0.2.9 TXT {i:030x}.t.tunnel.example NOERROR 0 TXT ok");
    let lines = (0..60).map(line).collect::<Vec<_>>().join("\n");
    let all = check(&[source("log", &lines)], &SeriesFilter { min_n: 2, ..SeriesFilter::default() });
    let head = all.lines().next().expect("one series").split(" (").next().expect("a line");
    assert_eq!(head, "log/resolver-client/192.0.2.9/t.tunnel.example n=60 0..59 TXT");
    assert_eq!(all.matches("generated@").count(), 60);
    let names = Some(vec!["t.tunnel.example".to_owned()]);
    assert_eq!(check(&[source("log", &lines)], &SeriesFilter { names, ..SeriesFilter::default() }), all);
}
