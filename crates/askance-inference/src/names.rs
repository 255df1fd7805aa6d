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
/// Made-up names from which on they say anything.
pub const NAMES_MIN: f64 = 20.0;
/// Answers, errors among them, from which on their variety says anything.
const ANSWERS_MIN: f64 = 20.0;
/// Mean octets before the registered domain: chunks and random words; one label of 63 octets at most, such as a
/// hash, and a zone's name; a label and more; several.
const LENGTHS: [f64; 3] = [24.0, 80.0, 130.0];
/// Different answers after the first, a lookup, from which on they say something: a list gives a handful.
const VARIETY_MIN: f64 = 0.02;
/// Mean octets of answers that carry data: a few addresses, with the alias before them, have fewer.
const DATA_ANSWER_OCTETS: f64 = 100.0;
/// Share of answers of types that hold anything, from which on they carry data though they are short.
const FREE_FORM_MIN: f64 = 0.5;
/// How often tunnels have names of a length (rows), and answers that are all alike, that vary, that carry data.
///
/// Starting values: without room in either direction nothing gets through, so that one short name in hundreds answered
/// like all others is a tunnel's; a way up needs no varied answers.
const ROOM_TUNNEL: [[f64; 3]; 4] =
    [[0.001, 0.008, 0.1], [0.0015, 0.1195, 0.135], [0.035, 0.05, 0.1], [0.13, 0.12, 0.2]];
/// The same for everything else that makes names up.
const ROOM_OTHERS: [[f64; 3]; 4] = [[0.3, 0.12, 0.02], [0.35, 0.08, 0.02], [0.05, 0.015, 0.005], [0.03, 0.005, 0.005]];

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
    /// Share of the answers with data that are of a type that holds anything, such as TXT.
    pub free_form: f64,
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
/// Starting values: tunnels ask for names of a payload alphabet and seldom fail. They need room for data in the names
/// or in the answers, so that length and variety are judged together: a hash fits into a label and is answered like
/// all others, by lists and by content networks.
pub(crate) fn ln_names(m: M, stream: &NameStream) -> f64 {
    if stream.names < NAMES_MIN {
        return 0.0;
    }
    let tunnel = m == M::Tunnel;
    let room = if tunnel { &ROOM_TUNNEL } else { &ROOM_OTHERS }[bin(stream.label_octets, LENGTHS)];
    let known = (stream.answered + stream.failed) as f64;
    let mut ln = 0.0;
    if known >= ANSWERS_MIN {
        let failed = bin(stream.failed as f64 / known, [0.05, 0.3]);
        ln += libm::log(if tunnel { [0.75, 0.15, 0.1] } else { [0.4, 0.2, 0.4] }[failed]);
        // An error is one more answer that says the same to all.
        let varied = (stream.answers - 1.0) / known >= VARIETY_MIN;
        let carries = stream.answer_octets >= DATA_ANSWER_OCTETS || stream.free_form >= FREE_FORM_MIN;
        ln += libm::log(room[usize::from(varied) + usize::from(varied && carries)]);
    } else {
        ln += libm::log(room.iter().sum());
    }
    let letters = bin(stream.bits_per_letter, [0.0, 0.6]);
    ln + libm::log(if tunnel { [0.03, 0.27, 0.7] } else { [0.4, 0.3, 0.3] }[letters])
}

fn bin<const N: usize>(value: f64, upper: [f64; N]) -> usize {
    upper.iter().position(|&upper| value < upper).unwrap_or(N)
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

    /// A busy tunnel's names.
    const BUSY: NameStream = NameStream {
        lookups: 400,
        names: 400.0,
        label_octets: 140.0,
        bits_per_letter: 1.2,
        answered: 400,
        failed: 0,
        answers: 390.0,
        answer_octets: 90.0,
        free_form: 0.0,
    };

    /// How much more a stream speaks for a tunnel than for anything else, nats.
    fn lead(stream: &NameStream) -> f64 {
        ln_names(M::Tunnel, stream) - ln_names(M::ScheduledPoll, stream)
    }

    #[test]
    fn room_in_names_or_in_answers_speaks_for_a_tunnel() {
        let pinging = NameStream { label_octets: 35.0, answers: 60.0, bits_per_letter: 0.9, ..BUSY };
        let pinging = NameStream { answer_octets: 38.0, ..pinging };
        let only_down =
            NameStream { label_octets: 22.0, failed: 8, answered: 90, answers: 89.0, answer_octets: 150.0, ..BUSY };
        let only_up =
            NameStream { label_octets: 220.0, answered: 40, answers: 1.0, answer_octets: 12.0, names: 40.0, ..BUSY };
        let short_texts = NameStream { label_octets: 45.0, answer_octets: 39.0, free_form: 1.0, ..BUSY };
        for stream in [BUSY, pinging, only_down, only_up, short_texts] {
            assert!(lead(&stream) > 1.5, "{stream:?} {}", lead(&stream));
        }
    }

    #[test]
    fn short_names_answered_alike_or_with_addresses_speak_against_a_tunnel() {
        let list = NameStream { label_octets: 45.0, answered: 30, failed: 370, answers: 2.0, ..BUSY };
        let long_hashes = NameStream { label_octets: 72.0, ..list };
        let pictures = NameStream { label_octets: 36.0, bits_per_letter: 0.75, answers: 1.0, ..BUSY };
        let balanced = NameStream { label_octets: 13.0, answers: 200.0, answer_octets: 56.0, ..BUSY };
        assert!(lead(&balanced) < -1.0, "{}", lead(&balanced));
        for stream in [list, long_hashes, pictures] {
            assert!(lead(&stream) < -3.5, "{stream:?} {}", lead(&stream));
        }
    }

    #[test]
    fn without_answers_only_length_and_letters_speak_and_few_names_say_nothing() {
        let unanswered = NameStream { answered: 0, answers: 0.0, ..BUSY };
        assert!(lead(&unanswered) > 2.0, "{}", lead(&unanswered));
        assert!(lead(&NameStream { bits_per_letter: -0.5, ..unanswered }) < lead(&unanswered) - 2.0);
        assert!(lead(&NameStream { label_octets: 30.0, ..unanswered }) < 0.5);
        assert_eq!(lead(&NameStream { names: 19.0, ..BUSY }).to_bits(), 0.0f64.to_bits());
    }

    #[test]
    fn what_is_given_of_room_are_probabilities() {
        for room in [ROOM_TUNNEL, ROOM_OTHERS] {
            let sum: f64 = room.iter().flatten().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }
}
