//! Any text as a scenario: `cargo +nightly fuzz run scenario`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::scenario(octets);
});
