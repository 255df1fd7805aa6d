//! Labels: by cause, folded where a client asks without end.

use proptest::prelude::*;

use super::*;

fn labels(rows: &[(&str, Option<u32>)]) -> String {
    let causes = [("north-bank", "sender-verification"), ("desk", "tunnel")]
        .map(|(party, mechanism)| CauseRow { party: party.into(), mechanism: mechanism.into() });
    let mut truth = Truth::new(vec![("auth.log".into(), Vantage::Authoritative)], causes.to_vec());
    let client = IpAddr::from([192, 0, 2, 10]);
    for (i, (name, cause)) in (0..).zip(rows) {
        let name = Name::parse(name).expect("literal");
        truth.count(0, client, &name, cause.map(Cause), Timestamp::from_s(1_456_848_000 + i));
    }
    let mut out = Vec::new();
    truth.write_labels(&mut out).expect("memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn two_causes_of_one_series_give_two_labels_and_none_gives_none() {
    let rows = [
        ("mail1.hotel-brand.example", Some(0)),
        ("mail1.hotel-brand.example", Some(1)),
        ("Mail1.Hotel-Brand.example", Some(0)),
        ("other.example", None),
        ("new.example", Some(7)),
    ];
    insta::assert_snapshot!(labels(&rows), @"
    file,vantage,client,name,mechanism,start,end,origin,notes
    auth.log,authoritative,192.0.2.10,mail1.hotel-brand.example,sender-verification,2016-03-01T16:00:00Z,2016-03-01T16:00:02Z,simulated,2 rows of north-bank
    auth.log,authoritative,192.0.2.10,mail1.hotel-brand.example,tunnel,2016-03-01T16:00:01Z,2016-03-01T16:00:01Z,simulated,1 row of desk
    ");
}

#[test]
fn a_tunnel_is_one_label_and_its_neighbours_keep_theirs() {
    let tunnel: Vec<String> = (0..500).map(|i| format!("{i:x}.payload{}.t.example", i % 7)).collect();
    let addresses: Vec<String> = (0..250).map(|i| format!("{i}.2.0.192.in-addr.arpa")).collect();
    let mut rows: Vec<(&str, Option<u32>)> = tunnel.iter().map(|name| (name.as_str(), Some(1))).collect();
    rows.push(("www.example", Some(1)));
    rows.push(("a.t.example", Some(0)));
    let text = labels(&rows);
    insta::assert_snapshot!(text, @"
    file,vantage,client,name,mechanism,start,end,origin,notes
    auth.log,authoritative,192.0.2.10,a.t.example,sender-verification,2016-03-01T16:08:21Z,2016-03-01T16:08:21Z,simulated,1 row of north-bank
    auth.log,authoritative,192.0.2.10,t.example,tunnel,2016-03-01T16:00:00Z,2016-03-01T16:08:19Z,simulated,500 rows of desk
    auth.log,authoritative,192.0.2.10,www.example,tunnel,2016-03-01T16:08:20Z,2016-03-01T16:08:20Z,simulated,1 row of desk
    ");
    let rows: Vec<(&str, Option<u32>)> = addresses.iter().map(|name| (name.as_str(), Some(0))).collect();
    assert_eq!(labels(&rows).lines().count(), 251, "addresses are never folded");
}

#[test]
fn a_dot_inside_a_label_begins_none() {
    assert_eq!(ancestors(r"a\.b.c.d.e.example"), ["c.d.e.example", "d.e.example", "e.example"]);
    assert_eq!(ancestors("www.example"), Vec::<&str>::new());
    assert_eq!(ancestors("."), Vec::<&str>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Folding loses no row and bounds what is kept under a domain.
    #[test]
    fn folding_keeps_the_count(
        seeds in proptest::collection::vec((0u32..3, 0u32..40, 0u32..40, any::<bool>()), 0..900),
    ) {
        let names: Vec<String> = seeds
            .iter()
            .map(|(zone, a, b, deep)| if *deep { format!("x{b}.y{a}.z{a}.t{zone}.example") } else { format!("x{a}.t{zone}.example") })
            .collect();
        let rows: Vec<(&str, Option<u32>)> = names.iter().map(|name| (name.as_str(), Some(1))).collect();
        let text = labels(&rows);
        let counted = text.lines().skip(1).map(|line| {
            let notes = line.rsplit(',').next().expect("notes");
            notes.split(' ').next().and_then(|n| n.parse::<usize>().ok()).expect("a number of rows")
        });
        prop_assert_eq!(counted.sum::<usize>(), rows.len());
        for zone in 0..3 {
            let under = text.lines().filter(|line| line.contains(&format!("t{zone}.example,"))).count();
            prop_assert!(under <= 45, "{} under t{}", under, zone);
        }
    }
}
