//! Labelled series, and how far attributions agree with them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::json::Series;

/// One row of `labels.csv`: which process made a series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Path of the source, relative to the labelled folder.
    pub file: String,
    /// The vantage.
    pub vantage: String,
    /// The client as the source names it.
    pub client: String,
    /// A name of the family.
    pub name: String,
    /// The mechanism.
    pub mechanism: String,
    /// When the process began to act; empty where it always did.
    #[serde(default)]
    pub start: String,
    /// When it stopped; empty where it never did.
    #[serde(default)]
    pub end: String,
    /// Anything else.
    #[serde(default)]
    pub notes: String,
    /// The software that decides when and what is asked; empty where it is not said.
    #[serde(default)]
    pub program: String,
    /// The resolver that it asks, or that asks.
    #[serde(default)]
    pub resolver: String,
    /// TTL of the name's records, in seconds.
    #[serde(default)]
    pub ttl_s: Option<u32>,
}

/// Reads `labels.csv`.
///
/// # Errors
/// The csv crate's message, which names the line.
pub fn read_labels(input: impl std::io::Read) -> Result<Vec<Label>, csv::Error> {
    csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(input).deserialize().collect()
}

/// A labelled series and its attribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The source's id.
    pub tap: String,
    /// The vantage.
    pub vantage: String,
    /// The client.
    pub client: String,
    /// The head of the family.
    pub name: String,
    /// Lookups.
    pub n: u64,
    /// The labels of the series; more than one where two processes share it.
    pub truth: BTreeSet<String>,
    /// The best mechanism.
    pub best: String,
    /// The set.
    pub set: Vec<String>,
    /// Decimal logarithm of the capped likelihood ratio.
    pub log10_lr: f64,
    /// True where the attribution abstained.
    pub abstained: bool,
    /// True where `best` is a label.
    pub right: bool,
    /// True where a label is in the set.
    pub covered: bool,
}

/// How far attributions agree with labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// Always `askance.evaluate/1`.
    pub schema: &'static str,
    /// Labelled series that were found.
    pub series: Vec<Judged>,
    /// Labels for which there is no series, as `file vantage client name`.
    pub missing: Vec<String>,
    /// Totals by vantage, and over all as `all`.
    pub totals: BTreeMap<String, Totals>,
    /// Counts by label (joined by `+` where there are several), then by best mechanism.
    pub confusion: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Totals over labelled series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Labelled series.
    pub series: u64,
    /// `best` is a label.
    pub right: u64,
    /// A label is in the set.
    pub covered: u64,
    /// Abstained.
    pub abstained: u64,
    /// `best` is no label, the answer did not abstain, and its weight is at least "strong" (1000).
    pub wrong_strong: u64,
    /// `best` is malicious though no label is.
    pub called_malicious: u64,
    /// Sum of the sizes of the sets.
    pub set_size_sum: u64,
}

const MALICIOUS: [&str; 3] = ["beacon", "tunnel", "timing-channel"];

impl Evaluation {
    /// Judges `series` by `labels`. `tap_of` gives the tap for a label's `file`.
    pub fn of(labels: &[Label], series: &[Series], tap_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut out = Self { schema: "askance.evaluate/1", ..Self::default() };
        let mut truths: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for label in labels {
            let tap = tap_of(&label.file);
            let found = series.iter().position(|s| {
                Some(&s.tap) == tap.as_ref()
                    && s.vantage == label.vantage
                    && s.client == label.client
                    && names(s, &label.name)
            });
            match found {
                Some(i) => {
                    truths.entry(i).or_default().insert(label.mechanism.clone());
                }
                None => {
                    let (f, v, c, n) = (&label.file, &label.vantage, &label.client, &label.name);
                    out.missing.push(format!("{f} {v} {c} {n}"));
                }
            }
        }
        for (i, truth) in truths {
            out.add(&series[i], truth);
        }
        out
    }

    fn add(&mut self, s: &Series, truth: BTreeSet<String>) {
        let judged = Judged {
            tap: s.tap.clone(),
            vantage: s.vantage.clone(),
            client: s.client.clone(),
            name: s.name.clone(),
            n: s.n,
            right: truth.contains(&s.best),
            covered: s.set.iter().any(|m| truth.contains(m)),
            best: s.best.clone(),
            set: s.set.clone(),
            log10_lr: s.log10_lr,
            abstained: s.abstained,
            truth,
        };
        for key in [judged.vantage.as_str(), "all"] {
            self.totals.entry(key.to_owned()).or_default().add(&judged);
        }
        let row = judged.truth.iter().cloned().collect::<Vec<_>>().join("+");
        *self.confusion.entry(row).or_default().entry(judged.best.clone()).or_default() += 1;
        self.series.push(judged);
    }
}

impl Totals {
    fn add(&mut self, judged: &Judged) {
        let malicious =
            MALICIOUS.contains(&judged.best.as_str()) && !judged.truth.iter().any(|t| MALICIOUS.contains(&t.as_str()));
        self.series += 1;
        self.right += u64::from(judged.right);
        self.covered += u64::from(judged.covered);
        self.abstained += u64::from(judged.abstained);
        self.wrong_strong += u64::from(!judged.right && !judged.abstained && judged.log10_lr >= 3.0);
        self.called_malicious += u64::from(malicious && !judged.abstained);
        self.set_size_sum += judged.set.len() as u64;
    }
}

fn names(series: &Series, name: &str) -> bool {
    series.name == name || series.members.iter().any(|m| m == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(tap: &str, client: &str, best: &str, set: &[&str]) -> Series {
        Series {
            tap: tap.into(),
            vantage: "authoritative".into(),
            client: client.into(),
            name: "a.example".into(),
            members: vec!["a.example".into(), "1.2.0.192.in-addr.arpa".into()],
            best: best.into(),
            set: set.iter().map(|s| (*s).to_owned()).collect(),
            log10_lr: 3.5,
            ..Series::default()
        }
    }

    #[test]
    fn labels_are_matched_by_any_name_of_the_family() {
        let text = "file,vantage,client,name,mechanism,start,end,notes\n\
            log,authoritative,192.0.2.1,1.2.0.192.in-addr.arpa,sender-verification,,,\n\
            log,authoritative,192.0.2.2,a.example,scheduled-poll,,,\"a, b\"\n\
            log,authoritative,192.0.2.3,a.example,scheduled-poll,,,\n";
        let labels = read_labels(text.as_bytes()).expect("labels");
        let found = [
            series("ns", "192.0.2.1", "sender-verification", &["sender-verification"]),
            series("ns", "192.0.2.2", "beacon", &["beacon", "scheduled-poll"]),
        ];
        let evaluation = Evaluation::of(&labels, &found, &|file| (file == "log").then(|| "ns".to_owned()));
        let all = &evaluation.totals["all"];
        assert_eq!((all.series, all.right, all.covered, all.wrong_strong, all.called_malicious), (2, 1, 2, 1, 1));
        assert_eq!(evaluation.missing, ["log authoritative 192.0.2.3 a.example"]);
        assert_eq!(evaluation.confusion["scheduled-poll"]["beacon"], 1);
    }

    #[test]
    fn a_label_file_with_another_column_is_an_error() {
        assert!(read_labels("file,who\na,b\n".as_bytes()).is_err());
    }
}
