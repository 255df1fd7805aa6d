//! Tests of `change`.
