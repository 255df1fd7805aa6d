//! The journal of a survey: what was begun and what was found, a line each, in the order in which it happened.
//!
//! A line is written by one call before the next thing is done, so a killed program leaves at most half of one line. What
//! a line says is then true: `started` stands there before the connection is begun. The system may still lose lines when
//! the machine itself fails; nothing is forced to the disk.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::net::IpAddr;
use std::path::Path;

use askance_proto::survey::{Assignment, Known, Plan, Visit};
use askance_record::Timestamp;

use super::json::{self, Entry};
use crate::error::NetError;

/// Longest line that is read: a result of as many visits as there can be, each with all octets a target may send, in
/// hexadecimal and as text.
const LINE_OCTETS_MAX: u64 = 8 << 20;

/// Where the steps of a survey are written down.
pub struct Journal {
    out: Box<dyn Write + Send>,
}

impl core::fmt::Debug for Journal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens a file that is new, or that an earlier run of the same survey wrote, and reads what that left.
    ///
    /// Half a line at the end is cut off: it was never said. A file without a whole header line at its beginning is left
    /// as it is: it may be somebody's text. A header line of this run is added. Nobody else may have the file open as a
    /// journal: two runs would ask everybody twice.
    ///
    /// - `now`: time of day
    /// - returns: the journal, and what is known of each target that it names
    ///
    /// # Errors
    /// [`NetError::Journal`] where the file cannot be used or another run uses it, [`NetError::JournalLine`] where a whole line is none of a
    /// survey, [`NetError::JournalOther`] where the earlier run asked as somebody else.
    pub fn open(path: &Path, plan: &Plan, now: Timestamp) -> Result<(Self, BTreeMap<IpAddr, Known>), NetError> {
        let failed = |source| NetError::Journal { source };
        let options = OpenOptions::new().read(true).append(true).create(true).clone();
        let mut file = options.open(path).map_err(failed)?;
        file.try_lock().map_err(|e| failed(e.into()))?;
        let (known, whole) = read(&mut file, plan)?;
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut this = Self::to(file);
        this.append(&json::header_line(plan, now))?;
        Ok((this, known))
    }

    /// Reads a file as [`Journal::open`] does and leaves it as it is: whether a survey can go on with it.
    ///
    /// # Errors
    /// As [`Journal::open`], but for another run that uses it.
    pub fn check(path: &Path, plan: &Plan) -> Result<(), NetError> {
        let mut file = File::open(path).map_err(|source| NetError::Journal { source })?;
        read(&mut file, plan).map(|_| ())
    }

    /// A journal that nobody goes on with.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out) }
    }

    pub(super) fn started(&mut self, assignment: Assignment, now: Timestamp) -> Result<(), NetError> {
        self.append(&json::started_line(assignment, now))
    }

    pub(super) fn visit(&mut self, assignment: Assignment, visit: &Visit) -> Result<(), NetError> {
        self.append(&json::visit_line(assignment, visit))
    }

    /// Writes one line, whole, at once.
    pub(super) fn append(&mut self, line: &str) -> Result<(), NetError> {
        let line = format!("{line}\n");
        self.out
            .write_all(line.as_bytes())
            .and_then(|()| self.out.flush())
            .map_err(|source| NetError::Journal { source })
    }
}

/// Reads all whole lines; gives what they say and where they end.
fn read(file: &mut File, plan: &Plan) -> Result<(BTreeMap<IpAddr, Known>, u64), NetError> {
    let failed = |source: io::Error| NetError::Journal { source };
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut lines = BufReader::new(file);
    let (mut known, mut whole, mut number) = (BTreeMap::new(), 0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let octets = lines.by_ref().take(LINE_OCTETS_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        number += 1;
        let wrong = |why: &str| NetError::JournalLine { line: number, why: why.to_owned() };
        if line.last() != Some(&b'\n') {
            return match (number, octets) {
                (_, n) if n as u64 == LINE_OCTETS_MAX => Err(wrong("longer than any line of a survey")),
                (1, 1..) => Err(wrong("half a line, and no survey before it")),
                _ => Ok((known, whole)),
            };
        }
        whole += octets as u64;
        let entry = json::read_line(&line).map_err(|why| wrong(&why))?;
        if number == 1 && !matches!(entry, Entry::Header(_)) {
            return Err(wrong("no survey begins with it"));
        }
        if !is_of(&entry, plan) {
            return Err(wrong("it is of a sender or a source address that the survey does not have"));
        }
        take(entry, &mut known, plan)?;
    }
}

/// True where the plan has the sender and the source address that a line speaks of.
fn is_of(entry: &Entry, plan: &Plan) -> bool {
    let (sender, source) = match entry {
        Entry::Header(_) | Entry::Result { .. } => return true,
        Entry::Started { visit, .. } => (visit.sender, visit.source),
        Entry::Visit { visit, .. } => (visit.sender, visit.source),
    };
    sender < plan.request().senders.len() && source < plan.request().sources.len().max(1)
}

fn take(entry: Entry, known: &mut BTreeMap<IpAddr, Known>, plan: &Plan) -> Result<(), NetError> {
    let begun = || Known::Begun { visits: Vec::new(), open: None };
    match entry {
        Entry::Header(asked_as) if asked_as == json::asked_as(plan) => {}
        Entry::Header(_) => return Err(NetError::JournalOther),
        Entry::Started { target, visit, at } => {
            if let Known::Begun { open, .. } = known.entry(target).or_insert_with(begun) {
                *open = Some((visit, at));
            }
        }
        Entry::Visit { target, visit } => {
            if let Known::Begun { visits, open } = known.entry(target).or_insert_with(begun) {
                visits.push(*visit);
                *open = None;
            }
        }
        Entry::Result { target, visits } => {
            known.insert(target, Known::Finished { visits });
        }
    }
    Ok(())
}
