//! Logs of mail servers: who connected, under which name, and what became of it.
//!
//! A line of the server that tells nothing of a peer or a delivery is `unrelated`; a
//! line without the log's structure is rejected.

mod exim;
mod memory;
mod opensmtpd;
mod parts;
mod postfix;
mod sendmail;

use askance_record::{At, Ledger, MailEvent};

use crate::lines::{LineReader, Out, ParseLine};
use crate::stamp::{Clock, NoStamp, Stamp, find};
use crate::text::scan::copy_text;
use crate::text::syslog;
use crate::unwrap::Unwrapped;
use crate::{Format, IntakeError, Options, ReadRecords};
use memory::Memory;

/// Octets of a line that are kept as text.
const TEXT_OCTETS_MAX: usize = 512;

/// A reader of one of the mail formats.
pub(crate) fn reader(input: Unwrapped, format: Format, options: &Options) -> Box<dyn ReadRecords> {
    let parser = Mail { clock: Clock::new(options), format, memory: Memory::new(options.limits.pending_max) };
    Box::new(LineReader::new(input, options, parser))
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Event,
    Unrelated(&'static str),
}

struct Mail {
    clock: Clock,
    format: Format,
    memory: Memory,
}

/// A line without its head.
struct Body<'a> {
    stamp: Stamp,
    host: &'a [u8],
    program: &'a [u8],
    text: &'a [u8],
}

impl Mail {
    /// Takes the head off a line.
    fn body<'a>(&self, line: &'a [u8]) -> Result<Body<'a>, NoStamp> {
        let head = syslog::head(line)?;
        let mut body = Body { stamp: head.stamp, host: head.host, program: head.program, text: head.rest };
        if self.format == Format::Exim {
            // Exim writes its own stamp; where it logs through syslog there are two.
            let own = syslog::stamp(line).map(|(_, scan)| scan.rest.trim_ascii_start());
            let through_syslog = head.program.starts_with(b"exim");
            if let (true, Ok(second)) = (through_syslog, find(head.rest)) {
                body.stamp = second.with_zone_of(&head.stamp);
                body.text = head.rest[second.len..].trim_ascii_start();
            } else if let (false, Ok(text)) = (through_syslog, own) {
                body = Body { stamp: head.stamp, host: b"", program: b"exim", text };
            }
        }
        Ok(body)
    }

    fn event(&mut self, line: &[u8], body: &Body<'_>, event: &mut MailEvent) -> Verdict {
        let verdict = match self.format {
            Format::Exim => exim::read(body.text, event),
            Format::OpenSmtpd => opensmtpd::read(body.program, body.text, &mut self.memory, event),
            Format::Sendmail => sendmail::read(body.program, body.text, event),
            _ => postfix::read(body.program, body.text, &mut self.memory, event),
        };
        if verdict == Verdict::Event {
            copy_text(body.host, 255, &mut event.host);
            copy_text(body.program, 255, &mut event.program);
            let text = if body.text.is_empty() { line } else { body.text };
            copy_text(text, TEXT_OCTETS_MAX, &mut event.text);
        }
        verdict
    }
}

impl ParseLine for Mail {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        if line.trim_ascii().is_empty() {
            out.ledger.unrelated("empty line", at, line);
            return Ok(());
        }
        if line[0] == b' ' || line[0] == b'\t' {
            out.ledger.unrelated("continuation of another line", at, line);
            return Ok(());
        }
        let body = match self.body(line) {
            Ok(body) if !body.program.is_empty() => body,
            Ok(_) | Err(NoStamp::Absent) => {
                out.ledger.reject("not a line of this mail log", at, line);
                return Ok(());
            }
            Err(why) => {
                let reason = why.reason(at)?;
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        let event = out.batch.mail.push();
        if let Verdict::Unrelated(what) = self.event(line, &body, event) {
            out.batch.mail.pop();
            out.ledger.unrelated(what, at, line);
            return Ok(());
        }
        match self.clock.settle(&body.stamp) {
            Ok(ts) => {
                (event.ts, event.at) = (ts, at);
                out.ledger.units_in += 1;
                out.ledger.mail += 1;
            }
            Err(why) => {
                out.batch.mail.pop();
                let reason = why.reason(at)?;
                out.ledger.reject(reason, at, line);
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
