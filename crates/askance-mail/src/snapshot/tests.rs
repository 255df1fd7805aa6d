use askance_proto::Question;

use super::*;

fn check(files: &[(&str, &str)], questions: &[(&str, RrType)]) -> String {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let snapshot = Snapshot::of_files(files);
    let mut text = String::new();
    for (name, qtype) in questions {
        let answer = snapshot.answer(&Question::new(Name::parse(name).unwrap(), *qtype));
        let records: Vec<String> = answer.records.iter().map(|r| format!("{} {}", r.owner, r.data)).collect();
        text.push_str(&format!("{qtype} {name}: {} [{}]\n", answer.state.as_str(), records.join(", ")));
    }
    for (file, what) in &snapshot.problems {
        text.push_str(&format!("problem {file}: {what}\n"));
    }
    text
}

const HOTEL: &str = "@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\nns1 A 192.0.2.1\nwww CNAME web.partner.example.\n\
    gone CNAME nothing\naway CNAME elsewhere.test.\nround CNAME back.partner.example.\n*.any A 192.0.2.9\nsub NS ns.sub\n";
const PARTNER: &str = "$ORIGIN partner.example.\n@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\nweb A 192.0.2.7\n\
    back CNAME round.hotel-brand.example.\n";

#[test]
fn absent_is_told_from_not_in_the_records() {
    insta::assert_snapshot!(check(
        &[("hotel-brand.example", HOTEL), ("b.zone", PARTNER), ("notes.txt", "not a zone")],
        &[
            ("ns1.hotel-brand.example", RrType::A),
            ("ns1.hotel-brand.example", RrType::MX),
            ("none.hotel-brand.example", RrType::A),
            ("x.any.hotel-brand.example", RrType::A),
            ("www.hotel-brand.example", RrType::A),
            ("gone.hotel-brand.example", RrType::A),
            ("away.hotel-brand.example", RrType::A),
            ("round.hotel-brand.example", RrType::A),
            ("sub.hotel-brand.example", RrType::NS),
            ("a.sub.hotel-brand.example", RrType::A),
            ("other.test", RrType::A),
        ],
    ), @r"
    A ns1.hotel-brand.example: found [ns1.hotel-brand.example 192.0.2.1]
    MX ns1.hotel-brand.example: no-data []
    A none.hotel-brand.example: nxdomain []
    A x.any.hotel-brand.example: found [x.any.hotel-brand.example 192.0.2.9]
    A www.hotel-brand.example: found [www.hotel-brand.example web.partner.example., web.partner.example 192.0.2.7]
    A gone.hotel-brand.example: nxdomain [gone.hotel-brand.example nothing.hotel-brand.example.]
    A away.hotel-brand.example: not-in-records [away.hotel-brand.example elsewhere.test.]
    A round.hotel-brand.example: failed [round.hotel-brand.example back.partner.example., back.partner.example round.hotel-brand.example.]
    NS sub.hotel-brand.example: found [sub.hotel-brand.example ns.sub.hotel-brand.example.]
    A a.sub.hotel-brand.example: not-in-records []
    A other.test: not-in-records []
    problem notes.txt: line 1: expected IPv4 address
    ");
}

#[test]
fn a_file_may_include_others() {
    let common = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\n";
    let outer = "$ORIGIN a.example.\n$INCLUDE common\nns1 A 192.0.2.1\n";
    insta::assert_snapshot!(check(
        &[("glue", "c.example. SOA a. b. 1 2 3 4 5\nns.d.example. A 192.0.2.1\n"), ("common", common), ("a", outer), ("b", "$ORIGIN b.example.\n$INCLUDE nowhere\n"), ("self", "$INCLUDE self\n"), ("u", "$INCLUDE v\n"), ("v", "$INCLUDE u\n"), ("w", "$INCLUDE bad\n\n"), ("x", "@ SOA ns1 hostmaster 1 2 3 4 5\n\n$INCLUDE part\n\nns1 A there\n"), ("part", "\ny A 192.0.2.1\n\n"), ("bad", "\nx A here\n"), ("z", outer)],
        &[("ns1.a.example", RrType::A)],
    ), @r"
    A ns1.a.example: found [ns1.a.example 192.0.2.1]
    problem b: line 2: $INCLUDE nowhere: not among the files
    problem bad: line 2: expected IPv4 address
    problem glue: 1 records left out, the first of ns.d.example: not in c.example
    problem part: not exactly one SOA record, at the origin
    problem self: self line 1: $INCLUDE self: more than 4 files within each other
    problem u: u line 1: $INCLUDE v: more than 4 files within each other
    problem v: v line 1: $INCLUDE u: more than 4 files within each other
    problem w: bad line 2: expected IPv4 address
    problem x: line 5: expected IPv4 address
    problem z: the zone a.example is in a file before
    ");
}

#[test]
fn a_folder_is_read_and_a_missing_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("db.hotel-brand.example"), HOTEL).unwrap();
    std::fs::create_dir(folder.path().join("more")).unwrap();
    let snapshot = Snapshot::read_folder(folder.path()).unwrap();
    assert_eq!(snapshot.zones().map(|zone| zone.origin().key()).collect::<Vec<_>>(), ["hotel-brand.example"]);
    assert_eq!(snapshot.problems, []);
    let names = snapshot.names_at(|ip| ip.is_ipv4());
    let zone = |rest: &str| format!("@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\n{rest}");
    let both = vec![
        ("example".to_owned(), zone("sub NS ns.sub\nns.sub A 192.0.2.1\n")),
        ("sub.example".to_owned(), zone("ns A 192.0.2.1\n")),
    ];
    assert_eq!(Snapshot::of_files(both).names_at(|_| true).len(), 1, "glue is no second name");
    assert_eq!(names.iter().map(Name::key).collect::<Vec<_>>(), ["ns1.hotel-brand.example"]);
    let error = Snapshot::read_folder(&folder.path().join("none")).unwrap_err();
    assert_eq!((error.code(), error.help()), ("mail::zones-io", None));
}

