//! Rows for tests, and files read back.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{TimestampMicrosecondType, TimestampMillisecondType, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use askance_record::{
    Answer, At, Batch, Flags, Host, Ledger, Lookup, Name, Rcode, RrClass, RrType, Side, SourceId, Timestamp, Transport,
    Unit, Vantage, write_answers,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use crate::{Archive, SourceMeta, Table};

pub(crate) fn meta(id: &str) -> SourceMeta {
    SourceMeta {
        id: id.into(),
        format: "bind".into(),
        vantage: Some(Vantage::ResolverClient),
        tap: "tap".into(),
        options: "zone=UTC".into(),
        resolution: None,
    }
}

pub(crate) fn batch_of(lookups: &[Lookup]) -> Batch {
    let mut batch = Batch::with_room(lookups.len().max(1));
    for lookup in lookups {
        *batch.lookups.push() = lookup.clone();
    }
    batch
}

pub(crate) fn ledger_of(lookups: usize) -> Ledger {
    Ledger { units_in: lookups as u64, lookups: lookups as u64, ..Ledger::default() }
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        Just(Host::Unknown),
        (0u8..4).prop_map(|d| Host::Ip(IpAddr::V4(Ipv4Addr::new(192, 0, 2, d)))),
        Just(Host::Ip("2001:db8::1".parse().expect("literal"))),
        Just(Host::Named("pc-7".into())),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        Just("."),
        Just("example"),
        Just("Mail1.hotel.example"),
        Just("mail1.hotel.example"),
        Just("mail1-hotel.example"),
        Just("a\\.b.example"),
        Just("192.0.2.1"),
        Just("5.2.0.192.in-addr.arpa"),
    ]
    .prop_map(|text| Name::parse(text).expect("literal"))
}

/// Lookups with few distinct values, so that equal ones happen.
pub(crate) fn lookup() -> impl Strategy<Value = Lookup> {
    let head = (0i64..3, 0u64..1000, any::<bool>(), 0usize..5, host(), host(), name());
    let numbers = (
        proptest::option::of(0u16..2),
        proptest::option::of(Just(53u16)),
        proptest::option::of(prop_oneof![Just(RrType::A), Just(RrType::PTR), Just(RrType(4711))]),
        proptest::option::of(Just(RrClass::IN)),
        proptest::option::of(prop_oneof![Just(Rcode::NOERROR), Just(Rcode::NXDOMAIN)]),
        proptest::option::of(Just(Flags::RD | Flags::EDNS)),
        proptest::option::of(Just(Transport::Tcp)),
        proptest::option::of(any::<bool>()),
    );
    let rest = (0u8..3, proptest::option::of(0u32..9), proptest::option::of(0u64..9), 1u32..3);
    (head, numbers, rest).prop_map(|(head, numbers, rest)| {
        let (ts, byte, frame, vantage, client, server, qname) = head;
        let answer = Answer { owner: None, rtype: Some(RrType::A), ttl_s: Some(60), data: "192.0.2.9".into() };
        Lookup {
            ts: Timestamp::from_us(ts * 500),
            at: At {
                source: SourceId(0),
                byte,
                unit: if frame { Unit::Frame(byte + 1) } else { Unit::Line(byte + 1) },
            },
            vantage: Vantage::ALL[vantage],
            client,
            client_port: numbers.0,
            server,
            transport: numbers.6,
            id: numbers.1,
            qname,
            qtype: numbers.2,
            qclass: numbers.3,
            side: [Side::Query, Side::Response, Side::Both][rest.0 as usize],
            rcode: numbers.4,
            flags: numbers.5,
            answers: if rest.0 == 2 { vec![answer] } else { Vec::new() },
            answers_known: rest.0 > 0,
            ttl_min_s: rest.1,
            negative_ttl_s: rest.1.map(|s| s + 1),
            rtt_us: rest.2,
            cached: numbers.7,
            count: rest.3,
        }
    })
}

/// A lookup as the archive should show it, a column behind the other.
pub(crate) fn shown(lookup: &Lookup, source: &str, with_position: bool) -> String {
    let or = |text: Option<String>| text.unwrap_or_else(|| "NULL".into());
    let host = |host: &Host| if *host == Host::Unknown { "NULL".into() } else { host.to_string() };
    let mut answers = String::new();
    write_answers(&lookup.answers, &mut answers);
    let (kind, unit) = match lookup.at.unit {
        Unit::Line(n) => ("line", n),
        Unit::Frame(n) => ("frame", n),
    };
    let mut columns = vec![
        lookup.ts.us().to_string(),
        lookup.vantage.to_string(),
        host(&lookup.client),
        or(lookup.client_port.map(|n| n.to_string())),
        host(&lookup.server),
        or(lookup.transport.map(|t| t.to_string())),
        or(lookup.id.map(|n| n.to_string())),
        lookup.qname.key().to_owned(),
        or(lookup.qname.raw_if_different().map(str::to_owned)),
        or(lookup.qtype.map(|t| t.to_string())),
        or(lookup.qclass.map(|t| t.to_string())),
        or(lookup.rcode.map(|t| t.to_string())),
        or(lookup.flags.map(|t| t.to_string())),
        or(lookup.answers_known.then_some(answers)),
        or(lookup.ttl_min_s.map(|n| n.to_string())),
        or(lookup.negative_ttl_s.map(|n| n.to_string())),
        or(lookup.rtt_us.map(|n| n.to_string())),
        or(lookup.cached.map(|n| n.to_string())),
        lookup.count.to_string(),
        lookup.side.as_str().to_owned(),
        source.to_owned(),
        "tap".to_owned(),
    ];
    if with_position {
        columns.extend([lookup.at.byte.to_string(), kind.to_owned(), unit.to_string()]);
    }
    columns.join("|")
}

/// The rows of a table, file by file, each as its columns joined by `|`.
pub(crate) fn read_back(dir: &Path, table: Table) -> Vec<Vec<String>> {
    let archive = Archive::open(dir).expect("readable");
    archive
        .files(table)
        .map(|(path, entry)| {
            let file = File::open(path).expect("listed");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet").build().expect("reader");
            let rows: Vec<String> = reader.flat_map(|batch| rows_of(&batch.expect("batch"))).collect();
            assert_eq!(rows.len() as u64, entry.rows);
            rows
        })
        .collect()
}

fn rows_of(batch: &RecordBatch) -> Vec<String> {
    let cell = |column: usize, row: usize| {
        let array = batch.column(column);
        if array.is_null(row) {
            return "NULL".to_owned();
        }
        match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
            DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
            DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
            DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
            DataType::Boolean => array.as_boolean().value(row).to_string(),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                (1000 * array.as_primitive::<TimestampMillisecondType>().value(row)).to_string()
            }
            DataType::Timestamp(..) => array.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
            other => panic!("no column should be {other}"),
        }
    };
    (0..batch.num_rows())
        .map(|row| (0..batch.num_columns()).map(|column| cell(column, row)).collect::<Vec<_>>().join("|"))
        .collect()
}
