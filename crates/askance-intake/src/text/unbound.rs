//! Unbound's `log-queries` and `log-replies`, in every form of its time stamps.
//!
//! # Source
//! Unbound `util/log.c` (head), `daemon/worker.c` (queries), `util/data/msgreply.c` (replies).

use askance_record::{
    At, Host, Ledger, Lookup, NameError, Rcode, Recycle, RrClass, RrType, Side, Timestamp, Transport, Vantage,
};
use memchr::memchr_iter;

use super::pending::{Pending, Waiting};
use super::scan::{Scan, ip, mix, mix_ip, mix_number, number, seconds_as_us, text_of};
use super::syslog;
use crate::lines::{Out, ParseLine};
use crate::stamp::{Clock, NoStamp, Stamp};
use crate::{IntakeError, Options};

/// Unbound answers from its serve-expired cache or with SERVFAIL well before this.
const WINDOW_US: i64 = 30_000_000;

/// Reads Unbound query and reply logs.
pub(super) struct Unbound {
    clock: Clock,
    vantage: Option<Vantage>,
    seen: bool,
    pending: Pending<()>,
    reply: Lookup,
}

/// What a message is about.
enum Message {
    Query,
    Reply,
    Other(&'static str),
}

impl Unbound {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            clock: Clock::new(options),
            vantage: options.vantage,
            seen: false,
            pending: Pending::new(options.limits.pending_max, WINDOW_US),
            reply: Lookup::default(),
        }
    }

    fn query(&mut self, ts: Timestamp, at: At) {
        let lookup = &mut self.pending.next.lookup;
        (lookup.ts, lookup.at) = (ts, at);
        let hash = hash_of(lookup);
        self.pending.push(hash);
    }

    fn reply(&mut self, ts: Timestamp, at: At, out: &mut Out<'_>) {
        core::mem::swap(&mut self.reply, &mut self.pending.next.lookup);
        let reply = &mut self.reply;
        (reply.ts, reply.at) = (ts, at);
        let hash = hash_of(reply);
        let is_asked = |w: &Waiting<()>| {
            let query = &w.lookup;
            query.client == reply.client
                && query.qname.key() == reply.qname.key()
                && query.qtype == reply.qtype
                && query.qclass == reply.qclass
        };
        if let Some(id) = self.pending.find(hash, is_asked) {
            let query = &mut self.pending.get(id).lookup;
            query.side = Side::Both;
            query.rcode = reply.rcode;
            query.cached = reply.cached;
            query.rtt_us = reply.rtt_us;
            query.transport = reply.transport;
            core::mem::swap(&mut query.server, &mut reply.server);
            self.pending.release(id, out);
            out.took_paired();
        } else {
            core::mem::swap(reply, out.batch.lookups.push());
            out.took_lookup();
        }
    }
}

