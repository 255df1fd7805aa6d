//! Receivers as whole parties: against a recording of real programs, and against peers of all kinds.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod checks;
mod fidelity;
mod hostile;
mod receiver;
mod setting;
mod world;
