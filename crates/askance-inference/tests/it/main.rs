//! What the crate answers, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod golden;
mod isp;
mod misses;
