//! What one tap can show.

use askance_inference::Observation;
use askance_inference::state::Role;
use askance_record::{Resolution, Timestamp};

use super::intervals;
use crate::json::{KeepsJson, Source};
use crate::model::{Interval, SourceSpec};

/// What one tap can show: declared by the case, or as much as its own records tell.
#[derive(Clone, Debug, Default)]
pub struct SourceView {
    /// The tap.
    pub tap: String,
    /// `dns`, `flow` or `mail`.
    pub kind: String,
    /// Declared coverage; empty where undeclared.
    pub covers: Vec<Interval>,
    /// First and last record.
    pub span: Option<Interval>,
    /// What it keeps.
    pub keeps: KeepsJson,
    /// True where its rows are an excerpt that somebody chose: what lies between them is not known.
    pub excerpt: bool,
}

impl SourceView {
    /// The view of a case's source.
    pub fn of_spec(spec: &SourceSpec, read: &Source) -> Self {
        let excerpt = spec.keeps.chosen.is_some();
        Self { covers: intervals(&spec.covers), excerpt, ..Self::of_source(&spec.id, read) }
    }

    /// The view of loose files.
    pub fn of_source(tap: &str, read: &Source) -> Self {
        let instant = |text: &Option<String>| text.as_ref()?.parse::<jiff::Timestamp>().ok().map(Timestamp::from);
        Self {
            tap: tap.to_owned(),
            kind: if read.kind == "csv-map" { "dns".to_owned() } else { read.kind.clone() },
            covers: Vec::new(),
            span: instant(&read.first).zip(instant(&read.last)),
            keeps: read.keeps.clone(),
            excerpt: false,
        }
    }

    /// When it recorded, as far as known: declared, else from its first to its last record.
    pub(crate) fn coverage(&self) -> Vec<Interval> {
        // A stretch does not hold its end: the last record is inside.
        let guessed = || self.span.map(|(first, last)| (first, last.plus_us(1))).into_iter().collect();
        if self.covers.is_empty() { guessed() } else { self.covers.clone() }
    }

    /// Whether nothing says that names were left out.
    pub(crate) fn keeps_all_names(&self) -> bool {
        !self.excerpt && (self.keeps.names.is_empty() || self.keeps.names.iter().any(|n| n == "."))
    }

    /// Takes from an observation what the tap does not keep.
    pub(super) fn narrow(&self, seen: &mut Observation) {
        seen.coverage.clone_from(&self.covers);
        if !self.keeps.types.is_empty() {
            seen.types_shown = Some(roles_of(&self.keeps.types));
            seen.ptr_visible &= self.keeps.types.iter().any(|t| t.eq_ignore_ascii_case("PTR"));
        }
        if !self.keeps.names.is_empty() {
            let reverse = |name: &String| name.ends_with("arpa") || name == ".";
            seen.ptr_visible &= self.keeps.names.iter().any(reverse);
            seen.forward_visible &= self.keeps.names.iter().any(|n| !n.ends_with("arpa"));
            // A variant ends in the suffix, and so lies under other names.
            seen.suffix_visible &= self.keeps.names.iter().any(|n| n == ".");
        }
        if let Some(step_s) = self.keeps.resolution_s {
            seen.resolution = seen.resolution.max(Resolution::from_step_s(step_s));
        }
    }
}

/// The roles that a list of types lets through.
fn roles_of(types: &[String]) -> Vec<Role> {
    let mut roles = Vec::new();
    for text in types {
        roles.extend_from_slice(match text.to_ascii_uppercase().as_str() {
            "A" => &[Role::A, Role::Helo, Role::SuffixVariant],
            "AAAA" => &[Role::Aaaa],
            "PTR" => &[Role::Ptr],
            "TXT" => &[Role::TxtSpf, Role::TxtDkim, Role::TxtDmarc],
            "MX" => &[Role::Mx],
            "NS" | "SOA" => &[Role::NsSoa],
            _ => &[Role::Other],
        });
    }
    // Names that are made up as they are asked may be of any type.
    roles.push(Role::Generated);
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The coarsest step that all instants share; microseconds where there are too few to tell.
pub(super) fn resolution_of(instants: impl Iterator<Item = Timestamp>) -> Resolution {
    let mut count = 0;
    let mut finest = Resolution::Second;
    for t in instants {
        count += 1;
        while t.us().rem_euclid(finest.step_us()) != 0 {
            finest = match finest {
                Resolution::Second => Resolution::Millisecond,
                _ => return Resolution::Microsecond,
            };
        }
    }
    if count < 5 { Resolution::Microsecond } else { finest }
}
