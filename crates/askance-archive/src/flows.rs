//! The columns of flows.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, TimestampMicrosecondBuilder, UInt16Builder, UInt64Builder};
use askance_record::FlowRecord;

use crate::Table;
use crate::side::{Fill, Origin, TextColumn, some};

#[derive(Default)]
pub(crate) struct FlowColumns {
    ts: TimestampMicrosecondBuilder,
    ts_end: TimestampMicrosecondBuilder,
    src: TextColumn,
    src_port: UInt16Builder,
    dst: TextColumn,
    dst_port: UInt16Builder,
    proto: TextColumn,
    packets: UInt64Builder,
    bytes: UInt64Builder,
    state: TextColumn,
    established: BooleanBuilder,
    origin: Origin,
    scratch: String,
}

impl Fill for FlowColumns {
    type Row = FlowRecord;
    const TABLE: Table = Table::Flows;

    fn push(&mut self, flow: &FlowRecord, source: &str, tap: &str) {
        self.ts.append_value(flow.start.us());
        self.ts_end.append_option(flow.end.map(askance_record::Timestamp::us));
        for (column, ip) in [(&mut self.src, flow.src), (&mut self.dst, flow.dst)] {
            self.scratch.clear();
            if let Some(ip) = ip {
                write!(self.scratch, "{ip}").expect("writing to a String cannot fail");
            }
            column.append_option(some(&self.scratch));
        }
        self.src_port.append_option(flow.src_port);
        self.dst_port.append_option(flow.dst_port);
        self.proto.append_option(some(&flow.proto));
        self.packets.append_option(flow.packets);
        self.bytes.append_option(flow.bytes);
        self.state.append_option(some(&flow.state));
        self.established.append_option(flow.established);
        self.origin.push(flow.at, source, tap);
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.ts.finish().with_timezone("UTC")),
            Arc::new(self.ts_end.finish().with_timezone("UTC")),
            Arc::new(self.src.finish()),
            Arc::new(self.src_port.finish()),
            Arc::new(self.dst.finish()),
            Arc::new(self.dst_port.finish()),
            Arc::new(self.proto.finish()),
            Arc::new(self.packets.finish()),
            Arc::new(self.bytes.finish()),
            Arc::new(self.state.finish()),
            Arc::new(self.established.finish()),
        ];
        columns.extend(self.origin.take());
        columns
    }
}
