//! The sequences of questions, against small zones.

use core::net::IpAddr;
use std::collections::BTreeSet;

use askance_record::{Name, RrType};
use insta::assert_snapshot;

use super::{Check, ClientName, Facts, Filter, Finding, Phase, Profile, Task};
use crate::dns::{Data, Record};
use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};

/// Answers from lines `name TYPE data`; `name * SERVFAIL` and `name TYPE SERVFAIL` fail.
pub(super) fn answer(zone: &str, question: &Question) -> Reply {
    let mut reply = Reply::empty(question.clone(), Outcome::NxDomain);
    for line in zone.lines() {
        let mut words = line.split_whitespace();
        let (Some(owner), Some(rtype), Some(data)) = (words.next(), words.next(), words.next()) else { continue };
        let rest = words.next().unwrap_or_default();
        if owner != question.qname.key() {
            continue;
        }
        if reply.outcome == Outcome::NxDomain {
            reply.outcome = Outcome::NoData;
        }
        if rtype != "*" && RrType::from_mnemonic(rtype) != Some(question.qtype) && rtype != "CNAME" {
            continue;
        }
        let name = |text: &str| Name::parse(text).unwrap();
        let data = match rtype {
            _ if data == "SERVFAIL" => return Reply::empty(question.clone(), Outcome::Failed),
            "A" => Data::A(data.parse().unwrap()),
            "AAAA" => Data::Aaaa(data.parse().unwrap()),
            "PTR" => Data::Ptr(name(data)),
            "CNAME" => Data::Cname(name(data)),
            "MX" => Data::Mx { preference: data.parse().unwrap(), exchange: name(rest) },
            _ => Data::Txt(vec![format!("{data} {rest}").into_bytes()]),
        };
        reply.outcome = Outcome::Answered;
        reply.records.push(Record { owner: question.qname.clone(), ttl_s: 3600, data });
    }
    reply
}

/// Asks until done; the questions are appended to `asked`, one step a line.
pub(super) fn run<I: Inquiry>(mut inquiry: I, zone: &str, asked: &mut String) -> I::Verdict {
    let mut replies = Vec::new();
    loop {
        match inquiry.step(&replies) {
            Step::Done(verdict) => return verdict,
            Step::Ask(questions) => {
                let line: Vec<_> = questions
                    .iter()
                    .map(|q| format!("{} {}{}", q.qtype, q.qname, if q.search { " +search" } else { "" }))
                    .collect();
                asked.push_str(&line.join(" | "));
                asked.push('\n');
                replies = questions.iter().map(|q| answer(zone, q)).collect();
            }
        }
    }
}

fn facts() -> Facts {
    let mut facts = Facts::new("192.0.2.10".parse().unwrap(), "198.51.100.25".parse().unwrap());
    facts.helo = "out1.invites-app.example".into();
    facts.sender = "meeting@invites-app.example".into();
    facts.recipient = "office@northbank.example".into();
    facts.search = vec![Name::parse("northbank.example").unwrap()];
    facts
}

/// All phases of one session with one recipient.
fn check(profile: Profile, facts: Facts, zone: &str) -> String {
    let mut facts = facts;
    let mut asked = String::new();
    let mut kinds = BTreeSet::new();
    for phase in [Phase::Connect, Phase::Mail, Phase::Rcpt] {
        for &task in profile.tasks(phase) {
            kinds.insert(task);
            if let Some(check) = task.check(profile, &facts) {
                let finding = run::<Check>(check, zone, &mut asked);
                asked.push_str(&format!("  = {}\n", shown(&finding)));
                if let Finding::ClientName(name) = finding {
                    facts.client_name = name;
                }
            }
        }
    }
    assert!(kinds.contains(&Task::ClientName));
    asked
}

fn shown(finding: &Finding) -> String {
    match finding {
        Finding::ClientName(ClientName { confirmed: Some(name), trouble: None, .. }) => format!("called {name}"),
        Finding::ClientName(ClientName { reverse, confirmed, trouble }) => {
            assert_eq!(*confirmed, None, "{trouble:?}");
            let reverse = reverse.as_ref().map(ToString::to_string);
            format!("{:?}, not {}", trouble.unwrap(), reverse.as_deref().unwrap_or("anything"))
        }
        Finding::Standing(standing) => format!("{standing:?}"),
        Finding::Listed(names) => format!("{names:?}"),
        Finding::Spf(verdict) => format!("spf {}", verdict.result),
        Finding::Dkim(verdict) => format!("dkim {}", verdict.result()),
        Finding::Dmarc(verdict) => format!("dmarc {}", verdict.result),
        Finding::Route(route) => format!("{:?} {:?}", route.standing, route.addresses),
    }
}

