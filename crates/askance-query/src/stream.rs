//! Made-up names of one series, in counts and two sketches.

use std::collections::BTreeSet;

use askance_inference::{NAMES_MIN, NameStream, payload_bits};
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

    fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|&hash| self.keep(hash));
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_len(out, self.0.len());
        self.0.iter().for_each(|hash| out.extend(hash.to_le_bytes()));
    }

    fn decode(rest: &mut &[u8]) -> Option<Self> {
        (0..get_len(rest)?).map(|_| take(rest).map(u64::from_le_bytes)).collect::<Option<_>>().map(Self)
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

/// Names, and what they are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    lookups: u64,
    label_octets: u64,
    letters: u64,
    milli_bits: i64,
    distinct: Distinct,
}

impl Names {
    fn add(&mut self, qname: &str) {
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
        self.distinct.add(std::iter::once(qname));
    }

    fn merge(&mut self, other: &Self) {
        self.lookups = self.lookups.saturating_add(other.lookups);
        self.label_octets = self.label_octets.saturating_add(other.label_octets);
        self.letters = self.letters.saturating_add(other.letters);
        self.milli_bits = self.milli_bits.saturating_add(other.milli_bits);
        self.distinct.merge(&other.distinct);
    }

    fn encode(&self, out: &mut Vec<u8>) {
        for n in [self.lookups, self.label_octets, self.letters] {
            out.extend(n.to_le_bytes());
        }
        out.extend(self.milli_bits.to_le_bytes());
        self.distinct.encode(out);
    }

    fn decode(rest: &mut &[u8]) -> Option<Self> {
        Some(Self {
            lookups: u64::from_le_bytes(take(rest)?),
            label_octets: u64::from_le_bytes(take(rest)?),
            letters: u64::from_le_bytes(take(rest)?),
            milli_bits: i64::from_le_bytes(take(rest)?),
            distinct: Distinct::decode(rest)?,
        })
    }
}

/// The made-up names of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stream {
    /// Those that were answered with data or an error, and those of which nobody knows.
    told: Names,
    /// Those that were answered with nothing.
    empty: Names,
    answered: u64,
    failed: u64,
    /// Answers of a type that holds anything, not only addresses or names.
    free: u64,
    answer_octets: u64,
    answers: Distinct,
}

impl Stream {
    /// Takes one lookup; `answers` and `rcode` where they were recorded.
    ///
    /// What stands in an answer counts whatever the code says: an alias to a name that does not exist comes with
    /// NXDOMAIN (RFC 6604 section 3), and a tunnel's data may be in the alias.
    pub(crate) fn add(&mut self, qname: &str, answers: Option<&str>, rcode: Option<&str>) {
        match (rcode, answers) {
            (_, Some(answers)) if !answers.is_empty() => {
                self.answered += 1;
                self.free += u64::from(types_of(answers).any(holds_anything));
                self.answer_octets += data_of(answers).map(|data| data.len() as u64).sum::<u64>();
                self.answers.add(data_of(answers));
            }
            (Some("NODATA"), _) | (Some("NOERROR"), Some(_)) => {
                self.empty.add(qname);
                return;
            }
            (Some(rcode), _) if rcode != "NOERROR" => self.failed += 1,
            _ => {}
        }
        self.told.add(qname);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.told.merge(&other.told);
        self.empty.merge(&other.empty);
        for (mine, theirs) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *mine = mine.saturating_add(theirs);
        }
        self.answers.merge(&other.answers);
    }

    fn numbers(&self) -> [u64; 4] {
        [self.answered, self.failed, self.free, self.answer_octets]
    }

    fn numbers_mut(&mut self) -> [&mut u64; 4] {
        [&mut self.answered, &mut self.failed, &mut self.free, &mut self.answer_octets]
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.told.encode(out);
        self.empty.encode(out);
        self.numbers().iter().for_each(|n| out.extend(n.to_le_bytes()));
        self.answers.encode(out);
    }

    pub(crate) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let mut out = Self { told: Names::decode(rest)?, empty: Names::decode(rest)?, ..Self::default() };
        for number in out.numbers_mut() {
            *number = u64::from_le_bytes(take(rest)?);
        }
        out.answers = Distinct::decode(rest)?;
        Some(out)
    }

    pub(crate) fn heap_size(&self) -> usize {
        [&self.told.distinct, &self.empty.distinct, &self.answers].iter().map(|sketch| sketch.0.len()).sum::<usize>()
            * 12
    }

    /// What inference reads; `None` where no name was made up.
    ///
    /// A resolver that asks label by label asks for the rests of names (RFC 9156), and nothing comes of those: they
    /// stand in only where hardly anything else is there.
    pub(crate) fn summary(&self) -> Option<NameStream> {
        let mut names = self.told.clone();
        if names.distinct.estimate() < NAMES_MIN {
            names.merge(&self.empty);
        }
        let per = |sum: f64, n: u64| if n == 0 { 0.0 } else { sum / n as f64 };
        (names.lookups > 0).then(|| NameStream {
            lookups: names.lookups,
            names: names.distinct.estimate(),
            label_octets: per(names.label_octets as f64, names.lookups),
            bits_per_letter: per(names.milli_bits as f64 / MILLI, names.letters),
            answered: self.answered,
            failed: self.failed,
            answers: self.answers.estimate(),
            answer_octets: per(self.answer_octets as f64, self.answered),
            free_form: per(self.free as f64, self.answered),
        })
    }
}

/// The data of all answers, without owners and TTLs: those differ for each name as it is.
fn data_of(answers: &str) -> impl Iterator<Item = &str> {
    answers.split("; ").filter_map(|answer| answer.splitn(3, ' ').nth(2))
}

/// The types of all answers.
fn types_of(answers: &str) -> impl Iterator<Item = &str> {
    answers.split("; ").filter_map(|answer| answer.split(' ').nth(2))
}

/// Whether records of a type hold whatever one likes: not addresses, names, or a zone's own.
fn holds_anything(qtype: &str) -> bool {
    let plain = ["A", "AAAA", "CNAME", "DNAME", "PTR", "NS", "MX", "SRV", "SOA", "RRSIG", "NSEC", "NSEC3"];
    !plain.contains(&qtype)
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

    #[test]
    fn an_alias_counts_though_the_name_does_not_exist_and_rests_of_names_do_not() {
        let mut tunnel = Stream::default();
        for k in 0..30u64 {
            let name = format!("{:016x}{:016x}.t.tunnel.example", mix64(k), mix64(k + 99));
            let answer = format!("{name} 0 CNAME {:016x}.x", mix64(k + 7));
            tunnel.add(&name, Some(&answer), Some("NXDOMAIN"));
            tunnel.add(&format!("{:04x}.t.tunnel.example", mix64(k) >> 48), None, Some("NODATA"));
        }
        let summary = tunnel.summary().expect("names");
        assert_eq!((summary.lookups, summary.answered, summary.failed), (30, 30, 0));
        assert!(summary.answers > 29.0 && summary.label_octets > 30.0 && summary.free_form < 0.01, "{summary:?}");
        let mut silent = Stream::default();
        silent.add("4a6f.t.tunnel.example", Some(""), Some("NOERROR"));
        assert_eq!(silent.summary().expect("names").lookups, 1);
    }
}
