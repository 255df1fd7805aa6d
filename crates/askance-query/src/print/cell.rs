//! One cell of an answer.

use std::fmt::Write as _;

use askance_record::Timestamp;
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use serde_json::Value;

use crate::QueryError;
use crate::rows::texts;
use crate::tables::instant_type;

/// The cell as text; none for NULL.
pub(super) fn text(column: &ArrayRef, row: usize) -> Result<Option<String>, QueryError> {
    Ok(match json(column, row)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// The cell as JSON.
pub(super) fn json(column: &ArrayRef, row: usize) -> Result<Value, QueryError> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    let one = column.slice(row, 1);
    let as_type = |to: &DataType| cast(&one, to).map_err(|e| QueryError::from(DataFusionError::from(e)));
    Ok(match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(one.as_boolean().value(0)),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            as_type(&DataType::Int64)?.as_primitive::<Int64Type>().value(0).into()
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            as_type(&DataType::UInt64)?.as_primitive::<UInt64Type>().value(0).into()
        }
        // What JSON has no number for (NaN, infinities) becomes its word.
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let x = as_type(&DataType::Float64)?.as_primitive::<Float64Type>().value(0);
            serde_json::Number::from_f64(x).map_or_else(|| x.to_string().into(), Value::Number)
        }
        DataType::Timestamp(..) => {
            let us = as_type(&instant_type())?.as_primitive::<TimestampMicrosecondType>().value(0);
            Timestamp::from_us(us).to_string().into()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(&one)?.value(0).into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            hex(as_type(&DataType::LargeBinary)?.as_binary::<i64>().value(0)).into()
        }
        DataType::Dictionary(_, value) => json(&as_type(value)?, 0)?,
        DataType::List(_) => list(&one.as_list::<i32>().value(0))?,
        DataType::LargeList(_) => list(&one.as_list::<i64>().value(0))?,
        DataType::Struct(fields) => {
            let columns = one.as_struct().columns();
            let cells = fields.iter().zip(columns).map(|(field, column)| Ok((field.name().clone(), json(column, 0)?)));
            Value::Object(cells.collect::<Result<_, QueryError>>()?)
        }
        _ => {
            let formatter = ArrayFormatter::try_new(&one, &FormatOptions::default()).map_err(DataFusionError::from)?;
            formatter.value(0).to_string().into()
        }
    })
}

fn list(items: &ArrayRef) -> Result<Value, QueryError> {
    (0..items.len()).map(|i| json(items, i)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn hex(octets: &[u8]) -> String {
    let mut out = String::with_capacity(2 * octets.len());
    for octet in octets {
        write!(out, "{octet:02x}").expect("writing to a String cannot fail");
    }
    out
}
