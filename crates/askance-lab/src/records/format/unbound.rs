//! Unbound 1.17's `log-queries` and `log-replies`.
//!
//! Whether an answer came from the cache is not on the wire. An answer that leaves at the very
//! instant of virtual time at which its query came is marked as cached: a resolver that asks
//! somebody waits at least for one trip there and back, and one that does not answers at once.
//!
//! # Source
//! Unbound 1.17 `daemon/worker.c`, `util/data/msgreply.c` (`log_reply_info`), `util/data/dname.c`
//! (`dname_str`); recorded lines in `corpus/logs/unbound-epoch.log`.

use std::io::{self, Write};

use askance_record::{Name, Rcode};

use super::super::out::Out;
use super::super::stamp;
use super::{Exchanged, Keeper, process_number};

/// Writes the log of a resolver.
#[derive(Debug)]
pub(super) struct Unbound {
    pid: u64,
}

impl Unbound {
    pub(super) fn new(seed: u64) -> Self {
        Self { pid: process_number(seed, "unbound") }
    }
}

impl Keeper for Unbound {
    fn exchanged(&mut self, out: &mut Out, seen: &Exchanged<'_>) -> io::Result<()> {
        if !seen.kept {
            return Ok(());
        }
        let (s, pid, client) = (seen.at.us().div_euclid(1_000_000), self.pid, seen.pair.client.ip());
        let header = &seen.message.header;
        let question = seen.message.question.as_ref();
        if !header.response && question.is_none() {
            return Ok(());
        }
        out.row();
        write!(out, "[{s}] unbound[{pid}:0] info: {client} ")?;
        match question {
            Some((qname, qtype)) if header.rcode != Rcode::FORMERR => write!(out, "{} {qtype} IN", spelt(qname))?,
            // What it could not read it does not show.
            _ => return writeln!(out, "- - - {} - - -", result(header.rcode)),
        }
        if header.response {
            let delay_us = seen.delay_us.unwrap_or(0);
            let (rcode, delay) = (result(header.rcode), stamp::seconds(delay_us));
            write!(out, " {rcode} {delay} {} {}", u8::from(delay_us == 0), seen.octets.len())?;
        }
        writeln!(out)
    }
}

/// A response code; Unbound writes NOTIMP with an L.
fn result(rcode: Rcode) -> String {
    if rcode == Rcode::NOTIMP { "NOTIMPL".to_owned() } else { rcode.to_string() }
}

/// The name with a final dot; whatever is no letter, digit, `-`, `_` or `*` becomes `?`.
fn spelt(name: &Name) -> String {
    let mut text = String::with_capacity(name.raw().len() + 1);
    let mut rest = name.raw().chars();
    while let Some(c) = rest.next() {
        let shown = match c {
            '\\' => {
                if rest.next().is_some_and(|first| first.is_ascii_digit()) {
                    rest.nth(1);
                }
                '?'
            }
            '.' | '-' | '_' | '*' => c,
            c if c.is_ascii_alphanumeric() => c,
            _ => '?',
        };
        text.push(shown);
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_unbound_shows_them() {
        let shown = |text: &str| spelt(&Name::parse(text).expect("literal"));
        assert_eq!(shown("."), ".");
        assert_eq!(shown(r"Odd\.label\032x+y.example"), "Odd?label?x?y.example.");
        assert_eq!(shown("_dmarc.*.example"), "_dmarc.*.example.");
    }
}
