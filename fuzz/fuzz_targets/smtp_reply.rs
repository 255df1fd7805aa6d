//! Any octets as what an SMTP server sends: `cargo +nightly fuzz run smtp-reply`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::smtp_reply(octets);
});
