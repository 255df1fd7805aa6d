use std::sync::Arc;

use askance_inference::state::{Event, RcodeClass, Role, SeriesState};
use askance_record::Timestamp;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;

use super::StateFold;
use crate::fold::FoldUdaf;

#[derive(Clone, Debug)]
struct Row {
    group: &'static str,
    us: i64,
    role: u8,
    rcode: Option<&'static str>,
    ttl: Option<u32>,
    cached: Option<bool>,
}

fn row() -> impl Strategy<Value = Row> {
    let group = prop_oneof![Just("a"), Just("b"), Just("c")];
    let rcode = proptest::option::of(prop_oneof![Just("NOERROR"), Just("NODATA"), Just("NXDOMAIN"), Just("YXRRSET")]);
    let ttl = proptest::option::of(0u32..1000);
    (group, 0i64..400_000_000_000, 0u8..12, rcode, ttl, any::<Option<bool>>())
        .prop_map(|(group, us, role, rcode, ttl, cached)| Row { group, us, role, rcode, ttl, cached })
}

fn batch(rows: &[Row]) -> RecordBatch {
    let columns: [(&str, ArrayRef); 6] = [
        ("g", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.group)))),
        ("ts", Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|r| r.us)).with_timezone("UTC"))),
        ("role", Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.role)))),
        ("rcode", Arc::new(rows.iter().map(|r| r.rcode).collect::<StringArray>())),
        ("ttl", Arc::new(rows.iter().map(|r| r.ttl).collect::<UInt32Array>())),
        ("cached", Arc::new(rows.iter().map(|r| r.cached).collect::<BooleanArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("batch")
}

/// The states of the groups, by the engine, from rows in these partitions and batches.
fn states(partitions: Vec<Vec<RecordBatch>>, batch_size: usize, memory: Option<usize>) -> Vec<(String, Vec<u8>)> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions.len().max(2))
        .with_batch_size(batch_size)
        .set_u64("datafusion.execution.skip_partial_aggregation_probe_rows_threshold", 20)
        .set_u64("datafusion.execution.sort_spill_reservation_bytes", 1 << 16)
        .set_str("datafusion.execution.skip_partial_aggregation_probe_ratio_threshold", "0.1");
    let environment = datafusion::execution::runtime_env::RuntimeEnvBuilder::new();
    let environment = match memory {
        Some(octets) => environment.with_memory_limit(octets, 1.0),
        None => environment,
    };
    let context = SessionContext::new_with_config_rt(config, environment.build_arc().expect("environment"));
    context.register_udaf(AggregateUDF::from(FoldUdaf::<StateFold>::new()));
    let schema = partitions[0][0].schema();
    context.register_table("t", Arc::new(MemTable::try_new(schema, partitions).expect("table"))).expect("registers");
    let sql = "SELECT g, series_state(ts, role, rcode, ttl, cached, 42) AS s FROM t GROUP BY g ORDER BY g";
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("runtime");
    let batches = runtime.block_on(async { context.sql(sql).await?.collect().await }).expect("runs");
    let mut out = Vec::new();
    for batch in &batches {
        let groups = crate::rows::texts(batch.column(0)).expect("text");
        let states = datafusion::arrow::array::cast::AsArray::as_binary::<i64>(batch.column(1));
        for row in 0..batch.num_rows() {
            out.push((groups.value(row).to_owned(), states.value(row).to_vec()));
        }
    }
    out
}

/// The same, by one pass in plain Rust.
fn one_pass(rows: &[Row]) -> Vec<(String, Vec<u8>)> {
    let mut groups = std::collections::BTreeMap::<&str, SeriesState>::new();
    for row in rows {
        groups.entry(row.group).or_insert_with(|| SeriesState::new(42)).push(&Event {
            ts: Timestamp::from_us(row.us),
            role: Role::from_u8(row.role).unwrap_or(Role::Other),
            rcode: match row.rcode {
                None => RcodeClass::Unknown,
                Some("NOERROR") => RcodeClass::NoError,
                Some("NODATA") => RcodeClass::NoData,
                Some("NXDOMAIN") => RcodeClass::NxDomain,
                Some(_) => RcodeClass::Other,
            },
            ttl_s: row.ttl,
            cached: row.cached,
        });
    }
    let encode = |(group, state): (&str, SeriesState)| {
        let mut out = Vec::new();
        state.encode(&mut out);
        (group.to_owned(), out)
    };
    groups.into_iter().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The merge law, through the engine: partitions, batches and their order do not show in the states.
    #[test]
    fn a_state_does_not_depend_on_how_the_rows_were_split(
        rows in proptest::collection::vec(row(), 1..200),
        cuts in proptest::collection::vec(1usize..40, 1..6),
        batch_size in 1usize..64,
    ) {
        let mut partitions = vec![Vec::new(); cuts.len()];
        let (mut rest, mut i) = (&rows[..], 0);
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(cuts[i % cuts.len()].min(rest.len()));
            partitions[i % cuts.len()].push(batch(head));
            (rest, i) = (tail, i + 1);
        }
        partitions.retain(|p| !p.is_empty());
        prop_assert_eq!(states(partitions, batch_size, None), one_pass(&rows));
    }
}

/// Longer than a state keeps, so that days are dropped; and with little memory, so that states spill.
#[test]
fn long_series_and_spilled_ones_obey_the_law_too() {
    let groups = ["a", "b", "c"];
    let row = |i: i64| Row {
        group: groups[usize::try_from(i % 3).expect("small")],
        us: (i * 7_919_000_003).rem_euclid(30 * 86_400_000_000),
        role: u8::try_from(i % 3).expect("small"),
        rcode: None,
        ttl: Some(60),
        cached: None,
    };
    let rows: Vec<Row> = (0..20_000).map(row).collect();
    let partitions = rows.chunks(5_000).map(|part| part.chunks(777).map(batch).collect()).collect::<Vec<_>>();
    assert_eq!(states(partitions.clone(), 1000, None), one_pass(&rows));
    assert_eq!(states(partitions, 1000, Some(3 << 20)), one_pass(&rows));
}
