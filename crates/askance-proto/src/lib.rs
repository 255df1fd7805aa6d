//! Protocol parties without I/O: name servers, resolvers, mail servers and their checks.
//!
//! A party is an [`Actor`]: it takes one input with the time of day, and says what it
//! wants done until it waits. It owns no socket, clock, thread or ambient randomness,
//! so that a year of it runs in seconds in virtual time, and the same code answers a
//! real `dig` over a socket. Checks that need the DNS are [`Inquiry`] values: they say
//! what they ask next and are told the replies, which makes their sequence of
//! lookups a plain value that tests compare with recordings of real programs.
//!
//! - [`dns`]: messages, zones, authoritative server, cache, recursive resolver, stub
//! - [`smtp`]: sessions of both sides, the send-only listener
//! - [`mail`]: messages, SPF, DKIM, DMARC, queues with the retry clocks of real programs, bounces
//! - [`receiver`]: mail servers with the sender checks of Postfix, Exim, `OpenSMTPD`, Sendmail, Rspamd, `SpamAssassin`
//! - [`survey`]: asks mail servers what they are, politely, and delivers nothing
//! - [`vendor`]: a bulk-mail platform with its tenants

mod actor;
pub mod dns;
mod inquiry;
pub mod mail;
mod mention;
mod network;
mod node;
pub mod receiver;
pub mod smtp;
pub mod survey;
mod transcript;
pub mod vendor;

pub use actor::{Actor, Cause, Input, Note, Outbox, Output, StreamEvent, StreamFailure, StreamId};
pub use inquiry::{Inquiry, Outcome, Question, Reply, Step};
pub use mention::{Mention, mentions, with_addresses};
pub use node::{Node, Observer, Traffic, TrafficKind};
pub use transcript::Transcript;
