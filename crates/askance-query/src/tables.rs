//! What a query sees: tables over the listed files, and the views with the contract's columns.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use askance_archive::{Archive, SourceEntry, Table, TallyEntry};
use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use tokio::runtime::Runtime;

use crate::families::Families;

/// The contract's columns first, in the contract's order; what we add stands behind them.
const LOOKUPS: &str = "CREATE VIEW lookups AS SELECT ts, vantage, client, client_port, server, transport, id, qname, \
    coalesce(qname_raw, qname) AS qname_raw, qtype, qclass, rcode, flags, answers, ttl_min_s, rtt_us, source, at_byte, \
    at_kind, at_unit, tap, side, cached, negative_ttl_s, \"count\" FROM stored_lookups";
const FLOWS: &str = "CREATE VIEW flows AS SELECT ts, ts_end, src, src_port, dst, dst_port, proto, packets, bytes, state, \
    established, source, at_byte, at_kind, at_unit, tap FROM stored_flows";
const MAIL: &str = "CREATE VIEW mail AS SELECT ts, kind, host, program, queue_id, peer, peer_name, helo, mail_from, \
    rcpt_to, code, \"text\", source, at_byte, at_kind, at_unit, tap FROM stored_mail";

/// The views that help and documentation name.
const VIEWS: [&str; 6] = ["lookups", "flows", "mail", "ledger", "rejections", "families"];

pub(crate) async fn register(context: &SessionContext, archive: &Archive) -> Result<()> {
    for (table, view) in [(Table::Lookups, LOOKUPS), (Table::Flows, FLOWS), (Table::Mail, MAIL)] {
        context.register_table(format!("stored_{}", table.as_str()), stored(archive, table)?)?;
        context.sql(view).await?;
    }
    context.register_table("ledger", memory(ledger(archive.sources())?)?)?;
    context.register_table("rejections", memory(rejections(archive.sources())?)?)?;
    Ok(())
}

/// Replaces the `families` table.
pub(crate) fn register_families(context: &SessionContext, families: &Families) -> Result<()> {
    let members = families.members();
    let text = |of: fn(&crate::Member) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(members.iter().map(of)))
    };
    let instant = |of: fn(&crate::Member) -> Option<i64>| -> ArrayRef {
        Arc::new(members.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let client: ArrayRef = Arc::new(members.iter().map(|m| m.client.as_deref()).collect::<StringArray>());
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("member", text(|m| &m.member), false),
        ("head", text(|m| &m.head), false),
        ("relation", text(|m| m.relation.as_str()), false),
        ("client", client, true),
        ("since", instant(|m| m.since_us), true),
        ("until", instant(|m| m.until_us), true),
    ])?;
    context.deregister_table("families")?;
    context.register_table("families", memory(batch)?)?;
    Ok(())
}

