//! What needs sockets or other people's programs, and the laws that the fuzz targets assert.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod laws;
mod mail_auth;
mod parity;
