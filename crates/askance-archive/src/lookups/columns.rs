//! A sorted chunk as Arrow columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, SchemaRef, TimeUnit};

use super::{Chunk, Row};
use crate::Table;

/// The rows of a chunk with its texts as shared dictionaries.
pub(crate) struct Columns {
    rows: Vec<Row>,
    names: ArrayRef,
    words: ArrayRef,
    source: ArrayRef,
    tap: ArrayRef,
    ts: TimeUnit,
    schema: SchemaRef,
}

impl Columns {
    /// Takes a chunk apart. Its rows keep their numbers.
    pub(crate) fn new(chunk: Chunk, source: &str, tap: &str) -> Self {
        let array = |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values([text])) };
        let fine = chunk.rows.iter().any(|row| row.ts % 1000 != 0);
        let ts = if fine { TimeUnit::Microsecond } else { TimeUnit::Millisecond };
        Self {
            ts,
            schema: Table::Lookups.written_schema(ts),
            rows: chunk.rows,
            names: Arc::new(chunk.names.into_texts().into_array()),
            words: Arc::new(chunk.words.into_texts().into_array()),
            source: array(source),
            tap: array(tap),
        }
    }

    /// The unit of the instants: milliseconds where none is finer, which spares ten bits a row.
    pub(crate) fn ts_unit(&self) -> TimeUnit {
        self.ts
    }

    /// The rows numbered in `order`, in that order.
    pub(crate) fn batch(&self, order: &[u32]) -> Result<RecordBatch, ArrowError> {
        let rows = || order.iter().map(|&i| &self.rows[i as usize]);
        let name = |i: fn(&Row) -> u32| texts(rows().map(i), &self.names);
        let word = |i: fn(&Row) -> u32| texts(rows().map(i), &self.words);
        let constant = |of: &ArrayRef| texts(rows().map(|_| 1), of);
        let ts: ArrayRef = if self.ts == TimeUnit::Millisecond {
            let ms = rows().map(|r| r.ts / 1000);
            Arc::new(TimestampMillisecondArray::from_iter_values(ms).with_timezone("UTC"))
        } else {
            Arc::new(TimestampMicrosecondArray::from_iter_values(rows().map(|r| r.ts)).with_timezone("UTC"))
        };
        let columns = vec![
            ts,
            coded(rows().map(|r| Some(r.facts.vantage)))?,
            word(|r| r.facts.client)?,
            Arc::new(rows().map(|r| r.facts.client_port).collect::<UInt16Array>()),
            word(|r| r.facts.server)?,
            coded(rows().map(|r| r.facts.transport))?,
            Arc::new(rows().map(|r| r.facts.id).collect::<UInt16Array>()),
            name(|r| r.facts.qname)?,
            word(|r| r.facts.raw)?,
            coded(rows().map(|r| r.facts.qtype))?,
            coded(rows().map(|r| r.facts.qclass))?,
            coded(rows().map(|r| r.facts.rcode))?,
            coded(rows().map(|r| r.facts.flags))?,
            word(|r| r.facts.answers)?,
            Arc::new(rows().map(|r| r.facts.ttl_min_s).collect::<UInt32Array>()),
            Arc::new(rows().map(|r| r.facts.negative_ttl_s).collect::<UInt32Array>()),
            Arc::new(rows().map(|r| r.facts.rtt_us).collect::<UInt64Array>()),
            Arc::new(rows().map(|r| r.facts.cached).collect::<BooleanArray>()),
            Arc::new(UInt32Array::from_iter_values(rows().map(|r| r.facts.count))),
            coded(rows().map(|r| Some(r.facts.side.as_str())))?,
            constant(&self.source)?,
            constant(&self.tap)?,
            Arc::new(UInt64Array::from_iter_values(rows().map(|r| r.at_byte))),
            coded(rows().map(|r| Some(if r.at_frame { "frame" } else { "line" })))?,
            Arc::new(UInt64Array::from_iter_values(rows().map(|r| r.at_unit))),
        ];
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

/// Texts by number, 0 for none, over a dictionary that many batches share.
fn texts(numbers: impl Iterator<Item = u32>, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let keys: UInt32Array = numbers.map(|n| n.checked_sub(1)).collect();
    Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, values.clone())?))
}

/// Values of a small set, as their text.
fn coded<T: Ord + ToString>(values: impl Iterator<Item = Option<T>>) -> Result<ArrayRef, ArrowError> {
    let mut seen: BTreeMap<T, u32> = BTreeMap::new();
    let mut texts: Vec<String> = Vec::new();
    let keys: UInt32Array = values
        .map(|value| {
            value.map(|value| {
                if let Some(&key) = seen.get(&value) {
                    return key;
                }
                let key = u32::try_from(texts.len()).expect("a batch has fewer than 2^32 rows");
                texts.push(value.to_string());
                seen.insert(value, key);
                key
            })
        })
        .collect();
    let values: ArrayRef = Arc::new(StringArray::from(texts));
    Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, values)?))
}
