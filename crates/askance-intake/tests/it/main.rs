//! Tests of the public interface.

mod captures;
mod corpus;
mod logs;