#[test]
fn what_a_master_file_cannot_hold_is_named_with_what_to_write() {
    let zone = "@ SOA ns1 hostmaster 1 3600 600 86400 300 ; gez\u{e4}hlt\n@ NS ns1\n";
    let problem = |line: &str| {
        let read = Snapshot::of_files(vec![("hotel.example".to_owned(), format!("{zone}{line}\n"))]);
        read.problems.first().map_or_else(String::new, |(_, what)| what.clone())
    };
    insta::assert_snapshot!(problem("caf\u{e9} A 192.0.2.9"), @r"line 3: 'é' is not ASCII: write a name as Punycode (xn--...) and an octet as \DDD");
    assert_eq!(problem("ns1 A 192.0.2.1"), "", "a comment may say anything");
}

#[test]
fn a_chain_too_long_to_follow_is_a_failure_and_not_missing_from_the_records() {
    let chain: Vec<String> = (0..400).map(|n| format!("c{n} CNAME c{}\n", n + 1)).collect();
    let files = [("hotel-brand.example", &*format!("{HOTEL}{}", chain.concat()))];
    assert!(check(&files, &[("c0.hotel-brand.example", RrType::A)]).starts_with("A c0.hotel-brand.example: failed ["));
    assert!(
        check(&files, &[("c390.hotel-brand.example", RrType::A)]).starts_with("A c390.hotel-brand.example: nxdomain [")
    );
}

#[test]
fn escaped_dots_stay_in_their_labels() {
    assert_eq!(ancestors(r"a\.b.c.example").collect::<Vec<_>>(), [r"a\.b.c.example", "c.example", "example", "."]);
    assert_eq!(ancestors(r"a\\.c").collect::<Vec<_>>(), [r"a\\.c", "c", "."]);
    assert_eq!(ancestors(".").collect::<Vec<_>>(), ["."]);
}
