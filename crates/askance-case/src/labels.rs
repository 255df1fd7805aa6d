//! Labels: which process made which series.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::MechanismId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::records::SeriesRow;

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
    /// The mechanism: one of its identifiers, or `none`.
    #[serde(deserialize_with = "mechanism")]
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
    /// Whether the records come from real programs.
    #[serde(default)]
    pub origin: Origin,
}

/// A label that no mechanism has would be counted as never found: it is refused where it stands.
fn mechanism<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    match text.parse::<MechanismId>() {
        Ok(_) => Ok(text),
        Err(()) => Err(D::Error::custom(format_args!("{text:?} is no mechanism"))),
    }
}

/// Where labelled records come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Recorded from real programs; what a label says nothing of.
    #[default]
    #[serde(alias = "")]
    Recorded,
    /// Made by the lab.
    Simulated,
}

impl Origin {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Recorded, Self::Simulated];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Simulated => "simulated",
        }
    }
}

/// Reads `labels.csv`.
///
/// # Errors
/// The csv crate's message, which names the line.
pub fn read_labels(input: impl std::io::Read) -> Result<Vec<Label>, csv::Error> {
    csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(input).deserialize().collect()
}

/// What the labels say of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// The mechanisms; more than one where several processes share the series.
    pub(crate) mechanisms: BTreeSet<String>,
    /// Each mechanism with its program.
    pub(crate) processes: BTreeSet<(String, String)>,
    resolvers: BTreeSet<String>,
    pub(crate) ttl_s: Option<u32>,
    pub(crate) origin: Origin,
}

impl Truth {
    fn learn(&mut self, label: &Label) {
        self.mechanisms.insert(label.mechanism.clone());
        let told = |text: &String| (!text.is_empty()).then(|| text.clone());
        self.processes.insert((label.mechanism.clone(), label.program.clone()));
        self.resolvers.extend(told(&label.resolver));
        self.ttl_s = self.ttl_s.or(label.ttl_s);
        // One simulated process makes the series a simulated one.
        self.origin = self.origin.max(label.origin);
    }

    fn join(&mut self, other: &Self) {
        self.mechanisms.extend(other.mechanisms.iter().cloned());
        self.processes.extend(other.processes.iter().cloned());
        self.resolvers.extend(other.resolvers.iter().cloned());
        self.ttl_s = self.ttl_s.or(other.ttl_s);
        self.origin = self.origin.max(other.origin);
    }

    /// The programs, joined by `+`.
    pub(crate) fn program(&self) -> String {
        let programs: BTreeSet<String> =
            self.processes.iter().map(|(_, program)| program.clone()).filter(|program| !program.is_empty()).collect();
        joined(&programs)
    }

    /// The resolvers, joined by `+`.
    pub(crate) fn resolver(&self) -> String {
        joined(&self.resolvers)
    }
}

fn joined(texts: &BTreeSet<String>) -> String {
    texts.iter().map(String::as_str).collect::<Vec<_>>().join("+")
}

/// Labels, by the series that they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truths {
    of: BTreeMap<usize, Truth>,
    /// Labels for which there is no series, as `file vantage client name`.
    pub(crate) missing: Vec<String>,
}

impl Truths {
    /// Finds the series of each label.
    ///
    /// - `tap_of`: gives the tap for a label's `file`
    pub(crate) fn of(labels: &[Label], rows: &[SeriesRow], tap_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut by_client: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let key = (row.tap.as_str(), row.vantage.as_str(), row.client.as_str());
            by_client.entry(key).or_default().push(at);
        }
        let mut out = Self::default();
        for label in labels {
            let tap = tap_of(&label.file).unwrap_or_default();
            let candidates = by_client.get(&(tap.as_str(), label.vantage.as_str(), label.client.as_str()));
            let found = candidates.and_then(|c| c.iter().find(|&&at| names(&rows[at], &label.name)));
            match found {
                Some(&at) => out.of.entry(at).or_default().learn(label),
                None => {
                    let Label { file, vantage, client, name, .. } = label;
                    out.missing.push(format!("{file} {vantage} {client} {name}"));
                }
            }
        }
        out
    }

    /// What is said of the series that were made from these rows; none where a row has no label.
    ///
    /// A row without a label, merged with others, would make the others' labels a guess.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> Option<Truth> {
        let mut out: Option<Truth> = None;
        for at in rows {
            let truth = self.of.get(at)?;
            match &mut out {
                Some(known) => known.join(truth),
                None => out = Some(truth.clone()),
            }
        }
        out
    }
}

