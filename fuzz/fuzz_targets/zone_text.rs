//! Any text as a master file: `cargo +nightly fuzz run zone-text`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::zone_text(octets);
});
