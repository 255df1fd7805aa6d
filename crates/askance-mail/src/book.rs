//! What has been asked so far, so that an audit can run again from its start with each batch of answers.
//!
//! The audit is a plain function over a [`Book`]. Where the book has no answer yet it
//! gives a blank one and notes the question; the run is then thrown away and repeated
//! once all noted questions are answered. Questions that do not depend on each other
//! so go out together, which live resolvers thank with speed.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use askance_proto::mail::{SpfAudit, SpfExpansion, SpfResult};
use askance_proto::{Inquiry, Question, Reply, Step};
use askance_record::{Name, RrType};

use crate::answer::{Answer, State};
use crate::posture::below;

/// Questions for one name; a configuration that leads to more is audited in part.
const QUESTIONS_MAX: usize = 2_000;

/// Answers by question, and the questions that the present run lacks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    answers: BTreeMap<(Name, RrType), Answer>,
    missing: BTreeSet<(Name, RrType)>,
    audits: BTreeMap<String, Audit>,
    /// The limit of questions was met.
    pub(crate) cut: bool,
}

/// A policy's audit, as far as it has come.
#[derive(Clone, Debug)]
struct Audit {
    machine: SpfAudit,
    asked: Vec<Question>,
    unknown: Vec<Question>,
    done: Option<SpfExpansion>,
}

/// A policy taken apart, and what the records could not say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// The policy.
    pub expansion: SpfExpansion,
    /// Questions that are not in the records; what depends on them is unknown.
    pub unknown: Vec<Question>,
}

impl Audited {
    /// What the policy says of an address, terms that look at the sender aside; `None` where the records leave it open.
    pub fn result_of(&self, ip: IpAddr) -> Option<SpfResult> {
        let result = self.expansion.result_of(ip);
        (result != SpfResult::TempError || self.unknown.is_empty()).then_some(result)
    }
}

impl Book {
    /// The answer for a name of labels before another; a name that gets too long does not exist.
    pub(crate) fn ask_below(&mut self, labels: &str, name: &Name, qtype: RrType) -> Answer {
        match below(labels, name) {
            Some(at) => self.ask(&at, qtype),
            None => Answer::empty(&Question::new(name.clone(), qtype), State::NxDomain),
        }
    }

    /// The first of what an answer leads to; where there are more, the audit is cut.
    pub(crate) fn first<T>(&mut self, max: usize, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut all = all.into_iter();
        let first = all.by_ref().take(max).collect();
        self.cut |= all.next().is_some();
        first
    }

    /// The answer to a question, a blank one where it has to be asked first.
    pub(crate) fn ask(&mut self, qname: &Name, qtype: RrType) -> Answer {
        // By key: the same name in two spellings is one question.
        let qname = Name::parse(qname.key()).unwrap_or_else(|_| qname.clone());
        if let Some(known) = self.answers.get(&(qname.clone(), qtype)) {
            return known.clone();
        }
        if self.answers.len() + self.missing.len() < QUESTIONS_MAX {
            self.missing.insert((qname.clone(), qtype));
        } else {
            self.cut = true;
        }
        Answer::empty(&Question::new(qname, qtype), State::NotInRecords)
    }

    /// The audit of a domain's SPF policy; `None` where questions have to be asked first.
    pub(crate) fn audit(&mut self, domain: &str) -> Option<Audited> {
        let fresh = || Audit { machine: SpfAudit::new(domain), asked: Vec::new(), unknown: Vec::new(), done: None };
        let mut audit = self.audits.remove(domain).unwrap_or_else(fresh);
        while audit.done.is_none() {
            let answers: Vec<Answer> = audit.asked.iter().map(|q| self.ask(&q.qname, q.qtype)).collect();
            if answers.iter().any(|a| !self.answers.contains_key(&(a.qname.clone(), a.qtype))) {
                break;
            }
            audit.unknown.extend(
                answers
                    .iter()
                    .filter(|a| a.state == State::NotInRecords)
                    .map(|a| Question::new(a.qname.clone(), a.qtype)),
            );
            let replies: Vec<Reply> = answers.iter().map(Reply::from).collect();
            match audit.machine.step(&replies) {
                Step::Done(expansion) => audit.done = Some(expansion),
                Step::Ask(questions) => audit.asked = questions,
            }
        }
        let audited = audit.done.clone().map(|expansion| Audited { expansion, unknown: audit.unknown.clone() });
        self.audits.insert(domain.to_owned(), audit);
        audited
    }

    /// The questions that this run lacked, in canonical order of their names' keys; empties the list.
    pub(crate) fn take_missing(&mut self) -> Vec<Question> {
        core::mem::take(&mut self.missing).into_iter().map(|(qname, qtype)| Question::new(qname, qtype)).collect()
    }

    /// Takes an answer; a second one to the same question changes nothing.
    pub(crate) fn put(&mut self, answer: Answer) {
        let key = (Name::parse(answer.qname.key()).unwrap_or_else(|_| answer.qname.clone()), answer.qtype);
        self.answers.entry(key).or_insert(answer);
    }

    /// The questions that the records could not answer.
    pub(crate) fn not_in_records(&self) -> Vec<Question> {
        let unknown = self.answers.values().filter(|a| a.state == State::NotInRecords);
        unknown.map(|a| Question::new(a.qname.clone(), a.qtype)).collect()
    }
}
