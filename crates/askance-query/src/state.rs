//! `series_state(ts, role, rcode, ttl, cached [, key])`: the lookups of a series as inference reads them.

#[cfg(test)]
mod tests;

use askance_inference::state::{Event, RcodeClass, Role, SeriesState};
use askance_record::Timestamp;
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{
    Array as _, ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
    UInt64Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType, UInt8Type, UInt32Type, UInt64Type};
use datafusion::error::{DataFusionError, Result};

use crate::fold::Fold;
use crate::tables::instant_type;

/// The fold behind the function. Arguments:
/// `ts` an instant · `role` a code of [`Role`] · `rcode` a mnemonic, or `NODATA` for NOERROR without an answer, or NULL ·
/// `ttl` seconds or NULL · `cached` or NULL · `key` a hash of the series' key, see [`SeriesState::new`]; 0 if left out.
/// Rows without `ts` are passed over.
#[derive(Debug)]
pub(crate) struct StateFold(SeriesState);

impl Default for StateFold {
    fn default() -> Self {
        Self(SeriesState::new(0))
    }
}

pub(crate) struct Columns {
    ts: TimestampMicrosecondArray,
    role: UInt8Array,
    rcode: StringViewArray,
    ttl: UInt32Array,
    cached: BooleanArray,
    key: Option<UInt64Array>,
}

impl Fold for StateFold {
    const NAME: &'static str = "series_state";
    const ARITIES: &'static [usize] = &[5, 6];
    type Columns = Columns;

    fn columns(arguments: &[ArrayRef]) -> Result<Columns> {
        let key = arguments.get(5).map(|key| cast(key, &DataType::UInt64)).transpose()?;
        Ok(Columns {
            ts: cast(&arguments[0], &instant_type())?.as_primitive::<TimestampMicrosecondType>().clone(),
            role: cast(&arguments[1], &DataType::UInt8)?.as_primitive::<UInt8Type>().clone(),
            rcode: cast(&arguments[2], &DataType::Utf8View)?.as_string_view().clone(),
            ttl: cast(&arguments[3], &DataType::UInt32)?.as_primitive::<UInt32Type>().clone(),
            cached: cast(&arguments[4], &DataType::Boolean)?.as_boolean().clone(),
            key: key.map(|key| key.as_primitive::<UInt64Type>().clone()),
        })
    }

    fn update(&mut self, columns: &Columns, row: usize) {
        if columns.ts.is_null(row) {
            return;
        }
        if self.0.n() == 0 {
            let key = columns.key.as_ref().filter(|key| key.is_valid(row)).map_or(0, |key| key.value(row));
            self.0 = SeriesState::new(key);
        }
        let role = columns.role.is_valid(row).then(|| columns.role.value(row));
        self.0.push(&Event {
            ts: Timestamp::from_us(columns.ts.value(row)),
            role: role.and_then(Role::from_u8).unwrap_or(Role::Other),
            rcode: rcode_class(columns.rcode.is_valid(row).then(|| columns.rcode.value(row))),
            cached: columns.cached.is_valid(row).then(|| columns.cached.value(row)),
            ttl_s: columns.ttl.is_valid(row).then(|| columns.ttl.value(row)),
        });
    }

    fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        let other = SeriesState::decode(encoded).map_err(|e| DataFusionError::External(Box::new(e)))?;
        self.0.merge(&other);
        Ok(())
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }
}

/// The class of a response code; `NODATA` is what our queries write for NOERROR without an answer.
fn rcode_class(rcode: Option<&str>) -> RcodeClass {
    match rcode {
        None => RcodeClass::Unknown,
        Some("NOERROR") => RcodeClass::NoError,
        Some("NODATA") => RcodeClass::NoData,
        Some("NXDOMAIN") => RcodeClass::NxDomain,
        Some("SERVFAIL") => RcodeClass::ServFail,
        Some("REFUSED") => RcodeClass::Refused,
        Some(_) => RcodeClass::Other,
    }
}
