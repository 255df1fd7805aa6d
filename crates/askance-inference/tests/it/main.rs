//! What the crate answers, seen from outside.

mod golden;
