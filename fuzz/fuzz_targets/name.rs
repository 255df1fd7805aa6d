//! Any octets as a message with a name in its middle: `cargo +nightly fuzz run name`.
#![no_main]

use askance_intake::testing::read_wire_name;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    read_wire_name(octets, octets.len() / 2);
});
