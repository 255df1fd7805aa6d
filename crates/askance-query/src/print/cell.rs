//! The cells of a column of an answer.

use std::borrow::Cow;
use std::fmt::Write as _;

use askance_record::Timestamp;
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{
    Array as _, ArrayRef, BooleanArray, Float64Array, Int64Array, LargeBinaryArray, StringViewArray,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use serde_json::Value;

use crate::QueryError;
use crate::rows::texts;
use crate::tables::instant_type;

/// A column in the widest form of its kind, so that cells are read without a cast each.
pub(super) enum Column {
    Bool(BooleanArray),
    Int(Int64Array),
    UInt(UInt64Array),
    Float(Float64Array),
    Instant(TimestampMicrosecondArray),
    Text(StringViewArray),
    Octets(LargeBinaryArray),
    Other(ArrayRef),
}

impl Column {
    pub(super) fn new(array: &ArrayRef) -> Result<Self, QueryError> {
        let to = |to: &DataType| cast(array, to).map_err(engine);
        Ok(match array.data_type() {
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
                Self::Int(to(&DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                Self::UInt(to(&DataType::UInt64)?.as_primitive::<UInt64Type>().clone())
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                Self::Float(to(&DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            DataType::Timestamp(..) => {
                Self::Instant(to(&instant_type())?.as_primitive::<TimestampMicrosecondType>().clone())
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text(texts(array)?),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Self::Octets(to(&DataType::LargeBinary)?.as_binary::<i64>().clone())
            }
            DataType::Dictionary(_, value) => Self::new(&to(value)?)?,
            _ => Self::Other(array.clone()),
        })
    }

    /// The cell as JSON.
    pub(super) fn json(&self, row: usize) -> Result<Value, QueryError> {
        Ok(match self {
            Self::Bool(array) if array.is_valid(row) => array.value(row).into(),
            Self::Int(array) if array.is_valid(row) => array.value(row).into(),
            Self::UInt(array) if array.is_valid(row) => array.value(row).into(),
            // What JSON has no number for (NaN, infinities) becomes its word.
            Self::Float(array) if array.is_valid(row) => {
                let x = array.value(row);
                serde_json::Number::from_f64(x).map_or_else(|| x.to_string().into(), Value::Number)
            }
            Self::Instant(array) if array.is_valid(row) => Timestamp::from_us(array.value(row)).to_string().into(),
            Self::Text(array) if array.is_valid(row) => array.value(row).into(),
            Self::Octets(array) if array.is_valid(row) => hex(array.value(row)).into(),
            Self::Other(array) if array.is_valid(row) => other(array, row)?,
            _ => Value::Null,
        })
    }

    /// The cell as text; none for NULL.
    pub(super) fn text(&self, row: usize) -> Result<Option<Cow<'_, str>>, QueryError> {
        if let Self::Text(array) = self {
            return Ok(array.is_valid(row).then(|| array.value(row).into()));
        }
        Ok(match self.json(row)? {
            Value::Null => None,
            Value::String(text) => Some(text.into()),
            value => Some(value.to_string().into()),
        })
    }
}

fn other(array: &ArrayRef, row: usize) -> Result<Value, QueryError> {
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::List(_) => list(&array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row))?,
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let cells = fields
                .iter()
                .zip(columns)
                .map(|(field, column)| Ok((field.name().clone(), Column::new(column)?.json(row)?)));
            Value::Object(cells.collect::<Result<_, QueryError>>()?)
        }
        _ => ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(engine)?.value(row).to_string().into(),
    })
}

fn list(items: &ArrayRef) -> Result<Value, QueryError> {
    let column = Column::new(items)?;
    (0..items.len()).map(|i| column.json(i)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn engine(error: datafusion::arrow::error::ArrowError) -> QueryError {
    DataFusionError::from(error).into()
}

fn hex(octets: &[u8]) -> String {
    let mut out = String::with_capacity(2 * octets.len());
    for octet in octets {
        write!(out, "{octet:02x}").expect("writing to a String cannot fail");
    }
    out
}
