//! Any octets as a delivery status notification: `cargo +nightly fuzz run bounce`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::bounce(octets);
});
