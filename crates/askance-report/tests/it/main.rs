//! The views on whole cases: rich, hostile, empty and large ones.

#![expect(clippy::unwrap_used, reason = "the fixture is data: a slip in it shall stop the test")]
#![expect(clippy::string_slice, reason = "the reader of tags cuts at ASCII characters that it found")]
#![expect(clippy::too_many_lines, reason = "a fixture is a list")]

mod chromium;
mod fixture;
mod generated;
mod large;
mod markup;
mod page;
mod posture;
mod summary;
