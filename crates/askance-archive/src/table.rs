//! The tables and their columns: the stable format of the data files.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

/// How many rows a row group holds at most.
pub(crate) const GROUP_ROWS: usize = 1 << 17;

/// How many row groups a file holds at most.
pub(crate) const FILE_GROUPS: usize = 8;

/// A kind of row that an archive keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Lookups.
    ///
    /// `ts` instant, UTC, in a file of milliseconds where the source has no finer ones · `vantage` · `client`, `server` address or other identity, NULL unknown ·
    /// `client_port` · `transport` · `id` message identifier · `qname` key · `qname_raw` the spelling
    /// seen, NULL where it is the key · `qtype`, `qclass`, `rcode` mnemonics · `flags` as `dig` prints them ·
    /// `answers` in the form of [`askance_record::write_answers`], NULL where the source does not show them ·
    /// `ttl_min_s`, `negative_ttl_s` seconds · `rtt_us` microseconds · `cached` · `count` lookups that the
    /// row stands for · `side` which halves were seen · `source`, `tap` · `at_byte` octets into the unwrapped
    /// input · `at_kind`, `at_unit` the line or frame.
    Lookups,
    /// Flows: `ts`, `ts_end`, `src`, `src_port`, `dst`, `dst_port`, `proto`, `packets`, `bytes`, `state`,
    /// `established`, then `source` and the position as for lookups.
    Flows,
    /// Mail events: `ts`, `kind`, `host`, `program`, `queue_id`, `peer`, `peer_name`, `helo`, `mail_from`,
    /// `rcpt_to`, `code`, `text`, then `source` and the position as for lookups.
    Mail,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 3] = [Self::Lookups, Self::Flows, Self::Mail];

    /// The name, also that of its folder.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookups => "lookups",
            Self::Flows => "flows",
            Self::Mail => "mail",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }

    /// The columns, with text held as `text` says: a reader may want views, the writer has dictionaries.
    ///
    /// Columns are only ever added at the end of a version.
    pub fn schema(self, text: &DataType) -> Schema {
        let columns: &[(&str, Kind)] = match self {
            Self::Lookups => LOOKUPS,
            Self::Flows => FLOWS,
            Self::Mail => MAIL,
        };
        let fields = columns.iter().map(|(name, kind)| match kind {
            Kind::Instant => Field::new(*name, instant(), false),
            Kind::InstantOr => Field::new(*name, instant(), true),
            Kind::Text => Field::new(*name, text.clone(), false),
            Kind::TextOr => Field::new(*name, text.clone(), true),
            Kind::U16Or => Field::new(*name, DataType::UInt16, true),
            Kind::U32 => Field::new(*name, DataType::UInt32, false),
            Kind::U32Or => Field::new(*name, DataType::UInt32, true),
            Kind::U64 => Field::new(*name, DataType::UInt64, false),
            Kind::U64Or => Field::new(*name, DataType::UInt64, true),
            Kind::BoolOr => Field::new(*name, DataType::Boolean, true),
        });
        Schema::new(fields.collect::<Vec<_>>())
    }

    /// The schema that the writer uses: text as dictionaries, `ts` in milliseconds where it has no finer part.
    pub(crate) fn written_schema(self, ts: TimeUnit) -> Arc<Schema> {
        let text = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
        let schema = self.schema(&text);
        let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
        fields[0] = Arc::new(Field::new("ts", DataType::Timestamp(ts, Some("UTC".into())), false));
        Arc::new(Schema::new(fields))
    }

    /// How the columns are packed.
    pub(crate) fn properties(self) -> WriterProperties {
        let level = ZstdLevel::try_new(3).expect("3 is a level of zstd");
        let mut p = WriterProperties::builder()
            .set_created_by(concat!("askance ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new("askance.archive".to_owned(), "1".to_owned())]))
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_dictionary_page_size_limit(8 << 20);
        for name in ["ts", "ts_end", "at_byte", "at_unit"] {
            p = p
                .set_column_dictionary_enabled(ColumnPath::from(name), false)
                .set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
        }
        for name in ["client_port", "id", "src_port"] {
            p = p
                .set_column_dictionary_enabled(ColumnPath::from(name), false)
                .set_column_encoding(ColumnPath::from(name), Encoding::BYTE_STREAM_SPLIT);
        }
        for name in ["at_byte", "at_unit", "at_kind", "id", "client_port", "answers", "flags"] {
            p = p.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Chunk);
        }
        if self == Self::Lookups {
            p = p.set_column_bloom_filter_fpp(ColumnPath::from("qname"), 0.05);
        }
        p.build()
    }
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

enum Kind {
    Instant,
    InstantOr,
    Text,
    TextOr,
    U16Or,
    U32,
    U32Or,
    U64,
    U64Or,
    BoolOr,
}

const LOOKUPS: &[(&str, Kind)] = &[
    ("ts", Kind::Instant),
    ("vantage", Kind::Text),
    ("client", Kind::TextOr),
    ("client_port", Kind::U16Or),
    ("server", Kind::TextOr),
    ("transport", Kind::TextOr),
    ("id", Kind::U16Or),
    ("qname", Kind::Text),
    ("qname_raw", Kind::TextOr),
    ("qtype", Kind::TextOr),
    ("qclass", Kind::TextOr),
    ("rcode", Kind::TextOr),
    ("flags", Kind::TextOr),
    ("answers", Kind::TextOr),
    ("ttl_min_s", Kind::U32Or),
    ("negative_ttl_s", Kind::U32Or),
    ("rtt_us", Kind::U64Or),
    ("cached", Kind::BoolOr),
    ("count", Kind::U32),
    ("side", Kind::Text),
    ("source", Kind::Text),
    ("tap", Kind::Text),
    ("at_byte", Kind::U64),
    ("at_kind", Kind::Text),
    ("at_unit", Kind::U64),
];

const FLOWS: &[(&str, Kind)] = &[
    ("ts", Kind::Instant),
    ("ts_end", Kind::InstantOr),
    ("src", Kind::TextOr),
    ("src_port", Kind::U16Or),
    ("dst", Kind::TextOr),
    ("dst_port", Kind::U16Or),
    ("proto", Kind::TextOr),
    ("packets", Kind::U64Or),
    ("bytes", Kind::U64Or),
    ("state", Kind::TextOr),
    ("established", Kind::BoolOr),
    ("source", Kind::Text),
    ("tap", Kind::Text),
    ("at_byte", Kind::U64),
    ("at_kind", Kind::Text),
    ("at_unit", Kind::U64),
];

const MAIL: &[(&str, Kind)] = &[
    ("ts", Kind::Instant),
    ("kind", Kind::Text),
    ("host", Kind::TextOr),
    ("program", Kind::TextOr),
    ("queue_id", Kind::TextOr),
    ("peer", Kind::TextOr),
    ("peer_name", Kind::TextOr),
    ("helo", Kind::TextOr),
    ("mail_from", Kind::TextOr),
    ("rcpt_to", Kind::TextOr),
    ("code", Kind::U16Or),
    ("text", Kind::TextOr),
    ("source", Kind::Text),
    ("tap", Kind::Text),
    ("at_byte", Kind::U64),
    ("at_kind", Kind::Text),
    ("at_unit", Kind::U64),
];
