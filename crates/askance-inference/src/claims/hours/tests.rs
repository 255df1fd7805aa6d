//! Tests of `hours`.
