//! Any octets as a dnstap file: `cargo +nightly fuzz run dnstap`.
#![no_main]

use askance_intake::{Format, Limits, testing::read_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    read_all(octets, Some(Format::Dnstap), Limits::TINY);
});
