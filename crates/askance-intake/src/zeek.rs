//! Zeek's `dns.log` and `conn.log`, as TSV and as JSON lines.
//!
//! # Source
//! Zeek `base/protocols/dns/main.zeek`, `base/protocols/conn/main.zeek`,
//! `src/threading/formatters/Ascii.cc` (escapes), `JSON.cc`.

mod conn;
mod dns;
mod json;
mod row;
mod tsv;

use std::collections::{HashSet, VecDeque};

use askance_record::{At, Ledger, Vantage};

use crate::lines::{LineReader, Out, ParseLine};
use crate::stamp::Clock;
use crate::unwrap::Unwrapped;
use crate::{Format, IntakeError, Options, ReadRecords};
use row::{Key, Refusal};
use tsv::Schema;

/// A reader of one of Zeek's logs.
pub(crate) fn reader(input: Unwrapped, format: Format, options: &Options) -> Box<dyn ReadRecords> {
    let parser = Zeek {
        clock: Clock::new(options),
        conn: format == Format::ZeekConn,
        schema: Schema::default(),
        scratch: Vec::new(),
        vantage: options.vantage,
        inferred: false,
        seen: Seen { keys: HashSet::new(), order: VecDeque::new(), max: options.limits.pending_max },
    };
    Box::new(LineReader::new(input, options, parser))
}

struct Zeek {
    clock: Clock,
    conn: bool,
    schema: Schema,
    scratch: Vec<u8>,
    vantage: Option<Vantage>,
    inferred: bool,
    seen: Seen,
}

/// The latest keys (uid, transaction, name, type), to tell doubled rows.
struct Seen {
    keys: HashSet<u64>,
    order: VecDeque<u64>,
    max: usize,
}

impl Seen {
    /// True where the key was among the latest.
    fn again(&mut self, key: u64) -> bool {
        if !self.keys.insert(key) {
            return true;
        }
        if self.order.len() >= self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
        self.order.push_back(key);
        false
    }
}

impl Zeek {
    fn lookup(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        let lookup = out.batch.lookups.push();
        let mut key = Key::default();
        let read = if line[0] == b'{' {
            json::dns(line, &self.schema, &mut self.scratch, &mut self.clock, lookup, &mut key)
        } else {
            dns::row(line, &self.schema, &mut self.scratch, &mut self.clock, lookup, &mut key)
        };
        let finished = read.and_then(|()| dns::finish(lookup, &key));
        match finished {
            Ok(()) => {
                lookup.at = at;
                self.inferred |= self.vantage.is_none();
                lookup.vantage = self.vantage.unwrap_or_else(|| dns::vantage(lookup));
                if key.uid != 0 && self.seen.again(key.hash(lookup)) {
                    out.ledger.duplicates += 1;
                }
                out.took_lookup();
            }
            Err(refusal) => {
                out.batch.lookups.pop();
                refuse(refusal, at, line, out)?;
            }
        }
        Ok(())
    }

    fn flow(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        let flow = out.batch.flows.push();
        let read = if line[0] == b'{' {
            json::conn(line, &self.schema, &mut self.scratch, &mut self.clock, flow)
        } else {
            conn::row(line, &self.schema, &mut self.scratch, &mut self.clock, flow)
        };
        match read {
            Ok(()) => {
                flow.at = at;
                out.ledger.units_in += 1;
                out.ledger.flows += 1;
            }
            Err(refusal) => {
                out.batch.flows.pop();
                refuse(refusal, at, line, out)?;
            }
        }
        Ok(())
    }
}

fn refuse(refusal: Refusal, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
    match refusal {
        Refusal::Reason(reason) => out.ledger.reject(reason, at, line),
        Refusal::Stamp(why) => {
            let reason = why.reason(at)?;
            out.ledger.reject(reason, at, line);
        }
    }
    Ok(())
}

impl ParseLine for Zeek {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        match line.first() {
            None => out.ledger.unrelated("empty line", at, line),
            Some(b'#') => {
                self.schema.directive(line, self.conn);
                out.ledger.unrelated("header or footer", at, line);
            }
            Some(b'{') if self.conn => self.flow(at, line, out)?,
            Some(b'{') => self.lookup(at, line, out)?,
            Some(_) if !self.schema.is_known() => out.ledger.reject("row before any #fields", at, line),
            Some(_) if self.schema.is_other_log() => out.ledger.unrelated("row of another log", at, line),
            Some(_) if self.conn => self.flow(at, line, out)?,
            Some(_) => self.lookup(at, line, out)?,
        }
        Ok(())
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
        if self.inferred && ledger.lookups > 0 {
            ledger.assume(
                "the vantage is told from RD: a query that desires recursion was seen before its resolver, \
                 any other before an authoritative server",
            );
        }
    }
}

#[cfg(test)]
mod tests;
