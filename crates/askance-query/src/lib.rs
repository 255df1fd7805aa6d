//! SQL over an archive, and the series that inference reads, on Apache `DataFusion`.
//!
//! [`Engine`] opens an archive and answers [`sql`](Engine::sql) over the views `lookups`, `flows`, `mail`,
//! `ledger`, `rejections` and `families`; it gathers all lookups of one client about one name family into a
//! [`SeriesState`](askance_inference::state::SeriesState) with the aggregate function `series_state`, on all
//! cores and within a memory limit ([`Engine::series`]); and it fetches the evidence that a report shows.
//!
//! This is the only crate that names `DataFusion`. It decides nothing about mechanisms or claims. Its interface
//! is synchronous; the runtime inside is its own. Do not call it from an asynchronous task.

mod engine;
mod error;
mod evidence;
mod facts;
mod families;
mod fold;
mod functions;
mod print;
mod rows;
mod series;
mod state;
mod stream;
mod tables;

#[cfg(test)]
mod samples;

pub use engine::{Engine, Options};
pub use error::QueryError;
pub use evidence::{FlowFilter, FlowRow, LookupRow, MailFilter, MailRow, Population};
pub use families::{Families, Member, Relation};
pub use rows::Rows;
pub use series::{SeriesFilter, SeriesKey, SeriesRow};
