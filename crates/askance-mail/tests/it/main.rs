//! Zones in, findings out.

mod codes;
mod fleet;
mod laws;
mod reference;
mod roles;
mod stories;
mod world;
mod zonemaster;
