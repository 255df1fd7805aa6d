//! A polite survey of mail servers, without I/O: what is asked, of whom, when, and what the answers show.
//!
//! A survey asks a mail server no more than its class needs: connect, greeting, `EHLO`, `STARTTLS`, `MAIL FROM`, `RCPT TO`,
//! `RSET`, `QUIT`. There is no way to say `DATA`, `VRFY`, `EXPN` or `AUTH` here: nothing is ever delivered, no mailbox is
//! guessed, nobody logs in.
//!
//! - [`Plan`]: targets as prefixes, exclusions, budget; says no to what a survey must not do ([`PlanError`])
//! - [`identified`]: whether strangers can find out who asks
//! - [`Schedule`]: which target next and when: one connection a network at a time, pauses, never the same question twice
//! - [`Probe`]: one conversation, bounded whatever the server sends; gives a [`Visit`]
//! - [`classify`]: what the visits to one target show, and what they do not ([`Verdict`])
//!
//! # Source
//! RFC 5321 (replies), RFC 7504 (521 and 556), RFC 3463 (enhanced codes); the etiquette follows the best practices of zmap
//! (Durumeric et al., IMC 2024, §6). The page for readers is `docs/reference/survey.md`.

mod certificate;
mod classify;
mod identity;
mod plan;
mod probe;
mod remarks;
mod schedule;
#[cfg(test)]
mod tests;
mod visit;
mod visits;
mod wording;

pub use crate::network::{Network, NetworkError, Reach};
pub use certificate::Certificate;
pub use classify::{Class, Verdict, classify};
pub use identity::{Identified, identified, questions_about};
pub use plan::{Identity, Plan, PlanError, PlanRequest};
pub use probe::{Ask, Patience, Probe, ProbeInput, ProbeOutput};
pub use remarks::Remark;
pub use schedule::{Assignment, Finding, Known, Next, Pace, Schedule};
pub use visit::{ConnectFailure, Heard, Recipient, Stage, Visit, VisitEnd};
pub use visits::{VISITS_MAX, VisitPlan, next_visit};
pub use wording::Wording;
