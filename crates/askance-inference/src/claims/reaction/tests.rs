//! Tests of `reaction`.
