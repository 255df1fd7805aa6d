//! Made-up names of one series, in counts and two sketches.

use std::collections::BTreeSet;

use askance_inference::{NameStream, payload_bits};
use askance_record::mix64;

use crate::facts::{get_len, put_len, take};

/// How many least hashes a sketch keeps: its estimate is then good to about 6 %.
const KEPT: usize = 256;
/// Bits are summed in thousandths, so that any order of additions gives the same sum.
const MILLI: f64 = 1000.0;

/// Distinct values, by their least hashes (Bar-Yossef et al. 2002, k minimum values).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Distinct(BTreeSet<u64>);

impl Distinct {
    /// Takes one value, given in parts.
    fn add<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        // FNV-1a over the parts and their ends, then mixed: only uniformity is asked for.
        let octets = parts.flat_map(|part| part.bytes().chain([0]));
        let fnv = octets.fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        self.keep(mix64(fnv));
    }

    fn keep(&mut self, hash: u64) {
        self.0.insert(hash);
        if self.0.len() > KEPT {
            self.0.pop_last();
        }
    }

    fn estimate(&self) -> f64 {
        match self.0.last() {
            Some(&last) if self.0.len() == KEPT => (KEPT as f64 - 1.0) * (u64::MAX as f64) / last as f64,
            _ => self.0.len() as f64,
        }
    }
}

/// The made-up names of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stream {
    lookups: u64,
    label_octets: u64,
    letters: u64,
    milli_bits: i64,
    answered: u64,
    failed: u64,
    answer_octets: u64,
    names: Distinct,
    answers: Distinct,
}

impl Stream {
    /// Takes one lookup; `answers` and `rcode` where they were recorded.
    pub(crate) fn add(&mut self, qname: &str, answers: Option<&str>, rcode: Option<&str>) {
        let domain = psl::domain_str(qname).unwrap_or_default();
        let before = qname.strip_suffix(domain).unwrap_or(qname).trim_end_matches('.');
        self.lookups += 1;
        self.label_octets += before.len() as u64;
        for label in before.split('.') {
            self.letters += label.len() as u64;
            #[expect(clippy::cast_possible_truncation, reason = "a label has at most 63 octets")]
            let milli = (MILLI * payload_bits(label)) as i64;
            self.milli_bits += milli;
        }
        self.names.add(std::iter::once(qname));
        match (rcode, answers) {
            (Some("NOERROR") | None, Some(answers)) if !answers.is_empty() => {
                self.answered += 1;
                self.answer_octets += data_of(answers).map(|data| data.len() as u64).sum::<u64>();
                self.answers.add(data_of(answers));
            }
            (Some(rcode), _) if rcode != "NOERROR" && rcode != "NODATA" => self.failed += 1,
            _ => {}
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *mine = mine.saturating_add(theirs);
        }
        self.milli_bits = self.milli_bits.saturating_add(other.milli_bits);
        other.names.0.iter().for_each(|&hash| self.names.keep(hash));
        other.answers.0.iter().for_each(|&hash| self.answers.keep(hash));
    }

    fn numbers(&self) -> [u64; 6] {
        [self.lookups, self.label_octets, self.letters, self.answered, self.failed, self.answer_octets]
    }

    fn numbers_mut(&mut self) -> [&mut u64; 6] {
        [
            &mut self.lookups,
            &mut self.label_octets,
            &mut self.letters,
            &mut self.answered,
            &mut self.failed,
            &mut self.answer_octets,
        ]
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.numbers().iter().for_each(|n| out.extend(n.to_le_bytes()));
        out.extend(self.milli_bits.to_le_bytes());
        for sketch in [&self.names, &self.answers] {
            put_len(out, sketch.0.len());
            sketch.0.iter().for_each(|hash| out.extend(hash.to_le_bytes()));
        }
    }

    pub(crate) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let mut out = Self::default();
        for number in out.numbers_mut() {
            *number = u64::from_le_bytes(take(rest)?);
        }
        out.milli_bits = i64::from_le_bytes(take(rest)?);
        for sketch in [&mut out.names, &mut out.answers] {
            for _ in 0..get_len(rest)? {
                sketch.0.insert(u64::from_le_bytes(take(rest)?));
            }
        }
        Some(out)
    }

    pub(crate) fn heap_size(&self) -> usize {
        (self.names.0.len() + self.answers.0.len()) * 12
    }

    /// What inference reads; `None` where no name was made up.
    pub(crate) fn summary(&self) -> Option<NameStream> {
        let per = |sum: f64, n: u64| if n == 0 { 0.0 } else { sum / n as f64 };
        (self.lookups > 0).then(|| NameStream {
            lookups: self.lookups,
            names: self.names.estimate(),
            label_octets: per(self.label_octets as f64, self.lookups),
            bits_per_letter: per(self.milli_bits as f64 / MILLI, self.letters),
            answered: self.answered,
            failed: self.failed,
            answers: self.answers.estimate(),
            answer_octets: per(self.answer_octets as f64, self.answered),
        })
    }
}

/// The data of all answers, without owners and TTLs: those differ for each name as it is.
fn data_of(answers: &str) -> impl Iterator<Item = &str> {
    answers.split("; ").filter_map(|answer| answer.splitn(3, ' ').nth(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(from: u32, to: u32) -> Stream {
        let mut out = Stream::default();
        for k in from..to {
            let name =
                format!("{:08x}{:08x}{k:x}.t.tunnel.example", mix64(u64::from(k)), mix64(u64::from(k) + 7) >> 40);
            out.add(&name, Some(&format!("{name} 0 TXT {k}")), Some("NOERROR"));
        }
        out
    }

    #[test]
    fn any_partition_is_one_pass_and_comes_back() {
        let (mut left, right) = (stream(500, 2000), stream(0, 500));
        left.merge(&right);
        let whole = stream(0, 2000);
        assert_eq!(left, whole);
        let mut octets = Vec::new();
        whole.encode(&mut octets);
        let rest = &mut octets.as_slice();
        assert_eq!(Stream::decode(rest), Some(whole));
        assert!(rest.is_empty());
        assert_eq!(Stream::decode(&mut &octets[..20]), None);
    }

    #[test]
    fn distinct_names_and_answers_are_estimated() {
        let summary = stream(0, 5000).summary().expect("names");
        assert!((summary.names / 5000.0 - 1.0).abs() < 0.2, "{}", summary.names);
        assert!((summary.answers / 5000.0 - 1.0).abs() < 0.2, "{}", summary.answers);
        let mut hosts = Stream::default();
        hosts.add("static-images-west.content.shop.example", None, None);
        let hosts = hosts.summary().expect("names").bits_per_letter;
        assert!(hosts < 0.0 && summary.bits_per_letter > 0.3, "{hosts} {}", summary.bits_per_letter);
        assert_eq!(stream(0, 0).summary(), None);
    }
}
