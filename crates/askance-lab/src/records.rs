//! Record keepers: what nodes say to each other, kept as the files that an analyst is handed.
//!
//! [`Records`] is an [`Observer`]. It holds one tap for each source of the case ([`TapConfig`]).
//! A tap stands at one end of each conversation, so that it stamps what it sees with the time at
//! that end, misses what its sensor misses, keeps what its sensor keeps, and writes what its
//! format can hold. Everything that it sees passes a small time-ordered buffer, because a driver
//! reports messages in the order of sending and a receiver sees them in the order of arrival;
//! the buffer holds what is on its way, never more.
//!
//! Beside the files stands the truth: which cause made which rows ([`CauseRow`], `labels.csv`).
//! It never enters a file that is investigated.
//!
//! ```text
//! Traffic --> sensor (place, time, loss, coverage) --> buffer --> format --> Sink
//!                                                        |
//!                                                        +--> truth: rows by (client, name, cause)
//! ```
//!
//! Nothing here opens a file: the edge gives a [`Sink`].

mod case_file;
mod config;
mod format;
mod out;
mod pending;
mod sight;
mod stamp;
mod streams;
mod tap;
mod truth;

use std::collections::BTreeSet;
use std::io::{self, Write};

use askance_proto::{Note, Observer, Traffic};
use askance_record::Timestamp;

pub use case_file::{
    CaseClaim, CaseEvent, CaseFile, CaseKeeps, CaseMap, CaseMoment, CaseParty, CasePeer, CaseSource, CaseStatement,
    CaseTest,
};
pub use config::{MailProgram, RecordFormat, TapConfig, TapKind};
pub use truth::{CauseRow, StoryRow};

use tap::Tap;
use truth::Truth;

/// Where files go: a folder at the edge, memory in tests.
pub trait Sink {
    /// Begins a file.
    ///
    /// - `path`: relative, with `/`
    ///
    /// # Errors
    /// Whatever keeps the file from being made.
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>>;
}

/// Why records cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// Two taps have one identifier or one path.
    #[error("two sources are called {id}")]
    Doubled {
        /// The identifier or path.
        id: String,
    },
    /// A value of a tap lies outside what it can be.
    #[error("source {id}: {what}")]
    Config {
        /// The tap.
        id: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A file cannot be made or written.
    #[error("source {id} cannot be written")]
    Write {
        /// The tap.
        id: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A file that a tap wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The tap's identifier.
    pub id: String,
    /// The file's relative path.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The file's length, octets.
    pub octets: u64,
    /// Rows: lines, frames or packets, headers left out.
    pub rows: u64,
    /// What passed the sensor: datagrams, DNS messages in streams, log lines.
    pub seen: u64,
    /// Of these, what it missed ([`TapConfig::loss`]).
    pub missed: u64,
    /// Of these, what it saw outside the intervals that it covers, or was told not to keep.
    pub left_out: u64,
}

/// Every tap of a run, and the truth beside them.
#[derive(Debug)]
pub struct Records {
    taps: Vec<Tap>,
    truth: Truth,
    failed: Option<RecordsError>,
}

impl Records {
    /// Begins the files of all taps.
    ///
    /// - `causes`: what a [`Cause`](askance_proto::Cause)'s number means, by index
    ///
    /// # Errors
    /// [`RecordsError`] where two taps have one identifier or path, a configuration makes no
    /// sense, or a file cannot be begun.
    pub fn new(taps: Vec<TapConfig>, causes: Vec<CauseRow>, sink: &mut dyn Sink) -> Result<Self, RecordsError> {
        let mut names = BTreeSet::new();
        for tap in &taps {
            for name in [&tap.id, &tap.path] {
                if !names.insert(name.clone()) {
                    return Err(RecordsError::Doubled { id: name.clone() });
                }
            }
            tap.check()?;
        }
        let labelled = taps.iter().map(|tap| (tap.path.clone(), tap.vantage)).collect();
        let taps = taps.into_iter().enumerate();
        let taps = taps.map(|(number, config)| Tap::new(number, config, sink)).collect::<Result<_, _>>()?;
        Ok(Self { taps, truth: Truth::new(labelled, causes), failed: None })
    }

    /// Ends all files: what is on its way is taken as seen, what waits for an answer is written without one.
    ///
    /// # Errors
    /// The first [`RecordsError::Write`] of the whole run; nothing was written after it.
    pub fn finish(mut self) -> Result<Kept, RecordsError> {
        let truth = &mut self.truth;
        for tap in &mut self.taps {
            if self.failed.is_none() {
                self.failed = tap.end(truth).err();
            }
        }
        if let Some(error) = self.failed {
            return Err(error);
        }
        let written = self.taps.into_iter().map(Tap::written).collect();
        Ok(Kept { written, truth: self.truth })
    }

    fn each(&mut self, mut act: impl FnMut(&mut Tap, &mut Truth) -> Result<(), RecordsError>) {
        for tap in &mut self.taps {
            if self.failed.is_some() {
                return;
            }
            self.failed = act(tap, &mut self.truth).err();
        }
    }
}

impl Observer for Records {
    fn traffic(&mut self, traffic: &Traffic<'_>) {
        self.each(|tap, truth| tap.traffic(traffic, truth));
    }

    fn note(&mut self, at: Timestamp, node: &str, note: &Note) {
        match note {
            Note::Log { program, text } => self.each(|tap, truth| tap.log(at, node, program, text, truth)),
            Note::Story(what) => self.truth.story(at, node, what),
        }
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Kept {
    written: Vec<Written>,
    truth: Truth,
}

impl Kept {
    /// The files, in the order of their taps.
    pub fn written(&self) -> &[Written] {
        &self.written
    }

    /// What parties said of the story, in order of time.
    pub fn story(&self) -> &[StoryRow] {
        self.truth.told()
    }

    /// Writes `labels.csv`: for each source, client and name the mechanisms that made its rows.
    ///
    /// Columns are those of `askance evaluate`; `start` and `end` are the first and last row,
    /// `notes` the number of rows and the party. Of a client that asks more than 200 names under
    /// one name of four, three or two labels for one cause, only that name is listed, so that a
    /// tunnel does not fill the memory; names under `arpa` are never folded.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_labels(&self, out: &mut dyn Write) -> io::Result<()> {
        self.truth.write_labels(out)
    }

    /// Writes `story.csv`: `at,node,what`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_story(&self, out: &mut dyn Write) -> io::Result<()> {
        self.truth.write_story(out)
    }
}

#[cfg(test)]
mod tests;
