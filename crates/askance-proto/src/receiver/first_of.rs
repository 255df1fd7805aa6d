//! Whether a name has one of some types of record: the types one by one, up to the first that is there.

use askance_record::{Name, RrType};

use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::receiver::Standing;
use crate::receiver::check::is_null_mx;

/// Whether a name has one of some types of record: the types one by one, up to the first that is there.
///
/// Postfix asks on after NXDOMAIN: its library tells a missing name from a missing type only at the end.
/// # Source
/// Postfix `smtpd_check.c`: `reject_unknown_hostname`, `reject_unknown_mailhost`; `dns_lookup.c`.
#[derive(Clone, Debug)]
pub struct FirstOf {
    name: Name,
    types: &'static [RrType],
    asked: usize,
    temporary: bool,
}

impl FirstOf {
    /// Postfix `reject_unknown_helo_hostname`: A, AAAA, MX.
    pub fn helo(name: Name, ipv6: bool) -> Self {
        Self::new(name, if ipv6 { &[RrType::A, RrType::AAAA, RrType::MX] } else { &[RrType::A, RrType::MX] })
    }

    /// Postfix `reject_unknown_sender_domain`: MX, A, AAAA.
    pub fn sender(domain: Name, ipv6: bool) -> Self {
        Self::new(domain, if ipv6 { &[RrType::MX, RrType::A, RrType::AAAA] } else { &[RrType::MX, RrType::A] })
    }

    fn new(name: Name, types: &'static [RrType]) -> Self {
        Self { name, types, asked: 0, temporary: false }
    }
}

impl Inquiry for FirstOf {
    type Verdict = Standing;

    fn step(&mut self, replies: &[Reply]) -> Step<Standing> {
        if let Some(reply) = replies.first() {
            if reply.outcome == Outcome::Answered {
                let null = is_null_mx(&reply.exchanges());
                return Step::Done(if null { Standing::NullMx } else { Standing::Known });
            }
            self.temporary |= reply.outcome.is_temporary();
        }
        let Some(&qtype) = self.types.get(self.asked) else {
            return Step::Done(if self.temporary { Standing::Temporary } else { Standing::Unknown });
        };
        self.asked += 1;
        Step::Ask(vec![Question::new(self.name.clone(), qtype)])
    }
}