fn names(row: &SeriesRow, name: &str) -> bool {
    row.name == name || row.members.iter().any(|m| m == name)
}

#[cfg(test)]
mod tests {
    use askance_inference::SeriesState;
    use askance_inference::state::{Event, Role};
    use askance_record::{Timestamp, Vantage};

    use super::*;

    fn row(client: &str) -> SeriesRow {
        let ts = Timestamp::from_us(0);
        let mut state = SeriesState::new(1);
        state.push(&Event::new(ts, Role::A));
        SeriesRow {
            vantage: Vantage::Authoritative,
            tap: "ns".into(),
            client: client.into(),
            name: "a.example".into(),
            n: 1,
            first: ts,
            last: ts,
            qtypes: vec!["A".into()],
            members: vec!["a.example".into(), "1.2.0.192.in-addr.arpa".into()],
            ttl_max_s: None,
            mail_hosts: Vec::new(),
            addresses: Vec::new(),
            names: None,
            state,
        }
    }

    #[test]
    fn labels_are_matched_by_any_name_of_the_family() {
        let text = "file,vantage,client,name,mechanism,start,end,notes\n\
            log,authoritative,192.0.2.1,1.2.0.192.in-addr.arpa,sender-verification,,,\n\
            log,authoritative,192.0.2.1,a.example,scheduled-poll,,,\"a, b\"\n\
            log,authoritative,192.0.2.3,a.example,scheduled-poll,,,\n";
        let labels = read_labels(text.as_bytes()).expect("labels");
        let rows = [row("192.0.2.1"), row("192.0.2.2")];
        let truths = Truths::of(&labels, &rows, &|file| (file == "log").then(|| "ns".to_owned()));
        assert_eq!(truths.missing, ["log authoritative 192.0.2.3 a.example"]);
        let found = truths.of_rows(&[0]).expect("two labels");
        assert_eq!(joined(&found.mechanisms), "scheduled-poll+sender-verification");
        assert_eq!((truths.of_rows(&[1]), truths.of_rows(&[0, 1])), (None, None), "one row has no label");
    }

    #[test]
    fn what_is_not_said_is_recorded_and_one_simulated_process_makes_a_simulated_series() {
        let text = "file,vantage,client,name,mechanism,program,resolver,ttl_s,origin\n\
            log,authoritative,192.0.2.1,a.example,scheduled-poll,cron+curl,unbound,300,\n\
            log,authoritative,192.0.2.1,a.example,beacon,implant,,,simulated\n\
            log,authoritative,192.0.2.2,a.example,beacon,,,,\n";
        let labels = read_labels(text.as_bytes()).expect("labels");
        let truths = Truths::of(&labels, &[row("192.0.2.1"), row("192.0.2.2")], &|_| Some("ns".to_owned()));
        let found = truths.of_rows(&[0]).expect("labels");
        assert_eq!((found.program(), found.resolver()), ("cron+curl+implant".to_owned(), "unbound".to_owned()));
        assert_eq!((found.ttl_s, found.origin), (Some(300), Origin::Simulated));
        assert_eq!(truths.of_rows(&[1]).map(|t| t.origin), Some(Origin::Recorded));
        assert!(read_labels("file,vantage,client,name,mechanism,origin\na,b,c,d,e,guessed\n".as_bytes()).is_err());
    }

    #[test]
    fn a_label_file_with_another_column_is_an_error() {
        assert!(read_labels("file,who\na,b\n".as_bytes()).is_err());
    }

    #[test]
    fn a_label_that_is_no_mechanism_is_an_error_with_its_line() {
        let text = "file,vantage,client,name,mechanism\na,b,c,d,beacon\na,b,c,d,beakon\n";
        let error = read_labels(text.as_bytes()).expect_err("no mechanism").to_string();
        assert!(error.contains("line: 3") && error.contains("\"beakon\" is no mechanism"), "{error}");
    }
}
