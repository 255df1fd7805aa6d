//! Sendmail's canonical name of a host.

use std::collections::VecDeque;

use askance_record::{Name, RrType};

use crate::dns::Data;
use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::receiver::Standing;

/// Aliases that are followed, at most (Sendmail's `MAXCNAMEDEPTH`).
const ALIASES_MAX: u8 = 10;

/// Sendmail's canonical name of a host: AAAA, A, MX of the name as it stands, then of the name with each suffix.
///
/// It goes through the search list itself; a suffix is tried after NXDOMAIN and after a name without any of the types.
/// # Source
/// Recorded: `cases/stale-ptr`, Sendmail. Read: Sendmail `domain.c` (`dns_getcanonname`).
#[derive(Clone, Debug)]
pub struct Canonical {
    search: Vec<Name>,
    host: Name,
    /// Names still to be tried, the present one first.
    names: VecDeque<Name>,
    qtype: Option<RrType>,
    temporary: bool,
    aliases: u8,
    /// True while the present name has a suffix.
    suffixed: bool,
}

impl Canonical {
    /// The canonical name of this host, with this search list.
    pub fn new(host: Name, search: &[Name]) -> Self {
        let mut new = Self {
            search: search.to_vec(),
            host: host.clone(),
            names: VecDeque::new(),
            qtype: None,
            temporary: false,
            aliases: 0,
            suffixed: false,
        };
        new.begin(host);
        new
    }

    fn begin(&mut self, host: Name) {
        let suffixed = self.search.iter().filter_map(|suffix| Name::parse(&format!("{host}.{suffix}")).ok());
        self.names = suffixed.collect();
        self.names.push_front(host.clone());
        self.host = host;
        self.qtype = None;
        self.suffixed = false;
    }

    fn next_name(&mut self) {
        self.names.pop_front();
        self.qtype = None;
        self.suffixed = true;
    }

    fn ended(&self) -> Step<Standing> {
        Step::Done(if self.temporary { Standing::Temporary } else { Standing::Unknown })
    }
}

impl Inquiry for Canonical {
    type Verdict = Standing;

    fn step(&mut self, replies: &[Reply]) -> Step<Standing> {
        if let Some(reply) = replies.first() {
            let alias = reply.records.iter().find_map(|r| match &r.data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            match reply.outcome {
                Outcome::Answered | Outcome::NoData if alias.is_some() => {
                    self.aliases += 1;
                    if self.aliases > ALIASES_MAX {
                        return Step::Done(Standing::Temporary);
                    }
                    self.begin(alias.expect("just seen"));
                }
                Outcome::Answered => return Step::Done(Standing::Known),
                Outcome::NxDomain => self.next_name(),
                Outcome::NoData => {}
                Outcome::Failed | Outcome::Timeout => {
                    self.temporary = true;
                    if self.suffixed {
                        return self.ended();
                    }
                }
            }
        }
        self.qtype = match self.qtype {
            None => Some(RrType::AAAA),
            Some(RrType::AAAA) => Some(RrType::A),
            Some(RrType::A) => Some(RrType::MX),
            Some(_) => {
                self.next_name();
                Some(RrType::AAAA)
            }
        };
        match (self.names.front(), self.qtype) {
            (Some(name), Some(qtype)) => Step::Ask(vec![Question::new(name.clone(), qtype)]),
            _ => self.ended(),
        }
    }
}
