//! The rows of an answer, as they come.

use std::sync::Arc;

use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, Int64Array, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;
use tokio::runtime::Runtime;

use crate::QueryError;
use crate::tables::instant_type;

/// The rows of an answer, batch by batch; see also its `write_*` functions.
pub struct Rows {
    stream: SendableRecordBatchStream,
    runtime: Arc<Runtime>,
}

impl Rows {
    pub(crate) fn new(stream: SendableRecordBatchStream, runtime: Arc<Runtime>) -> Self {
        Self { stream, runtime }
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// What went wrong while the query ran.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        self.runtime.block_on(self.stream.next()).transpose().map_err(QueryError::from)
    }

    /// Calls `f` for every row.
    pub(crate) fn each(
        mut self,
        mut f: impl FnMut(&Columns<'_>, usize) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        while let Some(batch) = self.next_batch()? {
            let columns = Columns(batch.columns());
            for row in 0..batch.num_rows() {
                f(&columns, row)?;
            }
        }
        Ok(())
    }
}

/// The columns of a batch of a query of ours, read by position.
pub(crate) struct Columns<'a>(&'a [ArrayRef]);

impl Columns<'_> {
    /// The text of a cell; the column is a text.
    pub(crate) fn text(&self, column: usize, row: usize) -> Option<&str> {
        let array = &self.0[column];
        if array.is_null(row) {
            return None;
        }
        match array.data_type() {
            DataType::Utf8View => Some(array.as_string_view().value(row)),
            DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
            DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
            _ => None,
        }
    }

    /// The number in a cell; the column is an integer of any width.
    pub(crate) fn number(&self, column: usize, row: usize) -> Option<i64> {
        let array = &self.0[column];
        if array.is_null(row) {
            return None;
        }
        let one = cast(&array.slice(row, 1), &DataType::Int64).ok()?;
        let one: &Int64Array = one.as_primitive();
        one.is_valid(0).then(|| one.value(0))
    }

    /// The instant in a cell, in microseconds.
    pub(crate) fn instant(&self, column: usize, row: usize) -> Option<i64> {
        let array = &self.0[column];
        if array.is_null(row) || array.data_type() != &instant_type() {
            return None;
        }
        Some(array.as_primitive::<TimestampMicrosecondType>().value(row))
    }

    pub(crate) fn truth(&self, column: usize, row: usize) -> Option<bool> {
        let array = self.0[column].as_boolean();
        array.is_valid(row).then(|| array.value(row))
    }

    pub(crate) fn octets(&self, column: usize, row: usize) -> &[u8] {
        self.0[column].as_binary::<i64>().value(row)
    }
}

/// A text as an SQL literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Texts as an SQL list of literals; never empty.
pub(crate) fn literals<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let list: Vec<String> = texts.into_iter().map(literal).collect();
    if list.is_empty() { "(NULL)".to_owned() } else { format!("({})", list.join(", ")) }
}

/// A column of texts, whatever form the engine chose for them.
pub(crate) fn texts(array: &ArrayRef) -> Result<StringViewArray, QueryError> {
    let array = cast(array, &DataType::Utf8View).map_err(datafusion::error::DataFusionError::from)?;
    Ok(array.as_string_view().clone())
}
