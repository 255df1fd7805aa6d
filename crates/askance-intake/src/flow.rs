//! Flow records as delimited text with a header: our own form, and `nfdump -o csv`.
//!
//! # Source
//! nfdump(1), output format `csv`, of versions 1.6 (`ts,te,td,sa,da,…`) and 1.7
//! (`firstSeen,duration,proto,srcAddr,…`).

mod state;

use askance_record::{At, FlowRecord, Ledger, Timestamp};

use crate::csv_map::Fields;
use crate::lines::{LineReader, Out, ParseLine};
use crate::stamp::{Clock, NoStamp, find};
use crate::text::scan::{copy_text, ip, number, seconds_as_us, u16_of};
use crate::unwrap::Unwrapped;
use crate::{IntakeError, Options, ReadRecords};

pub(crate) use state::established_by_state;

use state::{established_by_flags, established_by_reset};

/// A reader of flow records.
pub(crate) fn reader(input: Unwrapped, options: &Options) -> Box<dyn ReadRecords> {
    let parser = FlowCsv { clock: Clock::new(options), columns: Vec::new(), summary: false, scratch: Vec::new() };
    Box::new(LineReader::new(input, options, parser))
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Start,
    End,
    Duration,
    Src,
    SrcPort,
    Dst,
    DstPort,
    Proto,
    Packets,
    Bytes,
    State,
    TcpFlags,
    Other,
}

impl Column {
    fn of(name: &[u8]) -> Self {
        let mut lower = [0u8; 24];
        let name = name.trim_ascii();
        let Some(room) = lower.get_mut(..name.len()) else { return Self::Other };
        room.copy_from_slice(name);
        room.make_ascii_lowercase();
        match &*room {
            b"start" | b"ts" | b"firstseen" | b"first_seen" => Self::Start,
            b"end" | b"te" | b"lastseen" | b"last_seen" => Self::End,
            b"td" | b"duration" => Self::Duration,
            b"src" | b"sa" | b"srcaddr" | b"src_ip" | b"src_addr" => Self::Src,
            b"src_port" | b"sp" | b"srcport" | b"sport" => Self::SrcPort,
            b"dst" | b"da" | b"dstaddr" | b"dst_ip" | b"dst_addr" => Self::Dst,
            b"dst_port" | b"dp" | b"dstport" | b"dport" => Self::DstPort,
            b"proto" | b"pr" | b"protocol" => Self::Proto,
            b"packets" | b"ipkt" | b"opkt" => Self::Packets,
            b"bytes" | b"ibyt" | b"obyt" => Self::Bytes,
            b"state" => Self::State,
            b"flg" | b"flags" | b"tcpflags" => Self::TcpFlags,
            _ => Self::Other,
        }
    }
}

struct FlowCsv {
    clock: Clock,
    /// Empty before a header was seen.
    columns: Vec<Column>,
    /// nfdump ends its list with a summary.
    summary: bool,
    scratch: Vec<u8>,
}

/// Why a line is no flow.
enum Refusal {
    Reason(&'static str),
    Stamp(NoStamp),
}

impl FlowCsv {
    /// Takes a line as the header if it names both ends of a flow and its start.
    fn take_header(&mut self, line: &[u8]) -> bool {
        let mut columns = Vec::new();
        let mut fields = Fields::new(line, b",", true, &mut self.scratch);
        while let Ok(Some(field)) = fields.next() {
            columns.push(Column::of(field));
        }
        let is_header = [Column::Start, Column::Src, Column::Dst].iter().all(|needed| columns.contains(needed));
        if is_header {
            self.columns = columns;
            self.summary = false;
        }
        is_header
    }

