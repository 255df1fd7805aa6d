//! Tests of the public interface.

mod captures;
mod contract;
mod corpus;
mod dnstap;
mod logs;