impl ParseLine for Unbound {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        if line.trim_ascii().is_empty() {
            out.ledger.unrelated("empty line", at, line);
            return Ok(());
        }
        let Some(Parts { stamp, kind, message }) = parts(line) else {
            out.ledger.reject("not an Unbound log line", at, line);
            return Ok(());
        };
        if !matches!(kind, b"info" | b"query" | b"reply") {
            out.ledger.unrelated("line of another severity", at, line);
            return Ok(());
        }
        let lookup = &mut self.pending.next.lookup;
        lookup.recycle();
        let message = match read(message, lookup) {
            Ok(Message::Other(what)) => {
                out.ledger.unrelated(what, at, line);
                return Ok(());
            }
            Ok(message) => message,
            Err(reason) => {
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        let ts = match stamp.and_then(|stamp| self.clock.settle(&stamp)) {
            Ok(ts) => ts,
            Err(why) => {
                let reason = why.reason(at)?;
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        self.seen = true;
        self.pending.next.lookup.vantage = self.vantage.unwrap_or(Vantage::ResolverClient);
        self.pending.tick(ts);
        match message {
            Message::Query => self.query(ts, at),
            _ => self.reply(ts, at, out),
        }
        Ok(())
    }

    fn drain(&mut self, all: bool, out: &mut Out<'_>) -> bool {
        self.pending.drain(all, out)
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
        if self.seen && self.vantage.is_none() {
            ledger.assume("the vantage is resolver-client: Unbound logs what its clients ask");
        }
    }
}

/// A line taken apart.
struct Parts<'a> {
    stamp: Result<Stamp, NoStamp>,
    kind: &'a [u8],
    message: &'a [u8],
}

/// The parts of `TIME IDENT[pid:tid] TYPE: MSG`.
fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let stamp = syslog::stamp(line).map(|(stamp, _)| stamp);
    let start = stamp.as_ref().map_or(0, |stamp| stamp.len);
    let rest = line.get(start..).unwrap_or_default();
    let message = memchr_iter(b'[', rest).take(4).find_map(|i| after_thread(&rest[i..]))?;
    let mut scan = Scan::new(message);
    let kind = scan.until(b':')?;
    scan.eat(b" ");
    Some(Parts { stamp, kind, message: scan.rest })
}

/// What follows `[pid:tid] `; the thread may be written in hexadecimal.
fn after_thread(text: &[u8]) -> Option<&[u8]> {
    let mut scan = Scan::new(text);
    scan.eat(b"[");
    let pid = scan.take_while(|b| b.is_ascii_digit());
    if pid.is_empty() || !scan.eat(b":") {
        return None;
    }
    let thread = scan.take_while(|b| b.is_ascii_hexdigit());
    (!thread.is_empty() && scan.eat(b"] ")).then_some(scan.rest)
}

/// Reads `CLIENT NAME TYPE CLASS[ RCODE SECONDS CACHED SIZE[ on TRANSPORT ADDR PORT]]`.
fn read(message: &[u8], lookup: &mut Lookup) -> Result<Message, &'static str> {
    let mut scan = Scan::new(message);
    let Some(client) = ip(scan.up_to(b' ')) else {
        return Ok(Message::Other(if scan.rest.contains(&b'@') {
            "local-zone action"
        } else {
            "message of another kind"
        }));
    };
    lookup.client = Host::Ip(client);
    let (Some(name), Some(qtype), Some(qclass)) = (scan.word(), scan.word(), scan.word()) else {
        return Ok(Message::Other("message of another kind"));
    };
    if (name, qtype, qclass) == (b"-", b"-", b"-") {
        return Err("reply without a question");
    }
    lookup.qtype = text_of(qtype).and_then(RrType::from_mnemonic);
    lookup.qclass = text_of(qclass).and_then(RrClass::from_mnemonic);
    if lookup.qtype.is_none() {
        return Err("unknown query type");
    }
    if lookup.qclass.is_none() {
        return Err("unknown query class");
    }
    lookup.qname.set(name).map_err(NameError::as_str)?;
    if scan.rest.trim_ascii().is_empty() {
        return Ok(Message::Query);
    }
    lookup.side = Side::Response;
    let rcode = scan.word().and_then(rcode_of);
    lookup.rcode = Some(rcode.ok_or("unknown response code")?);
    let rtt = scan.word().and_then(seconds_as_us);
    lookup.rtt_us = Some(rtt.ok_or("bad response time")?);
    lookup.cached = match scan.word() {
        Some(b"0") => Some(false),
        Some(b"1") => Some(true),
        _ => return Err("bad cache mark"),
    };
    scan.word().and_then(number).ok_or("bad reply size")?;
    if scan.eat(b"on ") {
        let transport = scan.word().unwrap_or_default();
        lookup.transport = text_of(transport).and_then(|t| t.parse::<Transport>().ok());
        lookup.server = scan.word().and_then(ip).map_or(Host::Unknown, Host::Ip);
    }
    Ok(Message::Reply)
}

/// A response code; Unbound writes NOTIMP with an L.
fn rcode_of(word: &[u8]) -> Option<Rcode> {
    if word == b"NOTIMPL" { Some(Rcode::NOTIMP) } else { text_of(word).and_then(Rcode::from_mnemonic) }
}

fn hash_of(lookup: &Lookup) -> u64 {
    let hash = mix_ip(u64::from(lookup.qtype.map_or(0, |t| t.0)), lookup.client.ip());
    mix_number(mix(hash, lookup.qname.key().as_bytes()), 1)
}

#[cfg(test)]
mod tests;
