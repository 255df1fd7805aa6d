//! The Simple Mail Transfer Protocol (RFC 5321), both sides, without I/O.

mod client;
mod line;
mod listener;
mod reply;
mod server;
#[cfg(test)]
mod tests;

pub use client::{ClientConfig, ClientSession, Outcome, RecipientOutcome, Stage};
pub use listener::{LetThrough, Listener, ListenerConfig, RefuseAt};
pub use reply::{Reply, ReplyError, ReplyReader};
pub use server::{Command, MESSAGE_OCTETS_MAX, ServerSession};
