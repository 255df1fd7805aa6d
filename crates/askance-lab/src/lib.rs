//! The story re-created in virtual time: months in seconds, the same octets for the same seed.
//!
//! A [`Scenario`] is one readable TOML file; [`Story::build`] makes its parties, [`World`] runs
//! them on an agenda, [`records::Records`] keeps what analysts would have been handed, and the
//! truth beside it. [`population`] is the fast path for crowds, whose messages nobody needs one by one.

mod build;
pub mod demand;
pub mod population;
pub mod records;
mod relocate;
pub mod scenario;
mod simulate;
mod world;

pub use build::{CaseDraft, Crowd, Story};
pub use relocate::{RelocateError, Relocation, relocate};
pub use scenario::{Scenario, ScenarioError};
pub use simulate::{SimulateError, Summary, simulate};
pub use world::{Link, Livelock, World};