    fn row(&mut self, line: &[u8], flow: &mut FlowRecord) -> Result<(), Refusal> {
        let mut started = false;
        let (mut duration_us, mut flags) = (None, None);
        let mut fields = Fields::new(line, b",", true, &mut self.scratch);
        for column in &self.columns {
            let Some(field) = fields.next().map_err(|_| Refusal::Reason("damaged quotes"))? else { break };
            let field = field.trim_ascii();
            match column {
                Column::Start => {
                    flow.start = settle(&mut self.clock, field)?;
                    started = true;
                }
                Column::End if !field.is_empty() => flow.end = Some(settle(&mut self.clock, field)?),
                Column::Duration => duration_us = seconds_as_us(field),
                Column::TcpFlags => flags = established_by_flags(field),
                Column::Src => flow.src = Some(ip(field).ok_or(Refusal::Reason("bad source address"))?),
                Column::Dst => flow.dst = Some(ip(field).ok_or(Refusal::Reason("bad destination address"))?),
                column => optional(*column, field, flow).map_err(Refusal::Reason)?,
            }
        }
        if !started || flow.src.is_none() || flow.dst.is_none() {
            return Err(Refusal::Reason("too few fields"));
        }
        if let (None, Some(us)) = (flow.end, duration_us) {
            flow.end = Some(flow.start.plus_us(i64::try_from(us).unwrap_or(i64::MAX)));
        }
        let tcp = flow.proto == "tcp" || flow.proto.is_empty();
        let state = flow.state.as_bytes();
        let by_state = established_by_state(state).or_else(|| established_by_reset(state, flow.packets));
        flow.established = by_state.or(flags).filter(|_| tcp);
        Ok(())
    }
}

fn settle(clock: &mut Clock, field: &[u8]) -> Result<Timestamp, Refusal> {
    let stamp = find(field).map_err(Refusal::Stamp)?;
    if stamp.len != field.len() {
        return Err(Refusal::Stamp(NoStamp::Absent));
    }
    clock.settle(&stamp).map_err(Refusal::Stamp)
}

/// Sets what a flow may lack.
fn optional(column: Column, field: &[u8], flow: &mut FlowRecord) -> Result<(), &'static str> {
    if matches!(field, b"" | b"-") {
        return Ok(());
    }
    match column {
        Column::SrcPort => flow.src_port = Some(port(field).ok_or("bad source port")?),
        Column::DstPort => flow.dst_port = Some(port(field).ok_or("bad destination port")?),
        Column::Proto => protocol(field, &mut flow.proto),
        Column::Packets => flow.packets = Some(sum(flow.packets, field).ok_or("bad packet count")?),
        Column::Bytes => flow.bytes = Some(sum(flow.bytes, field).ok_or("bad octet count")?),
        Column::State => copy_text(field, 64, &mut flow.state),
        _ => {}
    }
    Ok(())
}

/// A port; nfdump writes an ICMP type and code as `8.0`.
fn port(field: &[u8]) -> Option<u16> {
    match field.split(|&b| b == b'.').collect::<Vec<_>>().as_slice() {
        [whole] => u16_of(whole),
        [kind, code] => Some(u16_of(kind)?.checked_mul(256)?.checked_add(u16_of(code)?)?),
        _ => None,
    }
}

/// Adds one direction's count to the other's.
fn sum(before: Option<u64>, field: &[u8]) -> Option<u64> {
    number(field)?.checked_add(before.unwrap_or(0))
}

/// The protocol in lower case, by name where its number is common.
fn protocol(field: &[u8], into: &mut String) {
    match field {
        b"1" => into.push_str("icmp"),
        b"6" => into.push_str("tcp"),
        b"17" => into.push_str("udp"),
        b"58" => into.push_str("icmp6"),
        _ => {
            copy_text(field, 32, into);
            into.make_ascii_lowercase();
        }
    }
}

impl ParseLine for FlowCsv {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        let text = line.trim_ascii();
        if text.is_empty() {
            out.ledger.unrelated("empty line", at, line);
        } else if text.first().is_some_and(|b| !b.is_ascii_digit()) && self.take_header(text) {
            out.ledger.unrelated("header line", at, line);
        } else if self.columns.is_empty() {
            out.ledger.reject("no header that names the columns", at, line);
        } else if self.summary || text == b"Summary" || text.starts_with(b"No matching flows") {
            self.summary = true;
            out.ledger.unrelated("summary", at, line);
        } else {
            let flow = out.batch.flows.push();
            match self.row(text, flow) {
                Ok(()) => {
                    flow.at = at;
                    out.ledger.units_in += 1;
                    out.ledger.flows += 1;
                }
                Err(refusal) => {
                    out.batch.flows.pop();
                    let reason = match refusal {
                        Refusal::Reason(reason) => reason,
                        Refusal::Stamp(why) => why.reason(at)?,
                    };
                    out.ledger.reject(reason, at, line);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
    }
}

#[cfg(test)]
mod tests;
