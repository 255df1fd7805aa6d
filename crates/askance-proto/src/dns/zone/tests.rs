use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

/// In the manner of RFC 1034 section 6.1: data, aliases, a wildcard, a delegation, an empty non-terminal.
const BRAND: &str = "\
$TTL 3600
@        IN SOA ns1 hostmaster ( 2016030101 3600 900
                                 1209600 600 ) ; negative TTL below the SOA's own
         IN NS  ns1
         IN NS  ns.vendor.example.
         IN MX  10 mail1
         IN MX  20 mail.vendor.example.
         IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"
ns1      300 IN A 192.0.2.53
mail1    300 IN A 192.0.2.25
         300 IN AAAA 2001:db8::25
www      IN CNAME Web
Web      IN A 192.0.2.80
shop     IN CNAME store.vendor.example.
gone     IN CNAME nowhere
loop     IN CNAME pool
pool     IN CNAME loop
*.guest  IN A 192.0.2.99
         IN MX 5 mail1
lobby.guest IN TXT \"here\"
deep.in.the.tree IN A 192.0.2.7
branch   IN NS ns.branch
         IN NS ns1
         IN NS ns.vendor.example.
         IN TYPE43 \\# 24 000a05010b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b
ns.branch IN A 198.51.100.53
hidden.branch IN A 198.51.100.1
to-branch IN CNAME a.branch
_sip._tcp IN SRV 1 2 5060 mail1
";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn brand() -> Zone {
    Zone::parse(&name("hotel-brand.example"), BRAND).unwrap()
}

fn show(found: &Found) -> String {
    let mut out = format!("{:?}\n", found.verdict);
    for (section, records) in [("an", &found.answers), ("ns", &found.authority), ("ar", &found.additional)] {
        for record in records {
            out.push_str(&format!("{section} {record}\n"));
        }
    }
    out.replace("hotel-brand.example.", "HB.")
}

/// Asks `zone` in master format of the origin `hotel-brand.example`, `query` being `QNAME QTYPE`.
#[track_caller]
fn check(zone: &str, query: &str, expected: &str) {
    let zone = Zone::parse(&name("hotel-brand.example"), zone).unwrap();
    let (qname, qtype) = query.split_once(' ').unwrap();
    let qname = if qname == "@" { "hotel-brand.example".to_owned() } else { format!("{qname}.hotel-brand.example") };
    let found = show(&zone.answer(&name(&qname), qtype.parse().unwrap()));
    assert_eq!(found.lines().collect::<Vec<_>>(), expected.trim().lines().map(str::trim).collect::<Vec<_>>());
}

const SOA_600: &str = "ns HB. 600 IN SOA ns1.HB. hostmaster.HB. 2016030101 3600 900 1209600 600";

