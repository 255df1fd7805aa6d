//! The lab against recordings of the real world.

#[cfg(test)]
mod miss_times;
