//! Rows of `conn.log`.

use askance_record::FlowRecord;

use super::row::{Refusal, ts};
use super::tsv::{Column, Schema};
use crate::flow::established_by_state;
use crate::stamp::Clock;
use crate::text::scan::{copy_text, ip, number, seconds_as_us, u16_of};

/// What comes in two columns, one a direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    has_ts: bool,
    duration_us: Option<u64>,
    packets: Option<u64>,
    payload: Option<u64>,
    ip_octets: Option<u64>,
}

/// Reads a TSV row.
pub(super) fn row(
    line: &[u8],
    schema: &Schema,
    scratch: &mut Vec<u8>,
    clock: &mut Clock,
    flow: &mut FlowRecord,
) -> Result<(), Refusal> {
    let mut sums = Sums::default();
    let n =
        schema.for_each(line, |column, value| field(column, schema.octets(value, scratch), clock, flow, &mut sums))?;
    if n < schema.columns.len() {
        return Err(Refusal::Reason("too few fields"));
    }
    finish(flow, sums)
}

/// Takes one field.
pub(super) fn field(
    column: Column,
    value: &[u8],
    clock: &mut Clock,
    flow: &mut FlowRecord,
    sums: &mut Sums,
) -> Result<(), Refusal> {
    let bad = Refusal::Reason;
    let add = |sum: &mut Option<u64>| {
        *sum = Some(number(value).ok_or(bad("bad count"))?.saturating_add(sum.unwrap_or(0)));
        Ok(())
    };
    match column {
        Column::Ts => {
            flow.start = ts(clock, value)?;
            sums.has_ts = true;
        }
        Column::OrigH => flow.src = Some(ip(value).ok_or(bad("bad source address"))?),
        Column::OrigP => flow.src_port = Some(u16_of(value).ok_or(bad("bad source port"))?),
        Column::RespH => flow.dst = Some(ip(value).ok_or(bad("bad destination address"))?),
        Column::RespP => flow.dst_port = Some(u16_of(value).ok_or(bad("bad destination port"))?),
        Column::Proto => {
            copy_text(value, 32, &mut flow.proto);
            flow.proto.make_ascii_lowercase();
        }
        Column::Duration => sums.duration_us = Some(seconds_as_us(value).ok_or(bad("bad duration"))?),
        Column::ConnState => copy_text(value, 64, &mut flow.state),
        Column::OrigPkts | Column::RespPkts => add(&mut sums.packets)?,
        Column::OrigBytes | Column::RespBytes => add(&mut sums.payload)?,
        Column::OrigIpBytes | Column::RespIpBytes => add(&mut sums.ip_octets)?,
        _ => {}
    }
    Ok(())
}

/// Settles what only the whole row tells.
pub(super) fn finish(flow: &mut FlowRecord, sums: Sums) -> Result<(), Refusal> {
    if !sums.has_ts {
        return Err(Refusal::Reason("no time stamp"));
    }
    if flow.src.is_none() || flow.dst.is_none() {
        return Err(Refusal::Reason("row without both addresses"));
    }
    flow.end = sums.duration_us.map(|us| flow.start.plus_us(i64::try_from(us).unwrap_or(i64::MAX)));
    flow.packets = sums.packets;
    flow.bytes = sums.ip_octets.or(sums.payload);
    flow.established = established_by_state(flow.state.as_bytes()).filter(|_| flow.proto == "tcp");
    Ok(())
}
