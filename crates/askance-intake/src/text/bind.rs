//! BIND 9 query and response logs, in every form that `print-time` and syslog give them.
//!
//! # Source
//! BIND 9 `lib/ns/client.c` (the part before the message), `lib/ns/query.c` (`query:`,
//! `response:`, `query failed`, `denied`), and the administrator's manual (time forms).

mod message;

use askance_record::{At, Flags, Host, Ledger, Lookup, Recycle, Side, Timestamp, Vantage};
use memchr::memmem;

use super::pending::{Pending, Waiting};
use super::scan::{Scan, ip, mix, mix_ip, mix_number, u16_of};
use super::syslog;
use crate::lines::{Out, ParseLine};
use crate::stamp::{Clock, NoStamp, find};
use crate::{IntakeError, Options};
use message::{Message, Refusal};

/// A resolver gives up on a query well before this.
const WINDOW_US: i64 = 30_000_000;

/// Reads BIND query logs.
pub(super) struct Bind {
    clock: Clock,
    vantage: Option<Vantage>,
    inferred: bool,
    pending: Pending<()>,
    client: memmem::Finder<'static>,
    query: memmem::Finder<'static>,
    /// Where an answer is put together before its query is looked for.
    answer: Lookup,
}

/// The client part of a line.
struct Client<'a> {
    host: Host,
    port: u16,
    signed: bool,
    message: &'a [u8],
}

impl Bind {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            clock: Clock::new(options),
            vantage: options.vantage,
            inferred: false,
            pending: Pending::new(options.limits.pending_max, WINDOW_US),
            client: memmem::Finder::new(b"client "),
            query: memmem::Finder::new(b"query: "),
            answer: Lookup::default(),
        }
    }

    /// A line that shows no client.
    fn other(&self, at: At, line: &[u8], out: &mut Out<'_>) {
        if line.trim_ascii().is_empty() {
            out.ledger.unrelated("empty line", at, line);
        } else if self.query.find(line).is_some() {
            out.ledger.reject("no client before the query", at, line);
        } else if syslog::stamp(line).is_ok() || is_categorised(line) {
            out.ledger.unrelated("line of another category", at, line);
        } else {
            out.ledger.reject("not a BIND log line", at, line);
        }
    }

    fn vantage_of(&mut self, flags: Option<Flags>) -> Vantage {
        if let Some(vantage) = self.vantage {
            return vantage;
        }
        self.inferred = true;
        if flags.is_some_and(|f| !f.contains(Flags::RD)) { Vantage::Authoritative } else { Vantage::ResolverClient }
    }

    fn query(&mut self, ts: Timestamp, at: At, client: Client<'_>, out: &mut Out<'_>) -> Result<(), Refusal> {
        let lookup = &mut self.pending.next.lookup;
        lookup.recycle();
        let message = message::read(client.message, lookup, client.signed)?;
        lookup.ts = ts;
        lookup.at = at;
        lookup.client = client.host;
        lookup.client_port = Some(client.port);
        if message == Message::Other {
            out.ledger.unrelated("client message of another kind", at, client.message);
            return Ok(());
        }
        self.pending.tick(ts);
        let hash = hash_of(&self.pending.next.lookup);
        if message == Message::Query {
            self.pending.next.lookup.vantage = self.vantage_of(self.pending.next.lookup.flags);
            self.pending.push(hash);
            return Ok(());
        }
        core::mem::swap(&mut self.answer, &mut self.pending.next.lookup);
        let answer = &self.answer;
        // One port may ask the same again: a failure is told of the first query that has none yet,
        // and one query's failure may be told twice.
        let unfailed = |w: &Waiting<()>| message == Message::Response || w.lookup.side == Side::Query;
        let fresh = self.pending.find(hash, |w| is_answered_by(w, answer) && unfailed(w));
        let found = fresh.or_else(|| self.pending.find(hash, |w| is_answered_by(w, answer)));
        if let Some(id) = found {
            let Waiting { lookup, .. } = self.pending.get(id);
            complete(lookup, &mut self.answer);
            // A refusal is told before the response, where both are logged: only the latter ends the wait.
            if message == Message::Response {
                self.pending.release(id, out);
            }
            out.took_paired();
            return Ok(());
        }
        self.answer.vantage = self.vantage_of(self.answer.flags);
        core::mem::swap(&mut self.answer, out.batch.lookups.push());
        out.took_lookup();
        Ok(())
    }
}