#[test]
fn data_is_answered() {
    check(BRAND, "mail1 A", "Answer\nan mail1.HB. 300 IN A 192.0.2.25");
    check(
        BRAND,
        "@ MX",
        "Answer
        an HB. 3600 IN MX 10 mail1.HB.
        an HB. 3600 IN MX 20 mail.vendor.example.
        ar mail1.HB. 300 IN A 192.0.2.25
        ar mail1.HB. 300 IN AAAA 2001:db8::25",
    );
    check(BRAND, "@ TXT", "Answer\nan HB. 3600 IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"");
    check(BRAND, "@ SOA", "Answer\nan HB. 3600 IN SOA ns1.HB. hostmaster.HB. 2016030101 3600 900 1209600 600");
}

#[test]
fn the_spelling_of_the_question_comes_back() {
    check(BRAND, "MAIL1 A", "Answer\nan MAIL1.HB. 300 IN A 192.0.2.25");
}

#[test]
fn any_gets_one_set() {
    check(BRAND, "mail1 ANY", "Answer\nan mail1.HB. 300 IN A 192.0.2.25");
    check(BRAND, "www ANY", "Answer\nan www.HB. 3600 IN CNAME Web.HB.");
}

#[test]
fn aliases_are_followed_within_the_zone() {
    check(BRAND, "www A", "Answer\nan www.HB. 3600 IN CNAME Web.HB.\nan Web.HB. 3600 IN A 192.0.2.80");
    check(BRAND, "www CNAME", "Answer\nan www.HB. 3600 IN CNAME Web.HB.");
    check(BRAND, "www AAAA", &format!("NoData\nan www.HB. 3600 IN CNAME Web.HB.\n{SOA_600}"));
    check(BRAND, "gone A", &format!("NxDomain\nan gone.HB. 3600 IN CNAME nowhere.HB.\n{SOA_600}"));
    check(BRAND, "shop A", "Answer\nan shop.HB. 3600 IN CNAME store.vendor.example.");
    check(BRAND, "loop A", "Answer\nan loop.HB. 3600 IN CNAME pool.HB.\nan pool.HB. 3600 IN CNAME loop.HB.");
}

#[test]
fn denials_carry_the_lower_ttl() {
    check(BRAND, "mail1 TXT", &format!("NoData\n{SOA_600}"));
    check(BRAND, "nothing A", &format!("NxDomain\n{SOA_600}"));
    check(BRAND, "x.mail1 A", &format!("NxDomain\n{SOA_600}"));
    let short = "@ 60 IN SOA ns1 hostmaster 1 2 3 4 600";
    check(short, "nothing A", "NxDomain\nns HB. 60 IN SOA ns1.HB. hostmaster.HB. 1 2 3 4 600");
}

#[test]
fn empty_names_between_exist() {
    check(BRAND, "the.tree A", &format!("NoData\n{SOA_600}"));
    check(BRAND, "in.the.tree A", &format!("NoData\n{SOA_600}"));
    check(BRAND, "he.tree A", &format!("NxDomain\n{SOA_600}"));
    check(BRAND, "_tcp SRV", &format!("NoData\n{SOA_600}"));
}

#[test]
fn wildcards_stand_for_names_that_do_not_exist() {
    check(BRAND, "a.guest A", "Answer\nan a.guest.HB. 3600 IN A 192.0.2.99");
    check(BRAND, "a.b.guest A", "Answer\nan a.b.guest.HB. 3600 IN A 192.0.2.99");
    check(BRAND, "a.guest AAAA", &format!("NoData\n{SOA_600}"));
    check(BRAND, "*.guest A", "Answer\nan *.guest.HB. 3600 IN A 192.0.2.99");
    // RFC 4592 section 2.2.1: neither for a name that exists, nor below one, nor for the name above.
    check(BRAND, "lobby.guest A", &format!("NoData\n{SOA_600}"));
    check(BRAND, "x.lobby.guest A", &format!("NxDomain\n{SOA_600}"));
    check(BRAND, "guest A", &format!("NoData\n{SOA_600}"));
    check(
        BRAND,
        "a.guest MX",
        "Answer\nan a.guest.HB. 3600 IN MX 5 mail1.HB.\nar mail1.HB. 300 IN A 192.0.2.25\nar mail1.HB. 300 IN AAAA 2001:db8::25",
    );
}

#[test]
fn wildcards_may_be_aliases_or_empty() {
    let zone = format!("{SOA}*.alias 60 CNAME ns1\nns1 60 A 192.0.2.1\nx.*.empty 60 TXT a\n");
    let soa = "ns HB. 5 IN SOA ns1.HB. hostmaster.HB. 1 2 3 4 5";
    check(&zone, "a.alias A", "Answer\nan a.alias.HB. 60 IN CNAME ns1.HB.\nan ns1.HB. 60 IN A 192.0.2.1");
    check(&zone, "a.empty A", &format!("NoData\n{soa}"));
    check(&zone, "x.a.empty TXT", &format!("NoData\n{soa}"));
    check(&zone, "a.ns1 A", &format!("NxDomain\n{soa}"));
}

#[test]
fn delegations_are_referred_with_glue() {
    let referral = "\
        ns branch.HB. 3600 IN NS ns.branch.HB.
        ns branch.HB. 3600 IN NS ns1.HB.
        ns branch.HB. 3600 IN NS ns.vendor.example.
        ar ns.branch.HB. 3600 IN A 198.51.100.53
        ar ns1.HB. 300 IN A 192.0.2.53";
    for query in ["branch NS", "branch A", "x.y.branch A", "hidden.branch A", "hidden.branch DS", "ns.branch A"] {
        check(BRAND, query, &format!("Referral\n{referral}"));
    }
    check(BRAND, "to-branch A", &format!("Referral\nan to-branch.HB. 3600 IN CNAME a.branch.HB.\n{referral}"));
    check(
        BRAND,
        "branch DS",
        "Answer\nan branch.HB. 3600 IN TYPE43 \\# 24 000a05010b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    );
}

#[test]
fn names_elsewhere_are_outside() {
    let found = brand().answer(&name("brand.example"), RrType::A);
    assert_eq!(show(&found), "Outside\n");
    assert_eq!(brand().answer(&name("xhotel-brand.example"), RrType::A).verdict, Verdict::Outside);
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = Zone::parse(&name("hotel-brand.example"), text).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

const SOA: &str = "@ 60 IN SOA ns1 hostmaster 1 2 3 4 5\n";

#[test]
fn wrong_zones_are_refused_with_the_line() {
    check_refused("", "not exactly one SOA record, at the origin");
    check_refused(&format!("{SOA}www SOA a b 1 2 3 4 5"), "not exactly one SOA record, at the origin");
    check_refused(&format!("{SOA}\nwww A 192.0.2.1\n mail A 192.0.2.300\n"), "line 4: expected rtype");
    check_refused(&format!("{SOA}www A 192.0.2\n"), "line 2: expected IPv4 address");
    check_refused(&format!("{SOA}\n$INCLUDE other.zone\n"), "line 3: $INCLUDE is not supported");
    check_refused("@ 60 CH SOA ns1 hostmaster 1 2 3 4 5", "line 1: different class: CH != IN");
    check_refused(&format!("{SOA}\nwww TXT ( a ; b"), "line 3: parentheses are not closed");
    check_refused(&format!("{SOA}www TXT ( a \\) \"b\n"), "line 2: quotes are not closed");
    check_refused(
        &format!("{SOA}www.vendor.example. A 192.0.2.1\n"),
        "www.vendor.example is not in zone hotel-brand.example",
    );
    check_refused(
        &format!("{SOA}www CNAME web\nwww A 192.0.2.1\n"),
        "www.hotel-brand.example has an alias and other records",
    );
}

#[test]
fn text_comes_back() {
    let zone = brand();
    let text = zone.to_master_text();
    assert_eq!(Zone::parse(zone.origin(), &text).unwrap(), zone);
    insta::assert_snapshot!(text.lines().take(4).collect::<Vec<_>>().join("\n"), @"
    hotel-brand.example. 3600 IN SOA ns1.hotel-brand.example. hostmaster.hotel-brand.example. 2016030101 3600 900 1209600 600
    hotel-brand.example. 3600 IN NS ns1.hotel-brand.example.
    hotel-brand.example. 3600 IN NS ns.vendor.example.
    hotel-brand.example. 3600 IN MX 10 mail1.hotel-brand.example.
    ");
    assert_eq!(zone.records().count(), text.lines().count());
}

#[test]
fn changes_raise_the_serial() {
    let mut zone = brand();
    let (www, mail) = (name("www.hotel-brand.example"), name("mail1.hotel-brand.example"));
    let a = |last| Record { owner: mail.clone(), ttl_s: 300, data: Data::A([192, 0, 2, last].into()) };
    assert_eq!(zone.put(&mail, RrType::A, vec![a(26)]), Ok(true));
    assert_eq!((zone.serial(), zone.answer(&mail, RrType::A).answers), (2_016_030_102, vec![a(26)]));
    assert_eq!(zone.put(&mail, RrType::A, vec![a(26), a(26)]), Ok(false));
    assert_eq!(
        zone.put(&www, RrType::A, vec![a(26)]).unwrap_err().to_string(),
        "a record of mail1.hotel-brand.example A among those of another set"
    );
    assert_eq!(zone.put(&mail, RrType::A, Vec::new()), Ok(true));
    assert_eq!(zone.answer(&mail, RrType::A).verdict, Verdict::NoData);
    assert!(!zone.remove(&mail, RrType::A));
    assert!(zone.remove_name(&mail));
    assert_eq!((zone.serial(), zone.answer(&mail, RrType::A).verdict), (2_016_030_104, Verdict::NxDomain));
    let alias = Record { owner: mail.clone(), ttl_s: 300, data: Data::A([192, 0, 2, 1].into()) };
    let alias = Record { owner: www.clone(), ..alias };
    assert!(matches!(zone.put(&www, RrType::A, vec![alias]), Err(ZoneError::AliasBesideOthers { .. })));
    assert!(matches!(zone.put(&name("vendor.example"), RrType::A, Vec::new()), Err(ZoneError::OutOfZone { .. })));
    assert_eq!(zone.serial(), 2_016_030_104);
}

#[test]
fn the_soa_record_stays() {
    let mut zone = brand();
    let origin = zone.origin().clone();
    assert!(!zone.remove(&origin, RrType::SOA));
    assert_eq!(zone.put(&origin, RrType::SOA, Vec::new()), Err(ZoneError::Soa));
    assert!(zone.remove_name(&origin));
    assert_eq!(zone.answer(&origin, RrType::NS).answers.len(), 2);
    assert_eq!(zone.answer(&origin, RrType::MX).verdict, Verdict::NoData);
    let put_serial = |zone: &mut Zone, serial| {
        let (record, soa) = zone.soa();
        let data = Data::Soa(Box::new(Soa { serial, negative_ttl_s: serial, ..soa.clone() }));
        let record = Record { data, ..record.clone() };
        zone.put(&origin, RrType::SOA, vec![record]).unwrap();
        zone.serial()
    };
    assert_eq!(put_serial(&mut zone, 2_016_030_200), 2_016_030_200);
    // Not later in the arithmetic of RFC 1982.
    assert_eq!(put_serial(&mut zone, 5), 2_016_030_201);
    assert_eq!(put_serial(&mut zone, 4_000_000_000), 4_000_000_000);
    assert_eq!(put_serial(&mut zone, u32::MAX), u32::MAX);
    assert!(zone.remove(&origin, RrType::NS));
    assert_eq!(zone.serial(), 1);
}

/// What `named-checkzone` of BIND says to the zone; `None` where it is not installed.
fn checked_by_bind(zone: &Zone) -> Option<Result<(), String>> {
    let program =
        ["/usr/bin/named-checkzone", "/usr/sbin/named-checkzone"].into_iter().find(|p| Path::new(p).exists())?;
    let mut child = Command::new(program)
        .args(["-k", "ignore", "-i", "local", zone.origin().key(), "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(zone.to_master_text().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn bind_reads_what_is_written() {
    let odd = "$TTL 60\n@ SOA ns1 host\\.master 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n\
        a\\@b\\\"c\\;d\\(e\\)\\$f A 192.0.2.2\n\\000\\200.x TXT \"q\\\"u\\\\o;te \\200\" \"\"\n\
        @ CAA 0 issue \"ca.example\"\n@ TYPE65280 \\# 3 010203\n";
    for zone in [brand(), Zone::parse(&name("hotel-brand.example"), odd).unwrap()] {
        assert_eq!(Zone::parse(zone.origin(), &zone.to_master_text()).as_ref(), Ok(&zone));
        match checked_by_bind(&zone) {
            None => eprintln!("skipped: named-checkzone is not installed"),
            Some(said) => assert_eq!(said, Ok(())),
        }
    }
}

prop_compose! {
    fn labels()(label in prop::collection::vec(prop::sample::select(b"ab*.\\\"@$\x00\x01\xff".to_vec()), 1..3)) -> Vec<u8> {
        label
    }
}

prop_compose! {
    /// Names in and around a small zone, close enough to meet often.
    fn owners()(labels in prop::collection::vec(labels(), 0..3)) -> Name {
        let mut name = Name::default();
        name.clear();
        for label in labels.iter().map(Vec::as_slice).chain([&b"hotel-brand"[..], b"example"]) {
            name.push_label(label).unwrap();
        }
        name
    }
}

fn datas() -> impl Strategy<Value = Data> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|a| Data::A(a.into())),
        owners().prop_map(Data::Cname),
        owners().prop_map(Data::Ns),
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..3).prop_map(Data::Txt),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(|octets| Data::Other { rtype: RrType(65_280), octets }),
    ]
}

proptest! {
    /// Whatever changes, the zone can be written, read back and asked, and its answers keep to the question.
    #[test]
    fn changed_zones_stay_whole(
        puts in prop::collection::vec((owners(), datas(), any::<bool>()), 0..20),
        questions in prop::collection::vec((owners(), prop::sample::select(vec![RrType::A, RrType::NS, RrType::TXT, RrType::ANY])), 5),
    ) {
        let mut zone = Zone::parse(&name("hotel-brand.example"), SOA).unwrap();
        for (owner, data, keeps) in puts {
            let (before, rtype) = (zone.clone(), data.rtype());
            let record = Record { owner: owner.clone(), ttl_s: 60, data };
            let changed = if keeps { zone.put(&owner, rtype, vec![record]) } else { Ok(zone.remove(&owner, rtype)) };
            prop_assert_eq!(changed == Ok(true), zone != before);
            prop_assert_eq!(changed == Ok(true), zone.serial() == before.serial() + 1);
        }
        prop_assert_eq!(Zone::parse(zone.origin(), &zone.to_master_text()), Ok(zone.clone()));
        for (qname, qtype) in questions {
            let found = zone.answer(&qname, qtype);
            prop_assert_eq!(found.answers.is_empty() || found.answers[0].owner == qname, true);
            let denied = [Verdict::NoData, Verdict::NxDomain].contains(&found.verdict);
            prop_assert_eq!(denied, found.authority.iter().any(|r| matches!(r.data, Data::Soa(_))));
            let exists = zone.records().any(|r| r.owner.is_under(qname.key()));
            prop_assert!(!(exists && found.verdict == Verdict::NxDomain && found.answers.is_empty()));
        }
    }

    #[test]
    fn hostile_text_is_read_or_refused(text in "([a-z@*$\"();\\\\ \n.0-9#]|IN |A |TXT |SOA |\\$ORIGIN |\\$TTL |\u{e9}){0,60}") {
        let text = format!("{SOA}{text}");
        if let Ok(zone) = Zone::parse(&name("hotel-brand.example"), &text) {
            prop_assert_eq!(Zone::parse(zone.origin(), &zone.to_master_text()), Ok(zone.clone()));
        }
    }
}

#[test]
fn records_of_other_zones_are_left_out_on_request_only() {
    let text = "@ SOA ns1 hostmaster 1 2 3 4 5\nns1.other.test. A 192.0.2.1\n@ NS ns1.other.test.\n";
    let origin = Name::parse("hotel-brand.example").unwrap();
    let (zone, left_out) = Zone::parse_leaving_out(&origin, text).unwrap();
    assert_eq!((zone.records().count(), left_out.len()), (2, 1));
    assert_eq!(left_out[0].owner.key(), "ns1.other.test");
    assert!(matches!(Zone::parse(&origin, text), Err(ZoneError::OutOfZone { .. })));
}
