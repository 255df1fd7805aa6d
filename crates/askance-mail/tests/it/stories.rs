//! Whole stories: the list of findings for a name.

use askance_mail::{Code, Posture, PostureAudit, PostureRequest};
use askance_proto::Step;
use askance_record::Name;

use crate::world::{World, changed, findings};

/// A vendor's name: the address was given to another sender, the PTR record stayed.
fn repurposed() -> World {
    changed(
        "zone vendor-email.example
         zone meetings.example
         +mail1.vendor-email.example A 198.51.100.7
         +vendor-email.example TXT \"v=spf1 ip4:203.0.113.0/24 ~all\"
         +7.100.51.198.in-addr.arpa PTR out7.meetings.example.
         +out7.meetings.example A 198.51.100.7
         +meetings.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"",
    )
    .0
}

/// The findings, without those that hardly any name is free of.
fn check(posture: &Posture) -> String {
    let all = findings(posture);
    let quiet = ["bimi-", "caa-", "tls-rpt-", "mta-sts-", "dkim-none", "dnssec-", "dane-"];
    let lines: Vec<&str> = all.lines().filter(|line| !quiet.iter().any(|code| line.contains(code))).collect();
    lines.join("\n")
}

#[test]
fn an_address_that_went_to_another_sender() {
    insta::assert_snapshot!(check(&repurposed().posture("mail1.vendor-email.example")), @r"
    note  address-other-sender: 198.51.100.7 of mail1.vendor-email.example is a sender of meetings.example by its PTR record and SPF, and none of mail1.vendor-email.example
    info  ptr-other-name: no PTR record of 198.51.100.7 gives mail1.vendor-email.example
    note  ptr-other-domain: PTR of 198.51.100.7 gives names of meetings.example, not of vendor-email.example
    info  mx-missing: mail1.vendor-email.example has no MX record
    warn  spf-missing: mail1.vendor-email.example has no SPF policy
    warn  dmarc-missing: no DMARC policy applies to mail1.vendor-email.example
    ");
}

#[test]
fn a_ptr_record_that_outlived_its_zone() {
    let (world, _) = changed("ptr mail1.old-email.example");
    insta::assert_snapshot!(check(&world.posture("hotel-brand.example")), @r"
    warn  ptr-unconfirmed: PTR of 192.0.2.10 gives mail1.old-email.example, which does not have it
    fault ptr-zone-gone: PTR of 192.0.2.10 gives mail1.old-email.example; its domain old-email.example does not exist
    info  ptr-other-name: no PTR record of 192.0.2.10 gives hotel-brand.example
    note  ptr-other-domain: PTR of 192.0.2.10 gives names of old-email.example, not of hotel-brand.example
    ");
}

#[test]
fn what_is_not_in_the_records_is_unknown() {
    let mut world = World::in_order();
    for zone in ["example", "partner.example", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"] {
        world.apply(&format!("drop {zone}"));
    }
    world.apply(
        "-hotel-brand.example TXT
         +hotel-brand.example TXT \"v=spf1 ip4:192.0.2.10 include:partner.example -all\"
         -_dmarc.hotel-brand.example TXT",
    );
    let posture = world.posture("hotel-brand.example");
    insta::assert_snapshot!(check(&posture), @r"
    info  not-in-records: not in these records: 5 lookups, the first PTR 10.2.0.192.in-addr.arpa
    warn  dmarc-missing: no DMARC policy applies to hotel-brand.example
    ");
    let checks = posture.spf.checks.iter().map(|c| format!("{} {:?}; ", c.ip, c.result.map(|r| r.to_string())));
    insta::assert_snapshot!(checks.collect::<String>(), @r#"192.0.2.10 Some("pass"); 192.0.2.12 None; "#);
    let unknown: Vec<&str> = posture.unknown.iter().map(|area| area.as_str()).collect();
    insta::assert_snapshot!(unknown.join(" "), @"addresses reverse spf dane dnssec");
}

#[test]
fn names_beyond_the_first_ten_are_counted_and_nothing_is_said_of_them() {
    let mut world = World::in_order();
    world.apply("-10.2.0.192.in-addr.arpa PTR");
    for n in 10..21 {
        world.apply(&format!("+10.2.0.192.in-addr.arpa PTR h{n}.partner.example."));
    }
    world.apply("+10.2.0.192.in-addr.arpa PTR hotel-brand.example.");
    let posture = world.posture("hotel-brand.example");
    let said: Vec<&str> = posture.findings.iter().map(|f| f.what.as_str()).filter(|w| !w.contains("h1")).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    the configuration leads to more lookups than an audit makes
    192.0.2.10 has 12 PTR records
    the MTA-STS policy of hotel-brand.example was not fetched
    ");
    assert_eq!(posture.shows(Code::PtrUnconfirmed), None);
    assert!(!posture.has(Code::PtrOtherDomain) && !posture.has(Code::PtrOtherName));
}

#[test]
fn questions_that_do_not_depend_on_each_other_go_together() {
    let world = World::in_order();
    let snapshot = world.snapshot();
    let mut audit = PostureAudit::new(PostureRequest::new(Name::parse("hotel-brand.example").unwrap(), "zone files"));
    let (mut sizes, mut answers) = (Vec::new(), Vec::new());
    while let Step::Ask(questions) = audit.answer(answers) {
        sizes.push(questions.len());
        answers = questions.iter().map(|question| snapshot.answer(question)).collect();
    }
    insta::assert_snapshot!(format!("{sizes:?}"), @"[41, 10]");
}
