//! Against recordings of real software.

mod misses;
