//! Several audits that share their answers: a fleet asks for one name server once.

use std::collections::{BTreeMap, BTreeSet};

use askance_proto::{Question, Step};
use askance_record::{Name, RrType};

use crate::answer::Answer;
use crate::posture::{Posture, PostureAudit, PostureRequest};

/// Audits of several names, run together.
///
/// All that any of them lacks goes out in one batch, each question once; what one of them has learnt the others know.
#[derive(Clone, Debug)]
pub struct Audits {
    audits: Vec<Running>,
    known: BTreeMap<(Name, RrType), Answer>,
}

/// An audit, what it waits for, and its end.
#[derive(Clone, Debug)]
struct Running {
    audit: PostureAudit,
    waits_for: Vec<Question>,
    done: Option<Posture>,
}

impl Audits {
    /// Audits that have asked nothing yet.
    pub fn new(requests: impl IntoIterator<Item = PostureRequest>) -> Self {
        let begin = |request| Running { audit: PostureAudit::new(request), waits_for: Vec::new(), done: None };
        Self { audits: requests.into_iter().map(begin).collect(), known: BTreeMap::new() }
    }

    /// Takes answers, in any order, and says what is asked next: all of it is needed, nothing of it is known.
    ///
    /// An answer belongs to the question of its name and type; a question that gets none is asked again.
    ///
    /// - returns: the questions in order of names, each once; or the postures in the order of their requests
    pub fn answer(&mut self, answers: impl IntoIterator<Item = Answer>) -> Step<Vec<Posture>> {
        for answer in answers {
            self.known.entry((folded(&answer.qname), answer.qtype)).or_insert(answer);
        }
        let mut missing = BTreeSet::new();
        for running in self.audits.iter_mut().filter(|running| running.done.is_none()) {
            running.go_on(&self.known);
            let lacks = running.waits_for.iter().filter(|q| !self.known.contains_key(&key(q)));
            missing.extend(lacks.map(key));
        }
        if missing.is_empty() {
            return Step::Done(self.audits.iter().filter_map(|running| running.done.clone()).collect());
        }
        Step::Ask(missing.into_iter().map(|(qname, qtype)| Question::new(qname, qtype)).collect())
    }

    /// How many of the audits are over, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.audits.iter().filter(|running| running.done.is_some()).count(), self.audits.len())
    }

    /// Runs all audits to their end, each question answered at once.
    pub fn run(mut self, mut answer: impl FnMut(&Question) -> Answer) -> Vec<Posture> {
        let mut answers = Vec::new();
        loop {
            match self.answer(answers) {
                Step::Done(postures) => return postures,
                Step::Ask(questions) => {
                    let own = |q: &Question| Answer { qname: q.qname.clone(), qtype: q.qtype, ..answer(q) };
                    answers = questions.iter().map(own).collect();
                }
            }
        }
    }
}

impl Running {
    /// Goes as far as what is known takes it.
    fn go_on(&mut self, known: &BTreeMap<(Name, RrType), Answer>) {
        loop {
            let answers: Vec<Answer> = self.waits_for.iter().filter_map(|q| known.get(&key(q)).cloned()).collect();
            if answers.len() < self.waits_for.len() {
                return;
            }
            match self.audit.answer(answers) {
                Step::Ask(questions) => self.waits_for = questions,
                Step::Done(posture) => {
                    self.done = Some(posture);
                    self.waits_for.clear();
                    return;
                }
            }
        }
    }
}

/// A name by its key: the same name in two spellings is one question.
fn folded(name: &Name) -> Name {
    Name::parse(name.key()).unwrap_or_else(|_| name.clone())
}

fn key(question: &Question) -> (Name, RrType) {
    (folded(&question.qname), question.qtype)
}
