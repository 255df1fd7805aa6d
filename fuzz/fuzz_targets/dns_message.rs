//! Any octets as a DNS message: `cargo +nightly fuzz run dns-message`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::dns_message(octets);
});
