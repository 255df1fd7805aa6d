//! A folder of zone files that answers questions as their servers would.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use askance_proto::Question;
use askance_proto::dns::{Data, Record, Verdict, Zone};
use askance_record::{Explain, Name, RrType};

use crate::answer::{Answer, State};

mod text;

/// Octets of one file.
const FILE_OCTETS_MAX: u64 = 64 * 1024 * 1024;
/// Files in a folder.
const FILES_MAX: usize = 100_000;
/// Aliases followed from zone to zone; more are taken for a chain without end.
const ALIASES_MAX: usize = 16;

/// Zones of one time, by name.
///
/// It answers as the zones' servers: with records, wildcards, aliases from zone to zone,
/// NXDOMAIN and NODATA. A name in none of the zones is [`State::NotInRecords`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    zones: BTreeMap<String, Zone>,
    /// Files that are not among the zones or only in part, with the reason, by file name.
    pub problems: Vec<(String, String)>,
}

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file system refused.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: std::io::Error,
    },
    /// More, or larger, files than a folder of zones has.
    #[error("{}: more than {limit}", path.display())]
    Limit {
        /// The file or folder.
        path: PathBuf,
        /// The limit.
        limit: String,
    },
}

impl Explain for SnapshotError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "mail::zones-io",
            Self::Limit { .. } => "mail::zones-limit",
        }
    }

    fn help(&self) -> Option<String> {
        matches!(self, Self::Limit { .. }).then(|| "give a folder that holds the zone files alone".to_owned())
    }
}

