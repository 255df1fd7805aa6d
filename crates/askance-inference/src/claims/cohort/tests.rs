//! Tests of `cohort`.
