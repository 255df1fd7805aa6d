//! A tunnel in names: a client's data travels in the labels that it asks for, the server's in the answers.
//!
//! Both ends are real: a payload is cut into frames, written in base32 into labels below the
//! tunnel's domain, asked through whatever resolvers lie between, put together and
//! checked at the authoritative server; and the server's own payload comes back in
//! TXT or NULL records. Lost queries are sent again.

mod client;
mod code;
mod server;
#[cfg(test)]
mod tests;

pub use client::{TunnelClient, TunnelConfig};
pub use server::{TunnelServer, TunnelServerConfig};