impl Snapshot {
    /// Reads every file of a folder, in order of their names, subfolders left out.
    ///
    /// # Errors
    /// [`SnapshotError`] where the folder or a file cannot be read at all. A file that is no zone is one of
    /// [`Snapshot::problems`].
    pub fn read_folder(folder: &Path) -> Result<Self, SnapshotError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| SnapshotError::Io { path, source }
        };
        let mut paths = Vec::new();
        for entry in folder.read_dir().map_err(io(folder))? {
            let path = entry.map_err(io(folder))?.path();
            if path.is_file() {
                paths.push(path);
            }
            if paths.len() > FILES_MAX {
                return Err(SnapshotError::Limit { path: folder.to_owned(), limit: format!("{FILES_MAX} files") });
            }
        }
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            let mut octets = Vec::new();
            let file = File::open(&path).map_err(io(&path))?;
            file.take(FILE_OCTETS_MAX + 1).read_to_end(&mut octets).map_err(io(&path))?;
            if octets.len() as u64 > FILE_OCTETS_MAX {
                return Err(SnapshotError::Limit { path, limit: format!("{FILE_OCTETS_MAX} octets") });
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, String::from_utf8_lossy(&octets).into_owned()));
        }
        Ok(Self::of_files(files))
    }

    /// Reads zones from files, each with its name.
    ///
    /// The zone of a file is that of its SOA record's owner, of its first `$ORIGIN`, or of its name without
    /// `db.`, `.zone`, `.db` and `.txt`, whichever fits first. `$INCLUDE` takes another of the files. Of two
    /// files with one zone the first counts.
    pub fn of_files(files: Vec<(String, String)>) -> Self {
        let files: BTreeMap<String, String> = files.into_iter().collect();
        let mut included = BTreeSet::new();
        let mut read = Vec::new();
        for (name, text) in &files {
            read.push((name, text::zone(name, text, &files, &mut included)));
        }
        let mut snapshot = Self::default();
        for (name, zone) in read {
            match zone {
                Ok((zone, _)) if snapshot.zones.contains_key(zone.origin().key()) => {
                    let what = format!("the zone {} is in a file before", zone.origin());
                    snapshot.problems.push((name.clone(), what));
                }
                Ok((zone, left_out)) => {
                    if let Some(first) = left_out.first() {
                        let count = left_out.len();
                        let what =
                            format!("{count} records left out, the first of {}: not in {}", first.owner, zone.origin());
                        snapshot.problems.push((name.clone(), what));
                    }
                    snapshot.zones.insert(zone.origin().key().to_owned(), zone);
                }
                // A part of other files need not be a zone.
                Err(_) if included.contains(name) => {}
                Err(what) => snapshot.problems.push((name.clone(), what)),
            }
        }
        snapshot
    }

    /// The zones, by name.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zones.values()
    }

    /// The names whose address records match, zone by zone: a fleet by its network. Wildcards are no names.
    pub fn names_at(&self, wanted: impl Fn(IpAddr) -> bool) -> Vec<Name> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for record in self.zones().flat_map(Zone::records) {
            let address = match record.data {
                Data::A(a) => IpAddr::V4(a),
                Data::Aaaa(a) => IpAddr::V6(a),
                _ => continue,
            };
            if record.owner.labels().next() == Some("*") {
                continue;
            }
            // A name can stand in two zones: as glue in the one above.
            if wanted(address) && seen.insert(record.owner.key()) {
                found.push(record.owner.clone());
            }
        }
        found
    }

    /// Answers a question from the zones.
    pub fn answer(&self, question: &Question) -> Answer {
        let mut answer = Answer::empty(question, State::NotInRecords);
        let mut owner = question.qname.clone();
        for _ in 0..=ALIASES_MAX {
            let Some(zone) = self.zone_for(owner.key(), question.qtype) else { return answer };
            let found = zone.answer(&owner, question.qtype);
            answer.records.extend(found.answers);
            let target = target_of(&answer.records, question.qtype);
            answer.state = match found.verdict {
                Verdict::NoData => State::NoData,
                Verdict::NxDomain => State::NxDomain,
                Verdict::Referral => {
                    // Of a zone that is delegated and not here, its parent knows the servers.
                    let servers = found.authority.into_iter().filter(|r| r.owner.key() == owner.key());
                    let servers: Vec<Record> = servers.filter(|_| question.qtype == RrType::NS).collect();
                    let state = if servers.is_empty() { State::NotInRecords } else { State::Found };
                    answer.records.extend(servers);
                    state
                }
                Verdict::Answer | Verdict::Outside => match target {
                    // A circle: resolvers give up on it.
                    Some(next) if answer.records.iter().any(|r| r.owner.key() == next.key()) => State::Failed,
                    Some(next) => {
                        answer.state = State::NotInRecords;
                        owner = next;
                        continue;
                    }
                    None => State::Found,
                },
            };
            return answer;
        }
        // Resolvers give up on such a chain as well: it is in the records, and leads nowhere.
        answer.state = State::Failed;
        answer
    }

    /// The zone nearest to a name; for DS the one above a zone that begins there (RFC 4035 §3.1.4.1).
    fn zone_for(&self, key: &str, qtype: RrType) -> Option<&Zone> {
        let mut above = ancestors(key).filter_map(|ancestor| self.zones.get(ancestor));
        let nearest = above.next()?;
        if qtype == RrType::DS && nearest.origin().key() == key { above.next() } else { Some(nearest) }
    }
}

/// Where a chain of aliases leads that ends without a record of the type.
fn target_of(records: &[Record], qtype: RrType) -> Option<Name> {
    if qtype == RrType::CNAME {
        return None;
    }
    match records.last().map(|r| &r.data) {
        Some(Data::Cname(target)) => Some(target.clone()),
        _ => None,
    }
}

/// A key and all above it, the root last. Escaped dots stay within their labels.
pub(crate) fn ancestors(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(key);
    core::iter::from_fn(move || {
        let here = rest?;
        rest = if here == "." { None } else { Some(parent(here)) };
        Some(here)
    })
}

/// The key above a key that is not the root.
pub(crate) fn parent(key: &str) -> &str {
    let octets = key.as_bytes();
    let dot = (0..octets.len()).find(|&at| {
        let slashes = octets.iter().take(at).rev().take_while(|b| **b == b'\\').count();
        octets[at] == b'.' && slashes % 2 == 0
    });
    dot.and_then(|at| key.get(at + 1..)).filter(|rest| !rest.is_empty()).unwrap_or(".")
}

#[cfg(test)]
mod tests;
