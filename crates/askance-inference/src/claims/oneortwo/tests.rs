//! Tests of `oneortwo`.
