//! A small world of records that answers the questions of a check.

use std::collections::BTreeMap;

use askance_record::{Name, RrType};

use super::replay::name_of;
use crate::dns::{Data, Record};
use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};

/// Records by name; a name may also fail for the types that it has no records of.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    names: BTreeMap<String, Vec<Data>>,
    failing: BTreeMap<String, Outcome>,
}

impl World {
    /// One record per line: `name TYPE data`. `name TIMEOUT` and `name SERVFAIL` make other lookups of it fail.
    /// TXT data is the rest of the line, one string.
    pub(super) fn parse(lines: &str) -> Self {
        let mut world = Self::default();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, rest) = line.split_once(' ').expect("a name");
            let (rtype, data) = rest.split_once(' ').unwrap_or((rest, ""));
            match rtype {
                "TIMEOUT" => world.fail(name, Outcome::Timeout),
                "SERVFAIL" => world.fail(name, Outcome::Failed),
                _ => world.add(name, record(rtype, data)),
            }
        }
        world
    }

    pub(super) fn add(&mut self, name: &str, data: Data) {
        self.names.entry(key(name)).or_default().push(data);
    }

    /// Makes the name exist, with or without records.
    pub(super) fn touch(&mut self, name: &str) {
        self.names.entry(key(name)).or_default();
    }

    pub(super) fn fail(&mut self, name: &str, outcome: Outcome) {
        self.failing.insert(key(name), outcome);
    }

    fn answer(&self, question: &Question) -> Reply {
        let mut records = Vec::new();
        let mut owner = question.qname.clone();
        for _ in 0..8 {
            let here = self.names.get(owner.key()).map(Vec::as_slice).unwrap_or_default();
            let matching: Vec<_> = here.iter().filter(|data| data.rtype() == question.qtype).collect();
            if !matching.is_empty() {
                let found = matching.into_iter().cloned();
                records.extend(found.map(|data| Record { owner: owner.clone(), ttl_s: 300, data }));
                return Reply { question: question.clone(), outcome: Outcome::Answered, records };
            }
            if let Some(outcome) = self.failing.get(owner.key()) {
                return Reply::empty(question.clone(), *outcome);
            }
            let Some(Data::Cname(target)) = here.iter().find(|data| matches!(data, Data::Cname(_))) else {
                let below = self.names.keys().any(|name| Name::parse(name).is_ok_and(|n| n.is_under(owner.key())));
                let outcome = if below { Outcome::NoData } else { Outcome::NxDomain };
                return Reply { question: question.clone(), outcome, records };
            };
            records.push(Record { owner, ttl_s: 300, data: Data::Cname(target.clone()) });
            owner = target.clone();
        }
        Reply::empty(question.clone(), Outcome::Failed)
    }

    /// Runs a check to its verdict; the questions of one step stand on one line.
    pub(super) fn run<I: Inquiry>(&self, mut check: I) -> (I::Verdict, Vec<String>) {
        let mut asked = Vec::new();
        let mut replies = Vec::new();
        loop {
            match check.step(&replies) {
                Step::Done(verdict) => return (verdict, asked),
                Step::Ask(questions) => {
                    assert!(!questions.is_empty(), "a step that asks nothing");
                    assert!(asked.len() < 200, "no end of questions");
                    let words: Vec<_> = questions.iter().map(|q| format!("{} {}", q.qtype, q.qname.raw())).collect();
                    asked.push(words.join(", "));
                    replies = questions.iter().map(|question| self.answer(question)).collect();
                }
            }
        }
    }
}

fn key(name: &str) -> String {
    name_of(name).expect("a name").key().to_owned()
}

fn record(rtype: &str, data: &str) -> Data {
    let name =
        |text: &str| if text == "." { Name::parse(".").expect("the root") } else { name_of(text).expect("a name") };
    match RrType::from_mnemonic(rtype).expect("a type") {
        RrType::A => Data::A(data.parse().expect("an address")),
        RrType::AAAA => Data::Aaaa(data.parse().expect("an address")),
        RrType::CNAME => Data::Cname(name(data)),
        RrType::PTR => Data::Ptr(name(data)),
        RrType::MX => {
            let (preference, exchange) = data.split_once(' ').expect("two words");
            Data::Mx { preference: preference.parse().expect("a number"), exchange: name(exchange) }
        }
        RrType::TXT => Data::Txt(data.as_bytes().chunks(255).map(<[u8]>::to_vec).collect()),
        other => panic!("no {other} in this world"),
    }
}
