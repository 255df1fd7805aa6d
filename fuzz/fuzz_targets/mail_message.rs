//! Any octets as a message and the record that its checks find: `cargo +nightly fuzz run mail-message`.
#![no_main]

use askance_fuzz::laws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    laws::mail_message(octets);
});
