//! Statistics that test what people say about many series.

mod concentration;
mod connection;

pub use concentration::{ClientCount, Concentration, Share, concentration, jeffreys};
pub use connection::{Connection, lookup_implies_connection};
