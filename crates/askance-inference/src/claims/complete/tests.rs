//! Tests of `complete`.
