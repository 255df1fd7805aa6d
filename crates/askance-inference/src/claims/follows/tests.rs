//! Tests of `follows`.
