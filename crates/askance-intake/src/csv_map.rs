//! Delimited text whose columns the user names.

mod fields;
mod map;
mod row;

use askance_record::{At, Ledger, Resolution, Vantage};

use crate::lines::{LineReader, Out, ParseLine};
use crate::stamp::{Clock, NoStamp, Pattern, Stamp, find, find_epoch};
use crate::text::scan::text_of;
use crate::unwrap::Unwrapped;
use crate::{IntakeError, Options, ReadRecords};

pub(crate) use fields::Fields;
pub use map::{CsvColumn, CsvField, CsvHeader, CsvMap, CsvMapError, CsvTime};

/// A reader of delimited text; `options.csv_map` names its columns.
pub(crate) fn reader(input: Unwrapped, options: &Options) -> Result<Box<dyn ReadRecords>, IntakeError> {
    let parser = Mapped::new(options).map_err(IntakeError::CsvMap)?;
    Ok(Box::new(LineReader::new(input, options, parser)))
}

/// How the stamps of the `ts` column are read.
enum Form {
    Auto,
    Epoch,
    Rfc3339,
    Pattern(Pattern),
}

struct Mapped {
    clock: Clock,
    map: CsvMap,
    form: Form,
    vantage: Option<Vantage>,
    /// What stands in each column; settled by the header where that names the columns.
    columns: Vec<Option<CsvField>>,
    header_due: bool,
    scratch: Vec<u8>,
}

impl Mapped {
    fn new(options: &Options) -> Result<Self, CsvMapError> {
        let map = options.csv_map.clone().ok_or(CsvMapError::Missing)?;
        map.check()?;
        let form = match &map.time {
            CsvTime::Auto => Form::Auto,
            CsvTime::Epoch => Form::Epoch,
            CsvTime::Rfc3339 => Form::Rfc3339,
            CsvTime::Pattern(text) => {
                Form::Pattern(Pattern::new(text).ok_or_else(|| CsvMapError::Time { given: text.as_str().into() })?)
            }
        };
        let columns = map.columns.iter().map(|column| column.field).collect();
        Ok(Self {
            clock: Clock::new(options),
            header_due: map.header != CsvHeader::No,
            map,
            form,
            vantage: options.vantage,
            columns,
            scratch: Vec::new(),
        })
    }

    fn fields<'a>(&'a mut self, line: &'a [u8]) -> Fields<'a> {
        Fields::new(line, self.map.delimiter.as_bytes(), self.map.quotes, &mut self.scratch)
    }

    /// Settles which column holds what by the names in the header.
    fn header(&mut self, line: &[u8]) -> Result<(), CsvMapError> {
        if self.map.header != CsvHeader::Names {
            return Ok(());
        }
        let wanted = core::mem::take(&mut self.map.columns);
        let mut found = Vec::new();
        let mut fields = self.fields(line);
        while let Ok(Some(field)) = fields.next() {
            let name = text_of(field).unwrap_or_default().trim();
            found.push(wanted.iter().find(|column| column.is_headed(name)).and_then(|column| column.field));
        }
        self.map.columns = wanted;
        self.columns = found;
        for field in [CsvField::Ts, CsvField::Qname] {
            if !self.columns.contains(&Some(field)) {
                return Err(CsvMapError::Absent { column: field.as_str() });
            }
        }
        Ok(())
    }

    fn stamp(form: &Form, field: &[u8], declared: Option<Resolution>) -> Result<Stamp, NoStamp> {
        let whole = |stamp: Stamp| if stamp.len == field.len() { Ok(stamp) } else { Err(NoStamp::Absent) };
        let mut stamp = match form {
            Form::Auto => find(field).and_then(whole)?,
            Form::Epoch => find_epoch(field).and_then(whole)?,
            Form::Rfc3339 => {
                find(field).and_then(whole).and_then(|s| if s.has_zone() { Ok(s) } else { Err(NoStamp::Absent) })?
            }
            Form::Pattern(pattern) => pattern.read(field)?,
        };
        stamp.resolution = declared.unwrap_or(stamp.resolution);
        Ok(stamp)
    }
}

impl ParseLine for Mapped {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        if line.trim_ascii().is_empty() {
            out.ledger.unrelated("empty line", at, line);
            return Ok(());
        }
        if self.header_due {
            self.header_due = false;
            out.ledger.unrelated("header line", at, line);
            return self.header(line).map_err(IntakeError::CsvMap);
        }
        let lookup = out.batch.lookups.push();
        match self.row(line, lookup) {
            Ok(()) => {
                lookup.at = at;
                out.took_lookup();
            }
            Err(refusal) => {
                out.batch.lookups.pop();
                let reason = refusal.reason(at)?;
                out.ledger.reject(reason, at, line);
            }
        }
        Ok(())
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
        if self.vantage.is_none() && ledger.lookups > 0 {
            ledger.assume("the vantage is passive: columns do not tell where lookups were seen");
        }
        for (what, default) in [
            ("type", self.map.qtype.map(|t| t.to_string())),
            ("class", self.map.qclass.map(|c| c.to_string())),
            ("response code", self.map.rcode.map(|r| r.to_string())),
            ("client", self.map.client.clone()),
        ] {
            if let Some(value) = default {
                ledger.assume(format!("where no column tells the {what}, it is {value}, as the column map says"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