const ZONE: &str = "25.100.51.198.in-addr.arpa PTR mail1.hotel-brand.example
10.2.0.192.in-addr.arpa PTR mx1.northbank.example
mail1.hotel-brand.example A 198.51.100.25
out1.invites-app.example A 198.51.100.25
invites-app.example MX 10 incoming.crm-vendor.example
incoming.crm-vendor.example A 198.51.100.20
northbank.example MX 10 mx1.northbank.example";

#[test]
fn identifiers_name_what_they_are_of() {
    for profile in Profile::ALL {
        assert_eq!(Profile::from_id(profile.as_str()), Some(profile));
    }
    for filter in Filter::ALL {
        assert_eq!(Filter::from_id(filter.as_str()), Some(filter));
    }
    assert_eq!((Profile::from_id("qmail"), Filter::from_id("")), (None, None));
}

#[test]
fn each_profile_asks_in_its_own_order() {
    assert_snapshot!(check(Profile::Postfix, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example +search
      = called mail1.hotel-brand.example
    ");
    assert_snapshot!(check(Profile::PostfixStrict, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example +search
      = called mail1.hotel-brand.example
    A out1.invites-app.example
      = Known
    MX invites-app.example
      = Known
    ");
    assert_snapshot!(check(Profile::PostfixVerify, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example +search
      = called mail1.hotel-brand.example
    MX invites-app.example
    A incoming.crm-vendor.example
    AAAA incoming.crm-vendor.example
      = Known [198.51.100.20]
    ");
    assert_snapshot!(check(Profile::Exim, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
      = called mail1.hotel-brand.example
    MX invites-app.example
    AAAA incoming.crm-vendor.example
    A incoming.crm-vendor.example
      = Known [198.51.100.20]
    ");
    assert_snapshot!(check(Profile::EximStrict, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
      = called mail1.hotel-brand.example
    AAAA out1.invites-app.example
    A out1.invites-app.example
      = Known [198.51.100.25]
    MX invites-app.example
    AAAA incoming.crm-vendor.example
    A incoming.crm-vendor.example
      = Known [198.51.100.20]
    ");
    assert_snapshot!(check(Profile::Sendmail, facts(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 10.2.0.192.in-addr.arpa
    A mail1.hotel-brand.example +search
      = called mail1.hotel-brand.example
    AAAA invites-app.example
    A invites-app.example
    MX invites-app.example
      = Known
    AAAA northbank.example
    A northbank.example
    MX northbank.example
      = Known
    ");
    assert_eq!(check(Profile::OpenSmtpd, facts(), ZONE), check(Profile::Postfix, facts(), ZONE));
    assert_eq!(check(Profile::EximCallout, facts(), ZONE), check(Profile::Exim, facts(), ZONE));
}

#[test]
fn a_stale_pointer_is_asked_for_and_not_believed() {
    let zone = "25.100.51.198.in-addr.arpa PTR mail1.hotel-brand.example";
    assert_snapshot!(check(Profile::Postfix, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example +search
      = NoForward, not mail1.hotel-brand.example
    ");
    assert_snapshot!(check(Profile::Sendmail, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 10.2.0.192.in-addr.arpa
    A mail1.hotel-brand.example +search
      = NoForward, not mail1.hotel-brand.example
    AAAA invites-app.example
    AAAA invites-app.example.northbank.example
      = Unknown
    AAAA northbank.example
    AAAA northbank.example.northbank.example
      = Unknown
    ");
    let moved = format!("{zone}\nmail1.hotel-brand.example A 192.0.2.99");
    assert_snapshot!(check(Profile::Postfix, facts(), &moved), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example +search
      = Mismatch, not mail1.hotel-brand.example
    ");
    assert_snapshot!(check(Profile::EximStrict, facts(), &moved), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
      = Mismatch, not mail1.hotel-brand.example
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
      = Mismatch, not mail1.hotel-brand.example
    AAAA out1.invites-app.example
    A out1.invites-app.example
      = Unknown []
    MX invites-app.example
      = Unknown []
    ");
}

#[test]
fn no_pointer_ends_it_but_for_exim_which_asks_the_library_too() {
    assert_snapshot!(check(Profile::Postfix, facts(), ""), @"
    PTR 25.100.51.198.in-addr.arpa
      = NoReverse, not anything
    ");
    assert_snapshot!(check(Profile::Exim, facts(), ""), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 25.100.51.198.in-addr.arpa
      = NoReverse, not anything
    MX invites-app.example
      = Unknown []
    ");
    let odd = "25.100.51.198.in-addr.arpa PTR host_1.hotel-brand.example";
    assert_snapshot!(check(Profile::Exim, facts(), odd), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 25.100.51.198.in-addr.arpa
      = NoReverse, not anything
    MX invites-app.example
      = Unknown []
    ");
    assert_snapshot!(check(Profile::Postfix, facts(), "25.100.51.198.in-addr.arpa PTR 198.51.100.25"), @"
    PTR 25.100.51.198.in-addr.arpa
      = NoReverse, not anything
    ");
}

#[test]
fn failures_are_temporary_findings() {
    let zone = "25.100.51.198.in-addr.arpa PTR SERVFAIL\ninvites-app.example * SERVFAIL";
    assert_snapshot!(check(Profile::PostfixStrict, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
      = ReverseFailed, not anything
    A out1.invites-app.example
    AAAA out1.invites-app.example
    MX out1.invites-app.example
      = Unknown
    MX invites-app.example
    A invites-app.example
    AAAA invites-app.example
      = Temporary
    ");
    assert_snapshot!(check(Profile::EximStrict, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
      = ReverseFailed, not anything
    PTR 25.100.51.198.in-addr.arpa
      = ReverseFailed, not anything
    AAAA out1.invites-app.example
    A out1.invites-app.example
      = Unknown []
    PTR 25.100.51.198.in-addr.arpa
      = ReverseFailed, not anything
    MX invites-app.example
      = Temporary []
    ");
    assert_snapshot!(check(Profile::Sendmail, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 10.2.0.192.in-addr.arpa
      = ReverseFailed, not anything
    AAAA invites-app.example
    A invites-app.example
    MX invites-app.example
    AAAA invites-app.example.northbank.example
      = Temporary
    AAAA northbank.example
    AAAA northbank.example.northbank.example
      = Unknown
    ");
}

#[test]
fn exim_looks_at_every_pointer() {
    let zone = "25.100.51.198.in-addr.arpa PTR a.example
25.100.51.198.in-addr.arpa PTR b.example
b.example A 198.51.100.25
b.example AAAA 2001:db8::25";
    assert_snapshot!(check(Profile::Exim, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA a.example
    A a.example
    AAAA b.example
    A b.example
      = called b.example
    MX invites-app.example
      = Unknown []
    ");
    assert_snapshot!(check(Profile::OpenSmtpd, facts(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    A a.example +search
      = NoForward, not a.example
    ");
}

#[test]
fn a_client_of_ipv6_is_asked_for_in_its_family() {
    let mut facts = facts();
    facts.client = "2001:db8::25".parse::<IpAddr>().unwrap();
    let zone = format!("{} PTR a.example\na.example AAAA 2001:db8::25", Name::of_reverse(facts.client));
    assert_snapshot!(check(Profile::OpenSmtpd, facts, &zone), @"
    PTR 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
    AAAA a.example +search
      = called a.example
    ");
}

#[test]
fn domains_without_mail_exchange() {
    let with = |sender: &str, zone: &str, profile: Profile| {
        let mut facts = facts();
        facts.sender = sender.into();
        let all = check(profile, facts, &format!("{ZONE}\n{zone}"));
        all.split_once("  = called mail1.hotel-brand.example\n").unwrap().1.to_owned()
    };
    assert_snapshot!(with("a@x.example", "x.example MX 0 .", Profile::PostfixStrict), @"
    A out1.invites-app.example
      = Known
    MX x.example
      = NullMx
    ");
    assert_snapshot!(with("a@x.example", "x.example MX 0 .", Profile::Exim), @"
    MX x.example
      = NullMx []
    ");
    assert_snapshot!(with("a@x.example", "x.example A 192.0.2.1", Profile::Exim), @"
    MX x.example
    AAAA x.example
    A x.example
      = Known [192.0.2.1]
    ");
    assert_snapshot!(with("a@x.example", "x.example A 192.0.2.1", Profile::PostfixVerify), @"
    MX x.example
    A x.example
    AAAA x.example
      = Known [192.0.2.1]
    ");
    assert_snapshot!(with("a@x.example", "x.example CNAME incoming.crm-vendor.example", Profile::Sendmail), @"
    AAAA x.example
    AAAA incoming.crm-vendor.example
    A incoming.crm-vendor.example
      = Known
    AAAA northbank.example
    A northbank.example
    MX northbank.example
      = Known
    ");
    assert_snapshot!(with("a@x.example", "", Profile::Exim), @"
    MX x.example
      = Unknown []
    ");
    assert_snapshot!(with("", "", Profile::Exim), @"");
    assert_snapshot!(with("a@[192.0.2.1]", "", Profile::PostfixStrict), @"
    A out1.invites-app.example
      = Known
    ");
}
