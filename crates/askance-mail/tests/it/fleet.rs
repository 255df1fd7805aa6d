//! A subject among forty siblings.

use askance_mail::json::Document;
use askance_mail::{Cell, Code, Feature, Fleet, FleetWord, Posture};

use crate::world::World;

const HOTELS: [&str; 8] = ["seaside", "tower", "castle", "forest", "harbour", "garden", "grand-hotel", "old-mill"];

/// Forty-one clients of one operator. All have its SPF policy and no DMARC record; the subject's PTR record names a
/// client whose domain is gone.
fn operator() -> (World, Vec<String>) {
    let mut world = World::in_order();
    world.apply("-hotel-brand.example DS");
    let mut names = Vec::new();
    for n in 0..41 {
        let x = if n == 0 {
            "subject".to_owned()
        } else {
            format!("{}{}", HOTELS[n % 8], ["", "-west", "-east", "-north", "-south", "-bay"][n / 8])
        };
        let (zone, host) = (format!("{x}-email.example"), 20 + n);
        world.zone(&zone);
        let name = format!("mail1.{zone}");
        let partner =
            if n == 0 { "mail1.former-email.example".to_owned() } else { format!("{x}{}.partner.example", n % 5 + 1) };
        world.apply(&format!(
            "+{name} A 198.51.100.{host}
             +{name} TXT \"v=spf1 ip4:203.0.113.0/24 ?all\"
             +{host}.100.51.198.in-addr.arpa PTR {partner}."
        ));
        if n > 0 {
            world.apply(&format!("+{partner} A 198.51.100.{host}"));
        }
        if n % 20 == 7 {
            world.apply(&format!("+_dmarc.{zone} TXT \"v=DMARC1; p=none\""));
        }
        names.push(name);
    }
    (world, names)
}

fn fleet() -> (Vec<Posture>, Fleet) {
    let (world, names) = operator();
    let postures: Vec<Posture> = names.iter().map(|name| world.posture(name)).collect();
    let fleet = Fleet::of(&postures[0], &postures[1..]);
    (postures, fleet)
}

#[test]
fn what_all_siblings_have_is_the_norm_and_the_stale_record_is_apart() {
    let (_, fleet) = fleet();
    let of = |code| fleet.compared.iter().find(|c| c.feature == Feature::Finding(code)).unwrap();
    assert_eq!((of(Code::DmarcMissing).word, of(Code::DmarcMissing).with), (FleetWord::Norm, 38));
    assert_eq!(of(Code::SpfAddressOutside).word, FleetWord::Norm);
    assert_eq!((of(Code::PtrZoneGone).word, of(Code::PtrZoneGone).with), (FleetWord::Apart, 0));
    let line = |c: &askance_mail::Compared| {
        let (low, high) = c.interval;
        let most = c.lr_interval.1.map_or("-".to_owned(), |most| format!("{most:.2}"));
        format!(
            "{} {}/{} {low:.3}..{high:.3} LR <= {:.2} ({:.2}..{most}) {}\n",
            c.feature,
            c.with,
            c.known,
            c.lr_max,
            c.lr_interval.0,
            c.word.as_str()
        )
    };
    insta::assert_snapshot!(fleet.compared.iter().map(line).collect::<String>(), @r"
    ptr-unconfirmed 0/40 0.000..0.060 LR <= 82.00 (16.53..-) apart from the fleet
    ptr-zone-gone 0/40 0.000..0.060 LR <= 82.00 (16.53..-) apart from the fleet
    ptr-other-name 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    ptr-other-domain 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    mx-missing 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    spf-address-outside 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    dkim-none-found 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    dmarc-missing 38/40 0.849..0.989 LR <= 1.06 (1.01..1.18) the fleet's norm
    mta-sts-missing 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    tls-rpt-missing 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    bimi-missing 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    caa-missing 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    dnssec-unsigned 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    same-spf 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    same-dmarc 38/40 0.849..0.989 LR <= 1.06 (1.01..1.18) the fleet's norm
    same-name-servers 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    same-contact 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    same-exchanges 40/40 0.940..1.000 LR <= 1.01 (1.00..1.06) the fleet's norm
    same-ptr-domain 0/40 0.000..0.060 LR <= 82.00 (16.53..-) apart from the fleet
    ");
}

#[test]
fn the_naming_is_proposed_with_its_exceptions() {
    let (_, fleet) = fleet();
    let template = fleet.template.unwrap();
    insta::assert_snapshot!(template.to_string(), @"mail1.<x>-email.example with <x><n>.partner.example");
    assert_eq!((template.members.len(), template.coverage()), (40, 40.0 / 41.0));
    assert_eq!(
        template.exceptions,
        [("mail1.subject-email.example".to_owned(), "partner mail1.former-email.example".to_owned())]
    );
}

#[test]
fn the_matrix_keeps_unknown_apart_from_no() {
    let (mut world, names) = operator();
    world.apply("drop tower-email.example");
    let postures: Vec<Posture> = names.iter().map(|name| world.posture(name)).collect();
    let fleet = Fleet::of(&postures[0], &postures[1..]);
    let column = fleet.features.iter().position(|f| *f == Feature::Finding(Code::DmarcMissing)).unwrap();
    let cells = |cell| fleet.rows.iter().filter(|(_, cells)| cells[column] == cell).count();
    assert_eq!((cells(Cell::Yes), cells(Cell::No), cells(Cell::Unknown)), (38, 2, 1));
    let compared = fleet.compared.iter().find(|c| c.feature == Feature::Finding(Code::DmarcMissing)).unwrap();
    assert_eq!((compared.with, compared.known), (37, 39));
}

#[test]
fn the_document_says_the_same_and_reads_back() {
    let (postures, fleet) = fleet();
    let document = Document::of(&postures[..1], Some(&fleet));
    let text = serde_json::to_string(&document).unwrap();
    let read: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(read.postures, document.postures);
    assert_eq!(read.fleet.unwrap().rows, document.fleet.unwrap().rows);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "askance.posture/1");
    let posture = value["postures"][0].as_object().unwrap();
    insta::assert_snapshot!(posture.keys().cloned().collect::<Vec<_>>().join(" "), @"name registered source at authentic findings unknown not_in_records lookups addresses exchanges spf dkim dkim_tried dkim_unknown dmarc mta_sts tls_rpt bimi zone roles");
    insta::assert_snapshot!(posture["findings"][0], @r#"{"code":"ptr-unconfirmed","severity":"warn","area":"reverse","what":"PTR of 198.51.100.20 gives mail1.former-email.example, which does not have it","records":[{"name":"20.100.51.198.in-addr.arpa","type":"PTR","text":"20.100.51.198.in-addr.arpa. 3600 IN PTR mail1.former-email.example."}],"section":"RFC 8601, 2.7.3","fix":"give the name the address, or change the PTR record"}"#);
    insta::assert_snapshot!(value["fleet"]["rows"][0], @r#"{"name":"mail1.subject-email.example","cells":[true,true,true,true,true,true,true,true,false,false,false,true,true,true,true,true,true,true,true,true,true,true]}"#);
}

#[test]
fn without_siblings_nothing_is_a_norm() {
    let posture = World::in_order().posture("hotel-brand.example");
    let fleet = Fleet::of(&posture, &[]);
    assert!(fleet.compared.iter().all(|c| c.word == FleetWord::Open && c.known == 0 && c.interval == (0.0, 1.0)));
    assert_eq!(fleet.template, None);
}
