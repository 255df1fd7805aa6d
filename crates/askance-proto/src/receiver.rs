//! A mail server that receives, with the sender checks of a real program.
//!
//! What such a server asks the DNS about a peer is most of what name servers ever see of
//! mail, so the order of the questions is kept as the programs have it: each [`Check`] is
//! a plain value whose sequence of questions `tests/it/fidelity.rs` compares with a
//! recording of the programs themselves. A [`Profile`] says which checks a program makes
//! and when; a [`Filter`] runs behind it; a [`Receiver`] is the whole server.

mod call_out;
mod canonical;
mod check;
mod client_name;
mod config;
mod facts;
mod filter;
mod first_of;
mod greylist;
mod profile;
mod route;
mod server;
mod session;
mod words;

pub use call_out::CallOut;
pub use canonical::Canonical;
pub use check::{Check, Finding, Standing};
pub use client_name::{ClientName, ClientNameCheck, Trouble};
pub use config::{Causes, ReceiverConfig, Users};
pub use facts::Facts;
pub use filter::{Batch, Content, DmarcCheck, Filter, HostCheck};
pub use first_of::FirstOf;
pub use greylist::GreylistConfig;
pub use profile::{Phase, Profile, Program, Scope, Task};
pub use route::{Route, RouteCheck};
pub use server::Receiver;

#[cfg(test)]
mod tests;