impl ParseLine for Bind {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        let found = self.client.find_iter(line).find_map(|i| client_at(line, i).map(|client| (i, client)));
        let Some((i, client)) = found else {
            self.other(at, line, out);
            return Ok(());
        };
        let head = &line[..i];
        match head_stamp(head).and_then(|stamp| self.clock.settle(&stamp)) {
            Ok(ts) => {
                if let Err(Refusal(reason)) = self.query(ts, at, client, out) {
                    out.ledger.reject(reason, at, line);
                }
            }
            Err(why) => {
                let reason = why.reason(at)?;
                out.ledger.reject(reason, at, line);
            }
        }
        Ok(())
    }

    fn drain(&mut self, all: bool, out: &mut Out<'_>) -> bool {
        self.pending.drain(all, out)
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
        if self.inferred {
            ledger.assume(
                "the vantage is told from RD: a query that desires recursion was asked of a resolver, \
                 any other of an authoritative server",
            );
        }
    }
}

/// The stamp before the client: the server's own one where syslog put another before it.
fn head_stamp(head: &[u8]) -> Result<crate::stamp::Stamp, NoStamp> {
    let (first, mut scan) = syslog::stamp(head)?;
    scan.blanks();
    if scan.rest.is_empty() {
        return Ok(first);
    }
    let inner = match memmem::find(scan.rest, b"]: ") {
        Some(i) => &scan.rest[i + 3..],
        None => scan.rest,
    };
    match find(inner) {
        Ok(second) => Ok(second.with_zone_of(&first)),
        Err(_) => Ok(first),
    }
}

/// True for `category: …` and `category: severity: …`, which BIND writes where `print-time` is off.
fn is_categorised(line: &[u8]) -> bool {
    const SEVERITIES: [&[u8]; 7] = [b"debug", b"info", b"notice", b"warning", b"error", b"critical", b"dynamic"];
    let mut scan = Scan::new(line);
    (0..2).any(|_| {
        let word = scan.up_to(b' ');
        word.strip_suffix(b":").is_some_and(|word| SEVERITIES.contains(&word))
    })
}

/// Reads `client [@0x…] ADDR#PORT[/key NAME][ (QNAME)][: view NAME]: ` at octet `i`.
fn client_at(line: &[u8], i: usize) -> Option<Client<'_>> {
    if i > 0 && line[i - 1] != b' ' {
        return None;
    }
    let mut scan = Scan::new(&line[i + b"client ".len()..]);
    if scan.eat(b"@") {
        scan.until(b' ')?;
    }
    let host = Host::Ip(ip(scan.until(b'#')?)?);
    let port = u16_of(scan.take_while(|b| b.is_ascii_digit()))?;
    let signed = scan.eat(b"/key ");
    if signed {
        let end = memchr::memchr(b' ', scan.rest)?;
        let end = if end > 0 && scan.rest[end - 1] == b':' { end - 1 } else { end };
        scan.rest = &scan.rest[end..];
    }
    if scan.eat(b" (") {
        // A name may hold parentheses and colons but no blank.
        let end = memmem::find(scan.rest, b"):")?;
        scan.rest = &scan.rest[end + 1..];
    }
    if scan.eat(b": view ") {
        scan.until(b':')?;
    } else if !scan.eat(b":") {
        return None;
    }
    scan.eat(b" ");
    Some(Client { host, port, signed, message: scan.rest })
}

fn hash_of(lookup: &Lookup) -> u64 {
    let hash = mix_ip(u64::from(lookup.client_port.unwrap_or(0)), lookup.client.ip());
    mix_number(mix(hash, lookup.qname.key().as_bytes()), lookup.qtype.map_or(0, |t| u64::from(t.0)))
}

fn is_answered_by(waiting: &Waiting<()>, answer: &Lookup) -> bool {
    let query = &waiting.lookup;
    query.client == answer.client
        && query.client_port == answer.client_port
        && query.qname.key() == answer.qname.key()
        && query.qtype == answer.qtype
        && query.qclass == answer.qclass
}

/// Adds to a query what its answer tells.
fn complete(query: &mut Lookup, answer: &mut Lookup) {
    query.side = Side::Both;
    query.rcode = answer.rcode.or(query.rcode);
    if answer.answers_known {
        query.answers_known = true;
        core::mem::swap(&mut query.answers, &mut answer.answers);
        query.ttl_min_s = answer.ttl_min_s;
    }
    query.flags = match (query.flags, answer.flags) {
        (Some(a), Some(b)) => Some(a | b),
        (a, b) => a.or(b),
    };
    let us = answer.ts.us() - query.ts.us();
    // A refusal's stamp is not the answer's; a step back of the clock is no time.
    if answer.side == Side::Response {
        query.rtt_us = u64::try_from(us).ok();
    }
    if query.transport.is_none() {
        query.transport = answer.transport;
    }
}

#[cfg(test)]
mod tests;
