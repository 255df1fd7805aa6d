//! Answers as text: an aligned table, JSON lines, CSV.

mod cell;
#[cfg(test)]
mod tests;

use std::io::Write;

use askance_record::{escape_json, escape_terminal};
use cell::Column;
use datafusion::arrow::record_batch::RecordBatch;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{QueryError, Rows};

/// From so many rows the widths of a table are taken.
const SAMPLE_ROWS: usize = 1000;
/// No column of a table is squeezed below this.
const COLUMN_MIN: usize = 8;

impl Rows {
    /// Writes an aligned table for a terminal; returns the number of rows.
    ///
    /// Texts are escaped ([`escape_terminal`]). NULL is `-`.
    ///
    /// - `width_max`: cells that do not fit into so many columns are cut with `…`; none: nothing is cut
    ///
    /// # Errors
    /// The query's or the output's.
    pub fn write_table(mut self, out: &mut dyn Write, width_max: Option<usize>) -> Result<u64, QueryError> {
        let schema = self.schema();
        let heads: Vec<String> = schema.fields().iter().map(|f| escape_terminal(f.name())).collect();
        let right: Vec<bool> = schema.fields().iter().map(|f| f.data_type().is_numeric()).collect();
        let mut sample: Vec<Vec<String>> = Vec::new();
        let mut total = 0;
        while sample.len() < SAMPLE_ROWS {
            let Some(batch) = self.next_batch()? else { break };
            sample.extend(table_rows(&batch)?);
        }
        let mut widths: Vec<usize> = heads.iter().map(|head| head.width()).collect();
        for row in &sample {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        if let Some(width_max) = width_max {
            squeeze(&mut widths, width_max);
        }
        let cut = width_max.is_some();
        let left = vec![false; right.len()];
        write_line(out, &heads, &widths, &left, cut)?;
        let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        write_line(out, &rule, &widths, &left, cut)?;
        for row in &sample {
            write_line(out, row, &widths, &right, cut)?;
        }
        total += sample.len() as u64;
        while let Some(batch) = self.next_batch()? {
            for row in table_rows(&batch)? {
                write_line(out, &row, &widths, &right, cut)?;
            }
            total += batch.num_rows() as u64;
        }
        Ok(total)
    }

    /// Writes one JSON object a row; returns the number of rows.
    ///
    /// Instants are RFC 3339 in UTC, NULL is `null`, integers are numbers, octets are hexadecimal.
    ///
    /// # Errors
    /// The query's or the output's.
    pub fn write_json_lines(mut self, out: &mut dyn Write) -> Result<u64, QueryError> {
        let keys: Vec<String> =
            self.schema().fields().iter().map(|f| format!("{}:", serde_json::json!(f.name()))).collect();
        let mut total = 0;
        while let Some(batch) = self.next_batch()? {
            let columns = columns(&batch)?;
            for row in 0..batch.num_rows() {
                out.write_all(b"{").map_err(write_error)?;
                let mut before = "";
                for (key, column) in keys.iter().zip(&columns) {
                    write!(out, "{before}{key}").map_err(write_error)?;
                    let value = column.json(row)?.to_string();
                    out.write_all(escape_json(&value).as_bytes()).map_err(write_error)?;
                    before = ",";
                }
                out.write_all(b"}\n").map_err(write_error)?;
            }
            total += batch.num_rows() as u64;
        }
        Ok(total)
    }

    /// Writes CSV with a header line; returns the number of rows.
    ///
    /// NULL is nothing, an empty text is `""`.
    ///
    /// # Errors
    /// The query's or the output's.
    ///
    /// # Source
    /// RFC 4180, with LF.
    pub fn write_csv(mut self, out: &mut dyn Write) -> Result<u64, QueryError> {
        let schema = self.schema();
        let heads: Vec<String> = schema.fields().iter().map(|f| quoted(f.name())).collect();
        writeln!(out, "{}", heads.join(",")).map_err(write_error)?;
        let mut total = 0;
        while let Some(batch) = self.next_batch()? {
            let columns = columns(&batch)?;
            for row in 0..batch.num_rows() {
                for (i, column) in columns.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    let text = column.text(row)?.map(|text| quoted(&text)).unwrap_or_default();
                    write!(out, "{comma}{text}").map_err(write_error)?;
                }
                out.write_all(b"\n").map_err(write_error)?;
            }
            total += batch.num_rows() as u64;
        }
        Ok(total)
    }
}

fn columns(batch: &RecordBatch) -> Result<Vec<Column>, QueryError> {
    batch.columns().iter().map(Column::new).collect()
}

fn table_rows(batch: &RecordBatch) -> Result<Vec<Vec<String>>, QueryError> {
    let columns = columns(batch)?;
    let shown =
        |column: &Column, row| Ok(column.text(row)?.map_or_else(|| "-".to_owned(), |text| escape_terminal(&text)));
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| shown(column, row)).collect()).collect()
}

/// Takes from the widest column until the line fits.
fn squeeze(widths: &mut [usize], width_max: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    loop {
        let total = gaps + widths.iter().sum::<usize>();
        let Some(widest) = widths.iter_mut().max() else { return };
        if total <= width_max || *widest <= COLUMN_MIN {
            return;
        }
        *widest -= 1;
    }
}

fn write_line(
    out: &mut dyn Write,
    cells: &[String],
    widths: &[usize],
    right: &[bool],
    cut: bool,
) -> Result<(), QueryError> {
    let mut line = String::new();
    for (i, ((cell, &width), &right)) in cells.iter().zip(widths).zip(right).enumerate() {
        if i > 0 {
            line.push_str("  ");
        }
        let cell = if cut { fit(cell, width) } else { cell.clone() };
        let pad = width.saturating_sub(cell.width());
        if right {
            line.push_str(&" ".repeat(pad));
        }
        line.push_str(&cell);
        if !right {
            line.push_str(&" ".repeat(pad));
        }
    }
    writeln!(out, "{}", line.trim_end()).map_err(write_error)
}

/// The text, or as much of it as leaves room for `…`.
fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used < width
        })
        .collect();
    out.push('…');
    out
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn write_error(source: std::io::Error) -> QueryError {
    QueryError::Write { source }
}
