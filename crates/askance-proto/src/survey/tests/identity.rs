use core::net::IpAddr;

use askance_record::Name;

use crate::dns::{Data, Record};
use crate::survey::{identified, questions_about};
use crate::{Outcome, Question, Reply};

/// What is said of 192.0.2.7 as `probe.example`: its addresses, and its PTR or what became of that question.
fn check(forward: &[&str], reverse: Result<&[&str], Outcome>) -> String {
    let helo = Name::parse("Probe.example").unwrap();
    let addresses: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap()];
    let questions = questions_about(&helo, &addresses);
    let asked: Vec<String> = questions.iter().map(|q| format!("{} {}", q.qname.key(), q.qtype)).collect();
    assert_eq!(asked, ["probe.example A", "probe.example AAAA", "7.2.0.192.in-addr.arpa PTR"]);
    let reply = |question: &Question, data: Vec<Data>| {
        let records = data.into_iter().map(|data| Record { owner: question.qname.clone(), ttl_s: 60, data }).collect();
        Reply { question: question.clone(), outcome: Outcome::Answered, records }
    };
    let a = forward.iter().map(|a| Data::A(a.parse().unwrap())).collect();
    let pointers = |names: &[&str]| names.iter().map(|n| Data::Ptr(Name::parse(n).unwrap())).collect();
    let replies = [
        reply(&questions[0], a),
        Reply::empty(questions[1].clone(), Outcome::NoData),
        match reverse {
            Ok(names) => reply(&questions[2], pointers(names)),
            Err(outcome) => Reply::empty(questions[2].clone(), outcome),
        },
    ];
    let one = &identified(&helo, &addresses, &replies)[0];
    format!("{}{}", if one.confirmed { "confirmed" } else { "not" }, if one.unanswered { ", unanswered" } else { "" })
}

#[test]
fn a_name_and_an_address_have_to_lead_to_each_other() {
    assert_eq!(check(&["192.0.2.7"], Ok(&["probe.EXAMPLE"])), "confirmed");
    assert_eq!(check(&["192.0.2.9", "192.0.2.7"], Ok(&["other.example", "probe.example"])), "confirmed");
    assert_eq!(check(&["192.0.2.9"], Ok(&["probe.example"])), "not");
    assert_eq!(check(&["192.0.2.7"], Ok(&["host.probe.example"])), "not");
    assert_eq!(check(&["192.0.2.7"], Err(Outcome::NxDomain)), "not");
    assert_eq!(check(&["192.0.2.7"], Err(Outcome::Timeout)), "not, unanswered");
    assert_eq!(check(&[], Ok(&["probe.example"])), "not");
}
