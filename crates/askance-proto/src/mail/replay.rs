//! A check as a plain function that runs again from its start with each new reply.
//!
//! SPF, DKIM and DMARC branch and recurse on what the DNS says. Written as a function
//! over a [`Transcript`], a check reads like its RFC; where the transcript has no reply
//! yet, it ends with [`Pending`] and starts over once the reply has come. It computes
//! the same way each time because it sees nothing but the transcript. A check of `n`
//! lookups evaluates `n + 1` times; the limits of the protocols keep `n` near 130.

use askance_record::{Name, RrType};

use crate::inquiry::{Question, Reply, Step};

/// The replies so far, and how many of them this run has used.
#[derive(Clone, Debug, Default)]
pub(super) struct Transcript {
    replies: Vec<Reply>,
    used: usize,
}

/// The run cannot go on before this is answered.
#[derive(Debug)]
pub(super) struct Pending(Question);

impl Transcript {
    /// The reply to a question, which is the next one of the sequence.
    pub(super) fn ask(&mut self, qname: Name, qtype: RrType) -> Result<Reply, Pending> {
        match self.replies.get(self.used) {
            Some(reply) => {
                self.used += 1;
                Ok(reply.clone())
            }
            None => Err(Pending(Question::new(qname, qtype))),
        }
    }

    /// Takes the replies to the last step and runs the check from its start.
    pub(super) fn step<V>(
        &mut self,
        replies: &[Reply],
        check: impl FnOnce(&mut Self) -> Result<V, Pending>,
    ) -> Step<V> {
        self.replies.extend_from_slice(replies);
        self.used = 0;
        match check(self) {
            Ok(verdict) => Step::Done(verdict),
            Err(Pending(question)) => Step::Ask(vec![question]),
        }
    }
}

/// A domain in text, dots between labels, a final dot allowed, nothing escaped.
///
/// What stands in policies and mail addresses is not in presentation form: a
/// backslash there is a backslash.
pub(super) fn name_of(domain: &str) -> Option<Name> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let mut name = Name::default();
    name.clear();
    for label in domain.split('.') {
        name.push_label(label.as_bytes()).ok()?;
    }
    name.finish();
    Some(name)
}
