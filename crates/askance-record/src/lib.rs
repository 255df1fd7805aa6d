//! The vocabulary that every askance crate shares.
//!
//! A [`Lookup`] is one query and its answer as some [`Vantage`] saw it; a
//! [`FlowRecord`] and a [`MailEvent`] are what other logs add. Each knows where
//! it stands in its input ([`At`]), so that every number in a report can be
//! followed back to an octet. Errors carry a stable code and a way out
//! ([`Explain`]). Nothing here does I/O, reads a clock or knows a file format.

mod answer;
mod at;
mod batch;
mod escape;
mod explain;
mod flags;
mod flow;
mod host;
mod ledger;
mod lookup;
mod mail;
mod name;
mod problem;
mod rng;
mod rr;
mod time;
mod vantage;

pub use answer::{Answer, read_answers, write_answers};
pub use at::{At, SourceId, Unit};
pub use batch::{Batch, Recycle, Rows};
pub use escape::{escape_html, escape_json, escape_terminal};
pub use explain::Explain;
pub use flags::Flags;
pub use flow::FlowRecord;
pub use host::Host;
pub use ledger::{Ledger, Tally};
pub use lookup::{Lookup, Side, Transport};
pub use mail::{MailEvent, MailKind};
pub use name::{Name, NameError};
pub use problem::TextProblem;
pub use rng::{Rng, mix64};
pub use rr::{Rcode, RrClass, RrType};
pub use time::{Resolution, Timestamp};
pub use vantage::Vantage;
