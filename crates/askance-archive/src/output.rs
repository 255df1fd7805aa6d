//! Data files on their way to their final names.

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use crate::disk::Draft;
use crate::table::FILE_GROUPS;
use crate::{ArchiveError, ArchiveWriter, FileEntry, Table};

/// A Parquet file under construction.
pub(crate) struct Output {
    writer: ArrowWriter<Draft>,
    rows: u64,
    draft: PathBuf,
    name: String,
}

impl Output {
    pub(crate) fn write(&mut self, batch: Result<RecordBatch, ArrowError>) -> Result<(), ArchiveError> {
        batch
            .map_err(Into::into)
            .and_then(|batch| {
                self.rows += batch.num_rows() as u64;
                self.writer.write(&batch)
            })
            .map_err(ArchiveError::parquet(&self.draft))
    }

    /// True where a new file should be started.
    pub(crate) fn is_full(&self, group_rows: usize) -> bool {
        self.rows >= (FILE_GROUPS * group_rows) as u64
    }
}

/// Where the files of one source go; removes them when dropped before they are settled.
pub(crate) struct Sink<'a> {
    pub(crate) archive: &'a mut ArchiveWriter,
    /// The name of the source, in every row.
    pub(crate) source: String,
    /// Its tap, in every row.
    pub(crate) tap: String,
    /// Files under their final names.
    pub(crate) files: Vec<FileEntry>,
    /// True once the manifest may name the files, so that they must stay.
    pub(crate) settled: bool,
    open: Vec<PathBuf>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(archive: &'a mut ArchiveWriter, source: String, tap: String) -> Self {
        Self { archive, source, tap, files: Vec::new(), settled: false, open: Vec::new() }
    }

    /// How many rows a row group holds at most.
    pub(crate) fn group_rows(&self) -> usize {
        self.archive.group_rows
    }

    pub(crate) fn create(&mut self, table: Table, ts: TimeUnit) -> Result<Output, ArchiveError> {
        let name = format!("{}/{:06}.parquet", table.as_str(), self.archive.next);
        self.archive.next += 1;
        let draft = self.archive.dir.join(format!("{name}.draft"));
        self.open.push(draft.clone());
        let file = self.archive.disk.create(&draft)?;
        // Readers then see plain text columns, not this writer's dictionaries.
        let options = ArrowWriterOptions::new().with_properties(table.properties()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, table.written_schema(ts), options)
            .map_err(ArchiveError::parquet(&draft))?;
        Ok(Output { writer, rows: 0, draft, name })
    }

    /// Ends a file and gives it its final name.
    pub(crate) fn publish(&mut self, output: Output) -> Result<(), ArchiveError> {
        let draft = output.writer.into_inner().map_err(ArchiveError::parquet(&output.draft))?;
        let octets = draft.publish(&self.archive.dir.join(&output.name))?;
        self.open.retain(|path| *path != output.draft);
        self.files.push(FileEntry { path: output.name, rows: output.rows, octets });
        Ok(())
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let published = self.files.iter().map(|f| self.archive.dir.join(&f.path));
        for path in published.chain(self.open.iter().cloned()) {
            // What cannot be removed now is swept and reported by the next writer.
            self.archive.disk.remove(&path).ok();
        }
    }
}
