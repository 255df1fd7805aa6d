//! Flows and mail events on their way to a file, in input order.

use std::sync::Arc;

use arrow_array::builder::{StringDictionaryBuilder, UInt64Builder};
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::TimeUnit;
use askance_record::{At, Unit};

use crate::output::{Output, Sink};
use crate::{ArchiveError, Table};

/// Rows are handed to Parquet in pieces of this size.
const BATCH_ROWS: usize = 1 << 15;

pub(crate) type TextColumn = StringDictionaryBuilder<UInt32Type>;

/// Columns that are filled row by row and emptied batch by batch.
pub(crate) trait Fill: Default {
    type Row;
    const TABLE: Table;
    fn push(&mut self, row: &Self::Row, source: &str, tap: &str);
    /// The columns in the order of the table's schema; empties them.
    fn take(&mut self) -> Vec<ArrayRef>;
}

/// The rows of one kind of a source, and the file they go to.
#[derive(Default)]
pub(crate) struct SideRows<F> {
    columns: F,
    held: usize,
    output: Option<Output>,
}

impl<F: Fill> SideRows<F> {
    /// Adds a row, writing a batch when one is full.
    pub(crate) fn push(&mut self, row: &F::Row, sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
        self.columns.push(row, &sink.source, &sink.tap);
        self.held += 1;
        if self.held == BATCH_ROWS { self.drain(sink) } else { Ok(()) }
    }

    fn drain(&mut self, sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
        if self.output.is_none() {
            self.output = Some(sink.create(F::TABLE, TimeUnit::Microsecond)?);
        }
        let output = self.output.as_mut().expect("opened above");
        self.held = 0;
        output.write(RecordBatch::try_new(F::TABLE.written_schema(TimeUnit::Microsecond), self.columns.take()))?;
        if output.is_full(sink.group_rows()) { self.close(sink) } else { Ok(()) }
    }

    /// Ends the file, if there is anything to put into one.
    pub(crate) fn close(&mut self, sink: &mut Sink<'_>) -> Result<(), ArchiveError> {
        if self.held > 0 {
            self.drain(sink)?;
        }
        self.output.take().map_or(Ok(()), |output| sink.publish(output))
    }
}

/// The columns that say where a row comes from.
#[derive(Default)]
pub(crate) struct Origin {
    source: TextColumn,
    tap: TextColumn,
    byte: UInt64Builder,
    kind: TextColumn,
    unit: UInt64Builder,
}

impl Origin {
    pub(crate) fn push(&mut self, at: At, source: &str, tap: &str) {
        let (kind, unit) = match at.unit {
            Unit::Line(n) => ("line", n),
            Unit::Frame(n) => ("frame", n),
        };
        self.source.append_value(source);
        self.tap.append_value(tap);
        self.byte.append_value(at.byte);
        self.kind.append_value(kind);
        self.unit.append_value(unit);
    }

    pub(crate) fn take(&mut self) -> [ArrayRef; 5] {
        [
            Arc::new(self.source.finish()),
            Arc::new(self.tap.finish()),
            Arc::new(self.byte.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.unit.finish()),
        ]
    }
}

/// The text, or none for the empty one.
pub(crate) fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
