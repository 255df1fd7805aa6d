//! What mail programs say, as their logs hold it.

use std::io::{self, Write};

use askance_record::Timestamp;

use super::super::config::MailProgram;
use super::super::out::Out;
use super::super::stamp;
use super::{Keeper, process_number};

/// Writes `STAMP host program[pid]: text`, or Exim's own form.
#[derive(Debug)]
pub(super) struct MailLog {
    host: String,
    program: MailProgram,
    seed: u64,
}

impl MailLog {
    pub(super) fn new(host: String, program: MailProgram, seed: u64) -> Self {
        Self { host, program, seed }
    }
}

impl Keeper for MailLog {
    fn line(&mut self, out: &mut Out, at: Timestamp, program: &str, text: &str) -> io::Result<()> {
        let text = printable(text);
        if self.program == MailProgram::Exim {
            if program.starts_with("exim") {
                out.row();
                writeln!(out, "{} {text}", stamp::exim(at))?;
            }
            return Ok(());
        }
        let (at, host, pid) = (stamp::syslog(at), &self.host, process_number(self.seed, program));
        out.row();
        writeln!(out, "{at} {host} {program}[{pid}]: {text}")
    }

    fn has_no_names(&self) -> bool {
        true
    }
}

/// Control characters as rsyslog writes them, `#` and three octal digits: a peer's text must not begin a line.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_control() {
            shown.push_str(&format!("#{:03o}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(printable("helo=<a\nb>"), "helo=<a#012b>");
    }
}
