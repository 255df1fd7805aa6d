//! Any octets as what an SMTP client sends: `cargo +nightly fuzz run smtp-session`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::smtp_session(octets);
});
