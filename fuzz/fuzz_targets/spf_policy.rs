//! Any lines as SPF policies: `cargo +nightly fuzz run spf-policy`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::spf_policy(octets);
});
