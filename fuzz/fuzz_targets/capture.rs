//! Any octets as a capture: `cargo +nightly fuzz run capture`.
#![no_main]

use askance_intake::{Format, Limits, testing::read_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    read_all(octets, Some(Format::Pcap), Limits::TINY);
});
