//! Tests of `rise`.
