//! The laws that the targets assert; see [`laws`].

pub mod laws;
