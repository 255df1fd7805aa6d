//! One source on its way into the archive.

use askance_record::{Batch, Ledger, Timestamp};

use super::{ArchiveWriter, SourceMeta};
use crate::flows::FlowColumns;
use crate::lookups::{Chunk, Columns};
use crate::mail::MailColumns;
use crate::output::Sink;
use crate::side::SideRows;
use crate::table::FILE_GROUPS;
use crate::{ArchiveError, LedgerEntry, SourceEntry, SourceKey, Table};

/// What became of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is in the archive now.
    Added(SourceEntry),
    /// The same octets had been read with the same options before; nothing was added.
    AlreadyPresent(SourceEntry),
}

impl Committed {
    /// The entry, new or old.
    pub fn entry(&self) -> &SourceEntry {
        match self {
            Self::Added(entry) | Self::AlreadyPresent(entry) => entry,
        }
    }
}

/// Takes the rows of one source; dropped without [`finish`](Self::finish), it leaves nothing.
pub struct SourceWriter<'a> {
    sink: Sink<'a>,
    meta: SourceMeta,
    chunk: Chunk,
    flows: SideRows<FlowColumns>,
    mail: SideRows<MailColumns>,
    /// Lookups, flows and mail events pushed.
    pushed: [u64; 3],
    duplicates: u64,
    chunks: u64,
    ends: Option<(Timestamp, Timestamp)>,
}

impl<'a> SourceWriter<'a> {
    pub(super) fn new(archive: &'a mut ArchiveWriter, meta: SourceMeta) -> Self {
        Self {
            sink: Sink::new(archive, meta.id.clone(), meta.tap.clone()),
            meta,
            chunk: Chunk::default(),
            flows: SideRows::default(),
            mail: SideRows::default(),
            pushed: [0; 3],
            duplicates: 0,
            chunks: 0,
            ends: None,
        }
    }

    /// The name that the source has in the archive.
    pub fn id(&self) -> &str {
        &self.meta.id
    }

    /// Notes how finely the source writes its time stamps, when only its rows told.
    pub fn set_resolution(&mut self, resolution: askance_record::Resolution) {
        self.meta.resolution = Some(resolution);
    }

    /// Copies the rows of a batch, writing a file whenever a chunk is full.
    ///
    /// Holds at most one chunk: 1 Mi rows and 64 MiB of texts, some 250 MiB in all.
    ///
    /// # Errors
    /// The file system's. The source cannot be finished then; drop it.
    pub fn push(&mut self, batch: &Batch) -> Result<(), ArchiveError> {
        for lookup in batch.lookups.as_slice() {
            self.pushed[0] += 1;
            self.widen(lookup.ts);
            self.chunk.push(lookup);
            if self.chunk.len() >= FILE_GROUPS * self.sink.group_rows() || self.chunk.is_heavy() {
                self.write_chunk()?;
            }
        }
        for flow in batch.flows.as_slice() {
            self.pushed[1] += 1;
            self.widen(flow.start);
            self.flows.push(flow, &mut self.sink)?;
        }
        for mail in batch.mail.as_slice() {
            self.pushed[2] += 1;
            self.widen(mail.ts);
            self.mail.push(mail, &mut self.sink)?;
        }
        Ok(())
    }

    /// Commits the source, unless the same reading is already there.
    ///
    /// - `sha256`: of the input's octets as given, in lower-case hexadecimal
    /// - `size`: how many octets these are
    /// - `ledger`: the reader's account; its `duplicates` are counted here, not taken from it
    ///
    /// # Errors
    /// [`ArchiveError::Ledger`] where the account and the rows differ; the file system's.
    /// The archive is then as it was before the source.
    pub fn finish(mut self, sha256: &str, size: u64, ledger: &Ledger) -> Result<Committed, ArchiveError> {
        let key = SourceKey { sha256: sha256.to_owned(), options: self.meta.options.clone() };
        if let Some(entry) = self.sink.archive.contains(&key) {
            return Ok(Committed::AlreadyPresent(entry.clone()));
        }
        let counts = [("lookups", ledger.lookups), ("flows", ledger.flows), ("mail events", ledger.mail)];
        for ((what, ledger), pushed) in counts.into_iter().zip(self.pushed) {
            if ledger != pushed {
                return Err(ArchiveError::Ledger { what, ledger, pushed });
            }
        }
        self.write_chunk()?;
        self.flows.close(&mut self.sink)?;
        self.mail.close(&mut self.sink)?;
        let entry = self.entry(key, size, ledger);
        // Even a commit that fails may have reached the disk: from here on the files must stay.
        self.sink.settled = true;
        let archive = &mut *self.sink.archive;
        archive.manifest.sources.push(entry.clone());
        if let Err(error) = archive.manifest.store(&archive.dir, &archive.disk) {
            archive.manifest.sources.pop();
            return Err(error);
        }
        Ok(Committed::Added(entry))
    }

    fn entry(&mut self, key: SourceKey, size: u64, ledger: &Ledger) -> SourceEntry {
        let mut ledger = LedgerEntry::from(ledger);
        ledger.duplicates = self.duplicates;
        if self.chunks > 1 {
            let rows = FILE_GROUPS * self.sink.group_rows();
            ledger.assumptions.push(format!("duplicates are looked for within runs of at most {rows} lookups"));
        }
        SourceEntry {
            id: self.meta.id.clone(),
            sha256: key.sha256,
            size,
            format: self.meta.format.clone(),
            vantage: self.meta.vantage.map(|v| v.as_str().to_owned()),
            tap: self.meta.tap.clone(),
            options: key.options,
            resolution: self.meta.resolution.map(|r| r.to_string()),
            first_us: self.ends.map(|ends| ends.0.us()),
            last_us: self.ends.map(|ends| ends.1.us()),
            ledger,
            files: core::mem::take(&mut self.sink.files),
        }
    }

    fn widen(&mut self, ts: Timestamp) {
        let (first, last) = self.ends.unwrap_or((ts, ts));
        self.ends = Some((first.min(ts), last.max(ts)));
    }

    fn write_chunk(&mut self) -> Result<(), ArchiveError> {
        if self.chunk.len() == 0 {
            return Ok(());
        }
        let chunk = core::mem::take(&mut self.chunk);
        let (order, duplicates) = chunk.sort(self.sink.group_rows());
        self.duplicates += duplicates;
        self.chunks += 1;
        let columns = Columns::new(chunk, &self.meta.id, &self.meta.tap);
        let mut output = self.sink.create(Table::Lookups, columns.ts_unit())?;
        for group in order.chunks(self.sink.group_rows()) {
            output.write(columns.batch(group))?;
        }
        self.sink.publish(output)
    }
}
