//! Names that are made up as they are asked: do they carry data, and do the answers?
//!
//! A tunnel cannot ask a name twice, because a cache would answer, and its server puts data into
//! the answers as well, so that they are as many as the names. Lists of hashes, telemetry and
//! file reputation also make names up, but answer them all alike or not at all.

use std::sync::OnceLock;

use crate::mechanism::MechanismId as M;

/// Symbols of the letter table: a-z, 0-9, hyphen, anything else or the start of a label.
const SYMBOLS: usize = 38;
/// What a symbol of a payload alphabet of 32 letters costs, bits.
const PAYLOAD_BITS: f64 = 5.0;
/// Names from which on a stream says anything.
const NAMES_MIN: f64 = 20.0;

/// What was counted over the made-up names of one client below one domain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NameStream {
    /// Lookups of made-up names.
    pub lookups: u64,
    /// Distinct names, estimated.
    pub names: f64,
    /// Mean octets of the labels before the registered domain.
    pub label_octets: f64,
    /// Mean of [`payload_bits`] a letter: above zero where names are more like payload than like hostnames.
    pub bits_per_letter: f64,
    /// Lookups that were answered with data.
    pub answered: u64,
    /// Lookups that were answered with an error.
    pub failed: u64,
    /// Distinct answers among those with data, estimated.
    pub answers: f64,
    /// Mean octets of the answers with data, as text.
    pub answer_octets: f64,
}

fn letters() -> &'static [[f64; SYMBOLS]; SYMBOLS] {
    static LETTERS: OnceLock<[[f64; SYMBOLS]; SYMBOLS]> = OnceLock::new();
    LETTERS.get_or_init(|| {
        let mut table = [[0.0; SYMBOLS]; SYMBOLS];
        let rows = include_str!("../data/letters.txt").lines().filter(|line| !line.starts_with('#'));
        for (row, line) in table.iter_mut().zip(rows) {
            for (cell, hundredths) in row.iter_mut().zip(line.split(' ')) {
                *cell = hundredths.parse::<f64>().expect("a test reads the embedded table") / 100.0;
            }
        }
        table
    })
}

fn symbol(octet: u8) -> usize {
    match octet {
        b'a'..=b'z' => usize::from(octet - b'a'),
        b'0'..=b'9' => usize::from(octet - b'0') + 26,
        b'-' => 36,
        _ => 37,
    }
}

/// How much more like a payload of 32 letters than like a hostname a label is, bits.
///
/// log2 of (1/32)^n over the probability under an order-1 model of the letters of ordinary
/// hostnames (`corpus/hostnames/letters.py`); lower case is expected.
pub fn payload_bits(label: &str) -> f64 {
    let table = letters();
    let mut before = SYMBOLS - 1;
    let mut bits = 0.0;
    for octet in label.bytes() {
        let now = symbol(octet.to_ascii_lowercase());
        bits -= PAYLOAD_BITS + table[before][now];
        before = now;
    }
    bits
}

/// ln of the probability of what was counted, by mechanism, in coarse bins; zero for few names.
///
/// Starting values: tunnels ask for long names of a payload alphabet and answer, differently each time;
/// everything else that makes names up does at most two of the four.
pub(crate) fn ln_names(m: M, stream: &NameStream) -> f64 {
    if stream.names < NAMES_MIN {
        return 0.0;
    }
    let tunnel = m == M::Tunnel;
    let known = stream.answered + stream.failed;
    let mut ln = 0.0;
    if known >= 20 {
        let share = stream.failed as f64 / known as f64;
        let bin = [0.05, 0.3].iter().position(|&upper| share < upper).unwrap_or(2);
        ln += libm::log(if tunnel { [0.75, 0.15, 0.1] } else { [0.4, 0.2, 0.4] }[bin]);
    }
    if stream.answered >= 20 {
        let varied = stream.answers / stream.answered as f64;
        let bin = [0.1, 0.5].iter().position(|&upper| varied < upper).unwrap_or(2);
        ln += libm::log(if tunnel { [0.15, 0.15, 0.7] } else { [0.75, 0.2, 0.05] }[bin]);
    }
    let bin = [60.0, 110.0].iter().position(|&upper| stream.label_octets < upper).unwrap_or(2);
    ln += libm::log(if tunnel { [0.25, 0.25, 0.5] } else { [0.85, 0.13, 0.02] }[bin]);
    let bin = [0.0, 0.6].iter().position(|&upper| stream.bits_per_letter < upper).unwrap_or(2);
    ln + libm::log(if tunnel { [0.03, 0.27, 0.7] } else { [0.4, 0.3, 0.3] }[bin])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_is_told_from_hostnames() {
        for label in ["www", "mail1", "static-cdn-prod-eu-west-1", "collector", "northbank-email"] {
            assert!(payload_bits(label) < 3.0, "{label} {}", payload_bits(label));
        }
        for label in ["d1a2b3c4e5f60718293a4b5c6d7e8f90", "0ibba82m2yceyj8bn3y0a5xtcjk3xpdz"] {
            assert!(payload_bits(label) > 30.0, "{label} {}", payload_bits(label));
        }
    }

    #[test]
    fn rows_of_the_letter_table_are_distributions() {
        for row in letters() {
            let sum: f64 = row.iter().map(|bits| libm::exp2(*bits)).sum();
            assert!((sum - 1.0).abs() < 0.01, "{sum}");
        }
    }

    #[test]
    fn varied_answers_speak_for_a_tunnel_and_failures_against_it() {
        let stream = NameStream {
            lookups: 400,
            names: 400.0,
            label_octets: 120.0,
            bits_per_letter: 1.2,
            answered: 400,
            failed: 0,
            answers: 390.0,
            answer_octets: 90.0,
        };
        let lead = |s: &NameStream| ln_names(M::Tunnel, s) - ln_names(M::ScheduledPoll, s);
        assert!(lead(&stream) > 3.0);
        let list = NameStream { label_octets: 45.0, answered: 30, failed: 370, answers: 1.0, ..stream };
        assert!(lead(&list) < -2.0, "{}", lead(&list));
    }
}