/// The files of a table that the manifest lists, or an empty table with the same columns.
fn stored(archive: &Archive, table: Table) -> Result<Arc<dyn TableProvider>> {
    let schema = Arc::new(table.schema(&DataType::Utf8View));
    let urls = archive.files(table).map(|(path, _)| url(&path)).collect::<Result<Vec<_>>>()?;
    if urls.is_empty() {
        return Ok(Arc::new(MemTable::try_new(schema, vec![Vec::new()])?));
    }
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// A URL and not a path: a path with `[` or `*` in it would be taken for a pattern.
fn url(path: &Path) -> Result<ListingTableUrl> {
    let path = std::path::absolute(path)?;
    let mut url = "file://".to_owned();
    for part in path.to_string_lossy().replace('\\', "/").split('/') {
        if !part.is_empty() {
            url.push('/');
        }
        for octet in part.bytes() {
            if octet.is_ascii_alphanumeric() || b"-._~:".contains(&octet) {
                url.push(char::from(octet));
            } else {
                write!(url, "%{octet:02X}").expect("writing to a String cannot fail");
            }
        }
    }
    ListingTableUrl::parse(url)
}

fn memory(batch: RecordBatch) -> Result<Arc<dyn TableProvider>> {
    Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
}

/// One row a source; `"in" = lookups + flows + mail + paired + rejected`.
fn ledger(sources: &[SourceEntry]) -> Result<RecordBatch> {
    let text = |of: fn(&SourceEntry) -> Option<String>| -> ArrayRef {
        Arc::new(sources.iter().map(of).collect::<StringArray>())
    };
    let number = |of: fn(&SourceEntry) -> u64| -> ArrayRef {
        let signed = sources.iter().map(|s| i64::try_from(of(s)).unwrap_or(i64::MAX));
        Arc::new(Int64Array::from_iter_values(signed))
    };
    let instant = |of: fn(&SourceEntry) -> Option<i64>| -> ArrayRef {
        Arc::new(sources.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let unrelated = |s: &SourceEntry| s.ledger.unrelated.iter().map(|t| t.count).sum();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("source", text(|s| Some(s.id.clone())), false),
        ("format", text(|s| Some(s.format.clone())), false),
        ("in", number(|s| s.ledger.units_in), false),
        ("lookups", number(|s| s.ledger.lookups), false),
        ("flows", number(|s| s.ledger.flows), false),
        ("mail", number(|s| s.ledger.mail), false),
        ("paired", number(|s| s.ledger.paired), false),
        ("rejected", number(|s| s.ledger.rejected_count()), false),
        ("unrelated", number(unrelated), false),
        ("duplicates", number(|s| s.ledger.duplicates), false),
        ("assumptions", text(|s| Some(s.ledger.assumptions.join("; "))), false),
        ("vantage", text(|s| s.vantage.clone()), true),
        ("tap", text(|s| Some(s.tap.clone())), false),
        ("resolution", text(|s| s.resolution.clone()), true),
        ("first", instant(|s| s.first_us), true),
        ("last", instant(|s| s.last_us), true),
        ("size", number(|s| s.size), false),
        ("sha256", text(|s| Some(s.sha256.clone())), false),
        ("options", text(|s| Some(s.options.clone())), false),
    ])?)
}

/// One row a reason: what was refused, or concerned something else, and where first.
fn rejections(sources: &[SourceEntry]) -> Result<RecordBatch> {
    let mut rows: Vec<(&str, &str, &TallyEntry)> = Vec::new();
    for source in sources {
        rows.extend(source.ledger.rejected.iter().map(|t| (source.id.as_str(), "rejected", t)));
        rows.extend(source.ledger.unrelated.iter().map(|t| (source.id.as_str(), "unrelated", t)));
    }
    let text = |of: fn(&(&str, &str, &TallyEntry)) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let number = |of: fn(&TallyEntry) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| of(r.2))))
    };
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("source", text(|r| r.0.to_owned()), false),
        ("kind", text(|r| r.1.to_owned()), false),
        ("reason", text(|r| r.2.reason.clone()), false),
        ("count", number(|t| t.count), false),
        ("first_at", text(|r| r.2.first_at.clone()), false),
        ("first_byte", number(|t| t.first_byte), false),
        ("example", text(|r| r.2.example.clone()), false),
    ])?)
}

/// What there is to ask about, for people who asked about something else.
pub(crate) fn describe(context: &SessionContext, runtime: &Runtime) -> String {
    let mut out = String::from("there are");
    let state = context.state();
    for (i, view) in VIEWS.iter().enumerate() {
        let columns = state
            .catalog_list()
            .catalog("datafusion")
            .and_then(|c| c.schema("public"))
            .and_then(|s| runtime.block_on(s.table(view)).ok().flatten())
            .map(|table| table.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>().join(", "));
        let columns = columns.unwrap_or_else(|| "member, head, relation, client, since, until".to_owned());
        write!(out, "{} {view}({columns})", if i == 0 { "" } else { ";" }).expect("writing to a String cannot fail");
    }
    out
}

/// The type of an instant in every view.
pub(crate) fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A schema of one column, for tables that queries of ours join with.
pub(crate) fn names_table(names: impl Iterator<Item = String>) -> Result<Arc<dyn TableProvider>> {
    let schema = Arc::new(Schema::new(vec![Field::new("name", DataType::Utf8View, false)]));
    let array: ArrayRef = Arc::new(datafusion::arrow::array::StringViewArray::from_iter_values(names));
    memory(RecordBatch::try_new(schema, vec![array])?)
}
